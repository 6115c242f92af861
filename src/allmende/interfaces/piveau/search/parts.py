# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Parts of documents: texts, agents, contacts, places, distributions. Pure functions."""

from __future__ import annotations

from typing import Any

import msgspec

from allmende.interfaces.piveau.search.facets import label_of
from allmende.model.catalogue import (
    Agent,
    Distribution,
    Kind,
    Location,
    Statement,
    Text,
    Words,
    local,
)
from allmende.model.vocabulary import vocabulary

IANA = "media-types/"


def texts(text: Text, language: str) -> dict[str, str]:
    """A text by language; without a tag it is in the platform's language, and translations by
    machines stand behind what people wrote.
    """
    found: dict[str, str] = {}
    for tag in sorted(text, key=lambda each: ("-t-" in each, each)):
        name = language if tag == "und" else tag.partition("-")[0]
        found.setdefault(name, text[tag])
    return found


def linked(words: str, iri: str | None) -> dict[str, str] | None:
    """A concept as IRI and one name."""
    if not iri:
        return None
    found = {"resource": iri, "label": _name(words, iri)}
    if words in ("", "language"):
        found["id"] = _language(iri) if words else _tail(iri)
    return found


def said(words: str, iri: str | None) -> dict[str, str] | None:
    """A concept as id, name and IRI; a licence with the address of its text."""
    if not iri:
        return None
    known = vocabulary(words).get(iri)
    found = {"id": known.code if known else _tail(iri), "label": _name(words, iri), "resource": iri}
    if known is not None and known.facts.get("page"):
        found["la_url"] = str(known.facts["page"])
    return found


def _name(words: str, iri: str) -> str:
    label = label_of(words, iri) if words else iri
    return local(label, "en", "de") if isinstance(label, dict) else _tail(iri)


def _language(iri: str) -> str:
    known = vocabulary("language").get(iri)
    if known is None:
        return _tail(iri).lower()
    return known.aliases[0] if known.aliases else known.code.lower()


def agent(found: Agent | None, language: str) -> dict[str, Any] | None:
    """An agent with its name in one language."""
    if found is None:
        return None
    told = {
        "type": _tail(found.kind or "Agent"),
        "name": local(found.name, language),
        "email": _first(found.mbox),
        "homepage": _first(found.homepage),
        "resource": _own(found.iri),
    }
    return {name: value for name, value in told.items() if value}


def contact(found: Kind, language: str) -> dict[str, Any]:
    """A contact."""
    told: dict[str, Any] = {
        "type": _tail(found.kind or "Kind"),
        "name": local(found.fn, language),
        "email": _first(found.email),
        "telephone": _first(found.telephone),
        "url": found.url,
        "organisation_name": local(found.organization_name, language),
        "resource": _own(found.iri),
    }
    return {name: value for name, value in told.items() if value}


def keywords(words: Words, language: str) -> list[dict[str, str]]:
    """Keywords, each with its language."""
    return [
        {
            "id": word.casefold().replace(" ", "-"),
            "label": word,
            "language": language if tag == "und" else tag.partition("-")[0],
        }
        for tag, given in words.items()
        for word in given
    ]


def standard(found: Statement, language: str) -> dict[str, Any]:
    """A standard, document or statement."""
    label = local(found.label or found.title, language)
    told: dict[str, Any] = {"resource": _own(found.iri), "label": label}
    if found.title:
        told["title"] = texts(found.title, language)
    return {name: value for name, value in told.items() if value}


def places(found: list[Location]) -> list[dict[str, Any]]:
    """Geometries as GeoJSON; those that cannot be read are left out."""
    told = []
    for place in found:
        for text in place.geometry or place.bbox or place.centroid:
            geometry = geojson(text)
            if geometry is not None:
                told.append(geometry)
                break
    return told


def geojson(text: str) -> dict[str, Any] | None:
    """GeoJSON of a geometry in GeoJSON or WKT."""
    if text.lstrip().startswith("{"):
        try:
            found = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return None
        return found if isinstance(found, dict) and "coordinates" in found else None
    from allmende.model.coerce_shapes import read_shape
    from allmende.model.shapes import to_geojson
    from allmende.model.unreadable import Unreadable

    try:
        wkb = read_shape(text.rpartition(">")[2].strip(), "")
    except Unreadable:
        return None
    return to_geojson(wkb) if wkb else None


def distribution(
    found: Distribution, dataset: str, base: str, place: int, language: str
) -> dict[str, Any]:
    """A distribution with its id and IRI as the repository gives them."""
    iri = found.iri if found.iri and not found.iri.startswith("_:") else ""
    iri = iri or f"{base}#distribution-{place}"
    media = (found.media_type or "").partition(IANA)[2] or found.media_type
    checksum = found.checksum
    told: dict[str, Any] = {
        "id": f"{dataset}~{_tail(iri)}",
        "resource": iri,
        "title": texts(found.title, language),
        "description": texts(found.description, language),
        "access_url": found.access_url,
        "download_url": found.download_url,
        "format": said("file-type", found.format),
        "media_type": media,
        "compress_format": linked("media-type", found.compress_format),
        "package_format": linked("media-type", found.package_format),
        "license": said("licence", found.license),
        "byte_size": found.byte_size,
        "checksum": {
            "algorithm": checksum.algorithm or "",
            "checksum_value": checksum.value or "",
        }
        if checksum
        else None,
        "issued": found.issued,
        "modified": found.modified,
        "language": [linked("language", each) for each in found.language],
        "rights": standard(found.rights[0], language) if found.rights else None,
        "status": linked("distribution-status", found.status),
        "availability": linked("planned-availability", found.availability),
        "page": [standard(each, language) for each in found.page],
        "conforms_to": [standard(each, language) for each in found.conforms_to],
        "access_service": [{"resource": each} for each in found.access_service],
        "applicable_legislation": found.applicable_legislation,
        "spatial_resolution_in_meters": found.spatial_resolution,
        "temporal_resolution": found.temporal_resolution,
    }
    return {name: value for name, value in told.items() if value not in (None, [], {}, "")}


def _own(iri: str | None) -> str:
    return iri if iri and not iri.startswith("_:") else ""


def _first(values: list[str]) -> str:
    return values[0] if values else ""


def _tail(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]
