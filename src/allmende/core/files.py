# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files the platform holds itself, stored under the checksum of their content.

A file belongs to a dataset and obeys the policy of that dataset's data.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple
from zoneinfo import ZoneInfo

import anyio.to_thread
import msgspec

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.core.platform import Platform
from allmende.errors import Gone, InvalidInput, LimitExceeded, NotAllowed, NotFound
from allmende.model.catalogue import Node, ResourceKind
from allmende.model.filter import all_of
from allmende.policy import Action, Status, Subject, may, read_condition
from allmende.store import catalogue as rows
from allmende.store import files as store_files
from allmende.store.files import StoredFile

__all__ = ["StoredFile", "address", "listing", "locate", "names", "store", "unlink"]

CHUNK = 1 << 20
GRACE = 60 * 1_000_000
"""µs by which the content of a file may be newer than its entry."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


class Kept(NamedTuple):
    """Content on the disk that no dataset has yet."""

    sha256: str
    size: int


def address(platform: Platform, dataset: str, name: str) -> str:
    """The public address of a file."""
    return f"{platform.settings.base_url}/files/{dataset}/{name}"


async def store(
    platform: Platform,
    subject: Subject,
    dataset: str,
    name: str,
    content: bytes | Path | Kept,
    media_type: str,
) -> StoredFile:
    """Keeps a file for a dataset, replacing one of the same name; durable on return.

    Who writes drafts only cannot replace a file of a dataset that is published. Raises
    NotFound, NotAllowed, InvalidInput for a bad name and LimitExceeded when the content is
    larger than the setting `upload_limit`.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise InvalidInput(
            f"“{name}” is no file name: use letters, digits, dot, hyphen and underscore.",
            f"„{name}“ ist kein Dateiname: erlaubt sind Buchstaben, Ziffern, Punkt, "
            "Bindestrich und Unterstrich.",
        )
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, dataset)
    if not may(subject, await _needed(platform, record, name), record.organisation):
        raise NotAllowed(
            "You may not upload files for this dataset.",
            "Sie dürfen für diesen Datensatz keine Dateien hochladen.",
        )
    kept = content if isinstance(content, Kept) else await keep(platform, content)
    file = StoredFile(
        dataset=dataset, name=name, media_type=media_type, size=kept.size, sha256=kept.sha256
    )
    await platform.store.write(store_files.save, file)
    return file


async def keep(platform: Platform, content: bytes | Path) -> Kept:
    """Brings content to the disk before anything names it: what can fail, fails here.

    LimitExceeded when it is larger than the setting `upload_limit`; OSError when the disk is full.
    """
    limit = platform.settings.upload_limit
    return Kept(*await anyio.to_thread.run_sync(_keep, platform.files, _chunks(content), limit))


async def _needed(platform: Platform, record: Record, name: str) -> Action:
    """What has to be allowed: people use a published file, a new one nobody knows yet."""
    known = await platform.store.read(store_files.find, record.id, name)
    return Action.WRITE if known and record.status != Status.DRAFT else Action.WRITE_DRAFT


async def locate(
    platform: Platform, subject: Subject, dataset: str, name: str
) -> tuple[StoredFile, Path]:
    """A file's description and where its bytes lie. NotFound when it is not for the subject,
    Gone when it was deleted and the subject might have known it.

    A file the record does not name was taken out of it or belongs to a working copy: it is for
    those who work on drafts or release them.
    """
    file = await platform.store.read(store_files.find, dataset, name)
    record = await _readable(platform, subject, dataset) if file else None
    if file is None:
        await _tell_deleted(platform, subject, dataset, name)
    if file is None or record is None or not _may_open(subject, record, name):
        raise NotFound(
            f"There is no file “{name}” here, or you may not read it.",
            f"Die Datei „{name}“ gibt es hier nicht, oder Sie dürfen sie nicht lesen.",
        )
    return file, content_path(platform.files, file.sha256)


async def _tell_deleted(platform: Platform, subject: Subject, dataset: str, name: str) -> None:
    """Gone with the day and the reason when a file of this name was deleted and the subject
    might have known it."""
    found = [e for e in await platform.store.read(store_files.deleted, dataset) if e.name == name]
    record = await _readable(platform, subject, dataset) if found else None
    if record is not None and (found[0].shown or works(subject, record)):
        day = datetime.fromtimestamp(found[0].at / 1_000_000, ZoneInfo(platform.settings.timezone))
        raise Gone(
            f"The file “{name}” was deleted on {day:%Y-%m-%d}. Reason: {found[0].reason}",
            f"Die Datei „{name}“ wurde am {day:%d.%m.%Y} gelöscht. Grund: {found[0].reason}",
            code="file-deleted",
        )


async def listing(platform: Platform, subject: Subject, dataset: str) -> list[StoredFile]:
    """The files of a dataset; empty when its data is not for the subject."""
    if await _readable(platform, subject, dataset) is None:
        return []
    return await platform.store.read(store_files.of_dataset, dataset)


async def may_read(platform: Platform, subject: Subject, dataset: str) -> bool:
    """Whether the subject sees the data of the dataset."""
    return await _readable(platform, subject, dataset) is not None


async def _readable(platform: Platform, subject: Subject, dataset: str) -> Record | None:
    """The dataset; its data need the policy of the metadata as well as that of the data."""
    condition = all_of(read_condition(subject, "metadata"), read_condition(subject, "data"))
    return await platform.store.read(rows.find, condition, ResourceKind.DATASET, dataset)


def names(dataset: str, said: Node) -> set[str]:
    """Names of the dataset's own files that a resource, or a part of one, leads to, wherever
    the platform was reached at the time."""
    text = msgspec.json.encode(said).decode()
    return set(re.findall(rf"/files/{re.escape(dataset)}/([A-Za-z0-9._-]+)", text))


def _may_open(subject: Subject, record: Record, name: str) -> bool:
    return name in names(record.id, record.resource) or works(subject, record)


def works(subject: Subject, record: Record) -> bool:
    """Whether somebody writes drafts of the record or releases them."""
    return any(
        may(subject, action, record.organisation) for action in (Action.WRITE_DRAFT, Action.RELEASE)
    )


def content_path(folder: Path, sha256: str) -> Path:
    """Where content with this checksum lies."""
    return folder / sha256[:2] / sha256


def unlink(folder: Path, unused: list[StoredFile]) -> None:
    """Removes contents, but not one that somebody else has just brought again."""
    for each in unused:
        path = content_path(folder, each.sha256)
        with suppress(FileNotFoundError):
            if path.stat().st_mtime_ns // 1_000 <= each.updated + GRACE:
                path.unlink()


def keep_stream(folder: Path, source: IO[bytes]) -> str:
    """Copies a stream to its place under the folder; returns its SHA-256."""
    return _keep(folder, iter(lambda: source.read(CHUNK), b""), sys.maxsize)[0]


def _keep(folder: Path, chunks: Iterator[bytes], limit: int) -> tuple[str, int]:
    """Copies content to its place through a temporary file; its checksum and size."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".upload-", delete=False) as target:
        temporary = Path(target.name)
        try:
            sha256, size = _copy(chunks, target, limit)
            target.flush()
            os.fsync(target.fileno())
            place = content_path(folder, sha256)
            place.parent.mkdir(exist_ok=True)
            temporary.replace(place)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return sha256, size


def _copy(chunks: Iterator[bytes], target: IO[bytes], limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise LimitExceeded(
                f"The file is larger than {limit} bytes (setting upload_limit).",
                f"Die Datei ist größer als {limit} Bytes (Einstellung upload_limit).",
            )
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest(), size


def _chunks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk
