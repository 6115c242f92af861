# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Urban assets: one model for all the city owns or cares for (docs/explanation/urban-assets.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.routing import Route

    from allmende.core.jobs import Registry
    from allmende.core.platform import Platform
    from allmende.core.projecting import Progress


def routes() -> list[Route]:
    """The pages and their figures for programs."""
    from allmende.apps.assets.pages import routes as pages

    return pages()


def handle(registry: Registry) -> None:
    """Names the jobs of this application."""
    from allmende.apps.assets import jobs

    jobs.handle(registry)


async def load(platform: Platform, progress: Progress) -> Mapping[str, Any]:
    """Makes the collections of the demo city and takes the shipped guests; what was done by guest.

    A second time nothing changes.
    """
    from allmende.apps.assets import demo

    return await demo.load(platform, progress)


__all__: Sequence[str] = ("handle", "load", "routes")
