# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules over measurements: their documents and versions, what goes in, what they write."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from allmende.store.connection import Connection, now

Text = dict[str, str]
_COLUMNS = (
    "id, organisation, title, version, document, enabled, problem, changed_by, created, changed"
)


class Stored(Struct, frozen=True):
    """A rule as it is kept; `document` is TOML."""

    id: str
    organisation: str
    title: Text
    version: int
    document: str
    enabled: bool
    problem: Text | None
    changed_by: str
    created: int
    changed: int


class Version(Struct, frozen=True):
    """An earlier or the present text of a rule."""

    version: int
    document: str
    changed_by: str
    changed: int


class Candidate(Struct, frozen=True):
    """A datastream that may go into a rule. `unit` is JSON; west … north is where its thing is."""

    id: int
    key: str | None
    type: str
    unit: str
    organisation: str
    status: str
    metadata_access: str
    data_access: str
    feature: int | None
    thing: int
    thing_key: str | None
    thing_name: str
    thing_properties: str | None
    thing_organisation: str
    thing_access: str
    thing_origin: str
    marked: int  # 1: made of a replay itself
    west: float | None
    south: float | None
    east: float | None
    north: float | None


def put(
    db: Connection, ident: str, organisation: str, title: Text, document: str, who: str
) -> Stored:
    """Adds a rule or gives it another text, which is a new version."""
    at = now()
    db.run(
        f"insert into sense_rule ({_COLUMNS}) values (:id, :organisation, :title, 1, :document, "
        "0, null, :who, :at, :at) on conflict (id) do update set title = excluded.title, "
        "document = excluded.document, version = sense_rule.version + 1, problem = null, "
        "changed_by = excluded.changed_by, changed = excluded.changed",
        id=ident,
        organisation=organisation,
        title=msgspec.json.encode(title).decode(),
        document=document,
        who=who,
        at=at,
    )
    found = get(db, ident)
    if found is None:
        raise LookupError(ident)
    db.run(
        "insert into sense_rule_version (rule, version, document, changed_by, changed) "
        "values (:rule, :version, :document, :who, :at)",
        rule=ident,
        version=found.version,
        document=document,
        who=who,
        at=at,
    )
    return found


def get(db: Connection, ident: str) -> Stored | None:
    """The rule with an id."""
    row = db.row(f"select {_COLUMNS} from sense_rule where id = :id", id=ident)
    return _stored(row) if row else None


def listing(db: Connection) -> list[Stored]:
    """All rules by id."""
    return [_stored(row) for row in db.rows(f"select {_COLUMNS} from sense_rule order by id")]


def _stored(row: tuple[Any, ...]) -> Stored:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values["title"] = msgspec.json.decode(values["title"])
    values["problem"] = None if values["problem"] is None else msgspec.json.decode(row[6])
    values["enabled"] = bool(values["enabled"])
    return Stored(**values)


def enable(db: Connection, ident: str, enabled: bool, who: str) -> None:
    """Switches a rule on or off."""
    db.run(
        "update sense_rule set enabled = :enabled, problem = null, changed_by = :who, "
        "changed = :at where id = :id",
        id=ident,
        enabled=int(enabled),
        who=who,
        at=now(),
    )


def note_problem(db: Connection, ident: str, problem: Text | None) -> None:
    """Says why a rule does not work just now, or that it does."""
    db.run(
        "update sense_rule set problem = :problem where id = :id",
        id=ident,
        problem=None if problem is None else msgspec.json.encode(problem).decode(),
    )


def remove(db: Connection, ident: str) -> None:
    """Removes a rule with its versions; the datastreams it wrote stay."""
    for table, column in (
        ("sense_alert", "rule"),
        ("sense_rule_output", "rule"),
        ("sense_rule_version", "rule"),
        ("sense_rule", "id"),
    ):
        db.run(f"delete from {table} where {column} = :id", id=ident)


def versions(db: Connection, ident: str, limit: int = 50) -> list[Version]:
    """The newest texts of a rule."""
    rows = db.rows(
        "select version, document, changed_by, changed from sense_rule_version "
        "where rule = :id order by version desc limit :limit",
        id=ident,
        limit=limit,
    )
    return [Version(*row) for row in rows]


# --- what goes in and out -------------------------------------------------------------------

_CANDIDATE = (
    "select d.id, d.key, d.observation_type, d.unit, d.organisation, d.status, "
    "d.metadata_access, d.data_access, d.feature, t.id, t.key, t.name, t.properties, "
    "t.organisation, t.metadata_access, t.origin, "
    "case when d.properties like '%\"replay\":true%' then 1 else 0 end, {places} "
    "from sense_datastream as d "
    "join sense_thing as t on t.id = d.thing "
)
_PLACES = ", ".join(
    f"(select {how}(l.{side}) from sense_thing_location as tl join sense_location as l "
    "on l.id = tl.location where tl.thing = t.id)"
    for how, side in (("min", "west"), ("min", "south"), ("max", "east"), ("max", "north"))
)


def observing(db: Connection, definition: str, limit: int) -> list[Candidate]:
    """Datastreams of an observed property that no rule writes, by id."""
    rows = db.rows(
        _CANDIDATE.format(places=_PLACES)
        + "join sense_property as p on p.id = d.observed_property where p.definition = :definition "
        "and d.multi = 0 and not exists (select 1 from sense_rule_output as o "
        "where o.stream = d.id) order by d.id limit :limit",
        definition=definition,
        limit=limit,
    )
    return [Candidate(*row) for row in rows]


def written_by(db: Connection, rule: str, output: str, limit: int) -> list[Candidate]:
    """Datastreams that an output of a rule writes, by id."""
    rows = db.rows(
        _CANDIDATE.format(places=_PLACES) + "join sense_rule_output as o on o.stream = d.id "
        "where o.rule = :rule and o.output = :output order by d.id limit :limit",
        rule=rule,
        output=output,
        limit=limit,
    )
    return [Candidate(*row) for row in rows]


def note_output(db: Connection, stream: int, rule: str, output: str, member: str) -> bool:
    """Remembers that a rule writes a datastream; False when that was known."""
    return bool(
        db.run(
            "insert into sense_rule_output (stream, rule, output, member) "
            "values (:stream, :rule, :output, :member) on conflict (stream) do nothing",
            stream=stream,
            rule=rule,
            output=output,
            member=member,
        )
    )


def outputs(db: Connection, rule: str) -> list[tuple[int, str, str]]:
    """Datastream, output and group of all that a rule writes."""
    rows = db.rows(
        "select stream, output, member from sense_rule_output where rule = :rule "
        "order by member, output",
        rule=rule,
    )
    return [(int(row[0]), row[1], row[2]) for row in rows]


def forget_output(db: Connection, stream: int) -> None:
    """Forgets that a rule writes a datastream."""
    db.run("delete from sense_rule_output where stream = :stream", stream=stream)


def mark(db: Connection) -> str:
    """Changes whenever a rule, a thing, a place or a datastream does."""
    parts = [
        db.row(f"select count(*), max(changed), {more} from {table}")
        for table, more in (
            ("sense_rule", "sum(version)"),
            ("sense_thing", "max(id)"),
            ("sense_datastream", "max(id)"),
            ("sense_history", "max(id)"),
        )
    ]
    return repr(parts)
