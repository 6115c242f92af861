# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sensors of citizens: registered by themselves, seen as what they are, ended whenever they wish.

A person has the role `citizen` in the organisation `citizens` and with it no right to read or
write anything there but own sensors: every use case here asks whose a sensor is. A sensor of
somebody else is as absent as one that does not exist.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from msgspec import Struct

from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.sensing import citizens_places
from allmende.core.sensing.citizens_kinds import LICENCES, kind_of, thing_of
from allmende.core.signin import digest_of
from allmende.errors import (
    Conflict,
    InvalidInput,
    LimitExceeded,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from allmende.model.sensing.citizen_kinds import CitizenKind
from allmende.model.sensing.citizen_places import DETAILS
from allmende.policy import Action, Level, Own, Scope, Status, Subject, may
from allmende.store import Connection, accounts, audit, events, now
from allmende.store.sensing import citizen_things, registering
from allmende.store.sensing import citizens as rows
from allmende.store.sensing.citizens import Sensor

__all__ = ["Made", "Sensor", "Wish"]

ORGANISATION = "citizens"
ORGANISATION_NAME = {"de": "Bürgerinnen und Bürger", "en": "Citizens"}
CONSENT = "2026-11"
"""Version of the text people agree to (words `mine.consent…`)."""
KEY_PREFIX = "alc_"
NAME_LONGEST = 100
SHOWN_LONGEST = 60
ENDED_TIMES = 5  # sensors with those that have ended, times `citizen_devices`
DAY = 86_400_000_000
_EUI = re.compile(r"[0-9a-f]{16}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Wish(Struct, frozen=True, kw_only=True):
    """What a person says of a sensor."""

    kind: str
    name: str
    longitude: float
    latitude: float
    detail: str
    licence: str
    shown: tuple[str, ...]  # quantities for everybody
    inside: tuple[str, ...] = ()  # quantities for the city only
    shown_as: str = ""  # the name beside it; "" is anonymous
    keep_exact: bool = False
    eui: str = ""
    consent: bool = False


class Made(Struct, frozen=True):
    """A sensor with its key, which is shown once; "" of a radio device."""

    sensor: Sensor
    key: str


class _Ready(Struct, frozen=True):
    """A wish that was looked at."""

    kind: CitizenKind
    values: dict[str, Any]


# --- the person's own ------------------------------------------------------------------


async def mine(platform: Platform, subject: Subject) -> list[Sensor]:
    """The sensors of the subject, those that have ended too."""
    _require(subject)
    return await platform.store.read(rows.of_account, subject.id)


async def one(platform: Platform, subject: Subject, ident: int) -> Sensor:
    """A sensor of the subject. NotFound for any other."""
    return await platform.store.read(own, subject, ident)


def own(db: Connection, subject: Subject, ident: int) -> Sensor:
    """The same in a transaction."""
    _require(subject)
    found = rows.one(db, ident)
    if found is None or found.account != subject.id:
        raise absent(ident)
    return found


async def register(platform: Platform, subject: Subject, wish: Wish) -> Made:
    """Makes a sensor with its thing and its key; a radio device waits for a steward.

    InvalidInput for what does not fit, LimitExceeded when the person has too many, Conflict
    when the EUI is known already.
    """
    _require(subject)
    if not wish.consent:
        raise InvalidInput(
            "Please agree to what happens with the data, or leave it.",
            "Bitte stimmen Sie zu, was mit den Daten geschieht; sonst geht es nicht.",
        )
    ready = await _ready(platform, wish)
    key = "" if ready.kind.radio else KEY_PREFIX + secrets.token_hex(24)
    most = platform.settings.citizen_devices
    sensor = await platform.store.write(_register, subject, ready, key, most)
    return Made(sensor, key)


def _register(db: Connection, subject: Subject, ready: _Ready, key: str, most: int) -> Sensor:
    held = rows.of_account(db, subject.id)
    if sum(each.status != "stopped" for each in held) >= most or len(held) >= most * ENDED_TIMES:
        raise LimitExceeded(
            f"You may have {most} sensors; end one that you no longer need, with its data.",
            f"Sie können {most} Sensoren haben; bitte beenden Sie einen, den Sie nicht mehr "
            "brauchen, samt seinen Daten.",
        )
    eui = ready.values["eui"]
    if eui and rows.by_eui(db, eui):
        raise Conflict(
            "This device is registered already; ask the city if it is yours.",
            "Dieses Gerät ist schon angemeldet; fragen Sie die Stadt, wenn es Ihres ist.",
        )
    moment = now()
    sensor = Sensor(
        account=subject.id,
        status="waiting" if ready.kind.radio else "active",
        consent=CONSENT,
        consented=moment,
        secret_made=moment if key else None,
        **ready.values,
    )
    ident = rows.add(db, sensor, digest_of(key) if key else None)
    sensor.id = ident
    written(db, sensor, ready.kind)
    audit.note(db, subject.id, "citizen-sensor-register", str(ident), ORGANISATION)
    return _present(rows.one(db, ident), ident)


async def change(platform: Platform, subject: Subject, ident: int, wish: Wish) -> Sensor:
    """Says something else of a sensor. Its kind and EUI stay. NotFound, InvalidInput.

    A place or name from before is nowhere kept.
    """
    known = await one(platform, subject, ident)
    if known.status == "stopped":
        raise ended()
    ready = await _ready(platform, wish, known)
    return await platform.store.write(_change, subject, ident, ready)


def _change(db: Connection, subject: Subject, ident: int, ready: _Ready) -> Sensor:
    known = own(db, subject, ident)
    rows.change(db, ident, **ready.values)
    sensor = _present(rows.one(db, ident), ident)
    written(db, sensor, ready.kind)
    if known.shown_as != sensor.shown_as:
        rows.forget_parties(db, subject.id, unused=True)
    audit.note(db, subject.id, "citizen-sensor-change", str(ident), ORGANISATION)
    return sensor


def written(db: Connection, sensor: Sensor, kind: CitizenKind) -> None:
    """Makes the thing of a sensor say what the sensor says now."""
    party = rows.party(db, ORGANISATION, sensor.account, sensor.shown_as)
    licence = LICENCES[sensor.licence]
    licence_id = rows.licence(db, ORGANISATION, licence.name, licence.about, licence.definition)
    if sensor.thing is not None:
        citizen_things.move(db, sensor.thing, sensor.place, sensor.place_name or sensor.name)
    spec = thing_of(sensor, kind, ORGANISATION, party, licence_id)
    made = registering.register(db, spec)
    sight(db, sensor, made.thing)
    if sensor.thing is None:
        rows.change(db, sensor.id, thing=made.thing)
    if made.changed:
        events.emit(db, "thing", "written", made.thing, str(made.thing))


def sight(db: Connection, sensor: Sensor, thing: int) -> None:
    """Lets others see a thing as far as its sensor is shown."""
    status = Status.PUBLISHED if sensor.hidden is None else Status.ARCHIVED
    level = Level.OPEN if sensor.shown else Level.INTERNAL
    citizen_things.set_sight(db, thing, status, level)


async def renew_key(platform: Platform, subject: Subject, ident: int) -> str:
    """Gives a sensor a new key; the old one is useless at once. NotFound, Conflict."""
    key = KEY_PREFIX + secrets.token_hex(24)
    await platform.store.write(_renew, subject, ident, digest_of(key))
    return key


def _renew(db: Connection, subject: Subject, ident: int, digest: bytes) -> None:
    sensor = own(db, subject, ident)
    if sensor.status == "stopped" or sensor.eui:
        raise ended()
    rows.change(db, ident, secret=digest, secret_made=now())
    audit.note(db, subject.id, "citizen-sensor-key", str(ident), ORGANISATION)


# --- by its key ------------------------------------------------------------------------


async def authenticate(platform: Platform, key: str) -> Subject:
    """The sensor whose key this is: it may add to its own datastreams and read what is open.

    NotAuthenticated for a key that is unknown, was renewed or belongs to an ended sensor.
    """
    found = None
    if key.startswith(KEY_PREFIX):
        found = await platform.store.read(_by_key, digest_of(key))
    if found is None or found.thing is None or found.status != "active":
        raise NotAuthenticated(
            "The key is unknown, was renewed, or its sensor has ended; look at “My sensors”.",
            "Der Schlüssel ist unbekannt, wurde erneuert, oder der Sensor ist beendet; bitte unter "
            "„Meine Sensoren“ nachsehen.",
        )
    settings = platform.settings
    limits = Own(
        device=found.id,
        thing=found.thing,
        per_minute=settings.citizen_values_per_minute,
        late=settings.citizen_late_days * DAY,
        early=settings.citizen_early_seconds * 1_000_000,
    )
    scopes = frozenset({Scope.SENSORS_WRITE})
    return Subject(kind="token", id=f"sensor {found.id}", scopes=scopes, own=limits)


def _by_key(db: Connection, digest: bytes) -> Sensor | None:
    """The sensor of a key, when its person may still sign in."""
    found = rows.by_secret(db, digest)
    person = accounts.password_by_id(db, found.account) if found else None
    return found if person is not None and person[1] else None


# --- looking at a wish -----------------------------------------------------------------


async def _ready(platform: Platform, wish: Wish, known: Sensor | None = None) -> _Ready:
    kind = kind_of(platform, known.kind if known else wish.kind)
    if wish.licence not in LICENCES or wish.detail not in DETAILS:
        raise InvalidInput(
            "Choose a licence and how exactly the place is told.",
            "Bitte eine Lizenz und die Genauigkeit des Orts wählen.",
        )
    place, place_name = await citizens_places.told_place(
        platform, wish.longitude, wish.latitude, wish.detail
    )
    shown, inside = _chosen(kind, wish)
    exact = {"type": "Point", "coordinates": [round(wish.longitude, 6), round(wish.latitude, 6)]}
    values = {
        "name": _line(wish.name, NAME_LONGEST, required=True),
        "shown_as": _line(wish.shown_as, SHOWN_LONGEST),
        "detail": wish.detail,
        "place": place,
        "place_name": place_name,
        "exact": exact if wish.keep_exact else None,
        "licence": wish.licence,
        "shown": shown,
        "inside": inside,
    }
    if known is None:
        values |= {"kind": kind.id, "eui": _eui(wish.eui) if kind.radio else None}
    return _Ready(kind, values)


def _chosen(kind: CitizenKind, wish: Wish) -> tuple[list[str], list[str]]:
    shown = list(dict.fromkeys(wish.shown))
    inside = [each for each in dict.fromkeys(wish.inside) if each not in shown]
    if not shown and not inside:
        raise InvalidInput(
            "Choose at least one quantity.", "Bitte mindestens eine Messgröße wählen."
        )
    for each in (*shown, *inside):
        if kind.quantity(each) is None:
            raise InvalidInput(
                f"“{each[:60]}” is not measured by this kind of sensor.",
                f"„{each[:60]}“ misst diese Art von Sensor nicht.",
            )
    return shown, inside


def _line(text: str, longest: int, *, required: bool = False) -> str:
    found = " ".join(_CONTROLS.sub(" ", text).split())
    if len(found) > longest or (required and not found):
        raise InvalidInput(
            f"A name has 1 to {longest} characters.", f"Ein Name hat 1 bis {longest} Zeichen."
        )
    return found


def _eui(text: str) -> str:
    found = re.sub(r"[\s:-]", "", text).lower()
    if not _EUI.fullmatch(found):
        raise InvalidInput(
            "The EUI of a device has 16 digits from 0 to 9 and A to F; it stands on the device.",
            "Die EUI eines Geräts hat 16 Stellen aus 0 bis 9 und A bis F; sie steht auf dem Gerät.",
        )
    return found


def _require(subject: Subject) -> None:
    if subject.kind != "user" or not may(subject, Action.OBSERVE_OWN, ORGANISATION):
        raise refused(subject) if subject.kind == "anonymous" else no_citizen()


def no_citizen() -> NotAllowed:
    """The refusal for an account without the role."""
    return NotAllowed(
        "Your account is not one for own sensors.",
        "Ihr Konto ist nicht für eigene Sensoren gedacht.",
    )


def ended() -> Conflict:
    """The refusal for a sensor that no longer sends, or never had a key."""
    return Conflict(
        "This sensor has ended, or sends by radio and has no key.",
        "Dieser Sensor ist beendet, oder er sendet über Funk und hat keinen Schlüssel.",
    )


def absent(ident: int) -> NotFound:
    """The error for a sensor that is not there or not the subject's."""
    return NotFound(
        f"There is no sensor {ident} here.", f"Einen Sensor {ident} gibt es hier nicht."
    )


def _present(found: Sensor | None, ident: int) -> Sensor:
    if found is None:
        raise absent(ident)
    return found
