# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asking for data that are not open, following one's requests, deciding, and the numbers."""

from __future__ import annotations

from starlette.responses import Response

from allmende.core import access, accounts, catalogue, mail
from allmende.core.access import KINDS, MOST_MONTHS, Request
from allmende.core.accounts import NewToken
from allmende.core.catalogue import Record
from allmende.core.people import refused
from allmende.core.sensing import citizens, citizens_joining
from allmende.errors import AllmendeError, NotAuthenticated, NotFound
from allmende.model.catalogue import ResourceKind
from allmende.policy import Action, Role, Scope, may
from allmende.portal.assurance import demands
from allmende.portal.forms import checked_form, csrf
from allmende.portal.markup import Said
from allmende.portal.organisations import organisation_names
from allmende.portal.page import Crumb, Page
from allmende.portal.present import title_of

SHOWN = (400, 403, 409, 413, 429)
KEY_DAYS = 90
STATES = ("open", "asked", "granted", "refused", "withdrawn", "revoked", "ended")
STEPS = ("question", "answer", "granted", "refused", "revoked", "withdrawn", "ended")


async def form(page: Page) -> Response:
    """The form to ask for the data of a dataset."""
    return await _form(page, {})


async def _form(page: Page, given: dict[str, str], error: str = "") -> Response:
    ident = page.request.path_params["id"]
    record = await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, ident)
    state = await access.standing(page.platform, page.subject, record)
    title = str(page.words("req.ask"))
    address = page.at(f"/datasets/{ident}")
    places = await organisation_names(page)
    settings = page.platform.settings
    return page.render(
        "request_form.html",
        title=title,
        crumbs=[Crumb(title_of(record, page).text, address), Crumb(title)],
        record=(title_of(record, page), address),
        ident=ident,
        owner=places.get(record.organisation, record.organisation),
        standing=state,
        joining=citizens_joining.by_mail(settings),
        letters=mail.possible(settings),
        next=f"/{page.language}/datasets/{ident}/request",
        kinds=KINDS,
        most=MOST_MONTHS,
        given=given,
        csrf=csrf(page),
        error=error,
    )


async def ask(page: Page) -> Response:
    """Asks, or shows the form again with what was wrong."""
    given = await checked_form(page)
    try:
        made = await access.ask(
            page.platform,
            page.subject,
            page.request.path_params["id"],
            given.get("kind", ""),
            given.get("purpose", ""),
            _months(given.get("months", "")),
            page.language,
        )
    except AllmendeError as error:
        if error.status not in SHOWN:
            raise
        return await _form(page.with_status(error.status), dict(given), error.text[page.language])
    return page.redirect(f"/requests/{made.id}")


def _months(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 4 else 0


async def mine(page: Page) -> Response:
    """One's own requests."""
    if page.subject.kind != "user":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    found = await access.mine(page.platform, page.subject)
    title = str(page.words("req.mine"))
    return page.render(
        "requests.html",
        title=title,
        crumbs=[Crumb(str(page.words("nav.my-account")), page.at("/account")), Crumb(title)],
        rows=[(each, await _title(page, each)) for each in found],
        queue=False,
    )


async def queue(page: Page) -> Response:
    """Requests one decides about."""
    if page.subject.kind != "user":
        raise refused(page.subject)
    found = await access.queue(page.platform, page.subject)
    title = str(page.words("req.queue"))
    return page.render(
        "requests.html",
        title=title,
        crumbs=[Crumb(str(page.words("nav.my-account")), page.at("/account")), Crumb(title)],
        rows=[(each, await _title(page, each)) for each in found],
        queue=True,
    )


async def _title(page: Page, request: Request) -> Said:
    record = await _record(page, request.dataset)
    return title_of(record, page) if record else Said(request.dataset, None)


async def _record(page: Page, dataset: str) -> Record | None:
    try:
        return await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, dataset)
    except NotFound:
        return None


async def one(page: Page) -> Response:
    """A request with what was said, for who asked and for who decides."""
    return await _one(page)


async def _one(
    page: Page,
    given: dict[str, str] | None = None,
    error: str = "",
    new: NewToken | None = None,
) -> Response:
    talk = await access.one(page.platform, page.subject, page.request.path_params["id"])
    request = talk.request
    places = await organisation_names(page)
    back = ("req.queue", "/requests/queue") if talk.owner else ("req.mine", "/requests/mine")
    title = str(page.words("req.one"))
    return page.render(
        "request.html",
        title=title,
        crumbs=[Crumb(str(page.words(back[0])), page.at(back[1])), Crumb(title)],
        it=request,
        talk=talk,
        about=await _title(page, request),
        address=page.at(f"/datasets/{request.dataset}"),
        organisation=places.get(request.organisation, request.organisation),
        waits=request.status in ("open", "asked"),
        keys=may(page.subject, Action.OBSERVE_OWN, citizens.ORGANISATION),
        new=new,
        most=MOST_MONTHS,
        given=given or {},
        csrf=csrf(page),
        error=error,
    )


async def act(page: Page) -> Response:
    """Answers, takes back, grants, refuses, asks back or revokes."""
    given = await checked_form(page)
    ident, wanted = page.request.path_params["id"], given.get("act", "")
    words = given.get("words", "")
    platform, subject = page.platform, page.subject
    try:
        if wanted == "grant":
            months = _months(given.get("months", ""))
            await access.grant(platform, subject, ident, months, words)
        elif wanted == "withdraw":
            await access.withdraw(platform, subject, ident)
        elif wanted in _WORDED:
            await _WORDED[wanted](platform, subject, ident, words)
    except AllmendeError as error:
        if error.status not in SHOWN:
            raise
        return await _one(page.with_status(error.status), dict(given), error.text[page.language])
    return page.redirect(f"/requests/{ident}")


@demands(second=True)
async def key(page: Page) -> Response:
    """Makes a key with which a citizen's programs read what was granted; shown once."""
    await checked_form(page)
    talk = await access.one(page.platform, page.subject, page.request.path_params["id"])
    days = access.days_left(talk.request)
    if talk.owner or not days:
        raise NotFound("There is no such grant.", "Diese Freigabe gibt es nicht.")
    new = await accounts.create_token(
        page.platform,
        page.subject,
        talk.request.dataset,
        citizens.ORGANISATION,
        Role.CITIZEN,
        [Scope.CATALOGUE_READ],
        min(days, KEY_DAYS),
    )
    return await _one(page, new=new)


_WORDED = {
    "answer": access.answer,
    "ask-back": access.ask_back,
    "refuse": access.refuse,
    "revoke": access.revoke,
}


async def numbers(page: Page) -> Response:
    """How many requests there were and what came of them, for everybody."""
    title = str(page.words("req.numbers"))
    return page.render(
        "requests_numbers.html",
        title=title,
        crumbs=[Crumb(title)],
        figures=await access.numbers(page.platform),
        places=await organisation_names(page),
        cares=access.cares(page.subject),
        signed_in=page.subject.kind == "user",
    )
