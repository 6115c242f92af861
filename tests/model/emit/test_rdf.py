# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The JSON-LD context makes the RDF that the SHACL shapes describe; foreign tools judge both."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph
import pyshacl
import pytest
import rdflib
from hypothesis import given, settings
from rdflib.namespace import RDF, SH, XSD
from tests.model.emit.samples import FAULTS, PLACE, ROW, TREES, models

from allmende.model.document import Model
from allmende.model.emit import json_ld, shacl

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
OWN = rdflib.Namespace("https://data.example.org/models/trees#")
ITEM = rdflib.URIRef("https://data.example.org/ogc/collections/trees/items/B-0001")


def graph_of(document: dict[str, Any]) -> rdflib.Graph:
    whole = json.loads(json_ld.emit(TREES, PLACE)) | document
    return rdflib.Graph().parse(data=json.dumps(whole), format="json-ld")


def plain(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": "B-0001", "type": "Tree", **row}


def feature(row: dict[str, Any]) -> dict[str, Any]:
    properties = {name: value for name, value in row.items() if name != "place"}
    return {"type": "Feature", "id": "B-0001", "geometry": row["place"], "properties": properties}


@pytest.mark.parametrize("shape", [plain, feature])
def test_rows_and_features_become_the_same_statements(shape: Any) -> None:
    graph = graph_of(shape(ROW))
    assert graph.value(ITEM, RDF.type) == OWN.Tree
    assert graph.value(ITEM, rdflib.URIRef("https://example.org/def#species")) == rdflib.URIRef(
        "https://example.org/species#lime"
    )
    assert graph.value(ITEM, OWN["Tree.height"]).toPython() == 12.5
    assert graph.value(ITEM, OWN["Tree.planted"]) == rdflib.Literal("1990-03-01", datatype=XSD.date)
    assert graph.value(ITEM, OWN["Tree.year"]).datatype == XSD.integer
    assert len(set(graph.objects(ITEM, OWN["Tree.girths"]))) == 2
    check = graph.value(ITEM, OWN["Tree.checks"])
    assert str(graph.value(check, OWN["Check.day"])) == "2025-01-02"
    assert graph.value(graph.value(check, OWN["Check.follows"]), OWN["Check.day"]) is not None


def test_another_processor_reads_the_same_context() -> None:
    whole = json.loads(json_ld.emit(TREES, PLACE)) | plain(ROW)
    found = list(pyoxigraph.parse(json.dumps(whole), pyoxigraph.RdfFormat.JSON_LD))
    heights = [each.object for each in found if each.predicate.value == str(OWN["Tree.height"])]
    assert [each.value for each in heights] == ["1.25E1"]


def violations(row: dict[str, Any]) -> tuple[bool, set[tuple[str, str]]]:
    shapes = rdflib.Graph().parse(data=shacl.emit(TREES, PLACE), format="turtle")
    fine, report, _ = pyshacl.validate(graph_of(plain(row)), shacl_graph=shapes, meta_shacl=True)
    found = set()
    for result in report.objects(None, SH.result):
        path = str(report.value(result, SH.resultPath)).rpartition("#")[2].rpartition(".")[2]
        found.add((path, str(report.value(result, SH.resultSeverity)).rpartition("#")[2]))
    return fine, found


def test_good_rows_pass_and_bad_values_are_found() -> None:
    assert violations(ROW) == (True, set())
    for name, wrong in FAULTS.items():
        fine, found = violations(ROW | {name: wrong})
        assert not fine, name
        assert (name, "Violation") in found, name
        assert {each for each, severity in found if severity == "Violation"} == {name}


def test_missing_values_are_found_and_expectations_only_warned_of() -> None:
    assert violations(ROW | {"number": None, "protected": None})[1] == {
        ("number", "Violation"),
        ("protected", "Violation"),
    }
    assert violations(ROW | {"height": 55.0})[1] == {("height", "Warning")}
    assert violations(ROW | {"condition": "fair"})[1] == {("condition", "Warning")}


def test_shapes_speak_every_language() -> None:
    shapes = rdflib.Graph().parse(data=shacl.emit(TREES, PLACE), format="turtle")
    names = set(shapes.objects(None, SH.name))
    assert {rdflib.Literal("Höhe", lang="de"), rdflib.Literal("Height", lang="en")} <= names


@settings(max_examples=40)
@given(models())
def test_any_model_gives_shapes_and_a_context(model: Model) -> None:
    text = shacl.emit(model, PLACE)
    assert list(pyoxigraph.parse(text, pyoxigraph.RdfFormat.TURTLE))
    document = json.loads(json_ld.emit(model, PLACE)) | {"id": "a", "type": "Feature"}
    assert list(pyoxigraph.parse(json.dumps(document), pyoxigraph.RdfFormat.JSON_LD))
