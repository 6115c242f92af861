# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The abstract test suite of CQL2 (OGC 21-065r2 annex A): 351 filters with known counts.

Three published counts are wrong, see ERRATA and `test_the_errata_are_in_the_data`.
"""

import gzip
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import pytest
import shapely
from tests.support.platforms import run_scenario, settings_for

from allmende.core import collections
from allmende.core.collections import Change, CollectionEntry
from allmende.core.platform import Platform
from allmende.model.cql2 import from_json, parse_text, to_text
from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.filter import Filter, matches
from allmende.model.query import Query
from allmende.policy import ANONYMOUS, SYSTEM
from allmende.store import Store
from allmende.store.conditions import Column, compile_filter
from allmende.store.functions import wkb_part

TYPES = {
    "INTEGER": (FieldType.INTEGER, "bigint"),
    "REAL": (FieldType.NUMBER, "double precision"),
    "DATE": (FieldType.DATE, "text"),
    "DATETIME": (FieldType.DATETIME, "text"),
    "BOOLEAN": (FieldType.BOOLEAN, "smallint"),
    "TEXT": (FieldType.STRING, "text"),
}


# opengeospatial/ogcapi-features issue 1011: København became Chișinău, the counts stayed.
ERRATA = {
    "ACCENTI(name) LIKE accenti('Ch%')": 3,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))": 1,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('cHis%'))": 1,
}


class Layer(NamedTuple):
    name: str
    types: dict[str, FieldType]
    rows: list[tuple[Any, ...]]


class Predicate(NamedTuple):
    test_class: str
    layer: str
    text: str
    count: int


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "conformance" / "cql2"


@pytest.fixture(scope="module")
def predicates(folder: Path) -> list[Predicate]:
    lines = (folder / "expected.tsv").read_text("utf-8").splitlines()
    found = []
    for line in lines:
        test_class, layer, text, count = line.split("\t")
        found.append(Predicate(test_class, layer, text, ERRATA.get(text, int(count))))
    assert len(found) == 351
    return found


@pytest.fixture(scope="module")
def layers(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Layer]:
    path = tmp_path_factory.mktemp("cql2") / "layers.gpkg"
    path.write_bytes(gzip.decompress((folder / "ne110m4cql2.gpkg.gz").read_bytes()))
    db = sqlite3.connect(path)
    names = [row[0] for row in db.execute("select table_name from gpkg_geometry_columns")]
    found = [read_layer(db, name) for name in names]
    db.close()
    return found


def read_layer(db: sqlite3.Connection, name: str) -> Layer:
    declared = {row[1]: row[2].split("(")[0] for row in db.execute(f"pragma table_info({name})")}
    del declared["fid"]
    types = {
        column: TYPES[sql][0] if sql in TYPES else FieldType.GEOMETRY
        for column, sql in declared.items()
    }
    listed = ", ".join(f'"{column}"' for column in types)
    rows = db.execute(f"select {listed} from {name}").fetchall()
    return Layer(name, types, [tuple(map(as_stored, types.values(), row)) for row in rows])


def as_stored(kind: FieldType, value: Any) -> Any:
    if kind is FieldType.DATETIME and value:
        return f"{value.rstrip('Z')}.000Z"
    return value


@pytest.fixture
def store(engine: str) -> Iterator[Store]:
    opened = Store.open(engine)
    yield opened
    opened.close()


def sql_type(kind: FieldType, engine: str) -> str:
    if kind is FieldType.GEOMETRY:
        return "blob" if engine == "sqlite" else "geometry(Geometry, 4326)"
    return next(sql for each, sql in TYPES.values() if each is kind) + (
        ' collate "C"' if engine == "postgres" and kind in TEXTS else ""
    )


TEXTS = (FieldType.STRING, FieldType.DATE, FieldType.DATETIME)


def fill(db: Any, layer: Layer) -> None:
    engine = db.dialect.name
    columns = ", ".join(f'"{name}" {sql_type(each, engine)}' for name, each in layer.types.items())
    db.run(f"create table {layer.name} ({columns})")
    places = ", ".join(
        f"ST_GeomFromWKB(:p{n}, 4326)"
        if kind is FieldType.GEOMETRY and engine == "postgres"
        else f":p{n}"
        for n, kind in enumerate(layer.types.values())
    )
    rows = (
        {
            f"p{n}": wkb_part(value) if engine == "postgres" and isinstance(value, bytes) else value
            for n, value in enumerate(row)
        }
        for row in layer.rows
    )
    db.run_many(f"insert into {layer.name} values ({places})", rows)


def count(db: Any, layer: Layer, tree: Filter) -> int:
    columns = {name: Column(f'"{name}"', kind) for name, kind in layer.types.items()}
    condition = compile_filter(tree, columns, db.dialect)
    sql = f"select count(*) from {layer.name} where {condition.sql}"
    return int(db.value(sql, **condition.params))


async def wrong(
    store: Store, layers: list[Layer], predicates: list[Predicate], read: Callable[[str], Filter]
) -> list[str]:
    by_name = {layer.name: layer for layer in layers}

    def compare(db: Any) -> list[str]:
        found = []
        for each in predicates:
            counted = count(db, by_name[each.layer], read(each.text))
            if counted != each.count:
                found.append(f"{each.test_class}: {each.text} gives {counted}, not {each.count}")
        return found

    for layer in layers:
        await store.write(fill, layer)
    return await store.read_slow(compare)


@pytest.mark.anyio
async def test_every_filter_in_text_finds_what_the_standard_says(
    store: Store, layers: list[Layer], predicates: list[Predicate]
) -> None:
    assert await wrong(store, layers, predicates, parse_text) == []


@pytest.mark.anyio
async def test_every_filter_in_json_finds_the_same(
    store: Store, layers: list[Layer], predicates: list[Predicate]
) -> None:
    cql2 = pytest.importorskip("cql2")

    def through_json(text: str) -> Filter:
        return from_json(cql2.parse_text(text).to_json())

    assert await wrong(store, layers, predicates, through_json) == []


def test_every_filter_can_be_written_and_read_back(predicates: list[Predicate]) -> None:
    for each in predicates:
        tree = parse_text(each.text)
        assert parse_text(to_text(tree)) == tree


def test_every_filter_says_the_same_of_single_records(
    layers: list[Layer], predicates: list[Predicate]
) -> None:
    records = {
        layer.name: [
            {
                name: wkb_part(value) if isinstance(value, bytes) else value
                for name, value in zip(layer.types, row, strict=True)
            }
            for row in layer.rows
        ]
        for layer in layers
    }
    wrongly = []
    for each in predicates:
        tree = parse_text(each.text)
        counted = sum(matches(tree, record) for record in records[each.layer])
        if counted != each.count:
            wrongly.append(f"{each.text} gives {counted}, not {each.count}")
    assert wrongly == []


def test_the_errata_are_in_the_data(layers: list[Layer]) -> None:
    places = next(layer for layer in layers if "places" in layer.name)
    at = list(places.types).index("nameascii")
    names = [row[at] for row in places.rows]
    assert sum(name.startswith("Ch") for name in names) == 3
    assert sum(name.startswith("Chis") for name in names) == 1


def as_value(kind: FieldType, value: Any) -> Any:
    if isinstance(value, bytes):
        return within_the_world(wkb_part(value))
    return bool(value) if kind is FieldType.BOOLEAN and value is not None else value


def within_the_world(wkb: bytes) -> bytes:
    """Some longitudes of the layers lie beyond 180 by the error of a double."""
    sides = numpy.array([180.0, 90.0])
    shape = shapely.transform(shapely.from_wkb(wkb), lambda xy: numpy.clip(xy, -sides, sides))
    found: bytes = shapely.to_wkb(shape, byte_order=1)
    return found


def test_collections_answer_all_of_it(
    engine: str, tmp_path: Path, layers: list[Layer], predicates: list[Predicate]
) -> None:
    """Through the collections' own tables, spatial index and all."""

    async def scenario(platform: Platform) -> None:
        for layer in layers:
            await publish(platform, layer)
        wrongly = []
        for each in predicates:
            query = Query(collection=ident(each.layer), where=parse_text(each.text))
            counted = await collections.count(platform, ANONYMOUS, query)
            if counted != each.count:
                wrongly.append(f"{each.text} gives {counted}, not {each.count}")
        assert wrongly == []

    run_scenario(settings_for(engine, tmp_path), scenario)


def ident(layer: str) -> str:
    return layer.replace("_", "-")


async def publish(platform: Platform, layer: Layer) -> None:
    fields = [Field(name=name, type=kind) for name, kind in layer.types.items()]
    name = ident(layer.name)
    model = Model(id=name, entities=[Entity(name="Thing", fields=fields)])
    entry = CollectionEntry(id=name, model=model, organisation="city")
    await collections.create(platform, SYSTEM, entry)
    changes = [
        Change(
            values={
                key: as_value(kind, value)
                for (key, kind), value in zip(layer.types.items(), row, strict=True)
            }
        )
        for row in layer.rows
    ]
    await collections.write(platform, SYSTEM, name, changes)
