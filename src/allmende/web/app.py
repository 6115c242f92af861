# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The ASGI application: the rooms' routes inside one stack of layers.

From the outside in: watching, headers, compression, errors, guard, sign-in, routes; each
route within its own limits. The platform is opened when the server starts and closed when
it stops, after the last request and before the process ends.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from msgspec import Struct
from starlette.datastructures import State
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from allmende.core import usage_counting
from allmende.core.links_own import APPLICATION
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.policy import Subject
from allmende.web import system
from allmende.web.compress import Compress
from allmende.web.errors import Encoder, Errors, Page
from allmende.web.guard import Guard
from allmende.web.headers import AnswerHeaders
from allmende.web.metrics import Requests
from allmende.web.observe import Observe
from allmende.web.routing import ByPath, Place, places, reading_posts, within_limits
from allmende.web.signin import Credentials, Gate, SignIn


class Rooms(Struct, frozen=True, kw_only=True):
    """What the other rooms bring: their addresses and how they answer in special cases."""

    routes: Callable[[Platform], Sequence[BaseRoute]]
    authenticate: Callable[[Platform, Credentials], Awaitable[Subject]]
    encoders: Mapping[str, Encoder] = {}
    page: Page | None = None
    work: Callable[[Platform], Any] | None = None  # a context manager for the background


class Application:
    """One Allmende over HTTP. `state.platform` and `state.settings` are there for requests."""

    def __init__(self, settings: Settings, rooms: Rooms, platform: Platform | None = None) -> None:
        self.state = State({"settings": settings})
        self.rooms = rooms
        self.requests = Requests()
        self.stack: ASGIApp = self._not_started
        self.lifespan = Router(lifespan=self._lifespan)
        if platform is not None:
            self._ready(platform)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or the life of the server (ASGI 3)."""
        scope["app"] = self
        if scope["type"] == "lifespan":
            await self.lifespan(scope, receive, send)
        elif scope["type"] == "http":
            await self.stack(scope, receive, send)

    def _ready(self, platform: Platform) -> None:
        """Build routes and layers round an open platform."""
        self.state.platform = platform
        platform.caches[APPLICATION] = self
        settings, rooms = platform.settings, self.rooms
        described: list[Place] = []
        routes = [*system.routes(settings, self.requests, described), *rooms.routes(platform)]
        described += places(routes)

        async def authenticate(shown: Credentials) -> Subject:
            return await rooms.authenticate(platform, shown)

        app: ASGIApp = ByPath(within_limits(routes, settings, Gate(platform)))
        app = SignIn(app, (settings.session_cookie,), authenticate)
        app = Guard(app, settings)
        app = Errors(app, rooms.encoders, rooms.page)
        app = Compress(app)
        app = AnswerHeaders(app, settings.cors_origins, reading_posts(described))
        heard = usage_counting.counter(platform).heard
        self.stack = Observe(app, self.requests, heard, write_log=settings.access_log)

    @asynccontextmanager
    async def _lifespan(self, _app: object) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if "platform" not in self.state._state:
                settings = self.state.settings
                self._ready(await stack.enter_async_context(Platform.open(settings)))
            platform = self.state.platform
            if self.rooms.work is not None:
                await stack.enter_async_context(self.rooms.work(platform))
            yield

    async def _not_started(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("The application was called before its lifespan began.")
