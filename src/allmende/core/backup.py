# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Backup while running, and restore into an empty place of either engine.

A backup is one gzip-compressed tar file: `manifest.json`, `tables/<name>`, and
`files/<sha256>`. Tables come from one snapshot; files are named by their content and
never change. It can be moved between SQLite and PostgreSQL.
"""

from __future__ import annotations

import os
import re
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

import anyio.to_thread
import msgspec
from msgspec import Struct

from allmende import __version__
from allmende.core.files import content_path, keep_stream
from allmende.core.platform import Platform
from allmende.core.sensing import erasing
from allmende.core.settings import Settings
from allmende.errors import Conflict, InvalidInput
from allmende.store import Connection, dump, now
from allmende.store import files as file_rows
from allmende.store.collections import dumping
from allmende.store.migrate import migrate
from allmende.store.sensing import archive as archived
from allmende.store.sensing import archive_files
from allmende.store.sensing import dumping as sensing
from allmende.store.store import session_opener

FORMAT = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
BACKUP_SECONDS = 6 * 3600.0

Progress = Callable[[str, int], None]


class Manifest(Struct):
    """What a backup says about itself."""

    format: int
    version: str
    engine: str
    schema: int
    made: int  # microseconds UTC
    tables: dict[str, int]  # rows
    files: list[str]  # SHA-256
    archive: list[str] = []  # names of Parquet files of old observations
    erased: int = 0  # by the restore, since the backup was made


def _quiet(step: str, count: int) -> None:
    """Progress that nobody looks at."""


async def backup(platform: Platform, target: Path, progress: Progress = _quiet) -> Manifest:
    """Writes a backup to a file that appears only when it is complete and on disk."""
    temporary = target.with_name(f".{target.name}.part")
    try:
        temporary.unlink(missing_ok=True)
        temporary.touch(mode=0o600, exist_ok=False)  # nobody else reads accounts and drafts
        with tarfile.open(temporary, "w:gz", compresslevel=5) as archive:
            manifest = await platform.store.read_slow(
                _dump_tables, archive, progress, seconds=BACKUP_SECONDS
            )
            await anyio.to_thread.run_sync(_add_files, archive, platform, manifest, progress)
            _add_bytes(archive, "manifest.json", msgspec.json.encode(manifest))
        with temporary.open("rb") as finished:
            os.fsync(finished.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return manifest


def _dump_tables(db: Connection, archive: tarfile.TarFile, progress: Progress) -> Manifest:
    rows = {}
    kept = [(table, dump.dump_table) for table in dump.tables(db)]
    kept += [(table, dumping.dump_table) for table in dumping.tables(db)]
    kept += [(table, sensing.dump_table) for table in sensing.TABLES]
    for table, write in kept:
        with tempfile.TemporaryFile() as spool:
            rows[table] = write(db, table, spool)
            _add_file(archive, f"tables/{table}", spool)
        progress(table, rows[table])
    return Manifest(
        format=FORMAT,
        version=__version__,
        engine=db.dialect.name,
        schema=dump.schema_number(db),
        made=now(),
        tables=rows,
        files=sorted(file_rows.checksums(db)),
        archive=archived.files(db),
    )


def _add_files(
    archive: tarfile.TarFile, platform: Platform, manifest: Manifest, progress: Progress
) -> None:
    for sha256 in manifest.files:
        with content_path(platform.files, sha256).open("rb") as content:
            _add_file(archive, f"files/{sha256}", content)
    for name in manifest.archive:
        with (platform.settings.data / "archive" / name).open("rb") as content:
            _add_file(archive, f"archive/{name}", content)
    progress("files", len(manifest.files) + len(manifest.archive))


def _add_file(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = content.seek(0, os.SEEK_END)
    content.seek(0)
    archive.addfile(entry, content)


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    with tempfile.TemporaryFile() as spool:
        spool.write(content)
        _add_file(archive, name, spool)


async def restore(
    settings: Settings,
    source: Path,
    progress: Progress = _quiet,
    ledger: Path | None = None,
) -> Manifest:
    """Fills an empty data directory or database from a backup, and erases again what people
    had erased since: by a ledger of erasures, or the one that lies in the data directory.

    Raises Conflict when there is data already and InvalidInput when the file is no
    backup, is damaged or comes from a newer version. Search and other projections are
    rebuilt by the next `allmende rebuild` or start.
    """
    beside = settings.data / erasing.LEDGER
    known = erasing.read(ledger) if ledger else []
    known += erasing.read(beside) if beside.is_file() else []
    manifest = await anyio.to_thread.run_sync(_restore, settings, source, progress)
    if known:
        async with Platform.open(settings) as platform:
            manifest.erased = await erasing.again(platform, known)
        progress(erasing.LEDGER, manifest.erased)
    return manifest


def _restore(settings: Settings, source: Path, progress: Progress) -> Manifest:
    try:
        with tarfile.open(source, "r:*") as archive:
            manifest = _manifest(archive)
            _load(settings, archive, manifest, progress)
    except FileNotFoundError as error:
        raise InvalidInput(
            f"There is no file {source}.", f"Die Datei {source} gibt es nicht.", code="no-such-file"
        ) from error
    except tarfile.ReadError as error:
        raise _not_a_backup("gzip, tar") from error
    except (tarfile.TarError, EOFError, OSError, msgspec.DecodeError) as error:
        raise _not_a_backup(str(error)) from error
    return manifest


def _manifest(archive: tarfile.TarFile) -> Manifest:
    try:
        manifest = msgspec.json.decode(_member(archive, "manifest.json").read(), type=Manifest)
    except KeyError as error:
        raise _not_a_backup("manifest.json") from error
    if manifest.format > FORMAT:
        raise _not_a_backup(f"format {manifest.format} > {FORMAT}")
    if not all(_SHA256.fullmatch(name) for name in manifest.files):
        raise _not_a_backup("manifest.json: files")
    if not all(archive_files.FILE.fullmatch(name) for name in manifest.archive):
        raise _not_a_backup("manifest.json: archive")
    return manifest


def _load(
    settings: Settings, archive: tarfile.TarFile, manifest: Manifest, progress: Progress
) -> None:
    session = session_opener(settings.database or settings.data)(False)
    try:
        migrate(session, up_to=manifest.schema)
        session.begin_write()
        if not dump.is_empty(session):
            raise Conflict(
                "There is data here already; restore into an empty directory or database.",
                "Hier sind schon Daten; bitte in ein leeres Verzeichnis oder eine leere "
                "Datenbank einspielen.",
            )
        for table in dump.tables(session):
            if table in manifest.tables:
                rows = dump.load_table(session, table, _member(archive, f"tables/{table}"))
                progress(table, rows)
        for table in dumping.order(manifest.tables):
            rows = dumping.load_table(session, table, _member(archive, f"tables/{table}"))
            progress(table, rows)
        for table in sensing.order(manifest.tables):
            rows = sensing.load_table(session, table, _member(archive, f"tables/{table}"))
            progress(table, rows)
        _restore_files(settings.data / "files", archive, manifest)
        for name in manifest.archive:
            archive_files.keep(
                settings.data / "archive" / name, _member(archive, f"archive/{name}")
            )
        session.commit()
        migrate(session)
    finally:
        session.rollback()
        session.close()


def _restore_files(folder: Path, archive: tarfile.TarFile, manifest: Manifest) -> None:
    for sha256 in manifest.files:
        if keep_stream(folder, _member(archive, f"files/{sha256}")) != sha256:
            raise _not_a_backup(f"files/{sha256}")


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    return cast(IO[bytes], archive.extractfile(name))


def _not_a_backup(detail: str) -> InvalidInput:
    return InvalidInput(
        f"This is no complete backup of Allmende ({detail}).",
        f"Das ist keine vollständige Sicherung von Allmende ({detail}).",
        code="not-a-backup",
    )
