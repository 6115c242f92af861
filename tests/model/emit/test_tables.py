# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Table definitions, judged by SQLite, GDAL and PostGIS themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from psycopg.types.json import Jsonb
from tests.model.emit.samples import FAULTS, PLACE, ROW, TREES, models

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit import postgis, sqlite

POINT = bytes.fromhex("47500001e6100000010100000000000000000027400000000000004940")
AREA = POINT[:8] + bytes.fromhex(
    "01030000000100000004000000"
    "00000000000026400000000000004940" "33333333333326400000000000004940"
    "33333333333326400000000000804940" "00000000000026400000000000004940"
)  # fmt: skip
LISTS = {"names", "girths", "checks", "bed", "anything"}
SQLITE_BLIND = {"number", "girths", "checks", "bed"}  # a pattern, and what is inside of JSON
POSTGRES_BLIND = {"checks", "bed", "protected"}  # "yes" is a truth for PostgreSQL


def test_sqlite_keeps_the_rules() -> None:
    db = apsw.Connection(":memory:")
    db.execute(sqlite.emit(TREES, PLACE))
    row = {name: json.dumps(value) if name in LISTS else value for name, value in ROW.items()}
    row |= {"place": POINT, "crown": AREA}
    insert(db, row)
    with pytest.raises(apsw.ConstraintError, match="UNIQUE"):
        insert(db, row)
    for number, (name, wrong) in enumerate(FAULTS.items()):
        if name not in SQLITE_BLIND:
            with pytest.raises(apsw.ConstraintError):
                insert(db, row | {"number": f"n{number}", name: wrong})
    for name in ("species", "protected", "place"):
        with pytest.raises(apsw.ConstraintError, match="NOT NULL"):
            insert(db, row | {"number": "new", name: None})


def insert(db: apsw.Connection, row: dict[str, Any]) -> None:
    marks, columns = ", ".join("?" for _ in row), ", ".join(f'"{each}"' for each in row)
    db.execute(f'insert into "Tree" ({columns}) values ({marks})', list(row.values()))


def test_the_sqlite_file_is_a_geopackage_for_gdal(tmp_path: Path) -> None:
    path = tmp_path / "trees.gpkg"
    db = apsw.Connection(str(path))
    db.execute(sqlite.emit(TREES, PLACE))
    insert(db, {"number": "B-1", "species": "lime", "protected": 1, "owner": "x", "place": POINT})
    db.close()
    assert {str(name) for name, _ in pyogrio.list_layers(path)} == {
        "Tree",
        "Check",
        "Bed",
        "Street",
    }
    found = pyogrio.read_info(path, layer="Tree", force_feature_count=True)
    assert (found["geometry_type"], found["crs"], found["features"]) == ("Point", "EPSG:4326", 1)
    kinds = dict(zip(found["fields"], found["dtypes"], strict=True))
    assert (kinds["protected"], kinds["height"]) == ("bool", "float64")
    assert kinds["planted"].startswith("datetime64")


@pytest.mark.postgres
def test_postgis_keeps_the_rules(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as db:
        db.execute(postgis.emit(TREES, PLACE))
        row = {name: postgres_value(name, value) for name, value in ROW.items()}
        db.execute("insert into \"Street\" (key) values ('1234')")
        put(db, row)
        with pytest.raises(psycopg.errors.UniqueViolation):
            put(db, row)
        for number, (name, wrong) in enumerate(FAULTS.items()):
            if name not in POSTGRES_BLIND:
                bad = {"number": f"B-1{number:03}", name: postgres_value(name, wrong)}
                with pytest.raises((psycopg.errors.IntegrityError, psycopg.errors.DataError)):
                    put(db, row | bad)
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            put(db, row | {"number": "B-2000", "street": "none"})
        said = db.execute(
            "select col_description('\"Tree\"'::regclass, attnum) from pg_attribute "
            "where attrelid = '\"Tree\"'::regclass and attname = 'height'"
        ).fetchone()
        assert said == ("Height [m]",)
        kinds = dict(db.execute(
            "select column_name, udt_name from information_schema.columns where table_name = 'Tree'"
        ).fetchall())  # fmt: skip
        assert (kinds["girths"], kinds["planted"], kinds["place"]) == (
            "_float8",
            "date",
            "geometry",
        )


def put(db: psycopg.Connection, row: dict[str, Any]) -> None:
    marks, columns = ", ".join("%s" for _ in row), ", ".join(f'"{each}"' for each in row)
    values = [value for value in row.values()]
    db.execute(f'insert into "Tree" ({columns}) values ({marks})', values)


def postgres_value(name: str, value: Any) -> Any:
    if name in ("place", "crown"):
        return json.dumps(value)
    if name == "checks":
        return [Jsonb(each) for each in value]
    if name == "girths":
        return [float(each) for each in value]
    return json.dumps(value) if name in LISTS - {"names", "girths"} else value


@settings(max_examples=60)
@given(models())
def test_sqlite_takes_any_model(model: Model) -> None:
    apsw.Connection(":memory:").execute(sqlite.emit(model, PLACE))


@pytest.mark.postgres
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(models())
def test_postgis_takes_any_model(postgres_url: str, model: Model) -> None:
    with psycopg.connect(postgres_url) as db:
        db.execute("set client_min_messages = warning")
        db.execute(postgis.emit(model, PLACE))
        db.rollback()


def test_a_field_may_be_called_like_our_own_column() -> None:
    entity = Entity(name="A", fields=[Field(name="FID", type=FieldType.INTEGER)])
    db = apsw.Connection(":memory:")
    db.execute(sqlite.emit(Model(id="a", entities=[entity]), PLACE))
    assert [row[1] for row in db.execute("pragma table_info(A)")] == ["fid_", "FID"]
