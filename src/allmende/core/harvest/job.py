# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What one batch of a run is going to write."""

from __future__ import annotations

from collections import Counter

from allmende.core import catalogue
from allmende.core.harvest.memory import Key, Memory
from allmende.core.harvest.types import Content, Fault, SourceRecord
from allmende.core.platform import Platform
from allmende.errors import NotFound
from allmende.model.catalogue import ResourceKind
from allmende.policy import SYSTEM, Status
from allmende.store import Connection, harvest, harvest_items
from allmende.store.harvest import FaultRow, Run
from allmende.store.harvest_items import Item, ItemState, Twin
from allmende.store.records import Entry, Outcome

CHUNK = 25  # entries prepared at a time, so that a serving process stays quick


class Work:
    """A batch on its way: new content by key, and the rows that remember it."""

    def __init__(self, token: str, memory: Memory, run: Run) -> None:
        self.token, self.memory, self.run = token, memory, run
        self.new: dict[Key, tuple[SourceRecord, Content]] = {}
        self.seen: dict[str, list[str]] = {}
        self.items: list[Item] = []
        self.faults: list[FaultRow] = []
        self.repairs: Counter[str] = Counter()
        self.beaten: list[Twin] = []
        self.retired: list[Item] = []

    def note(self, code: str, original_id: str, en: str, de: str) -> None:
        """A notice in the report that is not a fault."""
        self.fault(Fault(code=code, text={"en": en, "de": de}, original_id=original_id))

    def fault(self, found: Fault) -> None:
        """A line of the report."""
        self.faults.append(
            FaultRow(
                page=self.token,
                original_id=found.original_id,
                place=found.place,
                code=found.code,
                text=found.text,
                raw=found.raw,
            )
        )

    def remember(
        self, record: SourceRecord, content: Content, ident: str, state: ItemState
    ) -> None:
        """What to know of the record at the next run."""
        names = content.resource.identifier
        item = Item(
            kind=str(record.kind),
            original_id=record.original_id,
            id=ident,
            hash=record.hash,
            page=self.token,
            identifier=names[0] if names and not is_catalogue(record) else None,
            modified=content.resource.modified,
            state=state,
            missing_since=None,
            run=self.run.id,
        )
        self.memory.items[item.kind, item.original_id] = item
        self.items.append(item)

    def lose(self, record: SourceRecord, content: Content) -> None:
        """Leave a record out because another copy of it counts."""
        key = (str(record.kind), record.original_id)
        self.new.pop(key, None)
        item = self.memory.items.get(key)
        if item and item.state == "stored":
            self.retired.append(item)
        self.remember(record, content, item.id if item else "", "duplicate")

    def write(self, db: Connection, source: str) -> None:
        """Write the batch's part of the memory and the state of the run."""
        for kind, ids in self.seen.items():
            harvest_items.see_items(db, source, kind, ids, self.run.id)
        harvest_items.save_items(db, source, self.items)
        harvest.add_faults(db, self.run.id, self.faults)
        harvest.add_repairs(db, self.run.id, self.repairs)
        for twin in self.beaten:
            harvest_items.set_state(db, twin.source, twin.kind, twin.original_id, "duplicate")
        harvest.save_run(db, self.run)


def is_catalogue(record: SourceRecord) -> bool:
    """Whether the record is a catalogue; those are not counted as records."""
    return record.kind == ResourceKind.CATALOG


async def archive(platform: Platform, records: list[tuple[str, str]], reason: str) -> int:
    """Archive records by kind and id; how many were not archived before."""
    number = 0
    for start in range(0, len(records), CHUNK):
        entries: list[Entry] = []
        for kind, ident in records[start : start + CHUNK]:
            try:
                record = await catalogue.get(platform, SYSTEM, ResourceKind(kind), ident)
            except NotFound:
                continue
            entry = catalogue.entry_of(record)
            entry.status, entry.reason = Status.ARCHIVED, reason
            entry.expected_revision = None
            entries.append(entry)
        for outcome in await catalogue.put_many(platform, SYSTEM, entries):
            number += isinstance(outcome, Outcome) and outcome.change == "updated"
    return number
