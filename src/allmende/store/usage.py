# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How often datasets were used: numbers by day, dataset and kind of use, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from allmende.model.filter import Filter
from allmende.store.catalogue import COLUMNS
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection

Counted = Mapping[tuple[int, str, str, bool], int]
"""How often: by day, id, kind of use and whether the id is of a collection."""


class Used(Struct, frozen=True):
    """How often one dataset was used in one way."""

    record: int
    id: str
    kind: str
    number: int


def add(db: Connection, counted: Counted) -> None:
    """Adds what was counted; ids that no dataset has are passed over."""
    known = _records(db, {(ident, own) for _, ident, _, own in counted})
    sums: dict[tuple[int, int, str], int] = {}
    for (day, ident, kind, own), number in counted.items():
        record = known.get((ident, own))
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


def _records(db: Connection, named: Iterable[tuple[str, bool]]) -> dict[tuple[str, bool], int]:
    """The keys of the datasets with these ids, and of those that collections belong to."""
    datasets: list[str] = []
    collections: list[str] = []
    for ident, own in sorted(named):
        (collections if own else datasets).append(ident)
    found: dict[tuple[str, bool], int] = {}
    for row in db.rows(
        "select id, key from resource where kind = 'dataset' and " + db.dialect.any_of("id", "ids"),
        ids=db.dialect.list_value(datasets),
    ):
        found[row[0], False] = row[1]
    for row in db.rows(
        "select c.id, resource.key from geo.collection as c "
        "join resource on resource.kind = 'dataset' and resource.id = c.dataset where "
        + db.dialect.any_of("c.id", "ids"),
        ids=db.dialect.list_value(collections),
    ):
        found[row[0], True] = row[1]
    return found


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
