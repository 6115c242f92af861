# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The platform notices when it no longer agrees with itself."""

from __future__ import annotations

from pathlib import Path

import anyio

from allmende.core import catalogue, files, maintenance
from allmende.core.catalogue import Entry
from allmende.core.files import content_path
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import SYSTEM
from allmende.store import Connection


def test_check_finds_missing_damaged_and_contradicting_things(engine: str, tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path / "data", database=engine if engine.startswith("postgresql") else ""
    )

    def spoil(db: Connection) -> None:
        db.run("delete from revision where number = 1")
        db.run("insert into stored_file values ('gone', 'x.csv', 'text/csv', 0, 'ab', 0)")

    async def main() -> None:
        async with Platform.open(settings) as platform:
            entry = Entry(
                kind=ResourceKind.DATASET, resource=Dataset(title={"de": "a"}), organisation="jena"
            )
            await catalogue.put(platform, SYSTEM, entry)
            good = await files.store(platform, SYSTEM, "a", "good.csv", b"1", "text/csv")
            bad = await files.store(platform, SYSTEM, "a", "bad.csv", b"2", "text/csv")
            assert await maintenance.check(platform) == []
            content_path(platform.files, bad.sha256).write_bytes(b"changed")
            content_path(platform.files, good.sha256).unlink()
            await platform.store.write(spoil)
            found = {(p.code, p.subject) for p in await maintenance.check(platform)}
            assert found == {
                ("revisions", "dataset/a"),
                ("orphan-file", "gone/x.csv"),
                ("file-missing", "ab"),
                ("file-missing", good.sha256),
                ("file-damaged", bad.sha256),
            }
            assert {code for code, _ in found} <= set(maintenance.TEXTS)

    anyio.run(main)
