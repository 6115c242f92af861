# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages of devices: those that wait, the last ones of each device, and those set aside.

Invariants
- A message that was accepted is durable before it is answered, and waits until it is settled.
- Whoever takes waiting messages has them for a time; then others may take them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from allmende.errors import Conflict
from allmende.model.sensing.uplink import Uplink
from allmende.store.connection import Connection, now
from allmende.store.sensing import devices
from allmende.store.sensing.devices import Device, Source, Text

KEPT_OF_DEVICE = 20  # settled messages, to look at and to try again
KEPT_OF_UNKNOWN = 100  # messages of a device that nobody has taken in
KEPT_UNREADABLE = 200  # of one source
LONGEST_UNREADABLE = 4_000  # characters
MOST_UNKNOWN = 1_000  # devices of one source that nobody has taken in
LEASE = 60_000_000  # µs
MOST_TRIES = 5
AHEAD = 600_000_000  # µs by which a network's clock may be fast


class Kept(Struct, kw_only=True):
    """A message that is kept."""

    id: int
    source: str
    device: int | None
    state: str
    time: int
    received: int
    body: str
    problem: Text | None
    tries: int

    @property
    def uplink(self) -> Uplink:
        """The message itself, when it was readable."""
        return msgspec.json.decode(self.body, type=Uplink)


_COLUMNS = "id, source, device, state, time, received, body, problem, tries"


def receive(
    db: Connection, of: Source, uplink: Uplink, reported: Mapping[str, Any]
) -> tuple[Literal["accepted", "repeated", "noted", "full"], Device | None]:
    """Takes a message in, once; `noted` is one without measurements, such as a join.

    `full` when the source has 1,000 unknown devices already and this would be another.
    Conflict for a device that another organisation's network brought in. A time in the future
    counts as now for when the device was heard, so that one wrong clock does not shut it out.
    """
    found = devices.by_eui(db, uplink.eui)
    if found is None and _unknown(db, of.id) >= MOST_UNKNOWN:
        return "full", None
    if found is not None and not _brought_by(db, of, found):
        raise Conflict(
            f"The device {uplink.eui} belongs to another organisation; only its own network may "
            "send messages of it. Who administers the platform can give it to yours.",
            f"Das Gerät {uplink.eui} gehört einer anderen Organisation; nur deren Netz darf "
            "Nachrichten von ihm senden. Wer die Plattform verwaltet, kann es Ihnen zuordnen.",
        )
    heard = replace(uplink, time=min(uplink.time, now() + AHEAD))
    known = devices.met(db, of, heard)
    db.run(
        "update sense_source set last_seen = :at, uplinks = uplinks + 1 where id = :id",
        at=now(),
        id=of.id,
    )
    if uplink.event != "uplink":
        return "noted", known
    if not devices.hear(db, known, heard, dict(reported)):
        return "repeated", known
    body = msgspec.json.encode(uplink).decode()
    put(db, of.id, known.id, uplink.time, body, "waiting")
    return "accepted", known


def _brought_by(db: Connection, of: Source, known: Device) -> bool:
    """Whether a network may speak for a device: its own, or one of the same organisation."""
    if of.id == known.source or of.organisation == known.organisation:
        return True
    own = devices.source(db, known.source)
    return own is not None and own.organisation == of.organisation


def _unknown(db: Connection, source: str) -> int:
    return int(
        db.value(
            "select count(*) from sense_device where source = :source and status = 'unknown'",
            source=source,
        )
    )


def put(
    db: Connection,
    source: str,
    device: int | None,
    time: int,
    body: str,
    state: str,
    problem: Text | None = None,
) -> None:
    """Keeps a message."""
    db.run(
        "insert into sense_uplink (source, device, state, time, received, body, problem) "
        "values (:source, :device, :state, :time, :at, :body, :problem)",
        source=source,
        device=device,
        state=state,
        time=time,
        at=now(),
        body=body,
        problem=_json(problem),
    )


def refuse(db: Connection, source: str, body: str, problem: Text) -> None:
    """Keeps the beginning of a message that could not be read; the oldest are let go."""
    put(db, source, None, now(), body[:LONGEST_UNREADABLE], "quarantined", problem)
    db.run("update sense_source set refused = refused + 1 where id = :id", id=source)
    db.run(
        "delete from sense_uplink where source = :source and state = 'quarantined' "
        "and device is null and id <= (select id from sense_uplink where source = :source "
        "and state = 'quarantined' and device is null order by id desc "
        f"limit 1 offset {KEPT_UNREADABLE})",
        source=source,
    )


def waiting(db: Connection) -> int:
    """How many messages wait."""
    return int(db.value("select count(*) from sense_uplink where state = 'waiting'"))


def is_due(db: Connection) -> bool:
    """Whether a message waits that nobody has taken."""
    found = db.value(
        "select 1 from sense_uplink where state = 'waiting' and lease <= :at limit 1", at=now()
    )
    return found is not None


def take(db: Connection, most: int) -> list[Kept]:
    """Takes waiting messages for a minute, the oldest first."""
    rows = db.rows(
        f"update sense_uplink set lease = :until, tries = tries + 1 where id in ("
        "select id from sense_uplink where state = 'waiting' and lease <= :at "
        f"order by id limit :most {db.dialect.skip_locked()}) returning {_COLUMNS}",
        until=now() + LEASE,
        at=now(),
        most=most,
    )
    return sorted(map(_kept, rows), key=lambda each: each.id)


def settle(db: Connection, ended: Sequence[tuple[Kept, Text | None, Mapping[str, Any]]]) -> None:
    """Ends messages: fine, or set aside with a problem; the mapping changes their device."""
    touched: dict[int, Kept] = {}
    for kept, problem, changes in ended:
        db.run(
            "update sense_uplink set state = :state, problem = :problem, lease = 0 where id = :id",
            state="quarantined" if problem else "done",
            problem=_json(problem),
            id=kept.id,
        )
        if kept.device is not None:
            touched[kept.device] = kept
            if changes:
                devices.change(db, kept.device, **changes)
    for device in touched:
        _prune(db, device, "done", KEPT_OF_DEVICE)
        _prune(db, device, "quarantined", KEPT_OF_UNKNOWN)


def release(db: Connection, idents: Sequence[int]) -> None:
    """Gives taken messages back."""
    db.run(
        "update sense_uplink set lease = 0, tries = tries - 1 where state = 'waiting' "
        f"and {db.dialect.any_of('id', 'ids')}",
        ids=db.dialect.list_value(list(idents)),
    )


def again(db: Connection, device: int) -> int:
    """Lets the messages of a device that were set aside wait again; how many."""
    return db.run(
        "update sense_uplink set state = 'waiting', problem = null, tries = 0, lease = 0 "
        "where device = :device and state = 'quarantined'",
        device=device,
    )


def of_device(db: Connection, device: int, most: int = 20) -> list[Kept]:
    """The last messages of a device, the newest first."""
    rows = db.rows(
        f"select {_COLUMNS} from sense_uplink where device = :device order by id desc limit :most",
        device=device,
        most=most,
    )
    return [_kept(row) for row in rows]


def unreadable(db: Connection, source: str, most: int = 50) -> list[Kept]:
    """The last messages of a source that could not be read, the newest first."""
    rows = db.rows(
        f"select {_COLUMNS} from sense_uplink where source = :source and state = 'quarantined' "
        "and device is null order by id desc limit :most",
        source=source,
        most=most,
    )
    return [_kept(row) for row in rows]


def _prune(db: Connection, device: int, state: str, kept: int) -> None:
    db.run(
        "delete from sense_uplink where device = :device and state = :state and id <= ("
        "select id from sense_uplink where device = :device and state = :state "
        "order by id desc limit 1 offset :kept)",
        device=device,
        state=state,
        kept=kept,
    )


def _json(problem: Text | None) -> str | None:
    return msgspec.json.encode(problem).decode() if problem else None


def _kept(row: Sequence[Any]) -> Kept:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    if values["problem"] is not None:
        values["problem"] = msgspec.json.decode(values["problem"])
    return Kept(**values)
