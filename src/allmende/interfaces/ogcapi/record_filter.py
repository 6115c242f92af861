# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CQL2 filters over the records of the catalogue (OGC 20-004r1 §13)."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from allmende.core import search as searching
from allmende.core.catalogue import Record
from allmende.core.crs import crs
from allmende.core.search import SearchQuery
from allmende.errors import InvalidInput, LimitExceeded
from allmende.interfaces.ogcapi import moments
from allmende.interfaces.ogcapi.common import Asked
from allmende.interfaces.ogcapi.filtering import parse
from allmende.interfaces.ogcapi.record import external, ident_of, place_of
from allmende.model.document import CRS84, Entity, Field, FieldType
from allmende.model.filter import Filter, matches

PAGE = 1_000
MOST = 5_000  # records that one filter is held against

RECORD = Entity(
    name="Record",
    title={"de": "Eintrag", "en": "Record"},
    key=["id"],
    fields=[
        Field(name="id", required=True),
        Field(name="type", title={"de": "Art", "en": "Type"}, required=True),
        Field(name="title", title={"de": "Titel", "en": "Title"}, required=True),
        Field(name="description", title={"de": "Beschreibung", "en": "Description"}),
        Field(name="keywords", title={"de": "Schlagwörter", "en": "Keywords"}, many=True),
        Field(name="created", title={"de": "Angelegt", "en": "Created"}, type=FieldType.DATETIME),
        Field(name="updated", title={"de": "Geändert", "en": "Updated"}, type=FieldType.DATETIME),
        Field(
            name="externalIds", title={"de": "Fremde Kennungen", "en": "External ids"}, many=True
        ),
        Field(name="geometry", title={"de": "Gebiet", "en": "Area"}, type=FieldType.GEOMETRY),
    ],
)
"""What a record can be asked by."""


def condition(ask: Asked) -> Filter | None:
    """The filter of the request; None when there is none. Raises InvalidInput."""
    given = ask.request.query_params
    if "filter" not in given:
        return None
    language = given.get("filter-lang", "cql2-text")
    if language not in ("cql2-text", "cql2-json"):
        raise InvalidInput(
            "filter-lang is cql2-text or cql2-json.", "filter-lang ist cql2-text oder cql2-json."
        )
    return parse(given["filter"], language, crs(given.get("filter-crs", CRS84)), RECORD)


async def filtered(ask: Asked, tree: Filter, query: SearchQuery) -> list[Record]:
    """All records that the query finds and the filter matches, in the order of the query.

    Raises LimitExceeded when the query finds too many to look at each.
    """
    found: list[Record] = []
    for offset in range(0, MOST, PAGE):
        asked_for = replace(query, limit=PAGE, offset=offset)
        page = await searching.search(ask.platform, ask.subject, asked_for)
        if page.total > MOST:
            raise LimitExceeded(
                f"A filter is held against at most {MOST} records; {page.total} are in question. "
                "Narrow them with q, bbox, datetime or type.",
                f"Ein Filter prüft höchstens {MOST} Einträge; {page.total} kommen in Frage. Bitte "
                "mit q, bbox, datetime oder type eingrenzen.",
            )
        found += [each for each in page.records if matches(tree, _values(ask, each))]
        if offset + PAGE >= page.total:
            break
    return found


def _values(ask: Asked, record: Record) -> dict[str, Any]:
    """The record as a row."""
    import shapely

    resource = record.resource
    place = place_of(resource)
    return {
        "id": ident_of(record),
        "type": str(record.kind),
        "title": ask.said(resource.title) or record.id,
        "description": ask.said(resource.description) or None,
        "keywords": [word for words in resource.keyword.values() for word in words],
        "created": moments.said(record.created)[:23] + "Z",
        "updated": moments.said(record.updated)[:23] + "Z",
        "externalIds": external(record),
        "geometry": shapely.to_wkb(place) if place is not None else None,
    }
