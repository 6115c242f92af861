# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Collections, rows and their histories on the way into and out of the database."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from allmende.model.check_rows import Finding
from allmende.model.document import Entity, Model, Text, Visibility
from allmende.model.query import Box, Interval
from allmende.policy import Level, Status

RowAction = Literal["created", "updated", "deleted"]


class Registered(Struct, kw_only=True):
    """A collection as it is registered, with the dataset it belongs to. Times in µs UTC."""

    number: int
    id: str
    dataset: str
    organisation: str
    model: str
    model_version: str
    entity: Entity
    style: dict[str, Any] | None
    batch: int  # number of the last write; a new number means something has changed
    rows: int
    extent: Box | None
    period: Interval | None
    created: int
    changed: int
    dataset_key: int
    dataset_revision: int
    status: Status
    metadata_access: Level
    data_access: Level
    described: Model | None = None  # the whole model, when rows hold entities inside


class Collection(Struct, kw_only=True):
    """A collection as one subject sees it.

    `entity` has only the fields the subject may see; `levels` are the levels of those.
    `extent` is west, south, east, north in CRS84, `period` the valid time, both measured.
    """

    number: int
    id: str
    dataset: str
    organisation: str
    title: Text
    description: Text
    licence: str
    attribution: Text
    model: str
    model_version: str
    entity: Entity
    levels: frozenset[Visibility]
    style: dict[str, Any] | None
    count: int
    extent: Box | None
    period: Interval | None
    created: int
    changed: int
    batch: int
    status: Status
    metadata_access: Level
    data_access: Level
    whole: bool  # the stored public texts are all this subject would see


class Row(Struct):
    """One row; `geometry` is WKB in CRS84 (longitude, latitude[, height in metres]).

    `flags` are `field:code` of what is doubtful about it.
    """

    fid: int
    id: str
    revision: int
    since: int
    batch: int
    flags: list[str]
    values: dict[str, Any]
    geometry: bytes | None
    extra: dict[str, Any] = {}  # raw values that could not be typed


class PastRow(Struct):
    """A superseded state of a row: when and by which write it ended, and whether for good."""

    row: Row
    until: int
    ended_by: int
    gone: int


class Ready(Struct):
    """A row as its stored GeoJSON text (UTF-8) with what conditional requests need."""

    fid: int
    id: str
    revision: int
    since: int
    text: bytes


class Parts(Struct):
    """A row as stored texts: its id, its public properties as JSON, its geometry as WKB."""

    id: str
    properties: str
    geometry: bytes | None


class RowRevision(Struct, kw_only=True):
    """One state of a row; `until` is None for today's, `actor` empty for outsiders.

    `who` says it in words that the reader may hear, by language.
    """

    number: int
    since: int
    until: int | None
    actor: str
    source: str
    reason: str
    deleted: bool  # the row was removed when this state ended
    values: dict[str, Any]
    geometry: bytes | None
    who: Text = {}


class RowChange(Struct):
    """What happened to one row last; `batch` and `fid` say where in the feed it stands."""

    batch: int
    fid: int
    id: str
    action: RowAction
    at: int


class Target(Struct, frozen=True):
    """Where rows are written to."""

    number: int
    id: str
    entity: Entity


class Cause(Struct, frozen=True):
    """Who writes, from which source, why.

    `run` is the first write of the same work; `more` says that others follow at once, so
    that extent and period are measured by the last one.
    """

    actor: str
    source: str
    reason: str
    run: int = 0
    more: bool = False


class Prepared(Struct):
    """A change that has been checked and encoded, outside of the writer's thread."""

    action: Literal["upsert", "create", "replace", "patch", "delete"]
    id: str
    line: int
    columns: tuple[Any, ...] = ()  # plain fields in the order of the entity
    geometry: bytes | None = None
    bounds: tuple[float, float, float, float] | None = None
    flags: str | None = None
    extra: str | None = None
    public: str = "{}"
    shape: str | None = None
    hash: bytes = b""
    expected_revision: int | None = None


class Refusal(Struct):
    """A row that was not written, and why."""

    line: int
    id: str
    findings: list[Finding]
    raw: dict[str, Any] = field(default_factory=dict)


class Written(Struct):
    """What became of a write; `rows` names id and revision when there were few."""

    batch: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    flagged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    rows: list[tuple[str, int]] = field(default_factory=list)


class Batch(Struct, kw_only=True):
    """One write or one run of an import: who, when, why, from where, how many."""

    run: int
    at: int
    actor: str
    source: str
    reason: str
    created: int
    updated: int
    unchanged: int
    deleted: int
    refused: int
    flagged: int
    who: Text = {}  # the actor in words that the reader may hear, by language


class Quarantined(Struct):
    """A refused row that is kept until it is put right."""

    key: int
    batch: int
    source: str
    line: int
    id: str
    findings: list[Finding]
    raw: dict[str, Any]
