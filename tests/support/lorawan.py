# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Captured messages of real devices, and messages made from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from allmende.model.sensing.uplink import Uplink
from allmende.sources.lorawan import chirpstack, tts

FOLDER = Path(__file__).resolve().parents[1] / "sources" / "lorawan" / "messages"
KINDS = {
    "chirpstack_uplink_1": "dragino-lse01",
    "chirpstack_uplink_2": "sensecap-s2120",
    "chirpstack_uplink_3": "milesight-em310-udl",
    "chirpstack_uplink_4": "tektelic-kiwi",
    "chirpstack_uplink_5": "sensecap-s2106",
    "chirpstack_uplink_6": "dragino-sn50v3",
    "chirpstack_uplink_7": "solidos-teros21",
    "ttn_v3_uplink_humidity": "simple-humidity",
    "ttn_v3_uplink_humidity2": "simple-humidity",
    "ttn_v3_uplink_lse01": "dragino-lse01",
    "ttn_v3_uplink_noise": "browan-tbsl100",
    "ttn_v3_uplink_soil": "dragino-lsph01",
}


def body(name: str) -> bytes:
    """A captured message as it came."""
    return (FOLDER / f"{name}.json").read_bytes()


def changed(name: str, **members: Any) -> bytes:
    """A captured message of ChirpStack with other members."""
    return msgspec.json.encode({**msgspec.json.decode(body(name)), **members})


def uplink(name: str, **members: Any) -> Uplink:
    """A captured message in its neutral form, with other members."""
    read = tts.read if name.startswith("ttn") else chirpstack.read
    return replace(read(body(name)), **members)
