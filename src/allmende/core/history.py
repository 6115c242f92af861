# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The past of a record: its revisions, what differs between them, as of a moment, undone.

steps = await history.steps(platform, subject, ResourceKind.DATASET, "trees")
found = await history.compare(platform, subject, ResourceKind.DATASET, "trees", 3, 5)
state = await history.as_of(platform, subject, ResourceKind.DATASET, "trees", moment)
await history.restore(platform, subject, ResourceKind.DATASET, "trees", 3, expected_revision=5)

What one may see of it is told in `core/discretion.py`; everything here obeys it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from allmende.core import catalogue, working_copies
from allmende.core.catalogue_writing import changed_meanwhile, refused
from allmende.core.discretion import is_insider
from allmende.core.platform import Platform
from allmende.errors import Conflict, InvalidInput, NotFound
from allmende.model.catalogue import ResourceKind
from allmende.model.differing import Change, differences
from allmende.policy import Action, Level, Status, Subject, may
from allmende.store import history as rows
from allmende.store.history import Author
from allmende.store.records import Outcome, Record, Revision, entry_of
from allmende.store.working_copies import WorkingCopy

__all__ = [
    "Author",
    "Change",
    "Comparison",
    "Step",
    "as_of",
    "at_revision",
    "authors",
    "compare",
    "differences",
    "moment_of",
    "restore",
    "steps",
]

Deed = Literal["created", "published", "hidden", "archived", "unarchived", "access", "changed"]

SECOND = 1_000_000
OTHER_NAMES = {"at": "as-of", "asof": "as-of", "as_of": "as-of", "asOf": "as-of"}
"""What the parameter of a time past is called elsewhere."""
NOT_PUBLIC = "not-seen-then"
"""Code of the answer for a moment at which the record was not there or not to be seen."""


class Step(Struct, frozen=True, kw_only=True):
    """One revision in the list: what was done, when (µs UTC), why, and by whom.

    `author` and `released_by` are None for those who may not know, and where nobody released.
    """

    number: int
    at: int
    deed: Deed
    reason: str
    status: Status
    metadata_access: Level
    data_access: Level
    author: Author | None = None
    released_by: Author | None = None


class Comparison(Struct, frozen=True, kw_only=True):
    """Two revisions of a record and what differs, in the order of the fields."""

    record: Record
    old: Revision
    new: Revision
    changes: list[Change]


async def steps(platform: Platform, subject: Subject, kind: ResourceKind, ident: str) -> list[Step]:
    """The revisions the subject may see, newest first. NotFound when it sees no record."""
    found = await catalogue.revisions(platform, subject, kind, ident)
    known = await authors(platform, subject, found)
    olders = [*found[1:], None]
    return [
        Step(
            number=each.number,
            at=each.at,
            deed=_deed(each, older),
            reason=each.reason,
            status=each.status,
            metadata_access=each.metadata_access,
            data_access=each.data_access,
            author=known.get(each.actor),
            released_by=known.get(each.released_by),
        )
        for each, older in zip(found, olders, strict=True)
    ]


def _deed(change: Revision, older: Revision | None) -> Deed:
    """What a revision did, compared with the one before that may be seen."""
    if older is None:
        return "created" if change.number == 1 else "published"
    if change.status != older.status:
        if change.status == Status.PUBLISHED:
            return "unarchived" if older.status == Status.ARCHIVED else "published"
        return "hidden" if change.status == Status.DRAFT else "archived"
    if (change.metadata_access, change.data_access) != (older.metadata_access, older.data_access):
        return "access"
    return "changed"


async def authors(
    platform: Platform, subject: Subject, changes: Sequence[Revision]
) -> dict[str, Author]:
    """Who is behind the ids of revisions that were read for the subject.

    Where it may not know, the revisions hold no ids.
    """
    del subject
    idents = [ident for each in changes for ident in (each.actor, each.released_by) if ident]
    return await platform.store.read(rows.authors, idents) if idents else {}


async def at_revision(
    platform: Platform, subject: Subject, kind: ResourceKind, ident: str, number: int
) -> Record:
    """The record as it was after a change: content, status, levels and time of that revision."""
    record = await catalogue.get(platform, subject, kind, ident)
    return _past(record, await catalogue.revision(platform, subject, kind, ident, number))


def _past(record: Record, change: Revision) -> Record:
    return structs.replace(
        record,
        resource=change.resource or record.resource,
        status=change.status,
        metadata_access=change.metadata_access,
        data_access=change.data_access,
        legal_basis=change.legal_basis,
        revision=change.number,
        updated=change.at,
        repairs_json=record.repairs_json if change.number == record.revision else "[]",
    )


async def as_of(
    platform: Platform, subject: Subject, kind: ResourceKind, ident: str, moment: int
) -> Record:
    """The record as it stood at a moment (µs UTC).

    NotFound (code "not-seen-then") when there was none yet or the subject would not have seen
    it then: what was a draft or closed stays so, and no other state takes its place.
    """
    record = await catalogue.get(platform, subject, kind, ident)
    number = await platform.store.read(rows.number_at, record.key, moment)
    try:
        if number is not None:
            change = await catalogue.revision(platform, subject, kind, ident, number)
            return _past(record, change)
    except NotFound:
        pass
    raise NotFound(
        f"“{ident}” was not there yet at that time, or it was not public.",
        f"„{ident}“ gab es zu dieser Zeit noch nicht, oder es war nicht öffentlich.",
        code=NOT_PUBLIC,
    )


def moment_of(text: str, timezone: str) -> int:
    """µs UTC of an ISO 8601 date (the end of the day) or moment; without a zone it is the city's.

    Raises InvalidInput.
    """
    zone = ZoneInfo(timezone)
    try:
        if len(text) == len("2024-05-01"):
            day = date.fromisoformat(text) + timedelta(days=1)
            return int(datetime.combine(day, time(), zone).timestamp() * SECOND) - 1
        at = datetime.fromisoformat(text.replace(" ", "+"))
        return int((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp() * SECOND)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidInput(
            "Write the time like 2024-05-01 or 2024-05-01T12:00:00Z.",
            "Bitte die Zeit so schreiben: 2024-05-01 oder 2024-05-01T12:00:00Z.",
        ) from error


async def compare(
    platform: Platform, subject: Subject, kind: ResourceKind, ident: str, old: int, new: int
) -> Comparison:
    """What differs from one revision to another; NotFound when one of them is not to be seen."""
    record = await catalogue.get(platform, subject, kind, ident)
    before = await catalogue.revision(platform, subject, kind, ident, old)
    after = await catalogue.revision(platform, subject, kind, ident, new)
    if before.resource is None or after.resource is None:
        raise NotFound("There is no such state.", "Diesen Stand gibt es nicht.")
    found = [*_of_rules(before, after), *differences(before.resource, after.resource)]
    return Comparison(record=record, old=before, new=after, changes=found)


def _of_rules(old: Revision, new: Revision) -> list[Change]:
    names = ("status", "metadata_access", "data_access", "legal_basis")
    pairs = [(f"record.{name}", str(getattr(old, name)), str(getattr(new, name))) for name in names]
    return [Change(name, "changed", was, now) for name, was, now in pairs if was != now]


async def restore(
    platform: Platform,
    subject: Subject,
    kind: ResourceKind,
    ident: str,
    number: int,
    *,
    expected_revision: int,
    reason: str = "",
) -> Outcome | WorkingCopy:
    """Makes a new revision with the content of an older one; status and levels stay as they are.

    Where the subject may not change the record directly (a contributor, or a second person
    has to release), a working copy with the older content is made instead. Raises
    PreconditionFailed when the record is not in the expected revision, Conflict when it is
    archived or somebody works on a copy, NotAllowed, and NotFound for a state the subject may
    not see whole.
    """
    record = await catalogue.get(platform, subject, kind, ident)
    change = await catalogue.revision(platform, subject, kind, ident, number)
    if not may(subject, Action.WRITE_DRAFT, record.organisation):
        raise refused(subject, Action.WRITE_DRAFT)
    if change.resource is None or not is_insider(subject, record, change):
        raise NotFound("There is no such state.", "Diesen Stand gibt es nicht.")
    if record.revision != expected_revision:
        raise changed_meanwhile(record.revision)
    if record.status == Status.ARCHIVED:
        raise Conflict(
            "The record is archived. Take it back from the archive first.",
            "Der Eintrag ist archiviert. Bitte holen Sie ihn zuerst aus dem Archiv zurück.",
        )
    if len(reason) > working_copies.LONGEST_REASON:
        raise InvalidInput("The reason is too long.", "Die Begründung ist zu lang.")
    why = reason.strip() or f"Fassung {number} wiederhergestellt / revision {number} restored"
    if not await _directly(platform, subject, record):
        return await _as_copy(platform, subject, record, change, why)
    entry = entry_of(record)
    entry.resource, entry.reason = change.resource, why
    entry.expected_revision = expected_revision
    return await catalogue.put(platform, subject, entry)


async def _directly(platform: Platform, subject: Subject, record: Record) -> bool:
    if record.status == Status.DRAFT:
        return True
    if not may(subject, Action.WRITE, record.organisation):
        return False
    return not await working_copies.needs_two(
        platform, subject, record.organisation, record.catalogue
    )


async def _as_copy(
    platform: Platform, subject: Subject, record: Record, change: Revision, why: str
) -> WorkingCopy:
    known = await working_copies.of_record(platform, subject, record.kind, record.id)
    if known is not None:
        raise Conflict(
            "Somebody is changing this record. Release or discard the working copy first.",
            "Jemand ändert diesen Eintrag gerade. Bitte zuerst die Arbeitskopie freigeben "
            "oder verwerfen.",
            code="working-copy",
        )
    copy = await working_copies.start(platform, subject, record.kind, record.id)
    copy.resource, copy.reason = change.resource or copy.resource, why
    return await working_copies.save(platform, subject, copy, copy.version)
