# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every page of the portal with its address, the same in both languages."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.portal import static_files
from allmende.portal.page import View, endpoint, page_for
from allmende.portal.site import city_style
from allmende.portal.views import dataset, home, search
from allmende.portal.words import LANGUAGES

PAGES: tuple[tuple[str, View], ...] = (
    ("/", home.home),
    ("/datasets", search.search),
    ("/datasets/{id}", dataset.dataset),
)


def routes() -> list[Route]:
    """The routes of all pages in all languages and of the static files."""
    pages = [
        Route(f"/{language}{path}", endpoint(view, language), methods=["GET"])
        for language in LANGUAGES
        for path, view in PAGES
    ]
    return [
        *pages,
        Route("/static/city.css", colours),
        Route("/static/{name}", static_files.serve),
    ]


async def colours(request: Request) -> Response:
    """The city's colours."""
    return static_files.respond(request, city_style(page_for(request, "de").site.portal))
