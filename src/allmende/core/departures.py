# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records leave: archived with a reason and a successor, taken back, or erased for good.

Where a published record was, everybody who could see it finds who took it away, when and why
(410). An archived record is there for those who look after it; `unarchive` brings it back.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import anyio.to_thread

from allmende.core import catalogue
from allmende.core.catalogue_writing import Unit, changed_meanwhile, put_unit, refused
from allmende.core.files import unlink
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, Conflict, Gone, InvalidInput, NotFound
from allmende.model.catalogue import ResourceKind, local
from allmende.policy import Action, Status, Subject, may, read_condition
from allmende.store import Connection, access, audit, working_copies
from allmende.store import catalogue as records
from allmende.store import departures as rows
from allmende.store import files as stored_files
from allmende.store import history as past
from allmende.store.departures import Departure
from allmende.store.files import StoredFile
from allmende.store.records import Outcome, Record, entry_of

__all__ = ["Departure", "archive", "erase", "find", "gone", "unarchive"]

LONGEST_ADDRESS = 2_000
LONGEST_REASON = 1_000


async def find(
    platform: Platform, subject: Subject, kind: ResourceKind, ident: str
) -> Departure | None:
    """What has left this address, for who could see it while it was published."""
    return await platform.store.read(rows.find, read_condition(subject), kind, ident)


async def gone(
    platform: Platform, subject: Subject, kind: ResourceKind, ident: str, otherwise: NotFound
) -> NotFound:
    """The error for an address without a visible record: Gone where one has left."""
    left = await find(platform, subject, kind, ident)
    if left is None:
        return otherwise
    title = local(left.title, "de", "en") or ident
    more = f" {left.replaced_by}" if left.replaced_by else ""
    return Gone(
        f"“{title}” was taken out of the catalogue. {left.reason}{more}".strip(),
        f"„{title}“ wurde aus dem Katalog genommen. {left.reason}{more}".strip(),
    )


async def archive(
    platform: Platform,
    subject: Subject,
    kind: ResourceKind,
    ident: str,
    reason: str,
    *,
    replaced_by: str = "",
    expected_revision: int | None = None,
) -> Outcome:
    """Takes a record out of the catalogue without losing it.

    The reason is public where the record was. `replaced_by` is the web address of what
    replaces it. For those who may release; raises InvalidInput without a reason or for
    another kind of address.
    """
    _require_reason(reason)
    address = _web_address(replaced_by)
    record = await catalogue.get(platform, subject, kind, ident)
    entry = entry_of(record)
    entry.status, entry.reason = Status.ARCHIVED, reason.strip()
    if expected_revision is not None:
        entry.expected_revision = expected_revision
    unit = Unit(platform, subject, entry)
    outcome = await platform.store.write(_archive, subject, unit, record, address)
    platform.caches.pop("collections", None)
    return outcome


def _archive(db: Connection, subject: Subject, unit: Unit, record: Record, address: str) -> Outcome:
    outcome = put_unit(db, unit, working_copies.four_eyes(db))
    if isinstance(outcome, AllmendeError):
        raise outcome
    rows.replace(db, record.kind, record.id, address)
    audit.note(db, subject.id, "record-archive", _named(record), record.organisation)
    return outcome


async def unarchive(
    platform: Platform,
    subject: Subject,
    kind: ResourceKind,
    ident: str,
    reason: str = "",
    *,
    publish: bool = False,
    expected_revision: int | None = None,
) -> Outcome:
    """Takes a record back from the archive, as a draft or published again.

    Where a second person has to release, `publish` needs somebody else than who wrote it last.
    """
    record = await catalogue.get(platform, subject, kind, ident)
    if record.status != Status.ARCHIVED:
        raise Conflict("The record is not archived.", "Der Eintrag ist nicht archiviert.")
    entry = entry_of(record)
    entry.status = Status.PUBLISHED if publish else Status.DRAFT
    entry.reason = reason.strip()[:LONGEST_REASON]
    if expected_revision is not None:
        entry.expected_revision = expected_revision
    outcome = await catalogue.put(platform, subject, entry)
    await platform.store.write(
        audit.note, subject.id, "record-unarchive", _named(record), record.organisation
    )
    platform.caches.pop("collections", None)
    return outcome


async def erase(
    platform: Platform,
    subject: Subject,
    kind: ResourceKind,
    ident: str,
    reason: str,
    *,
    expected_revision: int,
) -> None:
    """Removes an archived record with all revisions for good; for administrators.

    Raises Conflict for a record that is not archived or to which others belong (records of a
    catalogue, collections of a dataset), and PreconditionFailed when it has changed.
    """
    _require_reason(reason)
    unused = await platform.store.write(
        _erase, subject, kind, ident, reason.strip(), expected_revision
    )
    await anyio.to_thread.run_sync(unlink, platform.files, unused)
    platform.caches.pop("collections", None)


def _erase(
    db: Connection,
    subject: Subject,
    kind: ResourceKind,
    ident: str,
    reason: str,
    expected_revision: int,
) -> list[StoredFile]:
    """Removes the record; its files that no other dataset has."""
    record = records.find(db, read_condition(subject), kind, ident)
    if record is None:
        raise NotFound("There is no such record.", "Diesen Eintrag gibt es nicht.")
    if not may(subject, Action.ADMINISTER, record.organisation):
        raise refused(subject, Action.ADMINISTER)
    if record.revision != expected_revision:
        raise changed_meanwhile(record.revision)
    if record.status != Status.ARCHIVED:
        raise Conflict(
            "Only an archived record can be erased. Archive it first.",
            "Nur ein archivierter Eintrag kann endgültig gelöscht werden. "
            "Bitte zuerst archivieren.",
        )
    if past.members(db, kind, ident):
        raise Conflict(
            "Other records or tables belong to it. Move or erase them first.",
            "Andere Einträge oder Tabellen gehören dazu. Bitte zuerst diese verschieben "
            "oder löschen.",
        )
    held = stored_files.of_dataset(db, ident) if kind is ResourceKind.DATASET else []
    rows.erase(db, kind, ident, subject.id, reason)
    past.erase(db, record.key, kind, ident)
    if kind is ResourceKind.DATASET:
        access.forget_dataset(db, ident)
    audit.note(db, subject.id, "record-erase", _named(record), record.organisation)
    used = stored_files.checksums(db)
    return [each for each in held if each.sha256 not in used]


def _named(record: Record) -> str:
    return f"{record.kind}/{record.id}"


def _require_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput(
            f"Give a reason of at most {LONGEST_REASON} characters.",
            f"Bitte nennen Sie einen Grund mit höchstens {LONGEST_REASON} Zeichen.",
        )


def _web_address(text: str) -> str:
    """The address of a page, checked; empty stays empty."""
    address = text.strip()
    try:
        parts = urlsplit(address)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fits = False
    if address and (not fits or len(address) > LONGEST_ADDRESS or any(map(str.isspace, address))):
        raise InvalidInput(
            "What replaces it is a web address like https://example.org/datasets/new.",
            "Der Nachfolger ist eine Web-Adresse wie https://example.org/datasets/neu.",
        )
    return address
