# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Descriptions of kinds of devices: what they may say, and what is said about mistakes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.sensing.calibration import Calibration
from allmende.model.sensing.device_description import (
    InvalidDescription,
    metres,
    read_description,
    seconds,
)
from allmende.model.sensing.device_formula import formula
from allmende.model.sensing.device_mapping import at_path, mapped, number_of
from allmende.model.sensing.observation import Flag

TEXT = """\
id: my-probe
title: {de: Meine Sonde, en: My probe}
maker: Ourselves
match: {profiles: [my probe]}
codec: network
interval: 20 min
battery: {from: bat, unit: V, low: 3.2}
fields:
  temp:
    property: soil-temperature
    depth: 30 cm
    convert: (x - 32) / 1.8
    valid: [-40, 85]
    plausible: [-15, 40]
    missing: [327.67, none]
"""


def moment(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000_000


def fault(text: str) -> tuple[int, str, str]:
    with pytest.raises(InvalidDescription) as raised:
        read_description(text)
    first = raised.value.findings[0]
    assert first.text["en"]
    assert first.text["de"]
    return first.line, first.place, first.text["de"]


def test_a_description_is_read() -> None:
    found = read_description(TEXT)
    field = found.fields["temp"]
    assert found.seconds == 1200
    assert (field.known.de, field.unit_code, metres(field.depth)) == ("Bodentemperatur", "Cel", 0.3)
    assert found.battery is not None
    assert (found.battery.path, found.battery.low) == ("bat", 3.2)


@pytest.mark.parametrize(
    ("old", "new", "line", "place", "said"),
    [
        ("interval:", "intervall:", 6, "", "Ist „interval“ gemeint?"),
        ("depth: 30 cm", "depht: 30 cm", 11, "fields.temp", "Ist „depth“ gemeint?"),
        ("    property: soil-temperature\n", "", 9, "fields.temp", "„property“ fehlt"),
        ("soil-temperature", "soil-heat", 10, "fields.temp.property", "keine bekannte Größe"),
        ("30 cm", "30 feet", 11, "fields.temp.depth", "30 cm, 2 m"),
        ("(x - 32) / 1.8", "open(x)", 12, "fields.temp.convert", "Formel"),
        ("[-40, 85]", "[85, -40]", 13, "fields.temp.valid", "unter dem zweiten"),
        ("[-40, 85]", "[cold, hot]", 13, "fields.temp.valid[0]", "erwartet wird Zahl"),
        ("20 min", "now and then", 6, "interval", "20 min, 1 h, 1 d"),
        ("codec: network", "codec: ../secret.js", 5, "codec", "hat nicht die Form"),
        ("unit: V", "unit: Volt", 7, "battery.unit", "steht nicht zur Wahl"),
        ("id: my-probe", "id: &a my-probe\nabout: *a", 2, "about", "nicht erlaubt"),
        ("id: my-probe", "id: my-probe\nid: again", 2, "", "zweimal"),
        ("match: {profiles: [my probe]}", "match: {profiles: [my probe}", 4, "", "kein YAML"),
        ("id: my-probe", "id: !!python/object:os.system x", 1, "id", "hat nicht die Form"),
    ],
)
def test_mistakes_are_told_with_line_and_place(
    old: str, new: str, line: int, place: str, said: str
) -> None:
    found = fault(TEXT.replace(old, new, 1))
    assert found[:2] == (line, place)
    assert said in found[2]


def test_several_mistakes_are_told_at_once() -> None:
    text = TEXT.replace("30 cm", "deep").replace("20 min", "often").replace("[-40, 85]", "[9, 1]")
    with pytest.raises(InvalidDescription) as raised:
        read_description(text)
    assert [each.line for each in raised.value.findings] == [6, 11, 13]
    assert str(raised.value).startswith("Line 6: interval")


@given(st.text(max_size=300))
def test_any_text_is_a_description_or_a_fault(text: str) -> None:
    with pytest.raises(InvalidDescription):
        read_description(text)


def result(value: Any, **members: Any) -> Any:
    found = mapped(read_description(TEXT), {"temp": value, **members}, moment(2024, 5, 1))
    return found


def test_values_are_converted_and_judged() -> None:
    reading = result(50, bat="3.1 V").results[0]
    assert (reading.result, reading.flag) == (pytest.approx(10), Flag.GOOD)
    assert result("122,0").results[0].result == pytest.approx(50)
    assert (result(122).results[0].flag, result(122).results[0].rule) == (
        Flag.SUSPECT,
        "plausible-range",
    )
    assert (result(2000).results[0].flag, result(2000).results[0].rule) == (Flag.BAD, "valid-range")


@pytest.mark.parametrize("value", [None, 327.67, "327.67", "none"])
def test_what_means_nothing_gives_nothing(value: object) -> None:
    found = result(value)
    assert (found.results, found.problems, found.absent) == ([], [], ["temp"])


@pytest.mark.parametrize("value", [True, "warm", [1], {"a": 1}, "1.234,5", "12 °F"])
def test_what_is_no_number_is_a_problem(value: object) -> None:
    found = result(value)
    assert found.results == []
    assert found.problems[0].field == "temp"
    assert "Zahl" in found.problems[0].text["de"]


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [("24.59", "", 24.59), (" 24,59 ", "", 24.59), ("24.59 °C", "Cel", 24.59), ("5e3", "", 5000)],
)
def test_numbers_are_read_from_texts(text: str, unit: str, number: float) -> None:
    assert number_of(text, unit) == number


def test_paths_reach_into_lists() -> None:
    data = {"m": [[{"id": 4097.0, "v": 1}], [{"id": "4098", "v": 2}]], "l": [5, 6]}
    assert at_path(data, "m[id=4097].v") == 1
    assert at_path(data, "m[id=4098].v") == 2
    assert at_path(data, "l[1]") == 6
    assert at_path(data, "m[id=1].v") is None
    assert at_path(data, "l[7].x") is None


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [("x / 100", 250, 2.5), ("(x - 32) / 1.8", 212, 100), ("-x ** 2 + min(x, 3)", 4, -13),
     ("sqrt(abs(x))", -9, 3)],
)  # fmt: skip
def test_formulas(text: str, x: float, value: float) -> None:
    assert formula(text)(x) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    ["", "y", "x.real", "__import__('os')", "x if x else 1", "[x]", "x;x", "lambda: x", "x(1)",
     "'a'", "True", "sqrt(x, x)", "9" * 300, "(" * 30 + "x" + ")" * 30 + "+" * 40],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"known|long|arithmetic|takes|brackets"):
        formula(text)


@pytest.mark.parametrize(("text", "x"), [("1 / x", 0), ("sqrt(x)", -1), ("9 ** 9 ** x", 99)])
def test_a_formula_without_a_value_says_so(text: str, x: float) -> None:
    with pytest.raises(ValueError, match="no value"):
        formula(text)(x)


CALIBRATED = TEXT.replace("    convert: (x - 32) / 1.8\n", "") + (
    "    calibration:\n"
    "      - {from: 2024-01-01, to: 2024-06-01, linear: [1, 2], note: laboratory}\n"
    "      - {from: 2024-06-01, to: 2025-01-01, polynomial: [0, 1, 0.1]}\n"
    "      - {from: 2025-01-01, table: [[0, 0], [10, 20], [20, 30]]}\n"
)


@pytest.mark.parametrize(
    ("day", "value", "name"),
    [
        (moment(2023, 12, 31), 5, ""),
        (moment(2024, 1, 1), 11, "linear 2024-01-01"),
        (moment(2024, 6, 1), 7.5, "polynomial 2024-06-01"),
        (moment(2026, 1, 1), 10, "table 2025-01-01"),
    ],
)
def test_a_calibration_holds_for_its_time(day: int, value: float, name: str) -> None:
    found = mapped(read_description(CALIBRATED), {"temp": 5}, day).results[0]
    assert (found.result, found.calibration) == (pytest.approx(value), name)
    assert found.raw == (5 if name else None)


def test_outside_of_a_table_there_is_no_value() -> None:
    found = mapped(read_description(CALIBRATED), {"temp": 25}, moment(2026, 1, 1))
    assert found.results == []
    assert "calibration table" in found.problems[0].text["en"]


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=9, unique=True), st.floats(0, 1))
def test_a_table_goes_through_its_points(xs: list[float], part: float) -> None:
    points = tuple((x, 2 * x + 1) for x in sorted(xs))
    calibration = Calibration(table=points)
    x = points[0][0] + part * (points[-1][0] - points[0][0])
    x = min(max(x, points[0][0]), points[-1][0])
    assert calibration.value(x) == pytest.approx(2 * x + 1, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    ["{from: 2024-01-01}", "{linear: [0, 1], polynomial: [1]}", "{table: [[1, 1], [0, 2]]}",
     "{from: 2024-01-02, to: 2024-01-01, linear: [0, 1]}", "{linear: [1]}"],
)  # fmt: skip
def test_a_calibration_that_cannot_be_meant_is_refused(text: str) -> None:
    found = fault(TEXT + f"    calibration:\n      - {text}\n")
    assert found[0] == 17


@pytest.mark.parametrize(("text", "value"), [("30 s", 30), ("1.5 h", 5400), ("1 d", 86400)])
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value
