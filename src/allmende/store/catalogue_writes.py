# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing the catalogue: one row per resource, one revision row per change, one event."""

from __future__ import annotations

import zlib
from typing import Any

from msgspec import Struct

from allmende.model.catalogue import local
from allmende.policy import SYSTEM, Status
from allmende.store import changes
from allmende.store.connection import Connection, Row, now
from allmende.store.events import emit
from allmende.store.records import Entry, Outcome, Prepared
from allmende.store.slugs import free_id


class Existing(Struct, frozen=True):
    """What a write has to know about the row it meets."""

    key: int
    id: str
    organisation: str
    status: Status
    revision: int
    document_hash: bytes
    source_hash: bytes | None
    policy: tuple[str, ...]
    catalogue: str | None

    def same(self, prepared: Prepared) -> bool:
        """Whether the write would change nothing."""
        return _same(prepared, self)

    def differs_in_status_only(self, prepared: Prepared) -> bool:
        """Whether the write would change nothing but the status."""
        ours, theirs = list(self.policy), list(_policy_values(prepared.entry))
        changed = ours[1] != theirs[1]
        ours[1] = theirs[1]
        return changed and ours == theirs and prepared.document_hash == self.document_hash


def existing(db: Connection, entry: Entry) -> Existing | None:
    """The row an entry would change: by catalogue and original id, else by its id."""
    row = None
    if entry.original_id is not None:
        same = "is null" if entry.catalogue is None else "= :catalogue"  # both use the index
        row = db.row(
            f"{_EXISTING} catalogue {same} and kind = :kind and original_id = :original_id",
            catalogue=entry.catalogue,
            kind=str(entry.kind),
            original_id=entry.original_id,
        )
    elif entry.id:
        row = db.row(f"{_EXISTING} kind = :kind and id = :id", kind=str(entry.kind), id=entry.id)
    return _existing(row) if row else None


_EXISTING = (
    "select key, id, organisation, status, revision, document_hash, source_hash, "
    "metadata_access, data_access, legal_basis, catalogue from resource where"
)


def _existing(row: Row) -> Existing:
    return Existing(
        key=row[0],
        id=row[1],
        organisation=row[2],
        status=Status(row[3]),
        revision=row[4],
        document_hash=row[5],
        source_hash=row[6],
        policy=(row[2], row[3], row[7], row[8], row[9]),
        catalogue=row[10],
    )


def save(
    db: Connection,
    prepared: Prepared,
    before: Existing | None,
    actor: str,
    released_by: str = "",
) -> Outcome:
    """Creates or changes a record with its revision and event, or finds it unchanged."""
    entry = prepared.entry
    if before is None:
        ident = free_id(db, entry.kind, _wanted_id(entry), f"{entry.catalogue}|{entry.original_id}")
        key = _insert(db, prepared, ident)
        _log(db, prepared, key, ident, 1, "created", actor, released_by)
        return Outcome(key, entry.kind, ident, "created", 1)
    if _same(prepared, before):
        _touch_source(db, prepared, before)
        return Outcome(before.key, entry.kind, before.id, "unchanged", before.revision)
    number = before.revision + 1
    _update(db, prepared, before.key, number)
    _log(db, prepared, before.key, before.id, number, "updated", actor, released_by)
    return Outcome(before.key, entry.kind, before.id, "updated", number)


def _wanted_id(entry: Entry) -> str:
    return entry.id or local(entry.resource.title, "de", "en") or entry.original_id or entry.kind


def _policy_values(entry: Entry) -> tuple[str, ...]:
    return (
        entry.organisation,
        str(entry.status),
        str(entry.metadata_access),
        str(entry.data_access),
        entry.legal_basis,
    )


def _same(prepared: Prepared, before: Existing) -> bool:
    return (
        prepared.document_hash == before.document_hash
        and _policy_values(prepared.entry) == before.policy
    )


def _values(prepared: Prepared) -> dict[str, Any]:
    entry = prepared.entry
    organisation, status, metadata_access, data_access, legal_basis = _policy_values(entry)
    return {
        "iri": entry.resource.iri or "",
        "catalogue": entry.catalogue,
        "original_id": entry.original_id,
        "organisation": organisation,
        "status": status,
        "metadata_access": metadata_access,
        "data_access": data_access,
        "legal_basis": legal_basis,
        "origin": entry.origin,
        "document_hash": prepared.document_hash,
        "source_hash": entry.source_hash,
        "document": prepared.document,
        "repairs": prepared.repairs,
        "source_rdf": prepared.source_rdf,
        "updated": now(),
    }


_FIELDS = (
    "iri, catalogue, original_id, organisation, status, metadata_access, data_access, "
    "legal_basis, origin, document_hash, source_hash, document, repairs, source_rdf, updated"
)
_INSERT = (
    f"insert into resource (kind, id, revision, created, {_FIELDS}) "
    "values (:kind, :id, 1, :updated, "
    + ", ".join(f":{name}" for name in _FIELDS.split(", "))
    + ") returning key"
)
# A change that brings no source of its own keeps the one the record was made from.
_KEPT = ("source_hash", "source_rdf")
_UPDATE = (
    "update resource set revision = :revision, "
    + ", ".join(
        f"{name} = coalesce(:{name}, {name})" if name in _KEPT else f"{name} = :{name}"
        for name in _FIELDS.split(", ")
    )
    + " where key = :key"
)


def _insert(db: Connection, prepared: Prepared, ident: str) -> int:
    kind = str(prepared.entry.kind)
    return int(db.value(_INSERT, kind=kind, id=ident, **_values(prepared)))


def _update(db: Connection, prepared: Prepared, key: int, number: int) -> None:
    db.run(_UPDATE, key=key, revision=number, **_values(prepared))


def _touch_source(db: Connection, prepared: Prepared, before: Existing) -> None:
    """The source says the same in other words: keep its new wording, without a revision."""
    entry = prepared.entry
    if entry.source_hash is not None and entry.source_hash != before.source_hash:
        db.run(
            "update resource set source_hash = :hash, source_rdf = :rdf, repairs = :repairs "
            "where key = :key",
            hash=entry.source_hash,
            rdf=prepared.source_rdf,
            repairs=prepared.repairs,
            key=before.key,
        )


def _log(
    db: Connection,
    prepared: Prepared,
    key: int,
    ident: str,
    number: int,
    action: str,
    actor: str,
    released_by: str,
) -> None:
    entry = prepared.entry
    organisation, status, metadata_access, data_access, legal_basis = _policy_values(entry)
    db.run(
        "insert into revision (resource, number, at, actor, action, reason, status, "
        "metadata_access, data_access, legal_basis, document, released_by, organisation) values "
        "(:key, :number, :at, :actor, :action, :reason, :status, :metadata_access, :data_access, "
        ":legal_basis, :document, :released_by, :organisation)",
        key=key,
        number=number,
        at=now(),
        actor=actor,
        action=action,
        reason=entry.reason,
        status=status,
        metadata_access=metadata_access,
        data_access=data_access,
        legal_basis=legal_basis,
        document=zlib.compress(prepared.document.encode(), 6),
        released_by=released_by,
        organisation=organisation,
    )
    changes.note(db, key, number)
    emit(db, "resource", action, key, f"{entry.kind}/{ident}")


def last_editor(db: Connection, key: int) -> str:
    """Who has changed a record last, apart from its status; the platform only if nobody else."""
    newer: tuple[str, tuple[object, ...]] | None = None
    number = db.value("select max(number) from revision where resource = :key", key=key)
    while number:
        row = db.row(
            "select actor, document, metadata_access, data_access, legal_basis, organisation "
            "from revision where resource = :key and number = :number",
            key=key,
            number=number,
        )
        if row is None:
            break
        state = (zlib.decompress(row[1]), *row[2:])
        if newer is not None and state != newer[1] and newer[0] != SYSTEM.id:
            break
        newer, number = (row[0], state), number - 1
    return newer[0] if newer else ""
