# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""All changes of all records in the order of their commits, as far as a filter shows them."""

from __future__ import annotations

import zlib

import msgspec
from msgspec import Struct

from allmende.model.canonical import from_json
from allmende.model.catalogue import RESOURCE_TYPES, Resource, ResourceKind
from allmende.model.filter import Filter
from allmende.policy import ANONYMOUS, read_condition
from allmende.store.catalogue import COLUMNS
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection, Row, now

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[ResourceKind, str, str]).decode


class Change(Struct, kw_only=True, frozen=True):
    """One change of a record; times in µs UTC.

    `shown` is whether the state after it may be seen, `seen` whether the state before it
    could be; `resource` is the state after it, or for one that went out of sight the last
    state that was seen. Of an erased record only the IRI is left.
    """

    sequence: int
    at: int
    kind: ResourceKind
    id: str
    number: int
    shown: bool
    seen: bool
    resource: Resource


class Span(Struct, frozen=True):
    """The times of the changes of one page, in µs UTC; pages are numbered from 1."""

    page: int
    first: int
    last: int


def note(db: Connection, key: int, number: int) -> None:
    """Gives a change its place among all."""
    db.run(
        "insert into catalogue_change (at, resource, number) values (:at, :key, :number)",
        at=now(),
        key=key,
        number=number,
    )


def note_erased(db: Connection, key: int) -> None:
    """That a record goes for good, for those who have a copy; before its row is deleted.

    Nothing is told of one that nobody could ever see.
    """
    public = compile_filter(read_condition(ANONYMOUS), _columns("revision"), db.dialect)
    row = db.row(
        "select kind, id, iri from resource where key = :key and exists "
        f"(select 1 from revision where revision.resource = resource.key and {public.sql})",
        key=key,
        **public.params,
    )
    if row is not None:
        db.run(
            "insert into catalogue_change (at, number, gone) values (:at, 0, :gone)",
            at=now(),
            gone=_encode(list(row)).decode(),
        )


def last(db: Connection) -> int:
    """Sequence of the newest change; 0 when there is none."""
    return int(db.value("select coalesce(max(sequence), 0) from catalogue_change"))


def spans(db: Connection, size: int, first: int, last: int) -> list[Span]:
    """The pages of so many changes from `first` to `last` with their times."""
    rows = db.rows(
        "select (sequence - 1) / :size + 1, min(at), max(at) from catalogue_change "
        "where sequence > :after and sequence <= :upto group by 1 order by 1",
        size=size,
        after=(first - 1) * size,
        upto=last * size,
    )
    return [Span(*row) for row in rows]


_AFTER = ("status", "metadata_access", "data_access")


def between(db: Connection, condition: Filter, after: int, upto: int) -> list[Change]:
    """The changes `after < sequence <= upto` that the condition shows, or took out of sight.

    A state is shown when the condition allows it for the owner it had then, and the record as
    it is now. Of a record that is out of sight now only that it went is told.
    """
    now_ = compile_filter(condition, COLUMNS, db.dialect, prefix="n")
    then = compile_filter(condition, _columns("after_"), db.dialect, prefix="t")
    before = compile_filter(condition, _columns("before_"), db.dialect, prefix="b")
    shown = f"({now_.sql}) and ({then.sql})"
    seen = f"before_.number is not null and ({before.sql})"
    rows = db.rows(
        "select c.sequence, c.at, resource.kind, resource.id, c.number, "
        f"case when {shown} then 1 else 0 end, case when {seen} then 1 else 0 end, "
        f"case when {shown} then after_.document else before_.document end "
        "from catalogue_change c join resource on resource.key = c.resource "
        "join revision after_ on after_.resource = c.resource and after_.number = c.number "
        "left join revision before_ on before_.resource = c.resource "
        "and before_.number = c.number - 1 "
        f"where c.sequence > :after and c.sequence <= :upto and (({shown}) or "
        f"({seen} and not ({then.sql}))) order by c.sequence",
        after=after,
        upto=upto,
        **now_.params,
        **then.params,
        **before.params,
    )
    found = [_change(row) for row in rows] + _erased(db, after, upto)
    return sorted(found, key=lambda each: each.sequence)


def _erased(db: Connection, after: int, upto: int) -> list[Change]:
    rows = db.rows(
        "select sequence, at, gone from catalogue_change where resource is null "
        "and sequence > :after and sequence <= :upto",
        after=after,
        upto=upto,
    )
    return [_gone(*row) for row in rows]


def _gone(sequence: int, at: int, gone: str) -> Change:
    kind, ident, iri = _decode(gone)
    resource = RESOURCE_TYPES[kind](iri=iri or None)
    return Change(
        sequence=sequence,
        at=at,
        kind=kind,
        id=ident,
        number=0,
        shown=False,
        seen=True,
        resource=resource,
    )


def _columns(table: str) -> dict[str, str]:
    owner = f"coalesce(nullif({table}.organisation, ''), resource.organisation)"
    return COLUMNS | {name: f"{table}.{name}" for name in _AFTER} | {"organisation": owner}


def _change(row: Row) -> Change:
    kind = ResourceKind(row[2])
    return Change(
        sequence=row[0],
        at=row[1],
        kind=kind,
        id=row[3],
        number=row[4],
        shown=bool(row[5]),
        seen=bool(row[6]),
        resource=from_json(zlib.decompress(row[7]), kind),
    )
