# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Names people read for concepts."""

from allmende.model.catalogue import Dataset, Distribution
from allmende.model.vocabulary import vocabulary
from allmende.portal import names, present
from allmende.projections.search.values import formats


def test_an_unknown_concept_is_shown_readable() -> None:
    address = "https://example.org/themes/Transport%20und%20Verkehr"
    assert names.tail(address) == "Transport und Verkehr"
    assert names.tail("https://example.org/#") == "example.org"


def test_every_format_has_a_name_people_know() -> None:
    media = "https://www.iana.org/assignments/media-types/"
    assert names.file_format(media + "application/flatgeobuf") == "FlatGeobuf"
    assert names.short_format("FLATGEOBUF") == "FlatGeobuf"
    assert names.short_format("GPKG") == "GeoPackage"
    assert names.short_format("PARQUET") == "Parquet"
    assert names.short_format("NETCDF") == "NetCDF"
    assert names.short_format("BIN", "de") == "Binärdatei"
    shown = {names.short_format(concept.code) for concept in vocabulary("file-type")}
    assert not [name for name in shown if "_" in name]


def test_bytes_are_named_by_their_media_type() -> None:
    base = "http://publications.europa.eu/resource/authority/file-type/"
    media = "https://www.iana.org/assignments/media-types/application/flatgeobuf"
    file = Distribution(format=base + "BIN", media_type=media)
    assert present.format_of(file) == "FlatGeobuf"
    assert present.format_of(Distribution(format=base + "BIN")) == "Binary file"
    assert formats(Dataset(distribution=[file])) == ["FLATGEOBUF"]
