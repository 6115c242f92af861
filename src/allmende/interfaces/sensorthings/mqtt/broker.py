# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The connection to the broker: it comes back by itself, and loses nothing it has taken.

MQTT 5, so that the broker does not send us what we published ourselves (No Local) and never
more than we can hold (Receive Maximum); 3.1.1 for brokers that know nothing else. Messages are
acknowledged after they were stored, and only on the connection they came by: what was not
acknowledged there the broker sends again.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from allmende.core.settings import Settings
from allmende.errors import InvalidInput

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo

KEEP_ALIVE = 30
SESSION_SECONDS = 7 * 86_400
"""How long the broker keeps messages for us while we are away."""
FIRST_PAUSE, LONGEST_PAUSE = 1, 60
POLL = 0.01

log = logging.getLogger("allmende.mqtt")


class Broker:
    """A client of the broker named in the settings; made inside of an event loop."""

    def __init__(self, settings: Settings, topics: Sequence[str] = (), version: str = "5") -> None:
        self.settings, self.topics, self.version = settings, topics, version
        self.loop = asyncio.get_running_loop()
        self.connected = asyncio.Event()
        self.received: asyncio.Queue[MQTTMessage] = asyncio.Queue()
        self.pending: dict[int, MQTTMessage] = {}  # not acknowledged, of this connection
        self.dropped = 0
        self.troubled = False
        self.client = self._client()

    def start(self) -> None:
        """Connects in a thread of its own, again and again until it succeeds."""
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        host, port, _ = address(self.settings.mqtt_broker)
        if self.version == "3.1.1":
            self.client.connect_async(host, port, KEEP_ALIVE)
            self.client.loop_start()
            return
        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        asked.SessionExpiryInterval = SESSION_SECONDS
        asked.ReceiveMaximum = min(self.settings.mqtt_queue, 65_535)
        asked.MaximumPacketSize = self.settings.mqtt_message + 4_096
        self.client.connect_async(host, port, KEEP_ALIVE, clean_start=False, properties=asked)
        self.client.loop_start()

    def stop(self) -> None:
        """Says goodbye; the broker keeps what comes meanwhile."""
        self.client.disconnect()
        self.client.loop_stop()

    def _client(self) -> Client:
        from paho.mqtt.client import Client, MQTTv5, MQTTv311
        from paho.mqtt.enums import CallbackAPIVersion

        settings = self.settings
        old = self.version == "3.1.1"
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.mqtt_client,
            clean_session=False if old else None,
            protocol=MQTTv311 if old else MQTTv5,
            manual_ack=True,
        )
        if settings.mqtt_user:
            client.username_pw_set(settings.mqtt_user, settings.mqtt_password or None)
        if address(settings.mqtt_broker)[2]:
            client.tls_set_context(
                ssl.create_default_context(cafile=settings.mqtt_authorities or None)
            )
        client.reconnect_delay_set(FIRST_PAUSE, LONGEST_PAUSE)
        client.max_inflight_messages_set(1_000)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_connect_fail = self._on_fail
        client.on_message = self._on_message
        return client

    # --- in the thread of the client ---

    def _on_connect(
        self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        from paho.mqtt.subscribeoptions import SubscribeOptions

        if reason.is_failure:
            self._trouble(f"the broker refuses: {reason}")
            return
        quality = max(1, self.settings.mqtt_qos)
        if self.topics and self.version == "3.1.1":
            client.subscribe([(topic, quality) for topic in self.topics])
        elif self.topics:
            options = SubscribeOptions(qos=quality, noLocal=True)
            client.subscribe([(topic, options) for topic in self.topics])
        if self.troubled:
            log.info("the MQTT broker is there again")
        self.troubled = False
        self._call(self.connected.set)

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._call(self.connected.clear)
        self._call(self.pending.clear)
        if reason.is_failure:
            self._trouble(f"the connection is lost: {reason}")

    def _on_fail(self, _client: Client, _data: Any) -> None:
        self._trouble("it cannot be reached")

    def _on_message(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        self._call(self._take, message)

    def _trouble(self, why: str) -> None:
        """Says once that it does not work, not at every new try."""
        if not self.troubled:
            log.error("MQTT broker: %s", why)
        self.troubled = True

    def _call(self, function: Any, *args: Any) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(function, *args)

    # --- in the event loop ---

    def _take(self, message: MQTTMessage) -> None:
        """Keeps a message; without acknowledgement (QoS 0) only while there is room."""
        if message.qos:
            self.pending[message.mid] = message
        full = self.received.qsize() >= self.settings.mqtt_queue
        if (message.qos == 0 and full) or len(message.payload) > self.settings.mqtt_message:
            self.dropped += 1
            self.done(message)
            return
        self.received.put_nowait(message)

    def done(self, message: MQTTMessage) -> None:
        """Tells the broker that a message need not be sent again."""
        if message.qos and self.pending.get(message.mid) is message:
            del self.pending[message.mid]
            self.client.ack(message.mid, message.qos)

    def publish(self, topic: str, payload: str) -> MQTTMessageInfo:
        """Sends a message, or keeps it until the broker is there."""
        return self.client.publish(topic, payload.encode(), qos=self.settings.mqtt_qos)

    async def passed_on(self, sent: Sequence[MQTTMessageInfo]) -> None:
        """Returns when the broker has all of the messages, however long that takes."""
        for info in sent:
            while not _has_arrived(info):
                await asyncio.sleep(POLL)


def _has_arrived(info: MQTTMessageInfo) -> bool:
    try:
        return info.is_published()
    except (ValueError, RuntimeError):  # while there is no connection
        return False


def address(text: str) -> tuple[str, int, bool]:
    """Host, port and whether it is TLS. Raises InvalidInput for what is no broker."""
    parts = urlsplit(text)
    secure = parts.scheme == "mqtts"
    try:
        port = parts.port or (8883 if secure else 1883)
    except ValueError:
        port = 0
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or not port or parts.username:
        raise InvalidInput(
            "mqtt_broker is written mqtt://host:1883 or mqtts://host:8883, without a password.",
            "mqtt_broker schreibt man mqtt://host:1883 oder mqtts://host:8883, ohne Passwort.",
        )
    return parts.hostname, port, secure
