# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Findings of each record, and the profiles that were chosen for a catalogue."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from allmende.model.filter import Filter
from allmende.model.validation.record import Checked, Finding
from allmende.store.catalogue import COLUMNS
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Finding]).decode


class Sums(Struct, frozen=True):
    """How many records were checked, how many of them are without a violation, and the sums."""

    records: int
    fine: int
    violations: int
    warnings: int
    hints: int


def put(db: Connection, key: int, made_by: str, checked: Checked) -> None:
    """Replaces what is known about a record."""
    db.run(
        "insert into resource_validation (resource, made_by, profiles, violations, warnings, "
        "hints, findings) values (:key, :made_by, :profiles, :violations, :warnings, :hints, "
        ":findings) on conflict (resource) do update set made_by = excluded.made_by, "
        "profiles = excluded.profiles, violations = excluded.violations, "
        "warnings = excluded.warnings, hints = excluded.hints, findings = excluded.findings",
        key=key,
        made_by=made_by,
        profiles=",".join(checked.profiles),
        violations=checked.violations,
        warnings=checked.warnings,
        hints=checked.hints,
        findings=_encode(checked.findings).decode(),
    )


def find(db: Connection, key: int, made_by: str) -> Checked | None:
    """What is known about a record; None when nothing is, or by other checks than these."""
    row = db.row(
        "select profiles, findings, violations, warnings, hints from resource_validation "
        "where resource = :key and made_by = :made_by",
        key=key,
        made_by=made_by,
    )
    if row is None:
        return None
    return Checked(tuple(row[0].split(",")), _decode(row[1]), row[2], row[3], row[4])


def outdated(db: Connection, made_by: str) -> list[int]:
    """Keys of records nothing is known about, or by other checks than these."""
    rows = db.rows(
        "select key from resource left join resource_validation on resource = key "
        "and made_by = :made_by where resource is null order by key",
        made_by=made_by,
    )
    return [row[0] for row in rows]


def sums(db: Connection, condition: Filter) -> Sums:
    """The sums over the records a condition allows."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    row = db.row(
        "select count(*), coalesce(sum(case when violations = 0 then 1 else 0 end), 0), "
        "coalesce(sum(violations), 0), coalesce(sum(warnings), 0), coalesce(sum(hints), 0) "
        "from resource join resource_validation on resource_validation.resource = resource.key "
        f"where {where.sql}",
        **where.params,
    )
    return Sums(*map(int, row)) if row else Sums(0, 0, 0, 0, 0)


def chosen(db: Connection, catalogue: str | None) -> tuple[str, ...]:
    """The profiles chosen for a catalogue; none when nobody has chosen."""
    found = db.value(
        "select profiles from catalogue_profile where catalogue = :catalogue",
        catalogue=catalogue or "",
    )
    return tuple(found.split(",")) if found else ()


def choose(db: Connection, catalogue: str, profiles: tuple[str, ...]) -> None:
    """Sets the profiles of a catalogue; an empty choice takes it back."""
    db.run("delete from catalogue_profile where catalogue = :catalogue", catalogue=catalogue)
    if profiles:
        db.run(
            "insert into catalogue_profile (catalogue, profiles) values (:catalogue, :profiles)",
            catalogue=catalogue,
            profiles=",".join(profiles),
        )
