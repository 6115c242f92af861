# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A message of a radio device as every network server can be understood: neutral and checked.

Times are µs since 1970-01-01 UTC; EUIs are 16 small hexadecimal digits.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

Event = Literal["uplink", "join", "location", "other"]

EUI = re.compile(r"[0-9a-f]{16}")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?")


class Radio(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How well it was heard: the best gateway, and how many heard it."""

    gateways: int = 0
    rssi: float | None = None  # dBm
    snr: float | None = None  # dB
    gateway: str = ""
    spreading: int | None = None  # LoRa spreading factor
    frequency: int | None = None  # Hz


class Uplink(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of one device, as its network server passed it on.

    `session` names the counter's life: the key id of the session, or the device address.
    `object` is what the network decoded; `normalized` the list of The Things Stack.
    """

    event: Event = "uplink"
    eui: str
    name: str = ""
    network: Literal["tts", "chirpstack"]
    application: str = ""
    session: str = ""
    counter: int | None = None
    port: int = 0
    payload: bytes = b""
    time: int  # received by the network
    object: dict[str, Any] | None = None
    normalized: tuple[dict[str, Any], ...] = ()
    radio: Radio = Radio()
    profile: str = ""
    brand: str = ""
    model: str = ""
    tags: dict[str, str] = {}
    place: tuple[float, float] | None = None  # longitude, latitude, when the network says it
    battery: float | None = None  # percent, when the network says it
    simulated: bool = False


def instant(text: str) -> int:
    """µs since 1970 UTC of an RFC 3339 time with any number of decimals. ValueError otherwise."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    whole, fraction, zone = found.groups()
    moment = datetime.fromisoformat(whole + (zone or "Z").replace("Z", "+00:00"))
    micro = int(((fraction or ".0")[1:] + "000000")[:6])
    return int(moment.timestamp()) * 1_000_000 + micro


def eui_of(text: str) -> str:
    """An EUI in its usual writings as 16 small digits. ValueError when it is none."""
    digits = text.strip().lower().replace("-", "").replace(":", "").replace(" ", "")
    if not EUI.fullmatch(digits):
        raise ValueError(text)
    return digits
