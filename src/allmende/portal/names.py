# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Names that people read for the concepts of the controlled vocabularies.

The vocabularies of the model hold the full names and the terms of the licences; here they
become the short forms that fit a badge or a list.
"""

import re
from functools import lru_cache
from urllib.parse import unquote

from allmende.model import licensing
from allmende.model.vocabulary import Concept, vocabulary

SHORT_LICENCES = {
    "ccpdm/1.0": "Public Domain Mark",
    "dl-by-de/1.0": "dl-de/by-1-0",
    "dl-by-de/2.0": "dl-de/by-2-0",
    "dl-by-nc-de/1.0": "dl-de/by-nc-1-0",
    "dl-zero-de/2.0": "dl-de/zero-2-0",
    "geoNutz/20131001": "GeoNutz Berlin",
    "officialWork": "§ 5 UrhG",
}
SHORT_FORMATS = {
    "APPLICATION/FLATGEOBUF": "FlatGeobuf",
    "ATOM": "Atom",
    "DBF": "dBase (DBF)",
    "E00": "ArcInfo (E00)",
    "FLATGEOBUF": "FlatGeobuf",
    "GDB": "Geodatabase (GDB)",
    "GPKG": "GeoPackage",
    "GRID": "Esri Grid",
    "GRID_ASCII": "Esri ASCII Grid",
    "GZIP": "GZIP",
    "HTML_SIMPL": "HTML",
    "ICS": "iCalendar",
    "LAS": "LAS",
    "LAZ": "LAZ",
    "MAP_PRVW": "ArcGIS",
    "MAP_SRVC": "ArcGIS",
    "MDB": "Access (MDB)",
    "MSG_HTTP": "HTTP",
    "PDF1X": "PDF",
    "PDFA3": "PDF/A-3",
    "RDF_N_QUADS": "N-Quads",
    "RDF_N_TRIPLES": "N-Triples",
    "RDF_TRIG": "TriG",
    "RDF_TURTLE": "Turtle",
    "RDF_XML": "RDF/XML",
    "REST": "Esri REST",
    "RSS": "RSS",
    "SCHEMA_XML": "XML Schema",
    "SHP": "Shapefile",
    "SPARQLQ": "SPARQL",
    "SPARQLQRES": "SPARQL",
    "TAB": "MapInfo (TAB)",
    "TAB_RSTR": "MapInfo",
    "TAR_GZ": "TAR.GZ",
    "TAR_XZ": "TAR.XZ",
    "VND.APACHE.PARQUET": "Parquet",
    "XHTML_SIMPL": "XHTML",
    "XYZ": "XYZ",
}
NAMED_FORMATS = {
    "BIN": {"de": "Binärdatei", "en": "Binary file"},
    "OCTET": {"de": "Binärdatei", "en": "Binary file"},
    "TXT": {"de": "Text", "en": "Text"},
    "WORLD": {"de": "Weltdatei", "en": "World file"},
}
FORMAT_HINTS = (
    "CSV", "GEOJSON", "GML", "GPKG", "HTML", "JSON", "KML", "ODS", "PDF", "RSS", "SHP", "WFS",
    "WMS", "XLS", "XLSX", "XML", "ZIP",
)  # fmt: skip

_IN_BRACKETS = re.compile(r"\(([^()]{2,20})\)\s*$")


def tail(iri: str) -> str:
    """The part of an address after its last `/` or `#`, readable; the address when empty."""
    return unquote(re.split(r"[/#]", iri.rstrip("/#"))[-1]) or iri


def licence(iri: str) -> Concept | None:
    """The licence with its terms in `facts`; None when it is in neither list."""
    return licensing.find(iri)


def licence_path(iri: str) -> str | None:
    """The path of the page about a licence; None when it is in neither list."""
    found = licensing.find(iri)
    if found is None:
        return None
    european = found.iri.startswith(vocabulary("eu-licence").base)
    return f"/licences/{'eu/' if european else ''}{found.code}"


@lru_cache(maxsize=2048)
def licence_name(iri: str, language: str) -> str:
    """A short name of a licence: `CC BY 4.0`, `dl-de/by-2-0`."""
    found = licence(iri)
    if found is None:
        return tail(iri)
    if found.code in SHORT_LICENCES:
        return SHORT_LICENCES[found.code]
    label = found.label(language)
    short = _IN_BRACKETS.search(found.label("en"))
    return short[1] if short else label


def licence_title(iri: str, language: str) -> str:
    """The whole name of a licence as people read it, with the short one in brackets."""
    found = licence(iri)
    short = licence_name(iri, language)
    if found is None:
        return short
    label = found.label(language)
    told = letters(short) in letters(label)
    return label if told else f"{label} ({short})"


def theme_code(iri: str) -> str:
    """The code of an EU data theme (`ENVI`); `other` for any other concept."""
    found = vocabulary("data-theme").get(iri)
    return found.code if found else "other"


@lru_cache(maxsize=2048)
def file_format(iri: str, language: str = "en") -> str:
    """A short name of a file format or media type: `CSV`, `GeoJSON`, `WMS`."""
    found = vocabulary("file-type").get(iri)
    if found is None and "media-types/" in iri:
        found = vocabulary("file-type").match(iri.partition("media-types/")[2])
    return short_format(found.code if found else tail(iri), language)


@lru_cache(maxsize=2048)
def short_format(code: str, language: str = "en") -> str:
    """The name of a file type's code as people write it: `WMS_SRVC` is `WMS`.

    Where the list's own name is the code in better letters (`NetCDF`), it is taken.
    """
    known = code.upper()
    if known in NAMED_FORMATS:
        return NAMED_FORMATS[known]["de" if language == "de" else "en"]
    if known in SHORT_FORMATS:
        return SHORT_FORMATS[known]
    found = vocabulary("file-type").match(known)
    label = found.label("en") if found else ""
    if label and (letters(label) == letters(known) or "_" in known.removesuffix("_SRVC")):
        return label
    short = code.removesuffix("_SRVC")
    return short.upper() if len(short) <= 5 else short


def letters(text: str) -> str:
    """Only letters and digits, small."""
    return "".join(char for char in text.casefold() if char.isalnum())


def is_bytes(iri: str) -> bool:
    """Whether a format says no more than that the file is made of bytes."""
    found = vocabulary("file-type").get(iri)
    return found is not None and found.code in ("BIN", "OCTET")


def hint_key(iri: str) -> str | None:
    """The key of the sentence that says what a format is good for; None when we have none."""
    found = vocabulary("file-type").get(iri)
    code = (found.code if found else tail(iri)).removesuffix("_SRVC").upper()
    return f"format.{code}" if code in FORMAT_HINTS else None


def facet_label(facet: str, value: str, language: str) -> str | None:
    """The name of a facet value that is a concept; None for facets with other values."""
    if facet == "licence":
        return licence_name(value, language)
    if facet == "format":
        return short_format(value, language)
    lists = {"theme": "data-theme", "hvd": "hvd-category", "type": "dataset-type"}
    return vocabulary(lists[facet]).label(value, language) if facet in lists else None
