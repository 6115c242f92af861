# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model server: described models in every format (docs/reference/models.md)."""

from starlette.routing import BaseRoute, Route


def routes() -> list[BaseRoute]:
    """The addresses of models; versions before names, because a name may have an ending."""
    from allmende.interfaces.models import listing, reading, writing

    return [
        Route("/models", listing.many, methods=["GET"]),
        Route("/models", writing.create, methods=["POST"]),
        Route("/models.json", listing.many, methods=["GET"]),
        Route("/models/{name}/{version}/diff/{other}", reading.difference, methods=["GET"]),
        Route("/models/{name}/{version}", reading.version, methods=["GET"]),
        Route("/models/{name}/{version}", writing.replace, methods=["PUT"]),
        Route("/models/{name}/{version}", writing.arrange, methods=["PATCH"]),
        Route("/models/{name}/{version}", writing.discard, methods=["DELETE"]),
        Route("/models/{name}", reading.latest, methods=["GET"]),
    ]
