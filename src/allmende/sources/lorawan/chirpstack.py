# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages of ChirpStack v4 in JSON: `?event=…` of its HTTP integration and its MQTT topics.

The shape is that of integration.UplinkEvent and its neighbours in api/proto/integration, with
member names in camelCase.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from allmende.model.sensing.uplink import Event, Radio, Uplink, eui_of, instant
from allmende.sources.lorawan.parts import base64_bytes, best, converted, json_object

EVENTS: dict[str, Event] = {"up": "uplink", "join": "join", "location": "location"}


class _Device(Struct, rename="camel"):
    dev_eui: str
    device_name: str = ""
    application_name: str = ""
    device_profile_name: str = ""
    tags: dict[str, str] = {}


class _Heard(Struct, rename="camel"):
    gateway_id: str = ""
    rssi: float | None = None
    snr: float | None = None


class _Lora(Struct, rename="camel"):
    spreading_factor: int | None = None


class _Modulation(Struct):
    lora: _Lora = field(default_factory=_Lora)


class _Sent(Struct):
    frequency: int | None = None
    modulation: _Modulation = field(default_factory=_Modulation)


class _Spot(Struct):
    latitude: float | None = None
    longitude: float | None = None


class _Event(Struct, rename="camel"):
    device_info: _Device
    time: str = ""
    dev_addr: str = ""
    f_cnt: int = 0  # left out when it is 0
    f_port: int = 0
    data: str = ""
    object: dict[str, Any] | None = None
    rx_info: list[_Heard] = []
    tx_info: _Sent = field(default_factory=_Sent)
    location: _Spot = field(default_factory=_Spot)
    battery_level: float | None = None


def read(body: bytes, event: str = "up") -> Uplink:
    """The neutral form of one message; `event` is the name in the address or topic.

    InvalidInput says what is missing.
    """
    raw = json_object(body, "ChirpStack v4", ("deviceInfo",), ())
    found = converted(raw, _Event)
    device, spot = found.device_info, found.location
    place = None
    if spot.longitude is not None and spot.latitude is not None:
        place = (spot.longitude, spot.latitude)
    kind: Event = EVENTS.get(event, "other")
    uplink = kind == "uplink"
    return Uplink(
        event=kind,
        eui=converted(device.dev_eui, str, "$.deviceInfo.devEui", eui_of),
        network="chirpstack",
        name=device.device_name,
        application=device.application_name,
        profile=device.device_profile_name,
        tags=device.tags,
        time=converted(found.time, str, "$.time", instant),
        session=found.dev_addr.lower(),
        counter=found.f_cnt if uplink else None,
        port=found.f_port,
        payload=base64_bytes(found.data, "$.data"),
        object=found.object,
        radio=_radio(found),
        place=place,
        battery=found.battery_level,
    )


def _radio(event: _Event) -> Radio:
    heard = event.rx_info
    strongest = best([(each.rssi, each.snr) for each in heard])
    gateway = heard[strongest] if strongest is not None else _Heard()
    return Radio(
        gateways=len(heard),
        rssi=gateway.rssi,
        snr=gateway.snr,
        gateway=gateway.gateway_id,
        spreading=event.tx_info.modulation.lora.spreading_factor,
        frequency=event.tx_info.frequency,
    )
