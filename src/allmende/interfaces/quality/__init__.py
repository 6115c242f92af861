# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Quality of metadata for programs: DQV and JSON (docs/reference/quality.md)."""

from starlette.routing import Route


def routes() -> list[Route]:
    """The addresses of the quality of a dataset and of the city."""
    from allmende.interfaces.quality import answers

    return [
        Route("/datasets/{name}/quality", answers.dataset, methods=["GET"]),
        Route("/datasets/{name}/quality.{ending}", answers.dataset, methods=["GET"]),
        Route("/quality", answers.city, methods=["GET"]),
        Route("/quality.json", answers.city, methods=["GET"]),
    ]
