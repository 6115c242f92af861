# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows of harvesting: sources, and runs with their faults and repairs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from allmende.policy import Level
from allmende.store.connection import Connection, Row
from allmende.store.harvest_items import forget_pages

RunStatus = Literal["running", "complete", "incomplete", "failed"]

MOST = 2**62
NOTICES = ("repeated", "duplicate")  # lines of a report that are no faults
_JSON = msgspec.json.Encoder()


class Source(Struct, kw_only=True, omit_defaults=True):
    """A registered source: where data comes from, whose it is, when it is read.

    `catalogue` is the id of the catalogue that receives the records; `every_seconds` 0
    means only by hand; `options` belong to the kind (see its manifest); `grace_days` -1
    takes the setting when the source is registered. Times are microseconds UTC.
    """

    id: str
    kind: str
    address: str
    catalogue: str
    organisation: str
    title: dict[str, str] = {}
    every_seconds: int = 0
    options: dict[str, Any] = {}
    grace_days: int = -1
    metadata_access: Level = Level.OPEN
    data_access: Level = Level.OPEN
    legal_basis: str = ""
    active: bool = True
    failing_since: int | None = None
    next_due: int | None = None


class Counts(Struct, kw_only=True, omit_defaults=True):
    """What a run did, in records; `total` is what the source says it holds."""

    total: int | None = None
    pages: int = 0
    pages_unchanged: int = 0
    done: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    duplicates: int = 0
    faults: int = 0
    missing: int = 0
    archived: int = 0
    restored: int = 0
    repairs: int = 0
    bytes: int = 0
    requests: int = 0
    in_page: int = 0


class Run(Struct, kw_only=True, omit_defaults=True):
    """One reading of a source. `error` is empty or a sentence in two languages."""

    id: int
    source: str
    status: RunStatus
    actor: str
    owner: str
    started: int
    beat: int
    finished: int | None = None
    token: str | None = None
    counts: Counts = msgspec.field(default_factory=Counts)
    error: dict[str, str] = {}

    @property
    def seconds(self) -> float:
        """How long the run took, or has taken until its last sign of life."""
        return ((self.finished or self.beat) - self.started) / 1e6


class FaultRow(Struct, kw_only=True):
    """A record or page that could not be taken; `raw` its first bytes."""

    page: str
    original_id: str
    place: str
    code: str
    text: dict[str, str]
    raw: bytes


# --- sources -------------------------------------------------------------------------

_SOURCE = [field.name for field in msgspec.structs.fields(Source)]
_SELECT_SOURCE = f"select {', '.join(_SOURCE)} from harvest_source"


def _source(row: Row) -> Source:
    values = dict(zip(_SOURCE, row, strict=True))
    values["title"] = msgspec.json.decode(values["title"])
    values["options"] = msgspec.json.decode(values["options"])
    values["active"] = bool(values["active"])
    values["metadata_access"] = Level(values["metadata_access"])
    values["data_access"] = Level(values["data_access"])
    return Source(**values)


def sources(db: Connection) -> list[Source]:
    """Every source by id."""
    return [_source(row) for row in db.rows(f"{_SELECT_SOURCE} order by id")]


def source(db: Connection, ident: str) -> Source | None:
    """One source, or None."""
    row = db.row(f"{_SELECT_SOURCE} where id = :id", id=ident)
    return _source(row) if row else None


def save_source(db: Connection, source: Source) -> None:
    """Create or change a source; another address or kind forgets what pages said."""
    values = msgspec.structs.asdict(source)
    values |= {
        "title": _JSON.encode(source.title).decode(),
        "options": _JSON.encode(source.options).decode(),
        "active": int(source.active),
        "metadata_access": str(source.metadata_access),
        "data_access": str(source.data_access),
    }
    before = db.row(
        "select kind, address, options from harvest_source where id = :id", id=source.id
    )
    if before and before != (source.kind, source.address, values["options"]):
        forget_pages(db, source.id)
    db.run(
        f"insert into harvest_source ({', '.join(_SOURCE)}) "
        f"values ({', '.join(f':{name}' for name in _SOURCE)}) on conflict (id) do update set "
        + ", ".join(f"{name} = excluded.{name}" for name in _SOURCE if name != "id"),
        **values,
    )


def remove_source(db: Connection, ident: str) -> None:
    """Forget a source and its runs; its records stay in the catalogue."""
    db.run("delete from harvest_run where source = :id", id=ident)
    db.run("delete from harvest_source where id = :id", id=ident)


def due(db: Connection, at: int) -> list[str]:
    """Ids of active sources with a schedule whose time has come, longest waiting first."""
    rows = db.rows(
        "select id from harvest_source where active = 1 and every_seconds > 0 "
        "and coalesce(next_due, 0) <= :at order by coalesce(next_due, 0), id",
        at=at,
    )
    return [row[0] for row in rows]


# --- runs ----------------------------------------------------------------------------

_RUN = "id, source, status, actor, owner, started, beat, finished, token, counts, error"


def _run(row: Row) -> Run:
    values = dict(zip(_RUN.split(", "), row, strict=True))
    values["counts"] = msgspec.json.decode(values["counts"], type=Counts)
    values["error"] = msgspec.json.decode(values["error"])
    return Run(**values)


def runs(db: Connection, source: str | None, limit: int, before: int | None) -> list[Run]:
    """Runs, newest first: of one source or of all, with ids below `before`."""
    condition = "id < :before" if source is None else "id < :before and source = :source"
    params: dict[str, Any] = {"before": MOST if before is None else before}
    if source is not None:
        params["source"] = source
    rows = db.rows(
        f"select {_RUN} from harvest_run where {condition} order by id desc limit :limit",
        limit=limit,
        **params,
    )
    return [_run(row) for row in rows]


def run(db: Connection, ident: int) -> Run | None:
    """One run, or None."""
    row = db.row(f"select {_RUN} from harvest_run where id = :id", id=ident)
    return _run(row) if row else None


def start_run(db: Connection, source: str, actor: str, owner: str, at: int) -> Run:
    """Write a new running run."""
    row = db.row(
        "insert into harvest_run (source, status, actor, owner, started, beat, counts, error) "
        f"values (:source, 'running', :actor, :owner, :at, :at, '{{}}', '{{}}') returning {_RUN}",
        source=source,
        actor=actor,
        owner=owner,
        at=at,
    )
    return _run(row or ())


def save_run(db: Connection, run: Run) -> None:
    """Write the state of a run."""
    db.run(
        "update harvest_run set status = :status, owner = :owner, beat = :beat, "
        "finished = :finished, token = :token, counts = :counts, error = :error where id = :id",
        id=run.id,
        status=run.status,
        owner=run.owner,
        beat=run.beat,
        finished=run.finished,
        token=run.token,
        counts=_JSON.encode(run.counts).decode(),
        error=_JSON.encode(run.error).decode(),
    )


def faults(db: Connection, run: int, after: int, limit: int) -> list[tuple[int, FaultRow]]:
    """Faults of a run with their numbers, in the order they were found."""
    rows = db.rows(
        "select id, page, original_id, place, code, text, raw from harvest_fault "
        "where run = :run and id > :after order by id limit :limit",
        run=run,
        after=after,
        limit=limit,
    )
    return [
        (
            row[0],
            FaultRow(
                page=row[1],
                original_id=row[2],
                place=row[3],
                code=row[4],
                text=msgspec.json.decode(row[5]),
                raw=bytes(row[6]),
            ),
        )
        for row in rows
    ]


def add_faults(db: Connection, run: int, found: Iterable[FaultRow]) -> None:
    """Write faults of a run."""
    db.run_many(
        "insert into harvest_fault (run, page, original_id, place, code, text, raw) "
        "values (:run, :page, :original_id, :place, :code, :text, :raw)",
        [
            {**msgspec.structs.asdict(row), "run": run, "text": _JSON.encode(row.text).decode()}
            for row in found
        ],
    )


def repeat_faults(db: Connection, source: str, token: str, run: int) -> list[str]:
    """Carry the faults of an unchanged page over to this run; the ids of their records."""
    db.run(
        "insert into harvest_fault (run, page, original_id, place, code, text, raw) "
        "select cast(:run as bigint), f.page, f.original_id, f.place, f.code, f.text, f.raw "
        "from harvest_fault f join harvest_page p on p.run = f.run and p.token = f.page "
        "where p.source = :source and p.token = :token and f.run <> :run "
        f"and f.code not in {NOTICES} order by f.id",
        run=run,
        source=source,
        token=token,
    )
    rows = db.rows(
        "select original_id from harvest_fault where run = :run and page = :token "
        f"and code not in {NOTICES} order by id",
        run=run,
        token=token,
    )
    return [row[0] for row in rows]


def forget_faults(db: Connection, run: int, token: str) -> None:
    """Drop the faults of a page that a continued run reads once more."""
    db.run("delete from harvest_fault where run = :run and page = :token", run=run, token=token)


def repairs(db: Connection, run: int) -> dict[str, int]:
    """How often each repair was made in a run."""
    rows = db.rows(
        "select code, number from harvest_repair where run = :run order by number desc, code",
        run=run,
    )
    return {row[0]: row[1] for row in rows}


def add_repairs(db: Connection, run: int, numbers: dict[str, int]) -> None:
    """Add to the counts of repairs of a run."""
    db.run_many(
        "insert into harvest_repair (run, code, number) values (:run, :code, :number) "
        "on conflict (run, code) do update set number = harvest_repair.number + excluded.number",
        [{"run": run, "code": code, "number": number} for code, number in sorted(numbers.items())],
    )


def drop_old_runs(db: Connection, source: str, keep: int) -> None:
    """Delete all but the newest runs of a source with their faults."""
    oldest = db.value(
        "select id from harvest_run where source = :source order by id desc limit 1 offset :keep",
        source=source,
        keep=keep,
    )
    if oldest is not None:
        db.run(
            "delete from harvest_run where source = :source and id <= :oldest",
            source=source,
            oldest=oldest,
        )
