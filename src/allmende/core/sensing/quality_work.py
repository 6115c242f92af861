# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Judging series again in the background: spikes need the next result, late ones their neighbours.

Flags that people or interfaces have set stay, unless a check is stricter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from allmende.core.platform import Platform
from allmende.core.sensing.quality import HOLD, beside, checks_of
from allmende.errors import Conflict
from allmende.model.sensing.observation import Flag, Observation
from allmende.model.sensing.quality import RULES, Checks, Verdict, frozen_spans, judge_series
from allmende.model.sensing.series import Columns
from allmende.store import Connection, now
from allmende.store.sensing import observations, quality, reading
from allmende.store.sensing.quality import Judged

JOB_KIND = "quality"
DAY = 86_400 * 1_000_000
LIVELY = DAY // 12
"""Datastreams to which something came within this time (µs) are judged again."""
BACK = 2 * DAY
"""How far back (µs) they are judged."""
MOST = 20_000
"""Results of a datastream that are judged at once, the newest."""
AT_ONCE = 200
_AHEAD = 7 * DAY  # a result that stayed the same began before the span that is judged


async def check(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """The job: judges the last two days of all datastreams that are alive."""
    moment, after = now(), 0
    while True:
        found = await platform.store.read(quality.lively, moment - LIVELY, after, AT_ONCE)
        for each in found:
            if checks_of(each).any:
                await judge(platform, each, moment - BACK, moment + DAY)
        if len(found) < AT_ONCE:
            return
        after = found[-1].id


async def judge(platform: Platform, judged: Judged, start: int, end: int) -> int:
    """Judges the results of [start, end), µs UTC; how many flags changed."""
    zone = platform.settings.timezone
    return await platform.store.write(judge_within, judged, start, end, zone)


def judge_within(db: Connection, judged: Judged, start: int, end: int, zone: str) -> int:
    """The same as a part of a transaction."""
    checks = checks_of(judged)
    before = start - lead(checks)
    found = reading.columns(db, judged.id, before, end, descending=True, limit=MOST)
    numbered = [
        (each, float(each.result))
        for each in found.rows(judged.id)
        if isinstance(each.result, int | float) and not isinstance(each.result, bool)
    ]
    spans = frozen(db, judged, before, end) if checks.frozen else []
    verdicts = judge_series(
        checks,
        [each.time for each, _ in numbered],
        [value for _, value in numbered],
        spans,
    )
    changed = 0
    for (each, _), verdict in zip(numbered, verdicts, strict=True):
        if start <= each.time < end and is_news(each, verdict):
            changed += _set(db, each, verdict, zone)
    return changed


def lead(checks: Checks) -> int:
    """How long before a span (µs) results have to be known to judge it."""
    return min(_AHEAD, round((checks.flat or 0) * 1_000_000) + DAY)


def frozen(db: Connection, judged: Judged, start: int, end: int) -> list[tuple[int, int]]:
    """Spans in which the soil beside a datastream was frozen, µs UTC."""
    spans: list[tuple[int, int]] = []
    for stream in beside(db, judged):
        found: Columns = reading.columns(db, stream, start - HOLD, end, descending=True, limit=MOST)
        sound = [
            (each.time, float(each.result))
            for each in found.rows(stream)
            if isinstance(each.result, int | float) and each.flag != Flag.BAD
        ]
        spans += frozen_spans([each[0] for each in sound], [each[1] for each in sound], HOLD)
    return spans


def is_news(each: Observation, verdict: Verdict) -> bool:
    """Whether a verdict changes a flag, which it may."""
    flag = verdict[0]
    if flag == Flag.GOOD:
        return each.rule in RULES and each.rule not in ("stale", "future")
    if (each.flag, each.rule) == verdict or each.flag == Flag.INTERPOLATED:
        return False
    ours = each.rule in RULES or each.flag in (Flag.UNCHECKED, Flag.GOOD)
    if each.rule in ("stale", "future"):
        ours = flag > each.flag
    return ours or flag > each.flag


def _set(db: Connection, each: Observation, verdict: Verdict, zone: str) -> int:
    flag, rule = verdict
    try:
        observations.change(db, each.id, replace(each, flag=flag, rule=rule), zone)
    except Conflict:  # it lies in the archive
        return 0
    return 1
