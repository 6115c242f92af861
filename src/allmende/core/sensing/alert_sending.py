# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Handing alerts to programs: to web addresses, signed, and to the broker, until they are taken.

Web addresses get the headers of Standard Webhooks: `webhook-id` is the same for each try of a
message, so that one that comes twice can be dropped; `webhook-timestamp` is the moment of the
try; `webhook-signature` is `v1,` and the HMAC-SHA256 of id, timestamp and body. Each address
has a key of its own, made from the setting `alert_secret`, so that no receiver can speak to
another one in the city's name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from allmende import __version__
from allmende.core.fetch import FAILURES, TIMEOUTS
from allmende.core.fetch_guard import Guard, GuardedTransport
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import InvalidInput, SourceUnavailable
from allmende.store import now

if TYPE_CHECKING:
    from paho.mqtt.client import Client

SECOND = 1_000_000
SECONDS = 10.0
"""How long a receiver may take to answer."""
_PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def key(settings: Settings, target: str) -> str:
    """The key by which a web address checks what it gets, as Standard Webhooks writes it.

    InvalidInput when the platform has no `alert_secret`.
    """
    if not settings.alert_secret:
        raise InvalidInput(
            "The setting alert_secret is empty, so messages are not signed.",
            "Die Einstellung alert_secret ist leer, Nachrichten werden also nicht signiert.",
        )
    return "whsec_" + base64.b64encode(_key(settings, target)).decode()


def _key(settings: Settings, target: str) -> bytes:
    return hmac.digest(settings.alert_secret.encode(), target.encode(), hashlib.sha256)


def _signed(settings: Settings, target: str, ident: str, content: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks; without a secret those that need none."""
    moment = str(now() // SECOND)
    headers = {"webhook-id": ident, "webhook-timestamp": moment}
    if settings.alert_secret:
        signed = f"{ident}.{moment}.".encode() + content
        found = hmac.digest(_key(settings, target), signed, hashlib.sha256)
        headers["webhook-signature"] = "v1," + base64.b64encode(found).decode()
    return headers


async def call(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """The job: posts an alert as JSON to an address that is not in a private network.

    SourceUnavailable has it tried again.
    """
    import httpx2

    target = str(arguments["target"])
    guard = Guard(_PRIVATE if platform.settings.harvest_private else ())
    content = msgspec.json.encode(arguments["message"])
    headers = {
        "User-Agent": f"Allmende/{__version__}",
        "Content-Type": "application/json",
        **_signed(platform.settings, target, str(arguments.get("id", "")), content),
    }
    try:
        async with httpx2.AsyncClient(
            transport=GuardedTransport(guard), timeout=SECONDS, trust_env=False
        ) as client:
            answer = await client.post(target, content=content, headers=headers)
    except (*FAILURES, *TIMEOUTS) as error:
        raise _unsent(target, type(error).__name__) from error
    if not 200 <= answer.status_code < 300:
        raise _unsent(target, f"HTTP {answer.status_code}")


# --- MQTT -----------------------------------------------------------------------------------


async def publish(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """The job: publishes an alert at the broker of the settings, which has to confirm it.

    SourceUnavailable has it tried again.
    """
    import anyio.to_thread

    await anyio.to_thread.run_sync(_publish, platform.settings, arguments)


def _publish(settings: Settings, arguments: Mapping[str, Any]) -> None:
    if not settings.mqtt_broker:
        raise _unsent("mqtt:", "mqtt_broker is empty")
    topic = f"{settings.mqtt_topic}/{arguments['target']}"
    content = msgspec.json.encode(arguments["message"])
    parts = urlsplit(settings.mqtt_broker)
    client = _client(settings, secure=parts.scheme == "mqtts")
    port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
    try:
        client.connect(parts.hostname or "127.0.0.1", port)
        client.loop_start()
        sent = client.publish(topic, content, qos=max(1, settings.mqtt_qos))
        sent.wait_for_publish(SECONDS)
        confirmed = sent.is_published()
    except (OSError, ValueError, RuntimeError) as error:
        raise _unsent(settings.mqtt_broker, type(error).__name__) from error
    finally:
        client.disconnect()
        client.loop_stop()
    if not confirmed:
        raise _unsent(settings.mqtt_broker, "it did not confirm")


def _client(settings: Settings, *, secure: bool) -> Client:
    """A client for one message; its own name, since several may be sent at once."""
    from paho.mqtt.client import Client, MQTTv5
    from paho.mqtt.enums import CallbackAPIVersion

    name = f"{settings.mqtt_client}-alert-{secrets.token_hex(4)}"
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5)
    client.connect_timeout = SECONDS
    if settings.mqtt_user:
        client.username_pw_set(settings.mqtt_user, settings.mqtt_password or None)
    if secure:
        trusted = ssl.create_default_context(cafile=settings.mqtt_authorities or None)
        client.tls_set_context(trusted)
    return client


def _unsent(target: str, why: str) -> SourceUnavailable:
    host = urlsplit(target).hostname or "?"
    return SourceUnavailable(
        f"The alert could not be passed on to {host}: {why}.",
        f"Die Meldung konnte nicht an {host} weitergegeben werden: {why}.",
    )
