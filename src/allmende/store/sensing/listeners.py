# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Brokers of others that the running platform listens to, and how that goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from allmende.store.connection import Connection, now

Text = dict[str, str]
_COLUMNS = (
    "id, address, arrangement, organisation, created, connected, connected_changed, seen, "
    "messages, results, refused, problem, problem_at"
)
_NAMES = _COLUMNS.split(", ")


class Listener(Struct, frozen=True, kw_only=True):
    """A source that is listened to; times in µs UTC. `arrangement` is JSON."""

    id: str
    address: str
    arrangement: str
    organisation: str
    created: int = 0
    connected: bool = False
    connected_changed: int | None = None
    seen: int | None = None
    messages: int = 0
    results: int = 0
    refused: int = 0
    problem: Text | None = None
    problem_at: int | None = None


def put(db: Connection, given: Listener) -> None:
    """Keeps a source; one of the same id gets the new arrangement."""
    db.run(
        "insert into sense_listener (id, address, arrangement, organisation, created) "
        "values (:id, :address, :arrangement, :organisation, :at) "
        "on conflict (id) do update set arrangement = excluded.arrangement",
        id=given.id,
        address=given.address,
        arrangement=given.arrangement,
        organisation=given.organisation,
        at=now(),
    )


def remove(db: Connection, ident: str) -> bool:
    """Forgets a source; False when there was none."""
    return db.run("delete from sense_listener where id = :id", id=ident) > 0


def listing(db: Connection) -> list[Listener]:
    """All sources, by id."""
    return [_listener(row) for row in db.rows(f"select {_COLUMNS} from sense_listener order by id")]


def _listener(row: Sequence[Any]) -> Listener:
    values = dict(zip(_NAMES, row, strict=True))
    problem = values["problem"]
    return Listener(
        **values
        | {
            "connected": bool(values["connected"]),
            "problem": None if problem is None else msgspec.json.decode(problem),
        }
    )


def note_connection(db: Connection, ident: str, connected: bool) -> None:
    """Notes that the broker is there or not, when that has changed."""
    db.run(
        "update sense_listener set connected = :connected, connected_changed = :at "
        "where id = :id and (connected <> :connected or connected_changed is null)",
        id=ident,
        connected=int(connected),
        at=now(),
    )


def note_messages(
    db: Connection, ident: str, messages: int, results: int, refused: int, problem: Text | None
) -> None:
    """Counts messages, their results and what was refused of them."""
    at = now()
    db.run(
        "update sense_listener set seen = :at, messages = messages + :messages, "
        "results = results + :results, refused = refused + :refused where id = :id",
        id=ident,
        at=at,
        messages=messages,
        results=results,
        refused=refused,
    )
    if problem is not None:
        db.run(
            "update sense_listener set problem = :problem, problem_at = :at where id = :id",
            id=ident,
            at=at,
            problem=msgspec.json.encode(problem).decode(),
        )
