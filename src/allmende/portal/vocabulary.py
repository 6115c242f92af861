# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Names that people read for the concepts of the controlled vocabularies.

The names are sentences of the catalogues (`theme.ENVI`, `frequency.DAILY` …), worded
plainly by us; a concept without one is shown by the end of its address.
"""

from allmende.portal.licences import tail
from allmende.portal.words import Words

THEMES = (
    "AGRI", "ECON", "EDUC", "ENER", "ENVI", "GOVE", "HEAL", "INTR", "JUST", "REGI", "SOCI",
    "TECH", "TRAN",
)  # fmt: skip

HVD = {
    "c_164e0bf5": "meteorological",
    "c_a9135398": "companies",
    "c_ac64a52d": "geospatial",
    "c_b79e35eb": "mobility",
    "c_dd313021": "environment",
    "c_e1da4e07": "statistics",
}

FREQUENCIES = (
    "ANNUAL", "ANNUAL_2", "ANNUAL_3", "AS_NEEDED", "BIENNIAL", "BIMONTHLY", "BIWEEKLY", "CONT",
    "DAILY", "DAILY_2", "DECENNIAL", "HOURLY", "IRREG", "MONTHLY", "MONTHLY_2", "NEVER",
    "NOT_PLANNED", "OTHER", "QUARTERLY", "QUINQUENNIAL", "TRIENNIAL", "UNKNOWN", "UPDATE_CONT",
    "WEEKLY",
)  # fmt: skip
_FREQUENCY_ALIASES = {"IRREGULAR": "IRREG", "asNeeded": "AS_NEEDED"}

FORMAT_NAMES = {
    "GEOJSON": "GeoJSON",
    "JSON_LD": "JSON-LD",
    "RDF_TURTLE": "Turtle",
    "RDF_XML": "RDF/XML",
    "SHP": "Shapefile",
    "GPKG": "GeoPackage",
    "GEOPACKAGE": "GeoPackage",
    "TAR_GZ": "TAR.GZ",
}
FORMAT_HINTS = (
    "CSV", "GEOJSON", "GML", "GPKG", "HTML", "JSON", "KML", "ODS", "PDF", "RSS", "SHP", "WFS",
    "WMS", "XLS", "XLSX", "XML", "ZIP",
)  # fmt: skip

AVAILABILITY = ("AVAILABLE", "EXPERIMENTAL", "STABLE", "TEMPORARY")
ACCESS_RIGHTS = ("PUBLIC", "RESTRICTED", "NON_PUBLIC", "CONFIDENTIAL")


def theme(words: Words, iri: str) -> str:
    """The name of a data theme."""
    return _named(words, "theme", tail(iri), THEMES)


def theme_code(iri: str) -> str:
    """The code of an EU data theme (`ENVI`); `other` for any other concept."""
    code = tail(iri)
    return code if code in THEMES else "other"


def hvd_category(words: Words, iri: str) -> str:
    """The name of a high-value category (Regulation (EU) 2023/138)."""
    code = tail(iri)
    return str(words(f"hvd.{HVD[code]}")) if code in HVD else code


def frequency(words: Words, iri: str) -> str:
    """How often a dataset is brought up to date."""
    code = tail(iri)
    return _named(words, "frequency", _FREQUENCY_ALIASES.get(code, code), FREQUENCIES)


def availability(words: Words, iri: str) -> str:
    """How long a distribution is meant to stay."""
    return _named(words, "availability", tail(iri).upper(), AVAILABILITY)


def access_rights(words: Words, iri: str) -> str:
    """Who may have the data according to the record."""
    return _named(words, "access", tail(iri).upper(), ACCESS_RIGHTS)


def file_format(iri: str) -> str:
    """The name of a file format; media types are cut to their subtype."""
    code = tail(iri)
    return FORMAT_NAMES.get(code.upper(), code.upper() if len(code) <= 8 else code)


def format_hint(words: Words, name: str) -> str:
    """What a format is good for, in a few words; empty when we have none."""
    key = name.upper()
    return str(words(f"format.{key}")) if key in FORMAT_HINTS else ""


def language(words: Words, iri: str) -> str:
    """The name of a language from the EU authority list (`…/language/DEU`)."""
    from babel import Locale, UnknownLocaleError

    code = {"GER": "deu"}.get(tail(iri).upper(), tail(iri).lower())
    try:
        return Locale.parse(code).get_display_name(words.tag) or code
    except (UnknownLocaleError, ValueError):
        return tail(iri)


def _named(words: Words, family: str, code: str, known: tuple[str, ...]) -> str:
    return str(words(f"{family}.{code}")) if code in known else code
