# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""OGC SensorThings 1.1 below /sensorthings/v1.1 (docs/reference/sensorthings.md)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from allmende.core.problems import Problem


def routes() -> list[BaseRoute]:
    """The addresses of the service."""
    from allmende.interfaces.sensorthings import reading, root
    from allmende.interfaces.sensorthings.doors import writing_routes
    from allmende.interfaces.sensorthings.writing import ROOT

    return [
        Route("/sensorthings", root.versions, methods=["GET"]),
        Route(ROOT, root.root, methods=["GET"]),
        Route(f"{ROOT}/{{path:path}}", reading.get, methods=["GET"]),
        *writing_routes(),
    ]


def _error(request: Request, problem: Problem) -> Response:
    from allmende.interfaces.sensorthings.answers import error

    return error(request, problem)


ENCODERS: Mapping[str, object] = {"/sensorthings": _error}
