# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations of datastreams or of a thing as CSV, JSON and Parquet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from allmende.core.operations import Parameter, operation
from allmende.core.sensing import exporting
from allmende.core.sensing.exporting import Export, Wanted
from allmende.core.sensing.grains import read_grain
from allmende.core.sensing.side_by_side import FIGURES, Grid, as_csv, as_json, side_by_side
from allmende.errors import InvalidInput
from allmende.model.sensing.moments import micros, moment

CSV, JSON, PARQUET = "text/csv", "application/json", "application/vnd.apache.parquet"
VARY = {"vary": "Authorization, Cookie"}
PARAMETERS = (
    Parameter("stream", "query", "Ids of datastreams, separated by commas; or"),
    Parameter("thing", "query", "id of a thing: all its datastreams"),
    Parameter("start", "query", "From this time or day on (2024-06-01T00:00:00Z, 2024-06-01)"),
    Parameter("end", "query", "Up to but without this time or day"),
)
ABOUT = (
    "At most 200 datastreams and 5,000,000 observations. A day begins in the city's time zone. "
    "See docs/how-to/retention.md."
)
INTERVALS = (
    Parameter("interval", "query", "Figures of intervals instead: PT1H, PT15M, day, month, year"),
    Parameter("aggregate", "query", f"Of {', '.join(FIGURES)}, with commas; mean unless said"),
)


@operation(
    "Observations as CSV",
    about=ABOUT,
    tag="Observations",
    parameters=PARAMETERS + INTERVALS,
    produces=(CSV,),
    seconds="upload_seconds",
)
async def csv(request: Request) -> Response:
    """The address /observations.csv."""
    if _asks_figures(request):
        return await _figures(request, as_csv, "csv", f"{CSV}; charset=utf-8")
    found = await _found(request)
    pieces = exporting.csv(request.app.state.platform, request.state.subject, found)
    return _streamed(request, found, pieces, "csv", f"{CSV}; charset=utf-8")


@operation(
    "Observations as JSON",
    about=ABOUT,
    tag="Observations",
    parameters=PARAMETERS + INTERVALS,
    produces=(JSON,),
    seconds="upload_seconds",
)
async def json(request: Request) -> Response:
    """The address /observations.json."""
    if _asks_figures(request):
        return await _figures(request, as_json, "json", JSON)
    found = await _found(request)
    pieces = exporting.json(request.app.state.platform, request.state.subject, found)
    return _streamed(request, found, pieces, "json", JSON)


@operation(
    "Observations as Parquet",
    about=ABOUT,
    tag="Observations",
    parameters=PARAMETERS,
    produces=(PARQUET,),
    seconds="upload_seconds",
)
async def parquet(request: Request) -> Response:
    """The address /observations.parquet."""
    if _asks_figures(request):
        raise InvalidInput("Figures are JSON or CSV.", "Figuren gibt es als JSON oder CSV.")
    found = await _found(request)
    if request.method == "HEAD":
        return Response(headers=_headers(_name(found.wanted, "parquet")), media_type=PARQUET)
    path = await exporting.parquet(request.app.state.platform, request.state.subject, found)
    return file(path, _name(found.wanted, "parquet"))


def file(path: Path, name: str) -> Response:
    """A Parquet file that is deleted when it was sent."""
    return FileResponse(
        path,
        media_type=PARQUET,
        headers=_headers(name),
        background=BackgroundTask(exporting.discard, path),
    )


def _streamed(
    request: Request, found: Export, pieces: AsyncIterator[bytes], ending: str, kind: str
) -> Response:
    headers = _headers(_name(found.wanted, ending))
    if request.method == "HEAD":
        return Response(headers=headers, media_type=kind)
    return StreamingResponse(pieces, headers=headers, media_type=kind)


def _headers(name: str) -> dict[str, str]:
    return VARY | {"content-disposition": f'attachment; filename="{name}"'}


def _name(asked: Wanted, ending: str) -> str:
    if asked.thing is not None and not asked.streams:
        return f"observations-thing-{asked.thing}.{ending}"
    return f"observations-{exporting.named(asked.streams)}.{ending}"


def _asks_figures(request: Request) -> bool:
    return "interval" in request.query_params or "aggregate" in request.query_params


async def _figures(
    request: Request, form: Callable[[Grid], bytes], ending: str, kind: str
) -> Response:
    given, wanted = request.query_params, _wanted(request)
    grid = await side_by_side(
        request.app.state.platform,
        request.state.subject,
        wanted,
        read_grain(given.get("interval", "")),
        [each.strip() for each in given.get("aggregate", "mean").split(",")],
    )
    return Response(form(grid), headers=_headers(_name(wanted, ending)), media_type=kind)


async def _found(request: Request) -> Export:
    wanted = _wanted(request)
    return await exporting.prepare(request.app.state.platform, request.state.subject, wanted)


def _wanted(request: Request) -> Wanted:
    platform = request.app.state.platform
    given, zone = request.query_params, platform.settings.timezone
    return Wanted(
        streams=tuple(whole(each, "stream") for each in given.get("stream", "").split(",") if each),
        thing=whole(given["thing"], "thing") if given.get("thing") else None,
        start=_time(given.get("start", ""), zone),
        end=_time(given.get("end", ""), zone),
    )


def whole(text: str, name: str) -> int:
    """An id. InvalidInput when it is none."""
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    raise InvalidInput(
        f"{name} takes whole numbers, not “{text[:40]}”.",
        f"{name} erwartet ganze Zahlen, nicht „{text[:40]}“.",
    )


def _time(text: str, zone: str) -> int | None:
    """A time, or the beginning of a day in the city's time zone."""
    if not text:
        return None
    if len(text) == 10:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return moment(text)
        return micros(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))
    return moment(text[:11] + text[11:].replace(" ", "+"))
