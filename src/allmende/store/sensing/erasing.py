# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What was erased: a ledger of marks for backups, and lines of the public log that name nothing.

A mark is made from the id of a thing and the moment it was made, so it fits the same thing in a
backup and never another one that got its id later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from allmende.model.sensing.calendar import month_of, month_start, next_month
from allmende.store import jobs
from allmende.store.connection import Connection, now
from allmende.store.sensing import archive, state

JOB_KIND = "erasure"
"""The job that keeps the ledger beside the database and rewrites the archive."""

Kind = Literal["sensor", "sensor-end", "thing", "account", "follow"]
_TABLES: dict[Kind, str] = {
    "sensor": "citizen_device",
    "sensor-end": "citizen_device",
    "thing": "sense_thing",
    "account": "account",
    "follow": "follow",
}
KINDS: tuple[Kind, ...] = ("sensor", "sensor-end", "thing", "account", "follow")
"""In the order in which they are erased again."""


class Erasure(Struct, frozen=True):
    """A line of the ledger: when (µs UTC), what, and which."""

    at: int
    kind: Kind
    mark: str


def mark(kind: Kind, ident: int | str, created: int) -> str:
    """What stands for something that was erased."""
    return hashlib.sha256(f"{kind}:{ident}:{created}".encode()).hexdigest()


def note(db: Connection, kind: Kind, ident: int | str, created: int) -> None:
    """Writes into the ledger that something is erased."""
    if keep(db, [Erasure(now(), kind, mark(kind, ident, created))]):
        jobs.enqueue(db, JOB_KIND)


def note_thing(db: Connection, thing: int) -> None:
    """The same of a thing, if it is a person's."""
    found = db.value(
        "select created from sense_thing where id = :id and origin = 'citizen'", id=thing
    )
    if found is not None:
        note(db, "thing", thing, found)


def keep(db: Connection, given: Sequence[Erasure]) -> int:
    """Takes lines into the ledger; how many are new."""
    return sum(
        db.run(
            "insert into erasure (at, kind, mark) values (:at, :kind, :mark) "
            "on conflict (kind, mark) do nothing",
            at=each.at,
            kind=each.kind,
            mark=each.mark,
        )
        for each in given
    )


def ledger(db: Connection) -> list[Erasure]:
    """All lines, the oldest first."""
    return [
        Erasure(*row) for row in db.rows("select at, kind, mark from erasure order by sequence")
    ]


def marked(db: Connection, kind: Kind, marks: frozenset[str]) -> list[int | str]:
    """Ids of what is there although it was erased."""
    rows = db.rows(f"select id, created from {_TABLES[kind]} order by id")
    return [ident for ident, created in rows if mark(kind, ident, created) in marks]


def note_series(db: Connection, stream: int) -> None:
    """Says in the public log that everything of a datastream goes, not of which; to be called
    before. What lies in the archive has it written anew.
    """
    known = state.get(db, stream)
    parts = archive.parts(db, stream, None, None)
    if parts:
        jobs.enqueue(db, JOB_KIND, {"files": sorted({each.file for each in parts})})
    if known.n and known.first_time is not None and known.last_time is not None:
        db.run(
            "insert into obs.retained "
            "(at, datastream, action, first_time, until, n, policy, version) "
            "values (:at, 0, 'erased', :first, :until, :n, '', 0)",
            at=now(),
            first=month_start(month_of(known.first_time)),
            until=month_start(next_month(month_of(known.last_time))),
            n=known.n,
        )
