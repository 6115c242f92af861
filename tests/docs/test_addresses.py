# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page of addresses and the program know the same addresses."""

import re
from pathlib import Path

from starlette.routing import Route
from tests.docs.pages import in_backticks
from tests.house.files import text

from allmende.core.settings import Settings
from allmende.web import system
from allmende.web.metrics import Requests
from allmende.web.rooms import interface_modules, routes

PAGE = text(Path("docs/reference/addresses.md"))


def answered() -> set[str]:
    """Every address of the program; those of both languages once."""
    found = [*system.routes(Settings(), Requests(), []), *routes(list(interface_modules()))]
    paths = {
        re.sub(r"(?<=\w):\w+(?=})", "", each.path) for each in found if isinstance(each, Route)
    }
    assert {path[4:] for path in paths if path.startswith("/de/")} == {
        path[4:] for path in paths if path.startswith("/en/")
    }
    return {re.sub(r"^/(de|en)/", "/{language}/", path) for path in paths}


def described() -> set[str]:
    rows = "\n".join(line for line in PAGE.splitlines() if line.startswith("|"))
    return {name for name in in_backticks(rows) if name.startswith("/")}


def test_every_address_is_described() -> None:
    assert answered() - described() == set()


def test_every_described_address_is_answered() -> None:
    assert described() - answered() == set()
