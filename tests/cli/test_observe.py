# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende observe`, called as people call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_import import told
from tests.web.process import call

CSV = "Zeit;Luftdruck [hPa]\n2024-05-01T00:00Z;990,5\n2024-05-01T00:10Z;990,7\n"
MAPPING = """
name = "Wetter"
[thing]
id = "w1"
longitude = 11.58
latitude = 50.93
[time]
from = "Zeit"
[streams.pressure]
from = "Luftdruck [hPa]"
property = "air-pressure"
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "wetter.csv"
    path.write_text(CSV, "utf-8")
    return path


def test_a_file_becomes_series_and_nothing_comes_twice(table: Path, tmp_path: Path) -> None:
    place = ("--data", tmp_path / "data", "--json")
    trial = told(call("observe", table, "--dry-run", *place))
    assert (trial["trial"], trial["results"], trial["created"]) == (True, 2, 0)
    first = told(call("observe", table, *place))
    assert (first["kind"], first["things"], first["created"]) == ("csv", 1, 2)
    again = told(call("observe", table, *place))
    assert (again["created"], again["repeated"]) == (0, 2)


def test_what_is_refused_is_listed_and_the_code_is_1(table: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "w.toml"
    mapping.write_text(MAPPING, "utf-8")
    table.write_text(CSV + "gestern;5\n", "utf-8")
    options = ("--mapping", mapping, "--access", "internal", "--organisation", "jena")
    done = call("observe", table, *options, "--data", tmp_path / "data", LC_ALL="de_DE.UTF-8")
    assert done.returncode == 1
    assert "neu 2, abgelehnt 1" in done.stdout
    assert "Zeile 4 (Zeit): „gestern“ ist kein Zeitpunkt." in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("missing.csv",), "missing.csv"),
        (("TABLE", "--kind", "csw"), "csw"),
        (("TABLE", "--mapping", "missing.toml"), "missing.toml"),
        (("TABLE", "--mapping", "TABLE"), "description"),
        (("TABLE", "--kind", "ice"), "ice"),
        (("TABLE", "--every", "every 10m"), "Only web addresses"),
        (("mqtt://host", "--kind", "json"), "mqtts://"),
    ],
)
def test_what_cannot_run_says_why(
    table: Path, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    given = [table if word == "TABLE" else word for word in words]
    done = call("observe", *given, "--data", tmp_path / "data")
    assert done.returncode == 2, done.stdout
    assert says in done.stderr


def test_a_schedule_is_kept_and_ended(tmp_path: Path) -> None:
    from tests.sources.servers import running_site

    place = ("--data", tmp_path / "data", "--json")
    settings = {"ALLMENDE_HARVEST_PRIVATE": "true"}
    with running_site() as site:
        address = site.serve("/w.csv", CSV, "text/csv")
        report = told(call("observe", address, "--every", "every 10m", *place, **settings))
        assert report["created"] == 2
        assert told(call("observe", address, "--stop", *place)) == {"stopped": 1}
        done = call("observe", address, "--stop", *place)
        assert (done.returncode, json.loads(done.stdout)) == (1, {"stopped": 0})
