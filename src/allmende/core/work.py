# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the program does by itself: harvests that are due, and putting things in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from allmende.core import (
    access,
    drafts,
    feedback,
    file_removal,
    following,
    following_work,
    harvest,
    imports,
    links,
    mail,
    reservations,
    scoring_upkeep,
    showcases,
    usage_counting,
    worker,
)
from allmende.core.collections import describing
from allmende.core.drafts import renewing
from allmende.core.jobs import Registry, enqueue
from allmende.core.platform import Platform
from allmende.core.sensing import (
    alert_sending,
    alerts,
    archiving,
    deriving,
    erasing,
    importing_again,
    keeping,
    quality_work,
    refilling,
)
from allmende.core.sensing import describing as things
from allmende.errors import Conflict, NotFound
from allmende.policy import SYSTEM
from allmende.store import Connection, audit, events, jobs, now, sessions
from allmende.store import mail as letters
from allmende.store.sensing import citizens

DAY = 86_400 * 1_000_000
JOBS_KEPT = 30 * DAY
LETTERS_KEPT = 3 * DAY


def registry() -> Registry:
    """Every kind of job the program knows, with the schedules that are always there."""
    made = Registry()
    made.handle(harvest.JOB_KIND, harvest_source)
    made.handle("harvest-due", harvest_due)
    made.handle("housekeeping", housekeeping)
    made.handle(describing.JOB_KIND, describe_collection)
    made.handle(imports.JOB_KIND, imports.refresh)
    made.handle(drafts.JOB_KIND, drafts.work)
    made.handle(renewing.JOB_KIND, renewing.work)
    made.handle(keeping.JOB_KIND, keeping.keep)
    made.handle(archiving.JOB_KIND, archiving.job)
    made.handle(archiving.TRACES_JOB_KIND, archiving.traces_job)
    made.handle(erasing.JOB_KIND, erasing.job)
    made.handle(erasing.SWEEP, erasing.sweep)
    made.handle(things.JOB_KIND, things.job)
    made.subscribe("things", things.hear)
    made.handle(importing_again.JOB_KIND, importing_again.work)
    made.handle(refilling.JOB_KIND, refilling.work)
    made.handle(mail.JOB_KIND, mail.deliver)
    made.handle(following_work.JOB_KIND, following_work.work)
    made.subscribe("followers", following_work.hear)
    made.plan("follow", "every 10m", following_work.JOB_KIND)
    made.handle(links.JOB_KIND, links.work)
    made.handle(scoring_upkeep.JOB_KIND, scoring_upkeep.note_day)
    made.handle(access.JOB_KIND, access.job)
    made.plan("access-grants", "every 1h", access.JOB_KIND)
    made.handle(reservations.JOB_KIND, reservations.job)
    made.plan("licence-reservations", "every 1h", reservations.JOB_KIND)
    made.plan("harvest-due", "every 1m", "harvest-due")
    made.plan("observations", "every 10m", keeping.JOB_KIND)
    made.plan("refill", "every 15m", refilling.JOB_KIND)
    made.plan("retention", "daily 02:20 Europe/Berlin", archiving.JOB_KIND)
    made.plan("retention-traces", "every 1h", archiving.TRACES_JOB_KIND)
    made.plan("links", "every 10m", links.JOB_KIND)
    made.plan("score-day", "daily 23:30 UTC", scoring_upkeep.JOB_KIND)
    made.plan("things", "daily 04:50 Europe/Berlin", things.JOB_KIND)
    made.plan("housekeeping", "daily 03:40 Europe/Berlin", "housekeeping")
    made.handle(deriving.EXPIRE, deriving.expire)
    made.handle(alerts.WEBHOOK, alert_sending.call)
    made.handle(alerts.PUBLISH, alert_sending.publish)
    made.handle(alerts.FORGET, alerts.forget)
    made.handle(quality_work.JOB_KIND, quality_work.check)
    made.plan("rules-expire", "every 15m", deriving.EXPIRE)
    made.plan("alerts-forget", "every 6h", alerts.FORGET)
    made.plan("quality", "every 15m", quality_work.JOB_KIND)
    return made


@asynccontextmanager
async def working(platform: Platform) -> AsyncIterator[None]:
    """Does the program's own work in the background while the context is open."""
    async with worker.working(platform, registry()):
        yield


async def harvest_due(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Makes a job for every source whose time has come, unless it has one."""
    for source in await harvest.due(platform, now()):
        key = f"harvest {source}"
        await enqueue(platform, harvest.JOB_KIND, {"source": source}, key=key)


async def harvest_source(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """Harvests a source. A foreign failure is noted at the source, which plans its next run.

    Nothing happens when the source was removed or somebody is harvesting it just now.
    """
    with suppress(Conflict, NotFound):
        await harvest.execute(platform, SYSTEM, str(arguments["source"]))


async def describe_collection(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """Brings what the catalogue says of a collection up to date; nothing when it is gone."""
    with suppress(NotFound):
        await describing.describe(platform, str(arguments["collection"]))


async def housekeeping(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Deletes what is no longer needed: old jobs, ended sessions, audit older than a year,
    events older than `event_days`, in pieces so that nobody waits for it, contents of files
    that were replaced."""
    await platform.store.write(_tidy)
    before = now() - platform.settings.event_days * DAY
    while await platform.store.write(events.forget_old, before):
        continue
    await drafts.tidy(platform)
    await file_removal.sweep(platform)


def _tidy(db: Connection) -> None:
    jobs.forget_finished(db, now() - JOBS_KEPT)
    sessions.forget_ended(db)
    citizens.forget_codes(db)
    following_work.tidy(db, now() - LETTERS_KEPT)
    letters.forget_old(db, now() - LETTERS_KEPT)
    following.tidy(db)
    feedback.tidy(db)
    showcases.tidy(db)
    usage_counting.tidy(db)
    audit.forget_old(db)
