# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What was erased goes from the archive too, and does not come back with a backup.

The ledger of erasures lies beside the database as `erasures.jsonl`: a line for each with the
moment, the kind and a mark, from which nothing can be read. `allmende restore` does again what
it says.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from allmende.core.platform import Platform
from allmende.core.sensing import archiving, citizens_ending, removing
from allmende.core.sensing.unit import Unit
from allmende.errors import InvalidInput
from allmende.model.sensing.entities import Kind
from allmende.policy import SYSTEM
from allmende.store import Connection, accounts, following, jobs, now
from allmende.store.sensing import archive, archive_files, citizens, erasing
from allmende.store.sensing.erasing import Erasure

JOB_KIND = erasing.JOB_KIND
SWEEP = "erasure-sweep"
LEDGER = "erasures.jsonl"
GRACE = 120 * 1_000_000
"""µs in which somebody may still read a file that was written anew; no query takes longer."""
MAX_BYTES = 100_000_000


async def job(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """Keeps the ledger, and writes months of the archive anew that hold what was erased."""
    found = await platform.store.read(erasing.ledger)
    await asyncio.to_thread(_write, platform.settings.data / LEDGER, found)
    await _rewrite(platform, list(arguments.get("files", ())))


async def sweep(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """Removes files of the archive that were in use until something in them was erased."""
    names = {str(each) for each in arguments["files"]} - set(
        await platform.store.read(archive.files)
    )
    folder = platform.store.archive
    for name in names:
        if folder is not None and archive_files.FILE.fullmatch(name):
            (folder / name).unlink(missing_ok=True)
    await _rewrite(platform, [])


async def _rewrite(platform: Platform, files: list[str]) -> None:
    """Writes months anew, and has the files removed in which they were."""
    replaced = {*files, *await archiving.renew(platform)}
    if replaced:
        await platform.store.write(_have_swept, sorted(replaced))


def _have_swept(db: Connection, files: list[str]) -> None:
    jobs.enqueue(db, SWEEP, {"files": files}, run_at=now() + GRACE)


def _write(target: Path, found: Sequence[Erasure]) -> None:
    """The ledger as a file that is whole whenever it is looked at."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as content:
            content.writelines(msgspec.json.encode(each) + b"\n" for each in found)
            content.flush()
            os.fsync(content.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


# --- after a backup was restored ------------------------------------------------------------


def read(path: Path) -> list[Erasure]:
    """The lines of a ledger. InvalidInput when it is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _no_ledger(path, "100 MB")
        return msgspec.json.Decoder(Erasure).decode_lines(path.read_bytes())
    except FileNotFoundError as error:
        raise InvalidInput(
            f"There is no file {path}.", f"Die Datei {path} gibt es nicht.", code="no-such-file"
        ) from error
    except msgspec.MsgspecError as error:
        raise _no_ledger(path, str(error)) from error


def _no_ledger(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"{path} is no ledger of erasures ({why}).",
        f"{path} ist kein Verzeichnis von Löschungen ({why}).",
    )


async def again(platform: Platform, given: Sequence[Erasure]) -> int:
    """Erases once more what the platform does not know to be erased; how much that was."""
    zone = platform.settings.timezone
    done = await platform.store.write(_again, list(given), zone)
    await job(platform, {})
    return done


def _again(db: Connection, given: list[Erasure], zone: str) -> int:
    known = {(each.kind, each.mark) for each in erasing.ledger(db)}
    marks: dict[erasing.Kind, set[str]] = {}
    for each in given:
        if (each.kind, each.mark) not in known:
            marks.setdefault(each.kind, set()).add(each.mark)
    done = 0
    for kind in erasing.KINDS:
        there = erasing.marked(db, kind, frozenset(marks.get(kind, ())))
        done += sum(_erased(db, kind, ident, zone) for ident in there)
    erasing.keep(db, given)
    return done


def _erased(db: Connection, kind: erasing.Kind, ident: int | str, zone: str) -> bool:
    """Erases one; False when it went with something else."""
    if kind == "account":
        return _account(db, str(ident), zone)
    if kind == "follow":
        return following.remove(db, str(ident))
    if kind == "thing":
        unit = Unit(db, SYSTEM, zone)
        if unit.find(Kind.THING, int(ident)) is None:
            return False
        removing.remove(unit, Kind.THING, int(ident))
        return True
    sensor = citizens.one(db, int(ident))
    if sensor is None:
        return False
    if kind == "sensor":
        citizens_ending.erased(db, sensor, zone)
    else:
        citizens_ending.stopped(db, sensor)
    return True


def _account(db: Connection, ident: str, zone: str) -> bool:
    person = accounts.account(db, ident)
    if person is None:
        return False
    citizens_ending.forgotten(db, ident, person.login, zone, erase=False)
    accounts.delete_account(db, ident)
    return True
