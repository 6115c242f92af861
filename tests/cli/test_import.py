# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende import`, called as people call it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.sources.servers import running_site
from tests.support.platforms import run_scenario
from tests.web.process import call

from allmende.core.drafts import mappings
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.policy import SYSTEM

CSV = "nr;art;hoehe;lon;lat\n1;Eiche;12,5;11.58;50.93\n2;Linde;9;11.59;50.92\n"


def told(done: subprocess.CompletedProcess[str], code: int = 0) -> Any:
    """The JSON a command says, with this exit code."""
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "bäume.csv"
    path.write_text(CSV, "utf-8")
    return path


def test_a_file_becomes_a_collection_without_any_description(table: Path, tmp_path: Path) -> None:
    place = ("--data", tmp_path / "data", "--json")
    report = told(call("import", table, "--collection", "trees", *place))
    assert (report["rows"], report["created"], report["refused"]) == (2, 2, 0)
    assert report["format"] == "csv"
    again = told(call("import", table, "--collection", "trees", *place))
    assert (again["created"], again["unchanged"]) == (0, 2)


def test_how_a_file_was_read_is_kept_for_the_next(table: Path, tmp_path: Path) -> None:
    told(call("import", table, "--collection", "trees", "--data", tmp_path / "data", "--json"))

    async def look(platform: Platform) -> None:
        found = await mappings.kept(platform, SYSTEM, "trees")
        assert found is not None
        assert {"nr", "art", "hoehe"} <= set(found.fields)

    run_scenario(Settings(data=tmp_path / "data"), look)


def test_a_proposal_can_be_looked_at_and_used(table: Path, tmp_path: Path) -> None:
    folder, place = tmp_path / "proposed", ("--data", tmp_path / "data")
    call("import", table, "--collection", "trees", "--propose", folder, *place)
    model, mapping = folder / "trees.json", folder / "trees.toml"
    assert json.loads(model.read_text())["id"] == "trees"
    options = ("--model", model, "--mapping", mapping, "--json", *place)
    report = told(call("import", table, "--collection", "trees", *options))
    assert (report["created"], report["refused"]) == (2, 0)


def test_a_trial_writes_nothing(table: Path, tmp_path: Path) -> None:
    place = ("--data", tmp_path / "data", "--json")
    report = told(call("import", table, "--collection", "trees", "--dry-run", *place))
    assert (report["trial"], report["created"]) == (True, 2)
    report = told(call("import", table, "--collection", "trees", "--dry-run", *place))
    assert (report["created"], report["known"]) == (2, 0)


def test_refused_rows_are_listed_and_the_code_is_1(table: Path, tmp_path: Path) -> None:
    place = ("--data", tmp_path / "data")
    told(call("import", table, "--collection", "trees", "--json", *place))
    table.write_text(CSV + "2;Ahorn;3;11.59;50.92\n", "utf-8")
    done = call("import", table, "--collection", "trees", *place, LC_ALL="de_DE.UTF-8")
    assert done.returncode == 1
    assert "1 abgelehnt" in done.stdout or "abgelehnt 1" in done.stdout
    assert "Zeile 4" in done.stdout


def test_rows_that_are_gone_are_removed_on_demand(table: Path, tmp_path: Path) -> None:
    place = ("--data", tmp_path / "data", "--json")
    told(call("import", table, "--collection", "trees", *place))
    table.write_text("\n".join(CSV.splitlines()[:2]), "utf-8")
    report = told(call("import", table, "--collection", "trees", "--replace", *place))
    assert report["deleted"] == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("missing.csv",), "missing.csv"),
        (("TABLE", "--mapping", "missing"), "missing"),
        (("TABLE", "--model", "missing"), "missing"),
        (("TABLE", "--format", "doc"), "doc"),
        (("TABLE", "--layer", "other"), "other"),
        (("TABLE", "--crs", "EPSG:999999"), "999999"),
    ],
)
def test_what_cannot_run_says_why(
    table: Path, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    given = [table if word == "TABLE" else word for word in words]
    done = call("import", *given, "--collection", "trees", "--data", tmp_path / "data")
    assert done.returncode == 2, done.stdout
    assert says in done.stderr or "table" in done.stderr


def test_the_register_of_trees_by_the_shipped_mapping(shared_data: Path, tmp_path: Path) -> None:
    register = shared_data / "trees" / "jena_baeume_2022-11.ods"
    options = ("--mapping", "trees", "--data", tmp_path / "data", "--json")
    report = told(call("import", register, "--collection", "trees", *options))
    assert (report["rows"], report["created"], report["refused"]) == (42_642, 42_642, 0)
    assert report["crs"] == "EPSG:25832"
    assert "namlr" in report["dropped"]


def test_an_address_is_imported_and_comes_again(tmp_path: Path) -> None:
    from tests.support.platforms import run_scenario, settings_for

    from allmende.core import collections, imports
    from allmende.model.query import Query
    from allmende.policy import SYSTEM

    async def scenario(platform: Platform) -> None:
        refresh = await imports.planned(platform, SYSTEM, "trees")
        assert refresh is not None
        assert (refresh.rule, refresh.address) == ("every 6h", address)
        async with running_fetcher() as fetch:
            report = await imports.run(platform, SYSTEM, refresh, fetch)
            assert (report.created, report.unchanged, report.deleted) == (0, 2, 0)
            site.serve("/trees.csv", CSV.replace("2;Linde", "3;Ahorn"), "text/csv")
            report = await imports.run(platform, SYSTEM, refresh, fetch)
            assert (report.created, report.unchanged, report.deleted) == (1, 1, 1)
        found = await collections.page(platform, SYSTEM, Query(collection="trees"))
        assert sorted(row.values["nr"] for row in found.rows) == [1, 3]
        assert await imports.stop(platform, SYSTEM, "trees")
        assert await imports.planned(platform, SYSTEM, "trees") is None

    def running_fetcher() -> Any:
        from tests.sources.servers import fetcher

        return fetcher()

    with running_site() as site:
        address = site.serve("/trees.csv", CSV, "text/csv")
        options = ("--every", "every 6h", "--replace", "--data", tmp_path / "data", "--json")
        settings = {"ALLMENDE_HARVEST_PRIVATE": "true"}
        told(call("import", address, "--collection", "trees", *options, **settings))
        run_scenario(settings_for("sqlite", tmp_path), scenario)
