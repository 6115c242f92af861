# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words that people and portals write for licences, formats, languages, themes → IRIs.

Facts from the controlled vocabularies named by DCAT-AP.de: the licence list of GovData,
the EU authority tables file-type, language, frequency, data-theme, access-right. What is
an IRI already is passed on unchanged.
"""

from __future__ import annotations

import re

from allmende.model.namespaces import AUTHORITY, DCATDE_LICENSES

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

# GovData licence list; left of the colon the end of the IRI, right what stands for it.
_LICENCES = {
    "dl-zero-de/2.0": "dl-de-zero-2.0 dl-zero-de-2.0 dl-zero-2.0 dl-de/zero-2-0",
    "dl-by-de/2.0": "dl-de-by-2.0 dl-by-de-2.0 dl-by-2.0 dl-de/by-2-0",
    "dl-by-de/1.0": "dl-de-by-1.0 dl-by-de-1.0 dl-de-by",
    "dl-by-nc-de/1.0": "dl-de-by-nc-1.0 dl-by-nc-de-1.0 dl-de-by-nc",
    "cc-zero": "cc-zero cc0 cc0-1.0 cc-0 cc-zero-1.0",
    "cc-by/4.0": "cc-by-4.0 cc-by-4 cc-by-4.0-international",
    "cc-by": "cc-by",
    "cc-by-de/3.0": "cc-by-de-3.0 cc-by-3.0-de cc-by-3.0",
    "cc-by-sa": "cc-by-sa",
    "cc-by-sa/4.0": "cc-by-sa-4.0",
    "cc-by-sa-de/3.0": "cc-by-sa-de-3.0 cc-by-sa-3.0-de cc-by-sa-3.0",
    "cc-by-nc": "cc-nc cc-by-nc",
    "cc-by-nc/4.0": "cc-by-nc-4.0",
    "cc-by-nc-de/3.0": "cc-by-nc-de-3.0 cc-by-nc-3.0",
    "cc-by-nd": "cc-by-nd",
    "cc-by-nd/3.0": "cc-by-nd-3.0",
    "cc-by-nd/4.0": "cc-by-nd-4.0",
    "ccpdm/1.0": "cc-pdm cc-pdm-1.0 cc-pdmark-1.0 other-pd public-domain",
    "odbl": "odc-odbl odbl odbl-1.0",
    "odby": "odc-by odby odc-by-1.0",
    "odcpddl": "odc-pddl pddl odc-pddl-1.0",
    "geonutz/20130319": "geonutz-20130319 geonutz-de-2013-03-19 geonutzv-de-2013-03-19 geonutzv",
    "geoNutz/20131001": "geonutz-20131001 geonutzv-berlin",
    "gfdl": "gfdl",
    "gpl/3.0": "gpl-3.0 gpl-v3",
    "apache": "apache apache-2.0",
    "bsd": "bsd bsd-license",
    "mozilla": "mozilla mpl mpl-2.0",
    "officialWork": "official-work officialwork amtliches-werk",
    "other-closed": "other-closed",
    "other-open": "other-open other-at other-attribution",
    "other-commercial": "other-commercial",
    "other-freeware": "other-freeware app-freeware",
    "other-opensource": "other-opensource app-opensource",
}
_LICENCE_TITLES = {
    "datenlizenz deutschland zero version 2 0": "dl-zero-de/2.0",
    "datenlizenz deutschland zero 2 0": "dl-zero-de/2.0",
    "datenlizenz deutschland namensnennung version 2 0": "dl-by-de/2.0",
    "datenlizenz deutschland namensnennung 2 0": "dl-by-de/2.0",
    "data licence germany zero version 2 0": "dl-zero-de/2.0",
    "data licence germany attribution version 2 0": "dl-by-de/2.0",
    "creative commons namensnennung 4 0 international": "cc-by/4.0",
    "creative commons attribution 4 0": "cc-by/4.0",
    "creative commons attribution": "cc-by",
    "creative commons cczero": "cc-zero",
    "open data commons open database license odbl": "odbl",
}

# EU file-type authority table; left the code, right what stands for it besides the code.
_FILE_TYPES = {
    "CSV": "text/csv .csv",
    "TSV": "text/tab-separated-values .tsv",
    "JSON": "application/json .json",
    "JSON_LD": "jsonld json-ld application/ld+json .jsonld",
    "GEOJSON": "geo+json application/geo+json application/vnd.geo+json .geojson",
    "XML": "application/xml text/xml .xml",
    "HTML": "text/html htm webseite website .html",
    "PDF": "application/pdf .pdf",
    "TXT": "text/plain text .txt",
    "XLS": "excel application/vnd.ms-excel .xls",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet .xlsx",
    "ODS": "application/vnd.oasis.opendocument.spreadsheet .ods",
    "ODT": "application/vnd.oasis.opendocument.text .odt",
    "DOC": "word application/msword .doc",
    "DOCX": "application/vnd.openxmlformats-officedocument.wordprocessingml.document .docx",
    "ZIP": "application/zip application/x-zip-compressed .zip",
    "GZIP": "gz application/gzip .gz",
    "SHP": "shape shapefile esri-shapefile esri-shape shp-zip .shp",
    "KML": "application/vnd.google-earth.kml+xml .kml",
    "KMZ": "application/vnd.google-earth.kmz .kmz",
    "GML": "application/gml+xml .gml",
    "GPKG": "geopackage application/geopackage+sqlite3 .gpkg",
    "GPX": "application/gpx+xml .gpx",
    "DXF": "image/vnd.dxf .dxf",
    "TIFF": "tif geotiff image/tiff .tif",
    "JPEG": "jpg image/jpeg .jpg",
    "PNG": "image/png .png",
    "GIF": "image/gif .gif",
    "SVG": "image/svg+xml .svg",
    "RDF": "rdf",
    "RDF_XML": "rdf/xml rdf+xml application/rdf+xml .rdf",
    "RDF_TURTLE": "ttl turtle text/turtle .ttl",
    "RDF_N_TRIPLES": "nt n-triples application/n-triples .nt",
    "RSS": "application/rss+xml",
    "ATOM": "application/atom+xml",
    "ICS": "ical icalendar text/calendar .ics",
    "GTFS": "gtfs-static",
    "NETCDF": "nc application/x-netcdf .nc",
    "LAS": "",
    "LAZ": "",
    "SQL": "",
    "DBF": "",
    "MDB": "access",
    "SDMX": "",
    "PARQUET": "application/vnd.apache.parquet .parquet",
    "WMS_SRVC": "wms ogc-wms ogc:wms",
    "WFS_SRVC": "wfs ogc-wfs ogc:wfs",
    "WMTS_SRVC": "wmts ogc:wmts",
    "WCS_SRVC": "wcs ogc:wcs",
    "REST": "api rest-api",
    "MAP_SRVC": "",
    "OCTET": "application/octet-stream",
    "SPARQLQ": "sparql",
}
_LANGUAGES = {
    "DEU": "de deu ger deutsch german de-de",
    "ENG": "en eng englisch english en-gb en-us",
    "FRA": "fr fra fre franzoesisch french",
    "POL": "pl pol polnisch polish",
    "NLD": "nl nld dut niederlaendisch dutch",
    "SPA": "es spa spanisch spanish",
    "ITA": "it ita italienisch italian",
    "TUR": "tr tur tuerkisch turkish",
    "UKR": "uk ukr ukrainisch ukrainian",
    "RUS": "ru rus russisch russian",
    "CES": "cs ces cze tschechisch czech",
    "DAN": "da dan daenisch danish",
    "HSB": "hsb obersorbisch upper-sorbian",
    "DSB": "dsb niedersorbisch lower-sorbian",
}
_FREQUENCIES = {
    "CONT": "continuous kontinuierlich fortlaufend laufend",
    "UPDATE_CONT": "continuously-updated",
    "HOURLY": "hourly stuendlich pt1h r/pt1h",
    "DAILY": "daily taeglich p1d r/p1d",
    "WEEKLY": "weekly woechentlich p1w p7d r/p1w r/p7d",
    "BIWEEKLY": "biweekly fortnightly zweiwoechentlich 14-taegig p2w",
    "MONTHLY": "monthly monatlich p1m r/p1m",
    "QUARTERLY": "quarterly vierteljaehrlich quartalsweise p3m r/p3m",
    "ANNUAL_2": "semiannual biannually halbjaehrlich p6m r/p6m",
    "ANNUAL": "annual annually yearly jaehrlich p1y r/p1y",
    "BIENNIAL": "biennial biannual zweijaehrlich alle-2-jahre p2y r/p2y",
    "IRREG": "irregular unregelmaessig",
    "AS_NEEDED": "as-needed asneeded bei-bedarf nach-bedarf",
    "NEVER": "never einmalig nie keine notplanned not-planned",
    "UNKNOWN": "unknown unbekannt",
    "OTHER": "other andere",
}
_THEMES = {
    "AGRI": "agriculture landwirtschaft"
    " landwirtschaft-fischerei-forstwirtschaft-und-nahrungsmittel",
    "ECON": "economy wirtschaft wirtschaft-und-finanzen economy-and-finance wirtschaft-arbeit",
    "EDUC": "education bildung bildung-kultur-und-sport kultur sport"
    " kultur-freizeit-sport-tourismus bildung-wissenschaft bildung-und-wissenschaft"
    " education-culture-and-sport",
    "ENER": "energy energie",
    "ENVI": "environment umwelt umwelt-klima umwelt-und-klima",
    "GOVE": "government regierung regierung-und-oeffentlicher-sektor"
    " politik-wahlen politik-und-wahlen verwaltung oeffentliche-verwaltung"
    " government-and-public-sector",
    "HEAL": "health gesundheit",
    "INTR": "international internationale-themen",
    "JUST": "justice justiz recht gesetze-justiz justiz-rechtssystem-und-oeffentliche-sicherheit",
    "REGI": "regions regionen regionen-und-staedte geo infrastruktur-bauen-wohnen"
    " geographie-geologie-geobasisdaten regions-and-cities",
    "SOCI": "society population soziales bevoelkerung bevoelkerung-und-gesellschaft"
    " population-and-society",
    "TECH": "science technology wissenschaft technik wissenschaft-und-technologie"
    " science-and-technology",
    "TRAN": "transport verkehr transport-verkehr transport-und-verkehr mobilitaet",
}
_ACCESS = {
    "PUBLIC": "public oeffentlich offen open",
    "RESTRICTED": "restricted eingeschraenkt",
    "NON_PUBLIC": "non-public nicht-oeffentlich intern internal",
}


def key(text: str) -> str:
    """The text as a look-up key: lower case, umlauts spelled out, one dash between words."""
    return _NOT_WORD.sub("-", text.strip().lower().translate(_UMLAUTS)).strip("-")


def _index(table: dict[str, str], base: str) -> dict[str, str]:
    index: dict[str, str] = {}
    for code, words in table.items():
        for word in (code, *words.split()):
            index.setdefault(key(word), base + code)
    return index


_TABLES = {
    "licence": _index(_LICENCES, DCATDE_LICENSES),
    "file-type": _index(_FILE_TYPES, AUTHORITY + "file-type/"),
    "language": _index(_LANGUAGES, AUTHORITY + "language/"),
    "frequency": _index(_FREQUENCIES, AUTHORITY + "frequency/"),
    "theme": _index(_THEMES, AUTHORITY + "data-theme/"),
    "access": _index(_ACCESS, AUTHORITY + "access-right/"),
}
for _title, _code in _LICENCE_TITLES.items():
    _TABLES["licence"].setdefault(key(_title), DCATDE_LICENSES + _code)


def is_iri(text: str) -> bool:
    """Whether the text looks like an absolute web address or a URN."""
    head = text[:8].lower()
    return head.startswith(("http://", "https://", "urn:")) and not any(c.isspace() for c in text)


def concept(table: str, text: str) -> str | None:
    """The IRI a word stands for in `licence`, `file-type`, `language`, `frequency`, …, or None."""
    text = text.strip()
    if is_iri(text):
        return text
    return _TABLES[table].get(key(text))
