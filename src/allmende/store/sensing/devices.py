# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Radio devices and the networks they are heard through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from allmende.model.sensing.uplink import Uplink
from allmende.model.sensing.uplink_counter import Heard, add, judge
from allmende.store.connection import Connection, now

Text = dict[str, str]


class Source(Struct, kw_only=True):
    """A network that passes messages on, with the checksum of its secret."""

    id: str
    kind: str
    title: str
    organisation: str
    secret: str
    adopt: bool
    access: str
    created: int
    changed: int
    last_seen: int | None = None
    uplinks: int = 0
    refused: int = 0
    links: dict[str, Any] = {}
    revoked: int | None = None


class Device(Struct, kw_only=True):
    """A radio device as it is known; times in µs UTC."""

    id: int
    eui: str
    name: str
    source: str
    organisation: str
    status: str
    kind: str | None
    thing: int | None
    place: dict[str, Any] | None
    blur: int
    access: str
    origin: str
    settings: dict[str, Any]
    reported: dict[str, Any]
    first_seen: int
    last_seen: int
    battery: float | None
    battery_low: bool
    rssi: float | None
    snr: float | None
    gateways: int
    session: str
    counter: int | None
    uplinks: int
    repeated: int
    lost: int
    problem: Text | None
    created: int
    changed: int
    asked: int = 0
    asked_lost: int = 0
    asked_rest: int = 0


_SOURCE = (
    "id, kind, title, organisation, secret, adopt, access, created, changed, last_seen, uplinks, "
    "refused, links, revoked"
)
_DEVICE = (
    "id, eui, name, source, organisation, status, kind, thing, place, blur, access, "
    "origin, settings, reported, first_seen, last_seen, battery, battery_low, rssi, snr, gateways, "
    "session, counter, uplinks, repeated, lost, problem, created, changed, "
    "asked, asked_lost, asked_rest"
)
_SELECT = f"select {_DEVICE} from sense_device"
_JSON = frozenset({"place", "settings", "reported", "problem"})
_NAMES = _DEVICE.split(", ")
MOST_LISTED = 1_000


def add_source(db: Connection, source: Source) -> bool:
    """Adds a source; False when its id is taken."""
    values = msgspec.structs.asdict(source) | {
        "adopt": int(source.adopt),
        "links": msgspec.json.encode(source.links).decode(),
    }
    marks = ", ".join(f":{name}" for name in _SOURCE.split(", "))
    return bool(
        db.run(
            f"insert into sense_source ({_SOURCE}) values ({marks}) on conflict (id) do nothing",
            **values,
        )
    )


def source(db: Connection, ident: str) -> Source | None:
    """The source with an id."""
    row = db.row(f"select {_SOURCE} from sense_source where id = :id", id=ident)
    return _source(row) if row else None


def sources(db: Connection) -> list[Source]:
    """All sources by id."""
    return [_source(row) for row in db.rows(f"select {_SOURCE} from sense_source order by id")]


def _source(row: Sequence[Any]) -> Source:
    values = dict(zip(_SOURCE.split(", "), row, strict=True))
    links = msgspec.json.decode(values["links"])
    return Source(**values | {"adopt": bool(values["adopt"]), "links": links})


def change_source(db: Connection, ident: str, **values: Any) -> None:
    """Sets columns of a source."""
    if "links" in values:
        values["links"] = msgspec.json.encode(values["links"]).decode()
    places = ", ".join(f"{name} = :{name}" for name in values)
    db.run(
        f"update sense_source set {places}, changed = :at where id = :id",
        **values,
        id=ident,
        at=now(),
    )


def device(db: Connection, ident: int) -> Device | None:
    """The device with a number."""
    row = db.row(f"{_SELECT} where id = :id", id=ident)
    return _device(row) if row else None


def by_eui(db: Connection, eui: str) -> Device | None:
    """The device with an EUI."""
    row = db.row(f"{_SELECT} where eui = :eui", eui=eui)
    return _device(row) if row else None


def several(db: Connection, idents: Sequence[int]) -> dict[int, Device]:
    """Devices by their numbers."""
    rows = db.rows(
        f"{_SELECT} where {db.dialect.any_of('id', 'ids')}", ids=db.dialect.list_value(list(idents))
    )
    return {each.id: each for each in map(_device, rows)}


def of_thing(db: Connection, thing: int) -> list[Device]:
    """The devices whose results a thing has."""
    rows = db.rows(f"{_SELECT} where thing = :thing order by id", thing=thing)
    return [_device(row) for row in rows]


def listing(
    db: Connection, organisations: Sequence[str] | None, status: str = "", after: int = 0
) -> list[Device]:
    """Up to 1,000 devices of organisations (None: of all) behind a number."""
    conditions = ["id > :after"]
    values: dict[str, Any] = {"after": after}
    if organisations is not None:
        conditions.append(db.dialect.any_of("organisation", "organisations"))
        values["organisations"] = db.dialect.list_value(list(organisations))
    if status:
        conditions.append("status = :status")
        values["status"] = status
    where = " and ".join(conditions)
    rows = db.rows(f"{_SELECT} where {where} order by id limit {MOST_LISTED}", **values)
    return [_device(row) for row in rows]


def change(db: Connection, ident: int, **values: Any) -> None:
    """Sets columns of a device."""
    kept = {
        name: msgspec.json.encode(value).decode() if name in _JSON and value is not None else value
        for name, value in values.items()
    }
    places = ", ".join(f"{name} = :{name}" for name in kept)
    db.run(
        f"update sense_device set {places}, changed = :at where id = :id",
        **kept,
        id=ident,
        at=now(),
    )


def with_gaps(db: Connection, of: str) -> list[Device]:
    """Devices of a source that have lost messages not asked for for good, up to 1,000."""
    rows = db.rows(
        f"{_SELECT} where source = :source and status <> 'retired' "
        f"and lost > asked_lost order by id limit {MOST_LISTED}",
        source=of,
    )
    return [_device(row) for row in rows]


def heard_by(db: Connection, of: str) -> list[Device]:
    """Devices of a source that are not retired, up to 1,000."""
    rows = db.rows(
        f"{_SELECT} where source = :source and status <> 'retired' order by id limit {MOST_LISTED}",
        source=of,
    )
    return [_device(row) for row in rows]


def asked(db: Connection, known: Device, until: int) -> None:
    """Notes that the storage was asked for messages of a device as it was `known` before.

    What was lost since the time before counts as asked for only the next time: the storage may
    not have had it yet.
    """
    newly = max(0, known.lost - known.asked_rest)
    db.run(
        "update sense_device set asked = :until, asked_rest = lost, "
        "asked_lost = case when lost < :newly then 0 else lost - :newly end where id = :id",
        until=until,
        newly=newly,
        id=known.id,
    )


def _device(row: Sequence[Any]) -> Device:
    values = dict(zip(_NAMES, row, strict=True))
    for name in _JSON:
        if values[name] is not None:
            values[name] = msgspec.json.decode(values[name])
    return Device(**values | {"battery_low": bool(values["battery_low"])})


def met(db: Connection, of: Source, uplink: Uplink) -> Device:
    """The device of a message; one that was never heard is noted as unknown."""
    found = by_eui(db, uplink.eui)
    if found is not None:
        return found
    at = now()
    db.run(
        "insert into sense_device (eui, name, source, organisation, access, first_seen, "
        "last_seen, created, changed) values (:eui, :name, :source, :organisation, :access, "
        ":time, :time, :at, :at) on conflict (eui) do nothing",
        eui=uplink.eui,
        name=uplink.name[:200] or uplink.eui,
        source=of.id,
        organisation=of.organisation,
        access=of.access,
        time=uplink.time,
        at=at,
    )
    made = by_eui(db, uplink.eui)
    if made is None:
        raise LookupError(uplink.eui)
    return made


def hear(db: Connection, known: Device, uplink: Uplink, reported: dict[str, Any]) -> bool:
    """Notes that a message was heard; False when it was heard before."""
    if uplink.counter is not None and not _count(db, known, uplink, uplink.counter):
        db.run("update sense_device set repeated = repeated + 1 where id = :id", id=known.id)
        return False
    newest = uplink.time >= known.last_seen
    lost = "(select coalesce(sum(lost), 0) from sense_session where device = :id)"
    db.run(
        f"update sense_device set uplinks = uplinks + 1, lost = {lost} where id = :id", id=known.id
    )
    if newest:
        db.run(
            "update sense_device set last_seen = :time, session = :session, counter = :counter, "
            "rssi = :rssi, snr = :snr, gateways = :gateways, reported = :reported where id = :id",
            time=uplink.time,
            session=uplink.session,
            counter=uplink.counter,
            rssi=uplink.radio.rssi,
            snr=uplink.radio.snr,
            gateways=uplink.radio.gateways,
            reported=msgspec.json.encode(reported).decode(),
            id=known.id,
        )
    return True


def _count(db: Connection, known: Device, uplink: Uplink, counter: int) -> bool:
    rows = db.rows(
        "select epoch, heard, last_time from sense_session "
        "where device = :device and session = :session order by epoch desc",
        device=known.id,
        session=uplink.session,
    )
    epochs = [(row[0], Heard(msgspec.json.decode(row[1]), row[2])) for row in rows]
    epoch, heard = epochs[0] if epochs else (0, Heard())
    verdict = judge(heard, counter, uplink.time)
    if verdict == "repeated" or _in_older(epochs[1:], counter, uplink.time):
        return False
    if verdict == "restarted":
        epoch, heard = epoch + 1, Heard()
    add(heard, counter, uplink.time)
    db.run(
        "insert into sense_session (device, session, epoch, heard, last_time, lost) "
        "values (:device, :session, :epoch, :heard, :time, :lost) "
        "on conflict (device, session, epoch) do update set heard = excluded.heard, "
        "last_time = excluded.last_time, lost = excluded.lost",
        device=known.id,
        session=uplink.session,
        epoch=epoch,
        heard=msgspec.json.encode(heard.ranges).decode(),
        time=heard.last_time,
        lost=heard.lost,
    )
    return True


def _in_older(epochs: Sequence[tuple[int, Heard]], counter: int, time: int) -> bool:
    """Whether a message from before the counter began anew is played again."""
    return any(
        time <= heard.last_time and judge(heard, counter, time) == "repeated" for _, heard in epochs
    )


def gaps(db: Connection, ident: int) -> list[tuple[str, int, int]]:
    """Session, first and last of the missing counters of a device, the newest session first."""
    rows = db.rows(
        "select session, heard, last_time from sense_session where device = :device "
        "order by last_time desc",
        device=ident,
    )
    return [
        (row[0], first, last)
        for row in rows
        for first, last in Heard(msgspec.json.decode(row[1]), row[2]).gaps
    ]
