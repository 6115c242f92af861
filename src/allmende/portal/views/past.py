# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The history of a record: its revisions, one state, what differs between two, undo, as of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.responses import Response

from allmende.core import catalogue, departures, file_removal, history, working_copies
from allmende.core.asking import renamed
from allmende.core.catalogue import Record
from allmende.core.history import Author, Step
from allmende.core.platform import ADDRESS_PARTS
from allmende.core.working_copies import WorkingCopy
from allmende.errors import AllmendeError, Gone, NotFound
from allmende.model.catalogue import RESOURCE_TYPES, ResourceKind
from allmende.policy import Action, may
from allmende.portal import past
from allmende.portal.forms import checked_form, csrf
from allmende.portal.organisations import organisation_names
from allmende.portal.page import Crumb, Page, View
from allmende.portal.present import title_of

PARTS = {part: kind for kind, part in ADDRESS_PARTS.items()}
ABOVE = {"series": "datasets", "dataservices": "datasets"}
A_PAGE = 50
TOLD = (400, 404, 409, 412, 413, 422)
DEEDS = ("created", "published", "hidden", "archived", "unarchived", "access", "changed")
AUTHORS = ("program", "platform", "gone")


@dataclass(frozen=True, slots=True)
class StepView:
    """One revision as the list shows it, with the address of its state and of what it changed."""

    number: int
    deed: str
    when: str
    reason: str
    author: str
    released_by: str
    address: str
    changes: str
    status: str
    access: str


def kind_of(page: Page) -> ResourceKind:
    """The kind of record the address is about."""
    return PARTS[page.path.split("/")[1]]


def place(record: Record, *parts: object) -> str:
    """The path of a record's page, or of one below it, without language."""
    return "/".join([f"/{ADDRESS_PARTS[record.kind]}/{record.id}", *map(str, parts)])


def crumbs(page: Page, record: Record, *titles: str) -> list[Crumb]:
    """List, record, history, and the page itself."""
    part = ADDRESS_PARTS[record.kind]
    above = ABOVE.get(part, part)
    found = [
        Crumb(str(page.words(f"nav.{above}")), page.at(f"/{above}")),
        Crumb(title_of(record, page).text, page.at(place(record))),
    ]
    if len(titles) > 1:
        found.append(Crumb(titles[0], page.at(place(record, "history"))))
    return [*found, Crumb(titles[-1])]


def author_name(page: Page, author: Author | None) -> str:
    """Who somebody is, for those who may know; else empty."""
    if author is None:
        return ""
    if author.kind == "person":
        return author.name
    return page.words.plain(f"past.by.{author.kind}", name=author.name)


async def _record(page: Page) -> Record:
    ident = page.request.path_params["id"]
    return await catalogue.get(page.platform, page.subject, kind_of(page), ident)


# --- the list --------------------------------------------------------------------------


async def listing(page: Page) -> Response:
    """The revisions, newest first, 50 a page; with `from` and `to` leads to what differs."""
    record = await _record(page)
    query = page.request.query_params
    if "from" in query and "to" in query:
        pair = [_number(query.get(name, "")) for name in ("from", "to")]
        if all(pair) and pair[0] != pair[1]:
            return page.redirect(place(record, "history", "{}...{}".format(*sorted(pair))))
    steps = await history.steps(page.platform, page.subject, record.kind, record.id)
    start = min(_number(query.get("skip", "")), 100_000)
    shown = steps[start : start + A_PAGE]
    title = str(page.words("past.title"))
    here = place(record, "history")
    return page.render(
        "past_list.html",
        title=title,
        crumbs=crumbs(page, record, title),
        record_title=title_of(record, page),
        here=page.at(here),
        record_address=page.at(place(record)),
        numbers=[(each.number, page.words.moment(each.at)) for each in steps[:500]],
        steps=[_step(page, record, each, steps) for each in shown],
        older=page.at(here, [("skip", str(start + A_PAGE))]) if steps[start + A_PAGE :] else "",
        newer=page.at(here, [("skip", str(max(0, start - A_PAGE)))]) if start else "",
        json=f"{place(record, 'history')}.json",
        today=datetime.now(UTC).date().isoformat(),
        status_address=_status_address(page, record),
        copy=await _copy(page, record),
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _step(page: Page, record: Record, step: Step, steps: list[Step]) -> StepView:
    at = steps.index(step)
    older = steps[at + 1].number if at + 1 < len(steps) else 0
    pair = f"{older}...{step.number}"
    return StepView(
        number=step.number,
        deed=str(page.words(f"past.deed.{step.deed}")),
        when=page.words.moment(step.at),
        reason=step.reason,
        author=author_name(page, step.author),
        released_by=author_name(page, step.released_by),
        address=page.at(place(record, "history", step.number)),
        changes=page.at(place(record, "history", pair)) if older else "",
        status=step.status.value,
        access=step.metadata_access.value,
    )


def _status_address(page: Page, record: Record) -> str:
    allowed = may(page.subject, Action.RELEASE, record.organisation)
    person = page.subject.kind == "user"
    return page.at(place(record, "status")) if allowed and person else ""


async def _copy(page: Page, record: Record) -> WorkingCopy | None:
    return await working_copies.of_record(page.platform, page.subject, record.kind, record.id)


# --- one state ---------------------------------------------------------------------------


async def state(page: Page) -> Response:
    """Everything the record said after a change, and the form to restore it."""
    record = await _record(page)
    number = page.request.path_params["number"]
    then = await history.at_revision(page.platform, page.subject, record.kind, record.id, number)
    return await _state(page, record, then)


async def _state(page: Page, record: Record, then: Record) -> Response:
    empty = RESOURCE_TYPES[record.kind]()
    deleted = await file_removal.told(page.platform, page.subject, then)
    title = str(page.words("past.state", n=then.revision))
    return page.render(
        "past_state.html",
        title=title,
        crumbs=crumbs(page, record, str(page.words("past.title")), title),
        record_title=title_of(then, page),
        when=page.words.moment(then.updated),
        current=then.revision == record.revision,
        then=then,
        deleted=[(each.name, page.words.moment(each.at), each.reason) for each in deleted],
        said=past.views(page, history.differences(empty, then.resource)),
        record_address=page.at(place(record)),
        history_address=page.at(place(record, "history")),
        compare_address=page.at(place(record, "history", f"{then.revision}...{record.revision}")),
        machine=f"{place(record, 'history', then.revision)}",
    )


# --- two states --------------------------------------------------------------------------


async def difference(page: Page) -> Response:
    """What differs between two revisions, and the form that restores the older one."""
    return await _difference(page, await _record(page))


async def _difference(page: Page, record: Record, error: str = "") -> Response:
    old, new = page.request.path_params["pair"]
    found = await history.compare(page.platform, page.subject, record.kind, record.id, old, new)
    known = await history.authors(page.platform, page.subject, [found.new])
    title = page.words.plain("past.differ", old=old, new=new)
    restores = new == record.revision > old
    return page.render(
        "past_diff.html",
        title=title,
        crumbs=crumbs(page, record, str(page.words("past.title")), title),
        record_title=title_of(record, page),
        old=found.old,
        new=found.new,
        author=author_name(page, known.get(found.new.actor)),
        changes=past.views(page, found.changes),
        left_out=max(0, past.count(found.changes) - past.MOST_CHANGES),
        here=page.at(place(record, "history", f"{old}...{new}")),
        undo=page.at(place(record, "history", old, "restore")),
        may_undo=restores and page.subject.kind == "user" and _may_write(page, record),
        csrf=csrf(page),
        record=record,
        error=error,
        history_address=page.at(place(record, "history")),
        state_addresses=[page.at(place(record, "history", each)) for each in (old, new)],
        json=f"{place(record, 'history', f'{old}...{new}')}.json",
    )


def _may_write(page: Page, record: Record) -> bool:
    return may(page.subject, Action.WRITE_DRAFT, record.organisation)


async def restore(page: Page) -> Response:
    """Makes an older content the current one, or a working copy with it."""
    form = await checked_form(page)
    record = await _record(page)
    number = page.request.path_params["number"]
    try:
        made = await history.restore(
            page.platform,
            page.subject,
            record.kind,
            record.id,
            number,
            expected_revision=_number(form.get("revision", "")),
            reason=form.get("reason", ""),
        )
    except AllmendeError as error:
        if error.status not in TOLD:
            raise
        page.request.path_params["pair"] = (number, record.revision)
        failed = page.with_status(error.status)
        return await _difference(failed, record, error.text[page.language])
    if isinstance(made, WorkingCopy):
        return page.redirect(f"/releases/{made.id}")
    return page.redirect(place(record, "history"))


# --- as of, and what has left --------------------------------------------------------------


def standing(view: View) -> View:
    """The page of a record that also answers `?as-of=` and knows what has left its address."""

    async def shown(page: Page) -> Response:
        renamed(page.request.query_params, history.OTHER_NAMES)
        moment = page.request.query_params.get("as-of", "")
        try:
            return await _as_of(page, moment) if moment else await view(page)
        except Gone:
            raise
        except NotFound:
            ident = page.request.path_params["id"]
            left = await departures.find(page.platform, page.subject, kind_of(page), ident)
            if left is None:
                raise
            return await _gone(page, left)

    return shown


async def _as_of(page: Page, text: str) -> Response:
    record = await _record(page)
    moment = history.moment_of(text, page.platform.settings.timezone)
    then = await history.as_of(page.platform, page.subject, record.kind, record.id, moment)
    return await _state(page, record, then)


async def _gone(page: Page, left: departures.Departure) -> Response:
    names = await organisation_names(page)
    return page.with_status(410).render(
        "gone.html",
        title=str(page.words("gone.title")),
        record_title=page.said(left.title),
        left=left,
        organisation=names.get(left.organisation, left.organisation),
        when=page.words.moment(left.at),
    )


# --- addresses -----------------------------------------------------------------------------


def pages() -> tuple[tuple[str, View], ...]:
    """The pages about the past of every kind of record."""
    return tuple(
        (f"/{part}/{{id}}/history{rest}", view)
        for part in PARTS
        for rest, view in (
            ("", listing),
            ("/{pair:pair}", difference),
            ("/{number:int}", state),
        )
    )


def forms() -> tuple[tuple[str, View], ...]:
    """What is sent from them."""
    return tuple((f"/{part}/{{id}}/history/{{number:int}}/restore", restore) for part in PARTS)
