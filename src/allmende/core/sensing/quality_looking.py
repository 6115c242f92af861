# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How a datastream is judged: its parameters and their origin, what was flagged and why, and
what other parameters would flag of the last 30 days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from allmende.core.platform import Platform
from allmende.core.sensing import quality
from allmende.core.sensing.quality import checks_of, sources_of
from allmende.core.sensing.quality_work import DAY, MOST, frozen, is_news, lead
from allmende.core.sensing.reading import condition
from allmende.errors import NotFound
from allmende.model.filter import Filter
from allmende.model.sensing.observation import Flag, Observation
from allmende.model.sensing.quality import Checks, judge_series, merged
from allmende.model.sensing.specs import COUNT, MEASUREMENT
from allmende.policy import Action, Subject, may
from allmende.store import Connection
from allmende.store.sensing import quality as rows
from allmende.store.sensing import reading, state, streams
from allmende.store.sensing.quality import Judged

DAYS = 30
SHOWN = 20
"""Results that are named one by one, the newest."""

Origin = Literal["general", "property", "source", "own"]


class Told(Struct, frozen=True):
    """How many results a rule flagged; the rule "" stands for people and interfaces."""

    rule: str
    flag: int
    n: int


class Looked(Struct, frozen=True):
    """Results of the last 30 days up to the newest one, µs UTC; `cut` when there are more than
    20,000 of them, of which the newest are looked at."""

    start: int
    end: int
    n: int
    cut: bool
    told: list[Told]
    newest: list[Observation]


class Judging(Struct, frozen=True):
    """How a datastream is judged. `looked` is None where its results may not be read."""

    stream: int
    numeric: bool
    checks: Checks
    origins: dict[str, Origin]
    own: dict[str, Any]
    inherited: Checks
    interval: int | None
    may_change: bool
    looked: Looked | None


class Preview(Struct, frozen=True):
    """What parameters would flag: by rule, and results whose flag would be another.

    Flags of people and interfaces, and of results that came too late, stay as they are.
    """

    start: int
    end: int
    n: int
    cut: bool
    told: list[Told]
    changes: list[tuple[Observation, int, str]]
    changed: int


async def judging(platform: Platform, subject: Subject, stream: int) -> Judging:
    """How a datastream is judged. NotFound when its results may not be read."""
    found, looked = await platform.store.read(_judging, condition(subject), stream)
    if found is None:
        raise _unknown(stream)
    organisation = found.organisation
    bare = replace(found, of_stream={})
    return Judging(
        stream=stream,
        numeric=found.type in (MEASUREMENT, COUNT) and found.properties.get("origin") != "derived",
        checks=checks_of(found),
        origins=_origins(found),
        own=_kept(found.of_stream),
        inherited=checks_of(bare),
        interval=found.interval,
        may_change=may(subject, Action.WRITE, organisation)
        and may(subject, Action.OBSERVE, organisation),
        looked=looked,
    )


def _judging(db: Connection, seen: Filter, stream: int) -> tuple[Judged | None, Looked | None]:
    if not streams.seen(db, seen, [stream]):
        return None, None
    found = rows.of(db, [stream]).get(stream)
    return found, _looked(db, stream) if found else None


def _looked(db: Connection, stream: int) -> Looked | None:
    given = _last(db, stream)
    if given is None:
        return None
    start, end, found, cut = given
    flagged = [each for each in found if each.flag > Flag.GOOD]
    counted = Counter((each.rule, int(each.flag)) for each in flagged)
    return Looked(start, end, len(found), cut, _told(counted), flagged[: -SHOWN - 1 : -1])


def _last(db: Connection, stream: int) -> tuple[int, int, list[Observation], bool] | None:
    """Beginning, end and results of the last 30 days, and whether there are more of them."""
    last = state.get(db, stream).last_time
    if last is None:
        return None
    start, end = last - DAYS * DAY, last + 1
    columns = reading.columns(db, stream, start, end, descending=True, limit=MOST + 1)
    found = list(columns.rows(stream))
    return start, end, found[-MOST:], len(found) > MOST


def _told(counted: Mapping[tuple[str, int], int]) -> list[Told]:
    return [
        Told(rule, flag, n)
        for (rule, flag), n in sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    ]


def _kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """What of the parameters can be understood."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        if value is None and name in Checks.__struct_fields__:
            kept[name] = None
        else:
            kept |= msgspec.to_builtins(merged({name: value}))
    return kept


def _origins(judged: Judged) -> dict[str, Origin]:
    """From where the parameter of each check comes."""
    found: dict[str, Origin] = {}
    for origin, given in sources_of(judged).items():
        for name in _kept(given):
            found[name] = origin  # type: ignore[assignment]
    return found


async def preview(
    platform: Platform, subject: Subject, stream: int, given: Mapping[str, Any]
) -> Preview:
    """What own parameters would flag of the last 30 days; nothing is written.

    NotFound, NotAllowed, InvalidInput as when they are set.
    """
    kept = await quality.checked_for(platform, subject, stream, given)
    found = await platform.store.read(_preview, stream, kept)
    return found or Preview(0, 0, 0, False, [], [], 0)


def _preview(db: Connection, stream: int, given: dict[str, Any]) -> Preview | None:
    judged = rows.of(db, [stream]).get(stream)
    last = _last(db, stream)
    if judged is None or last is None:
        return None
    start, end, found, cut = last
    checks = checks_of(replace(judged, of_stream=given))
    before = reading.columns(
        db, stream, start - lead(checks), start, descending=True, limit=MOST
    ).rows(stream)
    numbers = [each for each in (*before, *found) if type(each.result) in (int, float)]
    verdicts = judge_series(
        checks,
        [each.time for each in numbers],
        [float(each.result) for each in numbers],  # type: ignore[arg-type]
        frozen(db, judged, start - lead(checks), end) if checks.frozen else [],
    )
    counted: Counter[tuple[str, int]] = Counter()
    changes = []
    for each, (flag, rule) in zip(numbers, verdicts, strict=True):
        if each.time < start:
            continue
        if not is_news(each, (flag, rule)):
            flag, rule = int(each.flag), each.rule
        if flag > Flag.GOOD:
            counted[rule, flag] += 1
        if (flag > Flag.GOOD or each.flag > Flag.GOOD) and flag != each.flag:
            changes.append((each, flag, rule))
    newest = changes[: -SHOWN - 1 : -1]
    return Preview(start, end, len(found), cut, _told(counted), newest, len(changes))


def _unknown(ident: int) -> NotFound:
    return NotFound(
        f"There is no datastream with the id {ident}.",
        f"Es gibt keinen Datenstrom mit der Kennung {ident}.",
    )
