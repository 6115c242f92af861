# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is known of each datastream without reading its series: latest, span, count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from allmende.model.sensing.observation import Observation
from allmende.model.sensing.series import row
from allmende.store.connection import Connection

COLUMNS = (
    "datastream, next, n, first_time, last_time, first_result_time, last_result_time, latest, "
    "value, text, flag, lasts, result_time, extra, seen, sealed, raw_from"
)
_SELECT = f"select {COLUMNS} from obs.state"
_NAMES = COLUMNS.split(", ")
_UPSERT = (
    f"insert into obs.state as s ({COLUMNS}) values ({', '.join(':' + n for n in _NAMES)}) "
    "on conflict (datastream) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in _NAMES[1:])
)

FROM_EVER = -(2**62)  # nothing is sealed, nothing is gone


class State(Struct):
    """One datastream. Times µs UTC; None while there is no observation."""

    datastream: int
    next: int = 1
    n: int = 0
    first_time: int | None = None
    last_time: int | None = None
    first_result_time: int | None = None
    last_result_time: int | None = None
    latest: int | None = None
    value: float | None = None
    text: str | None = None
    flag: int = 0
    lasts: int | None = None
    result_time: int | None = None
    extra: str | None = None
    seen: int | None = None
    sealed: int = FROM_EVER
    raw_from: int = FROM_EVER

    @property
    def observation(self) -> Observation | None:
        """The observation with the latest time."""
        if self.latest is None or self.last_time is None:
            return None
        from msgspec.json import decode

        result = self.value if self.text is None else decode(self.text)
        return row(
            self.datastream,
            self.last_time,
            self.latest,
            result,
            self.flag,
            self.lasts,
            self.result_time,
            self.extra,
        )


def get(db: Connection, stream: int) -> State:
    """The state of a datastream; an empty one when nothing was observed."""
    found = db.row(f"{_SELECT} where datastream = :stream", stream=stream)
    return State(*found) if found else State(stream)


def of(db: Connection, streams: Sequence[int]) -> dict[int, State]:
    """The states of these datastreams; those without observations are left out."""
    where = db.dialect.any_of("datastream", "streams")
    rows = db.rows(f"{_SELECT} where {where}", streams=db.dialect.list_value(streams))
    return {found[0]: State(*found) for found in rows}


def newest(db: Connection, before: int | None, limit: int) -> list[State]:
    """States by their latest time, newest first, of those at or before a time."""
    rows = db.rows(
        f"{_SELECT} where last_time is not null and last_time <= :before "
        "order by last_time desc, datastream limit :limit",
        before=2**62 if before is None else before,
        limit=limit,
    )
    return [State(*found) for found in rows]


def put(db: Connection, states: Iterable[State]) -> None:
    """Writes states."""
    rows: list[dict[str, Any]] = [
        {name: getattr(state, name) for name in _NAMES} for state in states
    ]
    if len(rows) == 1:
        db.run(_UPSERT, **rows[0])
    elif rows:
        db.run_many(_UPSERT, rows)


def remove(db: Connection, stream: int) -> None:
    """Forgets a datastream."""
    db.run("delete from obs.state where datastream = :stream", stream=stream)
