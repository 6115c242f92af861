# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Working copies are released by whoever may, or sent back."""

from __future__ import annotations

from allmende.core import catalogue, release_letters
from allmende.core.catalogue_writing import Unit, put_unit, refused
from allmende.core.platform import Platform
from allmende.core.working_copies.seeing import (
    allowed_to_release,
    found,
    get,
    not_submitted,
    note,
    same_version,
    short,
)
from allmende.errors import AllmendeError, InvalidInput
from allmende.policy import Action, Status, Subject, may
from allmende.store import Connection
from allmende.store import working_copies as store
from allmende.store.records import Entry, Outcome, Record, entry_of
from allmende.store.working_copies import State, WorkingCopy


async def send_back(
    platform: Platform, subject: Subject, ident: str, expected_version: int, comment: str
) -> WorkingCopy:
    """Gives a submitted copy back to its writers with a comment that says what to do."""
    short(comment)
    if not comment.strip():
        raise InvalidInput(
            "Say what is to be changed before you send it back.",
            "Bitte sagen Sie, was zu ändern ist, bevor Sie es zurückgeben.",
        )
    return await platform.store.write(
        _send_back, platform.settings, subject, ident, expected_version, comment.strip()
    )


def _send_back(
    db: Connection,
    settings: release_letters.Settings,
    subject: Subject,
    ident: str,
    expected_version: int,
    comment: str,
) -> WorkingCopy:
    copy = found(db, subject, ident)
    if not allowed_to_release(subject, copy):
        raise refused(subject, Action.RELEASE)
    same_version(copy, expected_version)
    if copy.state != State.SUBMITTED:
        raise not_submitted()
    copy.state, copy.comment, copy.returned_by = State.RETURNED, comment, subject.id
    store.save(db, copy)
    note(db, subject, "copy-return", copy)
    release_letters.returned(db, settings, copy, subject.id)
    return copy


async def release(
    platform: Platform, subject: Subject, ident: str, expected_version: int
) -> Outcome:
    """Makes a copy the published state of its record, in one transaction, and ends the copy.

    The revision names who has saved the copy last as its author, and who has released it.
    Raises NotAllowed (code "four-eyes" when a second person has to), Conflict when the copy
    is not submitted and the subject may not publish by itself, and PreconditionFailed when
    the copy or the record has changed since.
    """
    copy = await get(platform, subject, ident)
    same_version(copy, expected_version)
    record = await catalogue.get(platform, subject, copy.kind, copy.ident)
    unit = Unit(platform, subject, _entry(copy, record), author=copy.updated_by)
    outcome = await platform.store.write(
        _release, platform.settings, subject, unit, copy.id, expected_version
    )
    platform.caches.pop("collections", None)
    return outcome


def _entry(copy: WorkingCopy, record: Record) -> Entry:
    """The record with what the copy holds; its revision has to be the one of the copy."""
    entry = entry_of(record)
    entry.resource, entry.legal_basis = copy.resource, copy.legal_basis
    entry.metadata_access, entry.data_access = copy.metadata_access, copy.data_access
    entry.status, entry.reason = Status.PUBLISHED, copy.reason
    entry.expected_revision = copy.base
    return entry


def _release(
    db: Connection,
    settings: release_letters.Settings,
    subject: Subject,
    unit: Unit,
    ident: str,
    expected_version: int,
) -> Outcome:
    copy = found(db, subject, ident)
    if not allowed_to_release(subject, copy):
        raise refused(subject, Action.RELEASE)
    same_version(copy, expected_version)
    if copy.state != State.SUBMITTED and not may(subject, Action.WRITE, copy.organisation):
        raise not_submitted()
    outcome = put_unit(db, unit, store.four_eyes(db))
    if isinstance(outcome, AllmendeError):
        raise outcome
    store.remove(db, copy.id)
    note(db, subject, "copy-release", copy)
    release_letters.released(db, settings, copy, subject.id)
    return outcome
