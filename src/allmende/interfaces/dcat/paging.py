# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages by number: what is asked for, and the addresses of the neighbours."""

from collections.abc import Callable

from starlette.requests import Request

from allmende.errors import InvalidInput
from allmende.model.rdf.page import Page

MAX_PER_PAGE = 1000


def paging(request: Request, default: int) -> tuple[int | None, int]:
    """Number of the page (None when neither page nor limit is given) and records per page."""
    number, limit = (_number(request, name) for name in ("page", "limit"))
    if number is None and limit is None:
        return None, default
    if limit is not None and limit > MAX_PER_PAGE:
        raise InvalidInput(
            f"limit is {MAX_PER_PAGE} at most.", f"limit darf höchstens {MAX_PER_PAGE} sein."
        )
    return number or 1, limit or default


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise InvalidInput(
            f"{name} has to be a number from 1.", f"{name} muss eine Zahl ab 1 sein."
        )
    return int(text)


def page_of(number: int, limit: int, total: int, at: Callable[[int], str]) -> Page | None:
    """The page with the addresses of its neighbours, or None when there is no such page."""
    last = max(1, -(-total // limit))
    if number > last:
        return None
    previous = at(number - 1) if number > 1 else None
    following = at(number + 1) if number < last else None
    return Page(at(number), total, limit, at(1), previous, following, at(last))
