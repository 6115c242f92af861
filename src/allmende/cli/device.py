# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende device …`: networks of sensors, and the devices that are heard through them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.people import moment
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.core.sensing.devices import Device

Said = tuple[dict[str, Any], list[str]]


def arguments(parser: ArgumentParser) -> None:
    """The deeds and their options."""
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=text("DEED", "TAT"))

    def deed(name: str, en: str, de: str) -> ArgumentParser:
        return deeds.add_parser(name, help=text(en, de), description=text(en, de))

    network = deed(
        "network",
        "make an address /ingest/ID for a network; its secret is shown once",
        "eine Adresse /ingest/ID für ein Netz anlegen; das Geheimnis wird einmal gezeigt",
    )
    network.add_argument("id")
    network.add_argument("--kind", choices=("tts", "chirpstack"), required=True)
    network.add_argument("--organisation", metavar="ID", required=True)
    network.add_argument(
        "--adopt",
        action="store_true",
        help=text(
            "take in devices of a known kind by themselves",
            "Geräte bekannter Art von selbst aufnehmen",
        ),
    )
    listing = deed("list", "list devices", "Geräte auflisten")
    listing.add_argument("--status", choices=("unknown", "active", "retired"), default="")
    kinds = deed("kinds", "list kinds of devices", "Gerätearten auflisten")
    _adoption(adopt := deed("adopt", "take a device in", "ein Gerät aufnehmen"))
    retire = deed(
        "retire",
        "read the messages of a device no longer; what it measured stays",
        "die Nachrichten eines Geräts nicht mehr lesen; Gemessenes bleibt",
    )
    retire.add_argument("eui")
    for sub in (network, listing, kinds, adopt, retire, *_networks(deed)):
        shared.place(sub)
    shared.with_usages(parser, deeds)


def _networks(deed: Callable[[str, str, str], ArgumentParser]) -> Iterator[ArgumentParser]:
    connect = deed(
        "connect",
        "fetch the messages of a network by MQTT, and missed ones from its storage",
        "die Nachrichten eines Netzes über MQTT holen, verpasste aus seinem Speicher",
    )
    connect.add_argument("id")
    connect.add_argument(
        "--topic",
        help=text(
            "topic filter, such as v3/+/devices/+/up", "Themenfilter, etwa v3/+/devices/+/up"
        ),
    )
    connect.add_argument(
        "--broker",
        default="",
        metavar="URL",
        help=text(
            "mqtts://host:8883; without, the city's own",
            "mqtts://host:8883; ohne: der eigene der Stadt",
        ),
    )
    connect.add_argument("--user", default="")
    connect.add_argument("--mqtt", choices=("5", "3.1.1"), default="5")
    connect.add_argument("--authorities", type=Path, metavar="PEM")
    connect.add_argument(
        "--storage",
        metavar="URL",
        help=text("https://host of The Things Stack", "https://host von The Things Stack"),
    )
    yield connect
    revoke = deed("revoke", "take nothing more from a network", "nichts mehr von einem Netz nehmen")
    revoke.add_argument("id")
    yield revoke
    refill = deed(
        "refill",
        "ask the storages of networks for what is missing, or for all of some hours",
        "die Speicher der Netze nach Fehlendem fragen, oder nach allem einiger Stunden",
    )
    refill.add_argument("--hours", type=int, choices=range(1, 721), metavar="N")
    yield refill


def _adoption(adopt: ArgumentParser) -> None:
    adopt.add_argument("eui")
    adopt.add_argument("--kind", metavar="ID", required=True)
    adopt.add_argument("--name", default="")
    adopt.add_argument("--longitude", type=float)
    adopt.add_argument("--latitude", type=float)
    adopt.add_argument(
        "--blur",
        type=int,
        default=0,
        metavar="M",
        help=text(
            "metres to which others are told the place", "Meter, auf die der Ort gezeigt wird"
        ),
    )
    adopt.add_argument("--access", choices=("open", "internal", "restricted"), default="open")
    adopt.add_argument(
        "--settings",
        type=Path,
        metavar=text("FILE", "DATEI"),
        help=text("depths and calibrations, JSON", "Tiefen und Kalibrierungen, JSON"),
    )


def run(options: Namespace, console: Console) -> int:
    """Do the deed."""
    deeds = {
        "network": _network,
        "list": _list,
        "kinds": _kinds,
        "adopt": _adopt,
        "retire": _retire,
        "connect": _connect,
        "revoke": _revoke,
        "refill": _refill,
    }
    deed = deeds[options.deed]
    data, lines = on_platform(shared.settings(options), lambda platform: deed(platform, options))
    console.result(data, *lines)
    return 1 if data.get("faults") else 0


async def _network(platform: Platform, options: Namespace) -> Said:
    from allmende.core.sensing import devices
    from allmende.policy import SYSTEM

    secret = await devices.create_source(
        platform, SYSTEM, options.id, options.kind, options.organisation, adopt=options.adopt
    )
    address = f"{platform.settings.base_url}/ingest/{options.id}"
    return {"secret": secret, "address": address}, [address, f"X-Allmende-Secret: {secret}"]


async def _list(platform: Platform, options: Namespace) -> Said:
    from allmende.core.sensing import devices
    from allmende.policy import SYSTEM

    found = await devices.devices(platform, SYSTEM, options.status)
    return {"devices": [_plain(each) for each in found]}, [_line(each) for each in found]


async def _kinds(platform: Platform, _: Namespace) -> Said:
    from allmende.core.sensing.devices_library import library

    known = library(platform)
    kinds = [
        {"id": ident, "title": dict(kind.description.title), "own": kind.own}
        for ident, kind in sorted(known.kinds.items())
    ]
    faults = {name: error.text for name, error in sorted(known.faults.items())}
    lines = [f"{each['id']}  {text(*_titles(each['title']))}" for each in kinds]
    lines += [f"{name}: {text(said['en'], said['de'])}" for name, said in faults.items()]
    return {"kinds": kinds, "faults": faults}, lines


def _titles(title: Any) -> tuple[str, str]:
    return title.get("en") or title.get("de", ""), title.get("de") or title.get("en", "")


async def _adopt(platform: Platform, options: Namespace) -> Said:
    from allmende.core.payload import decode_json
    from allmende.core.sensing import codecs, devices, devices_intake
    from allmende.policy import SYSTEM

    place = None
    if options.longitude is not None and options.latitude is not None:
        place = {"type": "Point", "coordinates": [options.longitude, options.latitude]}
    special: dict[str, Any] = {}
    if options.settings is not None:
        special = decode_json(options.settings.read_bytes(), platform.settings, dict)
    given = devices.Adoption(
        kind=options.kind,
        name=options.name,
        place=place,
        blur=options.blur,
        access=options.access,
        settings=special,
    )
    known = await devices.device_of(platform, SYSTEM, options.eui)
    adopted = await devices.adopt(platform, SYSTEM, known.id, given)
    try:
        await devices_intake.drain(platform)
    finally:
        await codecs.close(platform)
    return {"device": _plain(adopted)}, [_line(adopted)]


async def _retire(platform: Platform, options: Namespace) -> Said:
    from allmende.core.sensing import devices
    from allmende.policy import SYSTEM

    known = await devices.device_of(platform, SYSTEM, options.eui)
    await devices.retire(platform, SYSTEM, known.id)
    retired = await devices.device(platform, SYSTEM, known.id)
    return {"device": _plain(retired)}, [_line(retired)]


async def _connect(platform: Platform, options: Namespace) -> Said:
    from allmende.core.sensing import devices_links
    from allmende.core.sensing.devices_links import BrokerLink, Links, StorageLink
    from allmende.policy import SYSTEM

    broker = storage = None
    if options.topic:
        broker = BrokerLink(
            topic=options.topic,
            address=options.broker,
            user=options.user,
            version=options.mqtt,
            authorities=str(options.authorities or ""),
        )
    if options.storage:
        storage = StorageLink(address=options.storage)
    links = Links(broker=broker, storage=storage)
    found = await devices_links.connect(platform, SYSTEM, options.id, links)
    names = []
    if broker is not None and broker.address:
        names.append(devices_links.secret_name(found.id, "PASSWORD"))
    if storage is not None:
        names.append(devices_links.secret_name(found.id, "KEY"))
    wanted = [
        text(f"Set {name} or {name}_FILE.", f"{name} oder {name}_FILE setzen.") for name in names
    ]
    return {"id": found.id, "links": found.links, "secrets": names}, [found.id, *wanted]


async def _revoke(platform: Platform, options: Namespace) -> Said:
    from allmende.core.sensing import devices_links
    from allmende.policy import SYSTEM

    await devices_links.revoke(platform, SYSTEM, options.id)
    return {"id": options.id, "revoked": True}, [options.id]


async def _refill(platform: Platform, options: Namespace) -> Said:
    from allmende.core.sensing import codecs, devices_intake, refilling

    done = await refilling.refill(platform, hours=options.hours)
    try:
        await devices_intake.drain(platform)
    finally:
        await codecs.close(platform)
    faults = [error.text for error in done.problems]
    told = text(
        f"{done.devices} devices asked for, {done.found} messages found, {done.taken} were missing",
        f"{done.devices} Geräte abgefragt, {done.found} Nachrichten gefunden, {done.taken} fehlten",
    )
    data = {"devices": done.devices, "found": done.found, "taken": done.taken, "faults": faults}
    return data, [told, *(text(each["en"], each["de"]) for each in faults)]


def _plain(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "eui": device.eui,
        "name": device.name,
        "status": device.status,
        "kind": device.kind,
        "thing": device.thing,
        "source": device.source,
        "last_seen": moment(device.last_seen),
        "battery": device.battery,
        "lost": device.lost,
        "problem": device.problem,
    }


def _line(device: Device) -> str:
    problem = f"  {text(device.problem['en'], device.problem['de'])}" if device.problem else ""
    kind = device.kind or device.status
    return f"{device.eui}  {device.name}  {kind}  {moment(device.last_seen)}{problem}"
