# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Headers of a request as ASGI has them: pairs of bytes, names in lower case.

Every layer looks for one or two headers in every request; this takes a fraction of the time
of an object for all of them.
"""

from collections.abc import Collection

from starlette.types import Scope


def said(scope: Scope, name: bytes, default: str = "") -> str:
    """The value of a header, the first when it stands there more than once."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return default


def has_any(scope: Scope, names: Collection[bytes]) -> bool:
    """Whether one of the headers is there."""
    return any(key in names for key, _ in scope["headers"])
