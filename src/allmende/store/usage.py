# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How often datasets were used: numbers by day, dataset and kind of use, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from allmende.model.filter import Filter
from allmende.store.catalogue import COLUMNS
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection
from allmende.store.sensing.streams import DATASET

Of = Literal["dataset", "collection", "stream"]
"""What an id is of; a stream is a datastream."""
Counted = Mapping[tuple[int, str, str, Of], int]
"""How often: by day, id, kind of use and what the id is of."""


class Used(Struct, frozen=True):
    """How often one dataset was used in one way."""

    record: int
    id: str
    kind: str
    number: int


def add(db: Connection, counted: Counted) -> None:
    """Adds what was counted; ids that no dataset has are passed over."""
    known = _records(db, {(ident, of) for _, ident, _, of in counted})
    sums: dict[tuple[int, int, str], int] = {}
    for (day, ident, kind, of), number in counted.items():
        record = known.get((ident, of))
        if record is not None:
            sums[day, record, kind] = sums.get((day, record, kind), 0) + number
    db.run_many(
        "insert into usage_day (day, record, kind, number) "
        "values (:day, :record, :kind, :number) "
        "on conflict (day, record, kind) do update set number = usage_day.number + :number",
        [
            {"day": day, "record": record, "kind": kind, "number": number}
            for (day, record, kind), number in sorted(sums.items())
        ],
    )


def _records(db: Connection, named: Iterable[tuple[str, Of]]) -> dict[tuple[str, Of], int]:
    """The keys of the datasets with these ids, and of those that other ids belong to."""
    idents: dict[Of, list[str]] = {"dataset": [], "collection": [], "stream": []}
    for ident, of in sorted(named):
        idents[of].append(ident)
    found: dict[tuple[str, Of], int] = {}
    for of, sql in _KEYS.items():
        if idents[of]:
            values: list[str] | list[int] = idents[of]
            if of == "stream":
                values = [int(each) for each in idents[of]]
            given = db.dialect.list_value(values)
            for row in db.rows(sql + db.dialect.any_of(_IDS[of], "ids"), ids=given):
                found[str(row[0]), of] = row[1]
    return found


_IDS: dict[Of, str] = {"dataset": "id", "collection": "c.id", "stream": "d.id"}
_KEYS: dict[Of, str] = {
    "dataset": "select id, key from resource where kind = 'dataset' and ",
    "collection": "select c.id, resource.key from geo.collection as c join resource "
    "on resource.kind = 'dataset' and resource.id = c.dataset where ",
    "stream": "select d.id, resource.key from sense_datastream as d join resource "
    f"on resource.kind = 'dataset' and resource.id = {DATASET.format('d')} where ",
}


def most_used(db: Connection, condition: Filter, since: int, until: int) -> list[Used]:
    """Sums of the days from `since` to before `until`, of the datasets a condition allows."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(
        "select usage_day.record, resource.id, usage_day.kind, sum(usage_day.number) "
        "from usage_day join resource on resource.key = usage_day.record "
        f"where day >= :since and day < :until and {where.sql} "
        "group by usage_day.record, resource.id, usage_day.kind",
        since=since,
        until=until,
        **where.params,
    )
    return [Used(row[0], row[1], row[2], int(row[3])) for row in rows]


def of_record(db: Connection, record: int, since: int, until: int) -> list[tuple[int, str, int]]:
    """Day, kind and number of each day from `since` to before `until`, in their order."""
    return [
        (row[0], row[1], row[2])
        for row in db.rows(
            "select day, kind, number from usage_day where record = :record "
            "and day >= :since and day < :until order by day, kind",
            record=record,
            since=since,
            until=until,
        )
    ]


def by_day(db: Connection, condition: Filter, since: int, until: int) -> list[tuple[int, str, int]]:
    """Day, kind and sum over the datasets that a condition allows."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(
        "select usage_day.day, usage_day.kind, sum(usage_day.number) "
        "from usage_day join resource on resource.key = usage_day.record "
        f"where day >= :since and day < :until and {where.sql} "
        "group by usage_day.day, usage_day.kind order by usage_day.day, usage_day.kind",
        since=since,
        until=until,
        **where.params,
    )
    return [(row[0], row[1], int(row[2])) for row in rows]


def forget_old(db: Connection, before: int) -> int:
    """Forgets the days before one; how many rows."""
    return db.run("delete from usage_day where day < :before", before=before)
