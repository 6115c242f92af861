# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Our own document, Table Schema, LinkML, and back from what we publish ourselves."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import InvalidInput
from allmende.model.bring import FORMATS, bring, bring_document, bring_linkml, bring_table_schema
from allmende.model.bring.yaml_text import load
from allmende.model.document import Code, Entity, Field, FieldType, GeometryType, Model
from allmende.model.emit import EMITTERS, Place

T = FieldType
PLACE = Place(base="https://data.example.org")
LOST_IN_ECORE = {T.DATE: T.DATETIME, T.URI: T.STRING}  # EDate and EString are both
MODEL = Model(
    id="trees",
    title={"de": "Bäume", "en": "Trees"},
    entities=[
        Entity(
            name="Tree",
            title={"de": "Baum", "en": "Tree"},
            key=["number"],
            fields=[
                Field(name="number", required=True, pattern=r"B-\d{4}", title={"en": "Number"}),
                Field(name="species", codes=[Code(code="lime"), Code(code="oak")]),
                Field(name="height", type=T.NUMBER, unit="m", minimum=0, maximum=60.5),
                Field(name="trunks", type=T.INTEGER),
                Field(name="felled", type=T.BOOLEAN),
                Field(name="planted", type=T.DATE),
                Field(name="page", type=T.URI, iri="https://example.org/page"),
                Field(name="names", many=True),
                Field(name="bed", type=T.OBJECT, entity="Bed"),
                Field(name="place", type=T.GEOMETRY),
            ],
        ),
        Entity(name="Bed", fields=[Field(name="area", type=T.NUMBER, unit="m2")]),
    ],
)


def emitted(name: str) -> bytes:
    return EMITTERS[name].emit(MODEL, PLACE).encode()


@pytest.mark.parametrize("name", ["json-schema", "model"])
def test_what_is_published_comes_back_whole(name: str) -> None:
    assert bring(emitted(name)).model == MODEL


@pytest.mark.parametrize("name", ["linkml", "ecore"])
def test_what_other_languages_can_say_comes_back(name: str) -> None:
    tree = bring(emitted(name)).model.entity()
    assert (tree.name, tree.key) == ("Tree", ["number"])
    before = {each.name: each for each in MODEL.entity().fields}
    assert {each.name for each in tree.fields} == set(before)
    for each in tree.fields:
        said = before[each.name]
        kind = LOST_IN_ECORE.get(said.type, said.type) if name == "ecore" else said.type
        assert (each.type, each.many, each.entity) == (kind, said.many, said.entity)
        assert (each.unit, each.required, each.pattern) == (said.unit, said.required, said.pattern)
        assert [code.code for code in each.codes] == [code.code for code in said.codes]


def test_a_table_schema_comes_back() -> None:
    tree = bring(emitted("table-schema"), name="tree").model.entity()
    before = {each.name: each for each in MODEL.entity().fields}
    for each in tree.fields:
        said = before[each.name]
        plain = said.type if not said.many else T.OBJECT  # lists are JSON text in their cells
        assert each.type is plain
        assert (each.unit, each.required, each.pattern) == (said.unit, said.required, said.pattern)


# --- our own document -----------------------------------------------------------------


def test_a_document_in_yaml() -> None:
    text = """
id: trees
title: {de: Bäume, en: Trees}
entities:
  - name: Tree
    key: [number]
    fields:
      - {name: number, required: true}
      - {name: planted, type: date, minimum: 1990-01-01}
      - {name: "no", type: boolean}
"""
    model = bring(text.encode()).model
    assert model.entity().fields[1].minimum == "1990-01-01"
    assert model.entity().fields[2].name == "no"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"id": "a", "entities": [{"name": "A", "feilds": []}]}, r"\$\.entities\[0\]\.feilds"),
        ({"id": "a", "entities": [{"name": "A", "fields": [{"name": 3}]}]}, r"fields\[0\]\.name"),
        ({"id": "a", "entities": [{"name": "A", "fields": [{"name": "x", "type": "y"}]}]}, "type"),
        ({"id": "A B", "entities": [{"name": "A"}]}, "not usable"),
        ({"id": "a", "entities": []}, "no entity"),
        ({"id": "a", "entities": [{"name": "A", "key": ["x"]}]}, "does not have"),
        ([], "no object"),
    ],
)
def test_errors_in_documents_name_the_place(document: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        bring_document(json.dumps(document).encode())
    assert caught.value.text["de"] != caught.value.text["en"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: [", r"line 1|line 2"),
        ("a: !!python/object:os.system x", "could not determine"),
        ("[" * 100 + "]" * 100, "deeper"),
    ],
)
def test_yaml_is_not_trusted(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        load(text)


def test_yaml_types_do_not_surprise() -> None:
    assert load("a: no\nb: 2020-01-01\nc: true\nd: 5\ne: 07743") == {
        "a": "no", "b": "2020-01-01", "c": True, "d": 5, "e": load("07743"),
    }  # fmt: skip


# --- Table Schema ---------------------------------------------------------------------


def table(*fields: Any, **more: Any) -> Any:
    return bring_table_schema(json.dumps({"fields": fields, **more}).encode(), name="trees")


def test_table_schema_fields() -> None:
    model, notes = table(
        {"name": "nr", "type": "string", "constraints": {"required": True, "pattern": "a|b"}},
        {"name": "Höhe", "type": "number", "decimalChar": ",", "unit": "Meter"},
        {"name": "art", "constraints": {"enum": ["L", "E"]}},
        {"name": "jahr", "type": "year", "constraints": {"minimum": "1700"}},
        {"name": "ort", "type": "geopoint", "format": "lat, lon"},
        {"name": "am", "type": "date", "format": "%d.%m.%Y"},
        {"name": "seite", "type": "string", "format": "uri"},
        {"name": "x", "type": "odd"},
        primaryKey="nr",
        foreignKeys=[{"fields": "art", "reference": {"resource": "species", "fields": "id"}}],
    )
    entity = model.entity()
    fields = {each.name: each for each in entity.fields}
    assert entity.key == ["nr"]
    assert (fields["nr"].required, fields["nr"].pattern) == (True, "a|b")
    assert fields["Hoehe"].unit == "m"
    assert [each.code for each in fields["art"].codes] == ["L", "E"]
    assert fields["art"].reference == "species"
    assert fields["jahr"].minimum == 1700
    assert fields["ort"].geometry is GeometryType.POINT
    assert fields["seite"].type is T.URI
    assert {each.code for each in notes} == {"reading", "renamed", "unknown-type"}


def test_a_data_package_has_several_tables() -> None:
    package = {
        "name": "city",
        "resources": [
            {"name": "trees", "schema": {"fields": [{"name": "a"}]}},
            {"name": "streets", "schema": {"fields": [{"name": "b"}]}},
            {"name": "picture", "path": "a.png"},
        ],
    }
    model = bring(json.dumps(package).encode()).model
    assert [each.name for each in model.entities] == ["trees", "streets"]


# --- LinkML ---------------------------------------------------------------------------

LINKML = b"""
id: https://example.org/trees
name: trees
version: 2.1.0
prefixes: {ex: 'https://example.org/def#', linkml: {prefix_reference: 'https://w3id.org/linkml/'}}
imports: ['linkml:types', other]
default_range: string
classes:
  Thing:
    abstract: true
    slots: [id]
  Tree:
    is_a: Thing
    mixins: [Placed]
    class_uri: ex:Tree
    slots: [height, species]
    slot_usage: {height: {required: true}}
    attributes:
      checks: {range: Check, multivalued: true}
      street: {range: Street}
      seen: {range: datetime}
      code: {range: Number}
      odd: {range: Nowhere}
  Placed: {mixin: true, attributes: {place: {range: geojson}}}
  Check: {attributes: {text: {}}}
  Street: {slots: [id], tree_root: true}
slots:
  id: {identifier: true}
  height: {range: double, minimum_value: 0, unit: {ucum_code: m}, slot_uri: ex:height}
  species: {range: Species, title: Species, annotations: {title_de: Art}}
types:
  Number: {typeof: string, pattern: 'a'}
enums:
  Species: {permissible_values: {lime: {title: Lime, meaning: ex:lime}, oak: }}
"""


def test_linkml() -> None:
    model, notes = bring_linkml(LINKML)
    assert (model.version, model.source) == ("2.1.0", "https://example.org/trees")
    assert [each.name for each in model.entities] == ["Street", "Tree", "Check"]
    tree = model.entity("Tree")
    fields = {each.name: each for each in tree.fields}
    assert (tree.iri, tree.key) == ("https://example.org/def#Tree", ["id"])
    height = fields["height"]
    assert (height.type, height.required, height.unit) == (T.NUMBER, True, "m")
    assert (height.minimum, height.iri) == (0, "https://example.org/def#height")
    assert fields["species"].title == {"en": "Species", "de": "Art"}
    assert fields["species"].codes[0].iri == "https://example.org/def#lime"
    assert (fields["checks"].entity, fields["checks"].many) == ("Check", True)
    assert fields["street"].reference == "Street"
    assert fields["place"].type is T.GEOMETRY
    assert {each.code for each in notes} == {"import", "unknown-type"}


# --- anything -------------------------------------------------------------------------


def test_formats_are_found_out() -> None:
    with pytest.raises(InvalidInput, match="not known"):
        bring(b"{}", form="word")
    assert set(FORMATS) == {"document", "json-schema", "ecore", "table-schema", "linkml"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["fields", "name", "type", "constraints", "schema", "resources", "classes", "slots",
             "attributes", "range", "enums", "entities", "id", "is_a", "mixins", "key", "imports"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON, st.sampled_from(FORMATS))
def test_nothing_upsets_the_importers(value: Any, form: str) -> None:
    try:
        bring(msgspec.json.encode(value), form=form)
    except InvalidInput:
        return


@given(st.binary(max_size=200))
def test_no_bytes_upset_the_importers(data: bytes) -> None:
    for form in ("", *FORMATS):
        try:
            bring(data, form=form)
        except InvalidInput:
            continue
