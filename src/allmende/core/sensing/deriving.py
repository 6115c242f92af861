# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules at work: they follow what is observed and keep what they write right.

What was observed, changed or deleted is read from the journal behind a position that is kept;
after a fault it is read again, which changes nothing twice. One process at a time works.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from allmende.core import collections
from allmende.core.bell import at_work
from allmende.core.platform import Platform
from allmende.core.sensing import alerts
from allmende.core.sensing.rule_counting import MOST_TIMES, Told, count, load, times
from allmende.core.sensing.rule_groups import (
    Active,
    Area,
    Group,
    build,
    by_stream,
    inputs_of,
    ready,
)
from allmende.core.trouble import described, log, outcome
from allmende.errors import AllmendeError, Conflict, LimitExceeded, NotFound
from allmende.model.query import Query
from allmende.model.sensing.observation import Observation, observation_id
from allmende.model.sensing.rules import LONGEST_WINDOW, read_rule
from allmende.policy import ANONYMOUS, SYSTEM
from allmende.store import Connection, now
from allmende.store.sensing import journal, observations, publishers, reading, rules, state
from allmende.store.sensing.rules import Stored

NAME = "rules"
EXPIRE = "rules-expire"
BATCH = 500  # entries of the journal
LEASE = 60_000_000  # µs
POLL_SECONDS = 1.0
BREATH_SECONDS = 0.2  # in which observations gather: each look costs several commits
TROUBLE_SECONDS = 10.0
FRESH_SECONDS = 60.0  # after which areas are looked at again
MOST_AREAS = 2_000
BACK = LONGEST_WINDOW
"""How far back (µs) results are counted anew when something was deleted."""

Span = tuple[int, int]


class Index(Struct):
    """The rules that are on, with what goes into them."""

    mark: str
    until: float
    actives: dict[str, Active]
    streams: dict[int, list[tuple[Active, Group, str]]]


async def index(platform: Platform) -> Index:
    """The rules that are on, as they are now; their outputs are made where they are missing."""
    loop = asyncio.get_running_loop()
    kept: Index | None = platform.caches.get("rules")
    mark = await platform.store.read(rules.mark)
    if kept is None or kept.mark != mark or kept.until < loop.time():
        actives = {}
        enabled = [each for each in await platform.store.read(rules.listing) if each.enabled]
        for stored in in_order(enabled):
            active = await _activated(platform, stored)
            if active is not None:
                actives[stored.id] = active
        mark = await platform.store.read(rules.mark)
        until = loop.time() + FRESH_SECONDS
        kept = Index(mark, until, actives, by_stream(list(actives.values())))
        platform.caches["rules"] = kept
    return kept


def in_order(found: Sequence[Stored]) -> list[Stored]:
    """Rules so that each comes behind those it builds on; they do not go in a circle."""
    sources = {each.id: read_rule(each.document).rule.sources for each in found}

    def depth(ident: str) -> int:
        return 1 + max((depth(each) for each in sources.get(ident, ())), default=0)

    return sorted(found, key=lambda each: (depth(each.id), each.id))


async def _activated(platform: Platform, stored: Stored) -> Active | None:
    """A rule with its groups and outputs; None when it cannot work, which is noted."""
    try:
        areas = await areas_of(platform, stored)
        active = await platform.store.read_slow(build, stored, areas)
        await platform.store.write(_ready, active)
    except AllmendeError as error:
        await platform.store.write(rules.note_problem, stored.id, error.text)
        return None
    if stored.problem is not None:
        await platform.store.write(rules.note_problem, stored.id, None)
    return active


def _ready(db: Connection, active: Active) -> None:
    for group in active.groups.values():
        ready(db, active, group)


async def areas_of(platform: Platform, stored: Stored) -> list[Area]:
    """The polygons a rule counts for: of its organisation's or an open collection. NotFound."""
    rule = read_rule(stored.document).rule
    if not rule.areas:
        return []
    found = await collections.get(platform, SYSTEM, rule.areas)
    if found.organisation != stored.organisation:
        found = await collections.get(platform, ANONYMOUS, rule.areas)
    areas: list[Area] = []
    async for rows in collections.each(platform, SYSTEM, Query(collection=rule.areas, limit=0)):
        areas += [area for row in rows if (area := _area(row, rule.area_name)) is not None]
        if len(areas) > MOST_AREAS:
            raise LimitExceeded(
                f"The collection has more than {MOST_AREAS} areas.",
                f"Die Sammlung hat mehr als {MOST_AREAS} Flächen.",
            )
    return areas


def _area(row: collections.Row, name: str) -> Area | None:
    import json

    import shapely

    if row.geometry is None:
        return None
    shape = shapely.from_wkb(row.geometry)
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    return Area(row.id, str(row.values.get(name) or row.id), row.geometry, geometry)


# --- following ------------------------------------------------------------------------------


async def advance(platform: Platform, worker: str = "") -> int | None:
    """Deals with everything that has happened since; how many groups were counted.

    None when another worker is at it.
    """
    turn = await platform.store.write(
        publishers.take_turn, NAME, worker or secrets.token_hex(8), LEASE
    )
    if turn is None:
        return None
    counted = 0
    try:
        while turn is not None:
            begun = turn.entry
            reached, spans = await _look(platform, begun)
            if reached == begun:
                break
            for (ident, key), span in spans.items():
                counted += await _work_off(platform, ident, key, span)
            turn = await platform.store.write(publishers.advance, turn, turn.event, reached, LEASE)
            if not spans and reached - begun < BATCH:  # nothing new of our own, and little else
                break
    finally:
        if turn is not None:
            await platform.store.write(publishers.end_turn, turn)
    return counted


async def _look(platform: Platform, at: int) -> tuple[int, dict[tuple[str, str], Span]]:
    entries = await platform.store.read(journal.after, at, BATCH)
    if not entries:
        return at, {}
    known = await index(platform)
    spans: dict[tuple[str, str], Span] = {}
    for entry in entries:
        affected = known.streams.get(entry.datastream)
        if not affected:
            continue
        span = await platform.store.read(_span, entry)
        for active, group, name in affected:
            start, end = span
            end += active.windows[name]
            here = (active.stored.id, group.key)
            before = spans.get(here, (start, end))
            spans[here] = (min(before[0], start), max(before[1], end))
    return entries[-1].sequence, spans


def _span(db: Connection, entry: journal.Entry) -> Span:
    """Which times an entry of the journal is about; of what is gone the last 31 days."""
    found = reading.numbered(db, entry.datastream, entry.number, entry.n)
    if entry.action == journal.CREATED and len(found):
        return int(found.times.min()), int(found.times.max()) + 1
    moment = now()
    first, last = moment - BACK, moment + 1
    if len(found):
        first, last = min(first, int(found.times.min())), max(last, int(found.times.max()) + 1)
    return first, last


async def _work_off(platform: Platform, ident: str, key: str, span: Span) -> int:
    """Counts a group anew for a span, in pieces."""
    known = await index(platform)
    active = known.actives.get(ident)
    group = active.groups.get(key) if active else None
    if active is None or group is None:
        return 0
    return await recount(platform, active, group, span)


async def recount(platform: Platform, active: Active, group: Group, span: Span) -> int:
    """Counts a group anew for the times of [start, end); 1, or 0 when it could not."""
    start: int | None = span[0]
    zone = platform.settings.timezone
    try:
        while start is not None:
            start = await platform.store.write(
                recount_within, active, group, (start, span[1]), zone
            )
    except AllmendeError as error:
        await platform.store.write(rules.note_problem, active.stored.id, error.text)
        return 0
    return 1


def recount_within(
    db: Connection, active: Active, group: Group, span: Span, zone: str
) -> int | None:
    """The same as a part of a transaction; where to go on, when that was not all of it."""
    start, end = span
    steady = any(each.hysteresis for each in active.program.rule.outputs.values())
    if steady:
        for stream in group.outputs.values():
            end = max(end, (state.get(db, stream).last_time or end) + 1)
    series = load(db, active, group, start, end)
    until = [each.until for several in series.values() for each in several]
    end = min([end, *(each for each in until if each is not None)])
    at = times(active, series, start, end, now())
    rest = at[MOST_TIMES] if len(at) > MOST_TIMES else end if end < span[1] else None
    at = at[:MOST_TIMES]
    end = rest if rest is not None else end
    told = list(count(active, series, at, _levels(db, active, group, start)))
    for ident, stream in group.outputs.items():
        _write(db, stream, ident, told, (start, end), zone)
    if told and rest is None:
        _alert(db, active, group, told[-1], zone)
    return rest if rest is None or rest > start else None


def _levels(db: Connection, active: Active, group: Group, start: int) -> dict[str, str]:
    """The levels just before a time, of outputs that have a hysteresis."""
    found: dict[str, str] = {}
    for ident, output in active.program.rule.outputs.items():
        if output.hysteresis:
            last = reading.columns(db, group.outputs[ident], None, start, descending=True, limit=1)
            found[ident] = str(last.results()[0]) if len(last) else ""
    return found


def _write(
    db: Connection, stream: int, ident: str, told: Sequence[Told], span: Span, zone: str
) -> None:
    """Makes the observations of [start, end) those that were counted, and no others."""
    there = reading.columns(db, stream, *span)
    old = {each.time: each for each in there.rows(stream)}
    fresh: list[Observation] = []
    for each in told:
        result = each.results.get(ident)
        if result is None:
            continue
        made = Observation(
            datastream=stream,
            time=each.time,
            result=result,
            flag=each.flag,
            rule="input" if each.flag else "",
        )
        known = old.pop(each.time, None)
        if known is None:
            fresh.append(made)
        elif (known.result, known.flag) != (made.result, made.flag):
            with suppress(Conflict):  # what lies in the archive stays as it is
                observations.change(db, known.id, replace(made, number=known.number), zone)
    if fresh:
        observations.insert(db, fresh, zone, "correct")
    if old:
        gone = [observation_id(stream, each.number) for each in old.values()]
        with suppress(Conflict):
            observations.delete(db, gone, zone)


def _alert(db: Connection, active: Active, group: Group, last: Told, zone: str) -> None:
    """Looks whether somebody has to be told, when this is the newest of the group."""
    if not active.program.rule.alerts:
        return
    states = state.of(db, inputs_of(group))
    newest = max((each.last_time or last.time for each in states.values()), default=last.time)
    if last.time >= newest:
        alerts.consider(db, active, group, last, zone)


# --- in the background ----------------------------------------------------------------------


async def expire(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Says of groups whose results have become too old that they are missing."""
    found = await index(platform)
    moment = now()
    for active in found.actives.values():
        if not any(each.missing for each in active.program.rule.outputs.values()):
            continue
        longest = max(active.windows.values())
        for group in active.groups.values():
            newest = await platform.store.read(_newest, inputs_of(group))
            written = await platform.store.read(_newest, list(group.outputs.values()))
            if newest is not None and (written or 0) < newest + longest <= moment:
                await recount(platform, active, group, (newest, moment + 1))


def _newest(db: Connection, streams: Sequence[int]) -> int | None:
    found = [each.last_time for each in state.of(db, streams).values()]
    return max((each for each in found if each is not None), default=None)


async def recompute(platform: Platform, ident: str, start: int, end: int) -> int:
    """Counts all groups of a rule that is on anew for [start, end); how many. NotFound."""
    active = (await index(platform)).actives.get(ident)
    if active is None:
        raise NotFound(
            f"There is no rule “{ident}” that is on.",
            f"Eine eingeschaltete Regel „{ident}“ gibt es nicht.",
        )
    counted = 0
    for group in active.groups.values():
        counted += await recount(platform, active, group, (start, end))
    return counted


@asynccontextmanager
async def working(platform: Platform) -> AsyncIterator[None]:
    """Keeps rules at work in the background while the context is open."""
    work = partial(_work, platform)
    async with at_work(platform.store, work, breath=BREATH_SECONDS, longest=POLL_SECONDS):
        yield


async def _work(platform: Platform, rung: Callable[[], Awaitable[None]]) -> None:
    worker = secrets.token_hex(8)
    while True:
        error = await outcome(_step(platform, worker))
        if error is not None:
            log.error("rules have to wait: %s", described(error))
            await asyncio.sleep(TROUBLE_SECONDS)
        await rung()


async def _step(platform: Platform, worker: str) -> None:
    last = await platform.store.read(journal.last)
    news = last > platform.caches.get("rules-seen", -1)
    if news and await advance(platform, worker) is not None:
        platform.caches["rules-seen"] = last
