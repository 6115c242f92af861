# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Searching for the pages: the form becomes the core's query, the answer stays as it is."""

from dataclasses import dataclass, field
from typing import Any

from allmende.core.catalogue import Record
from allmende.model.catalogue import ResourceKind
from allmende.portal.page import Page
from allmende.portal.search_form import SearchForm

Counts = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Found:
    """Results of a search: one page of records and, per facet, values with counts."""

    total: int
    records: list[Record]
    facets: dict[str, Counts] = field(default_factory=dict)
    mode: str = "all"
    suggestions: list[str] = field(default_factory=list)


async def find(
    page: Page, form: SearchForm, *, kinds: tuple[ResourceKind, ...] = (ResourceKind.DATASET,)
) -> Found:
    """What the subject of the page finds with the form."""
    from allmende.core import search

    query: Any = search.SearchQuery(
        text=form.text, facets=dict(form.facets), kinds=kinds, bbox=form.bbox,
        start=form.start or None, end=form.end or None, sort=form.order, limit=form.size,
        offset=form.offset, language=page.language,
    )
    result = await search.search(page.platform, page.subject, query)
    facets = {
        name: [(count.value, count.count) for count in counts]
        for name, counts in result.facets.items()
    }
    return Found(result.total, result.records, facets, result.mode, result.suggestions)
