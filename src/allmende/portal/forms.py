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
STEP_SECONDS = 600


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
    """Puts the session's secret into the cookie: not for scripts, not for other sites.

    A pending session goes on to the page that asks for the second factor.
    """
    settings = page.platform.settings
    if session.pending:
        then = response.headers.get("location", page.at("/account"))
        return keep_step(page, page.redirect("/login/second", [("next", then)]), session.token)
    _set(page, response, settings.session_cookie, session.token)
    return drop_step(page, response)


def drop_session(page: Page, response: Response) -> Response:
    """Takes the cookie away."""
    return _drop(page, response, page.platform.settings.session_cookie)


def keep_step(page: Page, response: Response, step: str) -> Response:
    """Puts the key of a step on the way to a session into a cookie of its own."""
    _set(page, response, _step_cookie(page), step, STEP_SECONDS)
    return response


def step_of(page: Page) -> str:
    """The key of the step this browser is at; empty without one."""
    return page.request.cookies.get(_step_cookie(page), "")


def drop_step(page: Page, response: Response) -> Response:
    """Takes that cookie away."""
    return _drop(page, response, _step_cookie(page)) if step_of(page) else response


def step_csrf(page: Page) -> str:
    """The value that forms of a step carry."""
    return csrf_token(step_of(page))


async def checked_step(page: Page) -> Mapping[str, str]:
    """The form of a step, sent from our own page by the same browser; else an error."""
    form = await fields(page)
    if not step_of(page) or not csrf_fits(step_of(page), form.get("csrf", "")):
        raise NotAuthenticated(
            "That took too long; please begin again.",
            "Das hat zu lange gedauert; bitte beginnen Sie noch einmal.",
        )
    return form


def address_of(page: Page) -> str:
    """The network address of the browser."""
    client = page.request.client
    return client.host if client else ""


def _step_cookie(page: Page) -> str:
    return f"{page.platform.settings.session_cookie}-step"


def _set(page: Page, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=page.platform.settings.secure,
        httponly=True,
        samesite="lax",
    )


def _drop(page: Page, response: Response, name: str) -> Response:
    secure = page.platform.settings.secure
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    return response
