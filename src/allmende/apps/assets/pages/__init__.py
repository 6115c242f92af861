# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of the assets, the same in both languages, and their figures as JSON and CSV."""

from starlette.routing import Route

from allmende.apps.assets.pages import downloads, due, listed, overview
from allmende.portal.page import View, endpoint
from allmende.portal.words import LANGUAGES

PAGES: tuple[tuple[str, View], ...] = (
    ("/assets", overview.overview),
    ("/assets/list", listed.listed),
    ("/assets/due", due.due),
)


def routes() -> list[Route]:
    """The addresses of this application."""
    pages = [
        Route(f"/{language}{path}", endpoint(view, language), methods=["GET"])
        for language in LANGUAGES
        for path, view in PAGES
    ]
    return [
        *pages,
        Route("/assets.json", downloads.as_json, methods=["GET"]),
        Route("/assets.csv", downloads.as_csv, methods=["GET"]),
    ]
