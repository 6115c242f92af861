# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One run over a source: page by page, batch by batch, each step durable before the next.

Invariants
- A broken record costs only itself; it is kept with its reason, an older version stays.
- `run.token` names the first page that is not completely stored: a killed run goes on there.
- Nothing is archived unless the whole source was read, and never more than half of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import anyio.to_thread

from allmende.core import catalogue
from allmende.core.fetch import Fetcher
from allmende.core.harvest.duplicates import resolve
from allmende.core.harvest.job import CHUNK, Work, archive, is_catalogue
from allmende.core.harvest.memory import Key, Memory, moment
from allmende.core.harvest.readers import reader
from allmende.core.harvest.types import (
    RAW_LIMIT,
    Content,
    Fault,
    HarvestRequest,
    Page,
    SourceRecord,
)
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, SourceUnavailable
from allmende.model.catalogue import ResourceKind
from allmende.policy import SYSTEM, Status
from allmende.store import Connection, harvest, harvest_items
from allmende.store.connection import now
from allmende.store.harvest import Run, Source
from allmende.store.harvest_items import Item
from allmende.store.records import Entry, Outcome

BATCH = 200

Progress = Callable[[Run], None]
Loaded = tuple[SourceRecord, Content | None]


class Harvester:
    """Reads one source into the catalogue."""

    def __init__(
        self,
        platform: Platform,
        source: Source,
        run: Run,
        memory: Memory,
        progress: Progress | None = None,
    ) -> None:
        self.platform, self.source, self.run, self.memory = platform, source, run, memory
        self.counts = run.counts
        self.met: set[Key] = {
            key
            for key, item in memory.items.items()
            if item.run == run.id and item.page != run.token
        }
        self.owns_catalogue = True
        self._progress = progress
        self._tokens: set[str] = set()
        self._hashes: set[str] = set()
        self.loose_faults = 0
        self._page_repeats = self._repeats_here = False
        self._later: list[tuple[str, SourceRecord, Content]] = []

    # --- the run ---------------------------------------------------------------------

    async def read(self, fetch: Fetcher, headers: dict[str, str]) -> None:
        """Read every page; SourceUnavailable or InvalidInput when it cannot go on."""
        request = HarvestRequest(
            address=self.source.address,
            options=self.source.options,
            token=self.run.token,
            known=self.memory.known,
            headers=headers,
        )
        before = fetch.bytes, fetch.requests
        spent = self.counts.bytes, self.counts.requests
        async for page in reader(self.source.kind)(request, fetch):
            self.counts.bytes = spent[0] + fetch.bytes - before[0]
            self.counts.requests = spent[1] + fetch.requests - before[1]
            self._guard_loop(page)
            await self._page(page)
        await self._older_ones()
        self._check_total()

    def _guard_loop(self, page: Page) -> None:
        """SourceUnavailable when a page comes for the second time in a run."""
        again = page.token in self._tokens or page.content_hash in self._hashes
        self._tokens.add(page.token)
        if page.next_token is not None:
            self._hashes.add(page.content_hash)
        if again:
            raise SourceUnavailable(
                f"The pages of {self.source.id} go in a circle at {page.token}.",
                f"Die Seiten von {self.source.id} laufen bei {page.token} im Kreis.",
                code="source-loop",
            )

    def _check_total(self) -> None:
        total = self.counts.total
        if total is not None and self.counts.done < total:
            raise SourceUnavailable(
                f"The source names {total} records but gave {self.counts.done}.",
                f"Die Quelle nennt {total} Einträge, gab aber {self.counts.done}.",
                code="source-total",
            )

    async def _page(self, page: Page) -> None:
        if page.total is not None:
            self.counts.total = page.total
        known = self.memory.known.get(page.token)
        if known is not None and known.hash == page.content_hash:
            await self._same_page(page)
        else:
            await self._new_page(page)
        if self._progress:
            self._progress(self.run)

    async def _same_page(self, page: Page) -> None:
        faulty = await self.platform.store.write(self._write_same_page, page)
        for item in self.memory.by_page.get(page.token, ()):
            self._meet(item)
            if item.kind != ResourceKind.CATALOG:
                self.counts.done += 1
                self.counts.unchanged += 1
        for original_id in faulty:
            self._met_by_fault(original_id)
        self.counts.done += len(faulty)
        self.counts.faults += len(faulty)
        self.counts.pages_unchanged += 1
        await self._finish_page(page, remember=True)

    def _write_same_page(self, db: Connection, page: Page) -> list[str]:
        harvest_items.see_page(db, self.source.id, page.token, self.run.id)
        return harvest.repeat_faults(db, self.source.id, page.token, self.run.id)

    async def _new_page(self, page: Page) -> None:
        await self.platform.store.write(harvest.forget_faults, self.run.id, page.token)
        self._page_repeats = self._repeats_here = False
        records = iter(page.records)
        while batch := await anyio.to_thread.run_sync(self._load, records):
            await self._batch(page, batch)
            if self._progress:
                self._progress(self.run)
        await self._finish_page(page, remember=self._may_skip(page))

    def _may_skip(self, page: Page) -> bool:
        """Whether the page can be passed over when it comes again with the same content.

        Not when a record of it stands under another page, nor when the source counts records
        and this page has one twice.
        """
        elsewhere = any(
            token == page.token and (str(record.kind), record.original_id) not in self.met
            for token, record, _ in self._later
        )
        counted_twice = page.total is not None and self._repeats_here
        return not (self._page_repeats or elsewhere or counted_twice)

    async def _finish_page(self, page: Page, *, remember: bool) -> None:
        self.counts.pages += 1
        self.counts.in_page = 0
        self.run.token = page.next_token
        self.run.beat = now()
        await self.platform.store.write(self._write_page, page, remember)

    def _write_page(self, db: Connection, page: Page, remember: bool) -> None:
        if remember:
            row = {
                "token": page.token,
                "hash": page.content_hash,
                "etag": page.etag,
                "last_modified": page.last_modified,
                "next_token": page.next_token,
                "total": page.total,
            }
            harvest_items.save_page(db, self.source.id, self.run.id, row)
        harvest.save_run(db, self.run)

    # --- a batch ---------------------------------------------------------------------

    def _load(self, records: Iterator[SourceRecord | Fault]) -> list[Loaded | Fault]:
        """The next records; the content of those that are new. Runs in a worker thread."""
        return [self._loaded(record) for record in islice(records, BATCH)]

    def _loaded(self, record: SourceRecord | Fault) -> Loaded | Fault:
        if isinstance(record, Fault):
            return record
        item = self.memory.items.get((record.kind, record.original_id))
        if item and item.hash == record.hash and item.state == "stored":
            return record, None
        try:
            return record, record.load()
        except AllmendeError as error:
            return Fault(code=error.code, text=error.text, original_id=record.original_id)

    async def _batch(self, page: Page, batch: list[Loaded | Fault]) -> None:
        work = Work(page.token, self.memory, self.run)
        for loaded in batch:
            if isinstance(loaded, Fault):
                self._fault(work, loaded)
            else:
                self._sort(work, *loaded)
        done = sum(1 for entry in batch if isinstance(entry, Fault) or not is_catalogue(entry[0]))
        self.counts.done += done
        self.counts.in_page += done
        await self._flush(work)

    async def _flush(self, work: Work) -> None:
        await self._catalogues(work)
        await resolve(self.platform, self.source, work)
        await self._store(work)
        self.run.beat = now()
        await self.platform.store.write(work.write, self.source.id)

    def _fault(self, work: Work, found: Fault) -> None:
        self.counts.faults += 1
        work.fault(found)
        for key in self._met_by_fault(found.original_id):
            work.seen.setdefault(key[0], []).append(key[1])

    def _met_by_fault(self, original_id: str) -> list[Key]:
        """A broken record is not a vanished one."""
        items = self.memory.named(original_id) if original_id else []
        for item in items:
            self._meet(item)
        if not items:
            self.loose_faults += 1
        return [(item.kind, item.original_id) for item in items]

    def _meet(self, item: Item) -> None:
        item.run = self.run.id
        item.missing_since = None
        self.met.add((item.kind, item.original_id))

    def _sort(self, work: Work, record: SourceRecord, content: Content | None) -> None:
        key = (str(record.kind), record.original_id)
        item = self.memory.items.get(key)
        if key in self.met:
            here = key in work.new or (item is not None and item.page == work.token)
            self._page_repeats = self._page_repeats or not (record.is_root or here)
            self._repeats_here = self._repeats_here or here
            if not self._is_newer_copy(work, record, content, item):
                return
        elif content and item and self._is_older(content, item):
            self._later.append((work.token, record, content))
            return
        self.met.add(key)
        if record.is_root and not self.owns_catalogue:
            return
        if content is not None:
            work.new[key] = (record, content)
            return
        assert item is not None, "only known records come without content"  # noqa: S101
        self.counts.unchanged += not is_catalogue(record)
        self._meet(item)
        if item.page == work.token:
            work.seen.setdefault(key[0], []).append(key[1])
        else:
            item.page = work.token
            work.items.append(item)

    def _is_older(self, content: Content, item: Item) -> bool:
        """Older than what is stored: perhaps a copy whose newer one comes on a later page."""
        stored = item.state == "stored" and item.kind != ResourceKind.CATALOG
        return stored and moment(content.resource.modified) < moment(item.modified)

    async def _older_ones(self) -> None:
        """At the end of the source: an older record counts only when no newer one has come."""
        for token, record, content in self._later:
            work = Work(token, self.memory, self.run)
            self._sort_older(work, record, content)
            await self._flush(work)

    def _sort_older(self, work: Work, record: SourceRecord, content: Content) -> None:
        key = (str(record.kind), record.original_id)
        if key in self.met:
            self._is_newer_copy(work, record, content, self.memory.items.get(key))
            return
        self.met.add(key)
        work.new[key] = (record, content)

    def _is_newer_copy(
        self, work: Work, record: SourceRecord, content: Content | None, item: Item | None
    ) -> bool:
        """A record that comes twice: the newer dct:modified wins, an equal one stays first."""
        if is_catalogue(record):
            return False
        self.counts.repeated += 1
        en = f"The source gives {record.original_id} more than once; the newer one counts."
        de = f"Die Quelle liefert {record.original_id} mehrfach; der neuere Stand gilt."
        work.note("repeated", record.original_id, en, de)
        if content is None:
            return False
        waiting = work.new.get((str(record.kind), record.original_id))
        date = waiting[1].resource.modified if waiting else item.modified if item else None
        return moment(content.resource.modified) > moment(date)

    # --- catalogues ------------------------------------------------------------------

    async def _catalogues(self, work: Work) -> None:
        """Nested catalogues one after the other: their members need their ids."""
        for key in [key for key in work.new if key[0] == ResourceKind.CATALOG]:
            record, content = work.new.pop(key)
            await self._put(work, [self._entry(record, content)])

    def _catalogue_id(self, parent: str | None) -> str:
        item = self.memory.items.get((ResourceKind.CATALOG, parent)) if parent else None
        return item.id if item else self.source.catalogue

    def _entry(self, record: SourceRecord, content: Content) -> tuple[SourceRecord, Entry]:
        source = self.source
        entry = Entry(
            kind=record.kind,
            resource=content.resource,
            organisation=source.organisation,
            catalogue=self._catalogue_id(record.parent),
            original_id=record.original_id,
            metadata_access=source.metadata_access,
            data_access=source.data_access,
            legal_basis=source.legal_basis,
            origin=source.id,
            repairs=content.repairs,
            source_rdf=content.source_rdf,
            source_hash=bytes.fromhex(record.hash),
            reason=f"harvest {source.id}",
        )
        if record.is_root:
            entry.id, entry.catalogue, entry.original_id = source.catalogue, None, None
        return record, entry

    # --- writing ---------------------------------------------------------------------

    async def _store(self, work: Work) -> None:
        entries = [self._entry(record, content) for record, content in work.new.values()]
        await self._keep_status(entries)
        for start in range(0, len(entries), CHUNK):
            await self._put(work, entries[start : start + CHUNK])
        gone = [(item.kind, item.id) for item in work.retired]
        gone += [(twin.kind, twin.id) for twin in work.beaten]
        await archive(self.platform, gone, f"harvest {self.source.id}: duplicate or moved")

    async def _keep_status(self, entries: list[tuple[SourceRecord, Entry]]) -> None:
        """What a steward hid stays hidden; what this source had archived comes back."""
        items = {
            item.id: item
            for record, _ in entries
            if (item := self.memory.items.get((record.kind, record.original_id)))
        }
        if not items:
            return
        found = await self.platform.store.read(harvest_items.statuses, self.source.id, list(items))
        for record, entry in entries:
            item = self.memory.items.get((record.kind, record.original_id))
            if item and item.state == "stored":
                entry.status = Status(found.get(f"{item.kind}/{item.id}", Status.PUBLISHED))

    async def _put(self, work: Work, entries: list[tuple[SourceRecord, Entry]]) -> None:
        outcomes = await catalogue.put_many(self.platform, SYSTEM, [entry for _, entry in entries])
        for (record, entry), outcome in zip(entries, outcomes, strict=True):
            if isinstance(outcome, AllmendeError):
                found = Fault(
                    code=outcome.code,
                    text=outcome.text,
                    original_id=record.original_id,
                    raw=(entry.source_rdf or b"")[:RAW_LIMIT],
                )
                self._fault(work, found)
            else:
                self._written(work, record, entry, outcome)

    def _written(self, work: Work, record: SourceRecord, entry: Entry, outcome: Outcome) -> None:
        item = self.memory.items.get((record.kind, record.original_id))
        if item and item.id and item.id != outcome.id:
            work.retired.append(item)
        restored = item is not None and item.state == "archived"
        if not is_catalogue(record):
            self.counts.restored += restored
            setattr(self.counts, outcome.change, getattr(self.counts, outcome.change) + 1)
        content = Content(entry.resource, entry.repairs)
        work.repairs.update(repair.code for repair in entry.repairs)
        self.counts.repairs += len(entry.repairs)
        work.remember(record, content, outcome.id, "stored")
