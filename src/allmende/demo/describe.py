# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From hand-written descriptions and measured facts to the resources of the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from msgspec import Struct

from allmende.demo import columns
from allmende.demo.forms import (
    CatalogueForm,
    DatasetForm,
    DistributionForm,
    catalogue_form,
    dataset_forms,
)
from allmende.demo.shipped import Box, Facts, content, manifest
from allmende.model.catalogue import (
    Agent,
    Catalog,
    Checksum,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Kind,
    Location,
    Period,
    Resource,
    ResourceKind,
    Statement,
    Text,
)
from allmende.model.namespaces import AUTHORITY, IANA_MEDIA_TYPE, SPDX

HVD_CATEGORY = "http://data.europa.eu/bna/"
HVD_REGULATION = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"

# File ending → EU file type, media type, the standard the file follows.
FORMATS = {
    "csv": ("CSV", "text/csv", "https://www.rfc-editor.org/rfc/rfc4180"),
    "geojson": ("GEOJSON", "application/geo+json", "https://www.rfc-editor.org/rfc/rfc7946"),
    "json": ("JSON", "application/json", "https://www.rfc-editor.org/rfc/rfc8259"),
}
STANDARDS = {"csv": "RFC 4180 (CSV)", "geojson": "RFC 7946 (GeoJSON)", "json": "RFC 8259 (JSON)"}


class ShippedFile(Struct, frozen=True):
    """A file that belongs to a dataset; `text` holds it when it is made, not shipped."""

    name: str
    media_type: str
    sha256: str
    path: str = ""
    text: bytes = b""

    def read(self) -> bytes:
        """The unpacked bytes."""
        return self.text or content(self.path)


class Description(Struct, frozen=True):
    """One resource on its way into the catalogue, with the files that belong to it."""

    kind: ResourceKind
    id: str
    resource: Resource
    files: tuple[ShippedFile, ...] = ()


def descriptions(base_url: str) -> list[Description]:
    """Catalogue, series, datasets and services of the demo city; a pure function.

    `base_url` is the address of the platform without a slash at the end. The order is the
    order of loading: nothing refers to something later, except the services.
    """
    form = catalogue_form()
    found = [Description(ResourceKind.CATALOG, form.id, _catalogue(form, base_url))]
    found += [
        Description(ResourceKind.SERIES, ident, _series(form, ident, base_url))
        for ident in form.series
    ]
    found += [
        Description(
            ResourceKind.DATASET, each.id, _dataset(form, each, base_url), tuple(_files(each))
        )
        for each in dataset_forms()
    ]
    found += [
        Description(ResourceKind.SERVICE, ident, _service(form, ident, base_url))
        for ident in form.services
    ]
    return found


def _catalogue(form: CatalogueForm, base_url: str) -> Catalog:
    address = f"{base_url}/catalogues/{form.id}"
    return Catalog(
        iri=address,
        identifier=[address],
        title=form.title,
        description=form.description,
        publisher=_agent(form, form.publisher),
        contact_point=[_contact(form, base_url)],
        license=form.licences[form.licence].iri,
        language=[_authority("language", code) for code in ("DEU", "ENG")],
        homepage=[base_url + "/"],
        spatial=_places(form, "jena"),
        theme_taxonomy=[AUTHORITY + "data-theme"],
        political_geocoding_level=_level(form, "jena"),
    )


def _series(form: CatalogueForm, ident: str, base_url: str) -> DatasetSeries:
    told = form.series[ident]
    address = f"{base_url}/series/{ident}"
    return DatasetSeries(
        iri=address,
        identifier=[address],
        title=told.title,
        description=told.description,
        keyword=told.keywords,
        theme=_themes(told.themes),
        publisher=_agent(form, told.publisher),
        contact_point=[_contact(form, base_url)],
        spatial=_places(form, "jena"),
        accrual_periodicity=_authority("frequency", "NEVER"),
    )


def _dataset(form: CatalogueForm, told: DatasetForm, base_url: str) -> Dataset:
    address = f"{base_url}/datasets/{told.id}"
    return Dataset(
        iri=address,
        identifier=[address],
        title=told.title,
        description=told.description,
        keyword=told.keywords,
        theme=_themes(told.themes),
        publisher=_agent(form, told.publisher),
        creator=[_agent(form, name) for name in told.creator],
        contact_point=[_contact(form, base_url)],
        modified=told.modified,
        language=[_authority("language", "DEU")],
        access_rights=_authority("access-right", "PUBLIC"),
        availability=_authority("planned-availability", "AVAILABLE"),
        accrual_periodicity=_authority("frequency", "NEVER"),
        temporal=[_period(told)],
        temporal_resolution=told.resolution,
        spatial=_places(form, told.place, _extent(told)),
        political_geocoding_level=_level(form, told.place),
        provenance=[Statement(label=told.provenance)],
        page=[Statement(iri=link) for link in told.page],
        in_series=[f"{base_url}/series/{told.series}"] if told.series else [],
        relation=[f"{base_url}/datasets/{ident}" for ident in told.related],
        hvd_category=[HVD_CATEGORY + code for code in told.hvd],
        applicable_legislation=[HVD_REGULATION] if told.hvd else [],
        distribution=[_distribution(form, told, each, base_url) for each in told.distribution],
    )


def _distribution(
    form: CatalogueForm, told: DatasetForm, file: DistributionForm, base_url: str
) -> Distribution:
    facts = manifest()[f"{told.id}/{file.file}"]
    ending = file.file.rpartition(".")[2]
    kind, media_type, _ = FORMATS[ending]
    address = f"{base_url}/files/{told.id}/{file.file}"
    licence = form.licences[told.licence]
    return Distribution(
        iri=f"{base_url}/datasets/{told.id}#{file.file}",
        title=file.title,
        description=_summary(ending, facts, len(file.columns)),
        access_url=[address],
        download_url=[address],
        format=_authority("file-type", kind),
        media_type=IANA_MEDIA_TYPE + media_type,
        byte_size=facts.bytes,
        checksum=Checksum(algorithm=SPDX + "checksumAlgorithm_sha256", value=facts.sha256),
        modified=told.modified,
        language=[_authority("language", "DEU")],
        availability=_authority("planned-availability", "AVAILABLE"),
        license=licence.iri,
        license_attribution=told.attribution,
        rights=[Statement(iri=licence.url, label=licence.rights)] if licence.rights else [],
        conforms_to=_standards(address, ending),
        applicable_legislation=[HVD_REGULATION] if told.hvd else [],
        temporal_resolution=told.resolution,
    )


def _summary(ending: str, facts: Facts, width: int) -> Text:
    """What is in a file, counted."""
    count = f"{facts.records:,}"
    german = count.replace(",", ".")
    return {
        "csv": {
            "de": f"{german} Zeilen, {width} Spalten; UTF-8, Komma, Kopfzeile, Dezimalpunkt.",
            "en": f"{count} rows, {width} columns; UTF-8, comma, header, decimal point.",
        },
        "geojson": {
            "de": f"{german} Objekte; Länge und Breite in Grad (EPSG:4326).",
            "en": f"{count} features; longitude and latitude in degrees (EPSG:4326).",
        },
        "json": {"de": f"{german} Einträge; UTF-8.", "en": f"{count} entries; UTF-8."},
    }[ending]


def _standards(address: str, ending: str) -> list[Statement]:
    name = STANDARDS[ending]
    found = [Statement(iri=FORMATS[ending][2], title={"de": name, "en": name})]
    if ending == "csv":
        title = {"de": "Spalten (CSV im Web)", "en": "Columns (CSV on the Web)"}
        found.append(Statement(iri=address + columns.SUFFIX, title=title))
    return found


def _files(told: DatasetForm) -> list[ShippedFile]:
    found = []
    for file in told.distribution:
        path = f"{told.id}/{file.file}"
        media_type = FORMATS[file.file.rpartition(".")[2]][1]
        found.append(ShippedFile(file.file, media_type, manifest()[path].sha256, path))
        if file.columns:
            text = columns.metadata(told, file)
            digest = hashlib.sha256(text).hexdigest()
            name = file.file + columns.SUFFIX
            found.append(ShippedFile(name, columns.MEDIA_TYPE, digest, text=text))
    return found


def _service(form: CatalogueForm, ident: str, base_url: str) -> DataService:
    told = form.services[ident]
    address = f"{base_url}/dataservices/{ident}"
    return DataService(
        iri=address,
        identifier=[address],
        title=told.title,
        description=told.description,
        keyword=told.keywords,
        theme=_themes(["GOVE", "TECH"]),
        publisher=_agent(form, form.publisher),
        contact_point=[_contact(form, base_url)],
        license=form.licences[form.licence].iri,
        access_rights=_authority("access-right", "PUBLIC"),
        endpoint_url=[base_url + told.endpoint],
        endpoint_description=[base_url + told.description_path],
        serves_dataset=[f"{base_url}/datasets/{each.id}" for each in dataset_forms()],
        format=[_authority("file-type", code) for code in told.formats],
        conforms_to=[Statement(iri=iri) for iri in told.conforms_to],
    )


def _agent(form: CatalogueForm, name: str) -> Agent:
    told = form.agents[name]
    return Agent(iri=told.iri, name=told.name, type=told.type, homepage=told.homepage)


def _contact(form: CatalogueForm, base_url: str) -> Kind:
    return Kind(fn=form.contact, url=[f"{base_url}/de/imprint"])


def _places(form: CatalogueForm, name: str, extent: Box | None = None) -> list[Location]:
    """The place by its official key, and the measured extent of the data where there is one."""
    told = form.places[name]
    found = [Location(iri=GEOCODING + told.key, label=told.name)]
    return [*found, Location(bbox=[_polygon(extent)])] if extent else found


def _level(form: CatalogueForm, name: str) -> list[str]:
    return [f"{GEOCODING}Level/{form.places[name].level}"]


def _polygon(extent: Box) -> str:
    west, south, east, north = extent
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return "POLYGON((" + ", ".join(f"{x} {y}" for x, y in corners) + "))"


def _measured(told: DatasetForm) -> list[Facts]:
    return [manifest()[f"{told.id}/{file.file}"] for file in told.distribution]


def _extent(told: DatasetForm) -> Box | None:
    boxes = [facts.bbox for facts in _measured(told) if facts.bbox]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _period(told: DatasetForm) -> Period:
    if told.period.file is None:
        return Period(start=told.period.start, end=told.period.end)
    facts = manifest()[f"{told.id}/{told.period.file}"]
    return Period(start=facts.start, end=facts.end)


def _themes(codes: Sequence[str]) -> list[str]:
    return [_authority("data-theme", code) for code in codes]


def _authority(scheme: str, code: str) -> str:
    return f"{AUTHORITY}{scheme}/{code}"
