# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The tutorial "Write a source" tells the truth: its files work as they stand there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from types import ModuleType

import anyio
import msgspec
from tests.sources.servers import fetcher

from allmende.core.harvest.readers import Manifest
from allmende.core.harvest.types import Fault, HarvestRequest, SourceRecord
from allmende.model.catalogue import Dataset


def block(text: str, kind: str, number: int = 0) -> str:
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)[number]


def test_the_reader_of_the_tutorial_works(repository: Path, tmp_path: Path) -> None:
    text = (repository / "docs/tutorial/write-a-source.md").read_text("utf-8")
    listing = tmp_path / "data.json"
    listing.write_text(block(text, "sh").partition("<<'JSON'\n")[2].partition("\nJSON")[0])
    module = ModuleType("datajson")
    exec(block(text, "python"), module.__dict__)  # noqa: S102

    async def read() -> list[SourceRecord | Fault]:
        async with fetcher() as fetch:
            pages = [page async for page in module.read(HarvestRequest(str(listing)), fetch)]
        return [record for page in pages for record in page.records]

    trees, fault, ways = anyio.run(read)
    assert isinstance(trees, SourceRecord)
    assert isinstance(fault, Fault)
    assert isinstance(ways, SourceRecord)
    content = trees.load()
    assert isinstance(content.resource, Dataset)
    assert content.resource.distribution[0].access_url == ["https://city.example/trees.csv"]
    assert ways.load().resource.modified == "2023-12-31"


def test_the_manifest_and_the_test_of_the_tutorial_are_well_formed(repository: Path) -> None:
    text = (repository / "docs/tutorial/write-a-source.md").read_text("utf-8")
    manifest = msgspec.convert(tomllib.loads(block(text, "toml")), Manifest)
    assert manifest.evidence[manifest.grade][0].partition("::")[2] in block(text, "python", 2)
    compile(block(text, "python", 2), "test_datajson.py", "exec")
