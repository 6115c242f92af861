# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where a second person has to release: for an organisation, a catalogue, or everywhere.

A rule of `*` is for all organisations and set by administrators of the platform, one of an
organisation by its administrators, one of a catalogue by those of its organisation.
"""

from __future__ import annotations

from typing import Literal

from allmende.core import catalogue
from allmende.core.catalogue_writing import refused
from allmende.core.people import unknown
from allmende.core.platform import Platform
from allmende.model.catalogue import ResourceKind
from allmende.policy import EVERY_ORGANISATION, Action, Subject, may
from allmende.store import Connection, accounts, audit, working_copies
from allmende.store.working_copies import FourEyes

Scope = Literal["organisation", "catalogue"]
SCOPES: tuple[Scope, ...] = ("organisation", "catalogue")


async def rules(platform: Platform, subject: Subject) -> FourEyes:
    """Where a second person has to release; for those who are signed in."""
    if subject.kind == "anonymous":
        raise refused(subject, Action.ADMINISTER)
    return await platform.store.read(working_copies.four_eyes)


async def decide(
    platform: Platform, subject: Subject, scope: Scope, ident: str, needed: bool
) -> None:
    """Sets whether a second person has to release here. NotFound, NotAllowed."""
    organisation = ident
    if scope == "catalogue":
        record = await catalogue.get(platform, subject, ResourceKind.CATALOG, ident)
        organisation = record.organisation
    if not may(subject, Action.ADMINISTER, organisation):
        raise refused(subject, Action.ADMINISTER)
    await platform.store.write(_decide, subject, scope, ident, organisation, needed)


def _decide(
    db: Connection, subject: Subject, scope: Scope, ident: str, organisation: str, needed: bool
) -> None:
    here = scope == "organisation" and ident != EVERY_ORGANISATION
    if here and accounts.organisation(db, ident) is None:
        raise unknown(ident)
    if working_copies.set_four_eyes(db, scope, ident, needed, subject.id):
        action = "four-eyes-on" if needed else "four-eyes-off"
        audit.note(db, subject.id, action, f"{scope}/{ident}", organisation)
