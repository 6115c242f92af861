# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files of a dataset deleted with their content, with a reason that stays.

A file that is only taken out of its dataset keeps its content, so that it can come back. To
delete it for good, nothing may name it any more: not the dataset, not its working copy. The
content goes unless another file is the same; the file's address then answers 410.

await allowed(platform, subject, record, names, reason)   # before the dataset is changed
await catalogue.put(platform, subject, entry)             # without the file
gone = await delete(platform, subject, record.id, name, reason)
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import anyio.to_thread

from allmende.core import catalogue, files
from allmende.core.catalogue import Record
from allmende.core.catalogue_writing import refused
from allmende.core.platform import Platform
from allmende.errors import Conflict, InvalidInput, NotFound
from allmende.model.catalogue import Distribution, ResourceKind
from allmende.model.filter import Everything, all_of
from allmende.policy import Action, Status, Subject, may, read_condition
from allmende.store import Connection, audit, working_copies
from allmende.store import catalogue as records
from allmende.store import files as rows
from allmende.store.files import DeletedFile, StoredFile

__all__ = ["DeletedFile", "allowed", "delete", "held", "leftover", "sweep", "told"]

LONGEST_REASON = 500
DAY = 86_400.0
"""Seconds that content nothing has is left alone: its file may be on the way, or in a backup."""


async def held(
    platform: Platform, subject: Subject, dataset: str, parts: Iterable[Distribution]
) -> list[str]:
    """Names of the files behind these distributions that the platform holds itself."""
    there = {each.name for each in await files.listing(platform, subject, dataset)}
    return sorted({name for each in parts for name in files.names(dataset, each)} & there)


async def leftover(platform: Platform, subject: Subject, record: Record) -> list[StoredFile]:
    """Files that nothing names any more, for those who may delete one; by name."""
    if not files.works(subject, record):
        return []
    found = await files.listing(platform, subject, record.id)
    named = await platform.store.read(_named, record)
    return [each for each in found if each.name not in named]


async def allowed(
    platform: Platform, subject: Subject, record: Record, names: Iterable[str], reason: str
) -> None:
    """Raises what `delete` would raise for the reason or a missing right."""
    _reason(reason)
    for name in names:
        await platform.store.read(_right, subject, record, name)


async def delete(
    platform: Platform, subject: Subject, dataset: str, name: str, reason: str
) -> bool:
    """Deletes a file that nothing names any more; False when another file has the same content.

    The reason stays in the history, and at the address of a file that was published. Who writes
    drafts only deletes what was never published. Raises NotFound, NotAllowed, InvalidInput
    without a reason, and Conflict when the dataset or its working copy still names the file.
    """
    file, last = await platform.store.write(_delete, subject, dataset, name, _reason(reason))
    if last:
        await anyio.to_thread.run_sync(files.unlink, platform.files, [file])
    return last


def _delete(
    db: Connection, subject: Subject, dataset: str, name: str, reason: str
) -> tuple[StoredFile, bool]:
    seen = all_of(read_condition(subject), read_condition(subject, "data"))
    record = records.find(db, seen, ResourceKind.DATASET, dataset)
    file = rows.find(db, dataset, name) if record is not None else None
    if record is None or file is None or not files.works(subject, record):
        raise NotFound(
            f"There is no file “{name}” here, or you may not read it.",
            f"Die Datei „{name}“ gibt es hier nicht, oder Sie dürfen sie nicht lesen.",
        )
    shown = _right(db, subject, record, name)
    if name in _named(db, record):
        raise Conflict(
            "The dataset or its working copy still names the file. Take it out there first.",
            "Der Datensatz oder seine Arbeitskopie nennt die Datei noch. Bitte nehmen Sie sie "
            "zuerst dort heraus.",
            code="file-named",
        )
    last = rows.delete(db, file, subject.id, reason, shown)
    audit.note(db, subject.id, "file-delete", f"dataset/{dataset}/{name}", record.organisation)
    return file, last


def _right(db: Connection, subject: Subject, record: Record, name: str) -> bool:
    """Whether the file was ever published; NotAllowed when the subject may not delete it."""
    shown = _was_published(db, record, name)
    needed = Action.WRITE if shown else Action.WRITE_DRAFT
    if not may(subject, needed, record.organisation):
        raise refused(subject, needed)
    return shown


def _named(db: Connection, record: Record) -> set[str]:
    """Names of files that the dataset leads to, or its working copy, whoever may see that."""
    current = records.find(db, Everything(), record.kind, record.id)
    copy = working_copies.of_record(db, Everything(), record.key)
    found = [each.resource for each in (current, copy) if each is not None]
    return {name for resource in found for name in files.names(record.id, resource)}


def _was_published(db: Connection, record: Record, name: str) -> bool:
    """Whether a published state of the dataset has named the file."""
    public = (e for e in records.revisions(db, record.key) if e.status == Status.PUBLISHED)
    states = (records.revision(db, record.kind, record.key, each.number) for each in public)
    return any(
        name in files.names(record.id, state.resource)
        for state in states
        if state is not None and state.resource is not None
    )


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidInput(
            f"Say why the file is deleted, in at most {LONGEST_REASON} characters.",
            f"Bitte nennen Sie mit höchstens {LONGEST_REASON} Zeichen, warum die Datei gelöscht "
            "wird.",
            code="reason-missing",
        )
    return reason


async def told(platform: Platform, subject: Subject, then: Record) -> list[DeletedFile]:
    """Files that a state of a dataset leads to and that were deleted since, newest first.

    For those who see the data of the dataset today.
    """
    if then.kind is not ResourceKind.DATASET:
        return []
    found = await platform.store.read(rows.deleted, then.id)
    if not found or not await files.may_read(platform, subject, then.id):
        return []
    named = files.names(then.id, then.resource)
    now = await catalogue.get(platform, subject, then.kind, then.id)
    seen = files.works(subject, now)
    since = [each for each in found if each.name in named and each.at >= then.updated]
    return [each for each in since if each.shown or seen]


# --- contents that nothing has any more -----------------------------------------------------


async def sweep(platform: Platform) -> int:
    """Removes contents that no file has any more, such as those of files that were replaced, and
    uploads that were cut off, when they have lain for a day; how many."""
    used = await platform.store.read_slow(rows.checksums)
    return await anyio.to_thread.run_sync(_sweep, platform.files, used, time.time() - DAY)


def _sweep(folder: Path, used: set[str], before: float) -> int:
    removed = 0
    for path in (*folder.glob("[0-9a-f][0-9a-f]/*"), *folder.glob(".upload-*")):
        if path.name in used:
            continue
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed
