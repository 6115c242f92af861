# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The ways to a session besides a password: second factor, passkey, provider, once more."""

from __future__ import annotations

import msgspec
from starlette.responses import RedirectResponse, Response

from allmende.core import accounts
from allmende.core.identity import journey, passkeys, second
from allmende.core.identity.levels import Assurance
from allmende.core.people import own_account
from allmende.core.signin import not_signed_in
from allmende.errors import AllmendeError, NotAuthenticated
from allmende.portal.agents import kind_of
from allmende.portal.assurance import session_of
from allmende.portal.forms import (
    address_of,
    checked_form,
    checked_step,
    csrf,
    drop_step,
    fields,
    keep_session,
    keep_step,
    session_secret,
    step_csrf,
    step_of,
)
from allmende.portal.page import Crumb, Page
from allmende.portal.words import LANGUAGES

SHOWN_STATUS = (400, 401, 409, 413, 429, 502, 503)
NO_STORE = {"cache-control": "no-store"}


def onward(path: str) -> str:
    """Where to go after signing in: a page of ours without its language, else the account."""
    for tag in LANGUAGES:
        if path.startswith(f"/{tag}/") and "\\" not in path and "//" not in path:
            return path[len(tag) + 1 :]
    return "/account"


def agent_of(page: Page) -> str:
    """The kind of the browser."""
    return kind_of(page.request.headers.get("user-agent", ""))


def level_asked(text: str) -> Assurance:
    """The level a page asks for; low for anything else."""
    return Assurance(text) if text in tuple(Assurance) else Assurance.LOW


def back_to(page: Page, path: str) -> str:
    """A page of ours with its language, for forms."""
    return f"/{page.language}{onward(path)}"


# --- the second factor ---------------------------------------------------------------


async def second_form(page: Page) -> Response:
    """Asks for the code."""
    if not await second.waits(page.platform, step_of(page)):
        return page.redirect("/login")
    return _second_page(page, page.request.query_params.get("next", ""))


def _second_page(page: Page, then: str, error: str = "") -> Response:
    page.headers.update(NO_STORE)
    title = str(page.words("acc.second-step"))
    return page.render(
        "account_second.html",
        title=title,
        crumbs=[Crumb(title)],
        csrf=step_csrf(page),
        next=back_to(page, then),
        error=error,
    )


async def second_step(page: Page) -> Response:
    """Opens the session, or shows the form again with what was wrong."""
    form = await checked_step(page)
    then = form.get("next", "")
    try:
        session = await second.complete(
            page.platform,
            step_of(page),
            form.get("code", ""),
            address_of(page),
            previous=session_secret(page) or None,
        )
    except AllmendeError as error:
        if error.status not in (400, 429):
            raise
        return _second_page(page.with_status(error.status), then, error.text[page.language])
    return keep_session(page, page.redirect(onward(then)), session)


# --- passkeys ------------------------------------------------------------------------


def asked(page: Page, question: passkeys.Asked) -> Response:
    """The question for the device as JSON, with the step in a cookie."""
    body = msgspec.json.encode(question.options)
    return keep_step(page, Response(body, 200, NO_STORE, "application/json"), question.step)


async def passkey_question(page: Page) -> Response:
    """What the device is asked."""
    return asked(page, await passkeys.begin(page.platform, address_of(page)))


async def passkey(page: Page) -> Response:
    """Signs in with what the device answered; with a session, the same person again."""
    form = await fields(page)
    then, again = form.get("next", ""), form.get("again", "")
    only = page.subject.id if again and page.subject.kind == "user" else ""
    try:
        session = await passkeys.finish(
            page.platform,
            step_of(page),
            form.get("credential", ""),
            address_of(page),
            previous=session_secret(page) or None,
            agent=agent_of(page),
            only=only,
        )
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS:
            raise
        return failed(page.with_status(error.status), then, error.text[page.language])
    return keep_session(page, page.redirect(onward(then)), session)


def failed(page: Page, then: str, error: str) -> Response:
    """The page to sign in, with what went wrong."""
    from allmende.portal.views.account import login_page

    return drop_step(page, login_page(page, onward(then), error=error))


# --- providers -----------------------------------------------------------------------


async def provider(page: Page) -> Response:
    """Sends the browser to a provider (303)."""
    query = page.request.query_params
    signed_in = page.subject.kind == "user"
    try:
        begun = await journey.begin(
            page.platform,
            page.request.path_params["id"],
            address_of(page),
            back_to(page, query.get("next", "")),
            purpose="again" if query.get("again") and signed_in else "in",
            subject=page.subject if signed_in else None,
            level=level_asked(query.get("level", "")),
        )
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS:
            raise
        page = page.with_status(error.status)
        return failed(page, query.get("next", ""), error.text[page.language])
    return keep_step(page, RedirectResponse(begun.address, 303, NO_STORE), begun.step)


async def provider_back(page: Page) -> Response:
    """What a provider sends the browser back to."""
    try:
        arrived = await journey.arrive(
            page.platform,
            page.request.path_params["id"],
            step_of(page),
            page.request.query_params,
            address_of(page),
            previous=session_secret(page) or None,
            agent=agent_of(page),
        )
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS:
            raise
        return failed(page.with_status(error.status), "", error.text[page.language])
    there = RedirectResponse(back_to(page, arrived.then), 303, NO_STORE)
    if arrived.session is None:
        return drop_step(page, there)
    return keep_session(page, there, arrived.session)


# --- once more -----------------------------------------------------------------------


async def again_form(page: Page) -> Response:
    """Asks the person who is signed in to do so again, or at a higher level."""
    query = page.request.query_params
    return await _again_page(page, query.get("next", ""), level_asked(query.get("level", "")))


async def _again_page(page: Page, then: str, level: Assurance, error: str = "") -> Response:
    person = await own_account(page.platform, page.subject)
    page.headers.update(NO_STORE)
    title = str(page.words("acc.again" if level is Assurance.LOW else "acc.level-up"))
    local = level is Assurance.LOW
    return page.render(
        "account_again.html",
        title=title,
        crumbs=[Crumb(title)],
        csrf=csrf(page),
        next=back_to(page, then),
        level=level,
        has_password=local and person.has_password,
        passkeys=local and person.passkeys > 0 and passkeys.possible(page.platform.settings),
        providers=journey.reaching(page.platform, level),
        session=await session_of(page),
        error=error,
    )


async def again(page: Page) -> Response:
    """Signs in again with the password; the session is a new one."""
    form = await checked_form(page)
    then, level = form.get("next", ""), level_asked(form.get("level", ""))
    person = await own_account(page.platform, page.subject)
    try:
        session = await accounts.login(
            page.platform,
            person.account.login,
            form.get("password", ""),
            address_of(page),
            previous=session_secret(page),
            agent=agent_of(page),
        )
        if session.account != page.subject.id:
            raise not_signed_in()
    except AllmendeError as error:
        if error.status not in (401, 429):
            raise
        page = page.with_status(error.status)
        return await _again_page(page, then, level, error.text[page.language])
    return keep_session(page, page.redirect(onward(then)), session)


# --- leaving -------------------------------------------------------------------------


async def logged_out(page: Page) -> Response:
    """Says that one is signed out here, and offers to sign out at the provider, too."""
    found = await journey.leaving(page.platform, step_of(page))
    page.headers.update(NO_STORE)
    title = str(page.words("acc.signed-out"))
    return page.render(
        "account_out.html",
        title=title,
        crumbs=[Crumb(title)],
        elsewhere=found.name if found else "",
    )


async def leave_elsewhere(page: Page) -> Response:
    """Sends the browser to the provider to sign out there (303)."""
    then = f"{page.platform.settings.base_url}/logged-out"
    try:
        address = await journey.leave(page.platform, step_of(page), then)
    except NotAuthenticated:
        return drop_step(page, page.redirect("/logged-out"))
    return drop_step(page, RedirectResponse(address, 303, NO_STORE))
