# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One message read with one description: decoded, and brought to results. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, ValidationError, convert

from allmende.core.platform import Platform
from allmende.core.sensing.codecs import Call, Decoded, codecs
from allmende.core.sensing.devices_library import DeviceKind
from allmende.errors import InvalidInput
from allmende.model.sensing.calibration import Calibration
from allmende.model.sensing.device_description import NETWORK, NORMALIZED
from allmende.model.sensing.device_mapping import Mapped, mapped
from allmende.model.sensing.uplink import Uplink, instant

Text = dict[str, str]


class FieldSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is special about a field of one device."""

    name: str = ""
    depth: str = ""
    height: str = ""
    calibration: tuple[Calibration, ...] = ()


class DeviceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is special about one device; by the names of fields."""

    fields: dict[str, FieldSettings] = {}

    @property
    def calibrations(self) -> dict[str, tuple[Calibration, ...]]:
        """The calibrations of the fields that have some."""
        return {name: each.calibration for name, each in self.fields.items() if each.calibration}


class Reading(Struct, frozen=True):
    """What became of a message: what was decoded, and results for each time in it."""

    decoded: Decoded
    parts: list[tuple[int, Mapped]]
    skipped: bool = False  # the port carries no results

    @property
    def problem(self) -> Text | None:
        """Why there is no result at all, or None."""
        if self.decoded.fault:
            return {
                "en": f"The codec: {self.decoded.text['en']}",
                "de": f"Der Codec: {self.decoded.text['de']}",
            }
        if self.skipped or any(each.results for _, each in self.parts):
            return None
        problems = [problem for _, each in self.parts for problem in each.problems]
        if problems:
            return problems[0].text
        return {
            "en": "None of the described fields is in the message.",
            "de": "Keines der beschriebenen Felder steht in der Nachricht.",
        }


def settings_of(values: Mapping[str, Any]) -> DeviceSettings:
    """The settings of a device. InvalidInput names what does not fit."""
    try:
        return convert(values, DeviceSettings)
    except ValidationError as error:
        raise InvalidInput(
            f"The settings of the device do not fit: {error}.",
            f"Die Einstellungen des Geräts passen nicht: {error}.",
        ) from error


async def read(
    platform: Platform, kind: DeviceKind, given: Sequence[tuple[Uplink, DeviceSettings]]
) -> list[Reading]:
    """Reads messages of one kind, in their order. Busy when too many wait for their codec."""
    description = kind.description
    wanted = [not description.ports or each.port in description.ports for each, _ in given]
    decoded: list[Decoded] = [Decoded()] * len(given)
    if kind.codec is not None:
        places = [at for at, fits in enumerate(wanted) if fits]
        calls = [Call(given[at][0].payload, given[at][0].port, given[at][0].time) for at in places]
        found = await codecs(platform).decode(kind.codec, calls)
        for at, each in zip(places, found, strict=True):
            decoded[at] = each
    return [
        _reading(kind, uplink, settings, done) if fits else Reading(Decoded(), [], True)
        for (uplink, settings), done, fits in zip(given, decoded, wanted, strict=True)
    ]


def _reading(
    kind: DeviceKind, uplink: Uplink, settings: DeviceSettings, decoded: Decoded
) -> Reading:
    description = kind.description
    if decoded.fault:
        return Reading(decoded, [])
    if description.codec == NORMALIZED:
        if not uplink.normalized:
            return Reading(_without("normalized_payload"), [])
        data = {"normalized_payload": list(uplink.normalized)}
        moments = [(_moment(each, uplink.time), each) for each in uplink.normalized]
        parts = [
            (time, mapped(description, each, time, settings.calibrations)) for time, each in moments
        ]
        return Reading(Decoded(data=data), parts)
    if description.codec == NETWORK:
        if uplink.object is None:
            return Reading(_without("decoded_payload, object"), [])
        decoded = Decoded(data=uplink.object)
    result = mapped(description, decoded.data, uplink.time, settings.calibrations)
    return Reading(decoded, [(uplink.time, result)])


def _moment(measured: Mapping[str, Any], otherwise: int) -> int:
    """The time a normalized measurement names, when it names a good one."""
    said = measured.get("time")
    try:
        return instant(said) if isinstance(said, str) else otherwise
    except ValueError:
        return otherwise


def _without(member: str) -> Decoded:
    text = {
        "en": f"The network sent nothing decoded ({member}).",
        "de": f"Das Netz hat nichts Dekodiertes gesendet ({member}).",
    }
    return Decoded(fault="nothing-decoded", text=text)
