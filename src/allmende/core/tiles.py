# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Vector tiles of collections: which fields they carry, layers that follow the rows.

A layer holds the rows of one collection as one group of subjects may see them: the levels
of fields that are open to them are part of its key. Every request compares the number of
the collection's last write with the layer's; what has changed since is taken up before the
tile is cut, so a tile never shows what was true before the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from typing import Any
from weakref import ref

from anyio.to_thread import run_sync
from msgspec import Struct

from allmende.core import collections
from allmende.core.collections import Collection, Row
from allmende.core.platform import Platform
from allmende.errors import LimitExceeded, NotFound
from allmende.model.document import Entity, Field, FieldType
from allmende.model.filter import Everything, Filter
from allmende.model.query import Query
from allmende.policy import Subject
from allmende.projections.tiles.grids import ADV_25832, EXTENT, GRIDS, MAX_ZOOM, WEB_MERCATOR, Grid
from allmende.projections.tiles.layer import Gathering, Layer, Table
from allmende.projections.tiles.prepared import Prepared
from allmende.projections.tiles.shelf import Shelf

__all__ = [
    "ADV_25832",
    "EXTENT",
    "GRIDS",
    "MAX_LAYERS",
    "MAX_ZOOM",
    "WEB_MERCATOR",
    "Asked",
    "Grid",
    "carried",
    "chosen",
    "cut",
    "is_packed",
    "no_grid",
]

ID = "_id"
LAYER_BYTES = 192_000_000  # memory of all layers of a process
TILE_BYTES = 32_000_000  # memory of ready tiles
MASK_BYTES = 8_000_000  # memory of filters' results
READY_BYTES = 64_000_000  # memory of layers' points written beforehand
OFTEN = 3  # tiles with the same properties, and the layer's points are written beforehand
MAX_ROWS = 2_000_000  # of one collection; a layer of more is not made
MAX_LAYERS = 10  # collections in one tile
MAX_CHANGES = 2_000  # more changed rows than this, and the layer is read anew
LAST_FID = 10**18 - 1
DEFAULT_FIELDS = 8
SMALLEST = 700  # bytes: below, compressing is not worth it
LEVEL = 2  # of compression: 0 to 3
IN_THREAD = 262_144  # bytes: above, compressing is left to a thread
_GZIP = 31  # window bits for a gzip frame


class Asked(Struct, frozen=True, kw_only=True):
    """One tile of one grid. `properties` None means those chosen for each collection."""

    grid: str
    zoom: int
    row: int
    column: int
    properties: tuple[str, ...] | None = None
    where: Filter = Everything()
    gzip: bool = False


class Held(Struct):
    """A layer and the state of the collection it shows."""

    layer: Layer
    batch: int
    made_of: tuple[Hashable, ...]
    seen: Collection | None = None  # for which it was found to be right


class Ready(Struct):
    """How often a choice of properties was asked of a layer, and the points written for it."""

    layer: Any  # a weak reference
    asked: int = 0
    points: Prepared | None = None


class Keeper:
    """The layers, tiles and filters a process holds, within their limits."""

    def __init__(self) -> None:
        self.layers: Shelf[Held] = Shelf(LAYER_BYTES)
        self.tiles: Shelf[bytes] = Shelf(TILE_BYTES)
        self.masks: Shelf[Any] = Shelf(MASK_BYTES)
        self.ready: Shelf[Ready] = Shelf(READY_BYTES)
        self.loading: dict[Hashable, asyncio.Task[None]] = {}


def keeper(platform: Platform) -> Keeper:
    """What this process holds of the platform's tiles."""
    found: Keeper = platform.caches.setdefault("tiles", Keeper())
    return found


# --- which fields --------------------------------------------------------------------------


def carried(entity: Entity) -> list[Field]:
    """The fields that tiles can carry: single plain values."""
    return [
        each
        for each in entity.plain
        if each.type not in (FieldType.OBJECT, FieldType.GEOMETRY) and not each.many
    ]


def chosen(collection: Collection) -> tuple[str, ...]:
    """The fields of a tile when none are named: what style, label and filters need first."""
    entity, style = collection.entity, collection.style or {}
    first = (style.get("color_by"), style.get("label"), entity.label, *entity.key)
    fields = {each.name: each for each in carried(entity)}
    short = [each.name for each in fields.values() if not _is_text(each)]
    text = [each.name for each in fields.values() if _is_text(each)]
    names = [name for name in first if name in fields] + short + text
    return tuple(dict.fromkeys(names))[:DEFAULT_FIELDS]


def _is_text(each: Field) -> bool:
    return each.type in (FieldType.STRING, FieldType.URI) and not each.codes


def _properties(collection: Collection, asked: Asked) -> tuple[str, ...]:
    if asked.properties is None:
        return (ID, *chosen(collection))
    return (ID, *(each for each in asked.properties if collection.entity.find(each)))


# --- one tile ------------------------------------------------------------------------------


async def cut(
    platform: Platform, subject: Subject, found: Sequence[Collection], asked: Asked
) -> bytes:
    """The tile with a layer per collection, packed when `gzip` is asked and it is worth it.

    No bytes when nothing is there. `found` are collections as this subject sees them.
    Raises LimitExceeded for too many collections or rows.
    """
    if len(found) > MAX_LAYERS:
        raise _too_many_layers()
    kept = keeper(platform)
    key = (tuple(_state(each) for each in found), asked)
    content = kept.tiles.get(key)
    if content is None:
        parts = [await _part(platform, subject, each, asked) for each in found]
        content = b"".join(parts)
        if asked.gzip and len(content) >= SMALLEST:
            content = await _packed(content)
        kept.tiles.put(key, content, len(content) + 500)
    return content


def is_packed(content: bytes) -> bool:
    """Whether a tile is compressed: a tile itself begins with 0x1a."""
    return content[:2] == b"\x1f\x8b"


async def _packed(content: bytes) -> bytes:
    return await run_sync(_squeezed, content) if len(content) > IN_THREAD else _squeezed(content)


def _squeezed(content: bytes) -> bytes:
    """With ISA-L: a tenth of the time that zlib takes, a twentieth more bytes."""
    from isal import isal_zlib

    return isal_zlib.compress(content, LEVEL, _GZIP)


async def _part(
    platform: Platform, subject: Subject, collection: Collection, asked: Asked
) -> bytes:
    if collection.entity.geometry is None:
        return b""
    layer = await _layer(platform, subject, collection, GRIDS[asked.grid])
    wanted = None
    if asked.where != Everything():
        wanted = await _mask(platform, subject, collection, asked, layer)
    names = _properties(collection, asked)
    place = (asked.zoom, asked.row, asked.column)
    ready = await _ready(platform, (*_group(collection, layer.grid), names), layer, names)
    if ready and asked.zoom not in ready.zooms:
        await run_sync(ready.at, asked.zoom)
    content = ready.tile(collection.id, *place, wanted) if ready else None
    if content is not None:
        return content
    by = (collection.style or {}).get("color_by", "")
    if layer.is_heavy(*place):
        return await run_sync(layer.tile, collection.id, *place, names, wanted, by)
    return layer.tile(collection.id, *place, names, wanted, by)


async def _ready(
    platform: Platform, key: Hashable, layer: Layer, names: Sequence[str]
) -> Prepared | None:
    """The layer's points written beforehand with these properties, once they are asked often."""
    shelf = keeper(platform).ready
    found = shelf.get(key)
    if found is None or found.layer() is not layer:
        found = Ready(ref(layer))
        shelf.put(key, found, 500)
    found.asked += 1
    if found.asked == OFTEN:
        found.points = await run_sync(layer.prepared, names)
        shelf.put(key, found, 500 + (found.points.nbytes if found.points else 0))
    return found.points


async def _mask(
    platform: Platform, subject: Subject, collection: Collection, asked: Asked, layer: Layer
) -> Any:
    """Which rows of the layer the filter finds, as the store answers it."""
    kept = keeper(platform)
    key = (id(layer), _state(collection), asked.grid, asked.where)
    found = kept.masks.get(key)
    if found is None or found[0] is not layer:
        query = Query(collection=collection.id, where=asked.where, fields=(), geometry=False)
        numbers = await collections.numbers(platform, subject, query)
        found = layer, layer.rows_of([number for number, _ in numbers])
        kept.masks.put(key, found, int(found[1].nbytes) + 500)
    return found[1]


# --- layers --------------------------------------------------------------------------------


def _group(collection: Collection, grid: Grid) -> tuple[Hashable, ...]:
    """Whose layer it is: one collection, those who see the same fields, one grid."""
    return collection.number, collection.created, collection.levels, grid.id


def _state(collection: Collection) -> tuple[Hashable, ...]:
    """What a tile depends on."""
    style = collection.style or {}
    return (
        collection.number,
        collection.created,
        collection.levels,
        collection.batch,
        collection.model,
        collection.model_version,
        style.get("color_by"),
        style.get("label"),
    )


def _made_of(collection: Collection) -> tuple[Hashable, ...]:
    fields = tuple((each.name, each.type) for each in carried(collection.entity))
    return collection.model, collection.model_version, fields


async def _layer(platform: Platform, subject: Subject, collection: Collection, grid: Grid) -> Layer:
    """The layer as of the collection's last write or a later one.

    It is read once, however many requests wait for it; who goes away does not stop it.
    """
    kept, key = keeper(platform), _group(collection, grid)
    while True:
        held = kept.layers.get(key)
        if held and held.seen is collection:
            return held.layer
        if held and held.batch >= collection.batch and held.made_of == _made_of(collection):
            held.seen = collection
            return held.layer
        task = kept.loading.get(key)
        if task is None:
            work = _load(platform, subject, collection, grid, held)
            task = kept.loading[key] = asyncio.create_task(work)
            task.add_done_callback(lambda done: _finished(kept, key, done))
        await asyncio.shield(task)


def _finished(kept: Keeper, key: Hashable, done: asyncio.Task[None]) -> None:
    kept.loading.pop(key, None)
    if not done.cancelled():
        done.exception()  # whoever waits gets it; nobody may be left


async def _load(
    platform: Platform, subject: Subject, collection: Collection, grid: Grid, held: Held | None
) -> None:
    made_of = _made_of(collection)
    layer = None
    if held and held.made_of == made_of:
        layer = await _updated(platform, subject, collection, held)
    if layer is None:
        layer = await _read(platform, subject, collection, grid)
    kept = keeper(platform)
    key = _group(collection, grid)
    kept.layers.put(key, Held(layer, collection.batch, made_of), layer.nbytes)


async def _read(platform: Platform, subject: Subject, collection: Collection, grid: Grid) -> Layer:
    """The layer from all rows."""
    if collection.count > MAX_ROWS:
        raise _too_many_rows(collection)
    names = [each.name for each in carried(collection.entity)]
    gathering = Gathering(grid, [ID, *names])
    query = Query(collection=collection.id, fields=tuple(names), limit=0)
    async for rows in collections.each(platform, subject, query):
        await run_sync(_gather, gathering, rows, names)
    return await run_sync(gathering.made)


def _gather(gathering: Gathering, rows: Sequence[Row], names: Sequence[str]) -> None:
    gathering.add(_table(rows, names))


async def _updated(
    platform: Platform, subject: Subject, collection: Collection, held: Held
) -> Layer | None:
    """The layer with the changes since; None when it is better read anew."""
    layer, mark = held.layer, f"{held.batch}-{LAST_FID}"
    changes, _ = await collections.changes(platform, subject, collection.id, mark, MAX_CHANGES + 1)
    if len(changes) > MAX_CHANGES or layer.rows + len(changes) > 1.25 * collection.count + 1_000:
        return None
    gone = [each.fid for each in changes]
    ids = tuple(each.id for each in changes if each.action != "deleted")
    names = [name for name in layer.columns if name != ID]
    query = Query(collection=collection.id, fields=tuple(names), ids=ids, limit=0)
    rows: list[Row] = []
    if ids:
        async for part in collections.each(platform, subject, query):
            rows += part
    return await run_sync(layer.changed, gone, _table(rows, names))


def _table(rows: Sequence[Row], names: Sequence[str]) -> Table:
    cells = {name: [row.values.get(name) for row in rows] for name in names}
    cells[ID] = [row.id for row in rows]
    return Table([row.fid for row in rows], cells, [row.geometry for row in rows])


# --- refusals ------------------------------------------------------------------------------


def no_grid(name: str) -> NotFound:
    """The error for a tile matrix set that is not offered."""
    return NotFound(
        f"There is no tile matrix set “{name[:80]}”; there are: {', '.join(GRIDS)}.",
        f"Das Kachelgitter „{name[:80]}“ gibt es nicht; es gibt: {', '.join(GRIDS)}.",
    )


def _too_many_layers() -> LimitExceeded:
    return LimitExceeded(
        f"A tile has at most {MAX_LAYERS} collections; name fewer in the parameter collections.",
        f"Eine Kachel hat höchstens {MAX_LAYERS} Sammlungen; bitte im Parameter collections "
        "weniger nennen.",
    )


def _too_many_rows(collection: Collection) -> LimitExceeded:
    return LimitExceeded(
        f"“{collection.id}” has {collection.count} rows; tiles are made of at most {MAX_ROWS}.",
        f"„{collection.id}“ hat {collection.count} Zeilen; Kacheln gibt es bis {MAX_ROWS}.",
    )
