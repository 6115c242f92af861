# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Parquet files of observations: their columns, and how they are written without loss.

Columns: id (integer, as in the interfaces), datastream, time, end and result_time (timestamps,
UTC), value (a number) or text (any other result as JSON), flag (0 unchecked, 1 good, 2 suspect,
3 bad, 4 interpolated), extra (JSON of what is rare). Sorted by datastream and time.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from allmende.model.sensing.observation import NUMBER_BITS
from allmende.model.sensing.series import NONE, Columns

if TYPE_CHECKING:
    import pyarrow

ROWS = 65_536
"""Observations of a row group."""

NAMES = ("id", "datastream", "time", "end", "result_time", "value", "text", "flag", "extra")
FILE = re.compile(r"\d{6}-[0-9a-f]{16}\.parquet")


def mark(columns: Columns) -> bytes:
    """Equal for equal observations."""
    digest = hashlib.blake2b(digest_size=16)
    for each in (columns.times, columns.numbers, columns.values, columns.flags):
        digest.update(each.tobytes())
    for some in (columns.lasts, columns.result_times):
        digest.update(b"-" if some is None else some.tobytes())
    digest.update(repr((sorted(columns.texts.items()), sorted(columns.extras.items()))).encode())
    return digest.digest()


def write(folder: Path, month: int, given: Iterable[tuple[int, Columns]]) -> str | None:
    """Writes datastreams in the order of their ids; the name of the file, None for nothing.

    The file is on disk, under a name made from its content, when this returns.
    """
    return write_tables(folder, month, (table(stream, columns) for stream, columns in given))


def write_tables(folder: Path, month: int, tables: Iterable[pyarrow.Table]) -> str | None:
    """The same from Arrow tables."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = folder / f".{month}-{os.getpid()}-{threading.get_ident()}.part"
    try:
        if not write_file(temporary, tables):
            return None
        with temporary.open("rb") as content:
            os.fsync(content.fileno())
            content.seek(0)
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        name = f"{month}-{sha256[:16]}.parquet"
        temporary.replace(folder / name)
        _sync(folder)
    finally:
        temporary.unlink(missing_ok=True)
    return name


def write_file(target: Path, tables: Iterable[pyarrow.Table]) -> int:
    """Writes tables into a Parquet file in row groups of some 65,536; how many rows."""
    import pyarrow
    from pyarrow import parquet

    total, waiting, rows = 0, [], 0
    options = {
        "compression": "zstd",
        "use_dictionary": ["datastream", "value", "text", "flag", "extra"],
        "column_encoding": {
            name: "DELTA_BINARY_PACKED" for name in ("id", "time", "end", "result_time")
        },
    }
    with parquet.ParquetWriter(target, schema(), **options) as writer:
        for each in tables:
            waiting.append(each)
            rows += len(each)
            if rows >= ROWS:
                writer.write_table(pyarrow.concat_tables(waiting), row_group_size=rows)
                total, waiting, rows = total + rows, [], 0
        if rows:
            writer.write_table(pyarrow.concat_tables(waiting), row_group_size=rows)
    return total + rows


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def schema() -> pyarrow.Schema:
    """The columns of every file."""
    import pyarrow as pa

    moment = pa.timestamp("us", tz="UTC")
    kinds: tuple[Any, ...] = (
        pa.int64(),
        pa.int32(),
        moment,
        moment,
        moment,
        pa.float64(),
        pa.string(),
    )
    kinds += (pa.int8(), pa.string())
    return pa.schema(list(zip(NAMES, kinds, strict=True)))


def table(stream: int, columns: Columns) -> pyarrow.Table:
    """The observations of a datastream as an Arrow table with the columns of a file."""
    import numpy as np
    import pyarrow as pa

    size = len(columns)
    missing = np.zeros(size, np.bool_)
    missing[list(columns.texts)] = True

    def moments(given: Any, base: Any = 0) -> Any:
        if given is None:
            return pa.nulls(size, pa.int64())
        return pa.array(given + base, pa.int64(), mask=given == NONE)

    def rare(texts: dict[int, str]) -> Any:
        if not texts:
            return pa.nulls(size, pa.string())
        return pa.array([texts.get(at) for at in range(size)], pa.string())

    arrays = (
        pa.array(columns.numbers + (stream << NUMBER_BITS)),
        pa.array(np.full(size, stream, np.int32)),
        pa.array(columns.times),
        moments(columns.lasts, columns.times),
        moments(columns.result_times),
        pa.array(columns.values, mask=missing),
        rare(columns.texts),
        pa.array(columns.flags.astype(np.int8)),
        rare(columns.extras),
    )
    kinds = schema().types
    fitted = [each.cast(kind) for each, kind in zip(arrays, kinds, strict=True)]
    return pa.table(dict(zip(NAMES, fitted, strict=True)), schema=schema())


def rows(path: Path) -> int:
    """How many rows a file has; 0 when it cannot be read."""
    import pyarrow
    from pyarrow import parquet

    try:
        return int(parquet.read_metadata(path).num_rows)
    except (OSError, pyarrow.ArrowException):
        return 0


def damaged(folder: Path, names: Iterable[str]) -> list[str]:
    """Those of the files that are not there or not whole."""
    return [name for name in names if not _is_whole(folder / name)]


def keep(target: Path, content: IO[bytes]) -> None:
    """Puts a file of a backup into its place."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.part")
    with temporary.open("wb") as copy:
        shutil.copyfileobj(content, copy)
        copy.flush()
        os.fsync(copy.fileno())
    temporary.replace(target)
    _sync(target.parent)


def _is_whole(path: Path) -> bool:
    """Whether a file is there and its content is the one its name was made from."""
    try:
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return False
    return path.name[7:23] == found[:16]
