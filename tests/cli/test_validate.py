# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende validate`, called as the executable people use."""

import json
from pathlib import Path

from tests.web.process import call

GOOD = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
<https://example.org/c> a dcat:Catalog ; dct:title "Probe" ; dct:description "Alles" ;
  dct:publisher <https://example.org/p> ; dcat:dataset <https://example.org/d> .
<https://example.org/p> a foaf:Agent ; foaf:name "Stadt" .
<https://example.org/d> a dcat:Dataset ; dct:title "Bänke"@de ; dct:description "Alle"@de ;
  dct:publisher <https://example.org/p> .
"""


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.ttl"
    file.write_text(GOOD, "utf-8")
    fine = call("validate", str(file))
    assert fine.returncode == 0, fine.stderr
    assert fine.stdout.splitlines()[-1].startswith("0 violations")
    strict = call("validate", str(file), "--profile", "govdata", LC_ALL="de_DE.UTF-8")
    assert strict.returncode == 1
    assert "Verstoß: GovData verlangt genau eine Kennung" in strict.stdout
    told = json.loads(call("validate", str(file), "--profile", "govdata", "--json").stdout)
    assert told["statements"] == 11
    assert [each["focus"] for each in told["results"] if each["severity"] == "violation"] == [
        "https://example.org/d"
    ]
    other = tmp_path / "noending"
    other.write_text(GOOD, "utf-8")
    assert call("validate", str(other)).returncode == 2
    assert call("validate", str(other), "--syntax", "turtle").returncode == 0
    assert call("validate").returncode == 2
    assert call("validate", str(tmp_path / "nothing.ttl")).returncode == 2


def test_catalogues(tmp_path: Path) -> None:
    file, data = tmp_path / "catalogue.ttl", str(tmp_path / "data")
    file.write_text(GOOD, "utf-8")
    here = ("--data", data)
    assert call("harvest", str(file), "--catalogue", "probe", *here).returncode == 0
    fine = call("validate", "--catalogue", "probe", *here)
    assert fine.returncode == 0, fine.stdout + fine.stderr
    other = call("validate", "--catalogue", "probe", "--profile", "govdata", *here)
    assert other.returncode == 1
    assert "exactly one identifier" in other.stdout
    assert call("validate", "--catalogue", "probe", *here).returncode == 0  # nothing was chosen
    chosen = call("validate", "--catalogue", "probe", "--profile", "govdata", "--choose", *here)
    assert chosen.returncode == 1
    told = json.loads(call("validate", "--catalogue", "probe", "--json", *here).stdout)
    assert told["profiles"] == ["govdata"]
    assert told["counts"]["violation"] == 1
    assert told["records"][0]["findings"][0]["path"] == "contributor_id"
    assert call("validate", "--catalogue", "nowhere", *here).returncode == 2
