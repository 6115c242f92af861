# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How well everything that measures is doing, as far as the subject may see it.

silent   nothing for ten intervals (at least a day), or nothing ever; a week without interval
late     the next result has been awaited for three intervals (at least two hours)
battery  the device behind it says that its battery is low
gaps     less than four fifths of what was to come in the last seven days
flagged  more than a fifth of the last seven days is not usable
ok       none of these
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing.reading import condition
from allmende.core.sensing.staleness import is_stale
from allmende.errors import NotFound
from allmende.model.filter import Filter
from allmende.model.sensing.quality import gaps as gaps_of
from allmende.policy import EVERY_ORGANISATION, Action, Role, Subject, may
from allmende.store import Connection, now
from allmende.store.sensing import health as rows
from allmende.store.sensing import reading, streams
from allmende.store.sensing.health import Power, Row

Status = Literal["silent", "late", "battery", "gaps", "flagged", "ok"]
STATES: tuple[Status, ...] = ("silent", "late", "battery", "gaps", "flagged", "ok")
"""The worst first."""

DAY = 86_400 * 1_000_000
SPAN = 7 * DAY
MOST = 20_000
"""Datastreams that are looked at."""
MOST_GAPS = 200
LEAST_SHARE = 0.8
MOST_FLAGGED = 0.2
_ROLES = (Role.CONTRIBUTOR, Role.STEWARD, Role.ADMINISTRATOR)


class StreamHealth(Struct, frozen=True):
    """A datastream: state, share of what was to come, share that is not usable; None: unknown."""

    stream: int
    name: str
    status: Status
    last_time: int | None
    arrived: float | None
    flagged: float | None


class ThingHealth(Struct, frozen=True):
    """A thing with its datastreams, and the device behind it if the subject looks after it."""

    thing: int
    name: str
    origin: str
    organisation: str
    status: Status
    last_time: int | None
    arrived: float | None  # of the worst of its datastreams
    flagged: float | None
    streams: list[StreamHealth]
    power: Power | None


async def overview(platform: Platform, subject: Subject) -> list[ThingHealth]:
    """Everything that measures and may be read by the subject, by name."""
    moment = now()
    found = await platform.store.read_slow(rows.streams, condition(subject), moment - SPAN, MOST)
    powers = await platform.store.read(_powers, subject)
    things: dict[int, list[Row]] = {}
    for row in found:
        things.setdefault(row.thing, []).append(row)
    return [_thing(each, powers.get(ident), moment) for ident, each in things.items()]


def _powers(db: Connection, subject: Subject) -> dict[int, Power]:
    held = [each for each in subject.organisations(*_ROLES) if may(subject, Action.OBSERVE, each)]
    if not held:
        return {}
    return rows.powers(db, None if EVERY_ORGANISATION in held else held)


def _thing(found: Sequence[Row], power: Power | None, moment: int) -> ThingHealth:
    judged = [_stream(each, moment) for each in found]
    low = power is not None and power.low
    states = [each.status for each in judged] + (["battery"] if low else [])
    times = [each.last_time for each in judged if each.last_time is not None]
    arrived = [each.arrived for each in judged if each.arrived is not None]
    flagged = [each.flagged for each in judged if each.flagged is not None]
    first = found[0]
    return ThingHealth(
        thing=first.thing,
        name=first.thing_name,
        origin=first.origin,
        organisation=first.organisation,
        status=min(states, key=STATES.index),
        last_time=max(times, default=None),
        arrived=min(arrived, default=None),
        flagged=max(flagged, default=None),
        streams=judged,
        power=power,
    )


def _stream(row: Row, moment: int) -> StreamHealth:
    arrived = _arrived(row, moment)
    flagged = 1 - row.good / row.n if row.n else None
    return StreamHealth(
        row.stream,
        row.name,
        _status(row, moment, arrived, flagged),
        row.last_time,
        arrived,
        flagged,
    )


def _arrived(row: Row, moment: int) -> float | None:
    """Share of what was to come in the span, at most 1."""
    if not row.interval or row.first_time is None:
        return None
    expected = (moment - max(row.first_time, moment - SPAN)) / row.interval
    return None if expected < 1 else min(1.0, row.n / expected)


def _status(row: Row, moment: int, arrived: float | None, flagged: float | None) -> Status:
    if row.last_time is None:
        return "silent"
    quiet = moment - row.last_time
    if quiet > (max(10 * row.interval, DAY) if row.interval else SPAN):
        return "silent"
    if is_stale(row.interval, row.last_time, moment):
        return "late"
    if arrived is not None and arrived < LEAST_SHARE:
        return "gaps"
    return "flagged" if flagged is not None and flagged > MOST_FLAGGED else "ok"


async def gaps(
    platform: Platform, subject: Subject, stream: int, start: int, end: int
) -> list[tuple[int, int]]:
    """Pauses (last before, first after; µs UTC) of a datastream with an interval, up to 200.

    More than one and a half intervals are a pause. NotFound when it is hidden.
    """
    return await platform.store.read_slow(_gaps, condition(subject), stream, start, end)


def _gaps(db: Connection, seen: Filter, stream: int, start: int, end: int) -> list[tuple[int, int]]:
    found = streams.of(db, [stream]).get(stream) if streams.seen(db, seen, [stream]) else None
    if found is None:
        raise NotFound(
            f"There is no datastream with the id {stream}.",
            f"Es gibt keinen Datenstrom mit der Kennung {stream}.",
        )
    if not found.interval:
        return []
    times = reading.columns(db, stream, start, end).times.tolist()
    return gaps_of(times, found.interval, min(end, now()))[:MOST_GAPS]
