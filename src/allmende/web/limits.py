# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The limits of one route: size and speed of the body, time until and within the answer."""

import asyncio
from collections.abc import Callable
from math import inf

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allmende.core.operations import Operation
from allmende.core.settings import Settings
from allmende.errors import DeadlineExceeded
from allmende.web.clock import Deadline, clock
from allmende.web.heads import said
from allmende.web.refusals import body_too_large, too_slow

Gate = Callable[[Scope, Operation], None]
"""Raises when the subject may not send this request now: rates, foreign forms."""


class Limited:
    """A route's application within its limits; notes the route for log and metrics."""

    def __init__(
        self, app: ASGIApp, template: str, operation: Operation, settings: Settings, gate: Gate
    ) -> None:
        self.app = app
        self.template = template
        self.operation = operation
        self.settings = settings
        self.gate = gate
        self.seconds = float(getattr(settings, operation.seconds))
        self.body_limit = int(getattr(settings, operation.body_limit))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        scope["state"].update(template=self.template, operation=self.operation)
        self.gate(scope, self.operation)
        timeout, watch = asyncio.timeout(None), clock()
        deadline = watch.start(timeout, watch.loop.time() + self.seconds)
        try:
            async with timeout:
                body = Body(self, scope, receive, deadline)
                await self.app(scope, body.receive, self._restarting(send, deadline))
        except TimeoutError as error:
            if not timeout.expired():
                raise
            raise self._late() from error
        finally:
            watch.stop(deadline)

    def _restarting(self, send: Send, deadline: Deadline) -> Send:
        """Sending that gives the next part of the answer new time."""
        time, pause = deadline.clock.loop.time, self.settings.answer_seconds

        async def restarting(message: Message) -> None:
            deadline.move(time() + pause)
            await send(message)
            if message.get("more_body"):
                deadline.move(time() + pause)

        return restarting

    def _late(self) -> DeadlineExceeded:
        name = self.operation.seconds
        return DeadlineExceeded(
            f"The answer took longer than {self.seconds:g} seconds (setting {name}) and was "
            "stopped. Ask for less at once.",
            f"Die Antwort dauerte länger als {self.seconds:g} Sekunden (Einstellung {name}) und "
            "wurde abgebrochen. Bitte weniger auf einmal abfragen.",
        )


class Body:
    """Receives the body of one request; the route's clock stands still meanwhile."""

    def __init__(self, route: Limited, scope: Scope, receive: Receive, deadline: Deadline) -> None:
        self.route = route
        self.scope = scope
        self.inner = receive
        self.deadline = deadline
        self.size = 0
        self.started = 0.0
        self.done = False

    async def receive(self) -> Message:
        """The next part of the body; raises when it is too large or comes too slowly."""
        if self.done:
            return await self.inner()
        self._check_length()
        message = await self._wait()
        self.size += len(message.get("body", b""))
        if self.size > self.route.body_limit:
            raise body_too_large(self.route.operation.body_limit, self.route.body_limit)
        self.done = not message.get("more_body", False)
        return message

    def _check_length(self) -> None:
        """A body that says it is too large is refused before it is read."""
        length = said(self.scope, b"content-length")
        if length.isdecimal() and int(length) > self.route.body_limit:
            raise body_too_large(self.route.operation.body_limit, self.route.body_limit)

    async def _wait(self) -> Message:
        loop = self.deadline.clock.loop
        now = loop.time()
        self.started = self.started or now
        left = self.deadline.when - now
        self.deadline.move(inf)
        try:
            async with asyncio.timeout(self._patience(now)):
                return await self.inner()
        except TimeoutError as error:
            raise too_slow(self.route.settings.body_seconds) from error
        finally:
            self.deadline.move(loop.time() + left)

    def _patience(self, now: float) -> float:
        """Seconds to wait for the next part: never longer than `body_seconds` in one go, and
        never longer in all than `body_seconds` and what the bytes so far take at `body_rate`.
        """
        settings = self.route.settings
        credit = settings.body_seconds + self.size / settings.body_rate
        return min(settings.body_seconds, credit - (now - self.started))
