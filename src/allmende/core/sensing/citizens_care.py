# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stewards of the citizens' organisation do: look at sensors, admit, hide and flag them."""

from __future__ import annotations

from msgspec.structs import replace

from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.sensing import citizens
from allmende.core.sensing.registering import not_allowed
from allmende.errors import Conflict, InvalidInput, NotAllowed
from allmende.model.sensing.observation import Flag
from allmende.policy import Action, Subject, may
from allmende.store import Connection, audit, now
from allmende.store.sensing import citizen_things, devices, observations, reading
from allmende.store.sensing import citizens as rows
from allmende.store.sensing.citizens import Sensor

REASON_LONGEST = 1_000
MOST_FLAGGED = 20_000
FLAGS = (Flag.UNCHECKED, Flag.GOOD, Flag.SUSPECT, Flag.BAD)
RULE = "steward"


def cares(subject: Subject) -> bool:
    """Whether the subject looks after the sensors of citizens."""
    return may(subject, Action.WRITE, citizens.ORGANISATION)


def require(subject: Subject) -> None:
    """Raises NotAuthenticated or NotAllowed for everybody else."""
    if subject.kind == "anonymous":
        raise refused(subject)
    if not cares(subject):
        raise NotAllowed(
            "Only stewards of the organisation of citizens may do this.",
            "Das dürfen nur die Betreuenden der Organisation der Bürgerinnen und Bürger.",
        )


async def every(platform: Platform, subject: Subject, after: int = 0) -> list[Sensor]:
    """Up to 1,000 sensors behind a number, without their exact places."""
    require(subject)
    found = await platform.store.read(rows.every, after)
    return [replace(each, exact=None) for each in found]


async def hide(platform: Platform, subject: Subject, ident: int, reason: str) -> None:
    """Hides a sensor from everybody but stewards and its person, who reads the reason."""
    require(subject)
    text = " ".join(reason.split())
    if not text or len(text) > REASON_LONGEST:
        raise InvalidInput(
            f"Say why, in up to {REASON_LONGEST} characters; the person reads it.",
            f"Bitte den Grund nennen, höchstens {REASON_LONGEST} Zeichen; die Person liest ihn.",
        )
    await platform.store.write(_hide, subject, ident, text)


async def show(platform: Platform, subject: Subject, ident: int) -> None:
    """Shows a hidden sensor again."""
    require(subject)
    await platform.store.write(_hide, subject, ident, None)


def _hide(db: Connection, subject: Subject, ident: int, reason: str | None) -> None:
    rows.change(db, ident, hidden=reason, hidden_at=now() if reason else None)
    sensor = _there(db, ident)
    if sensor.thing is not None:
        citizens.sight(db, sensor, sensor.thing)
    action = "citizen-sensor-hide" if reason else "citizen-sensor-show"
    audit.note(db, subject.id, action, str(ident), citizens.ORGANISATION)


async def admit(platform: Platform, subject: Subject, ident: int) -> None:
    """Lets a radio device in that its network has been told of; its messages count from now.

    Conflict when no message of it came yet, or when it is a device of the city; NotAllowed for
    who may not write for the network's organisation.
    """
    require(subject)
    await platform.store.write(_admit, subject, ident)


def _admit(db: Connection, subject: Subject, ident: int) -> None:
    sensor = _there(db, ident)
    device = devices.by_eui(db, sensor.eui) if sensor.eui else None
    if sensor.status != "waiting" or device is None:
        raise Conflict(
            "No message of this device has come through a network yet.",
            "Von diesem Gerät ist noch keine Nachricht über ein Netz gekommen.",
        )
    if not may(subject, Action.OBSERVE, device.organisation):
        raise not_allowed(device.organisation)
    if device.thing is not None and device.thing != sensor.thing:
        raise Conflict(
            "This device is one of the city's already.",
            "Dieses Gerät ist schon eines der Stadt.",
        )
    devices.change(
        db,
        device.id,
        **{"status": "active", "kind": sensor.kind, "name": sensor.name, "thing": sensor.thing},
        **{"origin": "citizen", "place": None, "problem": None},
    )
    rows.change(db, ident, status="active")
    audit.note(db, subject.id, "citizen-sensor-admit", str(ident), citizens.ORGANISATION)


async def flag(
    platform: Platform,
    subject: Subject,
    ident: int,
    start: int,
    end: int,
    value: Flag,
    quantity: str = "",
) -> int:
    """Flags the results of [start, end) (µs UTC), of one quantity or all; how many.

    InvalidInput when there are more than 20,000 or the span is none.
    """
    require(subject)
    if value not in FLAGS or start >= end:
        raise InvalidInput(
            "Choose a flag, and a span that ends after it begins.",
            "Bitte ein Kennzeichen wählen und einen Zeitraum, der nach seinem Anfang endet.",
        )
    zone = platform.settings.timezone
    return await platform.store.write(_flag, subject, ident, (start, end), value, quantity, zone)


def _flag(
    db: Connection,
    subject: Subject,
    ident: int,
    span: tuple[int, int],
    value: Flag,
    quantity: str,
    zone: str,
) -> int:
    sensor = _there(db, ident)
    streams = citizen_things.streams(db, sensor.thing) if sensor.thing is not None else {}
    chosen = [stream for key, stream in streams.items() if quantity in ("", key)]
    found = [
        each
        for stream in chosen
        for each in reading.columns(db, stream, *span, limit=MOST_FLAGGED + 1).rows(stream)
    ]
    if len(found) > MOST_FLAGGED:
        raise InvalidInput(
            f"More than {MOST_FLAGGED} results; choose a shorter span.",
            f"Mehr als {MOST_FLAGGED} Messwerte; bitte einen kürzeren Zeitraum wählen.",
        )
    for each in found:
        observations.change(db, each.id, replace(each, flag=value, rule=RULE), zone)
    audit.note(db, subject.id, "citizen-sensor-flag", str(ident), citizens.ORGANISATION)
    return len(found)


def _there(db: Connection, ident: int) -> Sensor:
    found = rows.one(db, ident)
    if found is None:
        raise citizens.absent(ident)
    return found
