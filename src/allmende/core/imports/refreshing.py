# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Imports that come again: where from, how and how often is kept in the schedule itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping as Values
from typing import Any

import msgspec
from msgspec import Struct

from allmende.core.address_names import shown
from allmende.core.collections import writable
from allmende.core.fetch import Fetcher
from allmende.core.imports import bringing, opening
from allmende.core.imports import mapping as mappings
from allmende.core.imports.mapping import Mapping
from allmende.core.imports.report import ImportReport
from allmende.core.platform import Platform
from allmende.core.schedules import next_after, parse
from allmende.errors import InvalidInput, NotFound
from allmende.policy import SYSTEM, Subject
from allmende.store import audit, jobs, now
from allmende.store.connection import Connection
from allmende.store.jobs import Schedule

JOB_KIND = "import"
PREFIX = "import:"

log = logging.getLogger("allmende.imports")


class Refresh(Struct, kw_only=True):
    """A source that is imported again and again into one collection."""

    collection: str
    address: str
    mapping: Mapping
    rule: str  # as in core.schedules: every 6h, daily 03:15 Europe/Berlin
    replace: bool = True  # rows the source no longer has are removed; their history stays


async def plan(platform: Platform, subject: Subject, refresh: Refresh) -> Schedule:
    """Keep the refresh; one per collection. NotFound, NotAllowed, InvalidInput."""
    await writable(platform, subject, refresh.collection)
    if not refresh.address.lower().startswith(("http://", "https://")):
        raise InvalidInput(
            "Only web addresses can be fetched on a schedule.",
            "Nach Zeitplan lassen sich nur Webadressen abholen.",
            code="import-schedule",
        )
    schedule = Schedule(
        PREFIX + refresh.collection,
        JOB_KIND,
        msgspec.to_builtins(refresh),
        refresh.rule,
        next_after(parse(refresh.rule), now()),
    )
    await platform.store.write(_keep, subject.id, schedule)
    return schedule


def _keep(db: Connection, actor: str, schedule: Schedule) -> None:
    jobs.save_schedule(db, schedule)
    audit.note(db, actor, "import-schedule", schedule.name)


async def stop(platform: Platform, subject: Subject, collection: str) -> bool:
    """Forget the refresh of a collection; False when there was none."""
    await writable(platform, subject, collection)
    return await platform.store.write(jobs.delete_schedule, PREFIX + collection)


async def planned(platform: Platform, subject: Subject, collection: str) -> Refresh | None:
    """The refresh of a collection, for those who may change its rows."""
    await writable(platform, subject, collection)
    for schedule in await platform.store.read(jobs.schedules):
        if schedule.name == PREFIX + collection:
            return _read(schedule.arguments)
    return None


def _read(arguments: Values[str, Any]) -> Refresh:
    given = dict(arguments)
    return Refresh(**{**given, "mapping": mappings.convert(given["mapping"])})


async def refresh(platform: Platform, arguments: Values[str, Any]) -> None:
    """The job: import the source again. A collection that is gone ends its schedule."""
    wanted = _read(arguments)
    try:
        report = await run(platform, SYSTEM, wanted)
    except NotFound:
        await platform.store.write(jobs.delete_schedule, PREFIX + wanted.collection)
        return
    log.info(
        "import of %s: %d created, %d updated, %d deleted, %d refused",
        wanted.collection,
        report.created,
        report.updated,
        report.deleted,
        report.refused,
    )


async def run(
    platform: Platform, subject: Subject, wanted: Refresh, fetch: Fetcher | None = None
) -> ImportReport:
    """Import now what a schedule would import."""
    options = wanted.mapping.read
    async with opening.opened(platform, wanted.address, options, fetch=fetch) as found:
        order = bringing.Order(
            collection=wanted.collection,
            layer=found.layer(options.layer),
            format=found.format,
            mapping=wanted.mapping,
            replace=wanted.replace,
            source=shown(wanted.address),
            near=opening.near(platform),
        )
        return await bringing.bring(platform, subject, order)
