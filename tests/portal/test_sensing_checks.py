# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Checks of a datastream in the browser's forms, the home page's values, areas in their colours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import anyio
import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient
from tests.portal import city
from tests.support.sensing import TEMPERATURE, stream, thing

from allmende.core import accounts, sensing
from allmende.core.platform import Platform
from allmende.core.sensing import quality
from allmende.core.settings import Settings
from allmende.model.sensing.calendar import DAY, HOUR
from allmende.model.sensing.levels import levels
from allmende.model.sensing.observation import Bucket, Flag, Observation
from allmende.model.sensing.specs import CATEGORY, Place, PropertySpec, Unit
from allmende.policy import SYSTEM
from allmende.portal.sensing_home import trend
from allmende.store import now
from allmende.web.app import Application
from allmende.web.rooms import rooms

COLOUR = PropertySpec(definition="urn:example:colour", name="Colour")
LEVELS = {
    "levels": [
        {"code": "red", "label": {"de": "Trockenstress", "en": "drought"}, "colour": "#D73027"},
        {"code": "odd", "label": {"de": "schief"}, "colour": "red;x"},
    ]
}
RING = [[11.5, 50.9], [11.51, 50.9], [11.51, 50.91], [11.5, 50.9]]
IDS: dict[str, int] = {}


async def _fill(settings: Settings) -> None:
    async with Platform.open(settings) as platform:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
        moment = now() - 5_000_000
        one = stream("air", interval=3_600.0, properties={"valid": [-40, 60]})
        specs = [
            thing("one", one, stream("shut", access="internal")),
            thing("old", replace(stream("past"), property=_named("past"))),
            thing("replay", replace(stream("again"), property=_named("again")), origin="replay"),
        ]
        for name in ("dry", "none", "gone"):
            spec = replace(
                stream(name, kind=CATEGORY), property=COLOUR, unit=Unit(), properties=LEVELS
            )
            place = Place(geometry={"type": "Polygon", "coordinates": [RING]}, name=name)
            specs.append(thing(name, spec, origin="derived", place=place))
        for each in specs:
            made = await sensing.register(platform, SYSTEM, each)
            IDS.update({**made.streams, f"thing:{each.key}": made.thing})
        given = [
            Observation(datastream=IDS["air"], time=moment - n * HOUR, result=10.0 + n % 3)
            for n in range(24 * 40)
        ]
        given[5] = replace(given[5], result=999.0)
        given[7] = replace(given[7], flag=int(Flag.SUSPECT), rule="somebody")
        given += [
            Observation(datastream=IDS["past"], time=moment - 400 * DAY, result=1.0),
            Observation(datastream=IDS["again"], time=moment, result=-4321.0),
            Observation(datastream=IDS["dry"], time=moment, result="red"),
            Observation(datastream=IDS["gone"], time=moment, result="black"),
            Observation(datastream=IDS["shut"], time=moment, result=-77.0),
        ]
        await sensing.observe(platform, SYSTEM, given)


def _named(name: str) -> PropertySpec:
    return replace(TEMPERATURE, definition=f"urn:example:{name}", name=name)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = city.build(tmp_path_factory.mktemp("checks"))
    anyio.run(_fill, made)
    return made


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    app = Application(settings, rooms())
    with TestClient(
        app, base_url=city.BASE, follow_redirects=False, headers={"accept": "text/html"}
    ) as made:
        yield made


def _sign_in(client: TestClient) -> str:
    client.post(
        "/de/login",
        data={"login": city.LOGIN, "password": city.PASSWORD, "next": "/de/account"},
        headers={"origin": city.BASE},
    )
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(_path("air")).text)
    assert found
    return found[1]


def _path(key: str, language: str = "de") -> str:
    return f"/{language}/datastreams/{IDS[key]}/quality"


def test_everybody_sees_what_was_flagged_by_which_rule(client: TestClient) -> None:
    page = client.get(_path("air", "en")).text
    assert '<th scope="row">valid range</th>' in page
    assert "<code>somebody</code>" in page
    assert "-40 to 60" in page
    assert "from device or source" in page
    assert "<form method" not in page.split("<main", 1)[1]
    assert client.get(_path("shut")).status_code == 404
    assert "999" in page


def test_only_numbers_are_checked(client: TestClient) -> None:
    page = client.get(_path("dry")).text
    assert "Geprüft werden nur gemessene Zahlen" in page


def test_parameters_are_changed_by_those_who_look_after_them(client: TestClient) -> None:
    path = _path("air")
    assert client.post(path, data={"do": "save"}).status_code == 401
    token = _sign_in(client)
    assert client.post(path, data={"csrf": "x", "do": "save"}).status_code == 403
    form = {
        "csrf": token,
        "mode.plausible": "own",
        "plausible.low": "9,5",
        "plausible.high": "11,5",
        "mode.interval": "own",
        "interval.value": "30",
    }
    looked = client.post(path, data={**form, "do": "look"})
    assert looked.status_code == 200
    row = re.search(
        r"glaubhafter Bereich</th><td>.*?</td><td class=\"num\">(\d+)</td>"
        r'<td class="num"><strong>(\d+)</strong>',
        looked.text,
    )
    assert row
    assert (int(row[1]), int(row[2])) == (0, 239)
    assert "721 Messwerte vom" in looked.text
    assert "239 davon würden anders beurteilt." in looked.text
    assert 'value="9,5"' in looked.text
    assert "nicht geprüft" in client.get(path).text  # nothing is kept yet
    saved = client.post(path, data={**form, "do": "save"})
    assert (saved.status_code, saved.headers["location"]) == (303, f"{path}?saved=1")
    kept = client.get(saved.headers["location"]).text
    assert "Gespeichert." in kept
    assert "9,5 bis 11,5" in kept
    assert "für diese Messreihe festgelegt" in kept
    assert "30 Minuten" in kept


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mode.valid": "own", "valid.low": "5", "valid.high": "5"}, "kleiner als die zweite"),
        ({"mode.valid": "own", "valid.low": "x", "valid.high": "5"}, "in jedem Feld eine Zahl"),
        ({"mode.step": "own", "step.value": "0"}, "über 0"),
        ({"mode.flat": "own", "flat.value": "99999"}, "höchstens 31 Tage"),
        ({"mode.spike": "own", "spike.value": "inf"}, "in jedem Feld eine Zahl"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    client: TestClient, changes: dict[str, str], said: str
) -> None:
    token = _sign_in(client)
    answer = client.post(_path("air"), data={"csrf": token, "do": "look", **changes})
    assert answer.status_code == 400
    assert said in answer.text
    for name, value in changes.items():
        if not name.startswith("mode."):
            assert f'name="{name}" value="{value}"' in answer.text


def test_a_check_is_switched_off_and_an_interval_outlives_a_registration(
    settings: Settings, client: TestClient
) -> None:
    token = _sign_in(client)
    form = {"csrf": token, "do": "save", "mode.valid": "off"}
    form |= {"mode.interval": "own", "interval.value": "15"}
    assert client.post(_path("air"), data=form).status_code == 303
    assert "-40 bis 60" not in client.get(_path("air")).text.split("Prüfungen ändern")[0]

    async def again() -> None:
        async with Platform.open(settings) as platform:
            one = stream("air", interval=3_600.0, properties={"valid": [-40, 60]})
            await sensing.register(platform, SYSTEM, thing("one", one))
            checks = await quality.checks(platform, SYSTEM, IDS["air"])
            assert checks.valid is None
            assert checks.interval == 900.0

    anyio.run(again)
    assert "15 Minuten" in client.get(_path("air")).text


def test_the_home_page_shows_what_was_measured_last(client: TestClient) -> None:
    page = client.get("/de/").text
    block = page[page.index('id="measured"') :].split("</section>")[0]
    shown = [int(each) for each in re.findall(r'<h3><a href="/de/datastreams/(\d+)"', block)]
    assert shown[0] == IDS["dry"]
    assert shown[1:] == [IDS["air"], IDS["again"]]
    assert "Trockenstress" in block
    assert 'fill="#d73027"' in block
    assert "Wiedergabe" in block
    assert 'href="/de/things"' in block
    assert IDS["past"] not in shown
    assert "-77" not in page


def test_a_trend_compares_with_three_hours_before() -> None:
    def buckets(*means: float | None) -> list[Bucket]:
        return [
            Bucket(start=at * HOUR, n=1, good=1, sum=each, min=each, max=each)
            for at, each in enumerate(means)
        ]

    assert trend(buckets(0.0, 5.0, 5.0, 10.0)) == "up"
    assert trend(buckets(10.0, 5.0, 5.0, 0.0)) == "down"
    assert trend(buckets(5.0, 10.0, 0.0, 5.5)) == "level"
    assert trend(buckets(1.0, 2.0)) == ""
    assert trend([]) == ""


def test_things_with_current_values_stand_first(client: TestClient) -> None:
    def order(query: str = "") -> list[int]:
        page = client.get(f"/de/things{query}").text
        return [int(each) for each in re.findall(r'<h2><a href="/de/things/(\d+)">', page)]

    keys = ("dry", "gone", "one", "replay", "old", "none")
    assert order() == [IDS[f"thing:{key}"] for key in keys]
    by_name = ("dry", "gone", "none", "old", "one", "replay")
    assert order("?sort=name") == [IDS[f"thing:{key}"] for key in by_name]


def test_areas_have_the_colour_of_their_level_and_others_none(client: TestClient) -> None:
    listed = client.get("/sensorthings/v1.1/ObservedProperties?$filter=name eq 'Colour'").json()
    number = listed["value"][0]["@iot.id"]
    found = client.get(f"/data/measurements/{number}.geojson").json()["features"]
    areas = {
        each["properties"]["thing"]: each["properties"]
        for each in found
        if each["geometry"]["type"] == "Polygon"
    }
    assert areas[IDS["thing:dry"]]["shown"] == "#d73027"
    assert areas[IDS["thing:dry"]]["label_de"] == "Thing dry: Trockenstress"
    for key in ("none", "gone"):
        assert "shown" not in areas[IDS[f"thing:{key}"]]
        assert areas[IDS[f"thing:{key}"]]["label_en"] == f"Thing {key}: no value"
    assert sum(each["properties"].get("spot", False) for each in found) == 3
    page = client.get(f"/en/map?values={number}&layer=").text
    legend = page[page.index('<ul class="legend">') :].split("</ul>")[0]
    assert "drought" in legend
    assert "no value" in legend
    table = page[page.index(f'id="values-head-{number}"') :]
    assert table.count('<tr><th scope="row"') == 3
    assert table.count("no value") >= 2


def test_levels_that_are_no_levels_are_passed_over() -> None:
    assert levels('{"levels": 7}') == {}
    assert levels('{"levels": [{"kode": "x"}]}') == {}
    assert levels("[") == {}
    assert levels(None) == {}


def test_a_thing_leads_to_its_rules_and_devices_only_for_insiders(client: TestClient) -> None:
    assert "/de/rules" not in client.get("/de/things").text
    _sign_in(client)
    assert 'href="/de/rules"' in client.get("/de/things").text
