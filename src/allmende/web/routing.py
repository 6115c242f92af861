# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Routes from every room, each within its limits and known by its template."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from starlette.routing import BaseRoute, Mount, Route

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
