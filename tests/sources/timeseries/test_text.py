# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Time series as CSV, as cities write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.incoming import found, utc

from allmende.core.sensing.importing_types import Limits
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.calendar import HOUR
from allmende.model.sensing.observation import Flag
from allmende.model.sensing.specs import COUNT

COUNTER = (
    "Datetime,100 (Promenade),101 (Promenade Ri. Nord),100-status,101-status\n"
    "2024-05-01 00:00,13,7,0,0\n"
    "2024-05-01 00:15,,8,0,4\n"
    "2024-05-01 00:30,viele,9,0,0\n"
)
LONG = (
    "Messstelle;Zeit;Größe;Wert;Einheit\n"
    "A;01.05.2024 12:00;Lufttemperatur;12,5;°C\n"
    "A;01.05.2024 12:00;Feinstaub PM10;21;µg/m³\n"
    "B;01.05.2024 24:00;Lufttemperatur;1.012,5;°C\n"
)


def test_a_table_needs_no_description() -> None:
    made = found("csv", COUNTER, name="promenade.csv")
    assert list(made.things) == ["csv:promenade"]
    assert [key for _, key in made.streams] == ["100-promenade", "101-promenade-ri-nord"]
    assert [(row.line, row.result, row.flag) for row in made.rows] == [
        (2, 13.0, Flag.UNCHECKED),
        (2, 7.0, Flag.UNCHECKED),
        (3, 8.0, Flag.SUSPECT),
        (4, 9.0, Flag.UNCHECKED),
    ]
    assert made.rows[0].time == utc("2024-05-01T00:00:00+02:00")
    assert made.rows[2].quality == {"status": "4"}
    assert (made.missing, [each.line for each in made.problems]) == (1, [4])
    assert "viele" in made.texts()


def test_a_description_gives_names_places_and_intervals() -> None:
    options = {
        "name": "Zählstelle",
        "source": "ms",
        "states": {"4": "missing"},
        "thing": {"id": "100", "name": "Promenade", "longitude": 7.63, "latitude": 51.96},
        "time": {"from": "Datetime", "interval": 900, "marks": "begin"},
        "streams": {
            "north": {
                "from": "101 (Promenade Ri. Nord)",
                "status": "101-status",
                "property": "bicycle-count",
                "type": "count",
            }
        },
    }
    made = found("csv", COUNTER, options)
    thing = made.things["ms:100"]
    assert thing.place is not None
    assert thing.place.geometry["coordinates"] == [7.63, 51.96]
    assert made.streams["ms:100", "north"].type == COUNT
    assert made.streams["ms:100", "north"].interval == 900
    assert [(row.result, row.end - row.time if row.end else None) for row in made.rows] == [
        (7, 900_000_000),
        (9, 900_000_000),
    ]
    assert made.missing == 1


def test_one_line_for_each_result() -> None:
    options = {
        "zone": "+01:00",
        "thing": {"id": "{Messstelle}", "name": "Station {Messstelle}"},
        "time": {"from": "Zeit"},
        "long": {"property": "Größe", "value": "Wert", "unit": "Einheit"},
    }
    made = found("csv", LONG, options)
    assert set(made.streams) == {
        ("csv:A", "lufttemperatur"),
        ("csv:A", "feinstaub-pm10"),
        ("csv:B", "lufttemperatur"),
    }
    assert made.streams["csv:A", "lufttemperatur"].unit.symbol == "°C"
    assert "pm10" in made.streams["csv:A", "feinstaub-pm10"].property.definition
    assert [row.result for row in made.rows] == [12.5, 21.0, 1012.5]
    assert made.rows[2].time == utc("2024-05-02T00:00:00+01:00")


def test_of_one_line_for_each_result_only_named_quantities_are_taken() -> None:
    options = {
        "thing": {"id": "{Messstelle}"},
        "time": {"from": "Zeit"},
        "long": {"property": "Größe", "value": "Wert"},
        "streams": {"dust": {"from": "Feinstaub PM10", "property": "pm10", "type": "count"}},
    }
    made = found("csv", LONG, options)
    assert [(row.thing, row.stream, row.result) for row in made.rows] == [("csv:A", "dust", 21)]
    assert made.streams["csv:A", "dust"].unit.symbol == "µg/m³"


def test_the_unit_stands_in_the_heading() -> None:
    made = found("csv", "Zeit;Lufttemperatur [°C];Druck (hPa)\n2024-01-01T00:00Z;1,5;990\n")
    units = [each.unit.definition for each in made.streams.values()]
    assert units == ["https://ucum.org/#Cel", "https://ucum.org/#hPa"]
    assert [each.name for each in made.streams.values()] == ["Lufttemperatur", "Druck"]
    assert made.rows[0].result == 1.5


AUTUMN = ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")


@pytest.mark.parametrize("back", [False, True])
def test_the_hour_that_comes_twice_is_read_in_the_order_of_the_lines(back: bool) -> None:
    lines = [f"27.10.2024 {clock};{at}\n" for at, clock in enumerate(AUTUMN)]
    body = "Zeit;Wert\n" + "".join(reversed(lines) if back else lines)
    made = found("csv", body)
    times = [row.time for row in sorted(made.rows, key=lambda row: row.result)]
    start = utc("2024-10-26T23:30:00Z")
    assert times == [start + at * HOUR // 2 for at in range(6)]
    assert "4" in made.notes[0].text["de"]


def test_a_time_that_does_not_exist_is_refused() -> None:
    body = "Zeit;Wert\n31.03.2024 01:30;1\n31.03.2024 02:30;2\n31.03.2024 03:30;3\n"
    made = found("csv", body)
    assert [row.result for row in made.rows] == [1.0, 3.0]
    assert [each.line for each in made.problems] == [3]
    assert len(found("csv", body, {"zone": "+01:00"}).rows) == 3


@pytest.mark.parametrize(("twice", "offset"), [("first", "+02:00"), ("second", "+01:00")])
def test_it_can_be_said_which_hour_is_meant(twice: str, offset: str) -> None:
    body = "Zeit;Wert\n27.10.2024 02:30;1\n"
    made = found("csv", body, {"time": {"from": "Zeit", "twice": twice}})
    assert made.rows[0].time == utc(f"2024-10-27T02:30:00{offset}")
    refused = found("csv", body, {"time": {"from": "Zeit", "twice": "refuse"}})
    assert (refused.rows, len(refused.problems)) == ([], 1)


@pytest.mark.parametrize(
    ("form", "cells", "time"),
    [
        ("unix", "1714557600;", "2024-05-01T10:00:00Z"),
        ("unix-ms", "1714557600500;", "2024-05-01T10:00:00.5Z"),
        ("%d/%m/%y %H.%M", "01/05/24;12.00", "2024-05-01T12:00:00+02:00"),
        ("", "01.05.2024;12:00 Uhr", "2024-05-01T12:00:00+02:00"),
    ],
)
def test_times_in_other_forms(form: str, cells: str, time: str) -> None:
    columns = ["Tag", "Uhr"] if " " in form or not form else ["Tag"]
    options = {"time": {"from": columns, "form": form}, "streams": {"w": {"from": "Wert"}}}
    made = found("csv", f"Tag;Uhr;Wert\n{cells};5\n", options)
    assert [row.time for row in made.rows] == [utc(time)], made.texts()


def test_clocks_that_were_never_set_and_wrong_ones() -> None:
    body = "Zeit;Wert\n1970-01-01T00:00:05Z;1\n2024-01-01T00:00Z;2\n2027-01-01T00:00Z;3\n"
    made = found("csv", body)
    assert [row.result for row in made.rows] == [2.0]
    assert [each.line for each in made.problems] == [2, 4]
    assert len(found("csv", body, {"earliest": "1950-01-01", "forecast": True}).rows) == 3


def test_formulas_ranges_and_replaced_values() -> None:
    options = {
        "time": {"from": "t"},
        "missing": [-999],
        "streams": {
            "level": {"from": "a", "convert": "x / 100", "unit": "m", "valid": [0, 5]},
            "door": {"from": "b", "type": "truth", "values": {"offen": "ja"}},
            "state": {"from": "c", "type": "text"},
        },
    }
    body = "t,a,b,c\n2024-01-01T00:00Z,250,offen,gut\n2024-01-01T00:01Z,900,nein,-999\n"
    made = found("csv", body, options)
    assert [(row.stream, row.result, row.flag) for row in made.rows] == [
        ("level", 2.5, Flag.UNCHECKED),
        ("door", True, Flag.UNCHECKED),
        ("state", "gut", Flag.UNCHECKED),
        ("level", 9.0, Flag.BAD),
        ("door", False, Flag.UNCHECKED),
    ]
    assert made.missing == 1


@pytest.mark.parametrize(
    ("body", "options", "says"),
    [
        ("", {}, "Tabelle"),
        ("a,b\n1,2\n", {}, "Zeiten"),
        ("t,a\n2024-01-01,1\n", {"streams": {"x": {"from": "c"}}}, "„c“"),
        ("t,a\n2024-01-01,1\n", {"stream": {}}, "stream"),
        ("t,a\n2024-01-01,1\n", {"zone": "Mars/Olympus"}, "Mars"),
        ("t,a\n2024-01-01,1\n", {"streams": {"a": {"convert": "import os"}}}, "convert"),
        ("t,a\n2024-01-01,1\n", {"streams": {"a": {"unit": "Grad Öchsle"}}}, "unit"),
        ("t,a\n2024-01-01,1\n", {"encoding": "klingon"}, "klingon"),
    ],
)
def test_what_cannot_be_read_says_why(body: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidInput) as error:
        found("csv", body, options)
    assert says in error.value.text["de"]


def test_limits() -> None:
    body = "t,a,b\n" + "".join(f"2024-01-01T00:{at:02}Z,1,2\n" for at in range(10))
    for limits in (Limits(rows=9), Limits(columns=2), Limits(streams=1), Limits(things=0)):
        with pytest.raises(LimitExceeded):
            found("csv", body, limits=limits)
    assert len(found("csv", body, limits=Limits(rows=10)).rows) == 20


def test_lines_with_too_many_cells_cost_only_themselves() -> None:
    made = found("csv", "t,a\n2024-01-01T00:00Z,1\n2024-01-01T00:01Z,1,2,3\n2024-01-01T00:02Z,3\n")
    assert [row.result for row in made.rows] == [1.0, 3.0]
    assert [each.line for each in made.problems] == [3]


@given(st.text(alphabet='ab12;,.\n"\0 -:TZäé', max_size=300))
def test_any_table_gives_items_or_a_reason(text: str) -> None:
    try:
        made = found("csv", "t;w;x\n2024-01-01T00:00Z;1;a\n" + text, {"time": {"from": "t"}})
    except InvalidInput:
        return
    assert all(row.line >= 2 for row in made.rows)
