# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a terminal shows, and how a command ends."""

import subprocess
import sys

import pytest

from allmende.cli.console import Console, language
from allmende.cli.outcome import Outcome
from allmende.errors import NotFound


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "de", "LANG": "fr_FR"}, "de"),
    ],
)
def test_language(monkeypatch, variables, expected):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language() == expected


def test_progress_is_drawn_and_wiped_on_a_terminal_only(capsys):
    console = Console(as_json=False)
    console.progress(1, 2, "files")
    assert capsys.readouterr().err == ""
    console.live = True
    console.progress(1, 2, "files")
    console.progress(1, 2, "too soon")
    console.progress(2, 2, "done")
    console.result({}, "fine")
    said = capsys.readouterr()
    assert said.err == "\r\x1b[K1/2  50 %  files\r\x1b[K2/2 100 %  done\r\x1b[K"
    assert said.out == "fine\n"


def ended(error: BaseException | None) -> int:
    outcome = Outcome(Console(as_json=False))
    with outcome:
        outcome.code = 1
        if error:
            raise error
    return outcome.code


def test_exit_codes(capsys):
    assert ended(None) == 1
    assert ended(NotFound("No.")) == 2
    assert ended(KeyboardInterrupt()) == 2
    assert ended(BrokenPipeError()) == 2
    assert ended(FileNotFoundError(2, "No such file", "/x")) == 2
    assert ended(ZeroDivisionError("fault")) == 2
    said = capsys.readouterr().err
    assert "allmende: No." in said
    assert "/x: No such file" in said
    assert "ZeroDivisionError" in said
    with pytest.raises(SystemExit):
        ended(SystemExit(0))


def test_help_imports_nothing_heavy():
    heavy = ("asyncio", "starlette", "msgspec", "anyio", "apsw", "jinja2", "pyoxigraph", "uvicorn")
    code = (
        "import sys; from allmende.cli.parser import parse; from allmende.cli import COMMANDS\n"
        "try: parse(['--help'], COMMANDS)\n"
        f"except SystemExit: print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_serving_imports_nothing_it_does_not_need():
    heavy = ("psycopg", "pyoxigraph", "shapely", "pyproj", "babel", "rdflib", "jinja2", "nh3")
    code = (
        "import sys, allmende.web.server, allmende.web.rooms as r; r.rooms()\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
