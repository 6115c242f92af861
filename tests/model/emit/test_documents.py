# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""OpenAPI, Table Schema, LinkML and Ecore, judged by the tools people load them with."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from tests.conftest import missing
from tests.model.emit.samples import PLACE, ROW, TREE, TREES, models

from allmende.model.document import Model
from allmende.model.emit import ecore, linkml, openapi, table_schema

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
SLOW = settings(max_examples=30, suppress_health_check=list(HealthCheck))


def tool(name: str) -> Any:
    """A foreign tool; without it the test is skipped, unless `judges` are required."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return missing("judges", f"{name} is not installed")


@SLOW
@given(models())
def test_openapi_is_valid_for_any_model(model: Model) -> None:
    judge = tool("openapi_spec_validator").OpenAPIV31SpecValidator

    for each in (model, TREES):
        judge(json.loads(openapi.emit(each, PLACE))).validate()


def test_openapi_describes_the_features_as_they_are_served() -> None:
    found = json.loads(openapi.emit(TREES, PLACE))
    assert set(found["paths"]) == {
        "/collections/trees/items",
        "/collections/trees/items/{featureId}",
    }
    listed = found["paths"]["/collections/trees/items"]["get"]
    names = [each["name"] for each in listed["parameters"]]
    assert {"bbox", "filter", "limit", "species", "class"} <= set(names)
    assert not {"owner", "budget", "place", "checks"} & set(names)
    page = {"$ref": "#/components/schemas/page-of-features", "components": found["components"]}
    public = {
        name: value for name, value in ROW.items() if name not in ("owner", "budget", "place")
    }
    feature = {"type": "Feature", "id": "B-1", "geometry": ROW["place"], "properties": public}
    served = {"type": "FeatureCollection", "features": [feature], "links": []}
    judge = jsonschema_rs.Draft202012Validator(page)
    assert list(judge.iter_errors(served)) == []
    public["height"] = "tall"
    assert not judge.is_valid(served)


@SLOW
@given(models())
def test_frictionless_reads_any_table_schema(model: Model) -> None:
    tool("frictionless").Schema.from_descriptor(json.loads(table_schema.emit(model, PLACE)))


def test_frictionless_finds_bad_cells() -> None:
    judge = tool("frictionless")
    found = table_schema.descriptor(TREE, "de")
    assert found["primaryKey"] == ["number"]
    height = next(each for each in found["fields"] if each["name"] == "height")
    assert (height["title"], height["unit"]) == ("Höhe", "m")
    good = [cell(ROW[each["name"]]) for each in found["fields"]]
    bad = list(good)
    bad[0], bad[2] = "X-1", 99
    names = [each["name"] for each in found["fields"]]
    schema = judge.Schema.from_descriptor(found)
    report = judge.Resource(data=[names, good, bad], schema=schema).validate()
    errors = report.flatten(["rowNumber", "fieldName"])
    assert {tuple(each) for each in errors} == {(3, "number"), (3, "height")}


def cell(value: Any) -> Any:
    """A cell as in a CSV file."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, list | dict) else value


@SLOW
@given(models())
def test_linkml_loads_any_model(model: Model) -> None:
    view = tool("linkml_runtime").SchemaView(linkml.emit(model, PLACE))
    assert {each.name for each in model.entities} <= set(map(str, view.all_classes()))


def test_linkml_has_units_codes_and_ranges() -> None:
    view = tool("linkml_runtime").SchemaView(linkml.emit(TREES, PLACE))
    height = view.induced_slot("height", "Tree")
    assert (height.range, height.unit.ucum_code, height.maximum_value) == ("double", "m", 60.5)
    assert view.induced_slot("number", "Tree").identifier
    assert view.induced_slot("checks", "Tree").range == "Check"
    assert view.induced_slot("checks", "Tree").multivalued
    lime = view.get_enum("Tree.species").permissible_values["lime"]
    assert (lime.title, lime.meaning) == ("Lime", "https://example.org/species#lime")


def load_ecore(text: str, folder: Path) -> Any:
    judge = tool("pyecore.resources")
    path = folder / "model.ecore"
    path.write_text(text, "utf-8")
    return judge.ResourceSet().get_resource(judge.URI(str(path))).contents[0]


@SLOW
@given(models())
def test_pyecore_loads_any_model(tmp_path: Path, model: Model) -> None:
    root = load_ecore(ecore.emit(model, PLACE), tmp_path)
    assert len(root.eClassifiers) >= len(model.entities) + 2


def test_ecore_has_classes_references_and_enumerations(tmp_path: Path) -> None:
    root = load_ecore(ecore.emit(TREES, PLACE), tmp_path)
    assert root.nsURI == "https://data.example.org/models/trees/1.2.0"
    tree = root.getEClassifier("Tree")
    parts = {each.name: each for each in tree.eStructuralFeatures}
    assert parts["number"].iD
    assert parts["height"].eType.name == "EDouble"
    assert (parts["checks"].eType.name, parts["checks"].upperBound) == ("Check", -1)
    assert parts["checks"].containment
    literals = root.getEClassifier("Tree_Species_Code").eLiterals
    assert [(each.name, each.literal) for each in literals] == [
        ("lime", "lime"),
        ("oak_s", "oak's"),
    ]
    notes = {each.source: dict(each.details) for each in parts["height"].eAnnotations}
    assert notes["https://data.example.org/models/trees#"]["unit"] == "m"
