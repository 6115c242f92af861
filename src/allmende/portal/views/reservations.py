# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Licences that ask for permission: the public list, asking for one, and deciding."""

from __future__ import annotations

from starlette.responses import Response

from allmende.core import catalogue, reservations
from allmende.core.access import MOST_MONTHS
from allmende.core.catalogue import Record
from allmende.core.identity import caring
from allmende.core.reservations import Reservation
from allmende.errors import AllmendeError, NotFound
from allmende.model import licensing
from allmende.model.catalogue import ResourceKind
from allmende.policy import Action, Role, may
from allmende.portal.forms import checked_form, csrf
from allmende.portal.organisations import organisation_names
from allmende.portal.page import Crumb, Page
from allmende.portal.present import title_of

SHOWN = (400, 403, 404, 409, 413)
STATES = ("open", "approved", "refused", "withdrawn", "ended")


async def listing(page: Page) -> Response:
    """Reservations that are decided, with their reasons; those that wait for who may see them."""
    return await _listing(page)


async def _listing(page: Page, error: str = "") -> Response:
    found = await reservations.listing(page.platform, page.subject)
    people = sorted({name for each in found for name in (each.asked_by, each.decided_by) if name})
    told = bool(page.subject.organisations(Role.STEWARD, Role.ADMINISTRATOR))
    names = {page.subject.id: page.subject.name or ""}
    if told:
        names |= await caring.names(page.platform, page.subject, people)
    places = await organisation_names(page)
    title = str(page.words("rsv.title"))
    return page.render(
        "reservations.html",
        title=title,
        crumbs=[Crumb(str(page.words("lic.title")), page.at("/licences")), Crumb(title)],
        reservations=[await _row(page, each, names, places) for each in found],
        csrf=csrf(page),
        error=error,
    )


async def _row(
    page: Page, each: Reservation, names: dict[str, str], places: dict[str, str]
) -> dict[str, object]:
    record = await _record(page, each.dataset)
    releases = may(page.subject, Action.RELEASE, each.organisation)
    return {
        "it": each,
        "title": title_of(record, page) if record else None,
        "ground": licensing.ground_text(each.ground)[page.language],
        "organisation": places.get(each.organisation, each.organisation),
        "asked_by": names.get(each.asked_by, ""),
        "decided_by": names.get(each.decided_by or "", ""),
        "decide": each.status == "open" and releases and each.asked_by != page.subject.id,
        "end": each.status in ("open", "approved")
        and may(page.subject, Action.WRITE, each.organisation),
    }


async def _record(page: Page, dataset: str) -> Record | None:
    try:
        return await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, dataset)
    except NotFound:
        return None


async def new(page: Page) -> Response:
    """The form to ask for a reservation for a dataset."""
    return await _new(page, page.request.query_params.get("dataset", ""))


async def _new(page: Page, ident: str, error: str = "", reason: str = "") -> Response:
    record = await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, ident)
    title = str(page.words("rsv.new"))
    return page.render(
        "reservation_new.html",
        title=title,
        crumbs=[
            Crumb(str(page.words("rsv.title")), page.at("/licences/reservations")),
            Crumb(title),
        ],
        record=(title_of(record, page), page.at(f"/datasets/{ident}")),
        ident=ident,
        grounds=[
            (each.code, each.text[page.language])
            for each in await reservations.grounds(page.platform, record)
        ],
        steward=may(page.subject, Action.WRITE, record.organisation),
        most=MOST_MONTHS,
        csrf=csrf(page),
        reason=reason,
        error=error,
    )


async def create(page: Page) -> Response:
    """Asks for a reservation."""
    form = await checked_form(page)
    ident, reason = form.get("dataset", ""), form.get("reason", "")
    months = form.get("months", "")
    try:
        await reservations.ask(
            page.platform,
            page.subject,
            ident,
            form.get("ground", ""),
            reason,
            int(months) if months.isdecimal() and len(months) < 4 else 0,
            page.language,
        )
    except AllmendeError as error:
        if error.status not in SHOWN or error.status == 404:
            raise
        return await _new(page.with_status(error.status), ident, error.text[page.language], reason)
    return page.redirect("/licences/reservations")


async def act(page: Page) -> Response:
    """Decides, takes a wish back, or ends a reservation early."""
    form = await checked_form(page)
    ident, wanted = page.request.path_params["id"], form.get("act", "")
    try:
        if wanted == "end":
            await reservations.withdraw(page.platform, page.subject, ident)
        else:
            await reservations.decide(
                page.platform, page.subject, ident, wanted == "approve", form.get("decision", "")
            )
    except AllmendeError as error:
        if error.status not in SHOWN:
            raise
        return await _listing(page.with_status(error.status), error.text[page.language])
    return page.redirect("/licences/reservations")
