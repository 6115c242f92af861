# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules of the house that no linter knows."""

import ast
import gc
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.house.files import ROOT, text, tracked, with_endings

HEADED = (".py", ".sql", ".css", ".js", ".mjs", ".html", ".toml", ".sh", ".yml", ".cff")
SPDX = ("SPDX-FileCopyrightText:", "SPDX-License-Identifier:")
LARGE_ALLOWED: frozenset[str] = frozenset()
LONG_ALLOWED = {
    "src/allmende/model/catalogue.py",  # the one list of every property
    "tests/test_policy_matrix.py",  # the one list of every door
}
HANDS_ON = {  # they give every error to whoever waits for the write
    "src/allmende/store/writer.py",
    "src/allmende/store/at_once.py",
}
WORD = "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3])


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file.

    The collector of garbage waits meanwhile: on Python 3.11.2, which Debian 12 has, it may
    upset the count of nested nodes (CPython issue 106905).
    """
    gc.disable()
    try:
        return ast.parse(text(path))
    finally:
        gc.enable()


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    nodes = ast.walk(tree(path))
    return [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_imports_point_down_the_house() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_name_their_licence() -> None:
    fixtures = ("tests/", "bench/")
    for path in with_endings(*HEADED):
        if path.suffix == ".html" and str(path).startswith(fixtures):
            continue
        head = "\n".join(text(path).splitlines()[:5])
        assert all(mark in head for mark in SPDX), f"{path}: the two SPDX lines are missing"


def test_files_are_small() -> None:
    for path in tracked():
        if str(path) not in LARGE_ALLOWED:
            assert (ROOT / path).stat().st_size <= 2_000_000, f"{path} is larger than 2 MB"


def test_code_needs_no_scrolling() -> None:
    for path in with_endings(".py"):
        long = text(path).count("\n") > 400 and str(path) not in LONG_ALLOWED
        assert not long, f"{path} has more than 400 lines"
        for node in functions(path):
            assert length(node) <= 50, f"{path}:{node.lineno} {node.name} has over 50 lines"


def cleans_up(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_no_broad_except() -> None:
    """Whoever catches everything hides faults; to clean up and raise again is fine."""
    for path in with_endings(".py"):
        if str(path) in HANDS_ON:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else ""
                broad = caught in ("", "Exception", "BaseException")
                assert not broad or cleans_up(node), f"{path}:{node.lineno} catches everything"


def test_nothing_is_left_undone() -> None:
    undone = re.compile(rf"\b({WORD})\b")
    for path in with_endings(".py", ".sql", ".js", ".css", ".html"):
        found = undone.search(text(path))
        assert not found, f"{path} says {found and found.group()}"


def test_no_machine_paths() -> None:
    """Paths of the machine a thing was written on are of no use elsewhere."""
    path_of_a_machine = re.compile(r"(?<![\w.])/(?:" + "|".join(["work", "root", "home"]) + r")/\w")
    kinds = (".py", ".sql", ".md", ".toml", ".js", ".css", ".html", ".sh", "Makefile", ".yml")
    for path in with_endings(*kinds):
        found = path_of_a_machine.search(text(path))
        assert not found, f"{path}: {found and found.group()}…"


def test_no_registry_is_named() -> None:
    """Where packages come from is the choice of whoever installs them."""
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com"]
    for path in tracked():
        if path.suffix not in (".xz", ".gz", ".png", ".gpkg", ".parquet"):
            body = (ROOT / path).read_bytes().decode("utf-8", "replace")
            assert not any(host in body for host in hosts), f"{path} names a package registry"


def test_sql_is_in_the_store_only() -> None:
    statement = re.compile(
        r"^\s*(SELECT\b.+\bFROM|INSERT INTO|DELETE FROM|UPDATE\b.+\bSET)\b", re.S
    )
    for path in with_endings(".py"):
        if not str(path).startswith("src/allmende/") or "/store/" in str(path):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if "sparql" in str(path):
                    continue
                assert not statement.match(node.value), f"{path}:{node.lineno} holds SQL"


@pytest.mark.parametrize("engine_name", ["sqlite", "postgres"])
def test_migrations_exist_for_both_engines(engine_name: str) -> None:
    folder = ROOT / "src/allmende/store/migrations"
    both = {
        name: {p.name for p in (folder / name).glob("*.sql")} for name in ("sqlite", "postgres")
    }
    assert both[engine_name] == both["sqlite"] | both["postgres"]
