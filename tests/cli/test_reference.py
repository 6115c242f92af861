# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The reference of the commands names every command and option there is."""

import re
from pathlib import Path

import pytest
from tests.web.process import call

from allmende.cli import COMMANDS
from allmende.core.problems import KINDS
from allmende.core.settings_page import described

PAGES = Path(__file__).parents[2] / "docs" / "reference"
CLI = (PAGES / "cli.md").read_text(encoding="utf-8")
HTTP = (PAGES / "http.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command):
    titles = " ".join(re.findall(r"^## (.*)$", CLI, re.M)).split()
    assert command in titles
    options = set(re.findall(r"--[a-z-]+", call(command, "--help").stdout)) - {"--help"}
    assert {option for option in options if option not in CLI} == set()


def test_documented_options_exist():
    known = set(re.findall(r"--[a-z-]+", "".join(call(name, "--help").stdout for name in COMMANDS)))
    assert set(re.findall(r"(?<=`)--[a-z-]+", CLI)) - known == set()


def test_every_kind_of_problem_is_documented():
    assert {code for code in KINDS if f"`{code}`" not in HTTP} == set()


def test_every_limit_is_documented():
    limits = [each.name for each in described()]
    limits = limits[limits.index("url_limit") : limits.index("signins_per_minute")]
    exceptions = {"upload_seconds", "keep_alive_seconds"}
    assert {name for name in limits if f"`{name}`" not in HTTP} - exceptions == set()
