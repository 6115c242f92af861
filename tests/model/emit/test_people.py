# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Documentation, diagrams, NGSI-LD and SensorThings."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

import jsonschema_rs
import msgspec
import pyoxigraph
import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from tests.model.emit.samples import PLACE, TREE, TREES, models

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit import EMITTERS, diagram, html, markdown, mermaid, ngsi_ld, sensorthings

GERMAN = msgspec.structs.replace(PLACE, language="de")
VOID = {"br"}


class Wellformed(HTMLParser):
    """Fails when an element is not closed where it was opened; collects texts and ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_says_it_in_german_and_english() -> None:
    german, english = html.emit(TREES, GERMAN), html.emit(TREES, PLACE)
    for said in (
        "Höhe",
        "Schlüssel",
        "mindestens 0",
        "höchstens 60,5",
        "personenbezogen",
        "Pflicht",
    ):
        assert said in Wellformed(german).text
    for said in ("Height", "key", "at least 0", "at most 60.5", "personal data", "required"):
        assert said in Wellformed(english).text
    assert "<b>" not in german
    ids = [attrs["id"] for _, attrs in Wellformed(german).seen if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {"Tree", "Tree.height", "Check.day"} <= set(ids)


@settings(max_examples=40)
@given(models())
def test_any_model_is_documented(model: Model) -> None:
    page = Wellformed(html.emit(model, PLACE))
    assert not {tag for tag, _ in page.seen} & {"script", "style", "img"}
    rendered = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(markdown.emit(model, GERMAN))
    )
    tags = [tag for tag, _ in Wellformed(rendered).seen]
    fields = sum(len(each.fields) for each in model.entities)
    codes = sum(len(f.codes) + bool(f.codes) for each in model.entities for f in each.fields)
    assert tags.count("tr") == fields + codes + len(model.entities)
    for kind in (diagram, mermaid, ngsi_ld, sensorthings):
        assert kind.emit(model, PLACE)


def test_every_kind_of_document_has_its_own_endings_and_type() -> None:
    endings = [ending for each in EMITTERS.values() for ending in each.endings]
    assert len(endings) == len(set(endings))
    assert len({each.media_type for each in EMITTERS.values()}) == len(EMITTERS)
    for each in EMITTERS.values():
        assert set(each.title) == {"de", "en"}
        assert each.emit(TREES, PLACE).endswith("\n")


def test_the_mermaid_text_has_classes_and_links() -> None:
    lines = mermaid.emit(TREES, PLACE).splitlines()
    assert lines[0] == "classDiagram"
    assert '    class Tree["Tree"]' in lines
    assert "    Tree : number height" in lines
    assert '    Tree *-- "*" Check : checks' in lines
    assert '    Tree --> "0..1" Street : street' in lines
    assert '    Check *-- "0..1" Check : follows' in lines


def test_mermaid_does_not_take_names_for_its_own_words() -> None:
    """Words at which its parser (11.17) stumbles as names of classes."""
    for name in ("note", "link", "click", "cssClass", "callback", "href", "o"):
        text = mermaid.emit(Model(id="a", entities=[Entity(name=name)]), PLACE)
        assert f"class {name}[" not in text
        assert f'["{name}"]' in text


@settings(max_examples=50)
@given(models())
def test_any_diagram_is_xml_without_overlaps(model: Model) -> None:
    root = ET.fromstring(diagram.emit(model, PLACE))  # noqa: S314 - our own text
    boxes = [tuple(float(each.get(name, "0")) for name in ("x", "y", "width", "height"))
             for each in root.iter("{http://www.w3.org/2000/svg}rect")]  # fmt: skip
    assert len(boxes) == len(model.entities)
    wide, high = float(root.get("width", "0")), float(root.get("height", "0"))
    for number, (x, y, width, height) in enumerate(boxes):
        assert x + width <= wide
        assert y + height <= high + 1
        for x2, y2, width2, height2 in boxes[number + 1 :]:
            apart = x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
            assert apart


def test_the_diagram_says_its_content_in_words() -> None:
    root = ET.fromstring(diagram.emit(TREES, GERMAN))  # noqa: S314 - our own text
    texts = [each.text or "" for each in root]
    assert texts[0] == "Klassendiagramm: Bäume"
    assert "Baum: 24 Felder." in texts[1]
    assert "Baum (checks) → Kontrolle." in texts[1]
    assert root.get("role") == "img"
    assert "style" not in {name for each in root.iter() for name in each.attrib}


def test_a_long_entity_is_cut_in_the_picture() -> None:
    entity = Entity(name="A", fields=[Field(name=f"f{number}") for number in range(100)])
    assert "… + 40" in diagram.emit(Model(id="a", entities=[entity]), PLACE)


def test_the_ngsi_ld_example_fits_its_data_model_and_context() -> None:
    found = json.loads(ngsi_ld.emit(TREES, PLACE))
    model, example = found["dataModel"], found["example"]
    example["number"]["value"] = "B-0001"  # nobody invents texts for a pattern
    assert list(jsonschema_rs.Draft202012Validator(model).iter_errors(example)) == []
    assert example["location"]["type"] == "GeoProperty"
    assert example["height"] == {"type": "Property", "value": 0, "unitCode": "m"}
    assert example["street"] == {"type": "Relationship", "object": "urn:ngsi-ld:Street:1"}
    assert not {"owner", "budget"} & set(example) | {"owner"} & set(model["properties"])
    wrong = example | {"height": {"type": "Property", "value": "tall"}}
    assert not jsonschema_rs.Draft202012Validator(model).is_valid(wrong)
    document = {"@context": found["@context"][0], "@id": "urn:a", "height": 1}
    (triple,) = pyoxigraph.parse(json.dumps(document), pyoxigraph.RdfFormat.JSON_LD)
    assert triple.predicate.value == "https://data.example.org/models/trees#Tree.height"


def test_sensorthings_has_a_datastream_for_every_measured_field() -> None:
    found = sensorthings.mapping(TREES, PLACE)
    (height,) = found["Datastreams"]
    assert height["unitOfMeasurement"]["symbol"] == "m"
    assert height["ObservedProperty"]["definition"].endswith("#Tree.height")
    assert height["phenomenonTime"] == "{planted}"
    assert found["Thing"]["@iot.id"] == "{number}"
    assert found["Thing"]["Locations"][0]["location"] == "{place}"
    assert not {"owner", "budget", "height"} & set(found["Thing"]["properties"])


@pytest.mark.parametrize("language", ["de", "en"])
def test_words_are_chosen_by_language(language: str) -> None:
    place: Any = msgspec.structs.replace(PLACE, language=language)
    other = {"de": "Height", "en": "Höhe"}[language]
    for name in ("markdown", "typescript", "python", "table-schema", "sqlite"):
        assert other not in EMITTERS[name].emit(TREES, place), name


def test_the_sample_is_not_changed_by_emitting() -> None:
    before = msgspec.json.encode(TREES)
    for each in EMITTERS.values():
        each.emit(TREES, PLACE)
    assert msgspec.json.encode(TREES) == before
    assert TREE.fields[2].type is FieldType.NUMBER
