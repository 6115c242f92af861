# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which working copies somebody sees, and what everybody who changes one has to fulfil."""

from __future__ import annotations

from collections.abc import Sequence

from allmende.core import catalogue
from allmende.core.catalogue_writing import refused, same_person
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, Conflict, LimitExceeded, NotFound, PreconditionFailed
from allmende.model.catalogue import ResourceKind
from allmende.policy import Action, Role, Subject, may, read_condition
from allmende.store import Connection, audit, history
from allmende.store import catalogue as stored
from allmende.store import working_copies as store
from allmende.store.records import Record
from allmende.store.working_copies import WorkingCopy

LONGEST_REASON = 1_000
"""Characters of a reason or a comment."""


async def get(platform: Platform, subject: Subject, ident: str) -> WorkingCopy:
    """One working copy. NotFound when there is none or the subject may not see it."""
    require_somebody(subject)
    return await platform.store.read(found, subject, ident)


async def of_record(
    platform: Platform, subject: Subject, kind: ResourceKind, ident: str
) -> WorkingCopy | None:
    """The working copy of a record, or None when there is none the subject may see."""
    record = await catalogue.get(platform, subject, kind, ident)
    if not works_on_drafts(subject, record.organisation):
        return None
    return await platform.store.read(store.of_record, read_condition(subject), record.key)


async def listing(platform: Platform, subject: Subject, *, mine: bool = False) -> list[WorkingCopy]:
    """The copies the subject may see, newest change first, at most 500; or only its own ones."""
    if not works_on_drafts_anywhere(subject):
        return []
    listed = await platform.store.read(
        store.listing, read_condition(subject), subject.id if mine else None
    )
    return [each for each in listed if works_on_drafts(subject, each.organisation)]


async def waiting(platform: Platform, subject: Subject) -> list[WorkingCopy]:
    """What waits to be released by the subject or its colleagues, the longest waiting first.

    For those who may release; what the subject has written itself is among it.
    """
    if not works_on_drafts_anywhere(subject):
        return []
    listed = await platform.store.read(store.waiting, read_condition(subject))
    return [each for each in listed if may(subject, Action.RELEASE, each.organisation)]


async def needs_two(
    platform: Platform, subject: Subject, organisation: str, parent: str | None
) -> bool:
    """Whether a second person releases records of an organisation in a catalogue (or in none)."""
    del subject  # the rule is no secret
    rule = await platform.store.read(store.four_eyes)
    return rule.needed(organisation, parent)


async def authors(
    platform: Platform, subject: Subject, copies: Sequence[WorkingCopy]
) -> dict[str, str]:
    """Names of those who made, saved, submitted or sent back copies the subject has got.

    Ids of who is gone or of the platform have no name.
    """
    seen = [each for each in copies if works_on_drafts(subject, each.organisation)]
    names = ("created_by", "updated_by", "submitted_by", "returned_by")
    idents = [getattr(each, name) for each in seen for name in names]
    known = await platform.store.read(history.authors, idents)
    return {ident: each.name for ident, each in known.items()}


def may_edit(subject: Subject, copy: WorkingCopy) -> bool:
    """Whether the subject may save, submit and discard the copy."""
    return may(subject, Action.WRITE_DRAFT, copy.organisation)


async def may_release(platform: Platform, subject: Subject, copy: WorkingCopy) -> bool:
    """Whether the subject may release the copy as it is now, the second person considered."""
    if not allowed_to_release(subject, copy):
        return False
    return await platform.store.read(_lonely, subject, copy) is None


def record_of(db: Connection, subject: Subject, kind: ResourceKind, ident: str) -> Record:
    """The record, when the subject may see it. NotFound."""
    record = stored.find(db, read_condition(subject), kind, ident)
    if record is None:
        raise unknown(ident)
    return record


def found(db: Connection, subject: Subject, ident: str) -> WorkingCopy:
    """The copy, when the subject may see it. NotFound."""
    copy = store.find(db, read_condition(subject), ident)
    if copy is None or not works_on_drafts(subject, copy.organisation):
        raise unknown(ident)
    return copy


def editable(db: Connection, subject: Subject, ident: str, expected_version: int) -> WorkingCopy:
    """The copy in the version expected, for who may change it."""
    require_somebody(subject)
    copy = found(db, subject, ident)
    require(subject, Action.WRITE_DRAFT, copy.organisation)
    same_version(copy, expected_version)
    return copy


_WORKERS = (Role.CONTRIBUTOR, Role.STEWARD, Role.GATEKEEPER, Role.ADMINISTRATOR)


def works_on_drafts(subject: Subject, organisation: str) -> bool:
    """Whether the subject works on drafts of the organisation."""
    return subject.has(organisation, *_WORKERS)


def works_on_drafts_anywhere(subject: Subject) -> bool:
    """Whether the subject works on drafts of some organisation."""
    return bool(subject.organisations(*_WORKERS))


def allowed_to_release(subject: Subject, copy: WorkingCopy) -> bool:
    """Whether the subject's roles let it release the copy."""
    return may(subject, Action.RELEASE, copy.organisation)


def _lonely(db: Connection, subject: Subject, copy: WorkingCopy) -> AllmendeError | None:
    """Why the subject cannot release what it may release otherwise, if so."""
    if store.four_eyes(db).needed(copy.organisation, copy.catalogue):
        return same_person(db, subject, copy.updated_by)
    return None


def require_somebody(subject: Subject) -> None:
    """NotAuthenticated for nobody in particular."""
    if subject.kind == "anonymous":
        raise refused(subject, Action.WRITE_DRAFT)


def require(subject: Subject, action: Action, organisation: str) -> None:
    """NotAuthenticated or NotAllowed for who may not do this."""
    if not may(subject, action, organisation):
        raise refused(subject, action)


def same_version(copy: WorkingCopy, expected: int) -> None:
    """PreconditionFailed when the copy has another version."""
    if copy.version != expected:
        raise PreconditionFailed(
            f"The working copy has changed meanwhile (now version {copy.version}); "
            "read it again first.",
            f"Die Arbeitskopie wurde inzwischen geändert (jetzt Stand {copy.version}); "
            "bitte lesen Sie sie zuerst neu.",
        )


def short(text: str) -> None:
    """LimitExceeded for a reason or comment of more than 1,000 characters."""
    if len(text) > LONGEST_REASON:
        raise LimitExceeded(
            f"A reason has at most {LONGEST_REASON} characters.",
            f"Eine Begründung hat höchstens {LONGEST_REASON} Zeichen.",
        )


def not_submitted() -> Conflict:
    """The error for a copy that nobody has submitted."""
    return Conflict(
        "The working copy is not submitted for release.",
        "Die Arbeitskopie ist nicht zur Freigabe eingereicht.",
        code="not-submitted",
    )


def unknown(ident: str) -> NotFound:
    """The error for what does not exist or may not be seen."""
    return NotFound(
        f"There is no “{ident}” here, or you may not see it.",
        f"„{ident}“ gibt es hier nicht, oder Sie dürfen es nicht sehen.",
    )


def note(db: Connection, subject: Subject, action: str, copy: WorkingCopy) -> None:
    """Notes a deed in the audit log."""
    audit.note(db, subject.id, action, f"{copy.kind}/{copy.ident}", copy.organisation)
