# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How good the rows of a collection are: what is flagged, what was refused, who wrote."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from allmende.core.collections.reading import tell
from allmende.core.collections.seeing import get
from allmende.core.collections.writing import writable
from allmende.core.platform import Platform
from allmende.policy import Action, Subject
from allmende.store import Connection
from allmende.store.collections import books, reading
from allmende.store.collections.types import Batch, Collection, Quarantined

EXAMPLES = 10
MAX_PAGE = 1_000


class FlagCount(Struct):
    """How often a field has a flag, and ids of some rows that have it."""

    field: str
    code: str
    count: int
    examples: list[str]


class Quality(Struct, kw_only=True):
    """Rows in all, rows with a flag, flags by field and code, rows that wait in quarantine."""

    collection: Collection
    rows: int
    flagged: int
    flags: list[FlagCount]
    quarantined: int
    filled: dict[str, int]  # rows with a value, by field


async def quality(platform: Platform, subject: Subject, ident: str) -> Quality:
    """The quality of a collection as far as the subject sees its fields."""
    collection = await get(platform, subject, ident)
    return await platform.store.read_slow(_quality, collection)


async def quarantined(
    platform: Platform, subject: Subject, ident: str, after: int = 0, limit: int = 100
) -> list[Quarantined]:
    """Refused rows as they came, oldest first; for stewards, who see every field."""
    found = await writable(platform, subject, ident, Action.WRITE)
    limit = max(1, min(limit, MAX_PAGE))
    return await platform.store.read(books.quarantined, found.number, after, limit)


async def forget(platform: Platform, subject: Subject, ident: str, key: int | None = None) -> int:
    """Removes one refused row, or all of the collection, from quarantine; how many."""
    found = await writable(platform, subject, ident, Action.WRITE)
    return await platform.store.write(books.forget, found.number, key)


async def batches(platform: Platform, subject: Subject, ident: str, limit: int = 50) -> list[Batch]:
    """The newest writes, those of one import summed up; names are for the organisation."""
    collection = await get(platform, subject, ident)
    found = await platform.store.read(books.batches, collection.number, min(limit, MAX_PAGE))
    await tell(platform, subject, collection.organisation, found)
    return found


def _quality(db: Connection, collection: Collection) -> Quality:
    counted: dict[str, FlagCount] = {}
    known = {each.name for each in collection.entity.fields}
    rows = 0
    for row_id, text in reading.flagged(db, collection.id, collection.entity):
        flags = [each for each in msgspec.json.decode(text) if each.partition(":")[0] in known]
        rows += bool(flags)
        for flag in flags:
            name, _, code = flag.partition(":")
            found = counted.setdefault(flag, FlagCount(name, code, 0, []))
            found.count += 1
            if len(found.examples) < EXAMPLES:
                found.examples.append(row_id)
    return Quality(
        collection=collection,
        rows=collection.count,
        flagged=rows,
        flags=sorted(counted.values(), key=lambda each: -each.count),
        quarantined=books.waiting(db, collection.number),
        filled=reading.filled(db, collection.id, collection.entity),
    )
