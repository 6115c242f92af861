# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Values to take away for people (XLSX, CSV of their language), and a MultiDatastream's page."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime

import pytest
from msgspec.structs import replace
from python_calamine import CalamineWorkbook
from starlette.testclient import TestClient
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import START, stream, thing

from allmende.core import accounts, sensing
from allmende.core.platform import Platform
from allmende.core.sensing import entities
from allmende.model.sensing.calendar import HOUR
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.observation import Flag, Observation
from allmende.model.sensing.specs import CATEGORY, Unit
from allmende.policy import SYSTEM
from allmende.portal.views import sensing_sheets
from allmende.web.app import Application
from allmende.web.rooms import rooms

BASE = "http://127.0.0.1:8000"
LEVELS = {
    "levels": [
        {"code": "red", "label": {"de": "Trockenstress", "en": "drought"}, "colour": "#d73027"}
    ]
}
OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
BOTH = {
    "name": "Wind",
    "description": "Speed and direction",
    "observationType": f"{OM}OM_ComplexObservation",
    "multiObservationDataTypes": [f"{OM}OM_Measurement", f"{OM}OM_Measurement"],
    "unitOfMeasurements": [
        {"name": "metre per second", "symbol": "m/s", "definition": "m/s"},
        {"name": "degree", "symbol": "°", "definition": "deg"},
    ],
    "Sensor": {
        "name": "Vane",
        "description": "A vane",
        "encodingType": "text/html",
        "metadata": "none",
    },
    "ObservedProperties": [
        {"name": "Wind speed", "definition": "urn:example:speed", "description": ""},
        {"name": "Wind <b>direction", "definition": "urn:example:direction", "description": ""},
    ],
}


async def _fill(platform: Platform) -> dict[str, int]:
    await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
    colour = replace(stream("colour", kind=CATEGORY), unit=Unit(), properties=LEVELS)
    spec = thing("one", stream(), stream("shut", access="internal"), colour)
    made = await sensing.register(platform, SYSTEM, spec)
    ids = {**made.streams, "thing": made.thing}
    body = {**BOTH, "Thing": {"@iot.id": made.thing}}
    ids["both"] = await entities.create(platform, SYSTEM, Kind.MULTI_DATASTREAM, body)
    given = []
    for hour in range(48):
        time = START + hour * HOUR
        flag = Flag.BAD if hour == 2 else Flag.UNCHECKED
        given += [
            Observation(datastream=ids["air"], time=time, result=1000.5 + hour, flag=flag),
            Observation(datastream=ids["shut"], time=time, result=-77.25),
            Observation(datastream=ids["both"], time=time, result=[2.5 + hour, 10 * hour % 360]),
        ]
    given.append(Observation(datastream=ids["colour"], time=START, result="red"))
    given.append(Observation(datastream=ids["colour"], time=START + HOUR, result="black"))
    outcomes = await sensing.observe(platform, SYSTEM, given)
    assert all(each.problem is None for each in outcomes)
    return ids


class City:
    """A client with the ids of what there is."""

    def __init__(self, client: TestClient, ids: dict[str, int]) -> None:
        self.client, self.ids = client, ids

    def get(self, path: str):  # type: ignore[no-untyped-def]
        return self.client.get(re.sub(r"\{(\w+)\}", lambda m: str(self.ids[m[1]]), path))


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    cluster = name = None
    address = ""
    if request.param == "postgres":
        cluster = request.getfixturevalue("postgres_cluster")
        name = cluster.create()
        address = cluster.url(name)
    settings = settings_for(
        address, tmp_path_factory.mktemp("taking"), access_log=False, jobs=False, base_url=BASE
    )
    ids: dict[str, int] = {}

    async def scenario(platform: Platform) -> None:
        ids.update(await _fill(platform))

    run_scenario(settings, scenario, 60)
    with TestClient(
        Application(settings, rooms()), base_url=BASE, headers={"accept": "text/html"}
    ) as client:
        yield City(client, ids)
    if cluster is not None:
        cluster.drop(name)


def _sheets(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_workbook_holds_numbers_times_and_words(city: City) -> None:
    answer = city.get("/de/datastreams/{air}/data.xlsx?from=2024-06-20&to=2024-06-22")
    assert answer.status_code == 200
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    sheets = _sheets(answer.content)
    values = sheets["Stream air"]
    assert values[0] == ["Zeit (Europe/Berlin)", "Zeit (UTC)", "Wert (°C)", "Qualität"]
    assert values[1][0] == datetime(2024, 6, 20, 10, 48, 38)
    assert values[1][1] == datetime(2024, 6, 20, 8, 48, 38)
    assert values[1][2] == 1000.5
    assert values[3][3] == "unbrauchbar"
    assert len(values) == 49
    about = dict(row[:2] for row in sheets["Hinweise"] if row[0])
    assert about["Messstelle"] == "Thing one"
    assert about["Adresse"].endswith(city.ids["air"].__str__())


def test_intervals_and_comparisons_are_workbooks_too(city: City) -> None:
    days = _sheets(city.get("/en/datastreams/{air}/data.xlsx?period=all&grain=day").content)
    assert next(row[0] for row in days["Stream air"][1:]) == date(2024, 6, 20)
    assert days["Stream air"][0][2] == "Mean (°C)"
    both = city.get("/en/compare/data.xlsx?stream={air}&stream={both}&stream={shut}&period=all")
    sheets = _sheets(both.content)
    assert list(sheets) == ["1 Stream air", "2 Wind", "About"]
    wind = sheets["2 Wind"]
    assert wind[0][2:4] == ["Wind speed (m/s)", "Wind <b>direction (°)"]
    assert wind[2][2:4] == [3.5, 10]
    assert b"-77.25" not in both.content


def test_a_workbook_that_is_too_large_is_refused(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensing_sheets, "MOST_ROWS", 40)
    answer = city.get("/de/datastreams/{air}/data.xlsx?period=all")
    assert answer.status_code == 413
    assert "höchstens 40" in answer.text
    assert city.get("/de/datastreams/{air}/data.xlsx?period=day").status_code == 200


def test_closed_values_are_in_no_file(city: City) -> None:
    for ending in ("csv", "csv?form=people", "json", "xlsx"):
        assert city.get(f"/de/datastreams/{{shut}}/data.{ending}").status_code == 404
    for ending in ("csv", "xlsx"):
        assert city.get(f"/de/compare/data.{ending}?stream={{shut}}").status_code == 404


def test_csv_is_written_as_spreadsheets_of_the_language_read_it(city: City) -> None:
    german = city.get("/de/datastreams/{air}/data.csv?form=people&period=all").text
    assert german.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(german[1:]), delimiter=";"))
    assert rows[0][:4] == ["Messstelle", "Messreihe", "Einheit", "Zeit (Europe/Berlin)"]
    assert rows[1][3:] == ["20.06.2024 10:48:38", "20.06.2024 08:48:38", "1000,5", "ungeprüft"]
    english = city.get("/en/datastreams/{air}/data.csv?form=people&period=all").text
    rows = list(csv.reader(io.StringIO(english[1:])))
    assert rows[1][3:6] == ["2024-06-20 10:48:38", "2024-06-20 08:48:38", "1000.5"]
    plain = city.get("/de/datastreams/{air}/data.csv?period=all").text
    assert plain.splitlines()[1].split(",")[1:3] == ["2024-06-20T08:48:38Z", "1000.5"]
    together = city.get("/de/compare/data.csv?form=people&stream={air}&stream={colour}&period=all")
    rows = list(csv.reader(io.StringIO(together.text[1:]), delimiter=";"))
    assert sum(row[0] == "Messstelle" for row in rows) == 1
    assert [row[5] for row in rows if row[1] == "Stream colour"] == ["Trockenstress", "kein Wert"]


def test_a_multi_datastream_has_a_chart_for_each_property(city: City) -> None:
    page = city.get("/de/datastreams/{both}?period=all").text
    assert page.count('<svg class="chart room-') == 2
    starts = set(re.findall(r'data-start="(-?\d+)" data-end="(-?\d+)"', page))
    assert len(starts) == 1
    assert "<strong>Wind speed</strong>" in page
    assert "Wind &lt;b&gt;direction" in page
    assert "<b>direction" not in page
    head = page[page.index('id="values"') :]
    assert re.search(r'<td class="num">49,5</td><td class="num">110</td>', head)
    assert "data.xlsx" in page
    assert city.get("/en/datastreams/{both}?period=day&page=2&grain=month").status_code == 200


def test_codes_are_said_in_words(city: City) -> None:
    page = city.get("/en/datastreams/{colour}?period=all").text
    assert '<strong data-field="result">no value</strong>' in page
    assert "drought" in page
