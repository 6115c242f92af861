# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stewards do with refused rows: put right, try again, discard, take away as a file.

A refused row stands as it came: by field, when the model refused it, or by column of its file,
when not even that was possible. Both become a change again in the same way as in an import.
"""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Sequence
from io import StringIO
from typing import Any

from msgspec import Struct, json
from msgspec.structs import replace

from allmende.core import collections, imports
from allmende.core.collections import Change, Quarantined, Row, Writer, writable
from allmende.core.collections.encoding import RowEncoder
from allmende.core.drafts import mappings
from allmende.core.formats.cells import cell, inert
from allmende.core.imports import Layer, Mapping, RawRow
from allmende.core.imports.intake import Intake
from allmende.core.imports.plan import Plan, reading_of, unread
from allmende.core.imports.types import Column
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, Conflict, InvalidInput, InvalidRecord, NotFound
from allmende.model.check_rows import Finding
from allmende.model.coerce import Reading, Unreadable, reader
from allmende.model.document import CRS84, Entity, FieldType
from allmende.policy import Action, Subject
from allmende.store import Connection, audit
from allmende.store.collections import books, quarantine
from allmende.store.collections.types import Registered

AT_ONCE = 500  # refused rows that are tried again in one request
MOST_COLUMNS = 500  # of the file
PAGE = 500
SOURCE = "quarantine"
LONGEST = 500  # characters of a reason


class Retried(Struct):
    """How many refused rows could be stored, and how many could not."""

    stored: int = 0
    refused: int = 0
    last: int = 0  # key of the last one, when others wait that were not tried


class Attempt(Struct):
    """A refused row as the change it would be, and the row of the same id that is there."""

    refused: Quarantined
    change: Change
    current: Row | None
    faults: Sequence[Finding] = ()


async def one(platform: Platform, subject: Subject, ident: str, key: int) -> Attempt:
    """A refused row, read anew. NotFound, NotAllowed."""
    found = await writable(platform, subject, ident, Action.WRITE)
    refused = await _refused(platform, found, key)
    mapping = await mappings.kept(platform, subject, ident)
    try:
        change = change_of(found.entity, refused, mapping, imports.near(platform))
        faults: Sequence[Finding] = ()
    except InvalidRecord as error:
        change, faults = _salvaged(found.entity, refused, mapping), error.findings
    row_id = RowEncoder(found.entity).id_of(change)
    return Attempt(refused, change, await _current(platform, subject, ident, row_id), faults)


async def _refused(platform: Platform, found: Registered, key: int) -> Quarantined:
    refused = await platform.store.read(quarantine.refused, found.number, key)
    if refused is None:
        raise NotFound(
            "This refused row is not there; perhaps somebody has dealt with it.",
            "Diese zurückgestellte Zeile gibt es nicht; vielleicht ist sie schon erledigt.",
        )
    return refused


async def _current(platform: Platform, subject: Subject, ident: str, row_id: str) -> Row | None:
    try:
        return await collections.row(platform, subject, ident, row_id) if row_id else None
    except NotFound:
        return None


async def correct(
    platform: Platform, subject: Subject, ident: str, key: int, change: Change, reason: str = ""
) -> str:
    """Stores a refused row as a person has put it right; the id it got.

    Raises InvalidRecord with what is still wrong, PreconditionFailed when the row of the same id
    is not the one the person saw (`expected_revision`), Conflict when it was dealt with.
    """
    found = await writable(platform, subject, ident, Action.WRITE)
    await _refused(platform, found, key)
    writer = Writer(platform, subject, found, SOURCE, reason[:LONGEST])
    done = await writer.settle(change, key)
    await writer.finish()
    return done.rows[0][0]


async def retry(
    platform: Platform, subject: Subject, ident: str, key: int | None = None, after: int = 0
) -> Retried:
    """Tries a refused row again, or 500 of them after a key, with today's model.

    A row that fits is stored; of the others it is said anew what is wrong. What has come in since
    is never replaced by an older row.
    """
    found = await writable(platform, subject, ident, Action.WRITE)
    mapping = await mappings.kept(platform, subject, ident)
    writer = Writer(platform, subject, found, SOURCE, "")
    if key is None:
        some = await platform.store.read(books.quarantined, found.number, after, AT_ONCE)
    else:
        some = [await _refused(platform, found, key)]
    done = Retried()
    for refused in some:
        try:
            change = change_of(found.entity, refused, mapping, imports.near(platform))
            await _as_new(platform, subject, ident, refused, writer.encoder.id_of(change))
            await writer.settle(change, refused.key)
            done.stored += 1
        except AllmendeError as error:
            done.refused += 1
            await _reword(platform, found, refused.key, error)
    if done.stored:
        await writer.finish()
    if key is None and len(some) == AT_ONCE:
        done.last = some[-1].key
    return done


async def _as_new(
    platform: Platform, subject: Subject, ident: str, refused: Quarantined, row_id: str
) -> None:
    """Conflict when a row of the id has come in with or after the refused one."""
    current = await _current(platform, subject, ident, row_id)
    twice = any(each.code == "key-twice" for each in refused.findings)
    if current is not None and (twice or current.batch >= refused.batch):
        raise Conflict(
            f"There is a row “{row_id}” that is newer. Compare the two and correct by hand.",
            f"Es gibt eine neuere Zeile „{row_id}“. Bitte vergleichen und von Hand korrigieren.",
            code="row-exists" if not twice else "key-twice",
        )


async def _reword(platform: Platform, found: Registered, key: int, error: AllmendeError) -> None:
    findings = list(error.findings) if isinstance(error, InvalidRecord) else []
    findings = findings or [Finding(field="id", code=error.code, text=error.text)]
    await platform.store.write(quarantine.reword, found.number, key, findings)


async def discard(
    platform: Platform, subject: Subject, ident: str, reason: str, key: int | None = None
) -> int:
    """Removes one refused row or all of them for good; who and why stands in the audit log."""
    found = await writable(platform, subject, ident, Action.WRITE)
    reason = reason.strip()[:LONGEST]
    if not reason:
        raise InvalidInput(
            "Say why the row is not needed.", "Bitte sagen Sie, warum die Zeile entfallen kann."
        )
    return await platform.store.write(_discard, subject.id, found, key, reason)


def _discard(db: Connection, actor: str, found: Registered, key: int | None, reason: str) -> int:
    count = books.forget(db, found.number, key)
    if count:
        which = "all" if key is None else str(key)
        target = f"{found.id} {which} ({count}): {reason}"
        audit.note(db, actor, "row-discard", target, found.organisation)
    return count


# --- a refused row as a change -------------------------------------------------------


def change_of(
    entity: Entity,
    refused: Quarantined,
    mapping: Mapping | None,
    near: tuple[float, float] | None = None,
) -> Change:
    """The change a refused row would be. InvalidRecord when it still cannot be made into one."""
    if refused.raw.keys() <= {each.name for each in entity.fields}:
        return _by_fields(entity, refused, mapping)
    fitting = mappings.fitted(mapping or Mapping(), entity)
    columns = [Column(name) for name in refused.raw]
    row = RawRow(refused.line, dict(refused.raw))
    try:
        intake = Intake(entity, fitting, Layer("", columns, lambda: iter([row])), near)
        chunk = intake.take()
    except InvalidInput as error:
        raise _unfit([Finding(field="row", code=error.code, text=error.text)]) from error
    if chunk.refusals:
        raise _unfit(chunk.refusals[0].findings)
    placed = intake.plan.x or intake.plan.shape
    if entity.geometry is not None and not placed:
        raise _unfit([_shapeless(entity.geometry.name)])
    change = chunk.changes[0]
    return replace(change, id=change.id if entity.key else refused.id)


def _salvaged(entity: Entity, refused: Quarantined, mapping: Mapping | None) -> Change:
    """What can be read of a row that cannot be made into a change, for a person to complete."""
    fitting = mappings.fitted(mapping or Mapping(), entity)
    layer = Layer("", [Column(name) for name in refused.raw], lambda: iter(()))
    try:
        values, extra, _ = Plan(entity, fitting, layer).values(refused.raw)
    except InvalidInput:
        values, extra = {}, {}
    return Change(id=refused.id, values=values, extra=extra)


def _by_fields(entity: Entity, refused: Quarantined, mapping: Mapping | None) -> Change:
    reading = reading_of(mapping.read) if mapping else Reading()
    change = Change(id="" if entity.key else refused.id, line=refused.line)
    for each in entity.fields:
        value = refused.raw.get(each.name)
        if isinstance(value, str) and each.type not in (FieldType.STRING, FieldType.URI):
            plain = replace(each, crs=CRS84) if each.type is FieldType.GEOMETRY else each
            try:
                value = reader(plain, reading)(value)
            except Unreadable as error:
                change.extra[each.name] = value
                change.flags.append(unread(each.name, value, error))
                continue
        if value is not None:
            change.values[each.name] = value
    return change


def _unfit(findings: Sequence[Finding]) -> InvalidRecord:
    error = InvalidRecord(
        "; ".join(each.text.get("en", each.code) for each in findings),
        "; ".join(each.text.get("de", each.code) for each in findings),
    )
    error.findings = findings
    return error


def _shapeless(name: str) -> Finding:
    said = {
        "en": "The shape of this row was not kept. Enter it by hand or load the file again.",
        "de": "Die Form dieser Zeile wurde nicht aufgehoben. Bitte von Hand eintragen oder die "
        "Datei noch einmal laden.",
    }
    return Finding(field=name, code="no-shape", text=said)


# --- as a file -----------------------------------------------------------------------


async def as_csv(
    platform: Platform, subject: Subject, ident: str, language: str
) -> AsyncIterator[bytes]:
    """All refused rows as CSV (RFC 4180, UTF-8): where from, why, and the raw values.

    A text that a spreadsheet would take for a formula begins with an apostrophe. NotAllowed
    comes before the first line.
    """
    await writable(platform, subject, ident, Action.WRITE)
    names: dict[str, None] = {}
    async for some in _pages(platform, subject, ident):
        for each in some:
            names |= dict.fromkeys(each.raw)
    columns = list(names)[:MOST_COLUMNS]
    yield _lines([["key", "source", "line", "id", "reasons", *(inert(name) for name in columns)]])
    async for some in _pages(platform, subject, ident):
        yield _lines([_line(each, columns, language) for each in some])


async def _pages(
    platform: Platform, subject: Subject, ident: str
) -> AsyncIterator[list[Quarantined]]:
    after = 0
    while some := await collections.quarantined(platform, subject, ident, after, PAGE):
        yield some
        after = some[-1].key


def _line(each: Quarantined, columns: Sequence[str], language: str) -> list[str]:
    reasons = "; ".join(
        f"{finding.field}: {finding.text.get(language) or finding.code}"
        for finding in each.findings
    )
    head = [str(each.key), inert(each.source), str(each.line or ""), inert(each.id), inert(reasons)]
    return head + [_cell(each.raw.get(name)) for name in columns]


def _cell(value: Any) -> str:
    if isinstance(value, list | dict):
        return inert(json.encode(value).decode())
    return inert(value) if isinstance(value, str) else cell(value)


def _lines(lines: list[list[str]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


__all__ = [
    "AT_ONCE",
    "Attempt",
    "Retried",
    "as_csv",
    "change_of",
    "correct",
    "discard",
    "one",
    "retry",
]
