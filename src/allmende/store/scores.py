# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Quality points of datasets: as they stand, as they were, and summed up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from allmende.model.filter import Filter
from allmende.model.mqa import BANDS, DIMENSIONS, Score, Value
from allmende.model.validation.record import Finding
from allmende.store.catalogue import COLUMNS
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection, Row, now

Scope = Literal["city", "catalogue", "publisher"]
DAY = 86_400_000_000  # µs
_PARTS = ", ".join(DIMENSIONS)
_LEAST = {name: points for name, points in BANDS}
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[Value, ...]).decode
_findings = msgspec.json.Decoder(list[Finding]).decode


class Before(Struct, frozen=True):
    """What is known of a record when its score is written: revision, points so far."""

    revision: int
    points: int | None
    counted: str


class Moment(Struct, frozen=True):
    """The points of a dataset from a day (since 1970-01-01 UTC) and revision on."""

    day: int
    revision: int
    points: int
    dimensions: dict[str, float]


class Sum(Struct, frozen=True):
    """Means over datasets, and how many of them are in each band."""

    records: int
    points: float
    dimensions: dict[str, float]
    bands: dict[str, int]


class Stand(Struct, frozen=True):
    """The stored score of a record; `scored` in µs UTC."""

    score: Score
    compliant: bool | None
    scored: int


def before(db: Connection, key: int) -> Before:
    """What stands there before a score is written."""
    row = db.row(
        "select revision, points, counted from resource left join resource_score "
        "on resource_score.resource = resource.key where key = :key",
        key=key,
    )
    return Before(row[0], row[1], row[2] or "") if row else Before(0, None, "")


def grave(db: Connection, key: int) -> list[Finding] | None:
    """The findings of a record when it has violations, else none; None when not checked."""
    row = db.row(
        "select violations, case when violations = 0 then '[]' else findings end "
        "from resource_validation where resource = :key",
        key=key,
    )
    return None if row is None else _findings(row[1])


def put(
    db: Connection,
    key: int,
    made_by: str,
    score: Score,
    *,
    compliant: bool | None,
    publisher: str,
    known: Before,
) -> bool:
    """Stores a score, and in the history when its points have changed; whether anything has."""
    counted = _encode(score.values).decode()
    dimensions = {str(name): round(value, 3) for name, value in score.dimensions.items()}
    db.run(
        f"insert into resource_score (resource, made_by, points, {_PARTS}, pending, publisher, "
        f"compliant, counted, scored) values (:key, :made_by, :points, {_named(_PARTS)}, :pending, "
        ":publisher, :compliant, :counted, :at) on conflict (resource) do update set "
        f"made_by = excluded.made_by, points = excluded.points, {_excluded()}, "
        "pending = excluded.pending, publisher = excluded.publisher, "
        "compliant = excluded.compliant, counted = excluded.counted, scored = excluded.scored",
        key=key,
        made_by=made_by,
        points=score.points,
        pending=round(score.pending, 3),
        publisher=publisher,
        compliant=None if compliant is None else int(compliant),
        counted=counted,
        at=now(),
        **dimensions,
    )
    if score.points != known.points:
        _remember(db, key, known.revision, score.points, dimensions)
    return counted != known.counted


def _remember(
    db: Connection, key: int, revision: int, points: int, dimensions: dict[str, float]
) -> None:
    db.run(
        f"insert into score_history (resource, day, revision, points, {_PARTS}) "
        f"values (:key, :day, :revision, :points, {_named(_PARTS)}) "
        "on conflict (resource, day, revision) do update set points = excluded.points, "
        f"{_excluded()}",
        key=key,
        day=now() // DAY,
        revision=revision,
        points=points,
        **dimensions,
    )


def _named(columns: str) -> str:
    return ", ".join(f":{name}" for name in columns.split(", "))


def _excluded() -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in DIMENSIONS)


def find(db: Connection, key: int, made_by: str) -> Stand | None:
    """The stored score of a record; None when there is none, or by another scoring."""
    row = db.row(
        "select counted, compliant, scored from resource_score "
        "where resource = :key and made_by = :made_by",
        key=key,
        made_by=made_by,
    )
    if row is None:
        return None
    return Stand(Score(_decode(row[0])), None if row[1] is None else bool(row[1]), row[2])


def points_of(db: Connection, keys: Sequence[int]) -> dict[int, int]:
    """The points of records, as far as they have some."""
    rows = db.rows(
        "select resource, points from resource_score "
        f"where {db.dialect.any_of('resource', 'keys')}",
        keys=db.dialect.list_value(list(keys)),
    )
    return dict((key, points) for key, points in rows)


def points_after(db: Connection, sequence: int) -> dict[int, int]:
    """The points of all records whose entry in the search changed after a sequence number."""
    rows = db.rows(
        "select key, points from search_document join resource_score on resource = key "
        "where sequence > :sequence",
        sequence=sequence,
    )
    return dict((key, points) for key, points in rows)


def touch(db: Connection, key: int) -> None:
    """Lets the search take over the points of a record again."""
    db.run(
        "update search_document set sequence = (select max(sequence) + 1 from search_document) "
        "where key = :key",
        key=key,
    )


def outdated(db: Connection, made_by: str) -> list[int]:
    """Keys of datasets without a score of this scoring."""
    rows = db.rows(
        "select key from resource left join resource_score on resource = key "
        "and made_by = :made_by where kind = 'dataset' and resource is null order by key",
        made_by=made_by,
    )
    return [key for (key,) in rows]


# --- the past ------------------------------------------------------------------------------


def history(db: Connection, key: int, limit: int = 1_000) -> list[Moment]:
    """The points of a record over time, the oldest first; the newest `limit` of them."""
    rows = db.rows(
        f"select day, revision, points, {_PARTS} from score_history where resource = :key "
        "order by day desc, revision desc limit :limit",
        key=key,
        limit=limit,
    )
    return [Moment(row[0], row[1], row[2], _dimensions(row[3:])) for row in reversed(rows)]


def note_day(db: Connection, condition: Filter, day: int) -> int:
    """Notes the means of a day over what the condition allows; how many rows."""
    found: list[tuple[Scope, str, Sum]] = [("city", "", total(db, condition))]
    found += [("catalogue", name, each) for name, each in by_catalogue(db, condition).items()]
    found += [("publisher", name, each) for name, each in by_publisher(db, condition).items()]
    columns = f"records, points, {_PARTS}, {', '.join(_LEAST)}"
    names = columns.split(", ")
    db.run("delete from score_day where day = :day", day=day)
    for scope, name, each in found:
        if each.records:
            db.run(
                f"insert into score_day (scope, name, day, {columns}) "
                f"values (:scope, :name, :day, {_named(columns)})",
                scope=scope,
                name=name,
                day=day,
                **dict(zip(names, _flat(each), strict=True)),
            )
    return len(found)


def _flat(each: Sum) -> list[float]:
    return [each.records, each.points, *each.dimensions.values(), *each.bands.values()]


def days(db: Connection, scope: Scope, name: str, limit: int = 1_000) -> list[tuple[int, Sum]]:
    """The noted means of a scope by day, the oldest first; the newest `limit` of them."""
    rows = db.rows(
        f"select day, records, points, {_PARTS}, {', '.join(_LEAST)} from score_day "
        "where scope = :scope and name = :name order by day desc limit :limit",
        scope=scope,
        name=name,
        limit=limit,
    )
    return [(row[0], _sum(row[1:])) for row in reversed(rows)]


# --- sums ----------------------------------------------------------------------------------


def _columns() -> str:
    parts = ", ".join(f"coalesce(avg({name}), 0)" for name in DIMENSIONS)
    bands = []
    above = 1_000_000
    for _, least in BANDS:
        bands.append(
            f"coalesce(sum(case when points >= {least} and points < {above} then 1 else 0 end), 0)"
        )
        above = least
    return f"count(*), coalesce(avg(points), 0), {parts}, {', '.join(bands)}"


_JOINED = "from resource join resource_score on resource_score.resource = resource.key where "


def total(db: Connection, condition: Filter) -> Sum:
    """The means over all datasets that the condition allows."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    (row,) = db.rows(f"select {_columns()} {_JOINED}{where.sql}", **where.params)
    return _sum(row)


def by_catalogue(db: Connection, condition: Filter) -> dict[str, Sum]:
    """The means of each catalogue with datasets the condition allows; '' is for none."""
    return _grouped(db, condition, "coalesce(resource.catalogue, '')")


def by_publisher(db: Connection, condition: Filter) -> dict[str, Sum]:
    """The means of each publisher with datasets the condition allows; '' is for none."""
    return _grouped(db, condition, "publisher")


def of_publisher(db: Connection, condition: Filter, publisher: str) -> Sum:
    """The means over the datasets of one publisher."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    (row,) = db.rows(
        f"select {_columns()} {_JOINED}{where.sql} and publisher = :publisher",
        publisher=publisher,
        **where.params,
    )
    return _sum(row)


def _grouped(db: Connection, condition: Filter, expression: str) -> dict[str, Sum]:
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(
        f"select {expression}, {_columns()} {_JOINED}{where.sql} group by {expression}",
        **where.params,
    )
    return {row[0]: _sum(row[1:]) for row in sorted(rows, key=lambda row: (-row[1], row[0]))}


def _sum(row: Row) -> Sum:
    size = 2 + len(DIMENSIONS)
    bands = {str(name): int(number) for (name, _), number in zip(BANDS, row[size:], strict=True)}
    return Sum(int(row[0]), float(row[1]), _dimensions(row[2:size]), bands)


def _dimensions(row: Row) -> dict[str, float]:
    return {str(name): float(value) for name, value in zip(DIMENSIONS, row, strict=True)}


def counted(
    db: Connection, condition: Filter, publisher: str | None = None
) -> list[tuple[int, tuple[Value, ...]]]:
    """Key and values of all datasets that the condition allows (and one publisher has)."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    narrow = "" if publisher is None else " and publisher = :publisher"
    params = where.params if publisher is None else {**where.params, "publisher": publisher}
    rows = db.stream(f"select resource.key, counted {_JOINED}{where.sql}{narrow}", **params)
    return [(key, _decode(text)) for key, text in rows]


def worst(db: Connection, condition: Filter, limit: int, offset: int = 0) -> list[tuple[int, int]]:
    """Key and points of the datasets that lack the most points which work can gain."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(
        f"select resource.key, points {_JOINED}{where.sql} "
        "order by points + pending, resource.key limit :limit offset :offset",
        limit=limit,
        offset=offset,
        **where.params,
    )
    return [(key, points) for key, points in rows]
