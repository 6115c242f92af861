# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A model with everything that a model can have, rows of it, and any model at all."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from allmende.model.document import (
    Code,
    Entity,
    Field,
    FieldType,
    GeometryType,
    Model,
    Range,
    ValidTime,
    Visibility,
)
from allmende.model.emit.place import Place

PLACE = Place(base="https://data.example.org", collection="trees", language="en")

TREE = Entity(
    name="Tree",
    title={"de": "Baum", "en": "Tree"},
    description={"de": 'Ein „Straßenbaum" <b>', "en": 'A street tree: "one" \\ of many'},
    key=["number"],
    label="species",
    time=ValidTime(start="planted", end="felled"),
    fields=[
        Field(name="number", title={"de": "Nummer", "en": "Number"}, required=True,
              pattern=r"B-\d{4}", max_length=6),
        Field(name="species", title={"de": "Art", "en": "Species"}, required=True,
              iri="https://example.org/def#species", codes=[
                  Code(code="lime", title={"de": "Linde", "en": "Lime"}, iri="https://example.org/species#lime"),
                  Code(code="oak's", title={"de": "Eiche", "en": "Oak"}, iri="https://example.org/species#oak"),
              ]),
        Field(name="height", type=FieldType.NUMBER, title={"de": "Höhe", "en": "Height"},
              unit="m", minimum=0, maximum=60.5, role="measure",
              plausible=Range(minimum=1, maximum=40)),
        Field(name="trunks", type=FieldType.INTEGER, minimum=1),
        Field(name="protected", type=FieldType.BOOLEAN, required=True),
        Field(name="planted", type=FieldType.DATE, minimum="1700-01-01"),
        Field(name="felled", type=FieldType.DATE),
        Field(name="seen", type=FieldType.DATETIME),
        Field(name="watered", type=FieldType.TIME),
        Field(name="year", type=FieldType.YEAR, minimum=1700, maximum=2100),
        Field(name="page", type=FieldType.URI),
        Field(name="condition", codes=[Code(code="good"), Code(code="bad")], open_codes=True),
        Field(name="vitality", type=FieldType.INTEGER, codes=[Code(code=0), Code(code=1)]),
        Field(name="names", many=True, max_length=20, description={"en": "What people call it"}),
        Field(name="girths", type=FieldType.NUMBER, many=True, unit="cm", minimum=1),
        Field(name="checks", type=FieldType.OBJECT, entity="Check", many=True),
        Field(name="bed", type=FieldType.OBJECT, entity="Bed"),
        Field(name="anything", type=FieldType.OBJECT),
        Field(name="street", reference="Street"),
        Field(name="class", title={"en": "Class"}),
        Field(name="owner", personal=True, required=True),
        Field(name="budget", type=FieldType.NUMBER, unit="[eur]", visibility=Visibility.INTERNAL),
        Field(name="place", type=FieldType.GEOMETRY, geometry=GeometryType.POINT, required=True,
              crs="http://www.opengis.net/def/crs/EPSG/0/25832"),
        Field(name="crown", type=FieldType.GEOMETRY, geometry=GeometryType.POLYGON),
    ],
)  # fmt: skip
CHECK = Entity(
    name="Check",
    title={"de": "Kontrolle", "en": "Check"},
    fields=[
        Field(name="day", type=FieldType.DATE, required=True),
        Field(name="text", max_length=200),
        Field(name="follows", type=FieldType.OBJECT, entity="Check"),
    ],
)
BED = Entity(name="Bed", fields=[Field(name="area", type=FieldType.NUMBER, unit="m2", minimum=0)])
STREET = Entity(
    name="Street",
    iri="https://example.org/def#Street",
    key=["key"],
    fields=[Field(name="key", required=True), Field(name="name")],
)
TREES = Model(
    id="trees",
    version="1.2.0",
    title={"de": "Bäume", "en": "Trees"},
    description={"de": "Das Baumkataster", "en": "The tree register"},
    licence="https://www.govdata.de/dl-de/zero-2-0",
    source="https://example.org/trees.xsd",
    changes={"en": "The height is new"},
    entities=[TREE, CHECK, BED, STREET],
)
BARE = Model(id="bare", entities=[Entity(name="Thing", fields=[Field(name="a")])])

ROW: dict[str, Any] = {
    "number": "B-0001",
    "species": "lime",
    "height": 12.5,
    "trunks": 1,
    "protected": True,
    "planted": "1990-03-01",
    "felled": None,
    "seen": "2026-05-01T10:00:00.000Z",
    "watered": "06:30:00",
    "year": 1990,
    "page": "https://example.org/b1",
    "condition": "good",
    "vitality": 1,
    "names": ["Old Lime"],
    "girths": [120.5, 90],
    "checks": [{"day": "2025-01-02", "text": "fine", "follows": {"day": "2024-01-02"}}],
    "bed": {"area": 4.5},
    "anything": {"a": [1, {"b": None}]},
    "street": "1234",
    "class": "x",
    "owner": "Somebody",
    "budget": 10,
    "place": {"type": "Point", "coordinates": [11.58, 50.92]},
    "crown": {
        "type": "Polygon",
        "coordinates": [[[11, 50], [11.1, 50], [11.1, 50.1], [11, 50]]],
    },
}
FAULTS: dict[str, Any] = {
    "number": "X-1",
    "species": "palm",
    "height": -1,
    "trunks": 0,
    "protected": "yes",
    "planted": "1990-02-31",
    "year": 1066,
    "vitality": 7,
    "girths": [0.5],
    "checks": [{"text": "no day"}],
    "bed": {"area": -4},
}
"""One wrong value for each of these fields."""


def _texts() -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(
        st.sampled_from(["de", "en", "fr", "und"]), st.text(max_size=20), max_size=3
    )


_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,12}", fullmatch=True)


@st.composite
def _limits(draw: st.DrawFn) -> tuple[int | float | None, int | float | None]:
    """A smallest and a largest value, or only one of them, or none."""
    number = st.integers(-1000, 1000) | st.floats(-1e6, 1e6)
    low, high = sorted([draw(number), draw(number)])
    return (low if draw(st.booleans()) else None, high if draw(st.booleans()) else None)


@st.composite
def fields(draw: st.DrawFn, name: str, entities: list[str]) -> Field:
    """Any field with this name."""
    kind = draw(st.sampled_from(FieldType))
    found = Field(
        name=name,
        type=kind,
        title=draw(_texts()),
        description=draw(_texts()),
        required=draw(st.booleans()),
        many=draw(st.booleans()),
        unit=draw(st.sampled_from(["", "m", 'k"g', "%"])),
        iri=draw(st.sampled_from(["", "https://example.org/a#b"])),
        reference=draw(st.sampled_from(["", "other", *entities])),
        visibility=draw(st.sampled_from(Visibility)),
        personal=draw(st.booleans()),
        role=draw(st.sampled_from(["", "dimension", "measure", "attribute"])),
    )
    if kind is FieldType.GEOMETRY:
        found.geometry = draw(st.sampled_from(GeometryType))
        found.crs = draw(
            st.sampled_from(["http://www.opengis.net/def/crs/EPSG/0/25832", found.crs])
        )
    elif kind is FieldType.OBJECT:
        found.entity = draw(st.sampled_from(["", *entities]))
    else:
        _ruled(draw, found)
    return found


def _ruled(draw: st.DrawFn, found: Field) -> None:
    numeric = found.type in (FieldType.INTEGER, FieldType.NUMBER, FieldType.YEAR)
    if numeric:
        found.minimum, found.maximum = draw(_limits())
        codes = st.integers(-5, 5)
    else:
        codes = st.text(max_size=8)
    if found.type is FieldType.STRING:
        found.pattern = draw(st.sampled_from(["", "a|b", r"\d+ $x", 'q"\\\\', "[^/]*/x"]))
        found.min_length, found.max_length = draw(
            st.sampled_from([(None, None), (1, 5), (0, None)])
        )
    if found.type is FieldType.DATE:
        found.minimum = draw(st.sampled_from([None, "2000-01-01"]))
    if found.type in (FieldType.INTEGER, FieldType.STRING):
        listed = draw(st.lists(codes, max_size=3, unique=True))
        found.codes = [Code(code=each, title=draw(_texts())) for each in listed]
        found.open_codes = draw(st.booleans())
    found.plausible = draw(
        st.none() | _limits().map(lambda ends: Range(minimum=ends[0], maximum=ends[1]))
    )


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Any model that can be used."""
    names = draw(st.lists(_NAMES, min_size=1, max_size=3, unique_by=str.lower))
    found = Model(id="any", title=draw(_texts()), changes=draw(_texts()))
    for name in names:
        owned = draw(st.lists(_NAMES, max_size=5, unique_by=str.lower))
        made = [draw(fields(each, names)) for each in owned]
        key = owned[:1] if draw(st.booleans()) else []
        time = ValidTime(start=owned[-1]) if owned and draw(st.booleans()) else None
        entity = Entity(name=name, title=draw(_texts()), key=key, time=time, fields=made)
        found.entities.append(entity)
    return found
