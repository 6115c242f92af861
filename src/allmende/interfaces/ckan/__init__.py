# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CKAN's Action API, version 3, over the catalogue (docs/how-to/use-with-ckan-clients.md)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.operations import Operation
from allmende.core.problems import Problem

if TYPE_CHECKING:
    from allmende.interfaces.ckan.actions import Action

ACTION, SHORT = "/api/3/action/", "/api/action/"
Endpoint = Callable[[Request], Awaitable[Response]]


def routes() -> list[Route]:
    """One address for each action, below /api/3/action and, as ckanapi asks, /api/action."""
    from allmende.interfaces.ckan import site
    from allmende.interfaces.ckan.actions import operation_for
    from allmende.interfaces.ckan.every import ACTIONS

    found = [
        Route("/api/3", site.version),
        Route("/dataset", site.pages),
        Route("/dataset/", site.pages),
        Route("/dataset/{name}", site.page),
        Route("/dataset/{name}/resource/{id}", site.page),
    ]
    for each in ACTIONS.values():
        told = operation_for(each)
        quiet = Operation(
            summary="", body_limit=told.body_limit, seconds=told.seconds, reads=told.reads
        )
        for prefix, described in ((ACTION, told), (SHORT, quiet)):
            endpoint = _endpoint(each, described)
            found.append(Route(prefix + each.name, endpoint, methods=["GET", "POST"]))
    return found


def _endpoint(action: Action, described: Operation) -> Endpoint:
    from allmende.core.operations import NAME
    from allmende.interfaces.ckan.actions import answer

    async def endpoint(request: Request) -> Response:
        return await answer(request, action)

    setattr(endpoint, NAME, described)
    return endpoint


def _failed(request: Request, problem: Problem) -> Response:
    from allmende.interfaces.ckan.actions import failed

    return failed(request, problem)


ENCODERS: Mapping[str, Callable[[Request, Problem], Response]] = {ACTION: _failed, SHORT: _failed}
"""CKAN's own shape of errors."""
