# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A record is published, hidden, archived, taken back or erased: one way after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from allmende.core import catalogue, departures
from allmende.core.catalogue import Record
from allmende.core.catalogue_writing import refused
from allmende.errors import AllmendeError
from allmende.policy import Action, Status, may
from allmende.portal.assurance import demands
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Page, View
from allmende.portal.present import title_of
from allmende.portal.views.past import PARTS, TOLD, crumbs, kind_of, place

WAYS: dict[Status, tuple[str, ...]] = {
    Status.DRAFT: ("publish", "archive"),
    Status.PUBLISHED: ("hide", "archive"),
    Status.ARCHIVED: ("publish", "unarchive", "erase"),
}
"""What can become of a record by its status."""
ALL_WAYS = ("publish", "hide", "archive", "unarchive", "erase")
REASONED = ("archive", "erase")


@dataclass(frozen=True, slots=True)
class Way:
    """What can be done: its name, what it means, and the address of the question."""

    key: str
    verb: str
    hint: str
    address: str


async def _opened(page: Page, action: Action = Action.RELEASE) -> Record:
    ident = page.request.path_params["id"]
    record = await catalogue.get(page.platform, page.subject, kind_of(page), ident)
    if page.subject.kind != "user" or not may(page.subject, action, record.organisation):
        raise refused(page.subject, action)
    return record


async def status(page: Page) -> Response:
    """The ways a record can go; with `to` the question whether it is really to go there."""
    return await _status(page, await _opened(page), page.request.query_params.get("to", ""))


async def _status(page: Page, record: Record, to: str, error: str = "") -> Response:
    here = place(record, "status")
    ways = [
        Way(
            key,
            str(page.words(f"leave.do.{key}")),
            str(page.words(f"leave.hint.{key}")),
            page.at(place(record, "erase")) if key == "erase" else page.at(here, [("to", key)]),
        )
        for key in WAYS[record.status]
        if key != "erase" or may(page.subject, Action.ADMINISTER, record.organisation)
    ]
    title = str(page.words("leave.title"))
    return page.render(
        "record_status.html",
        title=title,
        crumbs=crumbs(page, record, title),
        record=record,
        record_title=title_of(record, page),
        now=str(page.words(f"past.status.{record.status.value}")),
        ways=ways,
        chosen=next((each for each in ways if each.key == to), None),
        reasoned=to in REASONED,
        csrf=csrf(page),
        here=page.at(place(record, "erase") if to == "erase" else here),
        again=page.at(here),
        back=page.at(place(record)),
        error=error,
    )


async def move(page: Page) -> Response:
    """Does what was chosen, unless somebody has changed the record meanwhile."""
    form = await checked_form(page)
    record = await _opened(page)
    to = form.get("to", "")
    if to not in WAYS[record.status] or to == "erase":
        return page.redirect(place(record, "status"))
    try:
        await _move(page, record, form)
    except AllmendeError as error:
        if error.status not in (*TOLD, 403):
            raise
        return await _status(page.with_status(error.status), record, to, error.text[page.language])
    return page.redirect(place(record))


def _revision(form: Mapping[str, str]) -> int:
    """The revision the form was made for; -1, which no record has, when it says none."""
    known = form.get("revision", "")
    return int(known) if known.isdecimal() and len(known) < 10 else -1


async def _move(page: Page, record: Record, form: Mapping[str, str]) -> None:
    where = (page.platform, page.subject, record.kind, record.id)
    to, reason = form["to"], form.get("reason", "")
    expected = _revision(form)
    if to == "archive":
        await departures.archive(
            *where, reason, replaced_by=form.get("replaced-by", ""), expected_revision=expected
        )
    elif record.status == Status.ARCHIVED:
        await departures.unarchive(
            *where, reason, publish=to == "publish", expected_revision=expected
        )
    else:
        wanted = Status.PUBLISHED if to == "publish" else Status.DRAFT
        await catalogue.release(*where, wanted, reason[: departures.LONGEST_REASON])


@demands()
async def erase_form(page: Page) -> Response:
    """The question whether a record is really to be erased; to be signed in just now."""
    return await _status(page, await _opened(page, Action.ADMINISTER), "erase")


@demands()
async def erase(page: Page) -> Response:
    """Erases a record for good."""
    form = await checked_form(page)
    record = await _opened(page, Action.ADMINISTER)
    where = (page.platform, page.subject, record.kind, record.id)
    try:
        reason = form.get("reason", "")
        await departures.erase(*where, reason, expected_revision=_revision(form))
    except AllmendeError as error:
        if error.status not in TOLD:
            raise
        failed = page.with_status(error.status)
        return await _status(failed, record, "erase", error.text[page.language])
    return page.redirect("/datasets")


def pages() -> tuple[tuple[str, View], ...]:
    """The pages on which every kind of record gets another status."""
    ways = (("status", status), ("erase", erase_form))
    return tuple((f"/{part}/{{id}}/{name}", view) for part in PARTS for name, view in ways)


def forms() -> tuple[tuple[str, View], ...]:
    """What is sent from them."""
    ways = (("status", move), ("erase", erase))
    return tuple((f"/{part}/{{id}}/{name}", view) for part in PARTS for name, view in ways)
