# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows are checked against their entity; nothing wrong passes, nothing right is changed."""

from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import InvalidInput
from allmende.model.check_rows import CODES, Checker, Finding, shorten
from allmende.model.document import Code, Entity, Field, FieldType, GeometryType, Model, Range
from allmende.model.pattern import MAX_TEXT, MAX_TEXT_MANY, MAX_TEXT_NESTED, longest
from allmende.model.shapes import point


def one(value: Any, **said: Any) -> tuple[Any, list[tuple[str, str, str]]]:
    """The canonical value of a single field and (field, code, severity) of what was found."""
    entity = Entity(name="E", fields=[Field(name="f", **said)])
    kept, found = Checker(entity).check({"f": value})
    for finding in found:
        assert finding.code in CODES
        assert set(finding.text) == {"en", "de"}
        assert all(finding.text.values())
    return kept.get("f"), [(each.field, each.code, each.severity) for each in found]


def refused(code: str, where: str = "f") -> tuple[None, list[tuple[str, str, str]]]:
    return None, [(where, code, "error")]


T = FieldType


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (T.STRING, "Linde", "Linde"),
        (T.STRING, "", ""),
        (T.STRING, "Ähre 🌳", "Ähre 🌳"),
        (T.INTEGER, 3, 3),
        (T.INTEGER, 3.0, 3),
        (T.INTEGER, 2**63 - 1, 2**63 - 1),
        (T.NUMBER, 3, 3.0),
        (T.NUMBER, -0.5, -0.5),
        (T.BOOLEAN, False, False),
        (T.DATE, "2024-02-29", "2024-02-29"),
        (T.DATETIME, "2024-05-01T12:00:00Z", "2024-05-01T12:00:00.000Z"),
        (T.DATETIME, "2024-05-01T12:00:00.123987+02:00", "2024-05-01T10:00:00.123Z"),
        (T.DATETIME, "2024-01-01 00:30:00+01:00", "2023-12-31T23:30:00.000Z"),
        (T.TIME, "07:30", "07:30:00"),
        (T.YEAR, 1910, 1910),
        (T.URI, "https://example.org/ä?b=1", "https://example.org/ä?b=1"),
        (T.URI, "urn:ngsi-ld:Tree:1", "urn:ngsi-ld:Tree:1"),
        (T.OBJECT, {"a": [1, None, "x"]}, {"a": [1, None, "x"]}),
    ],
)
def test_a_right_value_is_kept(kind: FieldType, value: Any, kept: Any) -> None:
    found, findings = one(value, type=kind)
    assert (found, type(found), findings) == (kept, type(kept), [])


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (T.STRING, 3, "type"),
        (T.STRING, "a\0b", "characters"),
        (T.STRING, "\ud800", "characters"),
        (T.STRING, "x" * 1_000_001, "length"),
        (T.INTEGER, "3", "type"),
        (T.INTEGER, 3.5, "type"),
        (T.INTEGER, True, "type"),
        (T.INTEGER, 2**63, "number"),
        (T.INTEGER, 1e300, "number"),
        (T.NUMBER, float("nan"), "number"),
        (T.NUMBER, float("-inf"), "number"),
        (T.NUMBER, 10**400, "number"),
        (T.NUMBER, "1,5", "type"),
        (T.NUMBER, True, "type"),
        (T.BOOLEAN, 1, "type"),
        (T.BOOLEAN, "ja", "type"),
        (T.DATE, "2023-02-29", "type"),
        (T.DATE, "20230228", "type"),
        (T.DATE, "2020-W01-1", "type"),
        (T.DATE, "2023-02-28T00:00:00Z", "type"),
        (T.DATETIME, "2024-05-01T12:00:00", "type"),
        (T.DATETIME, "2024-05-01", "type"),
        (T.DATETIME, "0001-01-01T00:00:00+10:00", "type"),
        (T.DATETIME, "2024-05-01T25:00:00Z", "type"),
        (T.TIME, "25:00", "type"),
        (T.TIME, "07:30:00+02:00", "type"),
        (T.YEAR, 28100, "type"),
        (T.YEAR, "1910", "type"),
        (T.URI, "example.org", "type"),
        (T.URI, "https://a b", "type"),
        (T.URI, "JavaScript:alert(1)", "type"),
        (T.URI, "https://" + "x" * 4_000, "length"),
        (T.OBJECT, {"a": float("nan")}, "number"),
        (T.OBJECT, {"a": b"x"}, "type"),
        (T.OBJECT, list(range(10_001)), "length"),
    ],
)
def test_a_wrong_value_is_refused(kind: FieldType, value: Any, code: str) -> None:
    assert one(value, type=kind) == refused(code)


def test_required_values() -> None:
    assert one(None, required=True) == refused("missing")
    assert one(None) == (None, [])
    assert one([], required=True, many=True) == refused("missing")


def test_limits() -> None:
    height: dict[str, Any] = {"type": T.NUMBER, "minimum": 0, "maximum": 60}
    assert one(0, **height) == (0.0, [])
    assert one(60, **height) == (60.0, [])
    assert one(-0.1, **height) == refused("too-small")
    assert one(91, **height) == refused("too-large")
    day: dict[str, Any] = {"type": T.DATE, "minimum": "1990-01-01"}
    assert one("1989-12-31", **day) == refused("too-small")
    moment: dict[str, Any] = {"type": T.DATETIME, "maximum": "2024-01-01T00:00:00+01:00"}
    assert one("2023-12-31T23:00:00Z", **moment)[1] == []
    assert one("2023-12-31T23:00:01Z", **moment) == refused("too-large")
    text: dict[str, Any] = {"min_length": 2, "max_length": 3}
    assert one("ab", **text)[1] == []
    assert one("a", **text) == refused("length")
    assert one("abcd", **text) == refused("length")


def test_what_is_implausible_is_kept_and_flagged() -> None:
    said: dict[str, Any] = {"type": T.YEAR, "plausible": Range(minimum=1700, maximum=2030)}
    assert one(1910, **said) == (1910, [])
    assert one(2810, **said) == (2810, [("f", "implausible", "warning")])
    assert one(1, **said) == (1, [("f", "implausible", "warning")])


def test_code_lists() -> None:
    codes = [Code(code="L", title={"de": "Linde"}), Code(code="E", title={"de": "Eiche"})]
    assert one("L", codes=codes) == ("L", [])
    assert one("l", codes=codes) == refused("unknown-code")
    assert one("l", codes=codes, open_codes=True) == ("l", [("f", "unknown-code", "warning")])
    entity = Entity(name="E", fields=[Field(name="f", codes=codes)])
    _, found = Checker(entity).check({"f": "linde"})
    assert "Ist „L“ gemeint?" in found[0].text["de"]
    numbers = [Code(code=1), Code(code="2")]
    assert one(2, type=T.INTEGER, codes=numbers) == (2, [])
    assert one("2", codes=numbers) == ("2", [])


def test_patterns_match_the_whole_text() -> None:
    assert one("07743", pattern=r"\d{5}") == ("07743", [])
    assert one("077431", pattern=r"\d{5}") == refused("pattern")
    assert one("٠٧٧٤٣", pattern=r"\d{5}") == refused("pattern")
    assert one("J-1", pattern=r"^(?<town>[A-Z])-\u{31}$") == ("J-1", [])


@pytest.mark.parametrize(
    ("pattern", "most"),
    [
        (r"[A-Z]{2}\d+", MAX_TEXT),
        (r"a+b+c+", MAX_TEXT_MANY),
        (r"(a+)+", MAX_TEXT_NESTED),
        (r"(a|b*c)*", MAX_TEXT_NESTED // 2),
        (r"(?:x{1,9000})+", MAX_TEXT_NESTED),
        (r"(a\+)+", MAX_TEXT),
        (r"([a+*])+", MAX_TEXT),
        (r"((ab)c)+d*", MAX_TEXT),
    ],
)
def test_a_slow_pattern_is_tried_on_short_texts_only(pattern: str, most: int) -> None:
    assert longest(pattern) == most
    assert one("!" * (most + 1), pattern=pattern)[1] == [("f", "pattern-unchecked", "warning")]
    assert one("!" * most, pattern=pattern) == refused("pattern")


def test_many_values() -> None:
    assert one(["a", "b"], many=True) == (["a", "b"], [])
    assert one("a", many=True) == refused("type")
    assert one(["a", 1], many=True) == refused("type", "f[1]")
    assert one(["a"] * 10_001, many=True) == refused("length")
    odd: dict[str, Any] = {"many": True, "type": T.NUMBER, "plausible": Range(maximum=5)}
    assert one([1, 9], **odd) == ([1.0, 9.0], [("f[1]", "implausible", "warning")])


def test_unknown_fields_are_named() -> None:
    assert Checker(Entity(name="E")).check({"x": 1})[1] == [
        Finding(
            field="x",
            code="unknown-field",
            text={
                "en": "There is no field “x”: correct the name or leave it out.",
                "de": "Es gibt kein Feld „x“: Namen berichtigen oder weglassen.",
            },
        )
    ]


def address() -> Model:
    street = Field(name="street", required=True, max_length=5)
    number = Field(name="number", type=T.INTEGER, plausible=Range(maximum=500))
    inner = Entity(name="Address", fields=[street, number])
    again = Field(name="next", type=T.OBJECT, entity="Address")
    inner.fields.append(again)
    field = Field(name="at", type=T.OBJECT, entity="Address", many=True)
    return Model(id="m", entities=[Entity(name="Shop", fields=[field]), inner])


def test_objects_inside() -> None:
    model = address()
    checker = Checker(model.entity(), model)
    row, found = checker.check({"at": [{"street": "Markt", "number": 1}]})
    assert (row, found) == ({"at": [{"street": "Markt", "number": 1}]}, [])
    _, found = checker.check({"at": [{"street": "Markt"}, {"number": 1, "street": "Anger!"}]})
    assert [(each.field, each.code) for each in found] == [("at[1].street", "length")]
    row, found = checker.check({"at": [{"street": "A", "number": 501}]})
    assert row["at"][0]["number"] == 501
    assert [(each.field, each.severity) for each in found] == [("at[0].number", "warning")]
    deep: dict[str, Any] = {"street": "A"}
    for _ in range(9):
        deep = {"street": "A", "next": deep}
    assert [each.code for each in checker.check({"at": [deep]})[1]] == ["length"]


SQUARE = {"type": "Polygon", "coordinates": [[[11, 50], [12, 50], [12, 51], [11, 50]]]}
BOW = {"type": "Polygon", "coordinates": [[[11, 50], [12, 51], [12, 50], [11, 51], [11, 50]]]}


def shaped(value: Any, kind: GeometryType = GeometryType.ANY) -> Any:
    return one(value, type=T.GEOMETRY, geometry=kind)


def test_geometries_become_wkb() -> None:
    here = point(11.58, 50.93)
    assert shaped({"type": "Point", "coordinates": [11.58, 50.93]}) == (here, [])
    assert shaped(here, GeometryType.POINT) == (here, [])
    many, found = shaped(SQUARE, GeometryType.MULTIPOLYGON)
    assert (shapely.from_wkb(many).geom_type, found) == ("MultiPolygon", [])
    assert shaped(many, GeometryType.POLYGON)[0] == shaped(SQUARE)[0]
    assert shaped(shapely.to_wkb(shapely.Point())) == (None, [])


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"", "geometry-unreadable"),
        (b"\x01\x01\x00\x00\x00abc", "geometry-unreadable"),
        (point(float("inf"), 1), "geometry-unreadable"),
        ("POINT(1 1)", "geometry-unreadable"),
        ({"type": "Point"}, "geometry-unreadable"),
        ({"type": "Point", "coordinates": ["1", "2"]}, "geometry-unreadable"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "geometry-unreadable"),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
            "geometry-unreadable",
        ),
        (point(681_000, 5_645_000), "geometry-range"),
        ({"type": "Point", "coordinates": [50.9, 111.6]}, "geometry-range"),
    ],
)
def test_wrong_geometries_are_refused(value: Any, code: str) -> None:
    assert shaped(value) == refused(code)


def test_the_end_of_the_world_is_rounded() -> None:
    edge = point(-180.00000000000003, 90)
    assert shaped(edge) == (edge, [])
    assert shaped(point(-180.000001, 90)) == refused("geometry-range")


def test_another_kind_of_geometry_is_refused() -> None:
    assert shaped(SQUARE, GeometryType.POINT) == refused("geometry-type")


def test_a_crossing_polygon_is_stored_and_flagged() -> None:
    kept, found = shaped(BOW)
    assert not shapely.from_wkb(kept).is_valid
    assert found == [("f", "geometry-invalid", "warning")]


def test_a_model_that_cannot_be_used_says_so() -> None:
    for said in (
        {"pattern": "("},
        {"type": T.DATE, "minimum": "soon"},
        {"type": T.INTEGER, "codes": [Code(code="x")]},
    ):
        with pytest.raises(InvalidInput, match="cannot be used"):
            Checker(Entity(name="E", fields=[Field(name="f", **said)]))  # type: ignore[arg-type]


def test_values_in_findings_are_short() -> None:
    assert shorten("x" * 1_000) == "x" * 99 + "…"
    assert shorten({"a": 1}) == '{"a":1}'
    assert shorten(10**5_000) == "…"
    assert shorten(b"123") == "3 bytes"
    assert shorten("\ud800\0") == "?�"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(value=JSON, kind=st.sampled_from(list(FieldType)), many=st.booleans())
def test_no_value_upsets_the_checker(value: Any, kind: FieldType, many: bool) -> None:
    kept, found = one(value, type=kind, many=many)
    assert not (found and kept is not None)
    if kept is not None:
        assert one(kept, type=kind, many=many) == (kept, [])  # canonical stays canonical
