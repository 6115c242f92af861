# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""People, for administrators: who there is, inviting, roles, lost devices, disabling."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response

from allmende.core import accounts, mail
from allmende.core.accounts import Account
from allmende.core.identity import caring, inviting, second
from allmende.core.identity.config import identity
from allmende.errors import AllmendeError, InvalidInput
from allmende.model.catalogue import local
from allmende.policy import EVERY_ORGANISATION, Action, Role, may
from allmende.portal.assurance import demands
from allmende.portal.forms import checked_form, csrf
from allmende.portal.organisations import organisation_names
from allmende.portal.page import Crumb, Page

ROLES = tuple(role for role in Role if role is not Role.CITIZEN)
SHOWN_STATUS = (400, 403, 404, 409, 413)
A_PAGE = 100


def role_of(text: str) -> Role | None:
    """A role by its name; None for "" and InvalidInput for what is no role."""
    if not text:
        return None
    if text not in tuple(Role):
        raise InvalidInput("There is no such role.", "Diese Rolle gibt es nicht.")
    return Role(text)


async def places(page: Page) -> list[tuple[str, str]]:
    """Ids and names of the organisations the subject administers; `*` first if it may."""
    found = [
        (each.id, local(each.name, page.language) or each.id)
        for each in await accounts.organisations(page.platform, page.subject)
        if may(page.subject, Action.ADMINISTER, each.id)
    ]
    if may(page.subject, Action.ADMINISTER, EVERY_ORGANISATION):
        return [(EVERY_ORGANISATION, str(page.words("account.everywhere"))), *found]
    return found


@demands(second=True)
async def people(page: Page) -> Response:
    """The list."""
    return await _list(page)


async def _list(page: Page, *, link: str = "", sent: str = "", error: str = "") -> Response:
    query = page.request.query_params.get("q", "").strip().casefold()
    found = [
        each
        for each in await caring.people(page.platform, page.subject)
        if query in each.login or query in each.name.casefold()
    ]
    title = str(page.words("ppl.title"))
    organisations = await places(page)
    return page.render(
        "people.html",
        title=title,
        crumbs=_crumbs(page, title),
        csrf=csrf(page),
        people=found[:A_PAGE],
        more=max(0, len(found) - A_PAGE),
        q=page.request.query_params.get("q", ""),
        names=await organisation_names(page),
        places=organisations,
        roles=ROLES,
        teams=await _teams(page, organisations),
        invitations=await inviting.open_invitations(page.platform, page.subject),
        by_mail=mail.possible(page.platform.settings),
        days=identity(page.platform.settings).invitation_days,
        link=link,
        sent=sent,
        error=error,
    )


def _crumbs(page: Page, title: str) -> list[Crumb]:
    return [Crumb(str(page.words("nav.my-account")), page.at("/account")), Crumb(title)]


async def _teams(page: Page, organisations: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (team.id, f"{name}: {team.name}")
        for ident, name in organisations
        if ident != EVERY_ORGANISATION
        for team in await caring.teams_of(page.platform, page.subject, ident)
    ]


@demands(second=True)
async def invite(page: Page) -> Response:
    """Invites somebody; the page with the link when no letters are sent."""
    form = await checked_form(page)
    try:
        wish = inviting.Wish(
            email=form.get("email", ""),
            name=form.get("name", ""),
            roles=inviting.roles_from(form.get("organisation", ""), role_of(form.get("role", ""))),
            team=form.get("team", ""),
        )
        address = page.absolute(page.at("/invitation"))
        link = await inviting.invite(page.platform, page.subject, wish, address, _letter(page))
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS:
            raise
        return await _list(page.with_status(error.status), error=error.text[page.language])
    page.headers.update({"cache-control": "no-store"})
    if mail.possible(page.platform.settings):
        return await _list(page, sent=wish.email)
    return await _list(page, link=link)


def _letter(page: Page) -> tuple[str, str]:
    days = identity(page.platform.settings).invitation_days
    words = {"site": page.site.title, "name": page.subject.name, "days": days, "link": "{link}"}
    return _plain(page.words("ppl.mail-subject", site=page.site.title)), _plain(
        page.words("ppl.mail-text", **words)
    )


def _plain(words: object) -> str:
    """A sentence as plain text, not as HTML."""
    from markupsafe import Markup

    return words.unescape() if isinstance(words, Markup) else str(words)


@demands(second=True)
async def take_back(page: Page) -> Response:
    """Makes an invitation useless."""
    form = await checked_form(page)
    await inviting.take_back(page.platform, page.subject, form.get("id", ""))
    return page.redirect("/people")


# --- one of them ---------------------------------------------------------------------


@demands(second=True)
async def one(page: Page) -> Response:
    """One person."""
    return await _one(page)


async def _one(page: Page, error: str = "") -> Response:
    ident = page.request.path_params["id"]
    found = await caring.person(page.platform, page.subject, ident)
    organisations = await places(page)
    title = found.account.name or found.account.login
    teams = await _teams(page, organisations)
    return page.render(
        "person.html",
        title=title,
        crumbs=[
            *_crumbs(page, "")[:1],
            Crumb(str(page.words("ppl.title")), page.at("/people")),
            Crumb(title),
        ],
        csrf=csrf(page),
        person=found,
        given=[(org, role) for org, held in sorted(found.given.items()) for role in sorted(held)],
        names=await organisation_names(page),
        places=organisations,
        roles=ROLES,
        teams=[each for each in teams if each[0] not in {team.id for team in found.teams}],
        myself=found.account.id == page.subject.id,
        error=error,
    )


Deed = Callable[[Page, str, Mapping[str, str]], Awaitable[None]]


@demands(second=True)
async def act(page: Page) -> Response:
    """Does what the pressed button says."""
    form, ident = await checked_form(page), page.request.path_params["id"]
    deed = DEEDS.get(form.get("what", ""))
    if deed is None:
        raise InvalidInput("There is no such button.", "Diesen Knopf gibt es nicht.")
    try:
        await deed(page, ident, form)
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS or error.status == 404:
            raise
        return await _one(page.with_status(error.status), error.text[page.language])
    if form.get("what") == "delete":
        return page.redirect("/people")
    return page.redirect(f"/people/{ident}")


async def _grant(page: Page, ident: str, form: Mapping[str, str]) -> None:
    role = role_of(form.get("role", "")) or Role.READER
    await _seen(page, ident)
    await accounts.grant(page.platform, page.subject, ident, form.get("organisation", ""), role)


async def _withdraw(page: Page, ident: str, form: Mapping[str, str]) -> None:
    role = role_of(form.get("role", "")) or Role.READER
    await accounts.withdraw(page.platform, page.subject, ident, form.get("organisation", ""), role)


async def _join(page: Page, ident: str, form: Mapping[str, str]) -> None:
    await caring.set_member(page.platform, page.subject, form.get("team", ""), ident, True)


async def _leave(page: Page, ident: str, form: Mapping[str, str]) -> None:
    await caring.set_member(page.platform, page.subject, form.get("team", ""), ident, False)


async def _disable(page: Page, ident: str, form: Mapping[str, str]) -> None:
    caring.require_not_self(page.subject, ident)
    await accounts.set_active(page.platform, page.subject, ident, False)


async def _enable(page: Page, ident: str, form: Mapping[str, str]) -> None:
    await accounts.set_active(page.platform, page.subject, ident, True)


async def _reset(page: Page, ident: str, form: Mapping[str, str]) -> None:
    caring.require_not_self(page.subject, ident)
    await second.reset(page.platform, page.subject, ident)


async def _sessions(page: Page, ident: str, form: Mapping[str, str]) -> None:
    await caring.end_sessions(page.platform, page.subject, ident)


async def _delete(page: Page, ident: str, form: Mapping[str, str]) -> None:
    caring.require_not_self(page.subject, ident)
    if form.get("sure") != "1":
        raise InvalidInput(
            "Please tick the box if you mean it.",
            "Bitte setzen Sie den Haken, wenn Sie sicher sind.",
        )
    await accounts.delete_account(page.platform, page.subject, ident)


async def _seen(page: Page, ident: str) -> Account:
    """The account, when the subject sees it; NotFound."""
    return (await caring.person(page.platform, page.subject, ident)).account


DEEDS: dict[str, Deed] = {
    "grant": _grant,
    "withdraw": _withdraw,
    "join": _join,
    "leave": _leave,
    "disable": _disable,
    "enable": _enable,
    "reset": _reset,
    "sessions": _sessions,
    "delete": _delete,
}
