# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The values of datastreams to take away: CSV and JSON, streamed month by month."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response, StreamingResponse

from allmende.core.operations import Parameter, operation
from allmende.core.sensing import listing
from allmende.core.sensing.listing import Valued, unit_of
from allmende.errors import InvalidInput, NotFound
from allmende.model.sensing import calendar
from allmende.model.sensing.moments import written, written_span
from allmende.model.sensing.observation import Flag
from allmende.portal import sensing_period as period
from allmende.portal.page import Page
from allmende.portal.sensing_period import GRAINS, Choice, Span
from allmende.portal.sensing_rows import Row, Shaper, head, parts
from allmende.portal.sensing_words import flag_name

MOST_TOGETHER = 6
SINGLE = ("datastream", "phenomenonTime", "result", "unit", "quality")
FIGURES = ("datastream", "start", "mean", "min", "max", "sum", "n", "good", "unit")
_IDENT = re.compile(r"[0-9]{1,11}")
_encode = msgspec.json.encode
ASKS = (
    Parameter("from", "query", "First day (YYYY-MM-DD, of the city's time zone)"),
    Parameter("to", "query", "Last day (YYYY-MM-DD)"),
    Parameter("period", "query", "day, week, month, year or all, up to the last value"),
    Parameter("grain", "query", "raw for single observations, or hour, day, month"),
)
_FORM = Parameter(
    "form", "query", "`people`: separators, local times and words of the page's language (CSV)"
)


@operation(
    "The values of a datastream in a time as CSV",
    tag="Measurements",
    parameters=(*ASKS, _FORM),
    produces=("text/csv",),
    seconds="upload_seconds",
)
async def as_csv(page: Page) -> Response:
    """Values of one datastream as CSV: times in UTC, decimal points."""
    return await _answer(page, [page.request.path_params["id"]], "csv")


@operation(
    "The values of a datastream in a time as JSON",
    tag="Measurements",
    parameters=ASKS,
    seconds="upload_seconds",
)
async def as_json(page: Page) -> Response:
    """Values of one datastream as JSON."""
    return await _answer(page, [page.request.path_params["id"]], "json")


@operation(
    "The values of up to six datastreams in a time as CSV",
    tag="Measurements",
    parameters=(Parameter("stream", "query", "Id of a datastream, up to six times"), *ASKS, _FORM),
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


async def wanted(page: Page, idents: list[int]) -> tuple[list[Valued], Span]:
    """The datastreams and the time that are asked for. NotFound, InvalidInput."""
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
    return found, _span(page, choice, found)


async def _answer(page: Page, idents: list[int], ending: str) -> Response:
    found, span = await wanted(page, idents)
    name = "-".join(["values", *(str(each.stream.id) for each in found)])
    people = page.request.query_params.get("form") == "people"
    rows: AsyncIterator[str] | AsyncIterator[bytes]
    if ending == "json":
        rows = _json(page, found[0], span)
    else:
        rows = (_people_csv if people else _csv)(page, found, span)
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


def _flag(flag: int) -> str:
    return flag_name(flag) if flag != Flag.UNCHECKED else ""


def _told(row: Row) -> tuple[Any, ...]:
    """A single observation for programs: time, result, quality."""
    time, end, result, flag = row
    return written_span(time, end), result, _flag(flag)


async def _csv(page: Page, found: list[Valued], span: Span) -> AsyncIterator[str]:
    yield _lines([SINGLE if span.grain == "raw" else FIGURES])
    for valued in found:
        ident, unit = valued.stream.id, _unit(valued)
        async for rows in parts(page, valued, span):
            if span.grain == "raw":
                told = map(_told, rows)
                yield _lines(
                    [(ident, time, _cell(value), unit, flag) for time, value, flag in told]
                )
            else:
                yield _lines([(ident, written(row[0]), *map(_cell, row[1:]), unit) for row in rows])


async def _people_csv(page: Page, found: list[Valued], span: Span) -> AsyncIterator[str]:
    """CSV as spreadsheets of the language open it: its separators, local times, words.

    In German semicolons and decimal commas. A UTF-8 mark stands in front.
    """
    german = page.language == "de"
    begun = False
    for valued in found:
        top = await head(page, valued, span, bare=len(found) > 1)
        shaper = Shaper(page, valued, top, span)
        if not begun:
            about = [str(page.words(f"sense.{key}")) for key in ("thing", "series", "unit")]
            names = tuple(map(_cell, (*about, *top.columns)))
            yield "\ufeff" + _lines([names], german=german)
            begun = True
        said = (_cell(top.thing), _cell(top.name), _cell(top.unit))
        async for rows in parts(page, valued, span):
            yield _lines(
                [
                    (*said, *(_people_cell(each, german) for each in shaper.row(row)))
                    for row in rows
                ],
                german=german,
            )


def _people_cell(value: Any, german: bool) -> Any:
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M:%S}" if german else f"{value:%Y-%m-%d %H:%M:%S}"
    cell = _cell(value)
    if german and isinstance(value, float):
        return str(cell).replace(".", ",")
    return cell


def _lines(rows: list[tuple[Any, ...]], *, german: bool = False) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n", delimiter=";" if german else ",").writerows(rows)
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
    async for rows in parts(page, valued, span):
        raw = span.grain == "raw"
        told = [_told(row) if raw else (written(row[0]), *row[1:]) for row in rows]
        body = _encode(told)[1:-1]
        yield body if first else b"," + body
        first = False
    yield b"]}"
