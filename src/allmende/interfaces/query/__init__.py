# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows for people who know neither OGC nor SQL: /data, and CKAN's DataStore read only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.problems import Problem

ACTION, SHORT = "/api/3/action", "/api/action"


def routes() -> list[Route]:
    """The addresses below /data and the two actions of CKAN, also where ckanapi asks for them."""
    from allmende.interfaces.query import answers, datastore

    return [
        Route("/data", answers.listing),
        Route("/data/{collection}", answers.rows),
        *(
            Route(f"{base}/{name}", endpoint, methods=["GET", "POST"])
            for base in (ACTION, SHORT)
            for name, endpoint in (
                (datastore.SEARCH, datastore.search),
                (datastore.INFO, datastore.info),
            )
        ),
    ]


def _failed(request: Request, problem: Problem) -> Response:
    from allmende.interfaces.query.datastore import failed

    return failed(request, problem)


ENCODERS: Mapping[str, Callable[[Request, Problem], Response]] = {ACTION: _failed}
"""CKAN's own shape of errors."""
