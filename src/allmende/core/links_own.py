# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asking the platform's own addresses without the network, as somebody not signed in."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import unquote, urlsplit

import anyio

from allmende.core import collections, files
from allmende.core.links_ask import Answer
from allmende.core.platform import Platform
from allmende.errors import AllmendeError
from allmende.policy import SYSTEM

APPLICATION = "application"
"""Where the assembly leaves the ASGI application among the platform's caches."""
SECONDS = 30.0
REFUSED = (401, 403, 404)
CLOSED = "closed"
"""How an address of data that not everybody may read answers: it is there, for some."""


def own_path(platform: Platform, address: str) -> str | None:
    """Path and query of an address of this platform; None for any other."""
    base = platform.settings.base_url.rstrip("/")
    if address != base and not address.startswith((base + "/", base + "?")):
        return None
    return address[len(base) :].partition("#")[0] or "/"


async def ask_self(platform: Platform, path: str) -> Answer:
    """How one of the platform's own addresses answers; not asked where no pages are served."""
    application = platform.caches.get(APPLICATION)
    if application is None:
        return Answer(status=None, trouble="own")
    start = time.monotonic()
    told: dict[str, Any] = {}
    done = anyio.Event()

    async def receive() -> dict[str, Any]:
        if told:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            told.update(message)
            done.set()

    async def serve() -> None:
        await application(_scope(platform, path), receive, send)
        done.set()

    with anyio.move_on_after(SECONDS) as waiting:
        async with anyio.create_task_group() as group:
            group.start_soon(serve)
            await done.wait()
            group.cancel_scope.cancel()
    if waiting.cancelled_caught or "status" not in told:
        return Answer(status=0, trouble="too-slow")
    headers = {name.lower(): value.decode("latin-1") for name, value in told["headers"]}
    length = headers.get(b"content-length", "")
    return Answer(
        status=told["status"],
        trouble="" if told["status"] < 400 else "status",
        took=int((time.monotonic() - start) * 1000),
        media_type=headers.get(b"content-type", "").partition(";")[0],
        size=int(length) if length.isdecimal() else None,
        stamp=headers.get(b"etag", ""),
    )


async def is_closed(platform: Platform, path: str) -> bool:
    """Whether there is a file or a collection at the path, for those who may see it."""
    parts = unquote(path.partition("?")[0]).strip("/").split("/")
    if parts and parts[0] == "ogc":
        parts = parts[1:]
    try:
        match parts:
            case ["files", dataset, name]:
                await files.locate(platform, SYSTEM, dataset, name)
            case ["collections", ident] | ["collections", ident, "items"]:
                await collections.get(platform, SYSTEM, ident)
            case _:
                return False
    except AllmendeError:
        return False
    return True


def _scope(platform: Platform, path: str) -> dict[str, Any]:
    raw, _, query = path.partition("?")
    base = urlsplit(platform.settings.base_url)
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "HEAD",
        "scheme": base.scheme or "http",
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", base.netloc.encode()), (b"accept", b"*/*")],
        "client": ("127.0.0.1", 0),
        "server": (base.hostname or "localhost", base.port or 80),
        "state": {},
    }
