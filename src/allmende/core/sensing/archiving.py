# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Doing what the rules of retention say: figures, archive, deletion, and tidying the archive.

The job may be stopped at any moment, even by a lost machine, and begun again. A file of the
archive is whole and on disk before anything of it is deleted elsewhere, and each month of a
datastream goes in one transaction.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.model.sensing import retention as model
from allmende.model.sensing.calendar import month_of, month_start, next_month
from allmende.model.sensing.retention import Described, Rule
from allmende.model.sensing.series import Columns
from allmende.store import Connection, now
from allmende.store.sensing import archive, archive_files, reading, releasing, retention, state
from allmende.store.sensing.releasing import Filed
from allmende.store.sensing.state import State

JOB_KIND = "retention"
TRACES_JOB_KIND = "retention-traces"
TOGETHER = 64
"""Months of datastreams that are handed to the writer at once."""
SECONDS = 3_600.0
"""How long the writing of one file may take."""
UNUSED_SECONDS = 86_400.0
"""Files that nothing refers to are removed after a day; until then somebody may read them."""


class Done(Struct, kw_only=True):
    """What a run has done: observations, or figures, and files."""

    deleted: int = 0
    archived: int = 0
    figures: int = 0
    expired: int = 0
    files: int = 0
    partitions: int = 0


class _Task(Struct):
    """A datastream with something to let go."""

    of: Described
    rule: Rule
    held: State
    until: int


async def job(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Does everything that is due."""
    await run(platform)


async def traces_job(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Does what is due of traces and of everything else that is kept for hours only."""
    await run(platform, hours_only=True)


async def run(platform: Platform, *, hours_only: bool = False, moment: int | None = None) -> Done:
    """Does what the rules say at a moment (µs UTC, now if not given)."""
    moment = now() if moment is None else moment
    zone = platform.settings.timezone
    tasks, found = await platform.store.read_slow(_tasks, moment, zone)
    done = Done()
    if hours_only:
        tasks = [each for each in tasks if each.rule.policy.hours is not None]
    await _delete(platform, [each for each in tasks if each.rule.policy.then == "delete"], done)
    if hours_only:
        return done
    await _archive(platform, [each for each in tasks if each.rule.policy.then == "archive"], done)
    await _age(platform, found, moment, done)
    await tidy(platform)
    months = sorted({month for each in tasks for month in _months(each)})
    done.partitions = await platform.store.write(releasing.drop_partitions, months)
    return done


def _tasks(
    db: Connection, moment: int, zone: str
) -> tuple[list[_Task], list[tuple[Described, Rule]]]:
    known = retention.rules(db)
    found = [(each, model.in_force(known, each)) for each in retention.described(db)]
    states = state.of(db, [each.id for each, _ in found]) if found else {}
    tasks = []
    for each, rule in found:
        held, until = states.get(each.id), releasing.cut(rule.policy, moment, zone)
        if held is not None and until is not None and releasing.months_due(held, until):
            tasks.append(_Task(each, rule, held, until))
    return tasks, found


def _months(task: _Task) -> list[int]:
    return [month_of(end - 1) for end in releasing.months_due(task.held, task.until)]


async def _gather(work: Iterable[Awaitable[int]]) -> int:
    total, waiting = 0, iter(work)
    while some := list(islice(waiting, TOGETHER)):
        total += sum(await asyncio.gather(*some))
    return total


async def _delete(platform: Platform, tasks: Sequence[_Task], done: Done) -> None:
    zone = platform.settings.timezone
    steps = (
        platform.store.write(releasing.release, task.of, task.rule, end, zone)
        for task in tasks
        for end in releasing.months_due(task.held, task.until)
    )
    done.deleted += await _gather(steps)


# --- archive -----------------------------------------------------------------------------


async def _archive(platform: Platform, tasks: Sequence[_Task], done: Done) -> None:
    """Month by month, so that a file holds all datastreams that are due."""
    by_month: dict[int, list[_Task]] = {}
    for task in tasks:
        for month in _months(task):
            by_month.setdefault(month, []).append(task)
    for month in sorted(by_month):
        await _archive_month(platform, month, by_month[month], done)


async def _archive_month(
    platform: Platform, month: int, tasks: Sequence[_Task], done: Done
) -> None:
    folder, zone = _folder(platform), platform.settings.timezone
    end = month_start(next_month(month))
    streams = [task.of.id for task in tasks]
    file, marks = await platform.store.read_slow(
        write_month, folder, month, streams, seconds=SECONDS
    )
    if file is None:
        return
    done.files += 1
    steps = (
        platform.store.write(
            releasing.release, task.of, task.rule, end, zone, Filed(file, marks[task.of.id])
        )
        for task in tasks
        if task.of.id in marks
    )
    done.archived += await _gather(steps)


def write_month(
    db: Connection, folder: Path, month: int, streams: Sequence[int]
) -> tuple[str | None, dict[int, bytes]]:
    """Writes a month of datastreams into a file: its name, and what it says of each."""
    end = month_start(next_month(month))
    marks: dict[int, bytes] = {}

    def each() -> Any:
        for stream in sorted(streams):
            columns: Columns = reading.at_hand(db, stream, None, end)
            if len(columns):
                marks[stream] = archive_files.mark(columns)
                yield stream, columns

    return archive_files.write(folder, month, each()), marks


def _folder(platform: Platform) -> Path:
    assert platform.store.archive is not None  # noqa: S101 - the platform has set it
    return platform.store.archive


async def _age(
    platform: Platform, found: Sequence[tuple[Described, Rule]], moment: int, done: Done
) -> None:
    """Figures and archived months that have reached the end of their time."""
    zone = platform.settings.timezone
    some = [
        (each.id, rule)
        for each, rule in found
        if any(figures.years for figures in rule.policy.figures)
    ]
    done.figures += await _gather(
        platform.store.write(releasing.age, stream, rule, moment, zone) for stream, rule in some
    )
    old = [(each.id, rule) for each, rule in found if rule.policy.archive_years]
    done.expired += await _gather(
        platform.store.write(releasing.expire, stream, rule, moment) for stream, rule in old
    )


# --- tidying -----------------------------------------------------------------------------


async def tidy(platform: Platform) -> None:
    """Writes months anew that lie in several files or hold what has gone; removes old files."""
    folder = _folder(platform)
    await renew(platform)
    used = set(await platform.store.read(archive.files))
    if folder.is_dir():
        await asyncio.to_thread(_remove_unused, folder, used)


async def renew(platform: Platform) -> list[str]:
    """Writes months anew that lie in several files or hold what has gone; the files before.

    Who reads meanwhile reads the old file or the new one; both are whole.
    """
    folder, replaced = _folder(platform), list[str]()
    for month, _, _, n in await platform.store.read(archive.months):
        parts = await platform.store.read(archive.of_month, month)
        files = sorted({each.file for each in parts})
        rows = sum(archive_files.rows(folder / name) for name in files)
        whole = all((folder / name).is_file() for name in files)
        if not whole or (len(files) == 1 and rows == n):
            continue
        name = await platform.store.read_slow(_rewrite, folder, month, parts, seconds=SECONDS)
        if name is not None:
            await platform.store.write(archive.move, parts, name)
            replaced += files
    return replaced


def _rewrite(db: Connection, folder: Path, month: int, parts: Sequence[archive.Part]) -> str | None:
    return archive_files.write_tables(folder, month, archive.batches(db, parts))


def _remove_unused(folder: Path, used: set[str]) -> None:
    for path in folder.iterdir():
        stale = time.time() - path.stat().st_mtime > UNUSED_SECONDS
        if path.name not in used and stale and path.suffix in (".parquet", ".part"):
            path.unlink(missing_ok=True)
