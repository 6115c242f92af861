# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The walk through the house names functions and files that are there."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, in_backticks, section
from tests.house.files import ROOT, text

from allmende.model.catalogue import Dataset, ResourceKind
from allmende.model.rdf import parse, read_catalogue

PAGE = Path("docs/explanation/architecture.md")
WALK = section(PAGE, "Follow one value through the house")
ROOMS = {path.stem for path in (ROOT / "src/allmende").iterdir()}


def names() -> list[str]:
    found = (name for name in in_backticks(WALK) if " " not in name)
    return sorted({name for name in found if "/" in name or name.partition(".")[0] in ROOMS})


@pytest.mark.parametrize("name", names())
def test_the_name_exists(name: str) -> None:
    if "/" in name:
        assert (ROOT / name).exists(), f"{PAGE} names the path {name}"
        return
    assert exists(name), f"{PAGE} names allmende.{name}"


def exists(name: str) -> bool:
    """Whether the dotted name is a module of the package, or something inside one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(["allmende", *parts[:length]]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part) and part not in getattr(found, "__annotations__", {}):
                return False
            found = getattr(found, part, None)
        return True
    return False


TO_BE_MADE = ("/datajson/", "/titles/", "/XX.po")  # by the reader of a guide
PATH = re.compile(r"(?:src|tests|tools|docs|bench)/[\w./-]+")


def test_every_page_names_files_that_are_there() -> None:
    for page in PAGES:
        for name in in_backticks(text(page)):
            if PATH.fullmatch(name) and not any(part in name for part in TO_BE_MADE):
                assert (ROOT / name).exists(), f"{page} names {name}"


def test_there_is_enough_to_follow() -> None:
    assert len(names()) > 30
    assert not exists("core.catalogue.nothing")


def test_the_title_becomes_what_the_page_says() -> None:
    lines = WALK.split("```turtle\n")[1].split("```")[0].rstrip().removesuffix(";") + "."
    prefixes = "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n"
    prefixes += "@prefix dct: <http://purl.org/dc/terms/> .\n"
    (found,) = read_catalogue(parse((prefixes + lines).encode(), "turtle")).records
    assert found.kind is ResourceKind.DATASET
    assert isinstance(found.resource, Dataset)
    assert str(found.resource.title).replace("'", '"') in WALK
