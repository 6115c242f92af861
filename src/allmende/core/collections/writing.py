# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing rows: every value is checked, good rows are stored, bad ones kept with the reason."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from allmende.core.collections.reading import no_row, row
from allmende.core.collections.seeing import condition, unknown
from allmende.core.platform import Platform
from allmende.errors import InvalidRecord, NotAllowed, NotAuthenticated, NotFound
from allmende.model.check_rows import Checker, Finding
from allmende.model.document import Entity, FieldType, Model, Visibility
from allmende.model.filter import Everything, Filter
from allmende.policy import Action, Subject, levels, may, roles_for, visible
from allmende.store import Connection, events, jobs, models, now
from allmende.store.collections import registry, writing
from allmende.store.collections.blobs import measure
from allmende.store.collections.types import (
    Cause,
    Prepared,
    Refusal,
    Registered,
    Target,
    Written,
)

CHUNK = 1_000  # changes of one transaction
MAX_ID = 200
MOST_NAMED = 1_000  # refusals that an answer lists; all are in quarantine
DESCRIBE = "collection-describe"
DESCRIBE_AFTER = 5_000_000  # µs of rest after a write until the catalogue is told


class Change(Struct):
    """A row on its way in.

    `values` are JSON values by field name, the geometry among them as WKB or GeoJSON in
    CRS84. `extra` are raw values that could not be typed, `flags` what the reader found.
    """

    action: Literal["upsert", "create", "replace", "patch", "delete"] = "upsert"
    id: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    flags: list[Finding] = field(default_factory=list)
    expected_revision: int | None = None
    line: int = 0


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
        prepared: list[Prepared] = []
        bad: list[Refusal] = []
        for change in changes:
            try:
                ready = self.encoder.prepare(await self._whole(change))
            except NotFound as error:
                ready = Refusal(change.line, change.id, [_said(error)], {})
            if isinstance(ready, Refusal):
                bad.append(ready)
            else:
                prepared.append(ready)
        done = await self._write(prepared, bad, strict=False, more=True)
        self._run = self._run or done.batch
        self._add_up(done)
        return done

    async def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Puts rows into quarantine that a reader could not even make into changes."""
        self._add_up(await self._write([], list(refusals), strict=False, more=True))

    async def finish(self) -> Written:
        """Measures extent and period; the sum of all chunks."""
        done = await self._write([], [], strict=False, more=False)
        self.sum.batch = done.batch
        return self.sum

    async def _write(
        self, prepared: list[Prepared], bad: list[Refusal], *, strict: bool, more: bool
    ) -> Written:
        cause = Cause(self.subject.id, self.source, self.reason, self._run, more)
        return await self.platform.store.write(_write, self.target, cause, prepared, bad, strict)

    async def _whole(self, change: Change) -> Change:
        """A patch as the full row it leads to (RFC 7396: null removes a value)."""
        if change.action != "patch":
            return change
        before = await row(self.platform, self.subject, self.found.id, change.id)
        expected = change.expected_revision
        values = dict(before.values)
        placed = self.found.entity.geometry
        if placed is not None and before.geometry is not None:
            values[placed.name] = before.geometry
        extra = {k: v for k, v in before.extra.items() if k not in change.values}
        return msgspec.structs.replace(
            change,
            values={**values, **change.values},
            extra={**extra, **change.extra},
            flags=[*change.flags, *_still(before.flags, extra)],
            expected_revision=before.revision if expected is None else expected,
        )

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
) -> Written:
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


def _still(flags: list[str], extra: Mapping[str, Any]) -> list[Finding]:
    """The flags of raw values that stay."""
    split = (each.partition(":") for each in flags)
    return [
        Finding(field=name, code=code, severity="warning")
        for name, _, code in split
        if name in extra
    ]


def _closed(subject: Subject, found: Registered) -> frozenset[str]:
    """Fields the subject may not see and so may not write."""
    seen = visible(found.entity, levels(subject, found.organisation))
    names = {each.name for each in seen.fields}
    return frozenset(each.name for each in found.entity.fields if each.name not in names)


class RowEncoder:
    """Checks a row and encodes it for the table of its collection."""

    def __init__(
        self,
        entity: Entity,
        closed: frozenset[str] = frozenset(),
        model: Model | None = None,
    ) -> None:
        self.entity = entity
        self.closed = closed
        self._checker = Checker(entity, model)
        self._placed = entity.geometry.name if entity.geometry else ""
        self._fields = [
            (each.name, _coder(each.type, each.many), each.shown_to is Visibility.PUBLIC)
            for each in entity.plain
        ]
        self._json = msgspec.json.Encoder()

    def prepare(self, change: Change) -> Prepared | Refusal:
        """The row ready for the database, or why it cannot be stored."""
        if change.action == "delete":
            return Prepared(
                "delete", change.id, change.line, expected_revision=change.expected_revision
            )
        touched = self.closed & change.values.keys()
        if touched:
            return self._refusal(change, [_no_field(name) for name in sorted(touched)])
        values, findings = self._checker.check(change.values)
        errors = [each for each in (*change.flags, *findings) if each.severity == "error"]
        row_id = self._id(change, values)
        if not row_id or len(row_id) > MAX_ID:
            errors.append(_bad_id(row_id))
        if errors:
            return self._refusal(change, errors)
        return self._encode(change, row_id, values, [*change.flags, *findings])

    def _id(self, change: Change, values: Mapping[str, Any]) -> str:
        key = self.entity.key
        if key and all(values.get(name) is not None for name in key):
            made = "~".join(str(values[name]) for name in key)
            return change.id or made
        if change.id or key:
            return change.id
        return secrets.token_hex(8)

    def _refusal(self, change: Change, findings: list[Finding]) -> Refusal:
        raw = {
            name: value.hex() if isinstance(value, bytes) else value
            for name, value in {**change.values, **change.extra}.items()
        }
        return Refusal(change.line, change.id, findings, raw)

    def _encode(
        self, change: Change, row_id: str, values: Mapping[str, Any], doubts: list[Finding]
    ) -> Prepared:
        columns, public = [], {}
        for name, code, shown in self._fields:
            value = values.get(name)
            columns.append(value if code is None or value is None else code(value))
            if shown:
                public[name] = value
        wkb = values.get(self._placed) if self._placed else None
        bounds, shape = measure(wkb) if wkb is not None else (None, None)
        flags = sorted({f"{each.field}:{each.code}" for each in doubts})
        ready = Prepared(
            "upsert" if change.action == "patch" else change.action,
            row_id,
            change.line,
            tuple(columns),
            wkb,
            bounds,
            self._text(flags) if flags else None,
            self._text(change.extra) if change.extra else None,
            self._text(public),
            shape,
            expected_revision=change.expected_revision,
        )
        mark = self._json.encode((columns, ready.flags, ready.extra))
        ready.hash = hashlib.blake2b(mark + (wkb or b""), digest_size=16).digest()
        return ready

    def texts(self, values: Mapping[str, Any], wkb: bytes | None) -> tuple[str, str | None]:
        """The ready-made texts of a row: its public properties and its shape."""
        public = {name: values.get(name) for name, _, shown in self._fields if shown}
        return self._text(public), measure(wkb)[1] if wkb is not None else None

    def _text(self, value: Any) -> str:
        return self._json.encode(value).decode()


def _coder(kind: FieldType, many: bool) -> Any:
    if many or kind is FieldType.OBJECT:
        return lambda value: msgspec.json.encode(value).decode()
    return int if kind is FieldType.BOOLEAN else None


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
    roles = ", ".join(roles_for(action))
    return NotAllowed(
        f"This needs one of these roles in the organisation: {roles}.",
        f"Dafür brauchen Sie in der Organisation eine dieser Rollen: {roles}.",
    )


def _no_field(name: str) -> Finding:
    said = {"en": "There is no such field.", "de": "Ein solches Feld gibt es nicht."}
    return Finding(field=name, code="unknown-field", text=said)


def _bad_id(row_id: str) -> Finding:
    said = {
        "en": f"The row has no id, or one longer than {MAX_ID} characters; fill the key fields.",
        "de": f"Die Zeile hat keine Kennung oder eine längere als {MAX_ID} Zeichen; bitte die "
        "Schlüsselfelder füllen.",
    }
    return Finding(field="id", code="id", value=row_id[:50], text=said)


def _said(error: NotFound) -> Finding:
    return Finding(field="id", code=error.code, text=error.text)


__all__ = ["Change", "RowEncoder", "Writer", "bad_row", "no_row", "refused", "writable", "write"]
