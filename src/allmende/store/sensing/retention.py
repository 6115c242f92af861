# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The rules of retention in all their versions, and the log of what they have done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from allmende.model.filter import Filter
from allmende.model.sensing.retention import Described, Policy, Rule
from allmende.store.connection import Connection, now
from allmende.store.sensing.streams import allowed

_decode = msgspec.json.Decoder(Policy).decode
_ABOUT = (
    "select d.id, d.organisation, t.origin, p.definition, t.key, d.key, d.observation_type, "
    "t.properties, d.properties from sense_datastream as d "
    "join sense_thing as t on t.id = d.thing "
    "left join sense_property as p on p.id = d.observed_property"
)


class Version(Struct, frozen=True, kw_only=True):
    """A rule as somebody wrote it; `policy` is None where it was withdrawn."""

    id: str
    version: int
    policy: Policy | None
    author: str
    reason: str
    at: int  # µs UTC


class Logged(Struct, frozen=True, kw_only=True):
    """What was done by one run to the datastreams that the reader sees."""

    day: int  # beginning of the UTC day, µs
    action: str
    policy: str
    version: int
    streams: int
    n: int
    first_time: int
    until: int
    at: int


def rules(db: Connection) -> list[Rule]:
    """The rules that are in force, by id."""
    rows = db.rows(
        "select r.document, r.version from retention as r where r.document is not null "
        "and r.version = (select max(o.version) from retention as o where o.id = r.id) "
        "order by r.id"
    )
    return [Rule(policy=_decode(document), version=version) for document, version in rows]


def versions(db: Connection, ident: str) -> list[Version]:
    """All versions of a rule, the newest first."""
    rows = db.rows(
        "select id, version, document, author, reason, at from retention where id = :id "
        "order by version desc",
        id=ident,
    )
    return [
        Version(
            id=row[0],
            version=row[1],
            policy=None if row[2] is None else _decode(row[2]),
            author=row[3],
            reason=row[4],
            at=row[5],
        )
        for row in rows
    ]


def put(
    db: Connection, ident: str, policy: Policy | None, organisation: str, author: str, reason: str
) -> int:
    """Writes the next version of a rule (None withdraws it); its number."""
    version = 1 + int(
        db.value("select coalesce(max(version), 0) from retention where id = :id", id=ident)
    )
    db.run(
        "insert into retention (id, version, document, organisation, author, reason, at) "
        "values (:id, :version, :document, :organisation, :author, :reason, :at)",
        id=ident,
        version=version,
        document=None if policy is None else msgspec.json.encode(policy).decode(),
        organisation=organisation,
        author=author,
        reason=reason,
        at=now(),
    )
    return version


def described(db: Connection, idents: Sequence[int] | None = None) -> list[Described]:
    """What rules ask of datastreams (of all, when None), by id."""
    if idents is None:
        rows = db.rows(f"{_ABOUT} order by d.id")
    else:
        where = db.dialect.any_of("d.id", "ids")
        rows = db.rows(
            f"{_ABOUT} where {where} order by d.id", ids=db.dialect.list_value(list(idents))
        )
    return [_described(row) for row in rows]


def of_thing(db: Connection, thing: int) -> list[Described]:
    """The same of the datastreams of a thing."""
    return [
        _described(row)
        for row in db.rows(f"{_ABOUT} where d.thing = :thing order by d.id", thing=thing)
    ]


def _described(row: Sequence[Any]) -> Described:
    ident, organisation, origin, definition, thing, key, kind, of_thing, own = row
    above, properties = _object(of_thing), _object(own)
    return Described(
        id=ident,
        organisation=organisation,
        origin=origin,
        observed=definition or "",
        kind=str(above.get("kind", "")),
        thing=thing or "",
        key=key or "",
        type=kind,
        trace=bool(properties.get("trace", above.get("trace", False))),
    )


def _object(text: str | None) -> dict[str, Any]:
    found = msgspec.json.decode(text) if text else {}
    return found if isinstance(found, dict) else {}


def logged(db: Connection, seen: Filter, limit: int) -> list[Logged]:
    """What was done to datastreams a condition allows, by day, kind and rule; newest first.

    Of what was erased nobody is told which datastream it was.
    """
    where = allowed(seen, db.dialect)
    day = 86_400_000_000
    rows = db.rows(
        f"select l.at - l.at % {day}, l.action, l.policy, l.version, count(distinct "
        "case when l.datastream = 0 then -l.sequence else l.datastream end), "
        "sum(l.n), min(l.first_time), max(l.until), max(l.at) from obs.retained as l "
        "where l.datastream = 0 or "
        f"l.datastream in (select id from sense_datastream where {where.sql}) "
        f"group by l.at - l.at % {day}, l.action, l.policy, l.version "
        "order by 9 desc, 2 limit :most",
        most=limit,
        **where.params,
    )
    return [
        Logged(
            day=row[0],
            action=row[1],
            policy=row[2],
            version=row[3],
            streams=row[4],
            n=int(row[5]),
            first_time=row[6],
            until=row[7],
            at=row[8],
        )
        for row in rows
    ]


def log_of(db: Connection, stream: int, limit: int) -> list[Logged]:
    """What was done to one datastream; newest first."""
    rows = db.rows(
        "select at, action, policy, version, n, first_time, until from obs.retained "
        "where datastream = :stream order by sequence desc limit :most",
        stream=stream,
        most=limit,
    )
    return [
        Logged(
            day=row[0] - row[0] % 86_400_000_000,
            action=row[1],
            policy=row[2],
            version=row[3],
            streams=1,
            n=int(row[4]),
            first_time=row[5],
            until=row[6],
            at=row[0],
        )
        for row in rows
    ]


def classes(db: Connection, seen: Filter) -> list[Described]:
    """What rules ask of the datastreams a condition allows, for choosing among."""
    where = allowed(seen, db.dialect)
    rows = db.rows(
        f"{_ABOUT} where d.id in (select id from sense_datastream where {where.sql}) order by d.id",
        **where.params,
    )
    return [_described(row) for row in rows]


def properties(db: Connection, seen: Filter) -> list[tuple[str, str]]:
    """Definition and name of what the datastreams observe that a condition allows, by name."""
    where = allowed(seen, db.dialect)
    rows = db.rows(
        "select distinct p.definition, p.name from sense_datastream as d "
        "join sense_property as p on p.id = d.observed_property "
        f"where d.id in (select id from sense_datastream where {where.sql}) "
        "order by p.name, p.definition",
        **where.params,
    )
    return [(definition, name) for definition, name in rows]
