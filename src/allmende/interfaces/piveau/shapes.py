# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Errors in the shapes of a piveau hub."""

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.problems import Problem

_AS_BAD_REQUEST = frozenset({422})


def repo_error(_request: Request, problem: Problem) -> Response:
    """hub-repo: a status and a message; what cannot be a record is a bad request."""
    return _answer(problem, {"status": "error", "message": problem.detail})


def search_error(_request: Request, problem: Problem) -> Response:
    """hub-search: success, which is false, and a message."""
    return _answer(problem, {"success": False, "message": problem.detail})


def _answer(problem: Problem, body: dict[str, object]) -> Response:
    status = 400 if problem.status in _AS_BAD_REQUEST else problem.status
    body |= {"code": problem.code}
    if problem.error_id:
        body |= {"errorId": problem.error_id}
    return Response(json.encode(body), status, media_type="application/json")
