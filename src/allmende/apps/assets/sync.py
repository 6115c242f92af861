# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Assets follow their guests: after each change what changed, after a new description all.

Invariants
- The mark in the guest's feed of changes is noted after the assets are written, so a run
  that is killed is gone on with and repeats at most one piece of a thousand rows.
- Doing a piece again changes nothing.
- An asset belongs to the guest that made it; only that guest removes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from allmende.apps.assets import holding
from allmende.apps.assets.guest import Guest, entity, guests
from allmende.apps.assets.holding import ASSETS, INSPECTIONS, record, recorded
from allmende.apps.assets.places import Districts, districts
from allmende.apps.assets.taking import SHAPE, Inspected, Taker, asset_id
from allmende.core import collections
from allmende.core.collections import (
    Change,
    Collection,
    Quarantined,
    Refusal,
    Row,
    Writer,
    Written,
)
from allmende.core.platform import Platform
from allmende.errors import PreconditionFailed
from allmende.model.filter import Compare, In, IsNull, all_of, any_of
from allmende.model.query import Query
from allmende.policy import ANONYMOUS, SYSTEM, Subject

PIECE = 1_000
TRIES = 3
MOST_INSPECTED = 10_000  # inspections entered by hand of one piece
DISTRICTS = "districts"
ENTERED = any_of(IsNull("source"), Compare("source", "<>", "register"))

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows in all."""


class Synced(Struct):
    """What a run did."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    refused: int = 0
    read: int = 0


def _silent(done: int, total: int) -> None:
    """Reports nothing."""


async def sync(platform: Platform, guest: Guest, progress: Progress = _silent) -> Synced:
    """Brings the assets of a guest up to date; one run at a time in a process."""
    locks = platform.caches.setdefault("assets.locks", {})
    async with locks.setdefault(guest.id, asyncio.Lock()):
        found = await holding.source_of(platform, guest)
        run = await _Run.begin(platform, guest, found)
        if found is None or run.taker is None or not run.taker.usable:
            await run.clear()
        else:
            await run.follow(progress)
        return await run.end()


async def sync_all(platform: Platform, *, compare: bool = False) -> dict[str, Synced]:
    """All guests one after the other; assets of guests that are no more go.

    With `compare` ids are compared too, which finds what the feed of changes has not told.
    """
    known = guests(platform.settings)
    done = {}
    for guest in known:
        if compare:
            await record(platform, guest.id, sweep=True)
        done[guest.id] = await sync(platform, guest)
    names = {guest.id for guest in known}
    query = Query(collection=holding.GUESTS, limit=1_000)
    for row in (await collections.page(platform, SYSTEM, query)).rows:
        if row.id not in names and row.values.get("assets"):
            run = await _Run.begin(platform, Guest(id=row.id, collection="", kind=""), None)
            await run.clear()
            done[row.id] = await run.end()
    return done


async def inspected(platform: Platform) -> None:
    """Assets whose inspections were entered or changed are looked at again."""
    mark = (await recorded(platform, INSPECTIONS)).get("mark") or ""
    while True:
        changed, after = await collections.changes(platform, SYSTEM, INSPECTIONS, mark, PIECE)
        if not changed:
            return
        ids = [each.id for each in changed if each.action != "deleted"]
        gone = [each.id for each in changed if each.action == "deleted"]
        query = Query(collection=INSPECTIONS, ids=tuple(ids), where=ENTERED, limit=PIECE)
        touched = {row.values["asset_id"] for row in await _rows(platform, query)}
        for row_id in gone:
            past = await collections.history(platform, SYSTEM, INSPECTIONS, row_id)
            if past[0].values.get("source") != "register":
                touched.add(past[0].values["asset_id"])
        await _look_again(platform, touched)
        mark = after
        await record(platform, INSPECTIONS, mark=mark, collection=INSPECTIONS)


async def _look_again(platform: Platform, assets: Iterable[str]) -> None:
    ids = sorted(assets)
    if not ids:
        return
    query = Query(collection=ASSETS, ids=tuple(ids), fields=("guest", "source_row"), limit=PIECE)
    rows: dict[str, list[str]] = {}
    for row in await _rows(platform, query):
        rows.setdefault(row.values["guest"], []).append(row.values["source_row"])
    for guest in guests(platform.settings):
        found = await holding.source_of(platform, guest) if guest.id in rows else None
        if found is not None:
            run = await _Run.begin(platform, guest, found)
            await run.take(rows[guest.id])
            await run.writer.finish()
            await run.inspections.finish()


class _Run:
    """One run over one guest."""

    def __init__(
        self, platform: Platform, guest: Guest, writers: tuple[Writer, Writer], areas: Districts
    ) -> None:
        self.platform, self.guest = platform, guest
        self.writer, self.inspections = writers
        self.name = writers[0].source
        self.areas = areas
        self.taker: Taker | None = None
        self.subject: Subject = ANONYMOUS
        self.entered = False
        self.read = 0

    @staticmethod
    async def begin(
        platform: Platform, guest: Guest, found: tuple[Collection, Subject] | None
    ) -> _Run:
        """A run with its writers, and what it needs to know."""
        assets = await collections.writable(platform, SYSTEM, ASSETS)
        inspections = await collections.writable(platform, SYSTEM, INSPECTIONS)
        source = f"guest {guest.id}"
        writers = (
            Writer(platform, SYSTEM, assets, source, ""),
            Writer(platform, SYSTEM, inspections, source, ""),
        )
        public = await holding.seen(platform, ANONYMOUS, ASSETS) is not None
        name = platform.settings.extra.get("assets", {}).get("districts", DISTRICTS)
        areas = await districts(platform, ANONYMOUS if public else SYSTEM, name)
        run = _Run(platform, guest, writers, areas)
        if found is not None:
            source_seen, run.subject = found
            run.taker = Taker(guest, source_seen, entity("Asset"))
        query = Query(collection=INSPECTIONS, where=ENTERED)
        run.entered = await collections.count(platform, SYSTEM, query, 1) > 0
        return run

    async def follow(self, progress: Progress) -> None:
        """Takes what has changed since the mark; all when the description has changed."""
        taker = self.taker
        if taker is None:
            return
        known = await recorded(self.platform, self.guest.id)
        state = taker.state(self.areas.batch)
        mark, sweep = known.get("mark") or "", bool(known.get("sweep"))
        if known.get("state") != state:
            mark, sweep = "", True
            await self._note(mark=mark, sweep=sweep, state=state)
        while True:
            changed, after = await collections.changes(
                self.platform, self.subject, taker.source.id, mark, PIECE
            )
            if not changed:
                break
            await self.take([each.id for each in changed])
            mark = after
            await self._note(mark=mark)
            self.read += len(changed)
            progress(self.read, taker.source.count)
        if sweep:
            await self._compare()
            await self._note(sweep=False)

    async def _note(self, **values: Any) -> None:
        left = sorted(set(self.taker.left_out)) if self.taker else []
        known = {"collection": self.guest.collection or None, "left_out": left}
        await record(self.platform, self.guest.id, **known, **values)

    async def take(self, ids: Sequence[str]) -> None:
        """Makes, changes and removes the assets of some rows (at most 1,000)."""
        for _ in range(TRIES):
            changes, seen = await self._changes(list(dict.fromkeys(ids)))
            if not changes and not seen:
                return
            done = await self.writer.add(changes) if changes else None
            await self._inspections(changes, seen)
            if done is None or not await self._overtaken(done):
                return

    async def _overtaken(self, done: Written) -> bool:
        """Whether somebody else wrote in between; what was refused for that is forgotten."""
        late = {each.id for each in done.refused if _is_late(each)}
        after, found = 0, late
        while late and found:
            waiting = await collections.quarantined(self.platform, SYSTEM, ASSETS, after, PIECE)
            for each in waiting:
                if each.batch == done.batch and _is_late(each):
                    await collections.forget(self.platform, SYSTEM, ASSETS, each.key)
            found = {each.id for each in waiting}
            after = waiting[-1].key if waiting else after
        return bool(late)

    async def _changes(self, ids: list[str]) -> tuple[list[Change], list[Change]]:
        taker, source = self.taker, self.guest.collection
        rows: dict[str, Row] = {}
        if taker is not None:
            query = Query(collection=source, ids=tuple(ids), fields=taker.wanted, limit=PIECE)
            found = (await collections.page(self.platform, self.subject, query)).rows
            rows = {row.id: row for row in found if taker.fits(row)}
        named = {each: asset_id(source, each) for each in ids}
        query = Query(collection=ASSETS, ids=tuple(named.values()), limit=PIECE)
        there = {row.id: row for row in await _rows(self.platform, query)}
        entered = await self._entered(list(named.values()))
        names = self.areas.of([row.geometry for row in rows.values()]) if rows else []
        where = dict(zip(rows, names, strict=True))
        changes, seen = [], []
        days: dict[str, str | None] = {}  # of assets whose last inspection may have moved
        for each in ids:
            before = there.get(named[each])
            row = rows.get(each)
            if row is None or taker is None:
                if before is not None and before.values["guest"] == self.guest.id:
                    changes.append(Change("delete", before.id, expected_revision=before.revision))
                continue
            now = taker.asset_of(
                row, before.values if before else {}, where[each], entered.get(named[each], ())
            )
            if not _same(before, now, row.geometry):
                changes.append(_change(named[each], before, now, row.geometry))
            values = taker.inspection_of(row)
            day = values["inspected_on"] if values else None
            if taker.date and before is not None and before.values.get("last_inspection") != day:
                days[named[each]] = day
            if values is not None:
                ident = f"{named[each]}~{values['inspected_on']}"
                seen.append(Change("upsert", ident, values))
        return changes, await self._corrected(days) + seen

    async def _corrected(self, days: dict[str, str | None]) -> list[Change]:
        """Removes inspections of the register that it has taken back by naming another day.

        A day after the one on which the old inspection was noted is a further inspection; any
        other means that the register has corrected itself.
        """
        if not days:
            return []
        mine = all_of(In("asset_id", tuple(days)), Compare("source", "=", "register"))
        query = Query(collection=INSPECTIONS, where=mine, limit=MOST_INSPECTED)
        gone = []
        for row in await _rows(self.platform, query):
            told, day = row.values["inspected_on"], days[row.values["asset_id"]]
            noted = datetime.fromtimestamp(row.since / 1e6, UTC).date().isoformat()
            if told != day and (day is None or day < told or day <= noted):
                gone.append(Change("delete", row.id, expected_revision=row.revision))
        return gone

    async def _entered(self, assets: list[str]) -> dict[str, list[Inspected]]:
        """Inspections that people have entered, by asset."""
        if not self.entered:
            return {}
        asked = all_of(In("asset_id", tuple(assets)), ENTERED)
        query = Query(collection=INSPECTIONS, where=asked, limit=MOST_INSPECTED)
        found: dict[str, list[Inspected]] = {}
        for row in await _rows(self.platform, query):
            told = (row.values["inspected_on"], row.values.get("condition"))
            found.setdefault(row.values["asset_id"], []).append(told)
        return found

    async def _inspections(self, changes: list[Change], seen: list[Change]) -> None:
        """Writes the inspections of the register; those of removed assets go with them."""
        gone = tuple(each.id for each in changes if each.action == "delete")
        if gone:
            query = Query(collection=INSPECTIONS, where=In("asset_id", gone))
            found = await collections.numbers(self.platform, SYSTEM, query)
            for start in range(0, len(found), PIECE):
                part = found[start : start + PIECE]
                await self.inspections.add([Change("delete", row_id) for _, row_id in part])
        if seen:
            await self.inspections.add(seen)

    async def _compare(self) -> None:
        """Removes assets whose row is gone and takes rows that have no asset."""
        if self.taker is None:
            return
        query = Query(collection=self.guest.collection, where=self.taker.where)
        found = await collections.numbers(self.platform, self.subject, query)
        wanted = {row_id for _, row_id in found}
        refused = await collections.quarantined(self.platform, SYSTEM, ASSETS, limit=PIECE)
        known = {each.id.partition("~")[2] for each in refused if each.source == self.name}
        have = set(await self._have())
        await self._each(sorted((have - wanted) | (wanted - have - known)))

    async def _have(self) -> list[str]:
        """The rows of the guest that have become assets."""
        mine = Compare("guest", "=", self.guest.id)
        query = Query(
            collection=ASSETS, where=mine, fields=("source_row",), geometry=False, limit=0
        )
        return [
            row.values["source_row"]
            async for rows in collections.each(self.platform, SYSTEM, query)
            for row in rows
        ]

    async def clear(self) -> None:
        """Removes all assets of the guest."""
        mine = Compare("guest", "=", self.guest.id)
        query = Query(collection=ASSETS, where=mine)
        found = await collections.numbers(self.platform, SYSTEM, query)
        for start in range(0, len(found), PIECE):
            gone = [Change("delete", row_id) for _, row_id in found[start : start + PIECE]]
            await self.writer.add(gone)
            await self._inspections(gone, [])
        await self._note(mark="", state="", sweep=False)

    async def _each(self, ids: list[str]) -> None:
        for start in range(0, len(ids), PIECE):
            await self.take(ids[start : start + PIECE])

    async def end(self) -> Synced:
        """Measures, notes the number of assets, and says what was done."""
        done = await self.writer.finish()
        await self.inspections.finish()
        changed = done.created or done.updated or done.deleted
        if changed or not await recorded(self.platform, self.guest.id):
            query = Query(collection=ASSETS, where=Compare("guest", "=", self.guest.id))
            count = await collections.count(self.platform, SYSTEM, query)
            moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            await self._note(assets=count, synced_at=moment)
        return Synced(done.created, done.updated, done.deleted, len(done.refused), self.read)


def _is_late(refused: Refusal | Quarantined) -> bool:
    return any(each.code == PreconditionFailed.code for each in refused.findings)


async def _rows(platform: Platform, query: Query) -> list[Row]:
    if query.ids is not None and not query.ids:
        return []
    return (await collections.page(platform, SYSTEM, query)).rows


def _same(before: Row | None, now: dict[str, Any], shape: bytes | None) -> bool:
    if before is None or before.geometry != shape:
        return False
    return {name: value for name, value in before.values.items() if value is not None} == now


def _change(ident: str, before: Row | None, now: dict[str, Any], shape: bytes | None) -> Change:
    expected = before.revision if before is not None else 0
    return Change("upsert", ident, {**now, SHAPE: shape}, expected_revision=expected)
