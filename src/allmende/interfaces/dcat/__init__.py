# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""DCAT over HTTP: every record and every catalogue in each RDF syntax (docs/reference/dcat.md)."""

from starlette.routing import Route


def routes() -> list[Route]:
    """The addresses of records, catalogues and search results for programs."""
    from allmende.interfaces.dcat import finding, handlers, past, whole

    return [
        Route("/catalog", whole.everything, methods=["GET"]),
        Route("/catalog.{ending}", whole.everything, methods=["GET"]),
        Route("/catalogues/{name}", whole.one, methods=["GET"]),
        Route("/datasets", finding.datasets, methods=["GET"]),
        Route("/datasets.{ending}", finding.datasets, methods=["GET"]),
        Route("/datasets/{name}", handlers.dataset, methods=["GET"]),
        Route("/dataservices/{name}", handlers.service, methods=["GET"]),
        Route("/series/{name}", handlers.series, methods=["GET"]),
        *(
            Route(f"/{part}/{{id}}/{rest}", view, methods=[method])
            for part in past.KINDS
            for rest, view, method in (
                ("history", past.listing, "GET"),
                ("history.json", past.listing, "GET"),
                ("history/{what}", past.one, "GET"),
                ("timemap", past.timemap, "GET"),
                ("history/{number:int}/restore", past.restore, "POST"),
                ("archive", past.archive, "POST"),
            )
        ),
    ]
