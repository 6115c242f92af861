# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages of The Things Stack v3: the body of its webhooks and of its MQTT topics.

The same JSON comes both ways: `end_device_ids`, `received_at` and one member that says what
happened (api/ttn/lorawan/v3, ApplicationUp).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from allmende.model.sensing.uplink import Event, Radio, Uplink, eui_of, instant
from allmende.sources.lorawan.parts import base64_bytes, best, converted, json_object, whole

HIGHEST_FREQUENCY = 10**11  # Hz
_OTHER = (
    "downlink_ack",
    "downlink_nack",
    "downlink_sent",
    "downlink_failed",
    "downlink_queued",
    "downlink_queue_invalidated",
    "service_data",
    "uplink_normalized",
)


class _Application(Struct):
    application_id: str = ""


class _Ids(Struct):
    dev_eui: str
    device_id: str = ""
    application_ids: _Application = field(default_factory=_Application)
    dev_addr: str = ""


class _Spot(Struct):
    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    source: str = ""


class _GatewayIds(Struct):
    gateway_id: str = ""
    eui: str = ""


class _Heard(Struct):
    gateway_ids: _GatewayIds = field(default_factory=_GatewayIds)
    rssi: float | None = None
    snr: float | None = None


class _Lora(Struct):
    spreading_factor: int | None = None


class _Rate(Struct):
    lora: _Lora = field(default_factory=_Lora)


class _Settings(Struct):
    data_rate: _Rate = field(default_factory=_Rate)
    frequency: str | int | None = None


class _Version(Struct):
    brand_id: str = ""
    model_id: str = ""
    firmware_version: str = ""


class _Battery(Struct):
    value: float | None = None


class _Message(Struct):
    f_port: int = 0  # left out when it is 0
    f_cnt: int = 0  # likewise
    session_key_id: str = ""
    frm_payload: str = ""
    decoded_payload: dict[str, Any] | None = None
    normalized_payload: list[dict[str, Any]] | dict[str, Any] | None = None
    rx_metadata: list[_Heard] = []
    settings: _Settings = field(default_factory=_Settings)
    received_at: str = ""
    version_ids: _Version = field(default_factory=_Version)
    locations: dict[str, _Spot] = {}
    last_battery_percentage: _Battery = field(default_factory=_Battery)


class _Join(Struct):
    session_key_id: str = ""
    received_at: str = ""


class _Solved(Struct):
    location: _Spot = field(default_factory=_Spot)


class _Up(Struct):
    end_device_ids: _Ids
    received_at: str = ""
    uplink_message: _Message | None = None
    join_accept: _Join | None = None
    location_solved: _Solved | None = None
    simulated: bool = False


def read(body: bytes) -> Uplink:
    """The neutral form of one message. InvalidInput says what is missing."""
    known = ("uplink_message", "join_accept", "location_solved", *_OTHER)
    raw = json_object(body, "The Things Stack v3", ("end_device_ids",), known)
    up = converted(raw, _Up)
    message = up.uplink_message
    eui = converted(up.end_device_ids.dev_eui, str, "$.end_device_ids.dev_eui", eui_of)
    common = {
        "eui": eui,
        "network": "tts",
        "name": up.end_device_ids.device_id,
        "application": up.end_device_ids.application_ids.application_id,
        "simulated": up.simulated,
    }
    if message is not None:
        return _uplink(up, message, common)
    event: Event = "join" if up.join_accept else "location" if up.location_solved else "other"
    session = up.join_accept.session_key_id if up.join_accept else ""
    place = _place(up.location_solved.location) if up.location_solved else None
    time = converted(up.received_at, str, "$.received_at", instant)
    return Uplink(event=event, time=time, session=session, place=place, **common)


def _uplink(up: _Up, message: _Message, common: dict[str, Any]) -> Uplink:
    said = message.received_at or up.received_at
    listed = message.normalized_payload or []
    version = message.version_ids
    places = [_place(each) for each in message.locations.values()]
    return Uplink(
        time=converted(said, str, "$.uplink_message.received_at", instant),
        session=message.session_key_id or up.end_device_ids.dev_addr.lower(),
        counter=message.f_cnt,
        port=message.f_port,
        payload=base64_bytes(message.frm_payload, "$.uplink_message.frm_payload"),
        object=message.decoded_payload,
        normalized=tuple(listed if isinstance(listed, list) else [listed]),
        radio=_radio(message),
        brand=version.brand_id,
        model=version.model_id,
        tags={"firmware": version.firmware_version} if version.firmware_version else {},
        place=next((each for each in places if each), None),
        battery=message.last_battery_percentage.value,
        **common,
    )


def _radio(message: _Message) -> Radio:
    heard = message.rx_metadata
    strongest = best([(each.rssi, each.snr) for each in heard])
    gateway = heard[strongest] if strongest is not None else _Heard()
    return Radio(
        gateways=len(heard),
        rssi=gateway.rssi,
        snr=gateway.snr,
        gateway=gateway.gateway_ids.eui.lower() or gateway.gateway_ids.gateway_id,
        spreading=whole(message.settings.data_rate.lora.spreading_factor, 12),
        frequency=whole(message.settings.frequency, HIGHEST_FREQUENCY),
    )


def _place(spot: _Spot) -> tuple[float, float] | None:
    if spot.longitude is None or spot.latitude is None:
        return None
    return spot.longitude, spot.latitude
