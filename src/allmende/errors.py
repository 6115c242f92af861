# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every error this program raises on purpose.

    AllmendeError
    ├── InvalidInput            400  the request or record cannot be understood
    │   ├── LimitExceeded       413  a named limit on size, depth or count was passed
    │   └── InvalidRecord       422  one record breaks its model
    ├── NotAuthenticated        401  nobody is signed in, or the token is not valid
    ├── NotAllowed              403  the subject may not do this
    ├── NotFound                404  no such thing, or not visible to the subject
    │   └── Gone                410  it was public and was archived or erased
    ├── NotAcceptable           406  no representation in the asked media type
    ├── Conflict                409  the thing has changed or exists already
    │   └── PreconditionFailed  412  If-Match does not name the current version
    ├── TooManyRequests         429  slow down
    ├── Busy                    503  a queue is full or the store is being moved
    ├── DeadlineExceeded        503  a query took longer than its time limit
    ├── Unsupported             501  a part of a standard that is not offered
    └── SourceUnavailable       502  a foreign server failed or is not allowed

`code` is stable and machine-readable; `text` holds one sentence in German and one in
English that says what to do. The outer rooms turn an error into RFC 9457 problem
details or into the shape their protocol asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class AllmendeError(Exception):
    """An error with an HTTP status, a stable code and a sentence in two languages."""

    status = 500
    code = "internal"

    def __init__(self, en: str, de: str | None = None, *, code: str | None = None) -> None:
        super().__init__(en)
        self.text = {"en": en, "de": de or en}
        if code is not None:
            self.code = code


class InvalidInput(AllmendeError):
    """The request or the record cannot be understood."""

    status, code = 400, "invalid-input"


class LimitExceeded(InvalidInput):
    """A named limit on size, depth, count or time was passed."""

    status, code = 413, "limit-exceeded"


class InvalidRecord(InvalidInput):
    """One record does not fit its model; `findings` says what is wrong with which field."""

    status, code = 422, "invalid-record"
    findings: Sequence[Any] = ()


class NotAuthenticated(AllmendeError):
    """Nobody is signed in, or the token is unknown or has expired."""

    status, code = 401, "not-authenticated"


class NotAllowed(AllmendeError):
    """The subject is known but may not do this."""

    status, code = 403, "not-allowed"


class NotFound(AllmendeError):
    """The thing does not exist or is not visible to the subject."""

    status, code = 404, "not-found"


class Gone(NotFound):
    """The thing was public and is archived or erased; the sentence says since when and why."""

    status, code = 410, "gone"


class NotAcceptable(AllmendeError):
    """No representation of the thing fits the Accept header or the ending."""

    status, code = 406, "not-acceptable"


class Conflict(AllmendeError):
    """The thing exists already or is in a state that forbids this."""

    status, code = 409, "conflict"


class PreconditionFailed(Conflict):
    """If-Match does not name the current version."""

    status, code = 412, "precondition-failed"


class TooManyRequests(AllmendeError):
    """The rate limit of the subject or address is used up."""

    status, code = 429, "too-many-requests"

    def __init__(self, en: str, de: str | None = None, *, retry_after: int = 60) -> None:
        super().__init__(en, de)
        self.retry_after = retry_after


class Busy(AllmendeError):
    """A queue is full, or the program is stopping."""

    status, code = 503, "busy"


class DeadlineExceeded(AllmendeError):
    """A query took longer than its time limit and was stopped."""

    status, code = 503, "deadline-exceeded"


class Unsupported(AllmendeError):
    """A part of a standard that is not offered here."""

    status, code = 501, "not-supported"


class SourceUnavailable(AllmendeError):
    """A foreign server failed, was too slow, sent too much or is not allowed."""

    status, code = 502, "source-unavailable"
