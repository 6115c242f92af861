# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which files the platform holds; their bytes lie in the data directory."""

from __future__ import annotations

from msgspec import Struct

from allmende.store.connection import Connection, Row, now


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file of a dataset: size in bytes, SHA-256 as hexadecimal."""

    dataset: str
    name: str
    media_type: str
    size: int
    sha256: str
    updated: int = 0


_COLUMNS = "dataset, name, media_type, size, sha256, updated"


def save(db: Connection, file: StoredFile) -> None:
    """Notes a file, replacing one of the same name."""
    db.run(
        f"insert into stored_file ({_COLUMNS}) "
        "values (:dataset, :name, :media_type, :size, :sha256, :updated) "
        "on conflict (dataset, name) do update set media_type = excluded.media_type, "
        "size = excluded.size, sha256 = excluded.sha256, updated = excluded.updated "
        "where stored_file.sha256 <> excluded.sha256 "
        "or stored_file.media_type <> excluded.media_type",
        dataset=file.dataset,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        updated=now(),
    )


def find(db: Connection, dataset: str, name: str) -> StoredFile | None:
    """The file of this name, or None."""
    row = db.row(
        f"select {_COLUMNS} from stored_file where dataset = :dataset and name = :name",
        dataset=dataset,
        name=name,
    )
    return _file(row) if row else None


def of_dataset(db: Connection, dataset: str) -> list[StoredFile]:
    """All files of a dataset by name."""
    rows = db.rows(
        f"select {_COLUMNS} from stored_file where dataset = :dataset order by name",
        dataset=dataset,
    )
    return [_file(row) for row in rows]


def checksums(db: Connection) -> set[str]:
    """Checksums of all files that are in use."""
    return {row[0] for row in db.rows("select distinct sha256 from stored_file")}


def _file(row: Row) -> StoredFile:
    dataset, name, media_type, size, sha256, updated = row
    return StoredFile(
        dataset=dataset,
        name=name,
        media_type=media_type,
        size=size,
        sha256=sha256,
        updated=updated,
    )


# --- files that were deleted with their content -----------------------------------------------


class DeletedFile(Struct, frozen=True, kw_only=True):
    """A file that somebody has deleted: when (µs UTC), who, why; `shown` when a published state
    of the dataset has named it."""

    dataset: str
    name: str
    at: int
    actor: str
    reason: str
    shown: bool


def delete(db: Connection, file: StoredFile, actor: str, reason: str, shown: bool) -> bool:
    """Takes a file away and notes why; whether no other file has the same content."""
    db.run(
        "delete from stored_file where dataset = :dataset and name = :name",
        dataset=file.dataset,
        name=file.name,
    )
    db.run(
        "insert into deleted_file (dataset, name, at, actor, reason, shown) "
        "values (:dataset, :name, :at, :actor, :reason, :shown)",
        dataset=file.dataset,
        name=file.name,
        at=now(),
        actor=actor,
        reason=reason,
        shown=int(shown),
    )
    same = db.row("select 1 from stored_file where sha256 = :sha256 limit 1", sha256=file.sha256)
    return same is None


def deleted(db: Connection, dataset: str) -> list[DeletedFile]:
    """The files of a dataset that were deleted, newest first."""
    rows = db.rows(
        "select dataset, name, at, actor, reason, shown from deleted_file "
        "where dataset = :dataset order by at desc, id desc",
        dataset=dataset,
    )
    return [
        DeletedFile(
            dataset=row[0], name=row[1], at=row[2], actor=row[3], reason=row[4], shown=bool(row[5])
        )
        for row in rows
    ]
