# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing rows: one transaction of many changes, with history, index and counts.

Invariants
- The state of a row that is superseded or removed lies in the table of past rows, with the
  moment and the write that ended it.
- The number of a row (`_fid`) is never used again.
- `collection.batch` is the number of the newest write that changed something.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from allmende.errors import AllmendeError, Conflict, NotFound, PreconditionFailed
from allmende.model.findings import Finding
from allmende.store.collections.books import close_batch, keep_refused, open_batch
from allmende.store.collections.measuring import measure
from allmende.store.collections.tables import Names
from allmende.store.collections.types import Cause, Prepared, Refusal, Target, Written
from allmende.store.connection import Connection, now

FEW = 100  # of so many changes each outcome is named


class _Existing(Struct):
    fid: int
    revision: int
    hash: bytes


def write(
    db: Connection,
    target: Target,
    cause: Cause,
    changes: Sequence[Prepared],
    refused: Sequence[Refusal],
    strict: bool,
) -> Written:
    """Writes changes in one transaction; what is refused goes into quarantine.

    With `strict` the first change that cannot be made raises and nothing is written; else it
    is refused with the reason (a row to delete that is not there counts as unchanged).
    """
    return _Write(db, target, cause, strict).run(changes, refused)


class _Write:
    def __init__(self, db: Connection, target: Target, cause: Cause, strict: bool) -> None:
        self.db, self.target, self.cause, self.strict = db, target, cause, strict
        self.names = Names(target.id, target.entity, db.dialect.name)
        self.moment = now()
        self.done = Written()
        self.refused: list[Refusal] = []
        self.inserts: list[dict[str, Any]] = []
        self.boxes: list[dict[str, Any]] = []
        self.replaced: list[int] = []
        self.gone: list[int] = []
        self.pending: set[int] = set()  # rows that are gathered but not stored yet
        self.fid = 0

    def run(self, changes: Sequence[Prepared], refused: Sequence[Refusal]) -> Written:
        """All changes, then the books."""
        self.fid = int(self._registered("last_fid"))
        self.done.batch = open_batch(self.db, self.target.number, self.cause, self.moment)
        there = self._existing([each.id for each in changes])
        for change in changes:
            self._one(change, there)
        self._store()
        self.done.refused = [*refused, *self.refused]
        keep_refused(
            self.db, self.target.number, self.done.batch, self.cause.source, self.done.refused
        )
        self._close_batch(changes)
        return self.done

    def _registered(self, column: str) -> Any:
        return self.db.value(
            f"select {column} from geo.collection where number = :number",
            number=self.target.number,
        )

    def _existing(self, ids: list[str]) -> dict[str, _Existing]:
        rows = self.db.rows(
            f"select _id, _fid, _revision, _hash from {self.names.table} "
            f"where {self.db.dialect.any_of('_id', 'ids')}",
            ids=self.db.dialect.list_value(ids),
        )
        return {row[0]: _Existing(row[1], row[2], bytes(row[3])) for row in rows}

    def _one(self, change: Prepared, there: dict[str, _Existing]) -> None:
        before = there.get(change.id)
        problem = _problem(change, before)
        if problem is not None:
            self._problem(change, before, problem)
            return
        if change.action == "delete":
            self._delete(change, before)
            there.pop(change.id, None)
            return
        if before is not None and before.hash == change.hash:
            self.done.unchanged += 1
            self._name(change.id, before.revision)
            return
        there[change.id] = self._put(change, before)

    def _problem(self, change: Prepared, before: _Existing | None, problem: AllmendeError) -> None:
        if self.strict:
            raise problem
        if change.action == "delete" and before is None:
            self.done.unchanged += 1
            return
        finding = Finding(field="id", code=problem.code, text=problem.text)
        raw = dict(zip(self.names.fields, change.columns, strict=False))
        self.refused.append(Refusal(change.line, change.id, [finding], raw))

    def _delete(self, change: Prepared, before: _Existing | None) -> None:
        if before is None:
            self.done.unchanged += 1
            return
        self._flush_if(before.fid)
        self.pending.add(before.fid)
        self.gone.append(before.fid)
        self.done.deleted += 1
        self._name(change.id, before.revision)

    def _put(self, change: Prepared, before: _Existing | None) -> _Existing:
        if before is None:
            self.fid += 1
            fid, revision = self.fid, 1
            revision += self._past_revision(change.id)
            self.done.created += 1
        else:
            self._flush_if(before.fid)
            fid, revision = before.fid, before.revision + 1
            self.replaced.append(fid)
            self.done.updated += 1
        self.done.flagged += change.flags is not None
        self._name(change.id, revision)
        self.pending.add(fid)
        self.inserts.append(
            parameters(self.db, change, (fid, revision, self.moment, self.done.batch))
        )
        if change.bounds is not None:
            west, south, east, north = change.bounds
            self.boxes.append({"id": fid, "w": west, "s": south, "e": east, "n": north})
        return _Existing(fid, revision, change.hash)

    def _past_revision(self, row_id: str) -> int:
        """Revisions go on where they ended when a row of this id comes back."""
        if self._registered("last_fid") == 0:
            return 0
        found = self.db.value(
            f"select max(_revision) from {self.names.past} where _id = :id", id=row_id
        )
        return int(found or 0)

    def _flush_if(self, fid: int) -> None:
        """Two changes of one row in one write are made one after the other."""
        if fid in self.pending:
            self._store()

    def _name(self, row_id: str, revision: int) -> None:
        if len(self.done.rows) < FEW:
            self.done.rows.append((row_id, revision))

    def _store(self) -> None:
        """Makes what has been gathered true."""
        self._supersede(self.replaced, gone=False)
        self._supersede(self.gone, gone=True)
        if self.inserts:
            self.db.run_many(insert_statement(self.db, self.names), self.inserts)
        if self.names.index and self.names.engine == "sqlite" and self.boxes:
            self.db.run_many(
                f"insert into {self.names.index} (id, minx, maxx, miny, maxy) "
                "values (:id, :w, :e, :s, :n)",
                self.boxes,
            )
        self.inserts, self.boxes, self.replaced, self.gone = [], [], [], []
        self.pending = set()

    def _supersede(self, fids: list[int], *, gone: bool) -> None:
        if not fids:
            return
        dialect = self.db.dialect
        some = dialect.any_of("_fid", "fids")
        listed = dialect.list_value(fids)
        columns = [*([self.names.geometry] if self.names.geometry else [])]
        columns += [f'"{name}"' for name in self.names.fields]
        columns += ["_fid", "_id", "_revision", "_since", "_batch", "_flags", "_extra", "_hash"]
        columns += ["_public", "_shape"]
        text = ", ".join(columns)
        self.db.run(
            f"insert into {self.names.past} ({text}, _until, _ended_by, _gone) "
            f"select {text}, :until, :batch, :gone from {self.names.table} where {some}",
            fids=listed,
            until=self.moment,
            batch=self.done.batch,
            gone=int(gone),
        )
        self.db.run(f"delete from {self.names.table} where {some}", fids=listed)
        if self.names.index and self.names.engine == "sqlite":
            self.db.run(
                f"delete from {self.names.index} where {dialect.any_of('id', 'fids')}",
                fids=listed,
            )

    def _close_batch(self, changes: Sequence[Prepared]) -> None:
        done = self.done
        counts = {
            "created": done.created,
            "updated": done.updated,
            "unchanged": done.unchanged,
            "deleted": done.deleted,
            "refused": len(done.refused),
            "flagged": done.flagged,
        }
        changed = done.created or done.updated or done.deleted
        if not changed and not done.refused and not self.cause.run and not self.cause.more:
            self.db.run("delete from geo.row_batch where number = :batch", batch=done.batch)
            done.batch = int(self._registered("batch"))
            return
        close_batch(self.db, done.batch, counts)
        if changed:
            self.db.run(
                "update geo.collection set batch = :batch, changed = :changed, "
                "last_fid = :last_fid, rows = rows + :more where number = :number",
                number=self.target.number,
                batch=done.batch,
                changed=self.moment,
                last_fid=self.fid,
                more=done.created - done.deleted,
            )
        if not self.cause.more and (changed or self.cause.run):
            measure(self.db, self.target, self.moment)
            self.db.run(  # what was measured is news, too
                "update geo.collection set batch = :batch where number = :number",
                batch=done.batch,
                number=self.target.number,
            )


def insert_statement(db: Connection, names: Names, *, past: bool = False) -> str:
    """The statement that inserts rows (see `parameters`), today's or past ones."""
    listed = [names.geometry] if names.geometry else []
    values = [db.dialect.geometry("place")] if names.geometry else []
    for index, name in enumerate(names.fields):
        listed.append(f'"{name}"')
        values.append(f":p{index}")
    own: tuple[str, ...] = (
        "fid",
        "id",
        "revision",
        "since",
        "batch",
        "flags",
        "extra",
        "hash",
        "public",
        "shape",
    )
    own += ("until", "ended_by", "gone") if past else ()
    listed += [f"_{name}" for name in own]
    values += [f":{name}" for name in own]
    table = names.past if past else names.table
    return f"insert into {table} ({', '.join(listed)}) values ({', '.join(values)})"


def parameters(db: Connection, row: Prepared, place: tuple[int, int, int, int]) -> dict[str, Any]:
    """The values of a row for `insert_statement`; `place` is fid, revision, since, batch."""
    fid, revision, since, batch = place
    values = {f"p{index}": value for index, value in enumerate(row.columns)}
    return {
        "fid": fid,
        "id": row.id,
        "revision": revision,
        "since": since,
        "batch": batch,
        "flags": row.flags,
        "extra": row.extra,
        "hash": row.hash,
        "public": row.public,
        "shape": row.shape,
        "place": db.dialect.geometry_value(row.geometry, row.bounds),
        **values,
    }


def _problem(change: Prepared, before: _Existing | None) -> AllmendeError | None:
    if change.action == "create" and before is not None:
        return Conflict(
            f"There is a row “{change.id}” already.",
            f"Eine Zeile „{change.id}“ gibt es schon.",
            code="row-exists",
        )
    if change.action in ("replace", "patch", "delete") and before is None:
        return NotFound(
            f"There is no row “{change.id}”.", f"Eine Zeile „{change.id}“ gibt es nicht."
        )
    current = before.revision if before else 0
    if change.expected_revision is not None and change.expected_revision != current:
        return PreconditionFailed(
            f"The row has changed meanwhile (now revision {current}); read it again first.",
            f"Die Zeile wurde inzwischen geändert (jetzt Fassung {current}); bitte lesen Sie sie "
            "zuerst neu.",
        )
    return None
