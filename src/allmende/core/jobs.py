# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Work that nobody waits for: what kinds there are, putting it in, looking at it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from allmende.core.people import refused, unknown
from allmende.core.platform import Platform
from allmende.core.schedules import following, next_after, parse
from allmende.errors import Conflict
from allmende.policy import EVERY_ORGANISATION, Action, Subject, may
from allmende.store import Connection, audit, jobs, now, subscriptions
from allmende.store.events import Event
from allmende.store.jobs import Job, Schedule, State

__all__ = [
    "Handler",
    "Job",
    "Registry",
    "Schedule",
    "Subscriber",
    "delete_schedule",
    "enqueue",
    "jobs_of",
    "next_moment",
    "revive",
    "save_schedule",
    "schedules",
]

PAGE = 100

Handler = Callable[[Platform, Mapping[str, Any]], Awaitable[None]]
"""Does a job with its arguments. It may be called twice for one job, and raises to fail."""

Subscriber = Callable[[Platform, Sequence[Event]], Awaitable[None]]
"""Hears events in their order, each at least once, and raises to hear them again later."""


class Subscription(Struct, frozen=True):
    """A subscriber, and whether it wants to hear what was before it."""

    hear: Subscriber
    from_start: bool


class Registry:
    """What the program can do in the background; the assembly fills it before the start."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.planned: dict[str, tuple[str, str, Mapping[str, Any]]] = {}
        self.subscriptions: dict[str, Subscription] = {}

    def handle(self, kind: str, handler: Handler) -> None:
        """Names the handler of a kind of job. ValueError when the kind has one."""
        if kind in self.handlers:
            raise ValueError(f"the kind {kind!r} has a handler already")
        self.handlers[kind] = handler

    def plan(
        self, name: str, rule: str, kind: str, arguments: Mapping[str, Any] | None = None
    ) -> None:
        """Has a kind of job done by a rule (see `schedules`); InvalidInput for a bad rule."""
        parse(rule)
        self.planned[name] = (rule, kind, dict(arguments or {}))

    def subscribe(self, name: str, hear: Subscriber, *, from_start: bool = False) -> None:
        """Names a subscriber of the outbox. ValueError when the name is taken."""
        if name in self.subscriptions:
            raise ValueError(f"there is a subscriber {name!r} already")
        self.subscriptions[name] = Subscription(hear, from_start)

    def prepare(self, db: Connection) -> None:
        """Makes schedules and subscriptions known to the database; a unit of the writer."""
        for name, (rule, kind, arguments) in self.planned.items():
            jobs.save_schedule(db, _new_schedule(name, rule, kind, arguments))
        for name, subscription in self.subscriptions.items():
            subscriptions.subscribe(db, name, from_start=subscription.from_start)


async def enqueue(
    platform: Platform,
    kind: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    run_at: int | None = None,
    most_tries: int = jobs.MOST_TRIES,
) -> int | None:
    """Puts a job in, to run at `run_at` (µs UTC) or now; its id.

    None when a job with the same key waits or runs. Inside a transaction use
    `store.jobs.enqueue`, then the job exists exactly when the change does.
    """
    return await platform.store.write(_enqueue, kind, arguments, key, run_at, most_tries)


def _enqueue(
    db: Connection,
    kind: str,
    arguments: Mapping[str, Any] | None,
    key: str | None,
    run_at: int | None,
    most_tries: int,
) -> int | None:
    return jobs.enqueue(db, kind, arguments, key=key, run_at=run_at, most_tries=most_tries)


async def jobs_of(
    platform: Platform,
    subject: Subject,
    *,
    state: State | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Job]:
    """The newest jobs (of a state) with ids below `before`; for administrators of all."""
    _require_administrator(subject)
    return await platform.store.read(jobs.jobs, state, before, min(limit, PAGE))


async def revive(platform: Platform, subject: Subject, ident: int) -> None:
    """Lets a dead job run again with all its tries.

    NotFound when there is no such job, Conflict when it is not dead or its key is in use.
    """
    _require_administrator(subject)
    await platform.store.write(_revive, subject, ident)


def _revive(db: Connection, subject: Subject, ident: int) -> None:
    if jobs.job(db, ident) is None:
        raise unknown(str(ident))
    if not jobs.revive(db, ident):
        raise Conflict(
            "Only a dead job can be revived, and only while no other does the same.",
            "Nur ein aufgegebener Auftrag kann neu beginnen, und nur wenn kein anderer dasselbe "
            "tut.",
        )
    audit.note(db, subject.id, "job-revive", str(ident))


# --- schedules -----------------------------------------------------------------------


async def schedules(platform: Platform, subject: Subject) -> list[Schedule]:
    """All schedules, the next one first; for administrators of all."""
    _require_administrator(subject)
    return await platform.store.read(jobs.schedules)


async def save_schedule(
    platform: Platform,
    subject: Subject,
    name: str,
    rule: str,
    kind: str,
    arguments: Mapping[str, Any] | None = None,
) -> Schedule:
    """Adds or changes a schedule. With the same rule its next moment stays."""
    _require_administrator(subject)
    schedule = _new_schedule(name, rule, kind, arguments or {})
    await platform.store.write(jobs.save_schedule, schedule)
    return schedule


async def delete_schedule(platform: Platform, subject: Subject, name: str) -> bool:
    """Removes a schedule; False when there was none. Jobs it has made stay."""
    _require_administrator(subject)
    return await platform.store.write(jobs.delete_schedule, name)


def next_moment(schedule: Schedule, at: int) -> int | None:
    """The moment after the planned one when that has come at `at` (µs UTC), else None."""
    return following(parse(schedule.rule), schedule.next_at, at)


def _new_schedule(name: str, rule: str, kind: str, arguments: Mapping[str, Any]) -> Schedule:
    return Schedule(name, kind, dict(arguments), rule, next_after(parse(rule), now()))


def _require_administrator(subject: Subject) -> None:
    if not may(subject, Action.ADMINISTER, EVERY_ORGANISATION):
        raise refused(subject)
