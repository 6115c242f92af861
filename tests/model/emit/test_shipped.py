# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The models of the demo city in every format."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import jsonschema_rs
import msgspec
import psycopg
import pyoxigraph
import pytest
from tests.model.emit.samples import PLACE
from tests.model.emit.test_clients import compiler, run

from allmende.model.compare import compare
from allmende.model.document import Model, problems
from allmende.model.emit import EMITTERS, json_schema, postgis, sqlite

FOLDER = Path(__file__).parents[3] / "src" / "allmende" / "demo" / "models"
MODELS = [
    msgspec.json.decode(path.read_bytes(), type=Model) for path in sorted(FOLDER.glob("*.json"))
]


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.id)
def test_a_shipped_model_has_every_format(model: Model) -> None:
    assert problems(model) == []
    made = {name: each.emit(model, PLACE) for name, each in EMITTERS.items()}
    document = json.loads(made["json-schema"])
    assert json_schema.read(document) == model
    jsonschema_rs.meta.validate(document)
    assert list(pyoxigraph.parse(made["shacl"], pyoxigraph.RdfFormat.TURTLE))
    apsw.Connection(":memory:").execute(sqlite.emit(model, PLACE))
    compile(made["python"], "made.py", "exec")
    assert compare(model, json_schema.read(document)).level == "none"


@pytest.mark.postgres
def test_postgis_takes_every_shipped_model(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as db:
        for model in MODELS:
            db.execute(postgis.emit(model, PLACE))


def test_typescript_takes_every_shipped_model(tmp_path: Path) -> None:
    names = []
    for model in MODELS:
        names.append(f"{model.id}.ts")
        (tmp_path / names[-1]).write_text(EMITTERS["typescript"].emit(model, PLACE), "utf-8")
    strict = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom"]
    done = run([*compiler(), *strict, *names], tmp_path)
    assert done.returncode == 0, done.stdout
