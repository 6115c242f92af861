# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Search results with facets, filters, paging and help when nothing is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from urllib.parse import urlencode

from starlette.responses import Response

from allmende.core.search import FacetCount, SearchResult
from allmende.core.search_address import VALUES
from allmende.model.mqa_words import BAND_WORDS
from allmende.portal import finding, machine, outward
from allmende.portal.finding import counts
from allmende.portal.names import facet_label
from allmende.portal.page import Crumb, Page
from allmende.portal.present import cards
from allmende.portal.search_form import (
    FACETS,
    MAX_DEPTH,
    SIZES,
    SORTS,
    SearchForm,
    page_numbers,
    read,
)

OPEN_FACETS = ("theme", "format", "publisher")
HIDDEN_FACETS = ("keyword", "type", "year")  # too long or too odd to offer unasked
MAX_OPTIONS = 12
OPENNESS = ("open", "restricted", "unknown")
EXPLAINED = ("prefix", "substring", "partial")


Titles = Mapping[str, Mapping[str, str]]
"""Titles of catalogues and publishers, by facet and value."""


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a facet with its number of results."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A group of options."""

    name: str
    label: str
    options: list[Option]
    chosen: int
    open: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter and the address of the search without it."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Pager:
    """Numbers and addresses of result pages."""

    current: int
    last: int
    numbers: list[tuple[int | None, str]]
    previous: str | None
    next: str | None


async def search(page: Page) -> Response:
    """The list of datasets that fit the form in the address."""
    form = read(page.request.query_params)
    page.choice("sort", SORTS)
    page.choice("limit", map(str, SIZES))
    for name, known in VALUES.items():
        page.choice(name, known)
    found = await finding.find(page, form)
    catalogues = {
        each.value: await finding.catalogue_title(page, each.value)
        for each in [*counts(found, "catalogue")[:MAX_OPTIONS], *_chosen(form)]
    }
    titles = {"catalogue": catalogues, "publisher": finding.publisher_names(page, found)}
    paged = pager(page, form, found.total)
    beyond = form.page > paged.last
    if beyond:
        page = page.with_status(404)
    title = page.words.plain("search.title-for", text=form.text) if form.text else ""
    return page.render(
        "search.html",
        title=title or str(page.words("nav.datasets")),
        crumbs=[Crumb(str(page.words("nav.datasets")))],
        form=form,
        total=found.total,
        hits=cards(found.records, page),
        facets=facets(page, form, found, titles),
        chips=chips(page, form, titles),
        pager=paged,
        to_last=page.at("/datasets", form.at_page(paged.last).pairs()) if beyond else "",
        in_city=_in_city(page, form),
        sorts=SORTS if form.text else SORTS[1:],
        suggestions=[
            (word, page.at("/datasets", replace(form, text=word, page=1).pairs()))
            for word in found.suggestions
        ],
        explanation=found.mode if found.mode in EXPLAINED else "",
        ignored=page.words.joined(
            [page.words.plain("search.quoted", word=word) for word in found.ignored]
        ),
        machine=machine.of_search(form),
        feeds=outward.of_search(page, form),
        query=urlencode(form.at_page(1).pairs()),
    )


def _in_city(page: Page, form: SearchForm) -> str:
    """The address of the search within the city's own bounding box; empty when none is set."""
    box = page.site.portal.bbox
    if box is None or box == form.bbox:
        return ""
    return page.at("/datasets", replace(form, bbox=box, page=1).pairs())


def _chosen(form: SearchForm) -> list[FacetCount]:
    return [FacetCount(value, 0) for value in form.facets.get("catalogue", ())]


def facets(page: Page, form: SearchForm, found: SearchResult, titles: Titles) -> list[Facet]:
    """The facets that have something to choose, those in use first open."""
    groups = (
        _facet(page, form, name, counts(found, name), titles)
        for name in FACETS
        if name not in HIDDEN_FACETS or form.facets.get(name)
    )
    return [group for group in groups if group.options]


def _facet(
    page: Page, form: SearchForm, name: str, values: list[FacetCount], titles: Titles
) -> Facet:
    chosen = form.facets.get(name, ())
    known = {each.value: each.count for each in values}
    frequent = {each.value: each.count for each in values[:MAX_OPTIONS]}
    shown = frequent | {value: known.get(value, 0) for value in chosen}
    options = [
        Option(value, label_of(page, name, value, titles), count, value in chosen)
        for value, count in shown.items()
    ]
    is_open = bool(chosen) or (name in OPEN_FACETS and not form.facets)
    return Facet(name, str(page.words(f"facet.{name}")), options, len(chosen), is_open)


def label_of(page: Page, facet: str, value: str, titles: Titles) -> str:
    """The name of a facet value in the language of the page."""
    if facet in titles:
        return titles[facet].get(value, value)
    if facet == "quality":
        return BAND_WORDS.get(value, {}).get(page.language, value)
    if facet == "openness":
        return str(page.words(f"openness.{value}")) if value in OPENNESS else value
    return facet_label(facet, value, page.language) or value


def chips(page: Page, form: SearchForm, titles: Titles) -> list[Chip]:
    """The active filters, each removable by a link."""
    found = [
        Chip(
            f"{page.words(f'facet.{name}')}: {label_of(page, name, value, titles)}",
            page.at("/datasets", form.without(name, value).pairs()),
        )
        for name in FACETS
        for value in form.facets.get(name, ())
    ]
    first = replace(form, page=1)
    if form.bbox:
        label = ", ".join(f"{number:g}" for number in form.bbox)
        address = page.at("/datasets", replace(first, bbox=None).pairs())
        found.append(Chip(f"{page.words('facet.place')}: {label}", address))
    for name, value, rest in (
        ("start", form.start, replace(first, start="")),
        ("end", form.end, replace(first, end="")),
    ):
        if value:
            label = f"{page.words(f'facet.{name}')}: {page.words.date(value)}"
            found.append(Chip(label, page.at("/datasets", rest.pairs())))
    return found


def pager(page: Page, form: SearchForm, total: int) -> Pager:
    """Paging by numbers for a search with so many results."""
    last = max(ceil(min(total, MAX_DEPTH) / form.size), 1)

    def address(number: int) -> str:
        return page.at("/datasets", form.at_page(number).pairs())

    numbers: Sequence[int | None] = page_numbers(form.page, last)
    return Pager(
        form.page,
        last,
        [(number, address(number) if number else "") for number in numbers],
        address(form.page - 1) if 1 < form.page <= last else None,
        address(form.page + 1) if form.page < last else None,
    )
