# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Working copies of records, and where a second person has to release them.

Every reading function takes the compiled policy as a filter, like `store/catalogue.py`: it
is asked of the record as it stands and of the copy, as if the copy were a draft.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct

from allmende.model.canonical import from_json, to_json
from allmende.model.catalogue import Resource, ResourceKind
from allmende.model.filter import Filter
from allmende.policy import Level, Status
from allmende.store import catalogue
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection, Row, now

MOST_LISTED = 500
"""Working copies in one list."""


class State(StrEnum):
    """Where a working copy stands: being written, waiting for a release, or sent back."""

    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"


class WorkingCopy(Struct, kw_only=True):
    """Changes of a record that are not released. Times are microseconds UTC.

    `kind`, `ident`, `organisation`, `catalogue`, `status` and `revision` are those of the
    record now; `base` is the revision the copy was made from. `version` counts the saves.
    """

    id: str
    key: int
    kind: ResourceKind
    ident: str
    organisation: str
    catalogue: str | None
    status: Status
    revision: int
    state: State
    version: int
    base: int
    metadata_access: Level
    data_access: Level
    legal_basis: str
    resource: Resource
    reason: str
    comment: str
    created: int
    created_by: str
    updated: int
    updated_by: str
    submitted: int | None = None
    submitted_by: str = ""
    returned_by: str = ""

    @property
    def outdated(self) -> bool:
        """Whether the record has changed since the copy was made."""
        return self.revision != self.base


_COPY = (
    "id, state, version, base, metadata_access, data_access, legal_basis, document, reason, "
    "comment, created, created_by, updated, updated_by, submitted, submitted_by, returned_by"
)
_SELECT = (
    "select resource.key, resource.kind, resource.id, resource.organisation, "
    "resource.catalogue, resource.status, resource.revision, "
    + ", ".join(f"working_copy.{name}" for name in _COPY.split(", "))
    + " from working_copy join resource on resource.key = working_copy.resource"
)
_AS_DRAFT = {
    **catalogue.COLUMNS,
    "status": "'draft'",
    "metadata_access": "working_copy.metadata_access",
    "data_access": "working_copy.data_access",
}
_ORDERS = {
    "updated": "working_copy.updated desc, working_copy.id",
    "submitted": "working_copy.submitted, working_copy.id",
}


def find(db: Connection, condition: Filter, ident: str) -> WorkingCopy | None:
    """The working copy with this id, when the condition allows it and its record."""
    found = _rows(db, condition, "working_copy.id = :id", "updated", 1, id=ident)
    return found[0] if found else None


def of_record(db: Connection, condition: Filter, key: int) -> WorkingCopy | None:
    """The working copy of a record, when the condition allows both."""
    found = _rows(db, condition, "working_copy.resource = :key", "updated", 1, key=key)
    return found[0] if found else None


def exists(db: Connection, key: int) -> bool:
    """Whether a record has a working copy, whoever may see it."""
    return db.row("select 1 from working_copy where resource = :key", key=key) is not None


def listing(db: Connection, condition: Filter, mine: str | None) -> list[WorkingCopy]:
    """The copies the condition allows, or those one person has made or changed; newest first."""
    own = ":who in (working_copy.created_by, working_copy.updated_by)" if mine else "true"
    params = {"who": mine} if mine else {}
    return _rows(db, condition, own, "updated", MOST_LISTED, **params)


def of_account(db: Connection, who: str) -> list[WorkingCopy]:
    """All copies somebody has made, changed, submitted or sent back, newest first; for the
    export of a person's own data."""
    rows = db.rows(
        f"{_SELECT} where :who in (working_copy.created_by, working_copy.updated_by, "
        "working_copy.submitted_by, working_copy.returned_by) "
        f"order by {_ORDERS['updated']}",
        who=who,
    )
    return [_copy(row) for row in rows]


def waiting(db: Connection, condition: Filter) -> list[WorkingCopy]:
    """The submitted copies the condition allows, the longest waiting first."""
    return _rows(db, condition, "working_copy.state = 'submitted'", "submitted", MOST_LISTED)


def _rows(
    db: Connection, condition: Filter, which: str, order: str, limit: int, **params: Any
) -> list[WorkingCopy]:
    record = compile_filter(condition, catalogue.COLUMNS, db.dialect)
    draft = compile_filter(condition, _AS_DRAFT, db.dialect, prefix="d")
    rows = db.rows(
        f"{_SELECT} where {which} and {record.sql} and {draft.sql} "
        f"order by {_ORDERS[order]} limit :limit",
        limit=limit,
        **record.params,
        **draft.params,
        **params,
    )
    return [_copy(row) for row in rows]


def _copy(row: Row) -> WorkingCopy:
    key, kind, ident, organisation, parent, status, revision, *own = row
    name, state, version, base, metadata, data, legal_basis, document, *rest = own
    reason, comment, created, created_by, updated, updated_by, *ends = rest
    return WorkingCopy(
        id=name,
        key=key,
        kind=ResourceKind(kind),
        ident=ident,
        organisation=organisation,
        catalogue=parent,
        status=Status(status),
        revision=revision,
        state=State(state),
        version=version,
        base=base,
        metadata_access=Level(metadata),
        data_access=Level(data),
        legal_basis=legal_basis,
        resource=from_json(document, ResourceKind(kind)),
        reason=reason,
        comment=comment,
        created=created,
        created_by=created_by,
        updated=updated,
        updated_by=updated_by,
        submitted=ends[0],
        submitted_by=ends[1],
        returned_by=ends[2],
    )


# --- writing -------------------------------------------------------------------------


def add(db: Connection, copy: WorkingCopy) -> None:
    """Adds a working copy; a record has at most one."""
    names = f"resource, {_COPY}"
    values = ", ".join(f":{name}" for name in names.split(", "))
    db.run(f"insert into working_copy ({names}) values ({values})", **_values(copy))


def save(db: Connection, copy: WorkingCopy) -> None:
    """Writes everything of a working copy and raises its version by one."""
    copy.version += 1
    copy.updated = now()
    sets = ", ".join(f"{name} = :{name}" for name in _COPY.split(", ") if name != "id")
    db.run(
        f"update working_copy set {sets} where id = :id and resource = :resource", **_values(copy)
    )


def remove(db: Connection, ident: str) -> None:
    """Removes a working copy."""
    db.run("delete from working_copy where id = :id", id=ident)


def _values(copy: WorkingCopy) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: getattr(copy, name) for name in _COPY.split(", ") if name != "document"
    }
    for name in ("state", "metadata_access", "data_access"):
        values[name] = str(values[name])
    return {**values, "resource": copy.key, "document": to_json(copy.resource).decode()}


# --- where a second person releases ----------------------------------------------------


class FourEyes(Struct, frozen=True):
    """Where a second person has to release: ids of organisations (`*` is all) and catalogues."""

    organisations: frozenset[str] = frozenset()
    catalogues: frozenset[str] = frozenset()

    def needed(self, organisation: str, catalogue: str | None) -> bool:
        """Whether a record of the organisation in the catalogue is released by a second person."""
        own = {"*", organisation} & self.organisations
        return bool(own) or catalogue in self.catalogues


NOWHERE = FourEyes()


def four_eyes(db: Connection) -> FourEyes:
    """Where a second person has to release."""
    rows = db.rows("select scope, id from four_eyes")
    if not rows:
        return NOWHERE
    return FourEyes(
        frozenset(ident for scope, ident in rows if scope == "organisation"),
        frozenset(ident for scope, ident in rows if scope == "catalogue"),
    )


def set_four_eyes(db: Connection, scope: str, ident: str, on: bool, who: str) -> bool:
    """Sets or takes back the rule for an organisation or a catalogue; False when it is so."""
    if not on:
        return (
            db.run("delete from four_eyes where scope = :scope and id = :id", scope=scope, id=ident)
            > 0
        )
    return (
        db.run(
            "insert into four_eyes (scope, id, set_by, since) values (:scope, :id, :who, :at) "
            "on conflict do nothing",
            scope=scope,
            id=ident,
            who=who,
            at=now(),
        )
        > 0
    )


def person_behind(db: Connection, actor: str) -> str:
    """The account that acts: itself, or whose token it is or who has made the token."""
    row = db.row("select account, created_by from service_token where id = :id", id=actor)
    return str(row[0] or row[1]) if row else actor


# --- letters -------------------------------------------------------------------------


def wants_letters(db: Connection, account: str) -> bool:
    """Whether a person wants letters about releases."""
    return db.row("select 1 from release_letter where account = :id", id=account) is not None


def set_letters(db: Connection, account: str, on: bool) -> None:
    """Notes whether a person wants letters about releases."""
    db.run("delete from release_letter where account = :id", id=account)
    if on:
        db.run("insert into release_letter (account) values (:id)", id=account)


def readers_of_letters(db: Connection) -> list[str]:
    """Accounts that want letters about releases."""
    return [ident for (ident,) in db.rows("select account from release_letter order by account")]
