# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Our profile tables against the official shapes: every difference is listed with its reason."""

from pathlib import Path

import pytest
from tests.model.shapes import SHAPES, Shape, table

from allmende.model import catalogue
from allmende.model.catalogue import Node, Range
from allmende.model.namespaces import (
    DCAT,
    DCATDE,
    DCT,
    GEODCATAP,
    LOCN,
    OWL,
    PROV,
    SPDX,
    VCARD,
    XSD,
)
from allmende.model.profile import PROFILES, Obligation, Row, profile
from allmende.model.rdf.plan import plan_of

TIME = "http://www.w3.org/2006/time#"
CLASSES: dict[str, str] = {
    "Agent": catalogue.Agent.rdf_types[0],
    "Attribution": PROV + "Attribution",
    "Catalog": DCAT + "Catalog",
    "CatalogRecord": DCAT + "CatalogRecord",
    "Checksum": SPDX + "Checksum",
    "DataService": DCAT + "DataService",
    "Dataset": DCAT + "Dataset",
    "DatasetSeries": DCAT + "DatasetSeries",
    "Distribution": DCAT + "Distribution",
    "Identifier": catalogue.Identifier.rdf_types[0],
    "Kind": VCARD + "Kind",
    "Location": DCT + "Location",
    "Period": DCT + "PeriodOfTime",
    "Relationship": DCAT + "Relationship",
}
# properties of the shapes that are no fields here, and why
NOT_FIELDS = {
    (DCAT + "Catalog", DCAT + "catalog"): "members are rows of their own",
    (DCAT + "Catalog", DCAT + "dataset"): "members are rows of their own",
    (DCAT + "Catalog", DCAT + "service"): "members are rows of their own",
    (DCAT + "Catalog", DCAT + "record"): "catalogue records are written by the platform",
    (DCAT + "CatalogRecord", DCT + "description"): "records are written by the platform",
    (DCAT + "CatalogRecord", DCT + "language"): "records are written by the platform",
    (DCAT + "CatalogRecord", DCT + "title"): "records are written by the platform",
    (DCAT + "CatalogRecord", "http://www.w3.org/ns/adms#status"): "written by the platform",
    (DCAT + "Dataset", DCT + "contributor"): "kept in extra; rarely used, no page shows it",
    (DCT + "PeriodOfTime", TIME + "hasBeginning"): "kept in extra; dcat:startDate is recommended",
    (DCT + "PeriodOfTime", TIME + "hasEnd"): "kept in extra; dcat:endDate is recommended",
}
# where table and shape say different things on purpose
DIFFERENT = {
    ("dcat-ap", "Dataset", "spatial_resolution"): "the specification says at most one",
    ("dcat-ap-de", "Dataset", "spatial_resolution"): "as in DCAT-AP",
    ("hvd", "Dataset", "spatial_resolution"): "as in DCAT-AP",
    (
        "dcat-ap-de",
        "DatasetSeries",
        "publisher",
    ): "defined, but hung on no class",
}
# node kinds that differ on purpose
KINDS = {
    (DCT + "Location", LOCN + "geometry"): "a literal, as portals write it and DCAT 3 allows",
    (PROV + "Attribution", PROV + "agent"): "the shape wants an IRI; we accept a described agent",
}
LITERALS = frozenset(Range) - {Range.IRI, Range.CONCEPT, Range.NODE}
DATATYPES = {
    XSD + "decimal": Range.DECIMAL,
    XSD + "duration": Range.DURATION,
    XSD + "hexBinary": Range.HEX,
    XSD + "nonNegativeInteger": Range.INTEGER,
}


def struct(name: str) -> type[Node]:
    cls: type[Node] = getattr(catalogue, "Relationship" if name == "Attribution" else name)
    return cls


@pytest.fixture(params=PROFILES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shapes(shared_data: Path, name: str) -> dict[tuple[str, str], Shape]:
    return table(shared_data / "conformance" / "dcat", SHAPES[name])


def rows(name: str) -> dict[tuple[str, str], tuple[str, Row]]:
    found = {}
    for cls, iri in CLASSES.items():
        for row in profile(name).of(cls).values():
            found[iri, row.field.iri] = (cls, row)
    return found


def test_every_shape_has_its_row(name: str, shapes: dict[tuple[str, str], Shape]) -> None:
    known = set(rows(name)) | set(NOT_FIELDS)
    asked = {key for key in shapes if key[0] in CLASSES.values()}
    assert asked <= known, sorted(asked - known)


def test_counts_agree(name: str, shapes: dict[tuple[str, str], Shape]) -> None:
    ours = rows(name)
    differing = set()
    for key, shape in shapes.items():
        if key not in ours:
            continue
        cls, row = ours[key]
        if (row.min, row.max) != (shape.min, shape.max):
            differing.add((name, cls, row.field.name))
    assert differing == {key for key in DIFFERENT if key[0] == name}


def test_node_kinds_and_datatypes_agree(name: str, shapes: dict[tuple[str, str], Shape]) -> None:
    ours = rows(name)
    for key, shape in shapes.items():
        if key not in ours or key in KINDS:
            continue
        field = ours[key][1].field
        if shape.kind:
            assert (shape.kind == "Literal") == (field.range in LITERALS), key
        if shape.datatype:
            assert DATATYPES[shape.datatype] is field.range, key


def test_classes_of_nodes_agree(name: str, shapes: dict[tuple[str, str], Shape]) -> None:
    ours = rows(name)
    for key, shape in shapes.items():
        if key in ours and key not in KINDS and ours[key][1].field.range is Range.NODE:
            assert not shape.range or ours[key][1].field.type == shape.range, key


def test_rows_beyond_the_shapes_are_german(name: str, shapes: dict[tuple[str, str], Shape]) -> None:
    beyond = {row.field.iri for key, (_, row) in rows(name).items() if key not in shapes}
    german = {DCATDE, GEODCATAP, VCARD}
    for iri in beyond:
        namespace = iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]
        assert namespace in german or iri in {DCT + "references", OWL + "versionInfo"}, iri


def test_mandatory_means_at_least_one(name: str) -> None:
    for cls in CLASSES:
        for row in profile(name).of(cls).values():
            assert (row.obligation is Obligation.MANDATORY) == (row.min == 1)


def test_every_row_names_a_field(name: str) -> None:
    for cls in profile(name).rows:
        fields = plan_of(struct(cls)).by_name
        assert set(profile(name).of(cls)) <= set(fields)
