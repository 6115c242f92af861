# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing rows: every value is checked, good rows are stored, bad ones kept with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import anyio.to_thread
import msgspec

from allmende.core.collections.encoding import Change, RowEncoder
from allmende.core.collections.reading import no_row
from allmende.core.collections.seeing import condition, unknown
from allmende.core.platform import Platform
from allmende.errors import Conflict, InvalidRecord, NotAllowed, NotAuthenticated, NotFound
from allmende.model.check_rows import Finding
from allmende.model.filter import Everything, Filter
from allmende.model.query import Query
from allmende.policy import Action, Subject, levels, may, roles_said, visible
from allmende.store import Connection, events, jobs, models, now
from allmende.store.collections import books, reading, registry, writing
from allmende.store.collections.types import (
    Cause,
    Prepared,
    Refusal,
    Registered,
    Row,
    Target,
    Written,
)

CHUNK = 1_000  # changes of one transaction
MOST_NAMED = 1_000  # refusals that an answer lists; all are in quarantine
DESCRIBE = "collection-describe"
DESCRIBE_AFTER = 5_000_000  # µs of rest after a write until the catalogue is told


async def write(
    platform: Platform,
    subject: Subject,
    ident: str,
    changes: Sequence[Change],
    *,
    source: str = "editor",
    reason: str = "",
    quarantine: bool = False,
) -> Written:
    """Writes rows. NotFound, NotAuthenticated, NotAllowed.

    Without `quarantine` all or nothing of up to 1,000 changes: raises InvalidRecord with the
    findings of the first bad row, Conflict, PreconditionFailed or NotFound. With it good rows are
    stored, in transactions of 1,000, and bad ones go into quarantine.
    """
    found = await writable(platform, subject, ident)
    writer = Writer(platform, subject, found, source, reason)
    if not quarantine:
        return await writer.strictly(changes)
    for start in range(0, len(changes), CHUNK):
        await writer.add(changes[start : start + CHUNK])
    return await writer.finish()


async def writable(
    platform: Platform, subject: Subject, ident: str, action: Action = Action.WRITE_ROWS
) -> Registered:
    """The collection with all its fields, for whoever may change its rows."""
    found = await platform.store.read(_find, condition(subject), ident)
    if found is None:
        raise unknown(ident)
    if not may(subject, action, found.organisation):
        raise refused(subject, action)
    if any(each.entity for each in found.entity.fields):
        kept = await platform.store.read(
            models.find, Everything(), found.model, found.model_version
        )
        found.described = kept.model if kept else None
    return found


def _find(db: Connection, allowed: Filter, ident: str) -> Registered | None:
    return registry.find(db, allowed, ident)


class Writer:
    """Takes the changes of one piece of work, chunk by chunk, and sums up what became of them."""

    def __init__(
        self, platform: Platform, subject: Subject, found: Registered, source: str, reason: str
    ) -> None:
        self.platform, self.subject, self.found = platform, subject, found
        self.encoder = RowEncoder(found.entity, _closed(subject, found), found.described)
        self.target = Target(found.number, found.id, found.entity)
        self.source, self.reason = source, reason
        self.sum = Written()
        self._run = 0

    async def strictly(self, changes: Sequence[Change]) -> Written:
        """All or nothing, in one transaction."""
        if len(changes) > CHUNK:
            raise InvalidRecord(
                f"At most {CHUNK} rows can be written at once.",
                f"Es können höchstens {CHUNK} Zeilen auf einmal geschrieben werden.",
            )
        prepared = []
        for change in changes:
            ready = self.encoder.prepare(await self._whole(change))
            if isinstance(ready, Refusal):
                raise bad_row(ready)
            prepared.append(ready)
        return await self._write(prepared, [], strict=True, more=False)

    async def add(self, changes: Sequence[Change]) -> Written:
        """Writes a chunk; bad rows go into quarantine."""
        prepared, bad = await self.prepared(changes)
        done = await self._write(prepared, bad, strict=False, more=True)
        self._run = self._run or done.batch
        self._add_up(done)
        return done

    async def prepared(self, changes: Sequence[Change]) -> tuple[list[Prepared], list[Refusal]]:
        """The changes as they would be stored, and those that cannot be; nothing is written."""
        whole: list[Change] = []
        bad: list[Refusal] = []
        for change in changes:
            try:
                whole.append(await self._whole(change))
            except NotFound as error:
                bad.append(Refusal(change.line, change.id, [_said(error)], {}))
        ready = await anyio.to_thread.run_sync(self._prepare, whole)
        prepared = [each for each in ready if isinstance(each, Prepared)]
        return prepared, [*bad, *(each for each in ready if isinstance(each, Refusal))]

    async def settle(self, change: Change, key: int) -> Written:
        """Writes what a refused row should have been and takes it out of quarantine.

        Both or neither: raises InvalidRecord, PreconditionFailed, and Conflict when somebody
        else has dealt with the row.
        """
        ready = self.encoder.prepare(await self._whole(change))
        if isinstance(ready, Refusal):
            raise bad_row(ready)
        done = await self._write([ready], [], strict=True, more=True, settled=key)
        self._run = self._run or done.batch
        self._add_up(done)
        return done

    def _prepare(self, changes: list[Change]) -> list[Prepared | Refusal]:
        return [self.encoder.prepare(change) for change in changes]

    async def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Puts rows into quarantine that a reader could not even make into changes."""
        self._add_up(await self._write([], list(refusals), strict=False, more=True))

    async def finish(self) -> Written:
        """Measures extent and period; the sum of all chunks."""
        done = await self._write([], [], strict=False, more=False)
        self.sum.batch = done.batch
        return self.sum

    async def _write(
        self,
        prepared: list[Prepared],
        bad: list[Refusal],
        *,
        strict: bool,
        more: bool,
        settled: int = 0,
    ) -> Written:
        cause = Cause(self.subject.id, self.source, self.reason, self._run, more)
        work = (self.target, cause, prepared, bad, strict, settled)
        return await self.platform.store.write(_write, *work)

    async def _whole(self, change: Change) -> Change:
        """The full row a change leads to.

        A patch starts from the row that is there (RFC 7396: null removes a value). Fields that
        the writer may not see keep their values, whatever the change is.
        """
        patch = change.action == "patch"
        if change.action == "delete" or not (patch or self.encoder.closed):
            return change
        before = await self._before(self.encoder.id_of(change))
        if before is None:
            if patch:
                raise no_row(change.id)
            return change
        kept = before.values if patch else {n: before.values.get(n) for n in self.encoder.closed}
        placed = self.found.entity.geometry
        if placed and (patch or placed.name in self.encoder.closed):
            kept = {**kept, placed.name: before.geometry}
        extra = {k: v for k, v in before.extra.items() if patch and k not in change.values}
        touched = self.encoder.closed & change.values.keys()
        unmoved = placed.name if placed and patch and placed.name not in change.values else ""
        return msgspec.structs.replace(
            change,
            values={**kept, **change.values},
            closed=sorted(touched),
            extra={**extra, **change.extra},
            flags=[*change.flags, *_still(before.flags, extra, unmoved)],
            expected_revision=_first(change.expected_revision, before.revision),
        )

    async def _before(self, row_id: str) -> Row | None:
        """The row as it is, with the fields the writer may not see."""
        query = Query(collection=self.found.id, ids=(row_id,), limit=1)
        return await self.platform.store.read(reading.one, self.found.entity, query)

    def _add_up(self, done: Written) -> None:
        total = self.sum
        total.created += done.created
        total.updated += done.updated
        total.unchanged += done.unchanged
        total.deleted += done.deleted
        total.flagged += done.flagged
        total.refused += done.refused[: MOST_NAMED - len(total.refused)]
        total.rows += done.rows[: writing.FEW - len(total.rows)]


def _write(
    db: Connection,
    target: Target,
    cause: Cause,
    prepared: list[Prepared],
    bad: list[Refusal],
    strict: bool,
    settled: int,
) -> Written:
    if settled and not books.forget(db, target.number, settled):
        raise _settled()
    done = writing.write(db, target, cause, prepared, bad, strict)
    if done.created or done.updated or done.deleted:
        events.emit(db, "collection", "written", target.number, target.id)
        jobs.enqueue(
            db,
            DESCRIBE,
            {"collection": target.id},
            key=f"{DESCRIBE}:{target.id}",
            run_at=now() + DESCRIBE_AFTER,
        )
    return done


def _settled() -> Conflict:
    return Conflict(
        "Somebody has dealt with this refused row meanwhile.",
        "Diese zurückgestellte Zeile hat inzwischen jemand anderes erledigt.",
    )


def _first(*given: int | None) -> int | None:
    return next((each for each in given if each is not None), None)


def _still(flags: list[str], extra: Mapping[str, Any], unmoved: str) -> list[Finding]:
    """The flags of raw values that stay, and of a place that is not changed."""
    split = (each.partition(":") for each in flags)
    return [
        Finding(field=name, code=code, severity="warning")
        for name, _, code in split
        if name in extra or name == unmoved
    ]


def _closed(subject: Subject, found: Registered) -> frozenset[str]:
    """Fields the subject may not see and so may not write."""
    seen = visible(found.entity, levels(subject, found.organisation))
    names = {each.name for each in seen.fields}
    return frozenset(each.name for each in found.entity.fields if each.name not in names)


def bad_row(refusal: Refusal) -> InvalidRecord:
    """The error of a row that breaks its model, with all findings."""
    en = "; ".join(f"{each.field}: {each.text.get('en', '')}" for each in refusal.findings)
    de = "; ".join(f"{each.field}: {each.text.get('de', '')}" for each in refusal.findings)
    error = InvalidRecord(en, de)
    error.findings = refusal.findings
    return error


def refused(subject: Subject, action: Action) -> NotAuthenticated | NotAllowed:
    """The error for whoever may not change rows."""
    if subject.kind == "anonymous":
        return NotAuthenticated(
            "Sign in or send a token to change data.",
            "Bitte melden Sie sich an oder senden Sie ein Token, um Daten zu ändern.",
        )
    roles, rollen = roles_said(action)
    return NotAllowed(
        f"This needs one of these roles in the organisation: {roles}.",
        f"Dafür brauchen Sie in der Organisation eine dieser Rollen: {rollen}.",
    )


def _said(error: NotFound) -> Finding:
    return Finding(field="id", code=error.code, text=error.text)


__all__ = ["Change", "RowEncoder", "Writer", "bad_row", "no_row", "refused", "writable", "write"]
