# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which reader a message needs: by its network, and the name of its event or its topic."""

from __future__ import annotations

import re

from allmende.errors import InvalidInput
from allmende.model.sensing.uplink import Uplink
from allmende.sources.lorawan import chirpstack, tts
from allmende.sources.lorawan.parts import plausible

CHIRPSTACK_TOPIC = re.compile(r"(?:[^/]+/)*application/[^/]+/device/[^/]+/event/([a-z]+)")
TTS_TOPIC = re.compile(r"v3/[^/]+/devices/[^/]+/([a-z/]+)")


def read(kind: str, body: bytes, event: str = "") -> Uplink:
    """The neutral form of a message of a source of a kind. InvalidInput says what is wrong."""
    if kind == "tts":
        return plausible(tts.read(body))
    if kind == "chirpstack":
        return plausible(chirpstack.read(body, event or "up"))
    raise InvalidInput(f"“{kind}” is no kind of network.", f"„{kind}“ ist keine Art von Netz.")


def network_of(body: bytes) -> str:
    """The kind of network a message looks like; "" of none."""
    head = body[:100_000]
    if b'"end_device_ids"' in head:
        return "tts"
    return "chirpstack" if b'"deviceInfo"' in head else ""


def of_topic(topic: str, payload: bytes) -> Uplink:
    """The neutral form of a message that came by MQTT under a topic. InvalidInput.

    Topics: `v3/{application}@{tenant}/devices/{device}/…` and
    `application/{id}/device/{eui}/event/{event}`, also with words before.
    """
    found = CHIRPSTACK_TOPIC.fullmatch(topic)
    if found is not None:
        return read("chirpstack", payload, found[1])
    if TTS_TOPIC.fullmatch(topic):
        return read("tts", payload)
    shown = topic[:100]
    raise InvalidInput(
        f"The topic “{shown}” is none of The Things Stack or ChirpStack.",
        f"Das Thema „{shown}“ ist keines von The Things Stack oder ChirpStack.",
    )
