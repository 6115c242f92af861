# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sources are registered, classified, scheduled, paused and forgotten from the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.web.process import call

CATALOGUE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
<https://example.org/c> a dcat:Catalog ; dct:title "Probe"@de ;
    dcat:dataset <https://example.org/d1> .
<https://example.org/d1> a dcat:Dataset ; dct:title "Bänke"@de ; dct:identifier "d1" .
"""


def told(done: subprocess.CompletedProcess[str], code: int = 0) -> dict:
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def source(folder: Path, *words: str, code: int = 0) -> dict:
    return told(call("source", *words, "--data", folder, "--json"), code)


def test_a_source_lives_on_the_command_line(tmp_path: Path) -> None:
    address = "https://daten.example.org/catalog.ttl"
    saved = source(tmp_path, "save", address, "--catalogue", "probe", "--every", "6h")["source"]
    assert (saved["every_seconds"], saved["kind"], saved["active"]) == (21_600, "dcat", True)
    assert [each["id"] for each in source(tmp_path, "list")["sources"]] == [saved["id"]]
    assert source(tmp_path, "pause", saved["id"])["source"]["active"] is False
    assert source(tmp_path, "resume", saved["id"])["source"]["active"] is True
    assert source(tmp_path, "remove", saved["id"]) == {"removed": saved["id"]}
    assert source(tmp_path, "list") == {"sources": []}
    missing = source(tmp_path, "pause", "nothing", code=2)
    assert missing["error"]["code"] == "not-found"


def test_closed_sources_name_the_reason(tmp_path: Path) -> None:
    words = ("save", "https://daten.example.org/c.ttl", "--metadata", "internal")
    refused = source(tmp_path, *words, code=2)
    assert refused["error"]["code"] == "legal-basis-missing"


def test_wrong_times_are_explained(tmp_path: Path) -> None:
    done = call("source", "save", "https://example.org/", "--every", "often", "--data", tmp_path)
    assert done.returncode == 2
    assert "30m, 6h or 1d" in done.stderr


def test_harvesting_by_hand_keeps_the_classification(tmp_path: Path) -> None:
    file = tmp_path / "c.ttl"
    file.write_text(CATALOGUE)
    closed = ("--metadata", "internal", "--files", "internal", "--legal-basis", "Vertrag")
    source(tmp_path, "save", str(file), "--catalogue", "probe", *closed)
    done = told(call("harvest", file, "--catalogue", "probe", "--data", tmp_path, "--json"))
    assert done["counts"]["created"] >= 1
    (kept,) = source(tmp_path, "list")["sources"]
    assert kept["metadata_access"] == "internal"
