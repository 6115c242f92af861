# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whole results as documents, in pieces. Text formats stream while rows are read; files are
written to a temporary folder first and sent then."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from anyio import CapacityLimiter, WouldBlock, open_file, to_thread
from msgspec import Struct, json

from allmende.core.formats import comma, geojson
from allmende.core.formats.shape import Row, Shape
from allmende.core.negotiation import Format
from allmende.errors import Busy

DOWNLOADS = 4  # whole documents written at a time by one process
PIECE = 262_144  # bytes of a file sent at a time

GEOJSON = Format("application/geo+json", ("geojson", "json"))
JSON_FG = Format("application/vnd.ogc.fg+json", ("jsonfg",))
CSV = Format("text/csv", ("csv",))
XLSX = Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",))
GPKG = Format("application/geopackage+sqlite3", ("gpkg",))
FLATGEOBUF = Format("application/flatgeobuf", ("fgb",))
PARQUET = Format("application/vnd.apache.parquet", ("parquet",))
FORMATS = (GEOJSON, JSON_FG, CSV, XLSX, GPKG, FLATGEOBUF, PARQUET)
FILES = (CSV, XLSX, GPKG, FLATGEOBUF, PARQUET)
"""Formats that have no place for links to further pages: they come whole."""

Rows = AsyncIterator[Sequence[Row]]
_downloads = CapacityLimiter(DOWNLOADS)


class Writer(Protocol):
    """A file that grows with rows."""

    def write(self, rows: Sequence[Row]) -> None:
        """Adds rows."""

    def close(self) -> None:
        """Finishes the file."""

    def drop(self) -> None:
        """Gives the unfinished file up."""


class _Text(Struct, frozen=True):
    """A format that can be written in parts."""

    head: Callable[[Shape], bytes]
    part: Callable[[Sequence[Row], Shape], bytes]
    between: bytes = b""
    foot: bytes = b""


def _collection(members: dict[str, object]) -> bytes:
    start = json.encode({"type": "FeatureCollection", **members})[:-1]
    return start + b',"features":[\n'


_TEXTS: dict[Format, _Text] = {
    GEOJSON: _Text(
        lambda shape: _collection({"name": shape.name} | _legacy_crs(shape)),
        lambda rows, shape: ",\n".join(geojson.features(rows, shape)).encode(),
        b",\n",
        b"\n]}\n",
    ),
    JSON_FG: _Text(
        lambda shape: _collection(geojson.fg_head(shape)),
        lambda rows, shape: ",\n".join(geojson.fg_features(rows, shape)).encode(),
        b",\n",
        b"\n]}\n",
    ),
    CSV: _Text(comma.head, comma.part),
}


def _legacy_crs(shape: Shape) -> dict[str, object]:
    """What GDAL and QGIS take the CRS of a file from when it is not CRS84."""
    if geojson.is_plain(shape):
        return {}
    code = shape.crs.rpartition("/")[2]
    return {"crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}}


async def document(chosen: Format, shape: Shape, rows: Rows) -> AsyncIterator[bytes]:
    """The document in pieces.

    Raises Busy when too many are being written, and what reading the rows raises; for
    files before the first piece.
    """
    with _turn():
        pieces = _text(_TEXTS[chosen], shape, rows) if chosen in _TEXTS else None
        async for piece in pieces or _file(chosen, shape, rows):
            yield piece


async def ready_document(shape: Shape, texts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A GeoJSON document of features that are texts already, joined by commas."""
    syntax = _TEXTS[GEOJSON]
    with _turn():
        between = syntax.head(shape)
        async for some in texts:
            if some:
                yield between + some
                between = syntax.between
        yield (b"" if between == syntax.between else between) + syntax.foot


async def _text(syntax: _Text, shape: Shape, rows: Rows) -> AsyncIterator[bytes]:
    between = syntax.head(shape)
    async for some in rows:
        if some:
            yield between + await to_thread.run_sync(syntax.part, some, shape)
            between = syntax.between
    yield (b"" if between == syntax.between else between) + syntax.foot


async def _file(chosen: Format, shape: Shape, rows: Rows) -> AsyncIterator[bytes]:
    with TemporaryDirectory(prefix="allmende-") as folder:
        path = Path(folder) / f"{shape.name}.{chosen.endings[0]}"
        writer = await to_thread.run_sync(_writer, chosen, path, shape)
        try:
            async for some in rows:
                if some:
                    await to_thread.run_sync(writer.write, some)
        except BaseException:
            writer.drop()
            raise
        await to_thread.run_sync(writer.close)
        async with await open_file(path, "rb") as file:
            while piece := await file.read(PIECE):
                yield piece


def _writer(chosen: Format, path: Path, shape: Shape) -> Writer:
    from allmende.core.formats.columns import Parquet, Vector
    from allmende.core.formats.workbook import Workbook

    if chosen == XLSX:
        return Workbook(path, shape)
    if chosen == PARQUET:
        return Parquet(path, shape)
    return Vector(path, shape, "GPKG" if chosen == GPKG else "FlatGeobuf")


@contextmanager
def _turn() -> Iterator[None]:
    turn = object()
    try:
        _downloads.acquire_on_behalf_of_nowait(turn)
    except WouldBlock:
        raise Busy(
            "Others are downloading whole collections. Try again in a minute, or read in pages.",
            "Gerade laden andere ganze Sammlungen herunter. Bitte gleich noch einmal versuchen "
            "oder seitenweise lesen.",
        ) from None
    try:
        yield
    finally:
        _downloads.release_on_behalf_of(turn)
