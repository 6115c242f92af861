# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reuse for programs: showcases as RDF and JSON, statistics of use as CSV and JSON."""

from starlette.routing import Route


def routes() -> list[Route]:
    """The addresses of showcases, of their pictures and of statistics."""
    from allmende.interfaces.reuse import showcases, statistics

    return [
        Route("/showcases", showcases.every, methods=["GET"]),
        Route("/showcases.{ending}", showcases.every, methods=["GET"]),
        Route("/showcases/{name}", showcases.one, methods=["GET"]),
        Route("/showcases/{id}/picture.webp", showcases.picture, methods=["GET"]),
        Route("/statistics", statistics.as_json, methods=["GET"]),
        Route("/statistics.csv", statistics.as_csv, methods=["GET"]),
        Route("/statistics.json", statistics.as_json, methods=["GET"]),
    ]
