# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The commands, called as the executable people use."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
from tests.web.process import PROGRAM, call, environment

from allmende.cli import COMMANDS

PASSWORD = "seven green bicycles by the river"
CATALOGUE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
<https://example.org/c> a dcat:Catalog ; dct:title "Probe"@de ;
    dcat:dataset <https://example.org/d1>, <https://example.org/d2> .
<https://example.org/d1> a dcat:Dataset ; dct:title "Bänke"@de ; dct:identifier "d1" .
<https://example.org/d2> a dcat:Dataset ; dct:title "Brunnen"@de ; dct:identifier "d2" .
"""


def told(done: subprocess.CompletedProcess[str], code: int = 0) -> dict:
    """The JSON a command says, with this exit code."""
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_has_help_in_both_languages(command):
    words = [command] if command else []
    english, german = call(*words, "--help"), call(*words, "--help", LC_ALL="de_DE.UTF-8")
    assert english.returncode == german.returncode == 0
    assert english.stdout != german.stdout
    if command:
        assert COMMANDS[command][0] in english.stdout
        assert COMMANDS[command][1] in german.stdout


def test_version():
    assert call("--version").stdout.startswith("allmende 0.")


@pytest.mark.parametrize("words", [[], ["fly"], ["serve", "--wings"], ["backup"], ["user"]])
def test_a_call_that_makes_no_sense_cannot_run(words):
    done = call(*words)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_the_demo_city_is_loaded_once(tmp_path):
    first = told(call("demo", "--no-serve", "--json", "--data", tmp_path))
    assert first["created"] > 30
    assert first["files_stored"] > 50
    again = told(call("demo", "--no-serve", "--json", "--data", tmp_path))
    assert (again["created"], again["updated"], again["files_stored"]) == (0, 0, 0)
    assert again["unchanged"] == first["created"]
    spoken = call("demo", "--no-serve", "--data", tmp_path, LANG="de_DE.UTF-8")
    assert spoken.stdout.startswith("Demostadt Jena: ")
    assert spoken.stderr == ""  # no progress where there is no terminal


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small catalogue in a file."""
    path = tmp_path / "catalogue.ttl"
    path.write_text(CATALOGUE, encoding="utf-8")
    return path


def test_harvest(tmp_path, source):
    data = tmp_path / "data"
    probe = ("--catalogue", "probe", "--data", data)
    dry = told(call("harvest", source, "--dry-run", "--json", *probe))
    assert dry["numbers"]["created"] == 2
    first = told(call("harvest", source, "--json", *probe))
    assert first["status"] == "complete"
    assert first["counts"]["created"] == 2
    again = told(call("harvest", source, "--json", *probe))
    assert again["counts"].get("created", 0) == 0
    spoken = call("harvest", source, *probe)
    assert spoken.stdout.startswith("probe-")


def test_a_harvest_with_refused_records_lists_them(tmp_path):
    table = tmp_path / "list.csv"
    table.write_text("id,title\n1,Bänke\n2,\n", encoding="utf-8")
    done = call("harvest", table, "--kind", "table", "--json", "--data", tmp_path / "data")
    report = told(done, code=1)
    assert report["counts"]["created"] == 1
    assert len(report["faults"]) == 1
    assert report["faults"][0]["text"]["de"]


def test_a_source_that_is_not_there_cannot_be_harvested(tmp_path):
    done = call("harvest", tmp_path / "none.ttl", "--data", tmp_path / "data")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_backup_and_restore(tmp_path, source):
    data, other, file = tmp_path / "a", tmp_path / "b", tmp_path / "backup.tar.gz"
    told(call("harvest", source, "--json", "--data", data))
    made = told(call("backup", file, "--json", "--data", data))
    assert told(call("restore", file, "--json", "--data", other))["tables"] == made["tables"]
    assert told(call("check", "--json", "--data", other)) == {"problems": []}
    refused = told(call("restore", file, "--json", "--data", data), code=2)
    assert refused["error"]["code"] == "conflict"
    source.write_text("no backup")
    broken = told(call("restore", source, "--json", "--data", tmp_path / "c"), code=2)
    assert broken["error"]["code"] == "not-a-backup"


def test_check_lists_what_is_wrong(tmp_path):
    told(call("demo", "--no-serve", "--json", "--data", tmp_path))
    lost = next(path for path in (tmp_path / "files").rglob("*") if path.is_file())
    lost.unlink()
    problems = told(call("check", "--json", "--data", tmp_path), code=1)["problems"]
    assert [each["code"] for each in problems] == ["file-missing"]
    spoken = call("check", "--data", tmp_path)
    assert (spoken.returncode, lost.name in spoken.stdout) == (1, True)


def test_rebuild(tmp_path, source):
    told(call("harvest", source, "--json", "--data", tmp_path / "data"))
    assert told(call("rebuild", "--json", "--data", tmp_path / "data"))["seconds"] >= 0


def test_people(tmp_path):
    def user(*words: str, code: int = 0, stdin: str = "") -> list[dict]:
        done = call("user", *words, "--json", "--data", tmp_path, stdin=stdin)
        return told(done, code).get("accounts", [])

    call("organisation", "save", "jena", "Stadt Jena", "--name-en", "Jena", "--data", tmp_path)
    role = ("--role", "steward", "--organisation", "jena")
    (ada,) = user("add", "Ada@example.org", "--name", "Ada", *role, stdin=PASSWORD + "\n")
    assert ada["login"] == "ada@example.org"
    assert ada["roles"] == {"jena": ["steward"]}
    user("add", "ada@example.org", code=2, stdin=PASSWORD + "\n")
    user("add", "weak@example.org", code=2, stdin="123\n")
    file = tmp_path / "secret"
    file.write_text("another green bicycle by the sea\n", encoding="utf-8")
    user("password", ada["id"], "--password-file", str(file))
    assert not user("disable", "ada@example.org")[0]["active"]
    assert user("enable", "ada@example.org")[0]["active"]
    (more,) = user("role", "ada@example.org", "administrator")
    assert more["roles"] == {"jena": ["steward"], "*": ["administrator"]}
    (less,) = user("role", "ada@example.org", "administrator", "--withdraw")
    assert less["roles"] == {"jena": ["steward"]}
    assert [each["id"] for each in user("list")] == [ada["id"]]
    user("delete", "ada@example.org")
    assert user("list") == []
    user("disable", "ada@example.org", code=2)


def test_a_password_is_never_an_argument():
    assert "--password " not in call("user", "add", "--help").stdout


def test_organisations(tmp_path):
    place = ("--json", "--data", tmp_path)
    told(call("organisation", "save", "jena", "Stadt Jena", *place))
    told(call("organisation", "save", "parks", "Grün", "--parent", "jena", *place))
    found = told(call("organisation", "list", *place))["organisations"]
    assert {each["id"]: each["parent"] for each in found} == {"jena": None, "parks": "jena"}


def test_tokens(tmp_path):
    place = ("--json", "--data", tmp_path)
    told(call("organisation", "save", "jena", "Stadt Jena", *place))
    rights = ("--organisation", "jena", "--role", "contributor", "--scope", "catalogue:write")
    made = told(call("token", "create", "importer", *rights, "--days", "7", *place))
    assert made["key"].startswith("alm_")
    listed = call("token", "list", *place)
    assert made["key"] not in listed.stdout
    (token,) = told(listed)["tokens"]
    assert (token["name"], token["scopes"]) == ("importer", ["catalogue:write"])
    told(call("token", "revoke", token["id"], *place))
    (token,) = told(call("token", "list", *place))["tokens"]
    assert token["revoked"] != "–"
    told(call("token", "revoke", "t-none", *place), code=2)


def test_a_worker_stops_when_told(tmp_path):
    with subprocess.Popen(
        [PROGRAM, "worker", "--data", tmp_path],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stderr is not None
        assert "Working" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_wrong_setting_is_told_in_the_language_of_the_terminal(tmp_path):
    config = tmp_path / "allmende.toml"
    config.write_text("bodylimit = 1\n", encoding="utf-8")
    done = call("check", "--config", config)
    assert done.returncode == 2
    assert "Did you mean body_limit?" in done.stderr


def test_a_folder_that_cannot_be_made(tmp_path):
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    done = call("user", "list", "--json", "--data", file / "data")
    assert told(done, code=2)["error"]["code"] == "system"
    served = call("serve", "--port", "0", "--data", file / "data")
    assert (served.returncode, "Traceback" in served.stderr) == (2, False)
    assert str(file) in served.stderr


@pytest.mark.parametrize(
    "words", [["check"], ["rebuild"], ["retain"], ["quality", "show"], ["backup", "kept.tar.gz"]]
)
def test_a_folder_without_a_platform_is_told_and_not_filled(tmp_path, words):
    done = call(*words, "--json", "--data", tmp_path / "mistyped")
    assert told(done, code=2)["error"]["code"] == "no-platform"
    assert not (tmp_path / "mistyped").exists()


def test_a_database_that_cannot_be_reached():
    done = call("check", "--json", "--database", "postgresql://nobody@127.0.0.1:1/none")
    assert told(done, code=2)["error"]["code"] == "database"
