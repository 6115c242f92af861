# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Radio devices: the networks that pass their messages on, and taking devices in.

A device is seen by those who may write measurements of its organisation. One that nobody has
taken in is unknown; its messages wait, and count when somebody says what it is.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
from typing import Any, Literal, cast

from msgspec import Struct
from msgspec.structs import asdict

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import devices_links
from allmende.core.sensing.devices_library import DeviceKind, library
from allmende.core.sensing.devices_reading import DeviceSettings, settings_of
from allmende.core.sensing.registering import not_allowed
from allmende.errors import Conflict, InvalidInput, NotFound
from allmende.model.sensing.device_description import TYPES, Field, metres
from allmende.model.sensing.device_properties import spec_of, unit_of
from allmende.model.sensing.specs import Origin, Place, SensorSpec, StreamSpec, ThingSpec
from allmende.model.sensing.uplink import eui_of
from allmende.policy import EVERY_ORGANISATION, SYSTEM, Action, Level, Role, Subject, may
from allmende.store import Connection, audit, now
from allmende.store.sensing import devices as rows
from allmende.store.sensing import uplinks
from allmende.store.sensing.devices import Device, Source
from allmende.store.sensing.uplinks import Kept

__all__ = ["Adoption", "Device", "Kept", "Source"]

KINDS = ("tts", "chirpstack")
SECRET_PREFIX = "ami_"  # noqa: S105 - so that people know it when they see it
LONGEST_NAME = 200
COARSEST = 10_000  # metres
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
_METRES_OF_DEGREE = 111_320.0
_ROLES = (Role.CONTRIBUTOR, Role.STEWARD, Role.ADMINISTRATOR)


class Adoption(Struct, frozen=True, kw_only=True):
    """How a device is taken in: what it is, where it stands, who may see it."""

    kind: str
    name: str = ""
    place: dict[str, Any] | None = None  # GeoJSON geometry in CRS84
    blur: int = 0  # metres to which others are told the place
    access: Literal["open", "internal", "restricted"] = "open"
    settings: dict[str, Any] = {}
    origin: Literal["official", "citizen"] = "official"
    organisation: str = ""  # empty: as it is, which at first is that of its source


async def create_source(
    platform: Platform,
    subject: Subject,
    ident: str,
    kind: str,
    organisation: str,
    *,
    title: str = "",
    adopt: bool = False,
    access: str = "open",
) -> str:
    """Makes an address /ingest/{ident} for a network; its secret, which is shown only now.

    With `adopt`, devices of a known kind are taken in by themselves. NotAllowed, InvalidInput,
    Conflict when the id is taken.
    """
    if not may(subject, Action.OBSERVE, organisation) or not organisation:
        raise not_allowed(organisation)
    if not _ID.fullmatch(ident) or kind not in KINDS or access not in set(Level):
        raise InvalidInput(
            "A source needs an id of small letters, digits and hyphens, and is of the kind tts or "
            "chirpstack.",
            "Eine Quelle braucht eine Kennung aus Kleinbuchstaben, Ziffern und Bindestrichen und "
            "ist von der Art tts oder chirpstack.",
        )
    secret = SECRET_PREFIX + secrets.token_urlsafe(24)
    moment = now()
    made = Source(
        id=ident,
        kind=kind,
        title=title or ident,
        organisation=organisation,
        secret=digest(secret),
        adopt=adopt,
        access=access,
        created=moment,
        changed=moment,
    )
    if not await platform.store.write(rows.add_source, made):
        raise Conflict(f"There is a source “{ident}” already.", f"Die Quelle „{ident}“ gibt es.")
    return secret


def digest(secret: str) -> str:
    """What is kept of a secret; it has 192 random bits, so one round is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def open_source(platform: Platform, subject: Subject, ident: str, secret: str) -> Source:
    """The source whose secret this is, or for whose organisation the subject may observe.

    NotFound otherwise, so that nobody learns which sources there are.
    """
    found = await platform.store.read(rows.source, ident)
    if found is not None and found.revoked is None:
        if secret and hmac.compare_digest(found.secret, digest(secret)):
            return found
        if may(subject, Action.OBSERVE, found.organisation):
            return found
    raise NotFound(
        f"There is no source “{ident}”, or the secret or token does not fit.",
        f"Es gibt keine Quelle „{ident}“, oder Geheimnis oder Token passen nicht.",
    )


async def sources(platform: Platform, subject: Subject) -> list[Source]:
    """The sources of the organisations the subject may observe for."""
    found = await platform.store.read(rows.sources)
    return [each for each in found if may(subject, Action.OBSERVE, each.organisation)]


async def devices(platform: Platform, subject: Subject, status: str = "") -> list[Device]:
    """The devices the subject looks after, all or of one status; up to 1,000."""
    organisations = subject.organisations(*_ROLES)
    everywhere = EVERY_ORGANISATION in organisations
    found = await platform.store.read(
        rows.listing, None if everywhere else list(organisations), status
    )
    return [each for each in found if may(subject, Action.OBSERVE, each.organisation)]


async def device(platform: Platform, subject: Subject, ident: int) -> Device:
    """A device. NotFound when there is none or it is not the subject's."""
    found = await platform.store.read(rows.device, ident)
    if found is None or not may(subject, Action.OBSERVE, found.organisation):
        raise NotFound(f"There is no device {ident} here.", f"Es gibt hier kein Gerät {ident}.")
    return found


async def device_of(platform: Platform, subject: Subject, eui: str) -> Device:
    """The device with an EUI, in any of its writings. NotFound as `device`, InvalidInput."""
    try:
        wanted = eui_of(eui)
    except ValueError as error:
        raise InvalidInput(
            f"“{eui[:60]}” is no EUI; it has 16 hexadecimal digits.",
            f"„{eui[:60]}“ ist keine EUI; sie hat 16 hexadezimale Ziffern.",
        ) from error
    found = await platform.store.read(rows.by_eui, wanted)
    if found is None or not may(subject, Action.OBSERVE, found.organisation):
        raise NotFound(f"There is no device {wanted} here.", f"Es gibt hier kein Gerät {wanted}.")
    return found


async def messages(platform: Platform, subject: Subject, ident: int) -> list[Kept]:
    """The last messages of a device, the newest first, with why some were set aside."""
    await device(platform, subject, ident)
    return await platform.store.read(uplinks.of_device, ident, 100)


async def unreadable(platform: Platform, subject: Subject, source: str) -> list[Kept]:
    """The last messages of a source that could not be read, with the reasons."""
    await devices_links.source(platform, subject, source)
    return await platform.store.read(uplinks.unreadable, source)


async def gaps(platform: Platform, subject: Subject, ident: int) -> list[tuple[str, int, int]]:
    """Session, first and last counter of what was sent and never came."""
    await device(platform, subject, ident)
    return await platform.store.read(rows.gaps, ident)


async def adopt(platform: Platform, subject: Subject, ident: int, given: Adoption) -> Device:
    """Takes a device in, or changes how it was; its messages that wait are read then.

    NotFound for the device or the kind, InvalidInput for a place or settings that do not fit.
    """
    found = await device(platform, subject, ident)
    _check_own(found, subject)
    _check_organisation(found, subject, given.organisation)
    kind = library(platform).kind(given.kind)
    settings_of(given.settings)
    if not 0 <= given.blur <= COARSEST:
        raise InvalidInput(
            f"A place can be told to 0 to {COARSEST} metres.",
            f"Ein Ort kann auf 0 bis {COARSEST} Meter genau genannt werden.",
        )
    changed = _adopted(found, given)
    registered = await sensing.register(platform, SYSTEM, thing_of(changed, kind))
    values = {
        name: getattr(changed, name)
        for name in (
            "kind",
            "name",
            "place",
            "blur",
            "access",
            "origin",
            "settings",
            "status",
            "organisation",
        )
    }
    await platform.store.write(
        _adopt,
        subject.id,
        ident,
        values | {"thing": registered.thing, "problem": None},
    )
    return await device(platform, subject, ident)


def _adopted(found: Device, given: Adoption) -> Device:
    values = asdict(found) | {
        "kind": given.kind,
        "name": given.name.strip()[:LONGEST_NAME] or found.name,
        "place": given.place,
        "blur": given.blur,
        "access": given.access,
        "origin": given.origin,
        "settings": given.settings,
        "status": "active",
        "organisation": given.organisation or found.organisation,
    }
    return Device(**values)


def _adopt(db: Connection, who: str, ident: int, values: dict[str, Any]) -> None:
    rows.change(db, ident, **values)
    uplinks.again(db, ident)
    audit.note(db, who, "device-adopt", str(ident), values["organisation"])


async def retire(platform: Platform, subject: Subject, ident: int) -> None:
    """Stops reading the messages of a device; what it measured stays."""
    found = await device(platform, subject, ident)
    _check_own(found, subject)
    await platform.store.write(_retire, subject.id, found)


def _retire(db: Connection, who: str, found: Device) -> None:
    rows.change(db, found.id, status="retired")
    audit.note(db, who, "device-retire", str(found.id), found.organisation)


def _check_organisation(found: Device, subject: Subject, wanted: str) -> None:
    if wanted in ("", found.organisation):
        return
    if not may(subject, Action.OBSERVE, wanted):
        raise not_allowed(wanted)
    if found.thing is not None:
        raise Conflict(
            "A device that was taken in stays with its organisation.",
            "Ein aufgenommenes Gerät bleibt bei seiner Organisation.",
        )


def _check_own(found: Device, subject: Subject) -> None:
    """A citizen's device is the citizen's; it is looked after elsewhere."""
    if found.origin == "citizen" and found.thing is not None and subject is not SYSTEM:
        raise Conflict(
            "This device belongs to a citizen; only they say what it is and where it stands.",
            "Dieses Gerät betreibt eine Privatperson; nur sie sagt, was es ist und wo es steht.",
        )


def thing_of(found: Device, kind: DeviceKind) -> ThingSpec:
    """The thing with all streams that a device of a kind is."""
    description = kind.description
    special = settings_of(found.settings)
    title = description.title
    sensor = SensorSpec(
        key=f"device-kind:{description.id}",
        name=f"{description.maker} {description.model}".strip(),
        description=title.get("de") or title.get("en") or "",
        encoding="application/yaml",
        metadata=description.id,
    )
    streams = tuple(
        _stream(name, field, sensor, description.seconds, special)
        for name, field in description.fields.items()
    )
    return ThingSpec(
        key=f"lorawan:{found.eui}",
        name=found.name,
        organisation=found.organisation,
        streams=streams,
        place=_place(found),
        description=sensor.description,
        properties={"device-kind": description.id, "network": "LoRaWAN"},
        access=found.access,
        origin=cast(Origin, found.origin),
    )


def _stream(
    name: str, field: Field, sensor: SensorSpec, interval: float | None, special: DeviceSettings
) -> StreamSpec:
    own = special.fields.get(name)
    said = (own.name if own else "") or field.name.get("de") or field.known.de
    properties: dict[str, Any] = {}
    if field.name.get("en") or not field.name:
        properties["name_en"] = field.name.get("en") or field.known.en
    for word in ("depth", "height"):
        text = (getattr(own, word) if own else "") or getattr(field, word)
        if text:
            properties[f"{word}_m"] = metres(text)
    for word in ("valid", "plausible"):
        if getattr(field, word) is not None:
            properties[word] = list(getattr(field, word))
    return StreamSpec(
        key=name,
        name=said,
        property=spec_of(field.known),
        sensor=sensor,
        unit=unit_of(field.unit_code),
        description=said,
        type=TYPES[field.type],
        interval=interval,
        properties=properties,
    )


def _place(found: Device) -> Place | None:
    if found.place is None:
        return None
    geometry = found.place
    if found.blur and geometry.get("type") == "Point":
        geometry = {"type": "Point", "coordinates": coarse(geometry["coordinates"], found.blur)}
    return Place(geometry=geometry, name=found.name)


def coarse(coordinates: list[float], metres_: int) -> list[float]:
    """Longitude and latitude of the middle of the square of that size they lie in."""
    longitude, latitude = float(coordinates[0]), float(coordinates[1])
    step = metres_ / _METRES_OF_DEGREE
    south = math.floor(latitude / step) * step + step / 2
    wide = step / max(0.01, math.cos(math.radians(south)))
    west = math.floor(longitude / wide) * wide + wide / 2
    return [round(west, 6), round(south, 6)]
