# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The books of a collection: its writes, and the rows that were refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from allmende.model.findings import Finding
from allmende.store.collections.types import Batch, Cause, Quarantined, Refusal
from allmende.store.connection import Connection

_FINDINGS = msgspec.json.Decoder(list[Finding])


def open_batch(db: Connection, collection: int, cause: Cause, moment: int) -> int:
    """Notes a write; its number."""
    db.run(
        "insert into geo.row_batch (collection, run, at, actor, source, reason, created, "
        "updated, unchanged, deleted, refused, flagged) values (:collection, :run, :at, "
        ":actor, :source, :reason, 0, 0, 0, 0, 0, 0)",
        collection=collection,
        run=cause.run,
        at=moment,
        actor=cause.actor,
        source=cause.source,
        reason=cause.reason,
    )
    return int(db.value("select max(number) from geo.row_batch"))


def close_batch(db: Connection, batch: int, counts: Mapping[str, int]) -> None:
    """Notes what became of a write."""
    listed = ", ".join(f"{name} = :{name}" for name in counts)
    db.run(
        f"update geo.row_batch set {listed}, run = case when run = 0 then number else run end "
        "where number = :batch",
        batch=batch,
        **counts,
    )


def keep_refused(
    db: Connection, collection: int, batch: int, source: str, refused: Sequence[Refusal]
) -> None:
    """Keeps refused rows with their reasons."""
    encode = msgspec.json.encode
    db.run_many(
        "insert into geo.row_quarantine (collection, batch, source, line, id, findings, raw) "
        "values (:collection, :batch, :source, :line, :id, :findings, :raw)",
        [
            {
                "collection": collection,
                "batch": batch,
                "source": source,
                "line": each.line,
                "id": each.id,
                "findings": encode(each.findings).decode(),
                "raw": encode(each.raw).decode(),
            }
            for each in refused
        ],
    )


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
