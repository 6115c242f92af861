# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How citizens get an account: asking for a letter, and what its link leads to."""

from __future__ import annotations

from starlette.responses import Response

from allmende.core.sensing import citizens_joining
from allmende.core.sensing.citizens_joining import INVITE, RESET, Letters
from allmende.errors import AllmendeError, InvalidInput
from allmende.portal.forms import fields, keep_session
from allmende.portal.page import Crumb, Page

SHOWN_STATUS = (400, 404, 409, 422, 429)


async def ask_form(page: Page) -> Response:
    """The page to ask for an account."""
    return _ask_page(page)


def _ask_page(page: Page, *, email: str = "", error: str = "", sent: bool = False) -> Response:
    title = str(page.words("join.title"))
    return page.render(
        "join.html",
        title=title,
        crumbs=[Crumb(title)],
        email=email,
        error=error,
        sent=sent,
        possible=citizens_joining.by_mail(page.platform.settings),
        invited=citizens_joining.by_invitation(page.platform.settings),
    )


async def ask(page: Page) -> Response:
    """Sends a letter; the answer is the same for every address."""
    form = await fields(page)
    email = form.get("email", "")
    link = page.absolute(page.at("/register/confirm"))
    try:
        await citizens_joining.ask(page.platform, email, _network(page), link, _letters(page))
    except (InvalidInput, AllmendeError) as error:
        if error.status not in (400, 429):
            raise
        text = error.text[page.language]
        return _ask_page(page.with_status(error.status), email=email, error=text)
    return _ask_page(page, sent=True)


def _letters(page: Page) -> Letters:
    site = page.site.title
    subject = _text(page.words("join.mail-subject", site=site))

    def letter(body: str) -> tuple[str, str]:
        return subject, body

    return Letters(
        join=letter(_text(page.words("join.mail-join", site=site, link="{link}"))),
        reset=letter(_text(page.words("join.mail-reset", site=site, link="{link}"))),
        other=letter(_text(page.words("join.mail-other", site=site))),
    )


def _text(words: object) -> str:
    """A sentence as plain text, not as HTML."""
    from markupsafe import Markup

    return words.unescape() if isinstance(words, Markup) else str(words)


async def confirm_form(page: Page) -> Response:
    """What the link of a letter or an invitation leads to."""
    given = page.request.query_params.get("code", "")
    return await _confirm_page(page, given)


async def _confirm_page(
    page: Page, given: str, *, login: str = "", name: str = "", error: str = ""
) -> Response:
    found = await citizens_joining.code(page.platform, given)
    key = "join.reset" if found.kind == RESET else "join.confirm"
    title = str(page.words(key))
    page.headers.update({"cache-control": "no-store", "referrer-policy": "no-referrer"})
    return page.render(
        "join_confirm.html",
        title=title,
        crumbs=[Crumb(title)],
        code=given,
        email=found.email,
        invited=found.kind == INVITE,
        again=found.kind == RESET,
        login=login,
        name=name,
        error=error,
    )


async def confirm(page: Page) -> Response:
    """Makes the account, or sets the password, and signs the person in."""
    form = await fields(page)
    given, login, name = (form.get(each, "") for each in ("code", "login", "name"))
    try:
        if form.get("agree") != "1":
            raise InvalidInput(
                "Please agree to what is kept of you.",
                "Bitte stimmen Sie zu, was über Sie aufbewahrt wird.",
            )
        session = await citizens_joining.use(
            page.platform,
            given,
            form.get("password", ""),
            login=login,
            name=name,
            network=_network(page),
        )
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS or error.status == 404:
            raise
        text = error.text[page.language]
        page = page.with_status(error.status)
        return await _confirm_page(page, given, login=login, name=name, error=text)
    return keep_session(page, page.redirect("/my-sensors"), session)


def _network(page: Page) -> str:
    client = page.request.client
    return client.host if client else ""
