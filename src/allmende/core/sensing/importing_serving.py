# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Brokers of others that the running platform listens to, one process at a time.

The broker keeps what comes while the platform is away, and a message is acknowledged after it
was stored. What is refused costs only itself and is told on the page of health.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from allmende.core.platform import Platform
from allmende.core.sensing import telling
from allmende.core.sensing.devices_mqtt import Client, Connect
from allmende.core.sensing.importing import Order
from allmende.core.sensing.importing_kinds import known
from allmende.core.sensing.importing_listening import (
    LARGEST,
    Session,
    password_of,
    where,
)
from allmende.core.sensing.registering import not_allowed
from allmende.core.sensing.telling import Turn
from allmende.core.settings import Settings
from allmende.core.trouble import described, outcome
from allmende.errors import AllmendeError, Busy, DeadlineExceeded
from allmende.policy import SYSTEM, Action, Subject, may
from allmende.store import Connection, audit
from allmende.store.sensing import listeners as rows
from allmende.store.sensing.listeners import Listener

__all__ = ["Listener"]

NAME = "listeners"
LOOK_SECONDS = 5.0
"""How often new sources are looked for and the connections are noted; a turn lasts longer."""
AGAIN_SECONDS = 2.0
TOGETHER = 100
"""Messages after which the counts are noted, if not all were taken before."""
MOST_TRIES = 10

log = logging.getLogger("allmende.measurements")


class Report(Struct):
    """What came since it was noted last."""

    messages: int = 0
    results: int = 0
    refused: int = 0
    problem: dict[str, str] | None = None


def ident(address: str, order: Order) -> str:
    """What a source is called; one for each address, kind and organisation."""
    told = "\n".join((address, order.kind, order.organisation))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


async def plan(platform: Platform, subject: Subject, address: str, order: Order) -> Listener:
    """Has the running platform listen to a source. NotAllowed; InvalidInput for a bad address,
    kind, description or password."""
    _require(subject, order.organisation)
    known(order.kind)
    where(address)
    Session(platform, subject, order)  # reads the description
    password_of(order)
    made = Listener(
        id=ident(address, order),
        address=address,
        arrangement=msgspec.json.encode(order).decode(),
        organisation=order.organisation,
    )
    await platform.store.write(_keep, subject.id, made)
    return made


def _keep(db: Connection, actor: str, made: Listener) -> None:
    rows.put(db, made)
    audit.note(db, actor, "listener-save", made.id, made.organisation)


async def stop(platform: Platform, subject: Subject, listener: Listener) -> bool:
    """Listens no longer; what was stored stays. False when there was no such source."""
    _require(subject, listener.organisation)
    return await platform.store.write(_forget, subject.id, listener)


def _forget(db: Connection, actor: str, listener: Listener) -> bool:
    audit.note(db, actor, "listener-remove", listener.id, listener.organisation)
    return rows.remove(db, listener.id)


async def planned(platform: Platform, subject: Subject) -> list[Listener]:
    """The sources of organisations the subject may observe for."""
    found = await platform.store.read(rows.listing)
    return [each for each in found if may(subject, Action.OBSERVE, each.organisation)]


def _require(subject: Subject, organisation: str) -> None:
    if not may(subject, Action.OBSERVE, organisation):
        raise not_allowed(organisation)


# --- in the background ----------------------------------------------------------------------


@asynccontextmanager
async def running(platform: Platform, connect: Connect) -> AsyncIterator[None]:
    """Listens to all sources while the context is open."""
    task = asyncio.create_task(_run(platform, connect))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _run(platform: Platform, connect: Connect) -> None:
    worker = secrets.token_hex(8)
    while True:
        error = await outcome(_turn(platform, connect, worker))
        if error is not None:
            log.error("listening to brokers pauses: %s", described(error))
        await asyncio.sleep(LOOK_SECONDS)


async def _turn(platform: Platform, connect: Connect, worker: str) -> None:
    if not await platform.store.read(rows.listing):
        return
    turn = await telling.take_turn(platform, NAME, worker)
    if turn is None:
        return
    served = _Served(platform, connect)
    try:
        await _serve(platform, turn, served)
    finally:
        await asyncio.shield(served.close())
        await asyncio.shield(telling.end_turn(platform, turn))


async def _serve(platform: Platform, turn: Turn, served: _Served) -> None:
    """Listens until another process has the turn or nothing is to be listened to."""
    while await telling.take_turn(platform, turn.name, turn.worker) is not None:
        found = await platform.store.read(rows.listing)
        if not found:
            return
        await served.follow({each.id: each for each in found})
        await asyncio.sleep(LOOK_SECONDS)


class _Served:
    """The sources that are listened to now."""

    def __init__(self, platform: Platform, connect: Connect) -> None:
        self.platform, self.connect = platform, connect
        self.tasks: dict[str, tuple[str, asyncio.Task[None]]] = {}
        self.clients: dict[str, Client] = {}

    async def follow(self, wanted: dict[str, Listener]) -> None:
        """Begins with what is new, ends what is gone, has changed or failed; notes connections."""
        for name, (arrangement, task) in list(self.tasks.items()):
            if task.done() or name not in wanted or wanted[name].arrangement != arrangement:
                await self._end(name)
        for name, each in wanted.items():
            if name not in self.tasks:
                task = asyncio.create_task(self._listen(each))
                self.tasks[name] = (each.arrangement, task)
            client = self.clients.get(name)
            there = client is not None and client.connected.is_set()
            if there != each.connected or each.connected_changed is None:
                await self.platform.store.write(rows.note_connection, name, there)

    async def close(self) -> None:
        """Ends all."""
        for name in list(self.tasks):
            await self._end(name)
            await outcome(self.platform.store.write(rows.note_connection, name, False))

    async def _end(self, name: str) -> None:
        _, task = self.tasks.pop(name)
        task.cancel()
        await asyncio.wait([task])
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("listening to %s ended: %s", name, described(error))
        if isinstance(error, AllmendeError):
            told = self.platform.store.write(rows.note_messages, name, 0, 0, 0, error.text)
            await outcome(told)

    async def _listen(self, listener: Listener) -> None:
        order = msgspec.json.decode(listener.arrangement, type=Order)
        session = Session(self.platform, SYSTEM, order)
        settings, topic = client_settings(self.platform.settings, listener, order)
        client = self.connect(settings, [topic], "5")
        self.clients[listener.id] = client
        client.start()
        report = Report()
        try:
            while True:
                message = await client.received.get()
                await self._take(session, message, report)
                client.done(message)
                if client.received.empty() or report.messages >= TOGETHER:
                    await self._note(listener.id, report)
                    report = Report()
        finally:
            del self.clients[listener.id]
            await asyncio.shield(asyncio.to_thread(client.stop))

    async def _take(self, session: Session, message: Any, report: Report) -> None:
        """Takes a message in, again and again while the platform cannot."""
        topic, payload = message.topic, bytes(message.payload)
        report.messages += 1
        before = _counts(session)
        tries = 0
        while error := await outcome(_done(session.take(topic, payload))):
            tries += 1
            log.error("a message of %s has to wait: %s", topic, described(error))
            if not isinstance(error, Busy | DeadlineExceeded) and tries >= MOST_TRIES:
                report.refused += 1
                report.problem = error.text if isinstance(error, AllmendeError) else _FAILED
                return
            await asyncio.sleep(AGAIN_SECONDS)
        results, refused = _counts(session)
        report.results += results - before[0]
        report.refused += refused - before[1]
        if session.report.problems:
            report.problem = session.report.problems[0].text

    async def _note(self, name: str, report: Report) -> None:
        await outcome(
            self.platform.store.write(
                rows.note_messages,
                name,
                report.messages,
                report.results,
                report.refused,
                report.problem,
            )
        )


_FAILED = {
    "en": "The platform failed at this message; the log says why.",
    "de": "Die Plattform ist an dieser Nachricht gescheitert; das Protokoll sagt, warum.",
}


def _counts(session: Session) -> tuple[int, int]:
    found = session.report
    return found.created + found.corrected + found.repeated, found.refused


async def _done(work: Awaitable[object]) -> None:
    await work


def client_settings(settings: Settings, listener: Listener, order: Order) -> tuple[Settings, str]:
    """The settings of a client of its own, whose session the broker keeps, and the topic.

    InvalidInput when the password is not in the environment.
    """
    aim = where(listener.address)
    scheme = "mqtts" if aim.secure else "mqtt"
    made = replace(
        settings,
        mqtt_broker=f"{scheme}://{aim.host}:{aim.port}",
        mqtt_user=aim.user,
        mqtt_password=password_of(order) if aim.user else "",
        mqtt_authorities="",
        mqtt_client=f"{settings.mqtt_client}-source-{listener.id}",
        mqtt_qos=1,
        mqtt_message=LARGEST,
    )
    return made, aim.topic
