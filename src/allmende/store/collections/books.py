# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The books of a collection: its writes, and the rows that were refused."""

from __future__ import annotations

import msgspec

from allmende.model.findings import Finding
from allmende.store.collections.types import Batch, Quarantined
from allmende.store.connection import Connection

_FINDINGS = msgspec.json.Decoder(list[Finding])


def batches(db: Connection, collection: int, limit: int) -> list[Batch]:
    """The newest writes; those of one run are one."""
    rows = db.rows(
        "select run, min(at), max(actor), max(source), max(reason), sum(created), sum(updated), "
        "sum(unchanged), sum(deleted), sum(refused), sum(flagged) from geo.row_batch "
        "where collection = :collection group by run order by run desc limit :limit",
        collection=collection,
        limit=limit,
    )
    return [
        Batch(
            run=row[0],
            at=row[1],
            actor=row[2],
            source=row[3],
            reason=row[4],
            created=int(row[5]),
            updated=int(row[6]),
            unchanged=int(row[7]),
            deleted=int(row[8]),
            refused=int(row[9]),
            flagged=int(row[10]),
        )
        for row in rows
    ]


def touched(db: Connection, collection: int) -> int:
    """When rows were last changed after the first load (µs UTC); 0 when they never were."""
    first = "(select min(run) from geo.row_batch where collection = :collection)"
    found = db.value(
        "select max(at) from geo.row_batch where collection = :collection "
        f"and (updated + deleted > 0 or (created > 0 and run > {first}))",
        collection=collection,
    )
    return int(found or 0)


def quarantined(db: Connection, collection: int, after: int, limit: int) -> list[Quarantined]:
    """Refused rows by key after `after`."""
    rows = db.rows(
        "select key, batch, source, line, id, findings, raw from geo.row_quarantine "
        "where collection = :collection and key > :after order by key limit :limit",
        collection=collection,
        after=after,
        limit=limit,
    )
    return [
        Quarantined(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            _FINDINGS.decode(row[5]),
            msgspec.json.decode(row[6]),
        )
        for row in rows
    ]


def waiting(db: Connection, collection: int) -> int:
    """How many refused rows there are."""
    return int(
        db.value(
            "select count(*) from geo.row_quarantine where collection = :collection",
            collection=collection,
        )
    )


def forget(db: Connection, collection: int, key: int | None) -> int:
    """Removes one refused row or all of them."""
    which = "" if key is None else " and key = :key"
    return db.run(
        f"delete from geo.row_quarantine where collection = :collection{which}",
        collection=collection,
        **({} if key is None else {"key": key}),
    )


def forget_source(db: Connection, collection: int, source: str, before: int) -> int:
    """Removes what earlier runs of a source left: the rows came again."""
    return db.run(
        "delete from geo.row_quarantine where collection = :collection and source = :source "
        "and batch < :before",
        collection=collection,
        source=source,
        before=before,
    )
