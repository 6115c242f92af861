# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A dry run: what would be added, changed, archived or refused, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

import anyio.to_thread
import msgspec
from msgspec import Struct

from allmende.core import catalogue
from allmende.core.fetch import Fetcher
from allmende.core.harvest.memory import Memory
from allmende.core.harvest.readers import reader
from allmende.core.harvest.types import Content, Fault, HarvestRequest, SourceRecord
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, InvalidInput, NotFound, SourceUnavailable
from allmende.model.catalogue import Resource, ResourceKind, local
from allmende.policy import SYSTEM
from allmende.store.harvest import Source

MOST_CHANGES = 10_000
MOST_FIELDS = 100
SHOWN = 500

Action = Literal["created", "updated", "unchanged", "gone"]


class FieldChange(Struct, frozen=True):
    """One field that differs; an empty text means it is not there."""

    path: str
    before: str
    after: str


class RecordChange(Struct, kw_only=True):
    """What would become of one record."""

    original_id: str
    kind: str
    action: Action
    title: str
    fields: list[FieldChange] = []
    repairs: int = 0


class Preview(Struct, kw_only=True):
    """What a run would do; `changes` lists at most 10,000, without the unchanged ones.

    `numbers` counts records by action, without catalogues: created, updated, unchanged,
    gone, repeated, faults.
    """

    source: str
    numbers: dict[str, int]
    changes: list[RecordChange]
    faults: list[Fault]
    total: int | None = None
    error: dict[str, str] = {}


async def look(
    platform: Platform, source: Source, memory: Memory, fetch: Fetcher, headers: dict[str, str]
) -> Preview:
    """Read the whole source and compare, writing nothing."""
    found = Preview(source=source.id, numbers={}, changes=[], faults=[])
    numbers: Counter[str] = Counter()
    met: set[tuple[str, str]] = set()
    request = HarvestRequest(address=source.address, options=source.options, headers=headers)
    tokens: set[str] = set()
    try:
        async for page in reader(source.kind)(request, fetch):
            if page.token in tokens:
                break
            tokens.add(page.token)
            found.total = page.total if page.total is not None else found.total
            records = iter(page.records)
            while batch := await anyio.to_thread.run_sync(_load, records, memory):
                for loaded in batch:
                    await _one(platform, found, numbers, met, memory, loaded)
    except (SourceUnavailable, InvalidInput) as error:
        if not tokens:
            raise
        found.error = {**error.text, "code": error.code}
    else:
        _gone(found, numbers, met, memory, source)
    found.numbers = {name: number for name, number in numbers.items() if number}
    return found


def _load(
    records: Iterator[SourceRecord | Fault], memory: Memory
) -> list[tuple[SourceRecord, Content | None] | Fault]:
    loaded: list[tuple[SourceRecord, Content | None] | Fault] = []
    for record in records:
        if isinstance(record, Fault):
            loaded.append(record)
        else:
            loaded.append(_content(record, memory))
        if len(loaded) == 100:
            break
    return loaded


def _content(record: SourceRecord, memory: Memory) -> tuple[SourceRecord, Content | None] | Fault:
    item = memory.items.get((record.kind, record.original_id))
    if item and item.hash == record.hash and item.state == "stored":
        return record, None
    try:
        return record, record.load()
    except AllmendeError as error:
        return Fault(code=error.code, text=error.text, original_id=record.original_id)


async def _one(
    platform: Platform,
    found: Preview,
    numbers: Counter[str],
    met: set[tuple[str, str]],
    memory: Memory,
    loaded: tuple[SourceRecord, Content | None] | Fault,
) -> None:
    if isinstance(loaded, Fault):
        numbers["faults"] += 1
        found.faults.append(loaded)
        met.update((str(kind), loaded.original_id) for kind in ResourceKind)
        return
    record, content = loaded
    key = (str(record.kind), record.original_id)
    if key in met:
        numbers["repeated"] += record.kind != ResourceKind.CATALOG
        return
    met.add(key)
    counts = record.kind != ResourceKind.CATALOG
    if content is None:
        numbers["unchanged"] += counts
        return
    item = memory.items.get(key)
    before = await _stored(platform, key[0], item.id if item else "")
    change = _change(record, content, before)
    numbers[change.action] += counts
    if change.action != "unchanged" and len(found.changes) < MOST_CHANGES:
        found.changes.append(change)


async def _stored(platform: Platform, kind: str, ident: str) -> Resource | None:
    if not ident:
        return None
    try:
        return (await catalogue.get(platform, SYSTEM, ResourceKind(kind), ident)).resource
    except NotFound:
        return None


def _change(record: SourceRecord, content: Content, before: Resource | None) -> RecordChange:
    fields = [] if before is None else diff(before, content.resource)
    action: Action = "created" if before is None else "updated" if fields else "unchanged"
    return RecordChange(
        original_id=record.original_id,
        kind=str(record.kind),
        action=action,
        title=local(content.resource.title, "de", "en"),
        fields=fields,
        repairs=len(content.repairs),
    )


def _gone(
    found: Preview,
    numbers: Counter[str],
    met: set[tuple[str, str]],
    memory: Memory,
    source: Source,
) -> None:
    for key, item in memory.items.items():
        own = item.kind == ResourceKind.CATALOG and item.id == source.catalogue
        if key in met or item.state != "stored" or own:
            continue
        numbers["gone"] += item.kind != ResourceKind.CATALOG
        if len(found.changes) < MOST_CHANGES:
            found.changes.append(
                RecordChange(
                    original_id=item.original_id, kind=item.kind, action="gone", title=item.id
                )
            )


def diff(before: Resource, after: Resource) -> list[FieldChange]:
    """The fields that differ between two records, at most 100, in the order of their paths."""
    old, new = dict(_leaves(msgspec.to_builtins(before))), dict(_leaves(msgspec.to_builtins(after)))
    changes = [
        FieldChange(path, old.get(path, ""), new.get(path, ""))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    ]
    return changes[:MOST_FIELDS]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every plain value with its path, e.g. `distribution[2].title.de`."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _leaves(part, f"{path}[{number}]")
    else:
        yield path, str(value)[:SHOWN]
