# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Differences of two versions of a model."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from tests.model.emit.samples import PLACE, ROW, TREES, models

from allmende.model.compare import compare, next_version, suffices
from allmende.model.document import Code, Entity, Field, FieldType, GeometryType, Model, Range
from allmende.model.emit import json_schema

Edit = Callable[[Entity], None]


def changed(edit: Edit) -> Model:
    model = copy.deepcopy(TREES)
    edit(model.entities[0])
    return model


def setting(which: str, **values: Any) -> Edit:
    def edit(tree: Entity) -> None:
        field = tree.find(which)
        assert field is not None
        for attribute, value in values.items():
            setattr(field, attribute, value)

    return edit


def add(field: Field) -> Edit:
    return lambda tree: tree.fields.append(field)


def drop(name: str) -> Edit:
    def edit(tree: Entity) -> None:
        tree.fields = [each for each in tree.fields if each.name != name]

    return edit


CASES: list[tuple[str, Edit, list[tuple[str, str, str]]]] = [
    ("title", setting("height", title={"de": "Baumhöhe"}), [("changed", "patch", "height")]),
    ("new", add(Field(name="lights")), [("added", "minor", "lights")]),
    ("new required", add(Field(name="lights", required=True)), [("added", "major", "lights")]),
    ("gone", drop("budget"), [("removed", "major", "budget")]),
    ("type", setting("trunks", type=FieldType.NUMBER), [("changed", "major", "trunks")]),
    ("list", setting("trunks", many=True), [("changed", "major", "trunks")]),
    ("must", setting("trunks", required=True), [("narrowed", "major", "trunks")]),
    ("may", setting("owner", required=False), [("widened", "minor", "owner")]),
    ("lower maximum", setting("height", maximum=50), [("narrowed", "major", "height")]),
    ("higher maximum", setting("height", maximum=70), [("widened", "minor", "height")]),
    ("no maximum", setting("height", maximum=None), [("widened", "minor", "height")]),
    ("a minimum", setting("budget", minimum=1), [("narrowed", "major", "budget")]),
    ("earlier", setting("planted", minimum="1600-01-01"), [("widened", "minor", "planted")]),
    ("longer", setting("number", max_length=9), [("widened", "minor", "number")]),
    ("pattern", setting("number", pattern="B.*"), [("narrowed", "major", "number")]),
    ("no pattern", setting("number", pattern=""), [("widened", "minor", "number")]),
    ("fewer codes", setting("vitality", codes=[Code(code=0)]), [("narrowed", "major", "vitality")]),
    ("more codes", setting("vitality", codes=[Code(code=n) for n in range(9)]),
     [("widened", "minor", "vitality")]),
    ("open", setting("vitality", open_codes=True), [("widened", "minor", "vitality")]),
    ("closed", setting("condition", open_codes=False), [("narrowed", "major", "condition")]),
    ("unit", setting("height", unit="cm"), [("changed", "major", "height")]),
    ("a unit", setting("trunks", unit="1"), [("changed", "minor", "trunks")]),
    ("expected", setting("height", plausible=Range(maximum=30)), [("changed", "minor", "height")]),
    ("any place", setting("place", geometry=GeometryType.ANY), [("widened", "minor", "place")]),
    ("areas", setting("place", geometry=GeometryType.POLYGON), [("narrowed", "major", "place")]),
    ("open data", setting("owner", personal=False), [("changed", "minor", "owner")]),
    ("key", lambda tree: setattr(tree, "key", ["number", "year"]), [("changed", "major", "")]),
    ("order", lambda tree: tree.fields.reverse(), [("changed", "patch", "")]),
    ("renamed", setting("trunks", name="trunk"), [("renamed", "major", "trunk")]),
    ("renamed by title", setting("height", name="h"), [("renamed", "major", "h")]),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "expected"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])  # fmt: skip
def test_a_change_is_named_with_its_weight(
    edit: Edit, expected: list[tuple[str, str, str]]
) -> None:
    found = compare(TREES, changed(edit))
    assert [(each.kind, each.level, each.field) for each in found.changes] == expected
    assert all(set(each.text) == {"de", "en"} for each in found.changes)
    level = expected[0][1]
    assert found.level == level
    assert found.compatible == (level != "major")
    assert found.required == {"patch": "1.2.1", "minor": "1.3.0", "major": "2.0.0"}[level]


def test_entities_come_and_go() -> None:
    fewer = copy.deepcopy(TREES)
    del fewer.entities[2]
    assert [each.kind for each in compare(TREES, fewer).changes] == ["removed"]
    assert [each.kind for each in compare(fewer, TREES).changes] == ["added"]
    turned = copy.deepcopy(TREES)
    turned.entities.reverse()
    assert compare(TREES, turned).level == "major"


@settings(max_examples=40)
@given(models())
def test_a_model_does_not_differ_from_itself(model: Model) -> None:
    found = compare(model, copy.deepcopy(model))
    assert (found.changes, found.level, found.required) == ([], "none", model.version)


@settings(max_examples=50)
@given(models(), models())
def test_any_two_models_can_be_compared(old: Model, new: Model) -> None:
    found = compare(old, new)
    assert (found.level == "none") == (old == new)


@pytest.mark.parametrize("case", [case for case in CASES if case[2][0][1] == "minor"],
                         ids=lambda case: case[0])  # fmt: skip
def test_what_is_called_compatible_takes_the_old_rows(case: tuple[str, Edit, Any]) -> None:
    document = json_schema.schema(changed(case[1]), PLACE)
    assert jsonschema_rs.Draft202012Validator(document).is_valid(ROW)


def test_version_numbers_are_ordered_by_number() -> None:
    assert next_version("1.9.9", "minor") == "1.10.0"
    assert suffices("1.10.0", "1.9.0")
    assert not suffices("1.9.9", "1.10.0")
