# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ecore packages of the kind cities have, and hostile ones."""

from pathlib import Path

import pytest

from allmende.errors import InvalidInput
from allmende.model.bring import Brought, bring, bring_ecore
from allmende.model.check_rows import Checker
from allmende.model.document import Entity, Field, FieldType

FILES = Path(__file__).parent / "fixtures"
T = FieldType


def brought(name: str) -> Brought:
    found = bring((FILES / name).read_bytes())
    for entity in found.model.entities:
        Checker(entity, found.model)
    return found


def field(entity: Entity, name: str) -> Field:
    found = entity.find(name)
    assert found, f"{entity.name} has no {name}"
    return found


def test_an_uplink() -> None:
    model, notes = brought("uplink.ecore")
    assert [each.name for each in model.entities] == ["Uplink", "Reading", "Gateway"]
    assert model.description == {"en": "What a soil sensor sends"}
    uplink = model.entity()
    assert [each.name for each in uplink.fields][:3] == ["id", "receivedAt", "devEui"]
    assert uplink.key == ["id"]
    assert field(uplink, "receivedAt").type is T.DATETIME
    assert field(uplink, "devEui").pattern == "[0-9A-F]{16}"
    assert field(uplink, "confirmed").type is T.BOOLEAN
    readings = field(uplink, "readings")
    assert (readings.type, readings.entity, readings.many) == (T.OBJECT, "Reading", True)
    assert field(uplink, "gateways").entity == "Gateway"
    device = field(uplink, "device")
    assert (device.type, device.reference) == (T.STRING, "")
    reading = model.entity("Reading")
    assert reading.key == ["depth"]
    assert field(reading, "depth").unit == "cm"
    assert reading.find("uplink") is None  # what it lies in
    assert field(model.entity("Gateway"), "tags").many
    assert {each.code for each in notes} == {"other-file"}


def test_a_tree_register() -> None:
    model, notes = brought("baum.ecore")
    tree = model.entity()
    assert tree.name == "Baum"
    assert [each.name for each in tree.fields] == [
        "objektId", "lage", "art", "hoehe", "gepflanzt", "strasse", "kontrollen", "nachbar",
    ]  # fmt: skip
    assert field(tree, "lage").type is T.GEOMETRY
    assert [each.code for each in field(tree, "art").codes] == ["Linde", "Eiche", "SONSTIGE"]
    assert (field(tree, "hoehe").unit, field(tree, "gepflanzt").type) == ("m", T.DATE)
    assert (field(tree, "strasse").reference, field(tree, "strasse").required) == ("Strasse", True)
    street = model.entity("Strasse")
    assert [each.name for each in street.fields] == ["objektId", "name"]
    assert field(model.entity("Kontrolle"), "befund").type is T.STRING
    assert {each.code for each in notes} == {"opposite", "abstract-target"}


def test_car_parks() -> None:
    model, notes = brought("parking.ecore")
    park = model.entity()
    assert field(park, "page").type is T.URI
    assert field(park, "at").entity == "Position"
    assert field(park, "operators").reference == "Operator"
    assert model.entity("Operator").find("parks") is None
    assert {each.code for each in notes} == {"unknown-type", "opposite"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/>",
        "<a><b></a>",
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<EPackage/>",
        "<a>" * 100 + "</a>" * 100,
        '<?xml version="1.0" encoding="klingon"?><a/>',
    ],
)
def test_what_is_no_package_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        bring_ecore(text.encode())


def test_supertypes_in_a_circle() -> None:
    text = """<EPackage xmlns:xsi="x" name="p">
      <eClassifiers xsi:type="ecore:EClass" name="A" eSuperTypes="#//B"/>
      <eClassifiers xsi:type="ecore:EClass" name="B" eSuperTypes="#//A">
        <eStructuralFeatures xsi:type="ecore:EAttribute" name="x"
            eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
      </eClassifiers></EPackage>"""
    model, _ = bring_ecore(text.encode())
    assert [[f.name for f in each.fields] for each in model.entities] == [["x"], ["x"]]


COMMON = """<ecore:EPackage xmlns:xsi="x" xmlns:ecore="y" name="common">
  <eClassifiers xsi:type="ecore:EClass" name="Named" abstract="true">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="id" iD="true"
        eType="ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//EString"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Output">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="kind" eType="#//Kind"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EClass" name="Unused">
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="x" eType="#//Kind"/>
  </eClassifiers>
  <eClassifiers xsi:type="ecore:EEnum" name="Kind"><eLiterals name="LAMP"/></eClassifiers>
</ecore:EPackage>"""
CROSSING = """<ecore:EPackage xmlns:xsi="x" xmlns:ecore="y" name="crossing">
  <eAnnotations source="Version"><details key="value" value="1.2.3"/></eAnnotations>
  <eClassifiers xsi:type="ecore:EClass" name="Crossing"
      eSuperTypes="../../common/model/common.ecore#//Named">
    <eStructuralFeatures xsi:type="ecore:EReference" name="output" upperBound="-1"
        eType="ecore:EClass ../../common/model/common.ecore#//Output" containment="true"/>
    <eStructuralFeatures xsi:type="ecore:EAttribute" name="kind"
        eType="ecore:EEnum ../../common/model/common.ecore#//Kind"/>
  </eClassifiers>
</ecore:EPackage>"""


def test_references_into_other_files() -> None:
    model, notes = bring_ecore(CROSSING.encode(), others={"common.ecore": COMMON.encode()})
    assert ([each.name for each in model.entities], notes) == (["Crossing", "Output"], [])
    crossing = model.entity()
    assert (model.version, crossing.key) == ("1.2.3", ["id"])
    assert field(crossing, "output").entity == "Output"
    assert [each.code for each in field(crossing, "kind").codes] == ["LAMP"]
    alone, notes = bring_ecore(CROSSING.encode())
    assert [each.name for each in alone.entity().fields] == ["output", "kind"]
    assert {each.code for each in notes} == {"other-file", "unknown-type"}


def test_supertypes_that_multiply_are_read_once() -> None:
    layers = "".join(
        f'<eClassifiers xsi:type="ecore:EClass" name="{side}{n}" '
        f'eSuperTypes="#//A{n + 1} #//B{n + 1}"/>'
        for n in range(40)
        for side in "AB"
    )
    last = """<eClassifiers xsi:type="ecore:EClass" name="A40"><eStructuralFeatures
        xsi:type="ecore:EAttribute" name="x" eType="#//EString"/></eClassifiers>"""
    text = f'<EPackage xmlns:xsi="x" name="p">{layers}{last}</EPackage>'
    assert len(bring_ecore(text.encode()).model.entity().fields) == 1
