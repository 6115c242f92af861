# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The soil sensors of the demo city: devices at their places, the city's rules, a replay.

Real are the 31 TEROS 21 devices with EUI and place, the 16 reference areas, the rule sheet and
the recorded messages. What is fed in live is a recorded message sent again: its payload is the
recorded one, its time is now, and its thing says in name and origin that it is a replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from allmende.core import jobs, sensing
from allmende.core.platform import Platform
from allmende.core.sensing import devices, devices_intake, rules
from allmende.core.sensing.devices import Adoption, Device
from allmende.core.sensing.devices_library import library
from allmende.core.sensing.devices_reading import DeviceSettings, read
from allmende.demo.shipped import content
from allmende.errors import Conflict, NotFound
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.specs import ThingSpec
from allmende.model.sensing.uplink import Uplink, instant
from allmende.policy import SYSTEM
from allmende.sources.lorawan import chirpstack
from allmende.store import now
from allmende.store.sensing import devices as device_rows

SOURCE = "chirpstack-jena"
KIND = "solidos-teros21"
RULES = ("soil-sites", "soil-areas")
REPLAY = "soil-replay"
EVERY = "every 15m"
MESSAGES = "lorawan-messages/chirpstack-uplinks.json"
SENSORS = "soil-sensors/soil-sensors.geojson"
_FOLDER = Path(__file__).with_name("rules")


def document(name: str) -> str:
    """The text of a rule that comes with the demo city."""
    return (_FOLDER / f"{name}.toml").read_text("utf-8")


async def load(platform: Platform) -> int:
    """Takes in devices and real messages, switches the rules on, begins the replay.

    How many devices are new; the second time nothing changes but one more replayed message.
    """
    organisation = platform.settings.catalogue
    known = {each.eui for each in await devices.devices(platform, SYSTEM)}
    await _source(platform, organisation)
    new = 0
    for feature in teros():
        if str(feature["properties"]["eui"]).lower() not in known:
            await _device(platform, feature)
            new += 1
    for name in RULES:
        await _rule(platform, organisation, name)
    await _recorded(platform)
    await replay(platform, {})
    await jobs.save_schedule(platform, SYSTEM, REPLAY, EVERY, REPLAY)
    return new


def teros() -> list[dict[str, Any]]:
    """The TEROS 21 devices as GeoJSON features, as the city lists them."""
    return [
        each
        for each in msgspec.json.decode(content(SENSORS))["features"]
        if each["properties"].get("model") == "TEROS21" and each["properties"].get("eui")
    ]


def messages() -> list[Uplink]:
    """The recorded messages of those devices, as they were received."""
    known = {str(each["properties"]["eui"]).lower() for each in teros()}
    found = [
        chirpstack.read(msgspec.json.encode(each))
        for each in msgspec.json.decode(content(MESSAGES))
    ]
    return [each for each in found if each.eui in known]


async def _source(platform: Platform, organisation: str) -> None:
    try:
        await devices.create_source(
            platform, SYSTEM, SOURCE, "chirpstack", organisation, title="ChirpStack der Stadt Jena"
        )
    except Conflict:
        return


async def _device(platform: Platform, feature: Mapping[str, Any]) -> None:
    """One device at its place; the list names one depth, the device measures at two."""
    about = feature["properties"]
    name = f"Bodensensor {about.get('standort') or ''}, Baum {about.get('bnr') or '?'}"
    installed = instant(f"{about['eingesetzt']}T00:00:00Z")
    first = Uplink(eui=str(about["eui"]).lower(), name=name, network="chirpstack", time=installed)
    source = await devices.open_source(platform, SYSTEM, SOURCE, "")
    made = await platform.store.write(device_rows.met, source, first)
    given = Adoption(kind=KIND, name=name, place=dict(feature["geometry"]))
    await devices.adopt(platform, SYSTEM, made.id, given)


async def _rule(platform: Platform, organisation: str, name: str) -> None:
    try:
        found = await rules.get(platform, SYSTEM, name)
    except NotFound:
        await rules.save(platform, SYSTEM, name, organisation, document(name))
        await rules.switch(platform, SYSTEM, name, True)
        return
    if found.version == 1 and found.document != document(name):
        await rules.save(platform, SYSTEM, name, organisation, document(name))


async def _recorded(platform: Platform) -> None:
    """The real messages at the time they were received; one that is there is counted once."""
    source = await devices.open_source(platform, SYSTEM, SOURCE, "")
    for message in messages():
        await devices_intake.receive(platform, source, message)
    await devices_intake.drain(platform)


# --- replay ---------------------------------------------------------------------------------


async def replay(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Reads the recorded messages again as if they came now; for things of their own.

    The payload is the recorded one, and so are its values; each result says when it was
    really measured.
    """
    by_eui = {each.eui: each for each in await devices.devices(platform, SYSTEM)}
    for message in messages():
        device = by_eui.get(message.eui)
        if device is not None and device.status == "active":
            await _replay(platform, device, message)


async def _replay(platform: Platform, device: Device, message: Uplink) -> None:
    kind = library(platform).kind(device.kind or KIND)
    made = await sensing.register(platform, SYSTEM, _thing(devices.thing_of(device, kind)))
    moment = now()
    (reading,) = await read(platform, kind, [(message, DeviceSettings())])
    recorded = {"replay": True, "recorded_us": message.time, "device": message.eui}
    given = [
        Observation(
            datastream=made.streams[each.field],
            time=moment,
            result=each.result,
            flag=each.flag,
            rule=each.rule,
            parameters=recorded,
        )
        for _, part in reading.parts
        for each in part.results
    ]
    await sensing.observe(platform, SYSTEM, given)


def _thing(real: ThingSpec) -> ThingSpec:
    """The thing of a replay, which nobody can take for the device itself."""
    note = (
        "Wiedergabe: eine aufgezeichnete echte Nachricht dieses Gerätes wird alle 15 Minuten "
        "erneut eingespielt. Die Werte sind keine Messung von heute. / Replay: a recorded real "
        "message of this device is fed in again every 15 minutes. The values are no measurement "
        "of today."
    )
    return replace(
        real,
        key=f"replay:{real.key}",
        name=f"Wiedergabe/Replay: {real.name}",
        description=note,
        origin="replay",
        properties={**real.properties, "replay": True},
        streams=tuple(
            replace(
                each,
                name=f"Wiedergabe/Replay: {each.name}",
                description=note,
                properties={**each.properties, "replay": True},
                interval=900.0,
            )
            for each in real.streams
        ),
    )
