# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The home page: search, themes, newest, what the commons is, numbers."""

from dataclasses import dataclass

from starlette.responses import Response

from allmende.core.search import SearchResult
from allmende.core.sensing import following
from allmende.core.sensing.staleness import now
from allmende.model.vocabulary import vocabulary
from allmende.portal import finding, names, outward, sensing_home
from allmende.portal.field_picture import field_picture
from allmende.portal.finding import counts
from allmende.portal.markup import Said
from allmende.portal.page import Page
from allmende.portal.present import cards
from allmende.portal.search_form import SearchForm
from allmende.portal.sensing_words import moment
from allmende.portal.views.sensing_things import live_address

NEWEST = 6
TRIES = 4


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme with its number of datasets."""

    code: str
    label: str
    count: int
    address: str
    query: list[tuple[str, str]]


async def home(page: Page) -> Response:
    """The first page of the portal."""
    found = await finding.find(page, SearchForm(sort="modified", size=10))
    shown = themes(page, found)
    own = page.platform.settings.language  # that of the keywords
    spoken = None if own == page.language else own
    begun = await following.position(page.platform, page.subject)
    measured = await sensing_home.glimpses(page)
    return page.render(
        "home.html",
        title=page.words.plain("home.title", city=page.site.city or page.site.name),
        claim=page.site.claim(page.language) or page.words("home.claim"),
        themes=shown,
        field=field_picture((theme.code, theme.count) for theme in shown),
        newest=cards(found.records[:NEWEST], page),
        tries=[Said(each.value, spoken) for each in counts(found, "keyword")[:TRIES]],
        numbers=_numbers(page, found),
        measured=measured,
        feeds=outward.of_search(page, SearchForm()),
        live=live_address([("datastream", str(each.stream.id)) for each in measured], begun),
        read_at=moment(page, now()),
    )


def themes(page: Page, found: SearchResult) -> list[Theme]:
    """The themes that have datasets, in the order of their names."""
    listed = [
        Theme(
            names.theme_code(theme.value),
            vocabulary("data-theme").label(theme.value, page.language),
            theme.count,
            page.at("/datasets", [("theme", theme.value)]),
            [("theme", theme.value)],
        )
        for theme in counts(found, "theme")
        if vocabulary("data-theme").get(theme.value)
    ]
    return sorted(listed, key=lambda theme: theme.label)


def _numbers(page: Page, found: SearchResult) -> list[tuple[int, str]]:
    publishers, formats = len(counts(found, "publisher")), len(counts(found, "format"))
    counted = (("datasets", found.total), ("publishers", publishers), ("formats", formats))
    return [(number, str(page.words.count(f"count.{key}-word", number))) for key, number in counted]
