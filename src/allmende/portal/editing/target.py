# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where a form is kept: in the record itself, or in its working copy until that is released.

A draft is changed directly. What is published is changed directly by those who may, as long
as no second person has to look at it and nobody has begun a working copy; else in the copy.
"""

from __future__ import annotations

from dataclasses import dataclass

from allmende.core import catalogue, working_copies
from allmende.core.catalogue import Entry, Outcome, Record, entry_of
from allmende.core.working_copies import WorkingCopy
from allmende.errors import NotAllowed, NotAuthenticated, PreconditionFailed
from allmende.model.catalogue import Resource, ResourceKind
from allmende.policy import Action, Status, may
from allmende.portal.page import Page

Button = tuple[str, str, bool]  # deed, key of its words, whether it is the usual one
WRITING = ("draft", "save", "publish", "copy", "submit", "release")
CHECK: Button = ("check", "edit.check", False)


def person(page: Page) -> None:
    """NotAuthenticated for those who are not signed in."""
    if page.subject.kind != "user":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")


@dataclass(slots=True)
class Target:
    """A record and, if there is one, its working copy; `direct` when it is written at once."""

    record: Record | None
    copy: WorkingCopy | None
    direct: bool
    two: bool  # a second person has to release

    @property
    def token(self) -> str:
        """What the form was made from, like If-Match."""
        if self.copy is not None:
            return f"c{self.copy.version}"
        return str(self.record.revision) if self.record else "0"

    @property
    def resource(self) -> Resource:
        """The state the form shows; of a record that is there."""
        if self.copy is not None:
            return self.copy.resource
        if self.record is None:
            raise ValueError("a new record has no state yet")
        return self.record.resource

    def entry(self) -> Entry:
        """An entry in that state, to be changed."""
        if self.record is None:
            raise ValueError("a new record has no state yet")
        entry = entry_of(self.record)
        if self.copy is not None:
            entry.resource, entry.legal_basis = self.copy.resource, self.copy.legal_basis
            entry.metadata_access = self.copy.metadata_access
            entry.data_access = self.copy.data_access
        return entry


async def opened(page: Page, kind: ResourceKind, ident: str) -> Target:
    """The record for those who may change it or propose a change. NotFound, NotAllowed."""
    person(page)
    record = await catalogue.get(page.platform, page.subject, kind, ident)
    if not may(page.subject, Action.WRITE_DRAFT, record.organisation):
        raise NotAllowed(
            "You may read this record and not change it.",
            "Sie dürfen diesen Eintrag lesen, aber nicht ändern.",
        )
    copy = await working_copies.of_record(page.platform, page.subject, kind, ident)
    two = await _needs_two(page, record.organisation, record.catalogue)
    draft = record.status == Status.DRAFT
    writes = may(page.subject, Action.WRITE, record.organisation) and not two
    return Target(record, copy, copy is None and (draft or writes), two)


async def for_new(page: Page, entry: Entry) -> Target:
    """The same for a record that is not there yet."""
    return Target(None, None, True, await _needs_two(page, entry.organisation, entry.catalogue))


async def _needs_two(page: Page, organisation: str, parent: str | None) -> bool:
    return await working_copies.needs_two(page.platform, page.subject, organisation, parent)


async def buttons(page: Page, target: Target, entry: Entry) -> list[Button]:
    """What can be done with a form."""
    publishes = may(page.subject, Action.WRITE, entry.organisation) and not target.two
    record = target.record
    if target.copy is None and (record is None or record.status == Status.DRAFT):
        last = ("publish", "edit.do-publish", False) if publishes else _SUBMIT
        return [("draft", "edit.do-draft", True), last, CHECK]
    if target.direct:
        return [("save", "edit.do-save", True), ("copy", "edit.do-copy", False), CHECK]
    release = [("release", "edit.do-release", False)] if publishes else []
    return [("copy", "edit.do-copy", True), *release, _SUBMIT, CHECK]


_SUBMIT: Button = ("submit", "edit.do-submit", False)


async def write(page: Page, target: Target, entry: Entry, do: str) -> Outcome | WorkingCopy:
    """Keeps an entry as the button says. Errors as of `catalogue.put` and `working_copies`."""
    into_record = target.direct and do != "copy"
    if into_record and do != "submit":
        entry.status = Status.PUBLISHED if do == "publish" else entry.status
        return await catalogue.put(page.platform, page.subject, entry)
    if into_record and (target.record is None or target.record.status == Status.DRAFT):
        done = await catalogue.put(page.platform, page.subject, entry)
        copy = await working_copies.start(page.platform, page.subject, done.kind, done.id)
        return await _submitted(page, copy, entry.reason)
    copy = await _kept(page, target, entry)
    if do == "submit":
        return await _submitted(page, copy, entry.reason)
    if do == "release":
        return await working_copies.release(page.platform, page.subject, copy.id, copy.version)
    return copy


async def _kept(page: Page, target: Target, entry: Entry) -> WorkingCopy:
    copy = target.copy
    if copy is None:
        copy = await working_copies.start(page.platform, page.subject, entry.kind, entry.id)
        if target.record is not None and copy.base != target.record.revision:
            raise PreconditionFailed(
                "The record has changed meanwhile; load the form again.",
                "Der Eintrag wurde inzwischen geändert; bitte laden Sie das Formular neu.",
            )
    version = copy.version
    copy.resource, copy.legal_basis = entry.resource, entry.legal_basis
    copy.metadata_access, copy.data_access = entry.metadata_access, entry.data_access
    copy.reason = entry.reason or copy.reason
    return await working_copies.save(page.platform, page.subject, copy, version)


async def _submitted(page: Page, copy: WorkingCopy, reason: str) -> WorkingCopy:
    return await working_copies.submit(
        page.platform, page.subject, copy.id, copy.version, reason or copy.reason
    )
