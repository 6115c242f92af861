# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Errors in the shapes and with the status codes of CKAN's Action API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allmende.errors import (
    AllmendeError,
    InvalidInput,
    InvalidRecord,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)

VALIDATION, SEARCH = "Validation Error", "Search Query Error"
DENIED, MISSING = "Authorization Error", "Not Found Error"
TYPES = {
    400: VALIDATION, 401: DENIED, 403: DENIED, 404: MISSING, 405: "Bad Request",
    409: VALIDATION, 412: VALIDATION, 413: VALIDATION, 415: VALIDATION, 422: VALIDATION,
    501: "Not Supported Error",
}  # fmt: skip
INTERNAL = "Internal Server Error"
CONFLICT = 409  # the status of every validation error
MOST_FINDINGS = 50


class Refused(InvalidRecord):
    """A validation error that names fields: `{"name": ["Missing value"]}`."""

    def __init__(self, **fields: Any) -> None:
        said = "; ".join(f"{name}: {' '.join(_texts(text))}" for name, text in fields.items())
        super().__init__(said)
        self.fields = fields


class SearchRefused(InvalidInput):
    """A query that cannot be understood."""


class BadRequest(InvalidInput):
    """A request that is no call of an action at all; CKAN answers a bare text."""


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [str(value)]


def missing(*names: str) -> Refused:
    """What CKAN says when a parameter was not given."""
    return Refused(**{name: ["Missing value"] for name in names})


def error_of(error: AllmendeError, language: str) -> tuple[int, Any]:
    """Status and `error` member for an error; a bad request has a bare text instead."""
    text = error.text.get(language, error.text["en"])
    match error:
        case Refused():
            return CONFLICT, {"__type": VALIDATION, **error.fields}
        case SearchRefused():
            message = f"Search Query is invalid: {text}"
            return 400, {"__type": SEARCH, "message": message}
        case NotFound():
            return 404, {"__type": MISSING, "message": f"Not found: {text}"}
        case NotAllowed() | NotAuthenticated():
            return 403, {"__type": DENIED, "message": f"Access denied: {text}"}
        case InvalidRecord():
            findings = [str(each) for each in list(error.findings)[:MOST_FINDINGS]]
            named = {"findings": findings} if findings else {}
            return CONFLICT, {"__type": VALIDATION, "message": text, **named}
        case _:
            return of_status(error.status, text)


def of_status(status: int, text: str) -> tuple[int, Any]:
    """Status and `error` member for a bare status."""
    kind = TYPES.get(status, INTERNAL)
    shown = CONFLICT if kind == VALIDATION and status != 413 else status
    return shown, {"__type": kind, "message": text}
