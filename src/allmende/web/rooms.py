# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What each room brings to the application: the one place that knows all of them."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from allmende.core.platform import Platform
from allmende.core.signin import authenticate_session, authenticate_token
from allmende.errors import NotAuthenticated
from allmende.policy import ANONYMOUS, Subject
from allmende.web.app import Rooms
from allmende.web.signin import Credentials


def rooms() -> Rooms:
    """Routes of all rooms, who signs in, how errors look, and the jobs."""
    return Rooms(routes=routes, authenticate=authenticate)


def routes(platform: Platform) -> Sequence[BaseRoute]:
    """Every address except those about the program itself; the first that fits answers."""
    return []


async def authenticate(platform: Platform, shown: Credentials) -> Subject:
    """The subject of a token, which must be valid, or of a session, which may have ended."""
    if shown.kind == "token":
        return await authenticate_token(platform, shown.secret)
    try:
        return await authenticate_session(platform, shown.secret)
    except NotAuthenticated:
        return ANONYMOUS
