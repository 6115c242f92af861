# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CSV lists of datasets: separators, encodings, headings, broken rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import City, Scenario
from tests.sources.servers import fetcher

from allmende.core.fetch import Body
from allmende.core.harvest.types import Fault, HarvestRequest, SourceRecord
from allmende.errors import AllmendeError
from allmende.model.catalogue import Dataset
from allmende.model.namespaces import AUTHORITY, DCATDE_LICENSES
from allmende.sources.table.source import decode, read

Play = Callable[[Scenario], None]
ROWS = [
    ["Titel", "Beschreibung", "Link", "Format", "Lizenz", "Schlagwörter", "Geändert", "E-Mail"],
    [
        "Bäume",
        "Alle; Bäume",
        "https://stadt.test/baeume.csv",
        "",
        "dl-de-zero-2.0",
        "Baum, Grün",
        "31.12.2023",
        "gruen@stadt.test",
    ],
    ["Wege", "", "https://stadt.test/w.zip https://stadt.test/w.pdf", "SHP, PDF", "", "", "", ""],
]


def table(separator: str) -> str:
    return "\r\n".join(separator.join(f'"{cell}"' for cell in row) for row in ROWS)


def read_text(path: Path, **options: str) -> list[SourceRecord | Fault]:
    async def main() -> list[SourceRecord | Fault]:
        found: list[SourceRecord | Fault] = []
        async with fetcher() as fetch:
            async for page in read(HarvestRequest(str(path), options), fetch):
                found.extend(page.records)
        return found

    return anyio.run(main)


def resources(path: Path) -> list[Dataset]:
    loaded = [record.load().resource for record in read_text(path) if not isinstance(record, Fault)]
    return [found for found in loaded if isinstance(found, Dataset)]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separators_and_encodings(tmp_path: Path, separator: str, encoding: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(table(separator).encode(encoding))
    trees, ways = resources(file)
    assert trees.title == {"de": "Bäume"}
    assert trees.description == {"de": "Alle; Bäume"}
    assert trees.keyword == {"de": ["Baum", "Grün"]}
    assert trees.modified == "2023-12-31"
    assert trees.contact_point[0].email == ["mailto:gruen@stadt.test"]
    (csv_file,) = trees.distribution
    assert csv_file.format == AUTHORITY + "file-type/CSV"
    assert csv_file.license == DCATDE_LICENSES + "dl-zero-de/2.0"
    assert [d.format for d in ways.distribution] == [
        AUTHORITY + "file-type/SHP",
        AUTHORITY + "file-type/PDF",
    ]


def test_a_list_becomes_datasets(play: Play, tmp_path: Path) -> None:
    async def scenario(city: City) -> None:
        file = tmp_path / "liste.csv"
        file.write_text(table(";"), "utf-8")
        source = await city.source(str(file))
        assert source.kind == "table"
        run = await city.run()
        assert (run.status, run.counts.created) == ("complete", 2)
        file.write_text(table(";").replace("Alle; Bäume", "Alle Bäume"), "utf-8")
        run = await city.run()
        assert (run.counts.updated, run.counts.unchanged) == (1, 1)

    play(scenario)


def test_english_headings_and_broken_rows(play: Play, tmp_path: Path) -> None:
    async def scenario(city: City) -> None:
        file = tmp_path / "list.csv"
        file.write_text('id,title,url\n1,One,https://a.test/1.json\n\n2,,https://a.test\n3,"Three"')
        await city.source(str(file), options={"language": "en"})
        run = await city.run()
        assert (run.counts.created, run.counts.faults) == (2, 1)
        ((_, fault),) = (await city.report(run)).faults
        assert (fault.code, fault.place) == ("table-no-title", "line 4")
        assert await city.titles() == ["One", "Three"]

    play(scenario)


def test_a_table_without_titles_is_explained(play: Play, tmp_path: Path) -> None:
    async def scenario(city: City) -> None:
        file = tmp_path / "list.csv"
        file.write_text("a;b\n1;2\n")
        await city.source(str(file))
        run = await city.run()
        assert run.status == "failed"
        assert run.error["code"] == "table-no-title"

    play(scenario)


def test_the_template_of_the_guide_is_readable(repository: Path, tmp_path: Path) -> None:
    guide = (repository / "docs/how-to/harvest.md").read_text("utf-8")
    template = guide.partition("```csv\n")[2].partition("```")[0]
    file = tmp_path / "template.csv"
    file.write_text(template, "utf-8")
    found = read_text(file)
    assert found
    for record in found:
        assert isinstance(record, SourceRecord)
        assert record.load().repairs == [] or all(
            repair.code == "text-for-concept" for repair in record.load().repairs
        )


@given(st.binary(max_size=200))
def test_any_table_gives_records_or_faults(data: bytes) -> None:
    from allmende.sources.table.source import _records

    body = Body(address="https://a.test/", data=b"title;url;date\n" + data)
    try:
        found = list(_records(HarvestRequest("https://a.test/"), body))
    except AllmendeError:
        return
    assert all(isinstance(record, SourceRecord | Fault) for record in found)
    assert isinstance(decode(data), str)
