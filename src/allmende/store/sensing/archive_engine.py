# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""DuckDB for the archive: confined to its folder, with limits of memory, threads and time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from allmende.errors import DeadlineExceeded, NotFound
from allmende.store.connection import Connection

if TYPE_CHECKING:
    import duckdb

MEMORY = "512MB"
THREADS = 2
SECONDS = 30.0
"""Limits of a query of the archive."""

_engines: dict[str, duckdb.DuckDBPyConnection] = {}
_guard = threading.Lock()


class Part(Struct, frozen=True):
    """A month of a datastream in the archive."""

    datastream: int
    month: int
    file: str
    n: int
    first_time: int
    last_time: int
    first_number: int
    last_number: int


def asked(
    db: Connection, text: str, found: Sequence[Part], start: int | None, end: int | None
) -> dict[str, Any]:
    """The columns of a query over the files of these months, cut to the period where needed."""
    folder = _folder(db)
    values: dict[str, Any] = {
        "files": sorted({str(folder / each.file) for each in found}),
        "streams": sorted({each.datastream for each in found}),
    }
    if start is not None and any(each.first_time < start for each in found):
        text, values["start"] = f"{text} and time >= make_timestamptz($start)", start
    if end is not None and any(each.last_time >= end for each in found):
        text, values["end"] = f"{text} and time < make_timestamptz($end)", end
    with limited(folder) as cursor:
        import duckdb

        try:
            answer: dict[str, Any] = cursor.execute(text, values).fetchnumpy()
        except duckdb.InterruptException as error:
            raise _too_long() from error
        except duckdb.IOException as error:
            raise NotFound(
                "A file of the archive is missing; restore it from a backup.",
                "Eine Datei des Archivs fehlt; bitte aus einer Sicherung einspielen.",
            ) from error
    return answer


def _folder(db: Connection) -> Path:
    assert db.archive is not None  # noqa: S101 - nothing is archived without a folder
    return db.archive.absolute()


def _too_long() -> DeadlineExceeded:
    return DeadlineExceeded(
        "The archive took too long; ask for a shorter period.",
        "Das Archiv brauchte zu lange; bitte einen kürzeren Zeitraum wählen.",
    )


@contextmanager
def limited(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor whose queries end after 30 seconds."""
    cursor = _engine(folder).cursor()
    timer = threading.Timer(SECONDS, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield cursor
    finally:
        timer.cancel()
        cursor.close()


def _engine(folder: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory that can read this folder and nothing else of the machine."""
    import duckdb

    with _guard:
        found = _engines.get(str(folder))
        if found is None:
            found = duckdb.connect(
                config={
                    "memory_limit": MEMORY,
                    "threads": str(THREADS),
                    "autoload_known_extensions": "false",
                    "autoinstall_known_extensions": "false",
                }
            )
            quoted = str(folder).replace("'", "''")
            for setting in (
                "set temp_directory = ''",
                "set parquet_metadata_cache = true",
                f"set allowed_directories = ['{quoted}']",
                "set enable_external_access = false",
                "set lock_configuration = true",
            ):
                found.execute(setting)
            _engines[str(folder)] = found
    return found
