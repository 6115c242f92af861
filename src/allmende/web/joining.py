# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The head of an answer and the first bytes of its body in one go.

uvicorn writes them one after the other, and each becomes a call to the system, a packet and
a client that wakes up. With short answers that is a large part of the work.
"""

import asyncio
from typing import Any

HEAD = b"HTTP/1."  # how a head begins


class Joining:
    """A transport that keeps a head until the next write, at most until the loop's next turn."""

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.inner = inner
        self.loop = loop
        self.head = b""
        self.is_closing = inner.is_closing

    def write(self, data: bytes) -> None:
        """Send bytes, after those that are kept."""
        if self.head:
            head, self.head = self.head, b""
            self.inner.writelines((head, data))
        elif data.startswith(HEAD):
            self.head = data
            self.loop.call_soon(self.flush)
        else:
            self.inner.write(data)

    def flush(self) -> None:
        """Send what is kept."""
        if self.head:
            head, self.head = self.head, b""
            self.inner.write(head)

    def close(self) -> None:
        """Close when everything is sent."""
        self.flush()
        self.inner.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)
