# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whether the links of datasets answer: asked in the background, again after a while.

An address that answers is asked again after two weeks, one that fails sooner, then more and
more seldom. One failure for a passing reason does not count yet. Addresses of this platform
are asked without the network. What has changed is scored anew in the same transaction.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from allmende.core.catalogue import get
from allmende.core.fetch_guard import Guard
from allmende.core.links_ask import Answer, Asker, LinkLimits
from allmende.core.links_files import look_into
from allmende.core.links_own import CLOSED, REFUSED, ask_self, is_closed, own_path
from allmende.core.platform import Platform
from allmende.core.scoring_upkeep import again, projection_of
from allmende.errors import NotAllowed
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.model.mqa_links import addresses
from allmende.policy import Action, Subject, may
from allmende.projections.scoring import BATCH, ScoringProjection
from allmende.store import Connection, links, now
from allmende.store.links import Link, Totals

__all__ = ["JOB_KIND", "Link", "Report", "Totals", "ask_again", "check", "of_record", "work"]

JOB_KIND = "links"
HOUR = 3_600_000_000  # µs
DAY = 24 * HOUR
FINE_FOR = 14 * DAY
FIRST_DOUBT = 6 * HOUR
UNASKED_FOR = 30 * DAY  # whom robots.txt or the guard keeps us from
A_RUN = 500  # addresses
A_HOST = 60  # of them on one host
SECONDS = 240.0  # a run begins nothing new after that
STORED_AT_ONCE = 20
PASSING = frozenset({0, 408, 425, 429, 500, 502, 503, 504})
_chance = random.SystemRandom()


class Report(Struct):
    """What a run has done."""

    asked: int = 0
    fine: int = 0
    broken: int = 0
    unknown: int = 0
    rescored: int = 0
    files: int = 0  # looked into


async def work(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """The job: one run with the usual limits."""
    await check(platform)
    await platform.store.write(links.forget_unused)


async def check(
    platform: Platform,
    *,
    limits: LinkLimits | None = None,
    guard: Guard | None = None,
    most: int = A_RUN,
) -> Report:
    """Asks the addresses whose time has come, at most so many; what came of it.

    Only public addresses are called, whatever harvests are allowed: records come from
    anywhere, and what nobody outside can open does not answer.
    """
    waiting = await platform.store.read_slow(links.due, now(), most, A_HOST)
    report = Report()
    if not waiting:
        return report
    known = limits or LinkLimits(contact=platform.settings.base_url)
    async with Asker(known, guard or Guard()) as asker:
        run = _Run(platform, asker, report)
        await run.all(waiting)
    return report


class _Run:
    """One run: hosts side by side, results stored in portions."""

    def __init__(self, platform: Platform, asker: Asker, report: Report) -> None:
        self.platform = platform
        self.asker = asker
        self.report = report
        self.projection = projection_of(platform)
        self.until = time.monotonic() + SECONDS
        self.results: list[tuple[Link, Link, Answer]] = []

    async def all(self, waiting: Sequence[Link]) -> None:
        """Asks everything that waits."""
        hosts: dict[str, list[Link]] = {}
        for link in waiting:
            hosts.setdefault(link.host, []).append(link)
        places = asyncio.Semaphore(self.asker.limits.at_once)

        async def one(queue: list[Link]) -> None:
            async with places:
                await self._host(queue)

        async with asyncio.TaskGroup() as group:
            for queue in hosts.values():
                group.create_task(one(queue))
        await self._store()

    async def _host(self, queue: list[Link]) -> None:
        for link in queue:
            if time.monotonic() > self.until:
                return
            answer = await self._ask(link.address)
            if answer.trouble == "asked-to-wait" or answer.wait is not None:
                rest = int(min(max(answer.wait or 0, 3_600), 7 * 86_400)) * 1_000_000
                await self.platform.store.write(links.put_off, link.host, now() + rest)
                if answer.trouble == "asked-to-wait":
                    return
            self.results.append((link, after(link, answer, now()), answer))
            if len(self.results) >= STORED_AT_ONCE:
                await self._store()

    async def _ask(self, address: str) -> Answer:
        path = own_path(self.platform, address)
        if path is None:
            return await self.asker.ask(address)
        answer = await ask_self(self.platform, path)
        if answer.status in REFUSED and await is_closed(self.platform, path):
            return Answer(status=200, trouble=CLOSED, took=answer.took)
        if answer.trouble != "own":
            return answer
        outside = await self.asker.ask(address)  # a worker of its own asks as everybody does
        return answer if outside.trouble == "source-address-refused" else outside

    async def _store(self) -> None:
        """Stores what was answered, scores anew what has changed, looks into files."""
        results, self.results = self.results, []
        if not results:
            return
        report = self.report
        report.asked += len(results)
        report.fine += sum(1 for _, link, _ in results if link.answers)
        report.broken += sum(1 for _, link, _ in results if link.answers is False)
        report.unknown += sum(1 for _, link, _ in results if link.answers is None)
        keys = await self.platform.store.write(_save, self.projection, results)
        report.rescored += min(len(keys), BATCH)
        for place in range(BATCH, len(keys), BATCH):
            part = keys[place : place + BATCH]
            report.rescored += len(part)
            await self.platform.store.write(again, self.projection, part)
        for _, link, answer in results:
            if link.answers and answer.trouble != CLOSED:  # what is in it is not for everybody
                report.files += await look_into(self.platform, self.asker, link, answer.stamp)


def _save(
    db: Connection,
    projection: ScoringProjection,
    results: Sequence[tuple[Link, Link, Answer]],
) -> list[int]:
    """Stores answers; keys of all records to score anew, of which the first are done."""
    for _, link, _ in results:
        links.save(db, link)
    changed = [new.address for old, new, _ in results if old.answers != new.answers]
    keys = links.users(db, changed) if changed else []
    if keys:
        again(db, projection, keys[:BATCH])
    return keys


def after(link: Link, answer: Answer, at: int) -> Link:
    """What is known of an address after an answer, and when to ask again."""
    good = answer.status is not None and 200 <= answer.status < 400
    failures = 0 if good or answer.status is None else link.failures + 1
    passing = answer.status in PASSING and failures == 1 and link.answers is True
    if answer.status is None:
        rest = HOUR if answer.trouble == "own" else UNASKED_FOR
    elif good:
        rest = FINE_FOR
    else:
        rest = min(FIRST_DOUBT * 2 ** min(2 * (failures - 1), 20), FINE_FOR)
    return Link(
        address=link.address,
        host=link.host,
        due=at + int(rest * _chance.uniform(0.9, 1.1)),
        asked=at,
        status=link.status if passing else answer.status,
        trouble=answer.trouble,
        failures=failures,
        took=answer.took,
        media_type=answer.media_type or link.media_type,
        size=answer.size if good else link.size,
        target=answer.target,
    )


# --- looking at them ---------------------------------------------------------------------------


async def of_record(platform: Platform, resource: object) -> dict[str, Link]:
    """What is known of the addresses of a dataset that was read for somebody."""
    if not isinstance(resource, Dataset):
        return {}
    return await platform.store.read(links.of_addresses, addresses(resource))


async def ask_again(platform: Platform, subject: Subject, ident: str) -> int:
    """Lets the links of a dataset be asked in the next run; how many.

    For those who may edit it; NotFound, NotAllowed.
    """
    record = await get(platform, subject, ResourceKind.DATASET, ident)
    if not may(subject, Action.WRITE_DRAFT, record.organisation):
        raise NotAllowed(
            "Having links checked is for those who may edit the dataset.",
            "Links prüfen lassen können die, die den Datensatz bearbeiten dürfen.",
        )
    if not isinstance(record.resource, Dataset):
        return 0
    return await platform.store.write(links.ask_again, addresses(record.resource))


async def totals(platform: Platform) -> Totals:
    """How all addresses stand."""
    return await platform.store.read_slow(links.totals)


def host(address: str) -> str:
    """The name of the host of an address, for people."""
    return urlsplit(address).hostname or address
