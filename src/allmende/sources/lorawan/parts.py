# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the readers of both networks share: JSON within limits, base64, the best gateway."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from allmende.core.payload import check_json
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.observation import EARLIEST, LATEST
from allmende.model.sensing.uplink import Uplink

T = TypeVar("T")

LARGEST = 256 << 10  # bytes of one message
DEEPEST = 32
MOST_VALUES = 20_000
LARGEST_PAYLOAD = 512  # bytes; LoRaWAN carries at most 242
LARGEST_COUNTER = 0xFFFFFFFF
LARGEST_PORT = 255
LONGEST_NAME = 500  # characters of names, and of the session
_NAMES = ("name", "application", "session", "profile", "brand", "model")


def json_object(
    body: bytes, network: str, needed: Collection[str], one_of: Collection[str]
) -> dict[str, Any]:
    """A message as a JSON object with the needed members and at least one of some others."""
    if len(body) > LARGEST:
        raise LimitExceeded(
            f"The message is larger than {LARGEST} bytes.",
            f"Die Nachricht ist größer als {LARGEST} Bytes.",
        )
    check_json(body, DEEPEST, MOST_VALUES)
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The message is not valid JSON: {error}.",
            f"Die Nachricht ist kein gültiges JSON: {error}.",
        ) from error
    missing = [each for each in needed if not isinstance(found, dict) or each not in found]
    if not missing and one_of and not any(each in found for each in one_of):
        missing = [next(iter(one_of))]
    if missing:
        raise InvalidInput(
            f"This is no message of {network}: {', '.join(missing)} is missing.",
            f"Das ist keine Nachricht von {network}: {', '.join(missing)} fehlt.",
        )
    checked: dict[str, Any] = found
    return checked


def converted(
    value: Any, kind: type[T], place: str = "", reader: Callable[[T], Any] | None = None
) -> Any:
    """The value as the type, read further by `reader`; InvalidInput names the place."""
    try:
        found = msgspec.convert(value, kind, strict=True)
        return found if reader is None else reader(found)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from error
    except ValueError as error:
        raise _misfit(f"“{str(value)[:60]}” is not valid - at `{place}`") from error


def _misfit(why: str) -> InvalidInput:
    return InvalidInput(f"The message does not fit: {why}.", f"Die Nachricht passt nicht: {why}.")


def base64_bytes(text: str, place: str) -> bytes:
    """Bytes of base64 text. InvalidInput when it is not, or when they are too many."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _misfit(f"the value is not base64 - at `{place}`") from error
    if len(found) > LARGEST_PAYLOAD:
        raise LimitExceeded(
            f"The payload is longer than {LARGEST_PAYLOAD} bytes.",
            f"Die Nutzlast ist länger als {LARGEST_PAYLOAD} Bytes.",
        )
    return found


def plausible(uplink: Uplink) -> Uplink:
    """A message whose numbers, time and names can be. InvalidInput names the first that cannot.

    A place that is not on earth is left out: networks make one up when they do not know it.
    Control characters in names become spaces, since names are shown in terminals, too.
    """
    if uplink.counter is not None and not 0 <= uplink.counter <= LARGEST_COUNTER:
        raise _misfit(f"no frame counter is {uplink.counter}")
    if not 0 <= uplink.port <= LARGEST_PORT:
        raise _misfit(f"no port is {uplink.port}")
    if not EARLIEST <= uplink.time < LATEST:
        raise _misfit("its time is not between 1900 and 2100")
    for each in _NAMES:
        if len(getattr(uplink, each)) > LONGEST_NAME:
            raise _misfit(f"{each} is longer than {LONGEST_NAME} characters")
    place = uplink.place if uplink.place and _on_earth(*uplink.place) else None
    return replace(uplink, name=printable(uplink.name), place=place)


def printable(text: str) -> str:
    """A text with spaces in place of what cannot be printed."""
    return "".join(each if each.isprintable() else " " for each in text).strip()


def _on_earth(longitude: float, latitude: float) -> bool:
    return -180 <= longitude <= 180 and -90 <= latitude <= 90


def whole(given: str | int | None, largest: int) -> int | None:
    """A number from 0 to the largest, also when it came as text; None when it is none."""
    text = str(given) if given is not None else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        return None
    return int(text) if int(text) <= largest else None


def best(heard: Sequence[tuple[float | None, float | None]]) -> int | None:
    """Place of the gateway that heard best by signal to noise, then strength; None of none."""
    low = -1e9
    if not heard:
        return None
    places = range(len(heard))
    return max(places, key=lambda at: tuple(low if v is None else v for v in reversed(heard[at])))
