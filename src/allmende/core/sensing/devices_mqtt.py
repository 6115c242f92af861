# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages of networks that a broker passes on: each source listens at its own topic.

A message is acknowledged after it is durable, so the broker keeps what comes while the
platform is away or has too much to do. Of several processes one listens.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from allmende.core.platform import Platform
from allmende.core.sensing import devices_intake, telling
from allmende.core.sensing.devices_links import BrokerLink, links_of, secret_of
from allmende.core.sensing.telling import Turn
from allmende.core.settings import Settings
from allmende.core.trouble import described, outcome
from allmende.errors import AllmendeError, Busy, DeadlineExceeded, InvalidInput
from allmende.store.sensing import devices as rows
from allmende.store.sensing.devices import Source

NAME = "devices"
LOOK_SECONDS = 5.0
"""How often new and changed sources are looked for; a turn is renewed with it."""
AGAIN_SECONDS = 2.0
TOGETHER = 64
MOST_TRIES = 10
LARGEST = 256 << 10  # bytes of a message

log = logging.getLogger("allmende.mqtt")


class Client(Protocol):
    """A connection to a broker that comes back by itself."""

    received: asyncio.Queue[Any]
    connected: asyncio.Event

    def start(self) -> None:
        """Connects."""

    def stop(self) -> None:
        """Says goodbye."""

    def done(self, message: Any) -> None:
        """The message need not be sent again."""


Connect = Callable[[Settings, Sequence[str], str], Client]
"""Makes a client of the broker in the settings, for topics, with a version of MQTT."""

Handle = Callable[[Platform, Source, str, bytes], Awaitable[object]]
"""Takes a message of a source in, durably."""


class Plan(Struct, frozen=True):
    """Where a source listens."""

    ident: str
    link: BrokerLink
    user: str
    password: str


@asynccontextmanager
async def running(platform: Platform, connect: Connect, handle: Handle) -> AsyncIterator[None]:
    """Listens for all sources that have a topic while the context is open."""
    task = asyncio.create_task(_run(platform, connect, handle))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _run(platform: Platform, connect: Connect, handle: Handle) -> None:
    worker = secrets.token_hex(8)
    while True:
        task = asyncio.create_task(_turn(platform, connect, handle, worker))
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("listening to networks of sensors pauses: %s", described(error))
        await asyncio.sleep(LOOK_SECONDS)


async def _turn(platform: Platform, connect: Connect, handle: Handle, worker: str) -> None:
    if not await _plans(platform):
        return
    turn = await telling.take_turn(platform, NAME, worker)
    if turn is None:
        return
    listeners = _Listeners(platform, connect, handle)
    try:
        await _serve(platform, turn, listeners)
    finally:
        await listeners.close()
        await asyncio.shield(telling.end_turn(platform, turn))


async def _serve(platform: Platform, turn: Turn, listeners: _Listeners) -> None:
    """Listens until another process has the turn or nothing is to be listened to."""
    while await telling.take_turn(platform, turn.name, turn.worker) is not None:
        plans = await _plans(platform)
        if not plans:
            return
        await listeners.follow(plans)
        await asyncio.sleep(LOOK_SECONDS)


async def _plans(platform: Platform) -> dict[str, tuple[Plan, Source]]:
    """Where to listen now, by source; one without its broker or secret is left out."""
    found: dict[str, tuple[Plan, Source]] = {}
    settings = platform.settings
    for source in await platform.store.read(rows.sources):
        link = links_of(source).broker
        if link is None or source.revoked is not None:
            continue
        if not link.address and not settings.mqtt_broker:
            continue
        try:
            plan = _plan(settings, source, link)
        except InvalidInput as error:
            log.error("source %s: %s", source.id, error)  # noqa: TRY400 - the sentence says it
            continue
        found[source.id] = (plan, source)
    return found


def _plan(settings: Settings, source: Source, link: BrokerLink) -> Plan:
    if link.address:
        return Plan(source.id, link, link.user, secret_of(source.id, "PASSWORD"))
    return Plan(source.id, link, settings.mqtt_user, settings.mqtt_password)


def client_settings(settings: Settings, plan: Plan) -> Settings:
    """The settings of a client of its own; another topic is another session at the broker."""
    link = plan.link
    mark = hashlib.sha256(f"{link.address} {link.topic}".encode()).hexdigest()[:6]
    own = bool(link.address)
    return replace(
        settings,
        mqtt_broker=link.address or settings.mqtt_broker,
        mqtt_user=plan.user,
        mqtt_password=plan.password,
        mqtt_authorities=link.authorities if own else settings.mqtt_authorities,
        mqtt_client=f"{settings.mqtt_client}-{plan.ident}-{mark}",
        mqtt_qos=1,
        mqtt_message=max(settings.mqtt_message, LARGEST),
    )


class _Listeners:
    """The sources that are listened to now."""

    def __init__(self, platform: Platform, connect: Connect, handle: Handle) -> None:
        self.platform, self.connect, self.handle = platform, connect, handle
        self.tasks: dict[str, tuple[Plan, asyncio.Task[None]]] = {}

    async def follow(self, plans: dict[str, tuple[Plan, Source]]) -> None:
        """Begins with what is new, ends what is gone or has changed or failed."""
        for ident, (plan, task) in list(self.tasks.items()):
            if task.done() or ident not in plans or plans[ident][0] != plan:
                await self._end(ident)
        for ident, (plan, source) in plans.items():
            if ident not in self.tasks:
                task = asyncio.create_task(self._listen(plan, source))
                self.tasks[ident] = (plan, task)

    async def close(self) -> None:
        """Ends all."""
        for ident in list(self.tasks):
            await self._end(ident)

    async def _end(self, ident: str) -> None:
        _, task = self.tasks.pop(ident)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("listening to %s ended: %s", ident, described(error))

    async def _listen(self, plan: Plan, source: Source) -> None:
        settings = client_settings(self.platform.settings, plan)
        client = self.connect(settings, [plan.link.topic], plan.link.version)
        client.start()
        try:
            while True:
                batch = [await client.received.get()]
                while len(batch) < TOGETHER and not client.received.empty():
                    batch.append(client.received.get_nowait())
                await asyncio.gather(*(self._one(client, source, each) for each in batch))
        finally:
            await asyncio.shield(asyncio.to_thread(client.stop))

    async def _one(self, client: Client, source: Source, message: Any) -> None:
        """Takes a message in, again and again while the platform cannot; then acknowledges it."""
        topic, payload = message.topic, bytes(message.payload)
        tries = 0
        while True:
            error = await outcome(_taken(self.handle(self.platform, source, topic, payload)))
            if error is None:
                break
            tries += 1
            log.error("a message of %s has to wait: %s", source.id, described(error))
            hopeless = not isinstance(error, Busy | DeadlineExceeded) and tries >= MOST_TRIES
            if hopeless and await self._set_aside(source, payload, error):
                break
            await asyncio.sleep(AGAIN_SECONDS)
        client.done(message)

    async def _set_aside(self, source: Source, payload: bytes, error: BaseException) -> bool:
        """Keeps a message that can never be taken in for people to look at."""
        told = (
            error
            if isinstance(error, AllmendeError)
            else InvalidInput(
                "The platform failed at this message; the log says why.",
                "Die Plattform ist an dieser Nachricht gescheitert; das Protokoll sagt, warum.",
            )
        )
        aside = devices_intake.refuse(self.platform, source, payload, told)
        return await outcome(aside) is None


async def _taken(work: Awaitable[object]) -> None:
    await work
