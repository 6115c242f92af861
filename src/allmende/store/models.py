# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Described models: every version is a row with its own policy.

Reading functions take the compiled policy as a filter and put it into the same statement.
"""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Struct

from allmende.model.document import Model, Text
from allmende.model.filter import Filter, Value
from allmende.policy import Level, Status
from allmende.store import catalogue
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection, Row, now
from allmende.store.events import emit

COLUMNS: dict[str, str] = {
    name: f"model_version.{name}"
    for name in ("id", "version", "organisation", "status", "metadata_access", "data_access")
}
_KEPT = (
    "key, id, version, organisation, status, metadata_access, data_access, created, updated, actor"
)
_MODEL = msgspec.json.Decoder(Model)
_TEXT = msgspec.json.Decoder(Text)


class Kept(Struct, kw_only=True):
    """A version of a model as it is kept. Times are microseconds UTC."""

    key: int
    id: str
    version: str
    organisation: str
    status: Status
    metadata_access: Level
    data_access: Level
    created: int
    updated: int
    actor: str
    model: Model

    def policy_fields(self) -> dict[str, Value | None]:
        """The values that the policy looks at."""
        return {
            "organisation": self.organisation,
            "status": self.status,
            "metadata_access": self.metadata_access,
            "data_access": self.data_access,
        }


class Listed(Struct, frozen=True):
    """A version in a list, without its document; `words` are what is searched."""

    id: str
    version: str
    organisation: str
    status: Status
    metadata_access: Level
    title: Text
    description: Text
    words: str
    created: int
    updated: int


class Use(Struct, frozen=True):
    """A collection that is made of a model."""

    model: str
    version: str
    collection: str


class Written(Struct, kw_only=True):
    """A version on its way into the database, encoded outside of the writer's thread."""

    model: Model
    organisation: str
    status: Status
    metadata_access: Level
    data_access: Level
    words: str
    document: bytes

    @property
    def hash(self) -> bytes:
        """Equal for equal models."""
        return hashlib.blake2b(self.document, digest_size=16).digest()


def number_of(version: str) -> int:
    """A version as a number that orders as versions do."""
    major, minor, patch = (int(part) for part in version.split("."))
    return (major * 10_000 + minor) * 10_000 + patch


def versions(db: Connection, condition: Filter, ident: str) -> list[Listed]:
    """The versions of a model that the condition allows, newest first."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(
        f"{_LIST} where id = :id and {where.sql} order by number desc", id=ident, **where.params
    )
    return [_listed(row) for row in rows]


def listing(db: Connection, condition: Filter) -> list[Listed]:
    """All versions of all models that the condition allows, by id, newest first."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(f"{_LIST} where {where.sql} order by id, number desc", **where.params)
    return [_listed(row) for row in rows]


_LIST = (
    "select id, version, organisation, status, metadata_access, title, description, words, "
    "created, updated from model_version"
)


def _listed(row: Row) -> Listed:
    return Listed(
        id=row[0],
        version=row[1],
        organisation=row[2],
        status=Status(row[3]),
        metadata_access=Level(row[4]),
        title=_TEXT.decode(row[5]),
        description=_TEXT.decode(row[6]),
        words=row[7],
        created=row[8],
        updated=row[9],
    )


def find(db: Connection, condition: Filter, ident: str, version: str) -> Kept | None:
    """A version, when the condition allows it."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    row = db.row(
        f"select {_KEPT}, document from model_version where id = :id and version = :version "
        f"and {where.sql}",
        id=ident,
        version=version,
        **where.params,
    )
    return _kept(row) if row else None


def _kept(row: Row) -> Kept:
    return Kept(
        key=row[0],
        id=row[1],
        version=row[2],
        organisation=row[3],
        status=Status(row[4]),
        metadata_access=Level(row[5]),
        data_access=Level(row[6]),
        created=row[7],
        updated=row[8],
        actor=row[9],
        model=_MODEL.decode(row[10]),
    )


def all_of(db: Connection, ident: str) -> list[Kept]:
    """Every version of a model, oldest first, whoever may see it; for the writer's checks."""
    rows = db.rows(
        f"select {_KEPT}, document from model_version where id = :id order by number", id=ident
    )
    return [_kept(row) for row in rows]


def insert(db: Connection, written: Written, actor: str) -> None:
    """Adds a version, with its event."""
    key = db.value(
        "insert into model_version (id, version, number, organisation, status, metadata_access, "
        "data_access, title, description, words, document, document_hash, created, updated, actor) "
        "values (:id, :version, :number, :organisation, :status, :metadata_access, :data_access, "
        ":title, :description, :words, :document, :hash, :now, :now, :actor) returning key",
        organisation=written.organisation,
        status=str(written.status),
        metadata_access=str(written.metadata_access),
        data_access=str(written.data_access),
        **_content(written),
        id=written.model.id,
        version=written.model.version,
        number=number_of(written.model.version),
        now=now(),
        actor=actor,
    )
    emit(db, "model", "created", key, f"{written.model.id}/{written.model.version}")


def rewrite(db: Connection, key: int, written: Written, actor: str) -> None:
    """Gives a version another content, with its event; only for drafts."""
    db.run(
        "update model_version set title = :title, description = :description, words = :words, "
        "document = :document, document_hash = :hash, updated = :now, actor = :actor "
        "where key = :key",
        key=key,
        now=now(),
        actor=actor,
        **_content(written),
    )
    emit(db, "model", "updated", key, f"{written.model.id}/{written.model.version}")


def _content(written: Written) -> dict[str, str | bytes]:
    return {
        "title": msgspec.json.encode(written.model.title).decode(),
        "description": msgspec.json.encode(written.model.description).decode(),
        "words": written.words,
        "document": written.document.decode(),
        "hash": written.hash,
    }


def set_policy(
    db: Connection, kept: Kept, status: Status, metadata_access: Level, data_access: Level
) -> None:
    """Gives a version another status or level, with its event."""
    db.run(
        "update model_version set status = :status, metadata_access = :metadata, "
        "data_access = :data, updated = :now where key = :key",
        key=kept.key,
        status=str(status),
        metadata=str(metadata_access),
        data=str(data_access),
        now=now(),
    )
    emit(db, "model", "updated", kept.key, f"{kept.id}/{kept.version}")


def close_with(db: Connection, dataset: str, organisation: str, level: Level) -> None:
    """Closes the models that are of this dataset's collections alone as far as the dataset is.

    Their lists of codes and their texts tell of the rows. Nothing is opened.
    """
    wider = {Level.INTERNAL: [Level.OPEN], Level.RESTRICTED: [Level.OPEN, Level.INTERNAL]}
    for each in wider.get(level, []):
        found = db.rows(
            f"select {_KEPT}, document from model_version where organisation = :organisation "
            "and metadata_access = :level and id in "
            "(select model from geo.collection where dataset = :dataset) and id not in "
            "(select model from geo.collection where dataset <> :dataset)",
            organisation=organisation,
            level=str(each),
            dataset=dataset,
        )
        for kept in map(_kept, found):
            set_policy(db, kept, kept.status, level, kept.data_access)


def delete(db: Connection, kept: Kept) -> None:
    """Removes a version, with its event; only for drafts."""
    db.run("delete from model_version where key = :key", key=kept.key)
    emit(db, "model", "deleted", kept.key, f"{kept.id}/{kept.version}")


def uses(db: Connection, condition: Filter, ident: str | None = None) -> list[Use]:
    """Collections of a model, or of all, whose dataset the condition allows, by id."""
    where = compile_filter(condition, catalogue.COLUMNS, db.dialect)
    only = "collection.model = :model and " if ident is not None else ""
    given = {"model": ident} if ident is not None else {}
    rows = db.rows(
        "select collection.model, collection.model_version, collection.id "
        "from geo.collection as collection join resource on resource.kind = 'dataset' "
        f"and resource.id = collection.dataset where {only}{where.sql} order by collection.id",
        **given,
        **where.params,
    )
    return [Use(*row) for row in rows]


def is_used(db: Connection, ident: str, version: str) -> bool:
    """Whether any collection is made of this version, whoever may see it."""
    found = db.row(
        "select 1 from geo.collection where model = :model and model_version = :version limit 1",
        model=ident,
        version=version,
    )
    return found is not None
