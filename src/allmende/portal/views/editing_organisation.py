# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The form that says how an organisation stands in records: publisher and contact."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from allmende.core import publishers
from allmende.core.publishers import Publisher
from allmende.errors import AllmendeError, NotAllowed
from allmende.model.catalogue import Agent, Kind
from allmende.policy import Action, may
from allmende.portal.editing.fields import node_fields
from allmende.portal.editing.panel import summary
from allmende.portal.editing.reading import flatten, read
from allmende.portal.editing.saving import languages, sent
from allmende.portal.editing.target import person
from allmende.portal.editing.values import Faults
from allmende.portal.editing.view import Block, Builder, View
from allmende.portal.forms import csrf
from allmende.portal.page import Crumb, Page
from allmende.portal.words import LANGUAGES

AGENT, CONTACT = "agent.", "contact."


async def _known(page: Page) -> Publisher:
    person(page)
    ident = page.request.path_params["id"]
    found = await publishers.get(page.platform, page.subject, ident)
    if not may(page.subject, Action.WRITE, ident):
        raise NotAllowed(
            "Only stewards say how their organisation stands in records.",
            "Wie eine Organisation in Einträgen steht, legen ihre Datenverantwortlichen fest.",
        )
    return found


async def edit(page: Page) -> Response:
    """The form."""
    known = await _known(page)
    return _render(page, known, _state(page, known), Faults())


def _state(page: Page, known: Publisher) -> dict[str, str]:
    agent = flatten(node_fields(Agent), known.agent, page.language, AGENT)
    contact = flatten(node_fields(Kind), known.contact, page.language, CONTACT)
    return {**agent, **contact, "revision": str(known.revision)}


async def save(page: Page) -> Response:
    """Keeps what was sent."""
    known = await _known(page)
    given = await sent(page)
    state, faults = given.state, Faults()
    known.agent = read(node_fields(Agent), known.agent, state, page.language, faults, AGENT)
    known.contact = read(node_fields(Kind), known.contact, state, page.language, faults, CONTACT)
    if not any(text.strip() for text in known.agent.name.values()):
        faults.note(f"{AGENT}name.{page.language}", "edit.fault.title")
    if faults.found:
        return _render(page.with_status(422), known, state, faults)
    revision = state.get("revision", "")
    known.revision = int(revision) if revision.isdecimal() and len(revision) < 9 else -1
    try:
        await publishers.save(page.platform, page.subject, known)
    except AllmendeError as error:
        if error.status != 412:
            raise
        said = error.text[page.language]
        return _render(page.with_status(412), known, state, faults, said)
    return page.redirect(f"/edit/organisation/{known.organisation}", [("saved", "1")])


def _render(
    page: Page, known: Publisher, state: Mapping[str, str], faults: Faults, error: str = ""
) -> Response:
    builder = Builder(page.words, state, languages(state, LANGUAGES), faults.found)
    parts = [
        ("edit.section-agent", _blocks(builder, Agent, AGENT)),
        ("edit.section-contact", _blocks(builder, Kind, CONTACT)),
    ]
    name = page.said(known.agent.name).text or known.organisation
    title = page.words.plain("edit.organisation-title", name=name)
    return page.render(
        "edit_organisation.html",
        title=title,
        crumbs=[Crumb(str(page.words("mine-data.title")), page.at("/my-data")), Crumb(title)],
        here=page.at(f"/edit/organisation/{known.organisation}"),
        parts_of=parts,
        view=View([], builder.lists),
        errors=summary(View([], {}), faults.found, page),
        error=error,
        saved=bool(page.request.query_params.get("saved")),
        revision=state.get("revision", "0"),
        csrf=csrf(page),
    )


def _blocks(builder: Builder, cls: type[Agent] | type[Kind], prefix: str) -> list[Block]:
    return [builder.block(each, prefix + each.name) for each in node_fields(cls)]
