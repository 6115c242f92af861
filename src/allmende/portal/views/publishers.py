# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who publishes: the list of organisations and the page of one."""

from starlette.responses import RedirectResponse, Response

from allmende.errors import NotFound
from allmende.model.vocabulary import vocabulary
from allmende.portal import finding
from allmende.portal.page import Crumb, Page
from allmende.portal.present import agent_name, cards, web
from allmende.portal.search_form import SearchForm
from allmende.portal.views.home import themes

MAX_PUBLISHERS = 1000
NEWEST = 10


async def publishers(page: Page) -> Response:
    """The list, or with `?name=` the page of one organisation."""
    name = page.request.query_params.get("name", "")
    if name:
        return await _one(page, name)
    found = await finding.find(
        page, SearchForm(size=1), counted=("publisher",), facet_limit=MAX_PUBLISHERS
    )
    counted = finding.counts(found, "publisher")
    named = finding.publisher_names(page, found)
    return page.render(
        "publishers.html",
        title=str(page.words("nav.publishers")),
        crumbs=[Crumb(str(page.words("nav.publishers")))],
        publishers=sorted(
            (
                named.get(each.value, each.value),
                each.count,
                page.at("/publishers", [("name", each.value)]),
            )
            for each in counted
        ),
    )


async def moved(page: Page) -> Response:
    """From an address that people guess to the list."""
    query = page.request.url.query
    address = page.at("/publishers") + (f"?{query}" if query else "")
    return RedirectResponse(address, 308)


async def _one(page: Page, name: str) -> Response:
    form = SearchForm(facets={"publisher": (name,)}, sort="modified", size=NEWEST)
    found = await finding.find(page, form)
    if not found.records:  # perhaps only of a catalogue or a service
        found = await finding.find(page, form, kinds=())
    agent = next((r.resource.publisher for r in found.records if r.resource.publisher), None)
    if agent is None:
        raise NotFound(
            f"No dataset here is published by “{name}”.",
            f"Von „{name}“ ist hier kein Datensatz veröffentlicht.",
        )
    shown = agent_name(agent, page.language)
    links = [(iri, iri.removeprefix("mailto:")) for iri in [*agent.homepage, *agent.mbox]]
    return page.render(
        "publisher.html",
        title=shown.text or name,
        crumbs=[
            Crumb(str(page.words("nav.publishers")), page.at("/publishers")),
            Crumb(shown.text or name),
        ],
        type=vocabulary("publisher-type").label(agent.type, page.language) if agent.type else "",
        links=[(iri, text) for iri, text in links if web(iri)],
        total=found.total,
        themes=[
            (theme, page.at("/datasets", [*theme.query, ("publisher", name)]))
            for theme in themes(page, found)
        ],
        newest=cards(found.records, page),
        all_address=page.at("/datasets", [("publisher", name)]),
    )
