# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""SPARQL 1.1 Protocol: queries over the public catalogue (docs/reference/sparql.md)."""

from starlette.routing import Route


def routes() -> list[Route]:
    """The address /sparql."""
    from allmende.interfaces.sparql.handlers import endpoint

    return [Route("/sparql", endpoint, methods=["GET", "HEAD", "POST"])]
