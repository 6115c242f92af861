# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Searching for the pages: the form becomes the core's query."""

from collections.abc import Iterable

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.core.search import FacetCount, SearchQuery, SearchResult, search
from allmende.errors import NotFound
from allmende.model.catalogue import ResourceKind
from allmende.portal.markup import said
from allmende.portal.page import Page
from allmende.portal.search_form import FACETS, SearchForm

COUNTED = FACETS
FACET_LIMIT = 40
MAX_RELATED = 50


async def find(
    page: Page,
    form: SearchForm,
    *,
    kinds: tuple[ResourceKind, ...] = (ResourceKind.DATASET,),
    counted: tuple[str, ...] = COUNTED,
    facet_limit: int = FACET_LIMIT,
) -> SearchResult:
    """What the subject of the page finds with the form; facets only of datasets by default."""
    query = SearchQuery(
        text=form.text,
        facets=dict(form.facets),
        kinds=kinds,
        bbox=form.bbox,
        start=form.start or None,
        end=form.end or None,
        sort=form.order,
        limit=form.size,
        offset=form.offset,
        language=page.language,
        counted=counted,
        facet_limit=facet_limit,
    )
    return await search(page.platform, page.subject, query)


def counts(result: SearchResult, facet: str) -> list[FacetCount]:
    """The values of a facet with their numbers, most frequent first."""
    return result.facets.get(facet, [])


def publisher_names(page: Page, result: SearchResult) -> dict[str, str]:
    """The names of the publishers that are counted, in the language of the page."""
    return {value: said(names, page.language).text for value, names in result.publishers.items()}


async def by_address(page: Page, iris: Iterable[str]) -> list[Record]:
    """The visible records with these addresses, each once, at most MAX_RELATED."""
    found = [
        await catalogue.find_by_iri(page.platform, page.subject, iri)
        for iri in list(dict.fromkeys(iris))[:MAX_RELATED]
    ]
    return [record for record in found if record is not None]


async def catalogue_title(page: Page, ident: str | None) -> str:
    """The title of a catalogue, or its id when there is no such one for the subject."""
    if ident is None:
        return ""
    try:
        record = await catalogue.get(page.platform, page.subject, ResourceKind.CATALOG, ident)
    except NotFound:
        return ident
    return said(record.resource.title, page.language).text or ident
