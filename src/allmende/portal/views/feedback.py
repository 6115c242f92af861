# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Feedback on a dataset: what was said and answered, the form, and the pages of its owner."""

from __future__ import annotations

from starlette.responses import Response

from allmende.core import catalogue, feedback
from allmende.core.feedback import KINDS, OUTCOMES, STATES, Feedback, Said
from allmende.core.participation import TRAP, cares, check_form, is_trapped, mark
from allmende.errors import AllmendeError, InvalidInput
from allmende.model.catalogue import ResourceKind
from allmende.portal.forms import address_of, checked_form, csrf, fields
from allmende.portal.page import Crumb, Page
from allmende.portal.present import title_of

SHOWN = (400, 413, 429)
DEEDS = ("publish", "refuse", "reopen", "answer")


async def of_dataset(page: Page) -> Response:
    """What was said about a dataset, and the form to say something."""
    return await _page(page, {})


async def _page(page: Page, given: dict[str, str], error: str = "", done: str = "") -> Response:
    ident = page.request.path_params["id"]
    record = await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, ident)
    name = title_of(record, page)
    return page.render(
        "feedback.html",
        title=str(page.words("fb.title")),
        crumbs=[
            Crumb(str(page.words("nav.datasets")), page.at("/datasets")),
            Crumb(name.text, page.at(f"/datasets/{record.id}")),
            Crumb(str(page.words("fb.title"))),
        ],
        name=name,
        record=record,
        found=await feedback.of_record(page.platform, record),
        possible=feedback.is_open(page.platform.settings),
        cares=cares(page.subject, record.organisation),
        kinds=KINDS,
        given={"kind": "", "text": "", "name": "", "email": "", "private": "", **given},
        error=error,
        done=done,
        mark=mark(page.platform),
        trap=TRAP,
    )


async def say(page: Page) -> Response:
    """Keeps what somebody says."""
    given = await fields(page)
    said = Said(
        kind=given.get("kind", ""),
        text=given.get("text", ""),
        private=given.get("private") == "1",
        name=given.get("name", ""),
        email=given.get("email", ""),
        language=page.language,
    )
    done = "waiting"
    try:
        if not is_trapped(given):
            check_form(page.platform, given)
            ident, network = page.request.path_params["id"], address_of(page)
            made = await feedback.say(page.platform, page.subject, ident, said, network)
            done = "private" if made.private else made.state
    except AllmendeError as error:
        if error.status not in SHOWN:
            raise
        text = error.text[page.language]
        return await _page(page.with_status(error.status), dict(given), text)
    return await _page(page, {}, done=done)


# --- for who looks after the dataset -------------------------------------------------


async def inbox(page: Page) -> Response:
    """What was said about the datasets one looks after."""
    query = page.request.query_params
    state, before = page.choice("state", STATES), query.get("before", "")
    start = int(before) if before.isdecimal() and len(before) < 16 else 1 << 53
    found = await feedback.inbox(page.platform, page.subject, state, start)
    one_each = {each.dataset: each for each in found}.items()
    title = str(page.words("fb.inbox"))
    return page.render(
        "feedback_inbox.html",
        title=title,
        crumbs=[Crumb(title)],
        found=found,
        titles={name: title_of(await _record(page, each), page).text for name, each in one_each},
        state=state,
        states=STATES,
        more=found[-1].id if len(found) == feedback.PAGE else None,
    )


async def one(page: Page) -> Response:
    """One piece of feedback, to publish, answer and close it."""
    return await _one(page)


async def _one(page: Page, error: str = "", text: str = "") -> Response:
    found = await feedback.one(page.platform, page.subject, page.request.path_params["id"])
    title = str(page.words("fb.one", number=found.id))
    return page.render(
        "feedback_one.html",
        title=title,
        crumbs=[Crumb(str(page.words("fb.inbox")), page.at("/feedback")), Crumb(title)],
        it=found,
        record=await _record(page, found),
        names=await feedback.names(page.platform, [found]),
        outcomes=OUTCOMES,
        csrf=csrf(page),
        text=text,
        error=error,
    )


async def _record(page: Page, found: Feedback) -> catalogue.Record:
    return await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, found.dataset)


async def act(page: Page) -> Response:
    """What the owner does with it."""
    given = await checked_form(page)
    ident, deed = page.request.path_params["id"], given.get("deed", "")
    text = given.get("text", "")
    try:
        if deed not in DEEDS:
            raise InvalidInput("There is no such choice.", "Diese Auswahl gibt es nicht.")
        if deed == "answer":
            outcome = given.get("outcome", "")
            await feedback.answer(page.platform, page.subject, ident, text, outcome)
        else:
            does = {
                "publish": feedback.publish,
                "refuse": feedback.refuse,
                "reopen": feedback.reopen,
            }
            await does[deed](page.platform, page.subject, ident)
    except AllmendeError as error:
        if error.status not in (400, 409):
            raise
        return await _one(page.with_status(error.status), error.text[page.language], text)
    return page.redirect(f"/feedback/{ident}")
