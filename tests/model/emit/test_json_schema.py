# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The published model: read back without loss, and judged by foreign validators."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from tests.model.emit.samples import FAULTS, PLACE, ROW, TREE, TREES, models

from allmende.errors import InvalidInput
from allmende.model.document import Entity, Field, FieldType, Model, problems
from allmende.model.emit import json_schema
from allmende.model.emit.feature_schema import feature_schema


def validator() -> Any:
    document = json.loads(json_schema.emit(TREES, PLACE))
    return jsonschema_rs.Draft202012Validator(document, validate_formats=True)


def test_the_sample_is_a_usable_model() -> None:
    assert problems(TREES) == []


@given(models())
def test_a_published_model_is_the_model(model: Model) -> None:
    assert problems(model) == []
    document = json.loads(json_schema.emit(model, PLACE))
    assert json_schema.read(document) == model
    jsonschema_rs.meta.validate(document)
    jsonschema_rs.validator_for(document)


def test_the_order_of_members_does_not_matter() -> None:
    document = json.loads(json_schema.emit(TREES, PLACE))
    shuffled = json.loads(json.dumps(document, sort_keys=True))
    assert json_schema.read(shuffled) == TREES


def test_nothing_is_remote() -> None:
    text = json_schema.emit(TREES, PLACE)
    refs: list[str] = []
    json.loads(text, object_hook=lambda found: refs.append(found.get("$ref", "#")) or found)
    assert all(each.startswith("#") for each in refs)


def test_good_rows_pass_and_bad_values_are_found() -> None:
    judge = validator()
    assert list(judge.iter_errors(ROW)) == []
    for name, wrong in FAULTS.items():
        places = {error.instance_path[0] for error in judge.iter_errors(ROW | {name: wrong})}
        assert places == {name}
    for name in ("number", "protected", "place", "owner"):
        row = copy.copy(ROW)
        del row[name]
        assert [error.message for error in judge.iter_errors(row)] == [
            f'"{name}" is a required property'
        ]
        assert list(judge.iter_errors(ROW | {name: None}))


def test_a_geometry_of_another_kind_is_found() -> None:
    line = {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}
    assert not validator().is_valid(ROW | {"place": line})


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"x-entities": ["A"], "x-id": "a"},
        {"x-entities": ["A"], "x-id": "a", "$defs": {"A": {"properties": {"b": {}}}}},
        {"x-entities": ["A"], "$defs": {"A": {"properties": {}}}},
        {"x-entities": [["A"]], "$defs": {"A": []}},
    ],
)
def test_foreign_schemas_are_refused_in_words(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        json_schema.read(document)
    assert caught.value.code == "model-schema"


def test_the_schema_of_features_names_roles_and_geometries() -> None:
    address = "https://data.example.org/ogc/collections/trees/schema"
    found = feature_schema(TREE, address, model=TREES)
    jsonschema_rs.meta.validate(found)
    parts = found["properties"]
    assert found["$id"] == address
    roles = {name: each["x-ogc-role"] for name, each in parts.items() if "x-ogc-role" in each}
    assert roles == {
        "number": "id",
        "planted": "primary-interval-start",
        "felled": "primary-interval-end",
        "street": "reference",
        "place": "primary-geometry",
    }
    assert parts["place"] == {
        "title": "place",
        "format": "geometry-point",
        "x-ogc-propertySeq": 23,
        "x-ogc-role": "primary-geometry",
    }
    assert parts["height"]["x-ogc-unit"] == "m"
    assert parts["height"]["type"] == "number"
    assert parts["checks"]["items"]["properties"]["follows"] == {"type": "object"}
    assert "$ref" not in json.dumps(found)


def test_the_schema_of_features_has_only_the_fields_it_is_given() -> None:
    seen = Entity(name="Tree", fields=[Field(name="a", type=FieldType.YEAR)])
    assert list(feature_schema(seen, "https://example.org/s")["properties"]) == ["a"]
