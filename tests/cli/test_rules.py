# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules from files on the command line."""

import json
from pathlib import Path

from tests.support.platforms import run_scenario
from tests.support.sensing import START, thing
from tests.web.process import call

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.sensing.observation import Observation
from allmende.policy import ANONYMOUS, SYSTEM

TEMP = "https://vocab.nerc.ac.uk/collection/P02/current/TEMP/"
KELVIN = f"""
title = {{ de = "Kelvin", en = "Kelvin" }}
each = "stream"
[inputs.t]
property = "{TEMP}"
unit = "K"
[outputs.kelvin]
value = "t"
unit = "K"
"""


def rules(folder: Path, *words: str | Path, code: int = 0) -> dict:
    place = () if words[0] == "check" else ("--data", folder)
    done = call("rules", *words, *place, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_rule_comes_from_a_file_and_goes(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "kelvin.toml"
    file.write_text(KELVIN, "utf-8")

    async def measure(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        given = [Observation(datastream=made.streams["air"], time=START, result=0.0)]
        await sensing.observe(platform, SYSTEM, given)

    run_scenario(Settings(data=data), measure)
    assert rules(data, "check", file)["files"] == [{"file": str(file), "valid": True}]
    days = ("--days", "2", "--until", "2024-06-21")
    tried = rules(data, "try", file, *days)
    (group,) = tried["groups"]
    assert group["written"] == [
        {"time": "2024-06-20T08:48:38Z", "output": "kelvin", "result": 273.15}
    ]
    assert rules(data, "list") == {"rules": []}
    (saved,) = rules(data, "apply", file, "--organisation", "jena")["saved"]
    assert (saved["id"], saved["organisation"], saved["on"]) == ("kelvin", "jena", False)
    (again,) = rules(data, "apply", file, "--on")["saved"]
    assert (again["version"], again["organisation"], again["on"]) == (1, "jena", True)
    (same,) = rules(data, "apply", file)["saved"]
    assert same == again
    assert rules(data, "try", "kelvin", *days)["groups"] == tried["groups"]
    shown = rules(data, "show", "kelvin")
    assert shown["document"] == KELVIN
    assert [each["output"] for each in shown["outputs"]] == ["kelvin"]
    plain = call("rules", "show", "kelvin", "--data", data)
    assert plain.stdout.strip() == KELVIN.strip()
    assert "kelvin  on  jena  v1" in call("rules", "list", "--data", data).stdout
    (off,) = rules(data, "apply", file, "--off")["saved"]
    assert off["on"] is False
    assert rules(data, "remove", "kelvin") == {"removed": "kelvin"}
    assert rules(data, "show", "kelvin", code=2)["error"]["code"] == "not-found"

    async def stays(platform: Platform) -> None:
        written = shown["outputs"][0]["datastream"]
        assert await sensing.visible_streams(platform, ANONYMOUS, [written]) == [written]

    run_scenario(Settings(data=data), stays)


def test_what_is_wrong_is_listed_and_costs_no_other(tmp_path: Path) -> None:
    data, good, bad = tmp_path / "data", tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(KELVIN, "utf-8")
    bad.write_text(KELVIN.replace('"K"', '"parsec-ish"').replace("TEMP}", "x"), "utf-8")
    found = rules(data, "check", good, bad, code=1)["files"]
    assert [each["valid"] for each in found] == [True, False]
    assert {each["place"] for each in found[1]["findings"]} == {
        "inputs.t.unit", "outputs.kelvin.unit",
    }  # fmt: skip
    applied = rules(data, "apply", bad, good, "--organisation", "jena", code=1)
    assert [each["id"] for each in applied["saved"]] == ["good"]
    assert [each["file"] for each in applied["refused"]] == [str(bad)]
    assert rules(data, "try", bad, code=1)["findings"]
    german = call("rules", "check", bad, LC_ALL="de_DE.UTF-8")
    assert german.returncode == 1
    assert f"{bad}: inputs.t.unit: „parsec-ish“ ist keine bekannte Einheit" in german.stdout
    assert rules(data, "check", tmp_path / "none.toml", code=2)["error"]["code"] == "no-such-file"
    (tmp_path / "odd name.toml").write_text(KELVIN, "utf-8")
    odd = rules(data, "apply", tmp_path / "odd name.toml", "--organisation", "jena", code=1)
    assert odd["saved"] == []
    assert call("rules", "try", good, "--days", "32", "--data", data).returncode == 2
