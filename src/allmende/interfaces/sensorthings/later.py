# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Batches that are answered later (OData 4.0 Protocol §11.6 and §11.7.7; RFC 7240 §4.1).

Who sends `Prefer: respond-async` is told 202 and a Location. There is 202 again until all
is done, then the answer, for an hour and for the same subject only. DELETE gives up what is
not done yet, or the answer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.platform import Platform
from allmende.core.sensing import batches
from allmende.errors import AllmendeError, DeadlineExceeded, TooManyRequests
from allmende.interfaces.sensorthings import multipart
from allmende.interfaces.sensorthings.answers import error_body
from allmende.interfaces.sensorthings.writing import JSON, platform_of, root_of, subject_of

log = logging.getLogger(__name__)

GoOn = Callable[[], Awaitable[None]]
Work = Callable[[GoOn], Awaitable[Response]]
"""Does a batch; calls what it is given between the requests inside."""

MOST_SECONDS = 1_800
"""Time for one batch."""
MOST_RUNNING = 8
"""Batches that one process works on at a time."""
RETRY_SECONDS = 2
"""When to ask again."""
BEAT_SECONDS = 5.0

_NAME = "sensorthings-batches"


class _GivenUp(Exception):
    """Nobody wants the answer any more."""


async def at_once() -> None:
    """What a batch that is waited for calls between its requests."""


def is_wanted(request: Request) -> bool:
    """Whether the answer may come later: who asks prefers it, and can be recognised again."""
    words = ",".join(request.headers.getlist("prefer")).split(",")
    asked = any(each.partition(";")[0].strip().lower() == "respond-async" for each in words)
    return asked and subject_of(request).kind != "anonymous"


async def accept(request: Request, work: Work) -> Response:
    """202 with the address of the answer; the work goes on behind it. TooManyRequests."""
    platform = platform_of(request)
    running: dict[str, asyncio.Task[None]] = platform.caches.setdefault(_NAME, {})
    if len(running) >= MOST_RUNNING:
        raise TooManyRequests(
            "Too many batches are being worked on; send it without Prefer, or later.",
            "Zu viele Stapel sind in Arbeit; bitte ohne Prefer oder später senden.",
            retry_after=30,
        )
    ident = await batches.begin(platform, subject_of(request))
    german = request.headers.get("accept-language", "").lower().startswith("de")
    task = asyncio.create_task(_run(platform, ident, work, "de" if german else "en"))
    running[ident] = task
    task.add_done_callback(lambda done: _ended(running, ident, done))
    return _wait(platform, ident, {"preference-applied": "respond-async"})


def _wait(platform: Platform, ident: str, more: dict[str, str] | None = None) -> Response:
    headers = {
        "location": f"{root_of(platform)}/$batch/{ident}",
        "retry-after": str(RETRY_SECONDS),
        "cache-control": "no-store",
    }
    return Response(status_code=202, headers={**headers, **(more or {})})


def _ended(running: dict[str, asyncio.Task[None]], ident: str, task: asyncio.Task[None]) -> None:
    running.pop(ident, None)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a batch has failed: %s", error, exc_info=error)


async def _run(platform: Platform, ident: str, work: Work, language: str) -> None:
    """Does the work and keeps its answer, or what went wrong."""
    last = time.monotonic()

    async def go_on() -> None:
        nonlocal last
        if time.monotonic() - last >= BEAT_SECONDS:
            last = time.monotonic()
            if not await batches.goes_on(platform, ident):
                raise _GivenUp

    try:
        async with asyncio.timeout(MOST_SECONDS):
            answer = await work(go_on)
    except _GivenUp:
        return
    except TimeoutError:
        error: AllmendeError = DeadlineExceeded(
            f"The batch took longer than {MOST_SECONDS} seconds; send smaller ones.",
            f"Der Stapel dauerte länger als {MOST_SECONDS} Sekunden; bitte kleinere senden.",
        )
    except AllmendeError as found:
        error = found
    else:
        kind = answer.headers["content-type"]
        await batches.finish(platform, ident, answer.status_code, kind, bytes(answer.body))
        return
    body = msgspec.json.encode(error_body(error.status, error.code, error.text[language]))
    await batches.finish(platform, ident, error.status, JSON, body)


async def monitor(request: Request, ident: str) -> Response:
    """GET $batch/{id}: 202 while it is worked on, then 200 with the answer.

    With Accept: application/http the answer comes as a whole HTTP message; otherwise its
    status stands in AsyncResult (OData 4.0 Protocol §8.3.1).
    """
    platform = platform_of(request)
    found = await batches.look(platform, subject_of(request), ident)
    if not found.status:
        return _wait(platform, ident)
    headers = {"cache-control": "no-store", "vary": "Accept"}
    if "application/http" in request.headers.get("accept", "").lower():
        whole = multipart.answer(found.status, {"content-type": found.kind}, found.body)
        headers["content-transfer-encoding"] = "binary"
        return Response(whole, headers=headers, media_type="application/http")
    headers["asyncresult"] = str(found.status)
    return Response(found.body, headers=headers, media_type=found.kind)


async def give_up(request: Request, ident: str) -> Response:
    """DELETE $batch/{id}: 204; what is not done yet stays undone, and the answer is gone."""
    platform = platform_of(request)
    await batches.give_up(platform, subject_of(request), ident)
    running: dict[str, asyncio.Task[None]] = platform.caches.get(_NAME, {})
    if ident in running:
        running[ident].cancel()
    return Response(status_code=204)


async def close(platform: Platform) -> None:
    """Ends what is still worked on; it counts as interrupted."""
    running: dict[str, asyncio.Task[None]] = platform.caches.pop(_NAME, {})
    if not running:
        return
    idents = list(running)
    tasks = list(running.values())
    for each in tasks:
        each.cancel()
    await asyncio.wait(tasks)
    await batches.interrupt(platform, idents)
