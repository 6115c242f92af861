# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Generated modules, judged by mypy, Python and the TypeScript compiler."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from tests.conftest import ROOT, missing
from tests.model.emit.samples import BARE, PLACE, ROW, TREES, models

from allmende.model.document import Entity, Field, Model
from allmende.model.emit import python_client, typescript

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
ODD = Model(
    id="odd",
    title={"en": 'Ends in "quotes" and \\'},
    entities=[
        Entity(name=name, fields=[Field(name="def"), Field(name="str"), Field(name="int")])
        for name in ("feature", "any", "T", "none", "string", "record", "date")
    ],
)


def load(text: str, folder: Path) -> ModuleType:
    path = folder / "made.py"
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location("made", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["made"] = module
    spec.loader.exec_module(module)
    return module


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_python_client_is_strictly_typed(tmp_path: Path) -> None:
    for model in (TREES, BARE, ODD):
        name = f"made_{model.id}.py"
        (tmp_path / name).write_text(python_client.emit(model, PLACE), "utf-8")
    made = sorted(map(str, tmp_path.glob("*.py")))
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file"]
    done = run([*command, os.devnull, *made], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rows_survive_the_python_types(tmp_path: Path) -> None:
    made = load(python_client.emit(TREES, PLACE), tmp_path)
    given = {name: value for name, value in ROW.items() if value is not None and name != "place"}
    tree = made.Tree.from_json(given)
    assert tree.planted.year == 1990
    assert tree.checks[0].follows.day.isoformat() == "2024-01-02"
    assert tree.to_json() == given
    assert made.Tree.from_json({"number": "a", "species": "lime", "protected": False}).owner is None
    with pytest.raises(ValueError, match="http"):
        next(made.connect("file:///etc").items())


@settings(max_examples=40, suppress_health_check=SLOW)
@given(models())
def test_python_compiles_any_model(tmp_path: Path, model: Model) -> None:
    assert load(python_client.emit(model, PLACE), tmp_path).connect().token == ""


def compiler() -> list[str]:
    """The command of the TypeScript compiler: set TSC, or have it beside the repository."""
    named = os.environ.get("TSC")
    beside = ROOT / "node_modules" / ".bin" / "tsc"
    found = named or shutil.which("tsc") or (str(beside) if beside.is_file() else None)
    if found is None or shutil.which("node") is None:
        missing("typescript", "no node with tsc (npm install typescript@5, or set TSC)")
    return [str(found)]


def test_typescript_takes_the_client_strictly(tmp_path: Path) -> None:
    names = []
    for model in (TREES, BARE, ODD):
        names.append(f"{model.id}.ts")
        (tmp_path / names[-1]).write_text(typescript.emit(model, PLACE), "utf-8")
    (tmp_path / "use.ts").write_text(
        'import { connect, type Tree } from "./trees.js";\n'
        'const tree: Tree = { number: "B-1", species: "oak\'s", protected: true };\n'
        "for await (const each of connect().items({ bbox: [1, 2, 3, 4] })) {\n"
        "  const height: number | null | undefined = each.properties.height;\n"
        "  console.log(height, tree);\n}\nexport {};\n"
    )
    wrong = 'import type { Tree } from "./trees.js";\nexport const tree: Tree = { number: 1 };\n'
    (tmp_path / "wrong.ts").write_text(wrong)
    strict = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--lib"]
    strict += ["es2022,dom", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"]
    (tmp_path / "package.json").write_text('{"type": "module"}')
    command = [*compiler(), *strict]
    good = subprocess.run(
        [*command, *names, "use.ts"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert good.returncode == 0, good.stdout
    bad = subprocess.run(
        [*command, "wrong.ts"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert bad.returncode != 0
    assert "wrong.ts" in bad.stdout
