# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CreateObservations: many observations as rows of a table (OGC 18-088 clause 14.3).

A row that is wrong is answered with "error" and costs the others nothing. Rows that are
as usual, a time and a result, are decoded straight into these two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import anyio.to_thread
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.payload import check_json
from allmende.core.sensing import arrays, checking, observed
from allmende.core.sensing.arrays import Group, Row
from allmende.errors import InvalidInput, LimitExceeded
from allmende.interfaces.sensorthings.writing import (
    JSON,
    platform_of,
    root_of,
    subject_of,
)
from allmende.model.sensing import moments
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.observation import Observation

MOST_ROWS = 200_000
"""Rows of one request."""
INLINE = 50_000
"""Bytes that are read in the event loop; more are read in a thread."""
FEATURES = ("FeatureOfInterest/id", "FeatureOfInterest/@iot.id")


class Table(msgspec.Struct):
    """One element of the body: a datastream with its rows, not read yet."""

    data: msgspec.Raw = msgspec.field(name="dataArray")
    components: list[str]
    datastream: dict[str, Any] | None = msgspec.field(name="Datastream", default=None)
    multi: dict[str, Any] | None = msgspec.field(name="MultiDatastream", default=None)


_TABLES = msgspec.json.Decoder(list[Table])
_ROWS = msgspec.json.Decoder(list[Any])


async def post(request: Request) -> Response:
    """POST CreateObservations: 201 with a list of addresses or "error", one for each row."""
    platform = platform_of(request)
    body = await request.body()
    check_json(body, platform.settings.json_depth, platform.settings.json_values)
    if len(body) > INLINE:
        groups = await anyio.to_thread.run_sync(read, body)
    else:
        groups = read(body)
    ids = await arrays.observe_groups(platform, subject_of(request), groups)
    begin = f"{root_of(platform)}/Observations("
    told = [f"{begin}{ident})" if ident else "error" for ident in ids]
    return Response(msgspec.json.encode(told), 201, media_type=JSON)


def read(body: bytes) -> list[Group]:
    """The groups of a body. Raises InvalidInput when it is none, LimitExceeded."""
    try:
        tables = _TABLES.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The body is no list of data arrays: {error}.",
            f"Der Rumpf ist keine Liste von Datenfeldern: {error}.",
        ) from error
    moment = arrays.present()
    groups: list[Group] = []
    rows = 0
    for table in tables:
        groups.append(_group(table, moment))
        rows += len(groups[-1].rows)
        if rows > MOST_ROWS:
            raise LimitExceeded(
                f"More than {MOST_ROWS} rows; send them in several requests.",
                f"Mehr als {MOST_ROWS} Zeilen; bitte auf mehrere Anfragen verteilen.",
            )
    return groups


def _group(table: Table, moment: int) -> Group:
    kind, target = Kind.DATASTREAM, table.datastream
    if table.multi is not None and target is None:
        kind, target = Kind.MULTI_DATASTREAM, table.multi
    if target is None or checking.ID not in target or "result" not in table.components:
        raise InvalidInput(
            "A data array needs a Datastream or MultiDatastream with @iot.id, and the component "
            "result.",
            "Ein Datenfeld braucht einen Datastream oder MultiDatastream mit @iot.id und die "
            "Komponente result.",
        )
    known = {*observed.MEMBERS, *FEATURES, "id", "@iot.id"}
    for name in table.components:
        if name not in known or table.components.count(name) > 1:
            raise InvalidInput(
                f"“{name[:60]}” is no component, or stands there twice.",
                f"„{name[:60]}“ ist keine Komponente oder steht doppelt da.",
            )
    stream = checking.ident(target[checking.ID])
    rows = _fast(table, stream) or _each(table, stream, moment)
    return Group(kind, stream, rows)


def _fast(table: Table, stream: int) -> list[Row] | None:
    """Rows of plain times and results; None when there is anything else."""
    decoder = _decoder(tuple(table.components))
    if decoder is None:
        return None
    try:
        rows = decoder.decode(table.data)
        micros = moments.micros
        if table.components[0] == "result":
            return [Observation(datastream=stream, time=micros(at), result=r) for r, at in rows]
        return [Observation(datastream=stream, time=micros(at), result=r) for at, r in rows]
    except (msgspec.DecodeError, InvalidInput):
        return None


@lru_cache(maxsize=8)
def _decoder(components: tuple[str, ...]) -> msgspec.json.Decoder[list[Any]] | None:
    if components == ("phenomenonTime", "result"):
        return msgspec.json.Decoder(list[tuple[datetime, Any]])
    if components == ("result", "phenomenonTime"):
        return msgspec.json.Decoder(list[tuple[Any, datetime]])
    return None


def _each(table: Table, stream: int, moment: int) -> list[Row]:
    """Rows of any components, each judged alone."""
    try:
        rows = _ROWS.decode(table.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"dataArray is no list: {error}.", f"dataArray ist keine Liste: {error}."
        ) from error
    readers = [_reader(name) for name in table.components]
    return [_row(row, readers, stream, moment) for row in rows]


Reader = Callable[[Any], dict[str, Any]]


def _reader(name: str) -> Reader:
    if name in FEATURES:
        return lambda value: {"feature": None if value is None else checking.ident(value)}
    if name in ("id", "@iot.id"):
        return lambda value: {}
    return lambda value: observed.member(name, value)


def _row(row: Any, readers: Sequence[Reader], stream: int, moment: int) -> Row:
    if not isinstance(row, list) or len(row) != len(readers):
        return {
            "en": f"A row has to be a list of {len(readers)} values.",
            "de": f"Eine Zeile muss eine Liste von {len(readers)} Werten sein.",
        }
    try:
        values: dict[str, Any] = {"time": moment}
        for reader, value in zip(readers, row, strict=True):
            values.update(reader(value))
        return Observation(datastream=stream, **values)
    except InvalidInput as error:
        return error.text
