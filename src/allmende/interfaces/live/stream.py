# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An answer that goes on until the client leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SEND_SECONDS = 30.0
"""How long a client may take to read a part; then the connection is cut."""


class EventStream(Response):
    """text/event-stream; `closed` is called once when it is over, however it ended."""

    media_type = "text/event-stream"

    def __init__(self, body: AsyncIterator[bytes], closed: Callable[[], None]) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self.parts = body
        self.closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send parts as they come; the client's leaving ends it (ASGI 3)."""
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                async for part in self.parts:
                    with anyio.move_on_after(SEND_SECONDS) as sending:
                        await send({"type": "http.response.body", "body": part, "more_body": True})
                    if sending.cancelled_caught:  # the client reads nothing
                        group.cancel_scope.cancel()
                        return
                group.cancel_scope.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.closed()


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
