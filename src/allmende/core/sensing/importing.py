# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measurements of a file or an address become things and observations.

The same source may be read again and again: what is there already is not stored twice,
what has changed is corrected, what cannot be used is listed with its line and costs only
itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import anyio.to_thread
from msgspec import Struct
from msgspec.structs import replace

from allmende.core.address_names import shown
from allmende.core.fetch import Fetcher
from allmende.core.harvest.outward import fetcher, secret
from allmende.core.platform import Platform
from allmende.core.sensing.importing_kinds import known, reader, told
from allmende.core.sensing.importing_sorting import Sorted, sort_out
from allmende.core.sensing.importing_types import (
    Item,
    Limits,
    Material,
    Note,
    Problem,
    Report,
    Row,
    Skipped,
    problem,
    short,
)
from allmende.core.sensing.observing import MOST, Outcome, observe
from allmende.core.sensing.registering import not_allowed, register
from allmende.model.sensing.checking import problem as fault
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.specs import ThingSpec
from allmende.policy import Action, Level, Subject, may
from allmende.store import now
from allmende.store.sensing import known as by_keys
from allmende.store.sensing.registering import stricter

MOST_PROBLEMS = 1_000
"""Problems that are listed; more are counted."""

Progress = Callable[[int], None]
"""Called with the results read so far."""


class Order(Struct, kw_only=True):
    """What shall be brought in, and for whom."""

    kind: str = ""  # empty: found out from the content
    organisation: str
    access: Level = Level.OPEN
    options: dict[str, Any] = {}  # of the kind; for csv and json the description
    source: str = ""  # name for messages
    headers: dict[str, str] = {}  # of requests; env:ALLMENDE_SOURCE_… is a secret
    password: str = ""  # of a broker: env:ALLMENDE_SOURCE_…


def silent(done: int) -> None:
    """Reports nothing."""


async def fetched(
    platform: Platform,
    address: str,
    *,
    files: bool = False,
    fetch: Fetcher | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The content of an address or file, unpacked if gz, xz or bz2. SourceUnavailable.

    Headers go to the host of the address only; those that are secrets are looked up now.
    """
    given = {name: secret(value) for name, value in (headers or {}).items()}
    async with fetcher(platform, fetch, files) as outward:
        return (await outward.get(address, headers=given)).data


def material(platform: Platform, order: Order, data: bytes) -> Material:
    """The content as its reader wants it."""
    settings = platform.settings
    return Material(
        data,
        order.source,
        dict(order.options),
        settings.timezone,
        settings.language,
        settings.least_counted,
        now(),
        Limits(),
    )


async def bring(
    platform: Platform,
    subject: Subject,
    order: Order,
    data: bytes,
    progress: Progress = silent,
    *,
    trial: bool = False,
) -> Report:
    """Stores what the content holds; with `trial` only looks, and writes nothing.

    NotAllowed when the subject may not observe for the organisation; InvalidInput when
    nothing can be read; LimitExceeded when it is too much, after what was stored before.
    """
    if not may(subject, Action.OBSERVE, order.organisation):
        raise not_allowed(order.organisation)
    kind = known(order.kind) if order.kind else told(data, order.source)
    given = material(platform, order, data)
    started = time.monotonic()
    run = Run(platform, subject, order, Report(kind, shown(order.source), trial))
    items = reader(kind)(given)
    while batch := await anyio.to_thread.run_sync(_batch, items):
        await run.take(batch)
        progress(run.report.results)
    run.report.things = len(run.things)
    run.report.streams = len(set(run.streams))
    run.report.seconds = time.monotonic() - started
    return run.report


def _batch(items: Iterator[Item]) -> list[Item]:
    """The next items, as many as are stored at once; runs in a worker thread."""
    return list(islice(items, MOST))


class Run:
    """One import on its way: takes items in their order."""

    def __init__(self, platform: Platform, subject: Subject, order: Order, report: Report) -> None:
        self.platform, self.subject = platform, subject
        self.order, self.report = order, report
        self.things: set[str] = set()
        self.streams: dict[tuple[str, str], int] = {}
        self.types: dict[int, str] = {}
        self.asked: set[str] = set()
        self.told: dict[str, ThingSpec] = {}  # for sources that say the same again and again

    async def take(self, batch: list[Item]) -> None:
        """Stores a batch; a thing is made before its results."""
        rows: list[Row] = []
        for item in batch:
            match item:
                case Row():
                    rows.append(item)
                case ThingSpec():
                    await self.thing(item)
                case Problem():
                    self.refuse(item)
                case Skipped():
                    self.report.missing += item.count
                case Note():
                    self.report.notes.append(item.text)
        await self.results(rows)

    async def thing(self, spec: ThingSpec) -> None:
        """Makes a thing known, or what is new of it."""
        order = self.order
        if self.told.get(spec.key) == spec:
            return
        whole = replace(
            spec,
            key=f"{order.organisation}/{spec.key}",
            organisation=order.organisation,
            access=stricter(spec.access, order.access),
        )
        self.things.add(spec.key)
        if self.report.trial:
            made = {each.key: len(self.streams) + at for at, each in enumerate(spec.streams, 1)}
        else:
            made = (await register(self.platform, self.subject, whole)).streams
        for each in spec.streams:
            self.streams.setdefault((spec.key, each.key), made[each.key])
            self.types[self.streams[spec.key, each.key]] = each.type
        self.told[spec.key] = spec

    async def results(self, rows: list[Row]) -> None:
        """Stores results; how each ended is counted."""
        lacking = await self.lacking(rows)
        for row in rows if lacking else ():
            if (row.thing, row.stream) in lacking:
                self.unknown(row)
        if lacking:
            rows = [row for row in rows if (row.thing, row.stream) not in lacking]
        if not rows:
            return
        report = self.report
        report.results += len(rows)
        times = [row.time for row in rows]
        report.first = min([*times, *([] if report.first is None else [report.first])])
        report.last = max([*times, *([] if report.last is None else [report.last])])
        given = [self.observation(row) for row in rows]
        if report.trial:
            self.looked_at(rows, given)
            return
        found = await sort_out(self.platform, self.subject, given)
        report.repeated += found.repeated
        await self.store(rows, found)

    async def lacking(self, rows: list[Row]) -> set[tuple[str, str]]:
        """Streams of results that are known neither from this source nor from an earlier one."""
        wanted = {(row.thing, row.stream) for row in rows} - self.streams.keys()
        for thing in sorted({thing for thing, _ in wanted} - self.asked):
            self.asked.add(thing)
            key = f"{self.order.organisation}/{thing}"
            found = await self.platform.store.read(by_keys.streams, key)
            for stream, (ident, kind) in found.items():
                self.streams.setdefault((thing, stream), ident)
                self.types[ident] = kind
        return wanted - self.streams.keys()

    def unknown(self, row: Row) -> None:
        """Refuses a result whose stream is not known."""
        thing, stream = short(row.thing), short(row.stream)
        self.refuse(
            problem(
                row.line,
                f"{thing} with “{stream}” is not known; bring in its description first.",
                f"{thing} mit „{stream}“ ist nicht bekannt; bitte zuerst die Beschreibung "
                "einlesen.",
                row.stream,
            )
        )

    async def store(self, rows: list[Row], found: Sorted) -> None:
        """Adds what is new, corrects what differs."""
        for places, repeated in ((found.new, "add"), (found.others, "correct")):
            if not places:
                continue
            outcomes = await observe(
                self.platform,
                self.subject,
                [found.given[at] for at in places],
                repeated="add" if repeated == "add" else "correct",
            )
            for at, outcome in zip(places, outcomes, strict=True):
                self.count(rows[at], outcome)

    def observation(self, row: Row) -> Observation:
        """The result as it is stored."""
        return Observation(
            datastream=self.streams[row.thing, row.stream],
            time=row.time,
            result=row.result,
            end=row.end,
            result_time=row.result_time,
            quality=row.quality,
            parameters=row.parameters,
            flag=row.flag,
            rule=row.rule,
        )

    def looked_at(self, rows: list[Row], given: list[Observation]) -> None:
        """Counts what would be refused."""
        for row, each in zip(rows, given, strict=True):
            wrong = fault(each, self.types[each.datastream])
            if wrong is not None:
                self.refuse(Problem(row.line, wrong, row.stream))

    def count(self, row: Row, outcome: Outcome) -> None:
        """Counts how a result ended."""
        report = self.report
        match outcome.status:
            case "created":
                report.created += 1
            case "corrected":
                report.corrected += 1
            case "repeated":
                report.repeated += 1
            case "refused":
                self.refuse(Problem(row.line, outcome.problem or {}, row.stream))

    def refuse(self, wrong: Problem) -> None:
        """Counts a problem, and keeps the first ones."""
        self.report.refused += 1
        if len(self.report.problems) < MOST_PROBLEMS:
            self.report.problems.append(wrong)
