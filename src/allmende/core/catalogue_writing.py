# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens when a record is written: is it allowed, its revision, its projections.

`catalogue.put` is the way in. Where a second person has to release, what is published is
changed by releasing a working copy (`core/working_copies.py`) and not directly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allmende.core.platform import Platform
from allmende.errors import (
    AllmendeError,
    InvalidRecord,
    NotAllowed,
    NotAuthenticated,
    PreconditionFailed,
)
from allmende.model.catalogue import ResourceKind
from allmende.policy import Action, Level, Status, Subject, may, roles_said
from allmende.store import Connection, catalogue_writes, departures, models, working_copies
from allmende.store.records import Entry, Outcome, Prepared, prepare
from allmende.store.working_copies import FourEyes

FOUR_EYES = "four-eyes"
"""Code of the refusal where a second person has to release."""


class Unit:
    """An entry with everything that can be worked out before the writer's turn.

    `author` is who has written what the subject releases; None when the subject writes.
    """

    def __init__(
        self, platform: Platform, subject: Subject, entry: Entry, author: str | None = None
    ) -> None:
        self.subject, self.author = subject, author
        self.prepared: Prepared = prepare(entry)
        self.projections: list[tuple[Callable[..., None], Any]] = [
            (projection.write, projection.analyse(entry))
            for projection in platform.record_projections
        ]


def put_units(db: Connection, units: list[Unit]) -> list[Outcome | AllmendeError]:
    """Writes units in one transaction; one that may not be written fails alone."""
    rule = working_copies.four_eyes(db)
    return [put_unit(db, unit, rule) for unit in units]


def put_unit(db: Connection, unit: Unit, rule: FourEyes) -> Outcome | AllmendeError:
    """Writes one unit, or says why not."""
    entry = unit.prepared.entry
    before = catalogue_writes.existing(db, entry)
    problem = _problem(unit, before) or _lonely(db, unit, before, rule)
    if problem is not None:
        return problem
    actor, released_by = unit.subject.id, ""
    if unit.author is not None:
        actor, released_by = unit.author, unit.subject.id
    outcome = catalogue_writes.save(db, unit.prepared, before, actor, released_by)
    if outcome.change != "unchanged":
        for write, analysed in unit.projections:
            write(db, outcome.key, entry, analysed)
        if before is not None:
            departures.follow(db, before, entry, unit.subject.id)
        if before is not None and entry.kind is ResourceKind.DATASET:
            models.close_with(db, before.id, entry.organisation, entry.metadata_access)
    return outcome


def _problem(unit: Unit, before: catalogue_writes.Existing | None) -> AllmendeError | None:
    entry = unit.prepared.entry
    needed = Action.RELEASE if unit.author is not None else _needed(unit.prepared, before)
    owners = {entry.organisation} | ({before.organisation} if before else set())
    if not all(may(unit.subject, needed, owner) for owner in owners):
        return refused(unit.subject, needed)
    if entry.expected_revision is not None:
        current = before.revision if before else 0
        if current != entry.expected_revision:
            return changed_meanwhile(current)
    closed = {entry.metadata_access, entry.data_access} != {Level.OPEN}
    if closed and entry.status == Status.PUBLISHED and not entry.legal_basis.strip():
        return _legal_basis_missing()
    return None


def _needed(prepared: Prepared, before: catalogue_writes.Existing | None) -> Action:
    """Releasing changes nothing but the status; drafts are free for contributors."""
    entry = prepared.entry
    if before is not None and before.differs_in_status_only(prepared):
        return Action.RELEASE
    drafts = entry.status == Status.DRAFT and (before is None or before.status == Status.DRAFT)
    return Action.WRITE_DRAFT if drafts else Action.WRITE


def _lonely(
    db: Connection, unit: Unit, before: catalogue_writes.Existing | None, rule: FourEyes
) -> AllmendeError | None:
    """The refusal for one person who publishes alone where two are needed.

    Programs of the platform itself (harvests) are none of them. Who releases what another
    has written last is the second person.
    """
    entry = unit.prepared.entry
    if unit.subject.kind == "system" or entry.status != Status.PUBLISHED:
        return None
    places = [(entry.organisation, entry.catalogue)]
    if before is not None:
        places.append((before.organisation, before.catalogue))
    if not any(rule.needed(*place) for place in places):
        return None
    editor = unit.author
    if before is not None and editor is None:
        if before.same(unit.prepared):
            return None
        if before.differs_in_status_only(unit.prepared):
            editor = catalogue_writes.last_editor(db, before.key)
    if editor is None:
        return _two_needed()
    return same_person(db, unit.subject, editor)


def same_person(db: Connection, subject: Subject, editor: str) -> AllmendeError | None:
    """The refusal when the subject, or the person behind its token, has written it last."""
    behind = working_copies.person_behind
    if behind(db, subject.id) != behind(db, editor):
        return None
    return NotAllowed(
        "Here a second person releases what you have changed. Ask somebody who may release.",
        "Hier gibt eine zweite Person frei, was Sie geändert haben. "
        "Bitte fragen Sie jemanden, der freigeben darf.",
        code=FOUR_EYES,
    )


def _two_needed() -> NotAllowed:
    return NotAllowed(
        "Here a second person releases every change. Save it as a draft or a working copy and "
        "submit it for release.",
        "Hier gibt eine zweite Person jede Änderung frei. Bitte als Entwurf oder Arbeitskopie "
        "speichern und zur Freigabe einreichen.",
        code=FOUR_EYES,
    )


def refused(subject: Subject, action: Action) -> AllmendeError:
    """The error for somebody who may not do this to the catalogue."""
    if subject.kind == "anonymous":
        return NotAuthenticated(
            "Sign in or send a token to change the catalogue.",
            "Bitte melden Sie sich an oder senden Sie ein Token, um den Katalog zu ändern.",
        )
    roles, rollen = roles_said(action)
    return NotAllowed(
        f"This needs one of these roles in the organisation: {roles}.",
        f"Dafür brauchen Sie in der Organisation eine dieser Rollen: {rollen}.",
    )


def changed_meanwhile(current: int) -> PreconditionFailed:
    """The error for a write that expected another revision."""
    return PreconditionFailed(
        f"The record has changed meanwhile (now revision {current}); read it again first.",
        f"Der Eintrag wurde inzwischen geändert (jetzt Fassung {current}); "
        "bitte lesen Sie ihn zuerst neu.",
    )


def _legal_basis_missing() -> InvalidRecord:
    return InvalidRecord(
        "Data or metadata that are not open need the legal reason for it.",
        "Wenn Daten oder Metadaten nicht offen sind, muss die Rechtsgrundlage dafür genannt sein.",
        code="legal-basis-missing",
    )
