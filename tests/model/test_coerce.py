# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Cells of tables are read as they are meant, or refused: never guessed."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import InvalidInput
from allmende.model.check_rows import Checker
from allmende.model.coerce import CODES, Reading, Unreadable, read_value
from allmende.model.document import CRS84, Entity, Field, FieldType
from allmende.model.shapes import point, read_wkb, to_geojson

T = FieldType
COMMA = Reading(decimal=",")
POINT = Reading(decimal=".", date_order="mdy")
OPEN = Reading()


def read(kind: FieldType, cell: Any, reading: Reading = OPEN, **said: Any) -> Any:
    return read_value(Field(name="f", type=kind, **said), cell, reading)


def refusal(kind: FieldType, cell: Any, reading: Reading = OPEN, **said: Any) -> str:
    with pytest.raises(Unreadable) as caught:
        read(kind, cell, reading, **said)
    assert caught.value.code in CODES
    assert all(caught.value.text[each] for each in ("de", "en"))
    return caught.value.code


@pytest.mark.parametrize(
    ("cell", "reading", "value"),
    [
        ("12", OPEN, 12.0),
        ("1,5", COMMA, 1.5),
        ("1.5", POINT, 1.5),
        ("1,5", OPEN, 1.5),
        ("1.5", OPEN, 1.5),
        ("-0,25", OPEN, -0.25),
        ("−3", COMMA, -3.0),
        ("+7", OPEN, 7.0),
        (",5", COMMA, 0.5),
        ("1.234,5", OPEN, 1234.5),
        ("1,234.5", OPEN, 1234.5),
        ("1.234", COMMA, 1234.0),
        ("1,234", POINT, 1234.0),
        ("1.234.567", OPEN, 1234567.0),
        ("1 234 567,8", COMMA, 1234567.8),
        ("1\u00a0234", OPEN, 1234.0),
        ("1'234.5", POINT, 1234.5),
        ("11,5865", OPEN, 11.5865),
        ("0,123", OPEN, 0.123),
        ("1.5E+3", POINT, 1500.0),
        (7, OPEN, 7.0),
        (" 12 ", OPEN, 12.0),
    ],
)
def test_numbers(cell: Any, reading: Reading, value: float) -> None:
    assert read(T.NUMBER, cell, reading) == value


@pytest.mark.parametrize(
    ("cell", "reading", "code"),
    [
        ("1.234", OPEN, "ambiguous-number"),
        ("1,234", OPEN, "ambiguous-number"),
        ("1,5", POINT, "not-a-number"),
        ("1.5", COMMA, "not-a-number"),
        ("1.2.3", OPEN, "not-a-number"),
        ("12.34,5", COMMA, "not-a-number"),
        ("ca. 12", OPEN, "not-a-number"),
        ("<5", OPEN, "not-a-number"),
        ("12-14", OPEN, "not-a-number"),
        ("1e999", POINT, "not-a-number"),
        ("9" * 400, OPEN, "not-a-number"),
        ("12 m", OPEN, "not-a-number"),
        (True, OPEN, "not-a-number"),
        (10**400, OPEN, "not-a-number"),
    ],
)
def test_no_numbers(cell: Any, reading: Reading, code: str) -> None:
    assert refusal(T.NUMBER, cell, reading) == code


def test_units() -> None:
    assert read(T.NUMBER, "12,5 m", COMMA, unit="m") == 12.5
    assert read(T.NUMBER, "21 °C", OPEN, unit="Cel") == 21
    assert read(T.INTEGER, "80 %", OPEN, unit="%") == 80
    assert read(T.NUMBER, "40 qm", OPEN, unit="m2") == 40
    assert refusal(T.NUMBER, "40 cm", OPEN, unit="m") == "other-unit"


def test_whole_numbers() -> None:
    assert read(T.INTEGER, "007") == 7
    assert read(T.INTEGER, "12,0", COMMA) == 12
    assert read(T.INTEGER, 3.0) == 3
    assert refusal(T.INTEGER, "12,5", COMMA) == "not-whole"


def test_texts_keep_their_zeros() -> None:
    assert read(T.STRING, "07743") == "07743"
    assert read(T.STRING, 7743.0) == "7743"
    assert read(T.STRING, date(2024, 5, 1)) == "2024-05-01"
    assert read(T.STRING, datetime(2024, 5, 1)) == "2024-05-01"
    assert read(T.STRING, True) == "true"
    assert read(T.STRING, " a  b ") == "a  b"


@pytest.mark.parametrize("cell", ["", " ", "-", "k.A.", "NULL", "n/a", "#NV", None, float("nan")])
def test_missing(cell: Any) -> None:
    assert read(T.NUMBER, cell) is None
    assert read(T.STRING, cell) is None


def test_markers_are_those_of_the_reading() -> None:
    assert read(T.STRING, "NULL", Reading(missing=frozenset({"x"}))) == "NULL"
    assert read(T.STRING, "X", Reading(missing=frozenset({"x"}))) is None


@pytest.mark.parametrize("cell", ["ja", "J", "WAHR", "x", "1", 1, 1.0, True])
def test_yes(cell: Any) -> None:
    assert read(T.BOOLEAN, cell) is True


@pytest.mark.parametrize("cell", ["nein", "N", "FALSCH", "0", 0, False])
def test_no(cell: Any) -> None:
    assert read(T.BOOLEAN, cell) is False


def test_neither() -> None:
    assert refusal(T.BOOLEAN, "vielleicht") == "not-a-boolean"
    assert refusal(T.BOOLEAN, 2) == "not-a-boolean"


@pytest.mark.parametrize(
    ("cell", "reading", "value"),
    [
        ("2024-05-01", OPEN, "2024-05-01"),
        ("2025/09/23", OPEN, "2025-09-23"),
        ("20240501", OPEN, "2024-05-01"),
        ("1.5.2024", OPEN, "2024-05-01"),
        ("01.05.2024", POINT, "2024-05-01"),
        ("05/01/2024", POINT, "2024-05-01"),
        ("05/01/2024", OPEN, "2024-01-05"),
        ("1. Mai 2024", OPEN, "2024-05-01"),
        ("3. März 2021", OPEN, "2021-03-03"),
        ("3 Dec 2021", OPEN, "2021-12-03"),
        ("01.05.2024 00:00:00", OPEN, "2024-05-01"),
        ("2024-05-01T00:00:00Z", OPEN, "2024-05-01"),
        ("01.05.24", Reading(pivot=50), "2024-05-01"),
        ("01.05.71", Reading(pivot=50), "1971-05-01"),
        ("24-05-01", Reading(pivot=50, date_order="ymd"), "2024-05-01"),
        (date(2024, 5, 1), OPEN, "2024-05-01"),
        (datetime(2024, 5, 1), OPEN, "2024-05-01"),
    ],
)
def test_days(cell: Any, reading: Reading, value: str) -> None:
    assert read(T.DATE, cell, reading) == value


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("31.02.2024", "not-a-date"),
        ("13/13/2024", "not-a-date"),
        ("2024", "not-a-date"),
        ("1. Foo 2024", "not-a-date"),
        ("01.05.24", "short-year"),
        ("01.05.2024 07:30", "date-with-time"),
        ("01.05.2024 abc", "not-a-date"),
        (45000, "not-a-date"),
        (datetime(2024, 5, 1, 7), "date-with-time"),
    ],
)
def test_no_days(cell: Any, code: str) -> None:
    assert refusal(T.DATE, cell) == code


@pytest.mark.parametrize(
    ("cell", "reading", "value"),
    [
        ("2024-05-01T12:00:00Z", OPEN, "2024-05-01T12:00:00.000Z"),
        ("2024-05-01T12:00:00+0200", OPEN, "2024-05-01T10:00:00.000Z"),
        ("2024-05-01 12:00:00.25", OPEN, "2024-05-01T10:00:00.250Z"),
        ("01.05.2024, 12:00 Uhr", OPEN, "2024-05-01T10:00:00.000Z"),
        ("01.01.2024 12:00 MEZ", OPEN, "2024-01-01T11:00:00.000Z"),
        ("01/05/2024 1:05 PM", POINT, "2024-01-05T12:05:00.000Z"),
        ("2024-01-01 12:00", Reading(time_zone="UTC"), "2024-01-01T12:00:00.000Z"),
        ("1700000000", Reading(epoch="s"), "2023-11-14T22:13:20.000Z"),
        (1700000000123, Reading(epoch="ms"), "2023-11-14T22:13:20.123Z"),
        (datetime(2024, 5, 1, 12, tzinfo=UTC), OPEN, "2024-05-01T12:00:00.000Z"),
    ],
)
def test_moments(cell: Any, reading: Reading, value: str) -> None:
    assert read(T.DATETIME, cell, reading) == value


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("01.05.2024", "not-a-moment"),
        ("2024-05-01 25:00", "not-a-moment"),
        ("2024-10-27 02:30", "ambiguous-moment"),
        ("2024-03-31 02:30", "ambiguous-moment"),
        ("1700000000", "not-a-date"),
        ("0001-01-01T00:00:00+14:00", "not-a-moment"),
    ],
)
def test_no_moments(cell: Any, code: str) -> None:
    assert refusal(T.DATETIME, cell) == code


def test_an_unknown_time_zone_is_named() -> None:
    with pytest.raises(InvalidInput, match="Mars"):
        read(T.DATETIME, "2024-05-01T12:00", Reading(time_zone="Mars/Base"))


def test_times_and_years() -> None:
    assert read(T.TIME, "7:30") == "07:30:00"
    assert read(T.TIME, "7.30 Uhr") == "07:30:00"
    assert read(T.TIME, time(7, 30)) == "07:30:00"
    assert refusal(T.TIME, "24:10") == "not-a-time"
    assert read(T.YEAR, "1910") == 1910
    assert read(T.YEAR, 1910.0) == 1910
    assert refusal(T.YEAR, "ca. 1900") == "not-a-year"
    assert refusal(T.YEAR, "01.01.1900") == "not-a-year"


HERE = point(11.58, 50.93)


@pytest.mark.parametrize(
    "cell",
    [
        "POINT(11.58 50.93)",
        "Point (11.58  50.93)",
        "SRID=4326;POINT(11.58 50.93)",
        HERE.hex(),
        HERE.hex().upper(),
        "\\x" + HERE.hex(),
        shapely.to_wkb(shapely.set_srid(shapely.from_wkb(HERE), 4326), include_srid=True).hex(),
        '{"type": "Point", "coordinates": [11.58, 50.93]}',
        {"type": "Point", "coordinates": [11.58, 50.93]},
        HERE,
    ],
)
def test_geometries(cell: Any) -> None:
    assert read(T.GEOMETRY, cell) == HERE


def test_geometries_in_other_systems_and_orders() -> None:
    assert read(T.GEOMETRY, "POINT(50.93 11.58)", Reading(swapped=True)) == HERE
    crs = "http://www.opengis.net/def/crs/EPSG/0/25832"
    line = read(T.GEOMETRY, "SRID=25832;LINESTRING(681000 5645000, 681001 5645001)", crs=crs)
    assert read_wkb(line).box == (681000, 5645000, 681001, 5645001)
    assert refusal(T.GEOMETRY, "SRID=31468;POINT(1 2)", crs=crs) == "other-crs"
    assert refusal(T.GEOMETRY, "SRID=25832;POINT(1 2)", crs=CRS84) == "other-crs"
    high = read(T.GEOMETRY, "POINT Z (1 2 3)")
    assert to_geojson(high) == {"type": "Point", "coordinates": [1, 2, 3]}
    assert read(T.GEOMETRY, "POINT EMPTY") is None


@pytest.mark.parametrize("cell", ["POINT(1)", "x", "CIRCULARSTRING(0 0,1 1,2 0)", "{", "0101", 3])
def test_no_geometries(cell: Any) -> None:
    assert refusal(T.GEOMETRY, cell) == "not-a-geometry"


def test_objects_and_many_values() -> None:
    assert read(T.OBJECT, '{"a": 1}') == {"a": 1}
    assert refusal(T.OBJECT, "{a}") == "not-json"
    assert read(T.STRING, "a | b", many=True) == ["a", "b"]
    assert read(T.INTEGER, "1;2", Reading(separator=";"), many=True) == [1, 2]
    assert read(T.INTEGER, 5, many=True) == [5]
    assert read(T.STRING, '["a|b", "c"]', many=True) == ["a|b", "c"]
    assert read(T.OBJECT, '[{"a": 1}]', many=True) == [{"a": 1}]
    assert read(T.OBJECT, '{"a": "x|y"}', many=True) == [{"a": "x|y"}]
    assert refusal(T.STRING, "[a, b]", many=True) == "not-json"


CELLS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.datetimes()
    | st.dates()
    | st.times()
    | st.text(alphabet="0123456789.,- /:'TZ", max_size=20)
)


@given(
    cell=CELLS,
    kind=st.sampled_from(list(FieldType)),
    reading=st.sampled_from([OPEN, COMMA, POINT, Reading(epoch="ms", pivot=30)]),
)
def test_whatever_is_read_is_a_value_of_its_type(
    cell: Any, kind: FieldType, reading: Reading
) -> None:
    field = Field(name="f", type=kind)
    try:
        value = read_value(field, cell, reading)
    except Unreadable:
        return
    _, found = Checker(Entity(name="E", fields=[field])).check({"f": value})
    allowed = {"characters", "number", "type" if kind in (T.URI, T.YEAR) else ""}
    assert {each.code for each in found} <= allowed


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_written_numbers_come_back(number: float) -> None:
    text = f"{number:,.3f}"
    german = text.translate(str.maketrans(",.", ".,"))
    assert read(T.NUMBER, text, POINT) == read(T.NUMBER, german, COMMA) == float(f"{number:.3f}")
