# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What leaves the house by itself: feeds, a stream of all changes, search for browsers."""

from starlette.routing import Route


def routes() -> list[Route]:
    """The addresses of feeds, of the stream of changes and of search for browsers."""
    from allmende.interfaces.feeds import cite, ldes, results, revisions

    return [
        *(
            Route(f"/{kind}/{{id}}/cite.{{form}}", cite.cite, methods=["GET"])
            for kind in cite.KINDS
        ),
        Route("/feeds/{lang}/datasets.{ending}", results.datasets, methods=["GET"]),
        Route("/feeds/{lang}/changes.{ending}", revisions.everything, methods=["GET"]),
        Route("/feeds/{lang}/{kind}/{name}", revisions.record, methods=["GET"]),
        Route("/ldes", ldes.stream, methods=["GET"]),
        Route("/ldes.{ending}", ldes.stream, methods=["GET"]),
        Route("/ldes/{page}", ldes.page, methods=["GET"]),
    ]
