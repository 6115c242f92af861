# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Validation over HTTP: RDF and every record against profiles (docs/reference/validation.md)."""

from starlette.routing import Route


def routes() -> list[Route]:
    """The addresses below /validate."""
    from allmende.interfaces.validation import documents, records

    return [
        Route("/validate", documents.about, methods=["GET"]),
        Route("/validate", documents.validate, methods=["POST"]),
        Route("/validate/shapes/{name}", documents.shapes, methods=["GET"]),
        Route("/validate/catalogues/{id}/profiles", records.profiles, methods=["GET", "PUT"]),
        Route("/validate/{kind}/{id}", records.findings, methods=["GET"]),
    ]
