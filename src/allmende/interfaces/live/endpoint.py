# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Server-sent events: observations as they are committed, resumed by Last-Event-ID."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import sensing
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.core.sensing import Happened, following, listing
from allmende.errors import TooManyRequests
from allmende.interfaces.live import asking
from allmende.interfaces.live.asking import Asked
from allmende.interfaces.live.stream import EventStream
from allmende.model.sensing.moments import written, written_span
from allmende.model.sensing.observation import Flag, observation_id
from allmende.policy import Subject

CACHE = "live"
HEARTBEAT = 15.0  # seconds of silence after which a comment is sent
TOGETHER = 0.2  # seconds in which what happens is sent as one
RETRY = 3_000  # milliseconds after which a client comes again
WAIT = 30  # seconds a refused client is told to wait
SLOW = b'event: end\ndata: {"reason":"slow"}\n\n'  # more was waiting than is kept for one client
_encode = msgspec.json.encode

_IDS = {"type": "array", "items": {"type": "integer"}}


@operation(
    "New observations as server-sent events",
    about="Each event has the number of its commit as id; a client that comes again with "
    "Last-Event-ID gets what it has missed. docs/reference/live-events.md says more.",
    tag="Measurements",
    parameters=(
        Parameter("datastream", "query", "Ids of datastreams, with commas", _IDS),
        Parameter("thing", "query", "Ids of things, with commas: all their datastreams", _IDS),
        Parameter("property", "query", "Ids of observed properties, with commas", _IDS),
        Parameter("after", "query", "As Last-Event-ID, for clients that cannot send it"),
        Parameter("seconds", "query", "Ends after so many seconds (900 at most); 0 at once"),
        Parameter("Last-Event-ID", "header", "The number of the last event that was seen"),
    ),
    produces=("text/event-stream",),
)
async def events(request: Request) -> Response:
    """The stream. NotFound, InvalidInput; TooManyRequests when too many are open."""
    platform: Platform = request.app.state.platform
    subject: Subject = request.state.subject
    asked = asking.read(request)
    streams = await asking.streams(platform, subject, asked)
    address = request.client.host if request.client else ""
    if request.method == "HEAD":
        return Response(media_type="text/event-stream", headers={"cache-control": "no-store"})
    closed = _opened(platform, address)
    request.state.endless = True
    silence = min(HEARTBEAT, platform.settings.answer_seconds / 2)
    body = _events(platform, subject, asked, streams, silence)
    return EventStream(body, closed)


def _opened(platform: Platform, address: str) -> Callable[[], None]:
    """Counts a connection; what is returned is to be called when it is closed."""
    held: dict[str, int] = platform.caches.setdefault(CACHE, {})
    settings = platform.settings
    if sum(held.values()) >= settings.live_connections:
        raise TooManyRequests(
            f"{settings.live_connections} event streams are open, which is the most this server "
            "holds. Come again later.",
            f"Es sind {settings.live_connections} Ereignisströme offen; mehr hält dieser Server "
            "nicht. Bitte später noch einmal.",
            retry_after=WAIT,
        )
    if held.get(address, 0) >= settings.live_per_address:
        raise TooManyRequests(
            f"{settings.live_per_address} event streams are open from your address; close one.",
            f"Von Ihrer Adresse sind {settings.live_per_address} Ereignisströme offen; bitte "
            "einen schließen.",
            retry_after=WAIT,
        )
    held[address] = held.get(address, 0) + 1

    def closed() -> None:
        held[address] -= 1
        if not held[address]:
            del held[address]

    return closed


async def _events(
    platform: Platform,
    subject: Subject,
    asked: Asked,
    streams: list[int] | None,
    silence: float,
) -> AsyncIterator[bytes]:
    """The parts of the answer, until the time is over."""
    clock = asyncio.get_running_loop().time
    seconds = following.good_for(subject, asked.seconds)
    ends, last_said = clock() + seconds, clock()
    newest = await following.position(platform, subject)
    start, lost = newest, None
    if asked.after is not None and asked.after <= newest:
        start = asked.after
        oldest = await listing.kept_since(platform, subject)
        lost = oldest if start < oldest - 1 else None
    yield _ready(start, lost, asked, newest)
    found = sensing.follow(platform, subject, after=start, idents=streams)
    async with aclosing(found) as batches:  # type: ignore[type-var]
        async for batch in batches:
            if batch:
                for part in _told(batch):
                    yield part
                last_said = clock()
            elif clock() - last_said >= silence:
                yield b":\n\n"
                last_said = clock()
            if clock() >= ends and (not batch or asked.seconds > 0):
                return
            if batch:
                await asyncio.sleep(TOGETHER if asked.seconds else 0)
    yield SLOW


def _ready(start: int, lost: int | None, asked: Asked, newest: int) -> bytes:
    """The first event: where the stream begins, and whether something is missing before it."""
    said: dict[str, Any] = {"after": start}
    if lost is not None:
        said |= {"lost": True, "oldest": lost}
    elif asked.after is not None and asked.after > newest:
        said["lost"] = True
    return b"retry: %d\nevent: ready\nid: %d\ndata: %s\n\n" % (RETRY, start, _encode(said))


def _told(batch: list[Happened]) -> Iterator[bytes]:
    """Events; only the last one of a commit's entry has its number, so that none is lost when
    the connection breaks in between.
    """
    for at, each in enumerate(batch):
        final = at + 1 == len(batch) or batch[at + 1].sequence != each.sequence
        number = b"id: %d\n" % each.sequence if final else b""
        yield b"event: observation\n%sdata: %s\n\n" % (number, _encode(_said(each)))


def _said(each: Happened) -> dict[str, Any]:
    found = each.observation
    said: dict[str, Any] = {
        "action": each.action,
        "@iot.id": observation_id(each.datastream, each.number),
        "datastream": each.datastream,
    }
    if found is None:
        return said
    said["phenomenonTime"] = written_span(found.time, found.end)
    said["result"] = found.result
    if found.result_time is not None:
        said["resultTime"] = written(found.result_time)
    if found.flag != Flag.UNCHECKED and found.flag in list(Flag):
        said["quality"] = Flag(found.flag).name.lower()
    return said
