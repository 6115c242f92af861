# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""DCAT over HTTP: every record and every catalogue in each RDF syntax (docs/reference/dcat.md)."""

from starlette.routing import Route


def routes() -> list[Route]:
    """The addresses of records, catalogues and search results for programs."""
    from allmende.interfaces.dcat import finding, handlers, whole

    return [
        Route("/catalog", whole.everything, methods=["GET"]),
        Route("/catalog.{ending}", whole.everything, methods=["GET"]),
        Route("/catalogues/{name}", whole.one, methods=["GET"]),
        Route("/datasets", finding.datasets, methods=["GET"]),
        Route("/datasets.{ending}", finding.datasets, methods=["GET"]),
        Route("/datasets/{name}", handlers.dataset, methods=["GET"]),
        Route("/dataservices/{name}", handlers.service, methods=["GET"]),
        Route("/series/{name}", handlers.series, methods=["GET"]),
    ]
