# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Routes from every room, each within its limits and known by its template."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from starlette._utils import get_route_path
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import Receive, Scope, Send

from allmende.core.operations import Operation, operation_of
from allmende.core.settings import Settings
from allmende.web.limits import Gate, Limited


class Place(NamedTuple):
    """One address of the program with what it does."""

    template: str
    methods: tuple[str, ...]
    operation: Operation


def within_limits(
    routes: Iterable[BaseRoute], settings: Settings, gate: Gate, prefix: str = ""
) -> list[BaseRoute]:
    """The routes, each wrapped into its limits; mounted routes too."""
    found = list(routes)
    for route in found:
        if isinstance(route, Route):
            operation = operation_of(route.endpoint)
            template = prefix + route.path
            route.app = Limited(route.app, template, operation, settings, gate)
        elif isinstance(route, Mount) and route.routes:
            within_limits(route.routes, settings, gate, prefix + route.path)
        elif isinstance(route, Mount):
            template = f"{prefix}{route.path}/…"
            route.app = Limited(route.app, template, Operation(summary=""), settings, gate)
    return found


class BySegment:
    """Looks only at the routes that begin with the first part of the path, in their order.

    With some two hundred routes that saves a third of a millisecond a request.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        named = {first for each in routes if (first := first_segment(each)) is not None}
        self.others = Router([each for each in routes if first_segment(each) is None])
        self.routers = {
            name: Router([each for each in routes if first_segment(each) in (name, None)])
            for name in named
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        first = get_route_path(scope).partition("/")[2].partition("/")[0]
        await self.routers.get(first, self.others)(scope, receive, send)


def first_segment(route: BaseRoute) -> str | None:
    """The fixed first part of a route's path; None when it has none."""
    path = getattr(route, "path", "")
    first = path.partition("/")[2].partition("/")[0]
    fixed = isinstance(route, Route | Mount) and path.startswith("/") and "{" not in first
    return first if fixed else None


def places(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[Place]:
    """Every address that carries a description, in the order of the routes."""
    for route in routes:
        if isinstance(route, Route):
            operation = operation_of(route.endpoint)
            if operation.summary:
                methods = tuple(sorted((route.methods or set()) - {"HEAD"}))
                yield Place(prefix + route.path, methods, operation)
        elif isinstance(route, Mount):
            yield from places(route.routes, prefix + route.path)


def reading_posts(found: Iterable[Place]) -> frozenset[str]:
    """The fixed beginnings of addresses whose POST only reads."""
    return frozenset(place.template.partition("{")[0] for place in found if place.operation.reads)
