# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms that change something: read within limits and only from our own pages."""

from collections.abc import Mapping

from starlette.responses import Response

from allmende.core.accounts import Session, csrf_fits, csrf_token
from allmende.core.payload import read_form
from allmende.errors import NotAllowed, NotAuthenticated
from allmende.portal.page import Page

MAX_FIELD = 10_000  # characters of one field


def session_secret(page: Page) -> str:
    """The secret of the session in the browser's cookie; empty without one."""
    return page.request.cookies.get(page.platform.settings.session_cookie, "")


def csrf(page: Page) -> str:
    """The value that every form of this session carries; empty without a session."""
    secret = session_secret(page)
    return csrf_token(secret) if secret and page.subject.kind == "user" else ""


async def fields(page: Page) -> Mapping[str, str]:
    """The texts of a sent form; files are passed over."""
    form = await read_form(page.request, page.platform.settings)
    return {name: value[:MAX_FIELD] for name, value in form.items() if isinstance(value, str)}


async def checked_form(page: Page) -> Mapping[str, str]:
    """The form of a signed-in person, sent from our own page; else an error."""
    if page.subject.kind != "user":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    form = await fields(page)
    if not csrf_fits(session_secret(page), form.get("csrf", "")):
        raise NotAllowed(
            "The form is too old. Please load the page again and repeat it.",
            "Das Formular ist zu alt. Bitte laden Sie die Seite neu und wiederholen Sie es.",
        )
    return form


def keep_session(page: Page, response: Response, session: Session) -> Response:
    """Puts the session's secret into the cookie: not for scripts, not for other sites."""
    settings = page.platform.settings
    response.set_cookie(
        settings.session_cookie,
        session.token,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response


def drop_session(page: Page, response: Response) -> Response:
    """Takes the cookie away."""
    settings = page.platform.settings
    response.delete_cookie(
        settings.session_cookie, path="/", secure=settings.secure, httponly=True, samesite="lax"
    )
    return response
