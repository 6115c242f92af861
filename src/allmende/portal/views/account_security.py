# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How one's own account is protected: second factor, passkeys, providers, sessions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from allmende.core.identity import journey, own, passkeys, second
from allmende.core.people import own_account
from allmende.errors import AllmendeError, InvalidInput
from allmende.portal.assurance import demands, lacks_second, session_of
from allmende.portal.forms import (
    address_of,
    checked_form,
    csrf,
    keep_session,
    keep_step,
    session_secret,
    step_of,
)
from allmende.portal.page import Crumb, Page
from allmende.portal.views.account_signin import NO_STORE, asked

ADDRESS = "/account/security"
SHOWN_STATUS = (400, 401, 404, 409, 413, 429, 502, 503)


def crumbs(page: Page, title: str) -> list[Crumb]:
    """The way to a page below one's own account."""
    return [Crumb(str(page.words("nav.my-account")), page.at("/account")), Crumb(title)]


@demands()
async def security(page: Page) -> Response:
    """The page."""
    return await _page(page)


async def _page(page: Page, *, codes: Sequence[str] = (), error: str = "") -> Response:
    page.headers.update(NO_STORE)
    title = str(page.words("acc.security"))
    current = await session_of(page)
    state = await second.state(page.platform, page.subject)
    return page.render(
        "account_security.html",
        title=title,
        crumbs=crumbs(page, title),
        csrf=csrf(page),
        state=state,
        setup=None if state.since else await second.setup(page.platform, page.subject),
        codes=codes,
        needed=lacks_second(page, current),
        passkeys=await passkeys.of_account(page.platform, page.subject),
        usable=passkeys.possible(page.platform.settings),
        providers=await _providers(page),
        sessions=await own.sessions_of(page.platform, page.subject),
        current=current.id if current else "",
        error=error,
    )


async def _providers(page: Page) -> list[dict[str, Any]]:
    """Every provider that is set, and since when the account is connected with it."""
    person = await own_account(page.platform, page.subject)
    since = {issuer: at for issuer, _, at in person.identities}
    return [
        {"id": each.id, "name": each.name, "since": since.get(each.issuer)}
        for each in journey.providers(page.platform)
    ]


Deed = Callable[[Page, Mapping[str, str]], Awaitable[Response | None]]


async def _done(page: Page, deeds: Mapping[str, Deed]) -> Response:
    """Does what the pressed button says; the page with what was wrong, or anew (303)."""
    form = await checked_form(page)
    deed = deeds.get(form.get("what", ""))
    if deed is None:
        raise InvalidInput("There is no such button.", "Diesen Knopf gibt es nicht.")
    try:
        answer = await deed(page, form)
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS:
            raise
        return await _page(page.with_status(error.status), error=error.text[page.language])
    return answer or page.redirect(ADDRESS)


@demands()
async def factor(page: Page) -> Response:
    """Sets the second factor up, confirms or removes it, makes new recovery codes."""
    deeds = {"begin": _begin, "confirm": _confirm, "remove": _remove, "codes": _codes}
    return await _done(page, deeds)


async def _begin(page: Page, form: Mapping[str, str]) -> None:
    await second.begin(page.platform, page.subject)


async def _confirm(page: Page, form: Mapping[str, str]) -> Response | None:
    session = await session_of(page)
    if session is None:
        return None
    code = form.get("code", "")
    codes, opened = await second.confirm(page.platform, page.subject, session, code)
    page.request.cookies[page.platform.settings.session_cookie] = opened.token
    return keep_session(page, await _page(page, codes=codes), opened)


async def _remove(page: Page, form: Mapping[str, str]) -> None:
    await second.remove(page.platform, page.subject)


async def _codes(page: Page, form: Mapping[str, str]) -> Response:
    return await _page(page, codes=await second.renew_codes(page.platform, page.subject))


@demands()
async def passkey_question(page: Page) -> Response:
    """What the device is asked for a new passkey."""
    await checked_form(page)
    return asked(page, await passkeys.begin_new(page.platform, page.subject))


@demands()
async def keys(page: Page) -> Response:
    """Adds or removes a passkey."""
    return await _done(page, {"add": _add_key, "remove": _remove_key})


async def _add_key(page: Page, form: Mapping[str, str]) -> None:
    answer, name = form.get("credential", ""), form.get("name", "")
    await passkeys.finish_new(page.platform, page.subject, step_of(page), answer, name)


async def _remove_key(page: Page, form: Mapping[str, str]) -> None:
    await passkeys.remove(page.platform, page.subject, form.get("id", ""))


@demands()
async def sessions(page: Page) -> Response:
    """Ends one session, or all others."""
    return await _done(page, {"end": _end, "others": _others})


async def _end(page: Page, form: Mapping[str, str]) -> None:
    await own.end_session(page.platform, page.subject, form.get("id", ""))


async def _others(page: Page, form: Mapping[str, str]) -> None:
    await own.end_others(page.platform, page.subject, session_secret(page))


@demands()
async def providers(page: Page) -> Response:
    """Connects the account with a provider, or no longer."""
    return await _done(page, {"bind": _bind, "unbind": _unbind})


async def _bind(page: Page, form: Mapping[str, str]) -> Response:
    """A page with the link to the provider: a form may not lead to another site by itself."""
    ident = form.get("id", "")
    begun = await journey.begin(
        page.platform,
        ident,
        address_of(page),
        page.at(ADDRESS),
        purpose="bind",
        subject=page.subject,
    )
    page.headers.update(NO_STORE)
    title = str(page.words("acc.connect"))
    name = next(each.name for each in journey.providers(page.platform) if each.id == ident)
    response = page.render(
        "account_connect.html",
        title=title,
        crumbs=crumbs(page, title),
        address=begun.address,
        name=name,
    )
    return keep_step(page, response, begun.step)


async def _unbind(page: Page, form: Mapping[str, str]) -> None:
    for each in journey.providers(page.platform):
        if each.id == form.get("id", ""):
            await journey.unbind(page.platform, page.subject, each.issuer)
