# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads binary formats in a process of its own with limits on memory and time.

The libraries for spreadsheets, GeoPackage, Shapefile, FlatGeobuf and Parquet are written in
C, C++ and Rust and believe what a file says about its size. What goes wrong there ends that
process and not the platform. It answers with length-prefixed MessagePack on its output.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from allmende.core.imports.types import Limits, unreadable
from allmende.errors import InvalidInput

FRAME_LIMIT = 1 << 30
KEPT_ERROR = 2_000
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "PROJ_DATA", "PROJ_LIB", "GDAL_DATA")


def ask(
    module: str, path: Path, request: dict[str, Any], limits: Limits, name: str
) -> Iterator[Any]:
    """What `module.answer(path, request)` yields in the other process. InvalidInput when it ends.

    The process is stopped when the reader of this iterator stops.
    """
    command = [sys.executable, "-P", str(Path(__file__).with_name("child.py"))]
    given = msgspec.json.encode({"module": module, "path": str(path), "request": request})
    budget = [str(limits.memory_bytes), str(limits.cpu_seconds)]
    with (
        _filled(given) as asked,
        tempfile.TemporaryFile() as told,  # a pipe would stop a process that says too much
        subprocess.Popen(  # noqa: S603 - our own program
            [*command, *budget],
            stdin=asked,  # not among the arguments, which everybody on the machine can read
            stdout=subprocess.PIPE,
            stderr=told,
            env=_environment(request),
            cwd=path.parent,
        ) as process,
    ):
        try:
            yield from _frames(process, told, name)
        except InvalidInput as error:
            raise _without_paths(error, path, name) from error
        finally:
            process.kill()


def _without_paths(error: InvalidInput, path: Path, name: str) -> InvalidInput:
    """The error with the name a person knows where the library named a temporary file."""
    given = name or "content"
    for tag, said in error.text.items():
        for each in (str(path), str(path.parent), path.name if path.name != given else ""):
            said = said.replace(each, given) if each else said
        error.text[tag] = said
    return InvalidInput(error.text["en"], error.text["de"], code=error.code)


def _filled(content: bytes) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(content)
    file.seek(0)
    return file


def _environment(request: dict[str, Any]) -> dict[str, str]:
    kept = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    paths = os.pathsep.join(each for each in sys.path if each)
    more: dict[str, str] = request.get("environment", {})
    return {**kept, "PYTHONPATH": paths, "PYTHONWARNINGS": "ignore", **more}


def _frames(process: subprocess.Popen[bytes], told: IO[bytes], name: str) -> Iterator[Any]:
    output = process.stdout
    if output is None:
        raise RuntimeError("the process has no output")
    while True:
        head = output.read(4)
        if len(head) < 4:
            raise _ended(process, told, name)
        size = struct.unpack("<I", head)[0]
        if size == 0:
            return
        body = output.read(size) if size <= FRAME_LIMIT else b""
        if len(body) < size:
            raise _ended(process, told, name)
        frame = msgspec.msgpack.decode(body)
        if "error" in frame:
            raise unreadable(name, frame["error"][0], frame["error"][1])
        yield frame["value"]


def _ended(process: subprocess.Popen[bytes], told: IO[bytes], name: str) -> Exception:
    """The error for a process that ended too early: the last line it said, or its limits."""
    process.kill()
    process.wait()
    size = told.seek(0, os.SEEK_END)
    told.seek(max(0, size - KEPT_ERROR))
    last = told.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
    if "MemoryError" in last or "memory allocation" in last or not last:
        return unreadable(
            name,
            "it needs more memory or time than it may have",
            "sie braucht mehr Speicher oder Zeit, als sie haben darf",
        )
    return unreadable(name, last.rstrip("."), last.rstrip("."))


def send(output: IO[bytes], frame: Any) -> None:
    """Write one frame; used by the other process."""
    body = msgspec.msgpack.encode(frame)
    output.write(struct.pack("<I", len(body)) + body)
