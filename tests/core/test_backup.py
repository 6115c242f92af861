# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Backup and restore on both engines and across them, and what survives a killed process."""

from __future__ import annotations

import signal
import subprocess
import sys
import tarfile
import textwrap
from pathlib import Path

import anyio
import pytest

from allmende.core import backup, catalogue, files
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import Conflict, InvalidInput
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import SYSTEM
from allmende.store import Connection, dump
from allmende.store.migrate import migrate
from allmende.store.store import session_opener


def settings_for(engine: str, folder: Path) -> Settings:
    return Settings(data=folder, database=engine if engine.startswith("postgresql") else "")


def dataset(number: int) -> Entry:
    return Entry(
        kind=ResourceKind.DATASET,
        resource=Dataset(title={"de": f"Datensatz {number}"}),
        organisation="jena",
        original_id=str(number),
        catalogue="jena",
        source_rdf=b"<s> <p> <o> .\n",
        source_hash=b"\x00\xff",
    )


async def fill(settings: Settings, target: Path) -> None:
    async with Platform.open(settings) as platform:
        await catalogue.put_many(platform, SYSTEM, [dataset(n) for n in range(1200)])
        await files.store(platform, SYSTEM, "datensatz-1", "a.csv", b"a;b\n", "text/csv")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(catalogue.put, platform, SYSTEM, dataset(5000))
            tasks.start_soon(backup.backup, platform, target)


async def check(settings: Settings) -> None:
    async with Platform.open(settings) as platform:
        assert await catalogue.count(platform, SYSTEM) >= 1200
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, "datensatz-7")
        assert record.resource.title == {"de": "Datensatz 7"}
        rdf = await catalogue.source_rdf(platform, SYSTEM, ResourceKind.DATASET, record.id)
        assert rdf == b"<s> <p> <o> .\n"
        _, path = await files.locate(platform, SYSTEM, "datensatz-1", "a.csv")
        assert path.read_bytes() == b"a;b\n"
        unchanged = await catalogue.put(platform, SYSTEM, dataset(7))
        assert unchanged.change == "unchanged"
        created = await catalogue.put(platform, SYSTEM, dataset(9999))
        assert created.change == "created"


def test_a_backup_made_while_writing_comes_back(engine: str, tmp_path: Path) -> None:
    anyio.run(fill, settings_for(engine, tmp_path / "a"), tmp_path / "b.tar.gz")
    other = Settings(data=tmp_path / "restored")
    anyio.run(backup.restore, other, tmp_path / "b.tar.gz")
    anyio.run(check, other)
    with pytest.raises(Conflict, match="empty"):
        anyio.run(backup.restore, other, tmp_path / "b.tar.gz")


def test_a_small_city_moves_to_postgresql(postgres_url: str, tmp_path: Path) -> None:
    anyio.run(fill, Settings(data=tmp_path / "small"), tmp_path / "b.tar.gz")
    large = Settings(data=tmp_path / "large", database=postgres_url)
    anyio.run(backup.restore, large, tmp_path / "b.tar.gz")
    anyio.run(check, large)


def test_damaged_files_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    anyio.run(fill, Settings(data=tmp_path / "a"), tmp_path / "b.tar.gz")
    whole = (tmp_path / "b.tar.gz").read_bytes()
    (tmp_path / "half.tar.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.tar.gz").write_text("no backup")
    with tarfile.open(tmp_path / "empty.tar.gz", "w:gz"):
        pass
    for name in ("half", "text", "empty"):
        target = Settings(data=tmp_path / name)
        with pytest.raises(InvalidInput, match="no complete backup"):
            anyio.run(backup.restore, target, tmp_path / f"{name}.tar.gz")
    with pytest.raises(InvalidInput, match="There is no file"):
        anyio.run(backup.restore, Settings(data=tmp_path / "no"), tmp_path / "missing.tar.gz")
    anyio.run(backup.restore, Settings(data=tmp_path / "half"), tmp_path / "b.tar.gz")
    anyio.run(check, Settings(data=tmp_path / "half"))


def test_every_table_is_kept_or_can_be_rebuilt(engine: str) -> None:
    session = session_opener(engine)(False)
    migrate(session)
    names = [row[0] for row in session.rows(session.dialect.tables())]
    kept = dump.tables(session)
    session.close()
    assert {"resource", "revision", "event", "stored_file"} <= set(kept)
    assert set(names) - set(kept) - dump.BOOKKEEPING == {
        name for name in names if dump.is_rebuildable(name)
    }
    assert kept.index("resource") < kept.index("revision")


WRITER = textwrap.dedent("""
    import sys, anyio
    from pathlib import Path
    from allmende.core import catalogue
    from allmende.core.platform import Platform
    from allmende.core.settings import Settings
    from allmende.model.catalogue import Dataset, ResourceKind
    from allmende.policy import SYSTEM

    async def write(platform, lane):
        for number in range(100000):
            entry = catalogue.Entry(
                kind=ResourceKind.DATASET, organisation="jena", catalogue="jena",
                original_id=f"{lane}-{number}",
                resource=Dataset(title={"de": f"Satz {lane} {number}"}))
            outcome = await catalogue.put(platform, SYSTEM, entry)
            print(outcome.key, flush=True)

    async def main():
        settings = Settings(data=Path(sys.argv[1]), database=sys.argv[2])
        async with Platform.open(settings) as platform, anyio.create_task_group() as tasks:
            for lane in range(8):
                tasks.start_soon(write, platform, lane)

    anyio.run(main)
""")


def test_kill_9_loses_nothing_that_was_acknowledged(engine: str, tmp_path: Path) -> None:
    settings = settings_for(engine, tmp_path / "data" if "://" in engine else Path(engine))
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(settings.data), settings.database],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        acknowledged = [int(process.stdout.readline()) for _ in range(400)]
    finally:
        process.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout.read().split(b"\n")[:-1] if line.strip()]
    process.stdout.close()
    process.wait(10)

    def state(db: Connection) -> tuple[set[int], int, int]:
        keys = {row[0] for row in db.rows("select key from resource")}
        revisions = db.value("select count(*) from revision")
        return keys, revisions, db.value("select count(*) from event")

    async def main() -> None:
        async with Platform.open(settings) as platform:
            keys, revisions, events = await platform.store.read(state)
            assert set(acknowledged) <= keys
            assert len(keys) == revisions == events

    anyio.run(main)
