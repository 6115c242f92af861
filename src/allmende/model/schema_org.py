# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A dataset or catalogue in the words of schema.org, as search engines for data read it. Pure.

Follows what Google asks of datasets: a name, a description of 50 to 5,000 characters,
licence, creator, coverage, variables and files with their formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, field

from allmende.model.catalogue import (
    Agent,
    Catalog,
    Dataset,
    Distribution,
    Location,
    Resource,
    local,
)
from allmende.model.coverage import bounding_box
from allmende.model.document import Field, FieldType
from allmende.model.namespaces import FOAF, IANA_MEDIA_TYPE
from allmende.model.plain import line, plain
from allmende.model.vocabulary import Concept, vocabulary

MAX_FILES = 100
MAX_WORDS = 50
MAX_VARIABLES = 200
SHORTEST, LONGEST = 50, 5_000  # characters of a description
_WEB = re.compile(r"https?://\S+\Z", re.I)


class Table(Struct, frozen=True, kw_only=True):
    """Rows of the dataset that can be had as CSV: name, address, columns in their order.

    `places` are the columns of the geometry: `lon` and `lat` in degrees, or one of WKT.
    """

    name: str
    title: str
    address: str
    fields: list[Field]
    places: tuple[str, ...] = ()


class Subject(Struct, frozen=True, kw_only=True):
    """A resource with what the platform knows about it; `published` is an ISO 8601 date."""

    resource: Resource
    ident: str
    address: str
    page: str
    language: str
    site: str
    site_address: str
    published: str
    open: bool
    tables: list[Table] = field(default_factory=list)


def document(about: Subject) -> dict[str, Any]:
    """The JSON-LD document."""
    return {"@context": "https://schema.org/", **bare(described(about))}


def described(about: Subject) -> dict[str, Any]:
    """The members of the document; those that say nothing are empty."""
    resource = about.resource
    is_catalogue = isinstance(resource, Catalog)
    name = line(local(resource.title, about.language)) or about.ident
    members: dict[str, Any] = {
        "@type": "DataCatalog" if is_catalogue else "Dataset",
        "@id": about.address,
        "url": about.page,
        "name": name,
        "alternateName": [
            text for each in resource.title.values() if (text := line(each)) and text != name
        ],
        "description": description(about, name),
        "inLanguage": _languages(resource),
        "identifier": resource.identifier[:5],
        "sameAs": _same(about),
        "keywords": [line(word) for words in resource.keyword.values() for word in words][
            :MAX_WORDS
        ],
        "license": licence(resource),
        "datePublished": resource.issued or about.published,
        "dateModified": resource.modified,
        "publisher": agent(resource.publisher, about.language),
        "creator": creators(about),
        "temporalCoverage": [f"{p.start or '..'}/{p.end or '..'}" for p in resource.temporal],
        "spatialCoverage": _places(resource.spatial, about.language),
    }
    return members if is_catalogue else members | _of_dataset(about)


def _of_dataset(about: Subject) -> dict[str, Any]:
    resource = about.resource
    files = resource.distribution if isinstance(resource, Dataset) else []
    found = [file_of(each, about.language) for each in files[:MAX_FILES]]
    known = {each["contentUrl"] for each in found}
    return {
        "version": resource.version if isinstance(resource, Dataset) else None,
        "isAccessibleForFree": True if about.open else None,
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": about.site,
            "url": about.site_address,
        },
        "isPartOf": [iri for iri in resource.in_series if _WEB.match(iri)]
        if isinstance(resource, Dataset)
        else [],
        "variableMeasured": list(_variables(about))[:MAX_VARIABLES],
        "distribution": [each for each in found if each["contentUrl"]]
        + [table_file(each) for each in about.tables if each.address not in known],
    }


def description(about: Subject, name: str) -> str:
    """The description without markup; one that is too short is told with name and publisher."""
    text = line(plain(local(about.resource.description, about.language)))[:LONGEST]
    if len(text) >= SHORTEST:
        return text
    publisher = about.resource.publisher
    by = line(local(publisher.name, about.language)) if publisher else ""
    said = [name, text if text != name else "", by, about.site]
    return " – ".join(each for each in said if each)


def licence(resource: Resource) -> str | None:
    """The first licence that has a web address: of its text if that is known, else its IRI."""
    files = resource.distribution if isinstance(resource, Dataset) else []
    for iri in (resource.license, *(file.license for file in files)):
        found = vocabulary("licence").get(iri) if iri else None
        page = str(found.facts.get("page") or "") if found else ""
        for each in (page, iri or ""):
            if _WEB.match(each):
                return each
    return None


def agent(found: Agent | None, language: str) -> dict[str, Any] | None:
    """An organisation or person."""
    if found is None:
        return None
    kind = "Person" if found.kind == FOAF + "Person" else "Organization"
    name = line(local(found.name, language)) or found.iri or ""
    iri = found.iri if found.iri and _WEB.match(found.iri) else None
    return {"@type": kind, "@id": iri, "name": name, "url": address_of(found.homepage) or iri}


def creators(about: Subject) -> list[dict[str, Any]]:
    """Who made it, else who publishes it."""
    named = [agent(each, about.language) for each in about.resource.creator]
    found = [each for each in named if each and each["name"]]
    publisher = agent(about.resource.publisher, about.language)
    return found or ([publisher] if publisher and publisher["name"] else [])


def file_of(file: Distribution, language: str) -> dict[str, Any]:
    """A file or the place where it is had."""
    return {
        "@type": "DataDownload",
        "name": line(local(file.title, language)),
        "contentUrl": address_of((*file.download_url, *file.access_url)),
        "encodingFormat": media_type(file),
        "contentSize": f"{file.byte_size} B" if file.byte_size is not None else None,
        "sha256": checksum(file, "sha256"),
        "license": file.license if file.license and _WEB.match(file.license) else None,
        "dateModified": file.modified,
    }


def address_of(given: Iterable[str]) -> str | None:
    """The first that a browser may follow."""
    return next((each for each in given if _WEB.match(each)), None)


def table_file(table: Table) -> dict[str, Any]:
    """A table as a file that is made when it is asked for."""
    return {
        "@type": "DataDownload",
        "name": table.title or table.name,
        "contentUrl": table.address,
        "encodingFormat": "text/csv",
    }


def media_type(file: Distribution) -> str | None:
    """The media type (RFC 6838) of a file as far as it is known."""
    if file.media_type and file.media_type.startswith(IANA_MEDIA_TYPE):
        return file.media_type.removeprefix(IANA_MEDIA_TYPE)
    found = vocabulary("file-type").get(file.format) if file.format else None
    return next(iter(found.facts.get("media", ())), None) if found else None


def checksum(file: Distribution, algorithm: str) -> str | None:
    """The checksum of the algorithm, hexadecimal."""
    found = file.checksum
    if found is None or not (found.algorithm or "").lower().endswith(f"_{algorithm}"):
        return None
    return found.value


def _same(about: Subject) -> list[str]:
    own = (about.resource.iri or "", *about.resource.landing_page)
    return [iri for iri in own if _WEB.match(iri) and iri not in (about.address, about.page)][:10]


def _languages(resource: Resource) -> list[str]:
    known = vocabulary("language")
    found = (known.get(iri) for iri in resource.language)
    return [_tag(each) for each in found if each]


def _tag(concept: Concept) -> str:
    """The BCP 47 tag of a language: its short alias."""
    short = (each for each in concept.aliases if len(each) == 2)
    return next(short, concept.code.lower())


def _places(places: list[Location], language: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for place in places[:10]:
        box = bounding_box([place])
        name = line(local(place.label, language))
        if box is None and not name:
            continue
        found.append({"@type": "Place", "name": name, "geo": _shape(box) if box else None})
    return found


def _shape(box: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = box
    if (west, south) == (east, north):
        return {"@type": "GeoCoordinates", "latitude": south, "longitude": west}
    return {"@type": "GeoShape", "box": f"{south:g} {west:g} {north:g} {east:g}"}


def _variables(about: Subject) -> Iterator[dict[str, Any]]:
    """The described columns, each name once."""
    seen: set[str] = set()
    for table in about.tables:
        for each in table.fields:
            if each.name in seen or each.type is FieldType.GEOMETRY:
                continue
            seen.add(each.name)
            yield {
                "@type": "PropertyValue",
                "name": each.name,
                "alternateName": line(local(each.title, about.language)),
                "description": line(local(each.description, about.language)),
                "propertyID": each.iri if _WEB.match(each.iri) else None,
                "unitText": each.unit,
                "minValue": each.minimum,
                "maxValue": each.maximum,
            }


def bare(value: Any) -> Any:
    """Without members that say nothing."""
    if isinstance(value, dict):
        found = {name: bare(each) for name, each in value.items()}
        return {name: each for name, each in found.items() if each not in (None, "", [], {})}
    return [bare(each) for each in value if each is not None] if isinstance(value, list) else value
