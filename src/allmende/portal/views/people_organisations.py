# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Organisations and their teams, for administrators: a tree, names, what stands above."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from allmende.core import accounts
from allmende.core.accounts import Organisation
from allmende.core.identity import caring
from allmende.core.people import refused, unknown
from allmende.errors import AllmendeError, InvalidInput
from allmende.model.catalogue import local
from allmende.policy import EVERY_ORGANISATION, Action, may
from allmende.portal.assurance import demands
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Crumb, Page
from allmende.portal.views.people import ROLES, SHOWN_STATUS, role_of

ADDRESS = "/people/organisations"
DEEPEST = 20


def tree(found: list[Organisation]) -> list[tuple[int, Organisation]]:
    """The organisations with their depth, each below what it belongs to."""
    below: dict[str | None, list[Organisation]] = {}
    known = {each.id for each in found}
    for each in found:
        below.setdefault(each.parent if each.parent in known else None, []).append(each)
    ordered: list[tuple[int, Organisation]] = []

    def add(parent: str | None, depth: int) -> None:
        for each in below.get(parent, []):
            ordered.append((depth, each))
            if depth < DEEPEST:
                add(each.id, depth + 1)

    add(None, 0)
    return ordered


async def _mine(page: Page) -> list[Organisation]:
    if not caring.cares(page.subject):
        raise refused(page.subject)
    return [
        each
        for each in await accounts.organisations(page.platform, page.subject)
        if may(page.subject, Action.ADMINISTER, each.id)
    ]


def _name(page: Page, organisation: Organisation) -> str:
    return local(organisation.name, page.language) or organisation.id


@demands(second=True)
async def organisations(page: Page) -> Response:
    """The tree."""
    return await _tree(page)


async def _tree(page: Page, error: str = "", given: Mapping[str, str] | None = None) -> Response:
    title = str(page.words("ppl.organisations"))
    mine = tree(await _mine(page))
    return page.render(
        "people_organisations.html",
        title=title,
        crumbs=_crumbs(page, title),
        csrf=csrf(page),
        tree=[(depth, each, _name(page, each)) for depth, each in mine],
        top=may(page.subject, Action.ADMINISTER, EVERY_ORGANISATION),
        given=given or {},
        error=error,
    )


def _crumbs(page: Page, *titles: str) -> list[Crumb]:
    here = [Crumb(str(page.words("ppl.title")), page.at("/people"))]
    if len(titles) > 1:
        here.append(Crumb(titles[0], page.at(ADDRESS)))
    return [*here, Crumb(titles[-1])]


def _names(form: Mapping[str, str]) -> dict[str, str]:
    texts = {tag: form.get(f"name-{tag}", "").strip()[:200] for tag in ("de", "en")}
    return {tag: text for tag, text in texts.items() if text}


@demands(second=True)
async def create(page: Page) -> Response:
    """Adds an organisation."""
    form = await checked_form(page)
    ident = form.get("id", "").strip()
    try:
        known = await accounts.organisations(page.platform, page.subject)
        if ident in {each.id for each in known}:
            raise InvalidInput("This id is taken.", "Diese Kennung ist vergeben.")
        parent = form.get("parent") or None
        await accounts.save_organisation(page.platform, page.subject, ident, _names(form), parent)
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS:
            raise
        return await _tree(page.with_status(error.status), error.text[page.language], form)
    return page.redirect(f"{ADDRESS}/{ident}")


@demands(second=True)
async def one(page: Page) -> Response:
    """One organisation with its teams."""
    return await _one(page)


async def _one(page: Page, error: str = "") -> Response:
    ident = page.request.path_params["id"]
    mine = await _mine(page)
    found = next((each for each in mine if each.id == ident), None)
    if found is None:
        raise unknown(ident)
    people = await accounts.accounts_of(page.platform, page.subject, ident)
    title = _name(page, found)
    return page.render(
        "people_organisation.html",
        title=title,
        crumbs=_crumbs(page, str(page.words("ppl.organisations")), title),
        csrf=csrf(page),
        organisation=found,
        parents=[(each.id, _name(page, each)) for each in mine if each.id != ident],
        may_be_top=may(page.subject, Action.ADMINISTER, EVERY_ORGANISATION),
        above=found.parent or "",
        teams=await caring.teams_of(page.platform, page.subject, ident),
        people=people,
        names={each.id: each.name or each.login for each in people},
        roles=ROLES,
        error=error,
    )


@demands(second=True)
async def act(page: Page) -> Response:
    """Saves the organisation, or makes, changes and removes its teams."""
    form, ident = await checked_form(page), page.request.path_params["id"]
    try:
        await _do(page, ident, form)
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS or error.status == 404:
            raise
        return await _one(page.with_status(error.status), error.text[page.language])
    return page.redirect(f"{ADDRESS}/{ident}")


async def _do(page: Page, ident: str, form: Mapping[str, str]) -> None:
    what, team = form.get("what", ""), form.get("team", "")
    platform, subject = page.platform, page.subject
    if what == "save":
        parent = form.get("parent") or None
        await accounts.save_organisation(platform, subject, ident, _names(form), parent)
    elif what == "team":
        role = role_of(form.get("role", ""))
        await caring.save_team(platform, subject, ident, form.get("name", ""), role, team or None)
    elif what == "team-remove":
        await caring.remove_team(platform, subject, team)
    elif what in ("join", "leave"):
        member = form.get("account", "")
        await caring.set_member(platform, subject, team, member, what == "join")
    else:
        raise InvalidInput("There is no such button.", "Diesen Knopf gibt es nicht.")
