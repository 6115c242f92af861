# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The end of citizens' sensors and accounts, and taking one's data along."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator
from typing import IO, Any

import anyio.to_thread
import msgspec

from allmende.core import sensing
from allmende.core.forgetting import forget_part
from allmende.core.formats.cells import inert
from allmende.core.passwords import verify
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.sensing import citizens, removing
from allmende.core.sensing.unit import Unit
from allmende.errors import InvalidInput, NotAllowed
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.moments import written
from allmende.policy import SYSTEM, Role, Subject
from allmende.store import Connection, accounts, audit, mail
from allmende.store.sensing import citizen_things, devices, erasing
from allmende.store.sensing import citizens as rows
from allmende.store.sensing.citizens import Sensor

MONTH = 31 * 86_400_000_000
IN_MEMORY = 1_000_000  # bytes of an export
PIECE = 65_536


async def end(platform: Platform, subject: Subject, ident: int, *, erase: bool) -> None:
    """Ends a sensor: its key is useless, its exact place forgotten. NotFound.

    With `erase` everything it ever measured goes as well, with its thing and its places.
    """
    zone = platform.settings.timezone
    await platform.store.write(_end, subject, ident, erase, zone)


def _end(db: Connection, subject: Subject, ident: int, erase: bool, zone: str) -> None:
    sensor = citizens.own(db, subject, ident)
    if erase:
        erased(db, sensor, zone)
        rows.forget_parties(db, subject.id, unused=True)
    else:
        stopped(db, sensor)
    action = "citizen-sensor-erase" if erase else "citizen-sensor-end"
    audit.note(db, subject.id, action, str(ident), citizens.ORGANISATION)


def _silence(db: Connection, sensor: Sensor) -> None:
    """Forgets the radio device of a sensor with its messages, if it is the sensor's."""
    device = devices.by_eui(db, sensor.eui) if sensor.eui else None
    if device is not None and device.origin == "citizen" and device.thing == sensor.thing:
        citizen_things.forget_device(db, device.eui)


def stopped(db: Connection, sensor: Sensor) -> None:
    """Ends a sensor; what it measured stays."""
    erasing.note(db, "sensor-end", sensor.id, sensor.created)
    _silence(db, sensor)
    rows.change(db, sensor.id, status="stopped", secret=None, exact=None, eui=None)


def erased(db: Connection, sensor: Sensor, zone: str) -> None:
    """Removes a sensor with its thing, datastreams, observations and places."""
    erasing.note(db, "sensor", sensor.id, sensor.created)
    _silence(db, sensor)
    rows.remove(db, sensor.id)
    if sensor.thing is None or rows.by_thing(db, sensor.thing) is not None:
        return
    unit = Unit(db, SYSTEM, zone)
    locations = citizen_things.locations(db, sensor.thing)
    features = citizen_things.features_of(db, sensor.thing)
    removing.remove(unit, Kind.THING, sensor.thing)
    for kind, idents in ((Kind.FEATURE, features), (Kind.LOCATION, locations)):
        for ident in idents:
            removing.remove(unit, kind, ident)


async def delete_account(
    platform: Platform, subject: Subject, password: str, *, erase: bool
) -> None:
    """Deletes the subject's own account with its sensors, e-mail and name.

    Without `erase` the measurements stay, anonymous. NotAllowed for a wrong password and for
    an account with other roles, which its administrators delete.
    """
    await citizens.mine(platform, subject)
    if any(held - {Role.CITIZEN} for held in subject.roles.values()):
        raise NotAllowed(
            "Your account has other tasks as well; ask who administers it.",
            "Ihr Konto hat auch andere Aufgaben; bitte wenden Sie sich an die Verwaltung.",
        )
    rates(platform).sign_in(subject.id)
    current = await platform.store.read(accounts.password_by_id, subject.id)
    if not await verify(current[0] if current else None, password):
        raise NotAllowed("The password is wrong.", "Das Passwort ist falsch.")
    await platform.store.write(_delete_account, subject, erase, platform.settings.timezone)


def _delete_account(db: Connection, subject: Subject, erase: bool, zone: str) -> None:
    person = accounts.account(db, subject.id)
    if person is None:
        return
    erasing.note(db, "account", person.id, person.created)
    forgotten(db, subject.id, person.login, zone, erase=erase)
    accounts.delete_account(db, subject.id)
    audit.note(db, subject.id, "account-delete", subject.id)


def forgotten(db: Connection, account: str, login: str, zone: str, *, erase: bool) -> None:
    """Removes what is known of a person but for the account itself."""
    for sensor in rows.of_account(db, account):
        if erase:
            erased(db, sensor, zone)
        else:
            _silence(db, sensor)
    rows.leave(db, account)
    rows.forget_person(db, account, login)
    mail.forget_to(db, login)
    forget_part(db, account, login)


async def export(platform: Platform, subject: Subject) -> AsyncIterator[bytes]:
    """A zip file in pieces: the account and the sensors as JSON, their results as CSV."""
    sensors = await citizens.mine(platform, subject)
    person = await platform.store.read(accounts.account, subject.id)
    if person is None:
        raise InvalidInput("The account is gone.", "Das Konto gibt es nicht mehr.")
    target: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    with target, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        about = {
            "id": person.id,
            "login": person.login,
            "name": person.name,
            "created": written(person.created),
        }
        packed.writestr("account.json", _json(about))
        packed.writestr("sensors.json", _json([_shown(each) for each in sensors]))
        for sensor in sensors:
            if sensor.thing is None:
                continue
            streams = await platform.store.read(citizen_things.streams, sensor.thing)
            for key, stream in streams.items():
                name = f"sensor-{sensor.id}-{key}.csv"
                with tempfile.TemporaryFile("w+b") as table:
                    await _table(platform, stream, table)
                    table.seek(0)
                    with packed.open(name, "w", force_zip64=True) as inside:
                        while piece := table.read(PIECE):
                            inside.write(piece)
        packed.close()
        target.seek(0)
        while piece := await anyio.to_thread.run_sync(target.read, PIECE):
            yield piece


async def states(platform: Platform, subject: Subject, ident: int) -> dict[str, sensing.State]:
    """What is known of the datastreams of an own sensor, by quantity. NotFound."""
    sensor = await citizens.one(platform, subject, ident)
    if sensor.thing is None:
        return {}
    streams = await platform.store.read(citizen_things.streams, sensor.thing)
    found = await sensing.latest(platform, SYSTEM, list(streams.values()))
    return {key: found[stream] for key, stream in streams.items() if stream in found}


async def _table(platform: Platform, stream: int, table: IO[bytes]) -> None:
    """All observations of a datastream as CSV, read month by month."""
    text = io.TextIOWrapper(table, "utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(("time", "result", "flag", "rule"))
    state = (await sensing.latest(platform, SYSTEM, [stream])).get(stream)
    if state is not None and state.first_time is not None and state.last_time is not None:
        start = state.first_time
        while start <= state.last_time:
            for each in await sensing.series(platform, SYSTEM, stream, start, start + MONTH):
                result = inert(each.result) if isinstance(each.result, str) else each.result
                writer.writerow((written(each.time), result, each.flag, each.rule))
            start += MONTH
    text.detach()


def _shown(sensor: Sensor) -> dict[str, Any]:
    """Everything that is known of a sensor, with times as text."""
    found = msgspec.structs.asdict(sensor)
    for name in ("created", "changed", "consented", "secret_made", "seen", "hidden_at"):
        if found[name] is not None:
            found[name] = written(found[name])
    return found


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)
