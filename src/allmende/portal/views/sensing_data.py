# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The values of datastreams to take away: CSV and JSON, streamed month by month."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.responses import Response, StreamingResponse

from allmende.core import sensing
from allmende.core.operations import Parameter, operation
from allmende.core.sensing import listing
from allmende.core.sensing.listing import Valued, unit_of
from allmende.errors import InvalidInput, NotFound
from allmende.model.sensing import calendar
from allmende.model.sensing.calendar import DAY
from allmende.model.sensing.moments import written, written_span
from allmende.model.sensing.observation import Flag
from allmende.portal import sensing_period as period
from allmende.portal.page import Page
from allmende.portal.sensing_period import GRAINS, Choice, Span
from allmende.portal.sensing_words import flag_name

PART = 30 * DAY  # that is read at once
FAST = 400 * DAY  # of intervals
MOST_TOGETHER = 6
SINGLE = ("datastream", "phenomenonTime", "result", "unit", "quality")
FIGURES = ("datastream", "start", "mean", "min", "max", "sum", "n", "good", "unit")
_IDENT = re.compile(r"[0-9]{1,11}")
_encode = msgspec.json.encode
_ASKS = (
    Parameter("from", "query", "First day (YYYY-MM-DD, of the city's time zone)"),
    Parameter("to", "query", "Last day (YYYY-MM-DD)"),
    Parameter("period", "query", "day, week, month, year or all, up to the last value"),
    Parameter("grain", "query", "raw for single observations, or hour, day, month"),
)


@operation(
    "The values of a datastream in a time as CSV",
    tag="Measurements",
    parameters=_ASKS,
    produces=("text/csv",),
    seconds="upload_seconds",
)
async def as_csv(page: Page) -> Response:
    """Values of one datastream as CSV: times in UTC, decimal points."""
    return await _answer(page, [page.request.path_params["id"]], "csv")


@operation(
    "The values of a datastream in a time as JSON",
    tag="Measurements",
    parameters=_ASKS,
    seconds="upload_seconds",
)
async def as_json(page: Page) -> Response:
    """Values of one datastream as JSON."""
    return await _answer(page, [page.request.path_params["id"]], "json")


@operation(
    "The values of up to six datastreams in a time as CSV",
    tag="Measurements",
    parameters=(Parameter("stream", "query", "Id of a datastream, up to six times"), *_ASKS),
    produces=("text/csv",),
    seconds="upload_seconds",
)
async def compared_csv(page: Page) -> Response:
    """Values of several datastreams as one CSV."""
    return await _answer(page, asked(page), "csv")


def asked(page: Page) -> list[int]:
    """The ids of datastreams that the address names, each once, at most six."""
    given = page.request.query_params.getlist("stream")
    found = [
        int(each) for each in given[:100] if each.isascii() and each.isdigit() and len(each) < 12
    ]
    return list(dict.fromkeys(found))[:MOST_TOGETHER]


async def _answer(page: Page, idents: list[int], ending: str) -> Response:
    found = await listing.streams(page.platform, page.subject, idents)
    found = [each for each in found if each.stream.readable]
    if not found:
        raise NotFound(
            "There is no datastream with this id whose values you may read.",
            "Es gibt keinen Datenstrom mit dieser Kennung, dessen Werte Sie lesen dürfen.",
        )
    choice = period.read(page.request.query_params)
    if choice.wrong:
        raise InvalidInput(
            "“from” and “to” are days such as 2024-05-31.",
            "„from“ und „to“ sind Tage, zum Beispiel 2024-05-31.",
        )
    span = _span(page, choice, found)
    name = "-".join(["values", *(str(each.stream.id) for each in found)])
    rows = _csv(page, found, span) if ending == "csv" else _json(page, found[0], span)
    media_type = "text/csv; charset=utf-8" if ending == "csv" else "application/json"
    headers = {"content-disposition": f'attachment; filename="{name}.{ending}"'}
    return StreamingResponse(rows, media_type=media_type, headers=headers)


def _span(page: Page, choice: Choice, found: list[Valued]) -> Span:
    """The time that is asked for; steps are single observations unless others are named."""
    states = [each.state for each in found if each.state]
    zone = page.platform.settings.timezone
    made = period.span(choice, states, zone)
    grain = choice.grain if choice.grain in GRAINS else "raw"
    return Span(made.start, made.end, grain, made.name)


async def _parts(page: Page, valued: Valued, span: Span) -> AsyncIterator[list[tuple[Any, ...]]]:
    """Rows without the datastream and the unit, a part of the time after the other."""
    state = valued.state
    if state is None or state.first_time is None or state.last_time is None:
        return
    length = PART if span.grain == "raw" else FAST
    start, end = max(span.start, state.first_time), min(span.end, state.last_time + 1)
    before: int | None = None
    while start < end:
        until = min(start + length, end)
        if span.grain == "raw":
            yield await _single(page, valued.stream.id, start, until)
        else:
            rows = await _figures(page, valued.stream.id, span, start, until)
            rows = [row for row in rows if before is None or row[0] > before]
            before = rows[-1][0] if rows else before
            yield [(written(row[0]), *row[1:]) for row in rows]
        start = until


async def _single(page: Page, ident: int, start: int, until: int) -> list[tuple[Any, ...]]:
    found = await sensing.columns(page.platform, page.subject, ident, start, until)
    return [
        (written_span(each.time, each.end), each.result, _flag(each.flag))
        for each in found.rows(ident)
    ]


def _flag(flag: int) -> str:
    return flag_name(flag) if flag != Flag.UNCHECKED else ""


async def _figures(
    page: Page, ident: int, span: Span, start: int, until: int
) -> list[tuple[Any, ...]]:
    assert span.grain != "raw"  # noqa: S101 - intervals only
    found = await sensing.buckets(page.platform, page.subject, ident, span.grain, start, until)
    return [(b.start, b.mean, b.min, b.max, b.sum, b.n, b.good) for b in found]


async def _csv(page: Page, found: list[Valued], span: Span) -> AsyncIterator[str]:
    yield _lines([SINGLE if span.grain == "raw" else FIGURES])
    for valued in found:
        ident, unit = valued.stream.id, _unit(valued)
        async for rows in _parts(page, valued, span):
            if not rows:
                continue
            if span.grain == "raw":
                yield _lines(
                    [
                        (valued.stream.id, time, _cell(value), unit, flag)
                        for time, value, flag in rows
                    ]
                )
            else:
                yield _lines([(ident, *map(_cell, row), unit) for row in rows])


def _lines(rows: list[tuple[Any, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A result as a cell; a text that a spreadsheet would take for a formula is quoted."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, list | dict):
        return _encode(value).decode()
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value


def _unit(valued: Valued) -> str:
    unit = unit_of(valued.stream)
    return str(_cell(unit.symbol or unit.definition or ""))


async def _json(page: Page, valued: Valued, span: Span) -> AsyncIterator[bytes]:
    """An object with what the datastream is and `values`, one array each."""
    names = (SINGLE if span.grain == "raw" else FIGURES)[1:-1]
    if span.grain == "raw":
        names = ("phenomenonTime", "result", "quality")
    head = _encode(
        {
            "datastream": valued.stream.id,
            "name": valued.stream.name,
            "thing": valued.thing.name,
            "origin": valued.thing.origin,
            "observedProperty": valued.stream.property_definition,
            "unit": unit_of(valued.stream),
            "licence": valued.stream.licence_definition or valued.stream.licence_name,
            "grain": span.grain,
            "start": calendar.moment(span.start).isoformat(),
            "end": calendar.moment(span.end).isoformat(),
            "columns": names,
        }
    )
    yield head[:-1] + b',"values":['
    first = True
    async for rows in _parts(page, valued, span):
        if rows:
            body = _encode(rows)[1:-1]
            yield body if first else b"," + body
            first = False
    yield b"]}"
