# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende retain`, called as people call it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.test_import import told
from tests.support.platforms import run_scenario
from tests.support.sensing import thing
from tests.web.process import call

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.sensing.calendar import DAY, HOUR
from allmende.model.sensing.observation import Observation
from allmende.policy import SYSTEM
from allmende.store import now

RULES = """
[[policy]]
id = "air"
title = { de = "Luft" }
days = 30
then = "delete"
figures = [{ grain = "hour", years = 5 }]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A platform with 50 old observations and 10 new ones."""

    async def fill(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        for n, days in ((50, 90), (10, 5)):
            start = now() - days * DAY
            given = [
                Observation(datastream=made.streams["air"], time=start + at * HOUR, result=1.0)
                for at in range(n)
            ]
            await sensing.observe(platform, SYSTEM, given)

    run_scenario(Settings(data=tmp_path / "data"), fill)
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    return tmp_path / "data"


def test_a_trial_says_what_would_happen_and_then_it_happens(data: Path, tmp_path: Path) -> None:
    place, rules = ("--data", data, "--json"), ("--rules", tmp_path / "rules.toml")
    (due,) = told(call("retain", "--dry-run", *rules, *place))["due"]
    assert (due["observations"], due["action"], due["rule"]) == (50, "deleted", "air")
    assert told(call("retain", *place))["deleted"] == 0
    done = told(call("retain", *rules, "--reason", "less is more", *place))
    assert done["deleted"] == 50
    assert told(call("retain", "--dry-run", *place))["due"] == []


def test_people_read_sentences(data: Path, tmp_path: Path) -> None:
    options = ("--data", data, "--rules", tmp_path / "rules.toml", "--dry-run")
    done = call("retain", *options, LC_ALL="de_DE.UTF-8")
    assert done.returncode == 0
    assert "50 würden gelöscht" in done.stdout
    assert "50 Messwerte aus 1 Messreihen" in done.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[policy]", "holds no rules"),
        ('[[policy]]\nid = "a"\ntitle = {de = "A"}\nkeep = 3\n', "keep"),
        ('[[policy]]\nid = "a"\ntitle = {de = "A"}\ndays = 0\n', "1 hour to"),
    ],
)
def test_what_cannot_be_a_rule_is_said(data: Path, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "rules.toml").write_text(text, "utf-8")
    options = ("--data", data, "--rules", tmp_path / "rules.toml", "--reason", "x")
    done = call("retain", *options)
    assert done.returncode == 2
    assert says in done.stderr
