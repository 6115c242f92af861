# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Help for those who build with the data, and the pages the law asks for."""

from starlette.responses import JSONResponse, Response

from allmende.core.search import complete
from allmende.policy import Level
from allmende.portal import examples, finding
from allmende.portal.page import Crumb, Page, View
from allmende.portal.search_form import SearchForm

SUGGESTIONS = 8


async def developers(page: Page) -> Response:
    """Addresses, formats and examples to copy, with a dataset that really exists here."""
    found = await finding.find(page, SearchForm(sort="modified", size=10), counted=())
    open_ones = [each.id for each in found.records if each.data_access == Level.OPEN]
    ident = open_ones[0] if open_ones else "trees"
    title = str(page.words("developers.title"))
    return page.render(
        "developers.html",
        title=title,
        crumbs=[Crumb(title)],
        examples=examples.examples(page.site.base_url, ident),
        addresses=examples.ADDRESSES,
        ident=ident,
    )


async def suggest(page: Page) -> Response:
    """Words and titles that go on as the text begins, as a JSON list for the search field."""
    text = page.request.query_params.get("q", "")[:100]
    found = await complete(page.platform, page.subject, text, SUGGESTIONS) if text.strip() else []
    return JSONResponse(found)


def text_page(name: str) -> View:
    """A view of a page whose text stands in `{name}.html`."""

    async def view(page: Page) -> Response:
        title = str(page.words(f"{name}.title"))
        return page.render(f"{name}.html", title=title, crumbs=[Crumb(title)])

    return view


def begins_at(path: str) -> View:
    """A view that leads to the page of a form, for whoever opens the address of its answer:
    after another language was chosen there, or by going back."""

    async def view(page: Page) -> Response:
        return page.redirect(path)

    return view
