# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""New values as they come: server-sent events (WHATWG HTML, 9.2) at /events."""

from __future__ import annotations

from starlette.routing import Route


def routes() -> list[Route]:
    """The one address."""
    from allmende.interfaces.live import endpoint, map_values

    return [
        Route("/events", endpoint.events),
        Route("/data/measurements/{property:int}.geojson", map_values.latest),
    ]
