# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page of conformance claims nothing without a test, and leaves no room out."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from tests.house.files import ROOT, text

PAGE = text(Path("docs/conformance.md"))
EVIDENCE = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE)))


@cache
def functions(path: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name: node for node in ast.walk(tree) if isinstance(node, kinds)}


@cache
def needs_foreign_data(path: str, name: str) -> bool:
    """Whether a test, or a fixture of its module that it uses, asks for `shared_data`."""
    node = functions(path).get(name)
    if node is None:
        return False
    wanted = {argument.arg for argument in node.args.args}
    return "shared_data" in wanted or any(needs_foreign_data(path, each) for each in wanted)


@pytest.mark.parametrize("test", EVIDENCE)
def test_the_evidence_exists(test: str) -> None:
    path, name = test.split("::")
    assert (ROOT / path).exists(), f"docs/conformance.md names {test}"
    assert name in functions(path), f"docs/conformance.md names {test}"


def test_nothing_that_looks_like_a_test_is_left_unchecked() -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", PAGE))
    assert named == set(EVIDENCE)
    assert len(named) > 60


def test_rows_say_when_foreign_data_is_needed() -> None:
    for row in (line for line in PAGE.splitlines() if line.startswith("| ")):
        found = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        needed = any(needs_foreign_data(path, name) for path, name in found)
        assert needed == ("◆" in row), f"the mark ◆ is wrong in: {row}"


def test_every_source_and_interface_stands_there_with_its_grade() -> None:
    for room in ("sources", "interfaces"):
        for folder in sorted((ROOT / "src/allmende" / room).glob("*/__init__.py")):
            name = folder.parent.name
            row = re.search(rf"^\| `{room}/{name}` \|[^|]+\| (\S+) \|", PAGE, re.M)
            assert row, f"docs/conformance.md says nothing about {room}/{name}"
            manifest = folder.parent / "manifest.toml"
            said = tomllib.loads(manifest.read_text("utf-8")) if manifest.exists() else {}
            assert row[1] == said.get("grade", "–"), f"{room}/{name} has another grade"
