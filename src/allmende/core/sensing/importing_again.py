# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measurements that are fetched again and again: from where, how and how often."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from allmende.core.address_names import shown
from allmende.core.fetch import Fetcher
from allmende.core.platform import Platform
from allmende.core.schedules import next_after, parse
from allmende.core.sensing.importing import Order, bring, fetched
from allmende.core.sensing.importing_kinds import known
from allmende.core.sensing.importing_types import Report
from allmende.core.sensing.registering import not_allowed
from allmende.errors import InvalidInput
from allmende.policy import SYSTEM, Action, Subject, may
from allmende.store import Connection, audit, jobs, now
from allmende.store.jobs import Schedule

JOB_KIND = "observe"
PREFIX = "observe:"

log = logging.getLogger("allmende.measurements")


class Repeat(Struct, kw_only=True):
    """A source that is fetched by a rule, as in core.schedules: every 10m, daily 03:15 …"""

    address: str
    order: Order
    rule: str

    @property
    def name(self) -> str:
        """What the schedule is called; one for each address, kind and organisation."""
        told = "\n".join((self.address, self.order.kind, self.order.organisation))
        return PREFIX + hashlib.sha256(told.encode()).hexdigest()[:16]


async def plan(platform: Platform, subject: Subject, repeat: Repeat) -> Schedule:
    """Keeps the schedule. NotAllowed; InvalidInput for a bad rule, kind or address."""
    _require(subject, repeat)
    known(repeat.order.kind)
    if not repeat.address.lower().startswith(("http://", "https://")):
        raise InvalidInput(
            "Only web addresses can be fetched on a schedule.",
            "Nach Zeitplan lassen sich nur Webadressen abholen.",
            code="measurements-schedule",
        )
    schedule = Schedule(
        repeat.name,
        JOB_KIND,
        msgspec.to_builtins(repeat),
        repeat.rule,
        next_after(parse(repeat.rule), now()),
    )
    await platform.store.write(_keep, subject.id, schedule)
    return schedule


def _keep(db: Connection, actor: str, schedule: Schedule) -> None:
    jobs.save_schedule(db, schedule)
    audit.note(db, actor, "observe-schedule", schedule.name)


async def stop(platform: Platform, subject: Subject, repeat: Repeat) -> bool:
    """Forgets the schedule; False when there was none. What was stored stays."""
    _require(subject, repeat)
    return await platform.store.write(jobs.delete_schedule, repeat.name)


async def planned(platform: Platform, subject: Subject) -> list[Repeat]:
    """The schedules of organisations the subject may observe for."""
    found = [
        msgspec.convert(each.arguments, Repeat)
        for each in await platform.store.read(jobs.schedules)
        if each.kind == JOB_KIND
    ]
    return [each for each in found if may(subject, Action.OBSERVE, each.order.organisation)]


async def work(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """The job: fetch the source again. What is refused is counted in the log."""
    repeat = msgspec.convert(dict(arguments), Repeat)
    report = await run(platform, SYSTEM, repeat)
    log.info(
        "measurements of %s: %d created, %d corrected, %d known, %d refused",
        shown(repeat.address),
        report.created,
        report.corrected,
        report.repeated,
        report.refused,
    )


async def run(
    platform: Platform, subject: Subject, repeat: Repeat, fetch: Fetcher | None = None
) -> Report:
    """Fetches now what a schedule would fetch. SourceUnavailable, InvalidInput."""
    headers = repeat.order.headers
    data = await fetched(platform, repeat.address, fetch=fetch, headers=headers)
    return await bring(platform, subject, repeat.order, data)


def _require(subject: Subject, repeat: Repeat) -> None:
    if not may(subject, Action.OBSERVE, repeat.order.organisation):
        raise not_allowed(repeat.order.organisation)
