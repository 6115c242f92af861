# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Loading the demo city: everything is there for everybody, and a second time nothing changes."""

from pathlib import Path

import pytest

from allmende.core import catalogue, files, people
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.demo.load import LoadReport, load
from allmende.demo.shipped import content
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM

pytestmark = pytest.mark.anyio
RECORDS, FILES = 32, 69


def settings(engine: str, tmp_path: Path, **more: str) -> Settings:
    database = engine if engine.startswith("postgresql") else ""
    return Settings(data=tmp_path / "data", database=database, **more)


async def test_first_load_creates_and_second_changes_nothing(engine: str, tmp_path: Path) -> None:
    async with Platform.open(settings(engine, tmp_path)) as platform:
        first = await load(platform)
        assert (first.created, first.updated, first.unchanged) == (RECORDS, 0, 0)
        assert (first.files_stored, first.files_unchanged) == (FILES, 0)
        second = await load(platform)
        assert second == LoadReport(unchanged=RECORDS, files_unchanged=FILES)
        assert await catalogue.count(platform, SYSTEM) == RECORDS
        (organisation,) = await people.organisations(platform, SYSTEM)
        assert (organisation.id, set(organisation.name)) == ("jena", {"de", "en"})


async def test_everybody_reads_a_dataset_and_its_file(tmp_path: Path) -> None:
    async with Platform.open(settings("", tmp_path)) as platform:
        await load(platform)
        record = await catalogue.get(platform, ANONYMOUS, ResourceKind.DATASET, "trees")
        assert isinstance(record.resource, Dataset)
        assert (record.catalogue, record.organisation, record.revision) == ("jena", "jena", 1)
        file, path = await files.locate(platform, ANONYMOUS, "trees", "trees.csv")
        assert path.read_bytes() == content("trees/trees.csv")
        assert record.resource.distribution[0].byte_size == file.size
        assert record.resource.distribution[0].download_url == [
            files.address(platform, "trees", "trees.csv")
        ]
        names = {each.name for each in await files.listing(platform, ANONYMOUS, "trees")}
        assert names == {"trees.csv", "trees.csv-metadata.json"}


async def test_another_address_updates_records_but_not_files(tmp_path: Path) -> None:
    async with Platform.open(settings("", tmp_path)) as platform:
        await load(platform)
    moved = settings("", tmp_path, base_url="https://daten.example.org")
    async with Platform.open(moved) as platform:
        again = await load(platform)
    assert again == LoadReport(updated=RECORDS, files_unchanged=FILES)


async def test_progress_is_told_step_by_step(tmp_path: Path) -> None:
    steps: list[tuple[int, int, str]] = []
    async with Platform.open(settings("", tmp_path)) as platform:
        await load(platform, lambda *step: steps.append(step))
    assert steps[0][:2] == (RECORDS, RECORDS + FILES)
    assert steps[-1][:2] == (RECORDS + FILES, RECORDS + FILES)
    assert [step[0] for step in steps] == list(range(RECORDS, RECORDS + FILES + 1))
