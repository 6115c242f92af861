# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measurements that an MQTT broker of somebody else sends: taken as they come.

`mqtts://user@host:8883/a/topic/%23`: the path is the topic, with %23 for # and + as it is.
The password stands in the environment as ALLMENDE_SOURCE_PASSWORD, or as what the description
names by `password = "env:ALLMENDE_SOURCE_…"`. A message is
acknowledged after it was stored.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from allmende.core.harvest.outward import secret
from allmende.core.platform import Platform
from allmende.core.sensing.importing import Order, Run, material
from allmende.core.sensing.importing_kinds import kinds, known
from allmende.core.sensing.importing_types import Item, Material, Problem, Report, short
from allmende.core.sensing.registering import not_allowed
from allmende.errors import InvalidInput
from allmende.policy import Action, Subject, may
from allmende.store import now

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

PASSWORD = "ALLMENDE_SOURCE_PASSWORD"  # noqa: S105 - the name of a variable
MOST_WAITING = 10_000
LARGEST = 1_000_000  # bytes of a message
KEEP_ALIVE = 30
LONGEST_PAUSE = 60

Told = Callable[[Report], None]


class Where(Struct, frozen=True):
    """A broker and the topic that is listened to."""

    host: str
    port: int
    secure: bool
    user: str
    topic: str


class Feed(Protocol):
    """Reads message after message, and may remember what it needs between them."""

    def items(self, given: Material) -> Iterator[Item]:
        """What one message says; its `name` is the topic."""


class _Single:
    """A kind of which every message stands alone."""

    def __init__(self, kind: str) -> None:
        self.read = import_module(kinds()[known(kind)]).read

    def items(self, given: Material) -> Iterator[Item]:
        return cast(Iterator[Item], self.read(given))


def feed(kind: str, given: Material) -> Feed:
    """The reader of messages of a kind; given are its options."""
    module = import_module(kinds()[known(kind)])
    made = getattr(module, "feed", None)
    return cast(Feed, made(given)) if made is not None else _Single(kind)


def where(address: str) -> Where:
    """The parts of an address. InvalidInput when it has no host or topic, or a password."""
    parts = urlsplit(address)
    try:
        port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
    except ValueError:
        port = 0
    topic = unquote(parts.path[1:])
    if not parts.hostname or not port or not topic or parts.password or parts.fragment:
        raise InvalidInput(
            "Write mqtts://user@host:8883/the/topic/%23; the password stands in the "
            f"environment as {PASSWORD}.",
            "Bitte mqtts://name@rechner:8883/das/thema/%23 schreiben; das Passwort steht in der "
            f"Umgebung als {PASSWORD}.",
            code="measurements-broker",
        )
    return Where(parts.hostname, port, parts.scheme == "mqtts", parts.username or "", topic)


def password_of(order: Order) -> str:
    """The password of a broker; empty when there is none. InvalidInput: it is not set."""
    return secret(order.password) if order.password else os.environ.get(PASSWORD, "")


class Session:
    """Messages of one source; things are made known once."""

    def __init__(self, platform: Platform, subject: Subject, order: Order) -> None:
        if not may(subject, Action.OBSERVE, order.organisation):
            raise not_allowed(order.organisation)
        self.order = order
        self.platform = platform
        self.report = Report(known(order.kind), order.source)
        self.run = Run(platform, subject, order, self.report)
        self.feed = feed(order.kind, material(platform, order, b""))

    async def take(self, topic: str, payload: bytes) -> Report:
        """Stores what a message says; the report of all so far with the problems of this one."""
        given = material(self.platform, self.order, payload)
        given.name, given.now = topic, now()
        self.report.problems.clear()
        self.report.notes.clear()
        try:
            items = await asyncio.to_thread(lambda: list(self.feed.items(given)))
        except InvalidInput as error:
            self.run.refuse(Problem(0, error.text, short(topic)))
            return self.report
        await self.run.take(items)
        return self.report


async def listen(
    platform: Platform, subject: Subject, order: Order, address: str, told: Told
) -> None:
    """Takes messages until it is cancelled; what is refused is told and costs only itself."""
    session = Session(platform, subject, order)
    client = _Client(where(address), password_of(order))
    client.start()
    try:
        while True:
            message = await client.waiting.get()
            report = await session.take(message.topic, bytes(message.payload))
            client.done(message)
            told(report)
    finally:
        await asyncio.to_thread(client.stop)


class _Client:
    """The connection; it comes back by itself. Made inside of an event loop."""

    def __init__(self, aim: Where, password: str) -> None:
        self.aim, self.password = aim, password
        self.loop = asyncio.get_running_loop()
        self.waiting: asyncio.Queue[MQTTMessage] = asyncio.Queue()
        self.client = self._made()

    def _made(self) -> Client:
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion

        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5, manual_ack=True)
        if self.aim.user:
            client.username_pw_set(self.aim.user, self.password or None)
        if self.aim.secure:
            client.tls_set_context(ssl.create_default_context())
        client.reconnect_delay_set(1, LONGEST_PAUSE)
        client.on_connect = self._connected
        client.on_message = self._heard
        return client

    def start(self) -> None:
        """Connects in a thread of its own, again and again until it succeeds."""
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        asked.ReceiveMaximum = MOST_WAITING
        asked.MaximumPacketSize = LARGEST
        self.client.connect_async(self.aim.host, self.aim.port, KEEP_ALIVE, properties=asked)
        self.client.loop_start()

    def stop(self) -> None:
        """Says goodbye."""
        self.client.disconnect()
        self.client.loop_stop()

    def done(self, message: MQTTMessage) -> None:
        """Tells the broker that the message is stored."""
        if message.qos:
            self.client.ack(message.mid, message.qos)

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if not reason.is_failure:
            client.subscribe(self.aim.topic, qos=1)

    def _heard(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._keep, message)

    def _keep(self, message: MQTTMessage) -> None:
        """Keeps a message; one without acknowledgement only while there is room."""
        if message.qos or self.waiting.qsize() < MOST_WAITING:
            self.waiting.put_nowait(message)
