# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What waits to be released, the working copies of one's own, and one of them with its changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from allmende.core import catalogue, history, mail, release_letters, working_copies
from allmende.core.catalogue import Record
from allmende.core.history import Change
from allmende.core.platform import ADDRESS_PARTS
from allmende.core.working_copies import State, WorkingCopy
from allmende.errors import AllmendeError, NotAuthenticated, NotFound
from allmende.model.catalogue import ResourceKind
from allmende.policy import Action, Status, may
from allmende.portal import past
from allmende.portal.forms import checked_form, csrf
from allmende.portal.markup import Said, said
from allmende.portal.organisations import organisation_names
from allmende.portal.page import Crumb, Page
from allmende.portal.views.past import TOLD

ADDRESS = "/releases"
STATES = ("open", "submitted", "returned")
DONE = ("released", "returned", "discarded")


@dataclass(frozen=True, slots=True)
class CopyView:
    """A working copy in a list."""

    title: Said
    kind: str
    organisation: str
    state: str
    when: str
    who: str
    reason: str
    address: str


def _signed_in(page: Page) -> None:
    if page.subject.kind != "user":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")


async def listing(page: Page) -> Response:
    """The queue of those who may release, and what the subject works on itself."""
    _signed_in(page)
    waiting = await working_copies.waiting(page.platform, page.subject)
    mine = await working_copies.listing(page.platform, page.subject, mine=True)
    done = page.request.query_params.get("done", "")
    title = str(page.words("rel.title"))
    return page.render(
        "releases.html",
        title=title,
        crumbs=[Crumb(title)],
        waiting=await _views(page, waiting),
        mine=await _views(page, [each for each in mine if each not in waiting]),
        here=page.at(ADDRESS),
        csrf=csrf(page),
        by_mail=mail.possible(page.platform.settings),
        wanted=await release_letters.wanted(page.platform, page.subject),
        done=done if done in DONE else "",
        rules=page.at(f"{ADDRESS}/rules") if _may_rule(page) else "",
    )


def _may_rule(page: Page) -> bool:
    return any(may(page.subject, Action.ADMINISTER, each) for each in page.subject.roles)


async def _views(page: Page, copies: list[WorkingCopy]) -> list[CopyView]:
    names = await organisation_names(page)
    people = await working_copies.authors(page.platform, page.subject, copies)
    return [
        CopyView(
            title=_title(page, each),
            kind=each.kind.value,
            organisation=names.get(each.organisation, each.organisation),
            state=each.state.value,
            when=page.words.moment(each.submitted or each.updated),
            who=people.get(each.updated_by, ""),
            reason=each.reason,
            address=page.at(f"{ADDRESS}/{each.id}"),
        )
        for each in copies
    ]


def _title(page: Page, copy: WorkingCopy) -> Said:
    found = said(copy.resource.title, page.language)
    return found if found.text else Said(copy.ident, None)


async def begin(page: Page) -> Response:
    """Letters on or off; or a working copy of a record, the one that is there or a new one."""
    form = await checked_form(page)
    if "letters" in form:
        on = form["letters"] == "on"
        await release_letters.set_wanted(page.platform, page.subject, on)
        return page.redirect(ADDRESS)
    kinds = {each.value: each for each in ResourceKind}
    kind = kinds.get(form.get("kind", ""))
    if kind is None:
        raise NotFound("There is no such record.", "Diesen Eintrag gibt es nicht.")
    copy = await working_copies.start(page.platform, page.subject, kind, form.get("id", ""))
    return page.redirect(f"{ADDRESS}/{copy.id}")


# --- one ---------------------------------------------------------------------------------


async def one(page: Page) -> Response:
    """A working copy: what it would change, and what the subject may do with it."""
    _signed_in(page)
    ident = page.request.path_params["id"]
    return await _one(page, await working_copies.get(page.platform, page.subject, ident))


async def _one(page: Page, copy: WorkingCopy, error: str = "") -> Response:
    record = await catalogue.get(page.platform, page.subject, copy.kind, copy.ident)
    people = await working_copies.authors(page.platform, page.subject, [copy])
    names = await organisation_names(page)
    title = _title(page, copy)
    both = page.request.query_params.get("both", "")
    where = (page.platform, page.subject)
    return page.render(
        "release.html",
        title=page.words.plain("rel.one", title=title.text),
        crumbs=[Crumb(str(page.words("rel.title")), page.at(ADDRESS)), Crumb(title.text)],
        copy=copy,
        record=record,
        organisation=names.get(copy.organisation, copy.organisation),
        people=people,
        changes=past.views(page, [*_rules(record, copy), *_content(record, copy)]),
        both=[past.label(page, each) for each in both.split(",") if each][:20],
        may_edit=working_copies.may_edit(page.subject, copy),
        may_judge=_judges(page, copy),
        may_release=await working_copies.may_release(*where, copy) and _ready(page, copy),
        two=await working_copies.needs_two(*where, copy.organisation, copy.catalogue),
        here=page.at(f"{ADDRESS}/{copy.id}"),
        record_address=page.at(f"/{ADDRESS_PARTS[copy.kind]}/{copy.ident}"),
        csrf=csrf(page),
        error=error,
    )


def _judges(page: Page, copy: WorkingCopy) -> bool:
    """Who wrote the copy has nobody to give it back to."""
    other = copy.updated_by != page.subject.id
    return other and may(page.subject, Action.RELEASE, copy.organisation)


def _ready(page: Page, copy: WorkingCopy) -> bool:
    submitted = copy.state == State.SUBMITTED
    return submitted or may(page.subject, Action.WRITE, copy.organisation)


def _rules(record: Record, copy: WorkingCopy) -> list[Change]:
    pairs = [("status", str(record.status), str(Status.PUBLISHED))]
    for name in ("metadata_access", "data_access", "legal_basis"):
        pairs.append((name, str(getattr(record, name)), str(getattr(copy, name))))
    return [Change(f"record.{name}", "changed", was, new) for name, was, new in pairs if was != new]


def _content(record: Record, copy: WorkingCopy) -> list[Change]:
    return history.differences(record.resource, copy.resource)


Deed = Callable[[Page, WorkingCopy, int, Mapping[str, str]], Awaitable[Response]]


async def act(page: Page) -> Response:
    """Submits, releases, sends back, brings up to date or throws away."""
    form = await checked_form(page)
    copy = await working_copies.get(page.platform, page.subject, page.request.path_params["id"])
    deed = _DEEDS.get(form.get("do", ""))
    if deed is None:
        return page.redirect(f"{ADDRESS}/{copy.id}")
    given = form.get("version", "")
    version = int(given) if given.isdecimal() and len(given) < 10 else -1
    try:
        return await deed(page, copy, version, form)
    except AllmendeError as error:
        if error.status not in (*TOLD, 403):
            raise
        return await _one(page.with_status(error.status), copy, error.text[page.language])


async def _submit(page: Page, copy: WorkingCopy, version: int, form: Mapping[str, str]) -> Response:
    reason = form.get("reason", "")
    await working_copies.submit(page.platform, page.subject, copy.id, version, reason)
    return page.redirect(f"{ADDRESS}/{copy.id}")


async def _release(
    page: Page, copy: WorkingCopy, version: int, form: Mapping[str, str]
) -> Response:
    del form
    await working_copies.release(page.platform, page.subject, copy.id, version)
    return page.redirect(ADDRESS, [("done", "released")])


async def _return(page: Page, copy: WorkingCopy, version: int, form: Mapping[str, str]) -> Response:
    comment = form.get("comment", "")
    await working_copies.send_back(page.platform, page.subject, copy.id, version, comment)
    return page.redirect(ADDRESS, [("done", "returned")])


async def _refresh(
    page: Page, copy: WorkingCopy, version: int, form: Mapping[str, str]
) -> Response:
    del form
    found = await working_copies.refresh(page.platform, page.subject, copy.id, version)
    both = [("both", ",".join(found.both))] if found.both else []
    return page.redirect(f"{ADDRESS}/{copy.id}", both)


async def _discard(
    page: Page, copy: WorkingCopy, version: int, form: Mapping[str, str]
) -> Response:
    del form
    await working_copies.discard(page.platform, page.subject, copy.id, version)
    return page.redirect(ADDRESS, [("done", "discarded")])


_DEEDS: dict[str, Deed] = {
    "submit": _submit,
    "release": _release,
    "return": _return,
    "refresh": _refresh,
    "discard": _discard,
}
