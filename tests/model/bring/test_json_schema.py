# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""JSON Schemas of all drafts, Smart Data Models, and whatever else is called a schema."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.bring import Brought, bring, bring_json_schema
from allmende.model.bring.types import whole_pattern
from allmende.model.check_rows import Checker
from allmende.model.document import Entity, Field, FieldType, GeometryType
from allmende.model.pattern import compiled

FILES = Path(__file__).parent / "fixtures"
T = FieldType


def brought(schema: Any) -> Brought:
    found = bring_json_schema(json.dumps(schema).encode())
    for entity in found.model.entities:
        Checker(entity, found.model)
    return found


def entity(properties: Any, **more: Any) -> Entity:
    return brought({"type": "object", "properties": properties, **more}).model.entity()


def one(schema: Any, **more: Any) -> Field:
    return entity({"a": schema}, **more).fields[0]


def codes(found: Brought) -> set[str]:
    return {each.code for each in found.notes}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, T.STRING),
        ({"type": ["string", "null"]}, T.STRING),
        ({"type": "string", "nullable": True}, T.STRING),
        ({"type": "string", "format": "date"}, T.DATE),
        ({"type": "string", "format": "date-time"}, T.DATETIME),
        ({"type": "string", "format": "uri"}, T.URI),
        ({"type": "string", "format": "time"}, T.STRING),
        ({"type": "integer"}, T.INTEGER),
        ({"type": "number"}, T.NUMBER),
        ({"type": ["integer", "number"]}, T.NUMBER),
        ({"type": "boolean"}, T.BOOLEAN),
        ({"type": "object"}, T.OBJECT),
        ({}, T.OBJECT),
        (True, T.OBJECT),
        ({"enum": ["a", "b"]}, T.STRING),
        ({"const": 5}, T.INTEGER),
        ({"pattern": "a"}, T.STRING),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, T.NUMBER),
        ({"oneOf": [{"type": "string"}, {"type": "number"}]}, T.OBJECT),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, T.NUMBER),
        ({"allOf": [{"type": "string"}, {"format": "date"}]}, T.DATE),
        ({"$ref": "https://geojson.org/schema/Point.json"}, T.GEOMETRY),
        ({"format": "geometry-polygon"}, T.GEOMETRY),
        ({"properties": {"type": {"enum": ["Point"]}, "coordinates": {}}}, T.GEOMETRY),
        ({"$ref": "#/$defs/x"}, T.BOOLEAN),
        ({"$ref": "#here"}, T.BOOLEAN),
        ({"$ref": "#/nowhere"}, T.OBJECT),
        ({"type": "array", "items": {"type": "array", "items": {}}}, T.OBJECT),
    ],
)
def test_types(schema: Any, kind: FieldType) -> None:
    assert one(schema, **{"$defs": {"x": {"$anchor": "here", "type": "boolean"}}}).type is kind


def test_rules() -> None:
    found = one({"type": "integer", "exclusiveMinimum": 0, "maximum": 9})
    assert (found.minimum, found.maximum) == (1, 9)
    draft4 = one({"type": "integer", "minimum": 0, "exclusiveMinimum": True})
    assert draft4.minimum == 1
    open_end = brought({"properties": {"a": {"type": "number", "exclusiveMaximum": 1}}})
    assert codes(open_end) == {"exclusive-limit"}
    text = one({"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[A-Z]$"})
    assert (text.min_length, text.max_length, text.pattern) == (1, 5, "[A-Z]")
    listed = one({"type": "string", "enum": ["a", None, "b"]})
    assert [each.code for each in listed.codes] == ["a", "b"]
    assert [one({"type": "string"}, required=each).required for each in ([], ["a"])] == [
        False,
        True,
    ]
    lost = brought({"properties": {"a": {"type": "string", "pattern": r"^\p{L}+$"}}})
    assert codes(lost) == {"pattern-left-out"}


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("^a+$", "aa", "ab"),
        ("a", "bab", "b"),
        ("^a", "ab", "ba"),
        ("a$", "ba", "ab"),
        ("^(?:a|b)$", "b", "ab"),
        ("^a|b$", "ax", "bx"),
        (r"^a\$", "a$b", "ba$"),
        ("^a$|^b$", "b", "ab"),
    ],
)
def test_patterns_become_whole(pattern: str, yes: str, no: str) -> None:
    whole = compiled(whole_pattern(pattern))
    assert whole.fullmatch(yes)
    assert not whole.fullmatch(no)


def test_objects_and_lists_inside() -> None:
    schema = {
        "title": "Café",
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "address": {"$ref": "#/definitions/Address"},
            "others": {"type": "array", "items": {"$ref": "#/definitions/Address"}},
            "tags": {"type": "array", "items": {"type": "string"}},
            "hours": {"type": "object", "properties": {"opens": {"type": "string"}}},
        },
        "required": ["id"],
        "definitions": {
            "Address": {
                "type": "object",
                "properties": {
                    "street": {"type": "string"},
                    "in": {"$ref": "#/definitions/Address"},
                },
            }
        },
    }
    model = brought(schema).model
    assert [each.name for each in model.entities] == ["Cafe", "Address", "Hours"]
    cafe = model.entity()
    assert cafe.key == ["id"]
    assert [(each.entity, each.many) for each in cafe.fields] == [
        ("", False), ("Address", False), ("Address", True), ("", True), ("Hours", False),
    ]  # fmt: skip
    assert model.entity("Address").fields[1].entity == "Address"


def test_a_schema_that_holds_itself_ends() -> None:
    model = brought({"properties": {"a": {"$ref": "#"}, "b": {"type": "string"}}}).model
    assert len(model.entities) <= 2
    endless = {"allOf": [{"$ref": "#/$defs/y"}]}
    assert one({"$ref": "#/$defs/y"}, **{"$defs": {"y": endless}}).type is T.OBJECT


def test_names_that_cannot_be() -> None:
    found = brought({"properties": {"@id": {}, "a-b": {}, "a_b": {}, "Größe": {}, "1st": {}}})
    names = [each.name for each in found.model.entity().fields]
    assert names == ["id", "a_b", "a_b_2", "Groesse", "f_1st"]
    assert codes(found) == {"renamed"}


def test_remote_references_are_not_fetched() -> None:
    found = brought({"properties": {"a": {"$ref": "https://example.org/x.json#/y"}}})
    assert codes(found) == {"remote-reference"}


def test_only_definitions() -> None:
    model = brought({"$defs": {"A": {"properties": {"x": {}}}, "B": {"type": "string"}}}).model
    assert [each.name for each in model.entities] == ["A"]


def test_a_smart_data_model() -> None:
    found = bring((FILES / "sensor.schema.json").read_bytes())
    model = found.model
    main = model.entity()
    assert (model.id, model.version, main.name) == ("soilobserved", "0.2.1", "SoilObserved")
    fields = {each.name: each for each in main.fields}
    assert "type" not in fields
    assert (main.key, main.label) == (["id"], "name")
    assert (fields["location"].type, fields["location"].geometry) == (T.GEOMETRY, GeometryType.ANY)
    assert fields["address"].entity == "Address"
    assert fields["seeAlso"].many
    warm = fields["soilTemperature"]
    assert (warm.unit, warm.iri) == ("Cel", "https://example.org/def#soilTemperature")
    assert (warm.minimum, warm.description) == (-50, {"en": "Temperature of the soil"})
    assert fields["dateObserved"].type is T.DATETIME
    assert fields["dateObserved"].required
    assert fields["refDevice"].type is T.STRING
    assert (fields["depths"].many, fields["depths"].iri) == (True, "")
    assert codes(found) == {"remote-reference"}


def test_a_model_yaml() -> None:
    text = b"""
OffStreetParking:
  description: A car park
  properties:
    id: {type: string, x-ngsi: {type: Relationship}}
    type: {type: string, enum: [OffStreetParking]}
    location:
      x-ngsi: {type: GeoProperty}
      properties: {type: {enum: [Point]}, coordinates: {type: array}}
    height:
      type: number
      description: Height of the entrance
      x-ngsi: {type: Property, model: 'https://schema.org/height', units: meters}
  required: [id, type]
  type: object
  x-version: 0.1.3
"""
    model = bring(text, form="json-schema").model
    assert (model.entity().name, model.version) == ("OffStreetParking", "0.1.3")
    assert [each.name for each in model.entity().fields] == ["id", "location", "height"]
    height = model.entity().fields[2]
    assert (height.unit, height.iri) == ("m", "https://schema.org/height")


@pytest.mark.parametrize("data", [b"", b"[]", b"3", b"{", b"{}", b'{"type": "string"}', b"\xff"])
def test_no_schema(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        bring_json_schema(data)


WORDS = st.sampled_from(
    ["type", "properties", "items", "$ref", "allOf", "anyOf", "enum", "a", "required", "pattern",
     "minimum", "exclusiveMinimum", "format", "title", "description", "$defs", "const", "x-ngsi"]
)  # fmt: skip
LEAVES = st.sampled_from(
    ["string", "object", "array", "number", "#", "#/$defs/a", "date", "(", None, 1, 1.5, True, [],
     {}, "https://geojson.org/schema/Point.json", 10**400, "\u0000"]
)  # fmt: skip


@given(
    st.recursive(
        LEAVES,
        lambda inner: st.dictionaries(WORDS, inner, max_size=4) | st.lists(inner, max_size=3),
        max_leaves=15,
    )
)
def test_nothing_upsets_it(value: Any) -> None:
    from allmende.model.bring.json_schema import from_schema

    try:
        found = from_schema(
            {"properties": {"a": value, "b": {"type": "object", "properties": value}}}
        )
    except InvalidInput:
        return
    for each in found.model.entities:
        assert each.fields is not None


def test_references_that_multiply_are_stopped() -> None:
    defined = {
        f"l{n}": {"allOf": [{"$ref": f"#/$defs/l{n + 1}"}, {"$ref": f"#/$defs/l{n + 1}"}]}
        for n in range(35)
    }
    with pytest.raises(LimitExceeded):
        brought({"properties": {"a": {"$ref": "#/$defs/l0"}}, "$defs": defined})
