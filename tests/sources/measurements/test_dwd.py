# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The German weather service: forecasts and ten-minute values, as the service writes them."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from tests.support.incoming import NOW, found, utc

from allmende.core.sensing.importing_types import Limits
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.calendar import DAY, HOUR

STATION = """<kml:Placemark><kml:name>{ident}</kml:name><kml:description>JENA</kml:description>
<kml:ExtendedData>{series}</kml:ExtendedData>
<kml:Point><kml:coordinates>11.58,50.93,155.0</kml:coordinates></kml:Point></kml:Placemark>"""
SERIES = {
    "TTT": "283.15 284.65 -",
    "PPPP": "101320.00 101250.00 101200.00",
    "RR1c": "0.00 0.40 -",
    "TX": "- - 290.15",
    "wwM": "1.00 2.00 3.00",
}


def mosmix(series: dict[str, str] = SERIES, issue: str = "2026-10-19T09:00:00.000Z") -> bytes:
    """A forecast of three hours for one station."""
    values = "".join(
        f'<dwd:Forecast dwd:elementName="{name}"><dwd:value>      {each}</dwd:value></dwd:Forecast>'
        for name, each in series.items()
    )
    steps = "".join(
        f"<dwd:TimeStep>2026-10-{day}:00:00.000Z</dwd:TimeStep>"
        for day in ("19T10", "19T11", "29T12")
    )
    return f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<kml:kml xmlns:dwd="https://opendata.dwd.de/weather/lib/pointforecast_dwd_extension_V1_0.xsd"
 xmlns:kml="http://www.opengis.net/kml/2.2"><kml:Document><kml:ExtendedData><dwd:ProductDefinition>
<dwd:ProductID>MOSMIX</dwd:ProductID><dwd:IssueTime>{issue}</dwd:IssueTime>
<dwd:ForecastTimeSteps>{steps}</dwd:ForecastTimeSteps></dwd:ProductDefinition></kml:ExtendedData>
{STATION.format(ident="10554", series=values)}</kml:Document></kml:kml>""".encode("latin-1")


def packed(**files: bytes | str) -> bytes:
    """A ZIP with these files; __ stands for a point."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name.replace("__", "."), body)
    return target.getvalue()


def test_a_forecast_has_its_issue_as_result_time() -> None:
    made = found("dwd-mosmix", packed(MOSMIX_L_LATEST_10554__kml=mosmix()))
    thing = made.things["dwd-mosmix:10554"]
    assert thing.name == "Vorhersage JENA"
    assert thing.place is not None
    assert thing.place.geometry["coordinates"] == [11.58, 50.93]
    rows = {name: [row for row in made.rows if row.stream == name] for name in SERIES}
    assert [row.result for row in rows["TTT"]] == [10.0, 11.5]
    assert [row.time for row in rows["TTT"]] == [utc("2026-10-19T10:00Z"), utc("2026-10-19T11:00Z")]
    assert {row.result_time for row in made.rows} == {utc("2026-10-19T09:00Z")}
    assert [row.result for row in rows["PPPP"]] == [1013.2, 1012.5, 1012.0]
    assert rows["PPPP"][2].time == utc("2026-10-29T12:00Z") > NOW + DAY
    rain = rows["RR1c"][1]
    assert (rain.result, rain.time, rain.end) == (
        0.4,
        utc("2026-10-19T10:00Z"),
        utc("2026-10-19T11:00Z"),
    )
    assert rows["TX"][0].end == rows["TX"][0].time + 12 * HOUR
    assert (rows["wwM"], made.missing, made.problems) == ([], 4, [])


def test_stations_and_elements_can_be_chosen() -> None:
    made = found("dwd-mosmix", mosmix(), {"elements": ["wwM"], "stations": ["10554"]})
    assert [row.result for row in made.rows] == [1.0, 2.0, 3.0]
    assert found("dwd-mosmix", mosmix(), {"stations": ["10555"]}).things == {}


def test_one_broken_series_costs_only_itself() -> None:
    made = found("dwd-mosmix", mosmix({"TTT": "1 2", "FF": "3.10 wenig -", "DD": "1 2 3"}))
    assert [row.stream for row in made.rows] == ["FF", "DD", "DD", "DD"]
    assert [each.place for each in made.problems] == ["TTT", "FF"]


ENTITY = b'<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "b">]><k>&a;</k>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<kml/>",
        b"PK broken",
        packed(a__txt="x"),
        packed(a__kml=mosmix(), b__kml=mosmix()),
        mosmix(issue="bald"),
        mosmix()[:-30],
        ENTITY,
        b"<a>" * 100,
        mosmix().replace(b"ISO-8859-1", b"KLINGON"),
    ],
)
def test_what_is_no_forecast(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        found("dwd-mosmix", body)


def test_limits() -> None:
    with pytest.raises(LimitExceeded):
        found("dwd-mosmix", packed(a__kml=mosmix()), limits=Limits(unpacked_bytes=1_000))
    with pytest.raises(LimitExceeded):
        found("dwd-mosmix", mosmix(), limits=Limits(things=0))
    with pytest.raises(LimitExceeded):
        found("dwd-station", AIR, limits=Limits(rows=2))


AIR = (
    "STATIONS_ID;MESS_DATUM;  QN;PP_10;TT_10;TM5_10;RF_10;TD_10;eor\r\n"
    "       2444;202404010000;    2;   -999;   5.1;   2.5;  82.6;   2.4;eor\r\n"
    "       2444;202404010010;    3;  995.1;   5.0;  -999;  kalt;   2.4;eor\r\n"
    "       2444;20240401;    3;  995.1;   5.0;  -999;  82.0;   2.4;eor\r\n"
    "       2444;202404010020\r\n"
    "       2444;199912312300;    1;  997.3;   4.1;  -999;  -999;  -999;eor\r\n"
)
RAIN = (
    "STATIONS_ID;MESS_DATUM;  QN;RWS_DAU_10;RWS_10;RWS_IND_10;eor\n"
    "       2444;202404010010;    3;  10;   0.13;   1;eor\n"
)
PLACE = (
    "Stations_id;Stationshoehe;Geogr.Breite;Geogr.Laenge;von_datum;bis_datum;Stationsname\r\n"
    "2444;   155.00;  50.9253;  11.5767;18210101;19990101;Jena (alt)\r\n"
    "2444;   155.00;  50.9251;  11.5830;19990101;        ;Jena (Sternwarte)\r\n"
)


def test_ten_minute_values() -> None:
    body = packed(
        Metadaten_Geographie_02444__txt=PLACE.encode("latin-1"),
        produkt_zehn_now_tu_20240401_02444__txt=AIR,
        produkt_zehn_now_rr_20240401_02444__txt=RAIN,
    )
    made = found("dwd-station", body)
    thing = made.things["dwd-station:2444"]
    assert (thing.name, thing.properties) == ("Wetterstation Jena (Sternwarte)", {"dwd": "02444"})
    assert thing.place is not None
    assert thing.place.geometry["coordinates"] == [11.583, 50.9251]
    rows = [(row.line, row.stream, row.result) for row in made.rows]
    assert rows[:4] == [
        (2, "TT_10", 5.1),
        (2, "TM5_10", 2.5),
        (2, "RF_10", 82.6),
        (2, "TD_10", 2.4),
    ]
    assert made.rows[0].time == utc("2024-04-01T00:00Z")
    assert made.rows[0].quality == {"QN": 2}
    assert made.result("PP_10", 1) == 997.3
    assert next(row.time for row in made.rows if row.line == 6) == utc("1999-12-31T22:00Z")
    rain = next(row for row in made.rows if row.stream == "RWS_10")
    assert (rain.result, rain.time, rain.end) == (
        0.13,
        utc("2024-04-01T00:00Z"),
        utc("2024-04-01T00:10Z"),
    )
    assert [each.line for each in made.problems] == [3, 4, 5]
    assert made.missing == 5


@pytest.mark.parametrize(
    "body",
    [b"", packed(a__txt="x"), packed(produkt_a__txt="a;b\n"), b"STATIONS_ID;MESS_DATUM;X\n"],
)
def test_what_is_no_product(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        found("dwd-station", body)


def test_a_place_can_be_given() -> None:
    options: dict[str, Any] = {"name": "Jena", "longitude": 11.58, "latitude": 50.93}
    made = found("dwd-station", RAIN, options)
    place = made.things["dwd-station:2444"].place
    assert place is not None
    assert place.geometry["coordinates"] == [11.58, 50.93]
