# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Working copies are made, saved, brought up to date, submitted and thrown away."""

from __future__ import annotations

import secrets

from msgspec import Struct

from allmende.core import release_letters
from allmende.core.platform import Platform
from allmende.core.working_copies.seeing import (
    editable,
    found,
    note,
    record_of,
    require,
    short,
    unknown,
)
from allmende.errors import Conflict, LimitExceeded
from allmende.model.canonical import to_json
from allmende.model.catalogue import ResourceKind
from allmende.model.merging import merged
from allmende.policy import Action, Status, Subject, read_condition
from allmende.store import Connection, now
from allmende.store import catalogue as stored
from allmende.store import working_copies as store
from allmende.store.records import Record
from allmende.store.working_copies import State, WorkingCopy

LARGEST = 2_000_000
"""Bytes of a record in a working copy."""


async def start(
    platform: Platform, subject: Subject, kind: ResourceKind, ident: str
) -> WorkingCopy:
    """The working copy of a record, made from it as it stands when there is none yet.

    Raises NotFound, NotAuthenticated, NotAllowed, and Conflict for an archived record: it
    has to be taken back first.
    """
    return await platform.store.write(_start, subject, kind, ident)


def _start(db: Connection, subject: Subject, kind: ResourceKind, ident: str) -> WorkingCopy:
    record = record_of(db, subject, kind, ident)
    require(subject, Action.WRITE_DRAFT, record.organisation)
    known = store.of_record(db, read_condition(subject), record.key)
    if known is not None:
        return known
    if record.status == Status.ARCHIVED:
        raise Conflict(
            "The record is archived. Take it back from the archive first.",
            "Der Eintrag ist archiviert. Bitte holen Sie ihn zuerst aus dem Archiv zurück.",
        )
    if store.exists(db, record.key):
        raise Conflict(
            "Somebody who may see more of it is changing this record.",
            "Jemand, der mehr davon sehen darf, ändert diesen Eintrag gerade.",
        )
    copy = _copy_of(record, subject)
    store.add(db, copy)
    note(db, subject, "copy-start", copy)
    return copy


def _copy_of(record: Record, subject: Subject) -> WorkingCopy:
    moment = now()
    return WorkingCopy(
        id=f"w-{secrets.token_hex(8)}",
        key=record.key,
        kind=record.kind,
        ident=record.id,
        organisation=record.organisation,
        catalogue=record.catalogue,
        status=record.status,
        revision=record.revision,
        state=State.OPEN,
        version=1,
        base=record.revision,
        metadata_access=record.metadata_access,
        data_access=record.data_access,
        legal_basis=record.legal_basis,
        resource=record.resource,
        reason="",
        comment="",
        created=moment,
        created_by=subject.id,
        updated=moment,
        updated_by=subject.id,
    )


async def save(
    platform: Platform, subject: Subject, copy: WorkingCopy, expected_version: int
) -> WorkingCopy:
    """Keeps resource, levels, legal basis and reason of a copy; the copy with its new version.

    Nothing else of `copy` counts. A submitted or returned copy is open again afterwards.
    Raises PreconditionFailed when the copy stored has another version, and LimitExceeded for
    a record of more than 2,000,000 bytes.
    """
    if len(to_json(copy.resource)) > LARGEST:
        raise LimitExceeded(
            f"A record has at most {LARGEST:,} bytes.",
            f"Ein Eintrag hat höchstens {LARGEST:,} Bytes.".replace(",", "."),
        )
    short(copy.reason)
    return await platform.store.write(_save, subject, copy, expected_version)


def _save(
    db: Connection, subject: Subject, copy: WorkingCopy, expected_version: int
) -> WorkingCopy:
    kept = editable(db, subject, copy.id, expected_version)
    kept.resource, kept.legal_basis = copy.resource, copy.legal_basis
    kept.metadata_access, kept.data_access = copy.metadata_access, copy.data_access
    kept.reason, kept.updated_by = copy.reason, subject.id
    _reopen(kept)
    store.save(db, kept)
    return found(db, subject, kept.id)  # levels that close it to the subject are refused so


def _reopen(copy: WorkingCopy) -> None:
    copy.state, copy.submitted, copy.submitted_by = State.OPEN, None, ""


class Refreshed(Struct, frozen=True):
    """A copy brought up to date, and the fields both sides had changed: the copy's were kept."""

    copy: WorkingCopy
    both: list[str]


async def refresh(
    platform: Platform, subject: Subject, ident: str, expected_version: int
) -> Refreshed:
    """Brings what has changed in the record since the copy was made into the copy.

    Fields that only the record has changed come from it, all others stay as in the copy.
    """
    return await platform.store.write(_refresh, subject, ident, expected_version)


def _refresh(db: Connection, subject: Subject, ident: str, expected_version: int) -> Refreshed:
    copy = editable(db, subject, ident, expected_version)
    record = record_of(db, subject, copy.kind, copy.ident)
    base = stored.revision(db, copy.kind, copy.key, copy.base)
    if base is None or base.resource is None:
        raise unknown(ident)
    copy.resource, both = merged(base.resource, copy.resource, record.resource)
    for name in ("metadata_access", "data_access", "legal_basis"):
        before, mine, theirs = (getattr(each, name) for each in (base, copy, record))
        if mine == before:
            setattr(copy, name, theirs)
        elif theirs not in (before, mine):
            both.append(name)
    copy.base = copy.revision = record.revision
    copy.updated_by = subject.id
    _reopen(copy)
    store.save(db, copy)
    return Refreshed(copy, both)


async def submit(
    platform: Platform, subject: Subject, ident: str, expected_version: int, reason: str = ""
) -> WorkingCopy:
    """Asks for the release of a copy; who may release is told by mail, if they want it.

    The reason is shown with the revision later, to everybody who sees it.
    """
    short(reason)
    return await platform.store.write(
        _submit, platform.settings, subject, ident, expected_version, reason.strip()
    )


def _submit(
    db: Connection,
    settings: release_letters.Settings,
    subject: Subject,
    ident: str,
    expected_version: int,
    reason: str,
) -> WorkingCopy:
    copy = editable(db, subject, ident, expected_version)
    copy.state, copy.submitted, copy.submitted_by = State.SUBMITTED, now(), subject.id
    copy.reason, copy.comment, copy.returned_by = reason or copy.reason, "", ""
    store.save(db, copy)
    note(db, subject, "copy-submit", copy)
    release_letters.submitted(db, settings, copy, subject.id)
    return copy


async def discard(platform: Platform, subject: Subject, ident: str, expected_version: int) -> None:
    """Throws a copy away; the record stays as it is."""
    await platform.store.write(_discard, subject, ident, expected_version)


def _discard(db: Connection, subject: Subject, ident: str, expected_version: int) -> None:
    copy = editable(db, subject, ident, expected_version)
    store.remove(db, copy.id)
    note(db, subject, "copy-discard", copy)
