# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records of the catalogue on their way into and out of the database."""

from __future__ import annotations

import hashlib
import zlib
from typing import Literal

import msgspec
from msgspec import Struct, field

from allmende.model.canonical import to_json
from allmende.model.catalogue import Repair, Resource, ResourceKind
from allmende.model.filter import Value
from allmende.policy import Level, Status

_REPAIRS = msgspec.json.Encoder()
_READ_REPAIRS = msgspec.json.Decoder(list[Repair])

Change = Literal["created", "updated", "unchanged"]


class Record(Struct, kw_only=True):
    """A resource as it stands in the catalogue. Times are microseconds UTC."""

    key: int
    kind: ResourceKind
    id: str
    catalogue: str | None
    original_id: str | None
    organisation: str
    status: Status
    metadata_access: Level
    data_access: Level
    legal_basis: str
    origin: str  # "editor", "demo" or the id of the harvesting source
    revision: int
    created: int
    updated: int
    resource: Resource
    repairs_json: str = "[]"  # often longer than the record, and seldom asked for

    @property
    def repairs(self) -> list[Repair]:
        """What was put right when the record was read."""
        return _READ_REPAIRS.decode(self.repairs_json)

    def policy_fields(self) -> dict[str, Value | None]:
        """The values that the policy looks at."""
        return {
            "organisation": self.organisation,
            "status": self.status,
            "metadata_access": self.metadata_access,
            "data_access": self.data_access,
            "dataset": self.id if self.kind == ResourceKind.DATASET else None,
        }


class Entry(Struct, kw_only=True):
    """A resource on its way into the catalogue."""

    kind: ResourceKind
    resource: Resource
    organisation: str
    id: str = ""  # wanted id; made from the title when empty
    catalogue: str | None = None
    original_id: str | None = None
    status: Status = Status.PUBLISHED
    metadata_access: Level = Level.OPEN
    data_access: Level = Level.OPEN
    legal_basis: str = ""
    origin: str = "editor"
    repairs: list[Repair] = field(default_factory=list)
    source_rdf: bytes | None = None  # N-Triples as received
    source_hash: bytes | None = None
    reason: str = ""
    expected_revision: int | None = None  # If-Match; None takes any


class Prepared(Struct, kw_only=True):
    """An entry encoded for the database; made outside of the writer's thread."""

    entry: Entry
    document: str
    document_hash: bytes
    repairs: str
    source_rdf: bytes | None


class Outcome(Struct, frozen=True):
    """What became of an entry."""

    key: int
    kind: ResourceKind
    id: str
    change: Change
    revision: int


class Revision(Struct, kw_only=True):
    """One change of a record; `resource` is the state after it."""

    number: int
    at: int
    actor: str
    action: str
    reason: str
    status: Status
    metadata_access: Level
    data_access: Level
    legal_basis: str
    released_by: str = ""
    organisation: str = ""
    resource: Resource | None = None


def entry_of(record: Record) -> Entry:
    """An entry that would leave the record as it is; change it and `put` it."""
    return Entry(
        kind=record.kind,
        resource=record.resource,
        organisation=record.organisation,
        id=record.id,
        catalogue=record.catalogue,
        original_id=record.original_id,
        status=record.status,
        metadata_access=record.metadata_access,
        data_access=record.data_access,
        legal_basis=record.legal_basis,
        origin=record.origin,
        repairs=record.repairs,
        expected_revision=record.revision,
    )


def prepare(entry: Entry) -> Prepared:
    """Encodes and hashes an entry."""
    document = to_json(entry.resource)
    return Prepared(
        entry=entry,
        document=document.decode(),
        document_hash=hashlib.blake2b(document, digest_size=16).digest(),
        repairs=_REPAIRS.encode(entry.repairs).decode(),
        source_rdf=zlib.compress(entry.source_rdf, 6) if entry.source_rdf else None,
    )
