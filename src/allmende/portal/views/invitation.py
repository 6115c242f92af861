# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the link of an invitation leads to."""

from __future__ import annotations

from starlette.responses import Response

from allmende.core.identity import inviting
from allmende.core.people import own_account
from allmende.errors import AllmendeError, InvalidInput
from allmende.portal.forms import address_of, checked_form, csrf, fields, keep_session
from allmende.portal.organisations import organisation_names
from allmende.portal.page import Crumb, Page
from allmende.portal.views.account_signin import agent_of

SHOWN_STATUS = (400, 403, 409, 422, 429)


async def form(page: Page) -> Response:
    """The page."""
    return await _page(page, page.request.query_params.get("code", ""))


async def _page(page: Page, code: str, *, name: str = "", error: str = "") -> Response:
    found = await inviting.look(page.platform, code)
    login = ""
    if page.subject.kind == "user":
        login = (await own_account(page.platform, page.subject)).account.login
    page.headers.update({"cache-control": "no-store", "referrer-policy": "no-referrer"})
    title = str(page.words("inv.title"))
    return page.render(
        "invitation.html",
        title=title,
        crumbs=[Crumb(title)],
        csrf=csrf(page),
        code=code,
        invitation=found.invitation,
        names=await organisation_names(page),
        known=found.known,
        mine=login == found.invitation.email,
        other=login if login != found.invitation.email else "",
        name=name or found.invitation.name,
        error=error,
    )


async def accept(page: Page) -> Response:
    """Makes the account and signs in, or takes the invitation up with one's own."""
    given = await (checked_form(page) if page.subject.kind == "user" else fields(page))
    code, name = given.get("code", ""), given.get("name", "")
    try:
        if page.subject.kind == "user":
            await inviting.accept_as(page.platform, page.subject, code)
            return page.redirect("/account")
        if given.get("agree") != "1":
            raise InvalidInput(
                "Please agree to what is kept of you.",
                "Bitte stimmen Sie zu, was über Sie aufbewahrt wird.",
            )
        session = await inviting.accept(
            page.platform,
            code,
            name,
            given.get("password", ""),
            address_of(page),
            agent_of(page),
        )
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS:
            raise
        page = page.with_status(error.status)
        return await _page(page, code, name=name, error=error.text[page.language])
    return keep_session(page, page.redirect("/account"), session)
