# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""OGC SensorThings 1.1 below /sensorthings/v1.1."""

from starlette.routing import BaseRoute


def routes() -> list[BaseRoute]:
    """The addresses of the service."""
    from allmende.interfaces.sensorthings.doors import writing_routes

    return writing_routes()
