# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A datastream: its chart, its values as a table, statistics, what it is, downloads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from starlette.responses import Response

from allmende.core.formats.document import XLSX
from allmende.core.sensing import State, following, listing
from allmende.core.sensing.listing import Valued
from allmende.core.sensing.staleness import now
from allmende.model.sensing.observation import Flag
from allmende.model.sensing.specs import COUNT
from allmende.portal import sensing_charts as charts
from allmende.portal import sensing_levels, sensing_multi
from allmende.portal import sensing_period as period
from allmende.portal import sensing_table as tables
from allmende.portal import sensing_words as words
from allmende.portal.page import Crumb, Page
from allmende.portal.sensing_figures import Loaded, figure_for, load
from allmende.portal.sensing_map import drawn
from allmende.portal.sensing_period import Choice, Span
from allmende.portal.views.sensing_things import (
    licences,
    live_address,
    owner_of,
    owners,
    retention,
    rules_of,
)

STEPS = {"raw": 0, "hour": 3_600_000, "day": 86_400_000, "month": 2_629_800_000}  # milliseconds
FORMATS = (  # ending, name or its key, media type, whether it is written for people
    ("xlsx", "XLSX", XLSX.media_type, False),
    ("csv", "sense.csv-people", "text/csv", True),
    ("csv", "sense.csv-programs", "text/csv", False),
    ("json", "JSON", "application/json", False),
)


async def stream(page: Page) -> Response:
    """The page of a datastream; without the right to its values only what it is."""
    ident = page.request.path_params["id"]
    begun = await following.position(page.platform, page.subject)
    valued = await listing.stream(page.platform, page.subject, ident)
    choice = period.read(page.request.query_params)
    title = words.title(page, valued.stream)
    crumbs = [
        Crumb(str(page.words("sense.title")), page.at("/things")),
        Crumb(valued.thing.name, page.at(f"/things/{valued.thing.id}")),
        Crumb(title),
    ]
    names = await owners(page)
    state = valued.state
    at = now()
    common: dict[str, Any] = {
        "it": valued,
        "owner": owner_of(names, valued.thing.organisation),
        "unit": words.unit_text(valued.stream),
        "latest": words.latest(page, valued.stream, state.observation if state else None, at),
        "observed": words.observed(page, valued.stream),
        "definition": words.web(valued.stream.property_definition),
        "sensor": _sensor(valued.stream),
        "interval": words.lasting(page, valued.stream.interval or 0),
        "licences": licences([valued.stream]),
        "thing": page.at(f"/things/{valued.thing.id}"),
        "api": f"/sensorthings/v1.1/Datastreams({ident})",
        "retention": await retention(page, [valued.stream]),
        "rules": await rules_of(page, [valued.stream]),
        "on_map": _on_map(page, valued),
        "read_at": words.moment(page, at),
        "live": live_address([("datastream", str(ident))], begun) if valued.stream.readable else "",
        "path": f"/datastreams/{ident}",
        "more": page.at("/compare", [("stream", str(ident))]),
        "choice": choice,
    }
    values: dict[str, Any] = {"table": None, "components": []}
    if state and state.n:
        values |= await (_several if valued.stream.multi else _values)(page, valued, state, choice)
    return page.render("sensing_stream.html", title=title, crumbs=crumbs, **common, **values)


async def _values(page: Page, valued: Valued, state: State, choice: Choice) -> dict[str, Any]:
    """Everything that needs the values."""
    zone = page.platform.settings.timezone
    span = period.span(choice, [state], zone)
    loaded = await load(page, valued, span, choice.figure)
    span = loaded.span or span
    path = f"/datastreams/{valued.stream.id}"
    part = charts.Part(valued, loaded, title=words.title(page, valued.stream))
    counted = valued.stream.type == COUNT or figure_for(valued.stream, choice.figure) == "sum"
    return {
        "loaded": loaded,
        "span": span,
        "chart": charts.one(page, part, span),
        "table": tables.table(
            page,
            loaded,
            choice,
            path,
            sums=counted,
            known=sensing_levels.levels(page, valued.stream.properties),
        ),
        "figures": tables.statistics(page, loaded, part.unit, sums=counted),
        "sums": counted,
        "gaps": tables.gaps(page, loaded),
        "flags": _flags(page, loaded),
        "figure_names": period.FIGURES,
        "figure": figure_for(valued.stream, choice.figure),
        **_chooser(page, path, choice, span, state),
    }


async def _several(page: Page, valued: Valued, state: State, choice: Choice) -> dict[str, Any]:
    """The values of a MultiDatastream: single observations, a chart for each property."""
    zone = page.platform.settings.timezone
    span = period.span(choice, [state], zone, raw_only=True)
    loads = await sensing_multi.load(page, valued, span)
    path = f"/datastreams/{valued.stream.id}"
    return {
        "components": loads.components,
        "loaded": loads,
        "span": span,
        "table": sensing_multi.table(page, loads, valued, choice, path),
        **_chooser(page, path, choice, span, state),
    }


def _chooser(page: Page, path: str, choice: Choice, span: Span, state: State) -> dict[str, Any]:
    """What the choice of a time needs, the links beside it, and the downloads of that time."""
    zone = page.platform.settings.timezone
    first, last = period.days(span, zone)
    before, after = period.beside(choice, span, zone)
    return {
        "step": STEPS[span.grain],
        "periods": [
            (name, _at(page, path, choice, name), name == span.name) for name in period.NAMES
        ],
        "grains": period.GRAINS,
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "said_first": words.moment(page, span.start),
        "said_last": words.moment(page, span.end - 1),
        "before": _beside(page, path, before, state, zone),
        "after": _beside(page, path, after, state, zone),
        "downloads": downloads(page, path, choice, span, zone),
    }


def _on_map(page: Page, valued: Valued) -> str:
    """The map with the values of all datastreams of the same property; "" when none is drawn."""
    stream = valued.stream
    if not stream.readable or stream.property is None or not drawn(stream):
        return ""
    return page.at("/map", [("values", str(stream.property)), ("layer", "")])


def _at(page: Page, path: str, choice: Choice, name: str) -> str:
    return page.at(path, replace(choice, period=name, first=None, last=None, page=1).pairs())


def _beside(page: Page, path: str, choice: Choice, state: State, zone: str) -> str:
    """The address of days before or after; "" when nothing was observed then."""
    found = period.span(choice, [state], zone)
    known = state.first_time is not None and state.last_time is not None
    if not known or found.end <= (state.first_time or 0) or found.start > (state.last_time or 0):
        return ""
    return page.at(path, choice.pairs())


def downloads(
    page: Page, path: str, choice: Choice, span: Span, zone: str
) -> list[tuple[str, str, str, str]]:
    """What can be taken away: key of its name, format, media type, address."""
    first, last = period.days(span, zone)
    days = [("from", first.isoformat()), ("to", last.isoformat())]
    made = []
    for key, grain in (("single", "raw"), ("shown", span.grain)):
        if key == "shown" and grain == "raw":
            continue
        for ending, name, media_type, people in FORMATS:
            pairs = [*days, ("grain", grain), *([("form", "people")] if people else [])]
            said = str(page.words(name)) if name.startswith("sense.") else name
            made.append((key, said, media_type, page.at(f"{path}/data.{ending}", pairs)))
    return made


def _flags(page: Page, loaded: Loaded) -> list[tuple[str, str]]:
    """Quality flags that occur, with their numbers."""
    return [
        (words.flag_name(flag), page.words.number(loaded.flags[flag]))
        for flag in Flag
        if loaded.flags.get(flag)
    ]


def _sensor(stream: Any) -> tuple[str, str, str] | None:
    """Name, description and address of the sensor, when it may be seen."""
    if stream.sensor is None:
        return None
    try:
        metadata = msgspec.json.decode(stream.sensor_metadata or "null")
    except msgspec.DecodeError:
        metadata = None
    address = words.web(metadata) if isinstance(metadata, str) else ""
    return stream.sensor_name or "", stream.sensor_description or "", address


__all__ = ["downloads", "stream"]
