# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records of the catalogue as GeoJSON (OGC 20-004r1 §7)."""

from __future__ import annotations

from typing import Any

from msgspec import Raw, json

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.core.pages import iri_of
from allmende.interfaces.ogcapi import moments
from allmende.interfaces.ogcapi.common import GEOJSON, Asked, Link, link, people
from allmende.model.catalogue import Dataset, Distribution, Kind, Period, Resource, ResourceKind

CATALOGUE = "catalogue"
CORE = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"
_PAGES = {
    ResourceKind.DATASET: "datasets",
    ResourceKind.SERIES: "series",
    ResourceKind.SERVICE: "dataservices",
}
KINDS = {kind.value: kind for kind in _PAGES}
_RDF = (("ttl", "text/turtle"), ("rdf", "application/rdf+xml"), ("jsonld", "application/ld+json"))


def ident_of(record: Record) -> str:
    """The id of a record in the record collection: kinds besides datasets stand before theirs."""
    return record.id if record.kind == ResourceKind.DATASET else f"{record.kind}:{record.id}"


def kind_and_id(ident: str) -> tuple[ResourceKind, str]:
    """The kind and the id that a record's id stands for."""
    name, colon, rest = ident.partition(":")
    if colon and name in KINDS:
        return KINDS[name], rest
    return ResourceKind.DATASET, ident


def feature(ask: Asked, record: Record) -> dict[str, Any]:
    """The record as a GeoJSON feature with the members of a record."""
    resource = record.resource
    return {
        "id": ident_of(record),
        "type": "Feature",
        "conformsTo": [CORE],
        "time": _time(getattr(resource, "temporal", [])),
        "geometry": _place(resource),
        "properties": _properties(ask, record),
        "links": links(ask, record),
    }


def _properties(ask: Asked, record: Record) -> dict[str, Any]:
    resource = record.resource
    found: dict[str, Any] = {
        "created": moments.said(record.created),
        "updated": moments.said(record.updated),
        "type": str(record.kind),
        "title": ask.said(resource.title) or record.id,
    }
    optional: dict[str, Any] = {
        "description": ask.said(resource.description),
        "keywords": [word for words in resource.keyword.values() for word in words],
        "themes": [{"concepts": [{"id": iri} for iri in resource.theme]}] if resource.theme else [],
        "contacts": _contacts(ask, resource),
        "externalIds": [{"value": value} for value in external(record)],
        "formats": _formats(resource),
        "license": _licence(resource),
    }
    return found | {name: value for name, value in optional.items() if value}


def external(record: Record) -> list[str]:
    """The ids the record has elsewhere."""
    found = [record.original_id or "", *record.resource.identifier]
    return list(dict.fromkeys(each for each in found if each))


def _contacts(ask: Asked, resource: Resource) -> list[dict[str, Any]]:
    found = []
    if resource.publisher is not None and resource.publisher.name:
        found.append({"organization": ask.said(resource.publisher.name), "roles": ["publisher"]})
    found += [_contact(ask, each) for each in resource.contact_point]
    return [each for each in found if len(each) > 1]


def _contact(ask: Asked, point: Kind) -> dict[str, Any]:
    said: dict[str, Any] = {"roles": ["pointOfContact"]}
    name = ask.said(point.fn) or ask.said(point.organization_name)
    if name:
        said["name"] = name
    emails = [{"value": each.removeprefix("mailto:")} for each in point.email]
    if emails:
        said["emails"] = emails
    return said


def _formats(resource: Resource) -> list[dict[str, str]]:
    parts = resource.distribution if isinstance(resource, Dataset) else []
    names = dict.fromkeys(part.format.rpartition("/")[2] for part in parts if part.format)
    return [{"name": name} for name in names]


def _licence(resource: Resource) -> str:
    parts = resource.distribution if isinstance(resource, Dataset) else []
    licences = [resource.license, *(part.license for part in parts)]
    return next((each for each in licences if each), "")


def _time(periods: list[Period]) -> dict[str, Any] | None:
    if not periods or not (periods[0].start or periods[0].end):
        return None
    both = [_day(periods[0].start), _day(periods[0].end)]
    return {"interval": both}


def _day(date: str | None) -> str:
    """A date of the catalogue as date or time stamp; `..` when it is open."""
    if not date:
        return ".."
    return f"{date}-01-01"[:10] if len(date) < len("YYYY-MM-DD") else date


def place_of(resource: Resource) -> Any:
    """The box round what the record speaks of, in CRS84, as a shapely geometry; or None."""
    import shapely

    found = []
    for place in getattr(resource, "spatial", []):
        for text in (*place.bbox, *place.geometry, *place.centroid):
            geometry = _geometry(text)
            if geometry is not None:
                found.append(geometry)
                break
    if not found:
        return None
    around = shapely.envelope(shapely.GeometryCollection(found))
    west, south, east, north = around.bounds
    inside = west >= -180 and south >= -90 and east <= 180 and north <= 90
    return around if inside else None


def _place(resource: Resource) -> Raw | None:
    import shapely

    found = place_of(resource)
    return Raw(shapely.to_geojson(found).encode()) if found is not None else None


def _geometry(text: str) -> Any:
    import shapely

    plain = text.strip()
    if plain.startswith("<"):
        plain = plain.partition(">")[2].strip()
    read = shapely.from_geojson if plain.startswith("{") else shapely.from_wkt
    found = read(plain, on_invalid="ignore")
    return None if found is None or found.is_empty else found


def links(ask: Asked, record: Record) -> list[Link]:
    """The record itself, its forms and pages, and the data it speaks of."""
    here = ask.at("collections", CATALOGUE, "items", ident_of(record))
    address = catalogue.address(ask.platform, record)
    found = [
        link(here, "self", GEOJSON),
        link(ask.at("collections", CATALOGUE), "collection", "application/json"),
        *(link(f"{address}.{ending}", "alternate", kind) for ending, kind in _RDF),
        *people(ask, f"/{_PAGES.get(record.kind, 'catalogues')}/{record.id}", record.id),
    ]
    own = iri_of(ask.platform, record)
    if own.startswith(("http://", "https://")) and own != address:
        found.append(link(own, "canonical"))
    if isinstance(record.resource, Dataset):
        for part in record.resource.distribution:
            found += _of_part(ask, part)
    found += [link(each, "about") for each in record.resource.landing_page]
    licence = _licence(record.resource)
    return [*found, link(licence, "license")] if licence else found


def _of_part(ask: Asked, part: Distribution) -> list[Link]:
    media = (part.media_type or "").partition("media-types/")[2]
    title = ask.said(part.title)
    found = [link(each, "enclosure", media, title) for each in part.download_url]
    known = set(part.download_url)
    return found + [
        link(each, "item", media, title) for each in part.access_url if each not in known
    ]


def encoded(ask: Asked, record: Record) -> str:
    """The feature as text."""
    return json.encode(feature(ask, record)).decode()
