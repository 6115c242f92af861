# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Errors as pages for browsers, in the language of the address or of the browser."""

from urllib.parse import urlencode

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from allmende.core.negotiation import error_language
from allmende.core.problems import Problem
from allmende.portal.page import page_for
from allmende.portal.words import LANGUAGES


async def error_page(request: Request, problem: Problem) -> Response:
    """The problem as a page; who is not signed in is led to the sign-in first (303)."""
    path = request.url.path
    own = getattr(getattr(request.app.state, "settings", None), "language", None)
    tag = error_language(path, request.headers, own)
    spoken = path[1:3] in LANGUAGES and path[3:4] in ("", "/")
    if spoken and problem.status == 401 and request.method == "GET":
        return RedirectResponse(f"/{tag}/login?{urlencode({'next': path})}", 303)
    page = page_for(request, tag).with_status(problem.status)
    return page.render(
        "error.html",
        title=problem.title,
        problem=problem,
        error_id="" if problem.error_id is UNSET else problem.error_id,
        request_id="" if problem.request_id is UNSET else problem.request_id,
        search=problem.status in (404, 410),
    )
