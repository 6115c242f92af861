# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signing in and out, one's own account, tokens for programs, and the zero-hit report."""

from collections.abc import Iterable
from contextlib import suppress

from starlette.responses import Response

from allmende.core import access, accounts
from allmende.core.accounts import NewToken, ServiceToken
from allmende.core.identity import caring, journey, passkeys
from allmende.core.search import misses
from allmende.core.sensing import citizens, citizens_care
from allmende.core.signin import PASSWORD
from allmende.core.tokens import own_tokens
from allmende.errors import AllmendeError, InvalidInput, NotAuthenticated, SourceUnavailable
from allmende.policy import EVERY_ORGANISATION, Action, Role, Scope, may
from allmende.portal.assurance import demands, session_of
from allmende.portal.forms import (
    address_of,
    checked_form,
    csrf,
    drop_session,
    fields,
    keep_session,
    keep_step,
    session_secret,
)
from allmende.portal.organisations import organisation_names
from allmende.portal.page import Crumb, Page
from allmende.portal.views.account_signin import agent_of, onward

TOKEN_SCOPES = (
    Scope.CATALOGUE_READ,
    Scope.CATALOGUE_WRITE,
    Scope.SENSORS_WRITE,
    Scope.HARVEST_RUN,
)
TOKEN_ROLES = (Role.READER, Role.CONTRIBUTOR, Role.STEWARD)
DAYS = {"30": 30, "90": 90, "365": 365}


async def login_form(page: Page) -> Response:
    """The page to sign in."""
    if page.subject.kind == "user":
        return page.redirect("/account")
    return login_page(page, onward(page.request.query_params.get("next", "")))


async def login(page: Page) -> Response:
    """Opens a session, or shows the form again with what was wrong."""
    form = await fields(page)
    name, then = form.get("login", ""), onward(form.get("next", ""))
    try:
        session = await accounts.login(
            page.platform,
            name,
            form.get("password", ""),
            address_of(page),
            previous=session_secret(page) or None,
            agent=agent_of(page),
        )
    except AllmendeError as error:
        if error.status not in (401, 429):
            raise
        page = page.with_status(error.status)
        return login_page(page, then, name, error.text[page.language])
    return keep_session(page, page.redirect(then), session)


def login_page(page: Page, then: str, name: str = "", error: str = "") -> Response:
    """The page to sign in, with what was typed and what was wrong."""
    title = str(page.words("login.title"))
    return page.render(
        "login.html",
        title=title,
        crumbs=[Crumb(title)],
        next=f"/{page.language}{then}",
        name=name,
        error=error,
        passkeys=passkeys.possible(page.platform.settings),
        providers=journey.providers(page.platform),
    )


async def logout(page: Page) -> Response:
    """Ends the session; who came by a provider may sign out there, too."""
    await checked_form(page)
    step = ""
    with suppress(SourceUnavailable):
        step = await journey.begin_leaving(page.platform, await session_of(page))
    await accounts.sign_out(page.platform, session_secret(page))
    if step:
        return drop_session(page, keep_step(page, page.redirect("/logged-out"), step))
    return drop_session(page, page.redirect("/"))


async def account(page: Page) -> Response:
    """Who one is, which roles one has, and the tokens one may manage."""
    return await _account_page(page)


async def _account_page(
    page: Page, *, new: NewToken | None = None, error: str = "", done: str = ""
) -> Response:
    if page.subject.kind != "user":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    title = str(page.words("nav.my-account"))
    managed = page.subject.organisations(Role.ADMINISTRATOR)
    tokens = await _tokens(page, managed)
    names = await organisation_names(page)
    everywhere = EVERY_ORGANISATION in managed
    places = sorted(names if everywhere else page.subject.roles.keys() - {citizens.ORGANISATION})
    return page.render(
        "account.html",
        title=title,
        crumbs=[Crumb(title)],
        csrf=csrf(page),
        roles=[
            (organisation, sorted(role.value for role in roles))
            for organisation, roles in sorted(page.subject.roles.items())
        ],
        names=names,
        places=[*managed, *(each for each in places if each not in managed)],
        caring_people=caring.cares(page.subject),
        tokens=tokens,
        token_roles=TOKEN_ROLES if managed else _held(page, places),
        token_scopes=TOKEN_SCOPES,
        days=list(DAYS),
        new=new,
        error=error,
        done=done,
        steward=page.may_bring,
        deciding=access.cares(page.subject),
        requests_waiting=await access.waiting(page.platform, page.subject),
        citizen=may(page.subject, Action.OBSERVE_OWN, citizens.ORGANISATION),
        caring=citizens_care.cares(page.subject),
    )


def _held(page: Page, places: Iterable[str]) -> list[Role]:
    """Roles that somebody's own token may have: those one has, but none that manages people."""
    held = {role for place in places for role in page.subject.roles.get(place, ())}
    return [role for role in Role if role in held and role != Role.ADMINISTRATOR]


async def _tokens(page: Page, organisations: tuple[str, ...]) -> list[ServiceToken]:
    """The tokens that still work, own ones and those of organisations, newest first."""
    wanted = (EVERY_ORGANISATION,) if EVERY_ORGANISATION in organisations else organisations
    found = {each.id: each for each in await own_tokens(page.platform, page.subject)}
    for organisation in wanted:
        for token in await accounts.tokens_of(page.platform, page.subject, organisation):
            found[token.id] = token
    alive = [token for token in found.values() if token.revoked is None]
    return sorted(alive, key=lambda token: -token.created)


@demands(second=True)
async def create_token(page: Page) -> Response:
    """Makes a token and shows its key, once."""
    form = await checked_form(page)
    try:
        new = await accounts.create_token(
            page.platform,
            page.subject,
            form.get("name", ""),
            form.get("organisation", ""),
            Role(form.get("role", "")),
            [scope for scope in TOKEN_SCOPES if form.get(f"scope-{scope.value}")],
            DAYS.get(form.get("days", ""), 90),
        )
    except AllmendeError as error:
        if error.status not in (400, 403, 404, 413):
            raise
        return await _account_page(page.with_status(error.status), error=error.text[page.language])
    except ValueError:
        raise InvalidInput("There is no such role.", "Diese Rolle gibt es nicht.") from None
    return await _account_page(page, new=new)


async def revoke_token(page: Page) -> Response:
    """Makes a token useless."""
    form = await checked_form(page)
    await accounts.revoke_token(page.platform, page.subject, form.get("token", ""))
    return page.redirect("/account")


async def change_password(page: Page) -> Response:
    """Changes one's own password; all other sessions end."""
    form = await checked_form(page)
    now = await session_of(page)
    try:
        session = await accounts.change_password(
            page.platform,
            page.subject,
            form.get("old", ""),
            form.get("new", ""),
            methods=now.methods if now else PASSWORD,
            agent=agent_of(page),
        )
    except AllmendeError as error:
        if error.status not in (400, 403, 422, 429):
            raise
        return await _account_page(page.with_status(error.status), error=error.text[page.language])
    return keep_session(page, page.redirect("/account"), session)


async def zero_hits(page: Page) -> Response:
    """What people looked for in vain, for stewards."""
    found = await misses(page.platform, page.subject)
    title = str(page.words("misses.title"))
    return page.render(
        "misses.html",
        title=title,
        crumbs=[Crumb(str(page.words("nav.my-account")), page.at("/account")), Crumb(title)],
        misses=[
            (each.query, each.number, page.at("/datasets", [("q", each.query)])) for each in found
        ],
    )
