# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is kept of a person: to take along, and to have deleted."""

import msgspec
from starlette.responses import Response

from allmende.core.identity import own
from allmende.errors import AllmendeError, InvalidInput
from allmende.portal.assurance import demands
from allmende.portal.forms import checked_form, csrf, drop_session
from allmende.portal.page import Page
from allmende.portal.views.account_security import crumbs
from allmende.portal.views.account_signin import NO_STORE


@demands()
async def data(page: Page) -> Response:
    """The page."""
    return _page(page)


def _page(page: Page, error: str = "") -> Response:
    title = str(page.words("acc.data"))
    return page.render(
        "account_data.html",
        title=title,
        crumbs=crumbs(page, title),
        csrf=csrf(page),
        error=error,
    )


@demands()
async def export(page: Page) -> Response:
    """Everything as a JSON file."""
    found = await own.everything(page.platform, page.subject)
    body = msgspec.json.format(msgspec.json.encode(found), indent=2)
    headers = {**NO_STORE, "content-disposition": 'attachment; filename="account.json"'}
    return Response(body, 200, headers, "application/json")


@demands()
async def delete(page: Page) -> Response:
    """Deletes the account, when that is meant."""
    form = await checked_form(page)
    try:
        if form.get("sure") != "1":
            raise InvalidInput(
                "Please tick the box if you mean it.",
                "Bitte setzen Sie den Haken, wenn Sie sicher sind.",
            )
        await own.erase(page.platform, page.subject)
    except AllmendeError as error:
        if error.status not in (400, 409):
            raise
        return _page(page.with_status(error.status), error.text[page.language])
    return drop_session(page, page.redirect("/logged-out"))
