# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Settings that pages print are settings the program takes."""

import tomllib
from pathlib import Path

import pytest
from msgspec.structs import fields
from tests.docs.pages import FENCE, PAGES
from tests.house.files import text

from allmende.cli import COMMANDS
from allmende.core.configuration import load
from allmende.portal.site import PortalSettings, city_style, site

TOML = [
    pytest.param(fence[2], id=f"{page}:{text(page).count(chr(10), 0, fence.start()) + 1}")
    for page in PAGES
    for fence in FENCE.finditer(text(page))
    if fence[1] == "toml" and str(page).startswith("docs/how-to/") and "base_url" in fence[2]
]


@pytest.mark.parametrize("block", TOML)
def test_a_printed_settings_file_is_taken(block: str, tmp_path: Path) -> None:
    file = tmp_path / "allmende.toml"
    file.write_text(block)
    settings = load(file, {})
    assert settings.base_url.startswith("https://")
    assert city_style(site(settings).portal).body


def test_variables_of_the_environment_that_pages_name_exist() -> None:
    named = {
        line.partition("=")[0]: line.partition("=")[2]
        for page in PAGES
        for fence in FENCE.finditer(text(page))
        for line in fence[2].splitlines()
        if line.startswith("ALLMENDE_") and " " not in line
    }
    assert len(named) > 1
    load(None, {name: value for name, value in named.items() if not name.endswith("_FILE")})


def test_the_unit_starts_a_command_with_settings_that_exist() -> None:
    page = text(Path("docs/how-to/run-in-production.md"))
    (unit,) = (fence[2] for fence in FENCE.finditer(page) if fence[1] == "ini")
    lines = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)
    program, command = lines["ExecStart"].split()
    assert program.endswith("/.venv/bin/allmende")
    assert command in COMMANDS
    name, file = lines["Environment"].split("=")
    assert name == "ALLMENDE_CONFIG"
    assert f"`{file}` holds what everybody may read" in page
    assert f"`{lines['EnvironmentFile'].removeprefix('-')}` holds secrets" in page
    assert float(lines["TimeoutStopSec"]) > load(None, {}).graceful_seconds


def test_every_setting_of_the_look_is_shown() -> None:
    page = text(Path("docs/how-to/change-the-look.md"))
    (shown,) = (tomllib.loads(fence[2]) for fence in FENCE.finditer(page) if fence[1] == "toml")
    assert set(shown["extra"]["portal"]) == {each.name for each in fields(PortalSettings)}
