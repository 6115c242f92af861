# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A description and its codec tried on one message, without storing anything."""

from __future__ import annotations

import base64
import binascii
import re
from importlib import import_module
from typing import Any

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing.devices_library import DeviceKind, kind_of, library
from allmende.core.sensing.devices_reading import DeviceSettings, Reading, read
from allmende.errors import InvalidInput, NotAllowed, NotAuthenticated
from allmende.model.sensing.uplink import Uplink
from allmende.policy import Action, Role, Subject, may
from allmende.store import now

LONGEST_MESSAGE = 256 << 10  # characters
LONGEST_HEX = 2_000
NO_EUI = "0000000000000000"
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_ROLES = (Role.CONTRIBUTOR, Role.STEWARD, Role.ADMINISTRATOR)


class Trial(Struct, frozen=True, kw_only=True):
    """What was tried and what came out; `fitting` are the kinds the message could be of."""

    uplink: Uplink
    kind: DeviceKind | None
    fitting: list[str]
    reading: Reading | None


def check(subject: Subject) -> None:
    """NotAuthenticated or NotAllowed for who looks after no devices."""
    if any(may(subject, Action.OBSERVE, each) for each in subject.organisations(*_ROLES)):
        return
    if subject.kind == "anonymous":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    raise NotAllowed(
        "Descriptions are tried by contributors and stewards.",
        "Beschreibungen erproben Mitwirkende und Datenverantwortliche.",
    )


async def trial(
    platform: Platform,
    subject: Subject,
    message: str,
    *,
    port: int = 1,
    kind: str = "",
    description: str = "",
    code: str = "",
) -> Trial:
    """Reads a message: JSON of a network, or a payload in hexadecimal digits or base64 with a port.

    It is read with a given description and codec, or a known kind, or the kind it is recognised
    as. NotAllowed; InvalidInput for the message, InvalidDescription for the description.
    """
    check(subject)
    uplink = _message(message.strip(), port)
    known = library(platform)
    matched, fitting = known.match(uplink)
    if description.strip():
        chosen: DeviceKind | None = kind_of(description, code)
    else:
        chosen = known.kind(kind) if kind else matched
    reading = None
    if chosen is not None:
        (reading,) = await read(platform, chosen, [(uplink, DeviceSettings())])
    return Trial(uplink=uplink, kind=chosen, fitting=fitting, reading=reading)


def _message(text: str, port: int) -> Uplink:
    if len(text) > LONGEST_MESSAGE:
        raise InvalidInput(
            f"The message is longer than {LONGEST_MESSAGE} characters.",
            f"Die Nachricht ist länger als {LONGEST_MESSAGE} Zeichen.",
        )
    if text.startswith("{"):
        return _of_network(text.encode())
    if not 0 <= port <= 255:
        raise InvalidInput("A port is 0 to 255.", "Ein Port ist 0 bis 255.")
    payload = _payload(text)
    return Uplink(eui=NO_EUI, network="tts", port=port, payload=payload, time=now())


def _of_network(body: bytes) -> Uplink:
    reading: Any = import_module("allmende.sources.lorawan.reading")
    network = reading.network_of(body)
    if not network:
        raise InvalidInput(
            "This is no message of The Things Stack v3 or ChirpStack v4.",
            "Das ist keine Nachricht von The Things Stack v3 oder ChirpStack v4.",
        )
    found: Uplink = reading.read(network, body)
    return found


def _payload(text: str) -> bytes:
    bare = re.sub(r"[\s:,-]|0x", "", text)
    if 0 < len(bare) <= LONGEST_HEX:
        if _HEX.fullmatch(bare):
            return bytes.fromhex(bare)
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise InvalidInput(
        "Paste a whole message in JSON, or a payload such as 0C E5 00 00 05 5E.",
        "Bitte eine ganze Nachricht in JSON einfügen oder eine Nutzlast wie 0C E5 00 00 05 5E.",
    )
