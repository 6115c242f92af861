# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Looking into the files of datasets: those we hold, and linked ones up to a limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
import msgspec
from msgspec import Struct

from allmende.core.files import content_path
from allmende.core.links_own import own_path
from allmende.core.platform import Platform
from allmende.errors import SourceUnavailable
from allmende.model.catalogue import Dataset
from allmende.model.filter import Everything
from allmende.model.mqa_file import JUDGED, FileFound, code_of, measure
from allmende.store import Connection, catalogue, links
from allmende.store import files as stored_files
from allmende.store.links import Link
from allmende.store.records import Record

if TYPE_CHECKING:
    from allmende.core.links_ask import Asker

OWN_BYTES = 50_000_000  # of a file of ours that is looked into
MOST_RECORDS = 20  # that link to one file and are told what is inside
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(FileFound).decode


class FileState(Struct, frozen=True):
    """What was found inside a file; `checked` in µs UTC."""

    address: str
    checked: int
    found: FileFound


async def of_record(platform: Platform, record: Record) -> dict[str, FileState]:
    """What was found inside the files of a record that was read for somebody, by address."""
    rows = await platform.store.read(links.file_checks, record.key)
    known = set(_downloads(record.resource)) if isinstance(record.resource, Dataset) else set()
    return {
        row.address: FileState(row.address, row.checked, _decode(row.found))
        for row in rows
        if row.address in {address for address, _ in known}
    }


async def look_into(platform: Platform, asker: Asker, link: Link, stamp: str) -> int:
    """Measures the file at an address for all who declare a format; how many records.

    Nothing is read when its content is known to be the same as last time.
    """
    wanted = await platform.store.read(_wanted, link.address)
    if not wanted:
        return 0
    own = await _own(platform, link.address)
    state = own[1] if own else stamp or f"{link.size}/{link.media_type}"
    fresh = [each for each in wanted if (each.declared, state) != each.before]
    if not fresh:
        return 0
    try:
        data, whole = await _content(asker, link, own)
    except (SourceUnavailable, OSError):
        return 0
    for each in fresh:
        found = await anyio.to_thread.run_sync(_measured, data, each.declared, whole, own)
        text = _encode(found).decode()
        args = (each.key, link.address, each.declared, state, text)
        await platform.store.write(links.save_check, *args)
    return len(fresh)


class _Wanted(Struct, frozen=True):
    """A record that links to a file and says its format; what was known before."""

    key: int
    declared: str
    before: tuple[str, str] | None


def _wanted(db: Connection, address: str) -> list[_Wanted]:
    keys = links.users(db, [address])[:MOST_RECORDS]
    found = []
    for record in catalogue.by_keys(db, Everything(), keys):
        if not isinstance(record.resource, Dataset):
            continue
        declared = dict(_downloads(record.resource)).get(address, "")
        if declared in JUDGED:
            row = links.file_check(db, record.key, address)
            before = (row.declared, row.state) if row else None
            found.append(_Wanted(record.key, declared, before))
    return found


def _downloads(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Addresses to download from with the code of the format that is declared."""
    for file in dataset.distribution:
        if not (file.compress_format or file.package_format):
            code = code_of(file.format, file.media_type)
            yield from ((address, code) for address in file.download_url)


async def _own(platform: Platform, address: str) -> tuple[Path, str, int] | None:
    """Place, checksum and size of a file that the platform holds itself."""
    path = own_path(platform, address)
    parts = (path or "").partition("?")[0].split("/")
    if len(parts) != 4 or parts[1] != "files":
        return None
    file = await platform.store.read(stored_files.find, parts[2], parts[3])
    if file is None:
        return None
    return content_path(platform.files, file.sha256), file.sha256, file.size


async def _content(
    asker: Asker, link: Link, own: tuple[Path, str, int] | None
) -> tuple[bytes, bool]:
    if own is None:
        return await asker.read(link.address)
    path, _, size = own
    return await anyio.to_thread.run_sync(_read, path), size <= OWN_BYTES


def _read(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(OWN_BYTES)


def _measured(
    data: bytes, declared: str, whole: bool, own: tuple[Path, str, int] | None
) -> FileFound:
    """What is inside; size and checksum of our own files are known anyway."""
    found = measure(data, declared, whole=whole)
    if own is not None and not whole:
        found = msgspec.structs.replace(found, size=own[2], sha256=own[1])
    return found
