# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading rows: pages, ready-made GeoJSON, whole results, one row, its past."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from allmende.core import actors
from allmende.core.collections.seeing import get
from allmende.core.platform import Platform
from allmende.errors import InvalidInput, NotFound
from allmende.model.document import CRS84, Entity
from allmende.model.query import Query
from allmende.policy import Role, Subject
from allmende.store.collections import reading
from allmende.store.collections.blobs import measure
from allmende.store.collections.types import (
    Batch,
    Collection,
    Parts,
    Ready,
    Row,
    RowChange,
    RowRevision,
)

MAX_PAGE = 10_000
INLINE = 1_000  # rows; larger pages are read on a worker thread
COUNT_MOST = 1_000_000

_T = TypeVar("_T")


class Page(Struct):
    """Typed rows; `next` is the `after` of the next page, empty at the end."""

    collection: Collection
    rows: list[Row]
    next: str


class Features(Struct):
    """GeoJSON Feature texts (UTF-8) in CRS84; `next` is the `after` of the next page."""

    collection: Collection
    features: list[bytes]
    next: str


class PartsPage(Struct):
    """Stored properties and geometries; `next` is the `after` of the next page."""

    collection: Collection
    parts: list[Parts]
    next: str


async def page(
    platform: Platform, subject: Subject, query: Query, seen: Collection | None = None
) -> Page:
    """A page of rows with the fields the subject sees (or fewer, as the query says).

    `seen` is the collection as `get` has just given it to this subject.
    """
    collection = seen or await get(platform, subject, query.collection)
    rows, after = await _read(
        platform, reading.page, collection.entity, _bounded(query, collection)
    )
    return Page(collection, rows, after)


async def features(
    platform: Platform, subject: Subject, query: Query, seen: Collection | None = None
) -> Features:
    """A page as GeoJSON texts. From stored texts unless fields are chosen or not public."""
    collection = seen or await get(platform, subject, query.collection)
    if query.fields is None and collection.whole:
        found, after = await _read(
            platform, reading.features, collection.entity, _bounded(query, collection)
        )
        return Features(collection, found, after)
    rows, after = await _read(
        platform, reading.page, collection.entity, _bounded(query, collection)
    )
    return Features(collection, [feature(each).encode() for each in rows], after)


async def parts(
    platform: Platform, subject: Subject, query: Query, seen: Collection | None = None
) -> PartsPage:
    """A page as property texts and geometries, for answers in another CRS."""
    collection = seen or await get(platform, subject, query.collection)
    if query.fields is None and collection.whole:
        found, after = await _read(
            platform, reading.parts, collection.entity, _bounded(query, collection)
        )
        return PartsPage(collection, found, after)
    rows, after = await _read(
        platform, reading.page, collection.entity, _bounded(query, collection)
    )
    made = [Parts(row.id, _json(row.values), row.geometry) for row in rows]
    return PartsPage(collection, made, after)


def feature(row: Row) -> str:
    """The GeoJSON Feature text of a row in CRS84."""
    shape = measure(row.geometry)[1] if row.geometry is not None else "null"
    return (
        f'{{"type":"Feature","id":{_json(row.id)},"geometry":{shape},'
        f'"properties":{_json(row.values)}}}'
    )


async def each(platform: Platform, subject: Subject, query: Query) -> AsyncIterator[list[Row]]:
    """The whole result in chunks of at most 1,000; `limit` 0 means without end.

    Chunks are read one after the other; rows written in between may or may not be there.
    """
    collection = await get(platform, subject, query.collection)
    left = query.limit or None
    query = _bounded(replace(query, limit=reading.CHUNK), collection)
    while True:
        if left is not None:
            query = replace(query, limit=min(left, reading.CHUNK))
        rows, after = await platform.store.read_slow(reading.page, collection.entity, query)
        if rows:
            yield rows
        left = left - len(rows) if left is not None else None
        if not after or left == 0:
            return
        query = replace(query, after=after, offset=0)


async def count(platform: Platform, subject: Subject, query: Query, most: int = 0) -> int:
    """How many rows the query finds; with `most` counting ends there."""
    collection = await get(platform, subject, query.collection)
    if query == Query(
        collection=query.collection,
        fields=query.fields,
        geometry=query.geometry,
        order=query.order,
        after=query.after,
        offset=query.offset,
        limit=query.limit,
    ):
        return collection.count
    query = _bounded(replace(query, limit=1, order=(), after="", offset=0), collection)
    return await platform.store.read(reading.count, collection.entity, query, most)


async def numbers(platform: Platform, subject: Subject, query: Query) -> list[tuple[int, str]]:
    """Numbers (`_fid`) and ids of all rows the query finds."""
    collection = await get(platform, subject, query.collection)
    query = _bounded(replace(query, limit=1), collection)
    return await platform.store.read_slow(reading.ids, collection.entity, query)


async def row(
    platform: Platform, subject: Subject, ident: str, row_id: str, as_of: int | None = None
) -> Row:
    """One row, today or as it was at a moment (µs UTC). NotFound."""
    collection = await get(platform, subject, ident)
    query = Query(collection=ident, ids=(row_id,), limit=1, as_of=as_of)
    found = await platform.store.read(reading.one, collection.entity, query)
    if found is None:
        raise no_row(row_id)
    return found


async def row_feature(
    platform: Platform, subject: Subject, ident: str, row_id: str, seen: Collection | None = None
) -> str:
    """The GeoJSON Feature text of one row in CRS84. NotFound."""
    query = Query(collection=ident, ids=(row_id,), limit=1)
    found = await features(platform, subject, query, seen)
    if not found.features:
        raise no_row(row_id)
    return found.features[0].decode()


async def ready(
    platform: Platform, subject: Subject, ident: str, row_id: str, seen: Collection | None = None
) -> Ready:
    """One row of today as its GeoJSON Feature text in CRS84. NotFound."""
    collection = seen or await get(platform, subject, ident)
    if collection.whole:
        found = await platform.store.read_one(reading.ready, ident, row_id)
        if found is None:
            raise no_row(row_id)
        return found
    each = await row(platform, subject, ident, row_id)
    return Ready(each.fid, each.id, each.revision, each.since, feature(each).encode())


async def history(
    platform: Platform, subject: Subject, ident: str, row_id: str
) -> list[RowRevision]:
    """All states of a row, newest first; who made them is for people of the organisation."""
    collection = await get(platform, subject, ident)
    found = await platform.store.read(reading.history, collection.entity, collection.id, row_id)
    if not found:
        raise no_row(row_id)
    await tell(platform, subject, collection.organisation, found)
    return found


async def changes(
    platform: Platform, subject: Subject, ident: str, after: str = "", limit: int = 1_000
) -> tuple[list[RowChange], str]:
    """What happened to rows, oldest first, and the mark after which to ask again.

    Each row stands once, with what happened to it last; a removed one may stand again.
    """
    collection = await get(platform, subject, ident)
    place = _place(after)
    limit = max(1, min(limit, MAX_PAGE))
    found = await platform.store.read(
        reading.changes, collection.id, collection.entity, place, limit
    )
    last = (found[-1].batch, found[-1].fid) if found else place
    return found, f"{last[0]}-{last[1]}"


async def tell(
    platform: Platform, subject: Subject, organisation: str, made: Sequence[Batch | RowRevision]
) -> None:
    """Names who made writes; reasons and files are for people of the organisation only."""
    told = await actors.named(platform, subject, organisation, (each.actor for each in made))
    member = subject.has(organisation, *Role)
    for each in made:
        each.who = told.get(each.actor, {})
        if not member:
            each.actor = each.reason = ""
            each.source = outside(each.source)


def outside(source: str) -> str:
    """What people of other organisations are told of a source: no address, no folder."""
    if "://" in source:
        return ""
    return source.replace("\\", "/").rpartition("/")[2]


def no_row(row_id: str) -> NotFound:
    """The error for a row that is not there."""
    return NotFound(
        f"There is no row “{row_id}” here.", f"Eine Zeile „{row_id}“ gibt es hier nicht."
    )


async def _read(platform: Platform, fn: Callable[..., _T], entity: Entity, query: Query) -> _T:
    if query.limit > INLINE:
        return await platform.store.read_slow(fn, entity, query)
    return await platform.store.read(fn, entity, query)


def _bounded(query: Query, collection: Collection) -> Query:
    """The query with its limit in bounds and its box in CRS84.

    A box in another CRS becomes the box around it and the exact shape it has in CRS84.
    """
    if not 1 <= query.limit <= MAX_PAGE:
        raise InvalidInput(
            f"The limit must be between 1 and {MAX_PAGE}.",
            f"Die Anzahl muss zwischen 1 und {MAX_PAGE} liegen.",
        )
    placed = collection.entity.geometry
    if query.bbox is None or query.bbox_crs == CRS84 or placed is None:
        return query
    from allmende.core.filters import box_in_crs84

    around, outline = box_in_crs84(query.bbox, query.bbox_crs)
    return replace(query, bbox=around, bbox_crs=CRS84, outline=outline)


def _place(text: str) -> tuple[int, int]:
    if not text:
        return (0, 0)
    batch, _, fid = text.partition("-")
    if not (batch.isascii() and batch.isdigit() and len(batch) < 19):
        raise _bad_place()
    if fid and not (fid.isascii() and fid.isdigit() and len(fid) < 19):
        raise _bad_place()
    return int(batch), int(fid or 0)


def _bad_place() -> InvalidInput:
    return InvalidInput(
        "The mark is not one that this feed has given.",
        "Die Marke stammt nicht aus diesem Änderungsfeed.",
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
