# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages of measurements on both engines: whole, safe, closed to who may not look, and complete."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient
from tests.portal import map_city
from tests.portal.test_pages import read
from tests.support import measured
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import at

from allmende.core import catalogue, sensing
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.policy import SYSTEM, Status
from allmende.portal import sensing_words
from allmende.web.app import Application
from allmende.web.rooms import rooms

BASE = "http://127.0.0.1:8000"
PATHS = (
    "/things",
    "/things?q=station&sort=newest",
    "/things?origin=citizen&bbox=11,50,12,51&property=1",
    "/things?property=999999&page=77",
    "/things?property=x&bbox=a,b&page=-1&area=none&organisation=%22%3E",
    "/things/{thing:station}",
    "/things/{thing:hostile}",
    "/things/{thing:citizen}",
    "/datastreams/{air}",
    "/datastreams/{air}?period=day&page=2",
    "/datastreams/{air}?period=all&grain=day&show=max",
    "/datastreams/{air}?period=year&grain=raw",
    "/datastreams/{air}?from=2024-06-21&to=2024-06-22&grain=month",
    "/datastreams/{air}?from=1900-01-01&to=2099-12-31",
    "/datastreams/{air}?from=1950-01-01&to=1950-01-02",
    "/datastreams/{air}?from=gestern&to=2024-99-99",
    "/datastreams/{count}?period=all&grain=day",
    "/datastreams/{count}?period=day",
    "/datastreams/{state}?period=all",
    "/datastreams/{door}?period=month",
    "/datastreams/{empty}",
    "/datastreams/{single}",
    "/datastreams/{odd}",
    "/datastreams/{huge}",
    "/datastreams/{h}",
    "/datastreams/{r}",
    "/compare",
    "/compare?stream={air}&stream={count}&stream={huge}&stream={state}&stream={h}&stream={empty}",
    "/compare?stream={air}&stream={single}&period=all&q=citizen",
    "/compare?stream=999999&stream=x&stream=-1",
    "/map?values=1&values=2&feature=values-1/{air}&layer=",
    "/map?values=1&view=print&layer=",
)


class City:
    """The pages with the ids of what is shown."""

    def __init__(self, client: TestClient, ids: dict[str, int], settings: Settings) -> None:
        self.client, self.ids, self.settings = client, ids, settings

    def path(self, template: str) -> str:
        names = re.findall(r"\{([a-z0-9:-]+)\}", template)
        for name in names:
            template = template.replace(f"{{{name}}}", str(self.ids[name]))
        return template

    def get(self, template: str, language: str = "de"):  # type: ignore[no-untyped-def]
        return self.client.get(f"/{language}{self.path(template)}")


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    """The city that measures, on each engine."""
    cluster = name = None
    address = ""
    if request.param == "postgres":
        cluster = request.getfixturevalue("postgres_cluster")
        name = cluster.create()
        address = cluster.url(name)
    folder = tmp_path_factory.mktemp("measured")
    settings = settings_for(address, folder, access_log=False, jobs=False, base_url=BASE)
    ids: dict[str, int] = {}

    async def scenario(platform: Platform) -> None:
        ids.update(await measured.fill(platform))

    run_scenario(settings, scenario, 120)
    with TestClient(
        Application(settings, rooms()),
        base_url=BASE,
        follow_redirects=False,
        headers={"accept": "text/html"},
    ) as client:
        yield City(client, ids, settings)
    if cluster is not None:
        cluster.drop(name)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_page_is_whole_and_safe(city: City, path: str, language: str) -> None:
    answer = city.get(path, language)
    assert answer.status_code == 200, answer.text
    assert len(answer.content) < 120_000
    page = read(answer.text)
    assert not page.faults
    assert not page.open
    assert len(page.ids) == len(set(page.ids))
    assert page.headings[0] == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    for tag, given in page.tags:
        assert "style" not in given, tag
        assert not any(name.startswith("on") for name in given), tag
        assert tag != "script" or (given.get("src") or "").startswith("/static/")
    for link in page.links:
        assert not link.startswith(("javascript:", "data:", "//")), link
    assert "<script>alert" not in answer.text


def test_the_list_is_searched_and_narrowed(city: City) -> None:
    def found(query: str) -> list[str]:
        text = city.get(f"/things?{query}").text
        return re.findall(r'<h2><a href="/de/things/(\d+)">', text)

    assert len(found("")) == 4  # the closed one is not there
    assert found("q=STATION") == [str(city.ids["thing:station"])]
    assert found("q=100%25") == []
    assert found("origin=citizen") == [str(city.ids["thing:citizen"])]
    assert found("bbox=11.59,50.93,11.61,50.95") == [str(city.ids["thing:citizen"])]
    assert found("organisation=gera") == []
    assert "Bürgermessung" in city.get("/things?origin=citizen").text
    assert "Replay of old values" in city.get("/things?origin=replay", "en").text


def test_closed_things_are_absent(city: City) -> None:
    assert city.get("/things/{thing:shut}").status_code == 404
    assert city.get("/datastreams/{s}").status_code == 404
    assert city.get("/datastreams/{s}/data.csv").status_code == 404
    assert "Thing shut" not in city.get("/compare?stream={s}").text
    assert city.get("/datastreams/999999999999999").status_code == 404
    assert city.get("/things/99999999999999999999").status_code == 404


def test_a_thing_shows_latest_values_and_where_it_is(city: City) -> None:
    text = city.get("/things/{thing:station}").text
    assert "11,586" in text
    assert "50,927" in text
    assert f'data-live="/events?thing={city.ids["thing:station"]}&amp;after=' in text
    assert 'class="spark"' in text
    assert "noch kein Wert" in text
    assert f"/sensorthings/v1.1/Things({city.ids['thing:station']})" in text


def test_a_chart_has_words_gaps_and_signs(city: City) -> None:
    text = city.get("/datastreams/{air}?from=2024-06-20&to=2024-06-26").text
    assert re.search(r'<title id="chart-title">Thing station – Stream air</title>', text)
    assert "kleinster" in re.search(r"<desc[^>]*>(.*?)</desc>", text)[1]  # type: ignore[index]
    assert '<g class="gaps"><rect' in text
    for sign in ("bad", "suspect", "filled"):
        assert f'class="sign {sign}"' in text
    assert "1 Lücke in diesem Zeitraum." in text
    assert "999" not in text.split('id="values"')[0]
    assert "unbrauchbar" in text


def test_figures_of_a_period_are_those_of_its_values(city: City) -> None:
    wanted = json.loads(city.get("/datastreams/{air}/data.json?period=all").text)
    assert wanted["columns"] == ["phenomenonTime", "result", "quality"]
    usable = [value for _, value, flag in wanted["values"] if flag != "bad"]
    mean, low, high = sum(usable) / len(usable), min(usable), max(usable)
    for grain in ("raw", "hour", "day", "month"):
        text = city.get(f"/datastreams/{{air}}?period=all&grain={grain}", "en").text
        figures = dict(re.findall(r"<dt>(\w+)</dt><dd><strong>([^<]*)</strong>", text))
        assert figures["Values"] == f"{len(wanted['values']):,}"
        assert float(figures["Mean"].split("\u202f")[0]) == pytest.approx(mean, rel=1e-3)
        assert float(figures["Smallest"].split("\u202f")[0]) == low
        assert float(figures["Largest"].split("\u202f")[0]) == high


def test_steps_follow_the_length_of_the_period(city: City) -> None:
    def points(path: str) -> str:
        return city.get(path, "en").text

    assert "Single values" in points("/datastreams/{air}?period=week").split("figcaption")[1]
    assert "Hours" in points("/datastreams/{air}?period=month").split("figcaption")[1]
    assert "Days" in points("/datastreams/{air}?period=all&grain=day").split("figcaption")[1]


def test_the_table_holds_what_the_chart_draws(city: City) -> None:
    text = city.get("/datastreams/{count}?period=day&page=2", "en").text
    assert "Rows 51–96 of 96" in text
    rows = re.findall(r'<time datetime="([^"]+)">', text.split('id="values"')[1])
    assert rows == sorted(rows, reverse=True)
    assert len(rows) == 46


def test_categories_and_truths_are_steps_in_lanes(city: City) -> None:
    text = city.get("/datastreams/{door}?period=all", "en").text
    assert 'class="lane"' in text
    assert re.search(r'class="lane"[^>]*>yes<', text)
    assert "&lt;script&gt;" in city.get("/datastreams/{state}?period=all").text


def test_values_of_any_kind_are_shown(city: City) -> None:
    text = city.get("/datastreams/{odd}?period=all", "en").text
    assert "1; x" in text
    assert "&#34;a&#34;" in text
    assert "noch keine Werte" in city.get("/datastreams/{empty}").text


def test_csv_and_json_hold_the_same(city: City) -> None:
    answer = city.get("/datastreams/{air}/data.csv?from=2024-06-20&to=2024-06-21")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["datastream", "phenomenonTime", "result", "unit", "quality"]
    made = json.loads(city.get("/datastreams/{air}/data.json?from=2024-06-20&to=2024-06-21").text)
    assert [[t, str(v), flag] for t, v, flag in made["values"]] == [
        [row[1], str(float(row[2])), row[4]] for row in rows[1:]
    ]
    assert rows[1][1] == "2024-06-20T08:48:38Z"
    assert any(row[4] == "bad" for row in rows)
    days = city.get("/datastreams/{air}/data.csv?period=all&grain=day").text
    assert len(days.splitlines()) == 1 + measured.DAYS + 1  # they begin in the middle of a day
    hours = city.get("/datastreams/{air}/data.csv?period=all&grain=hour").text.splitlines()[1:]
    starts = [line.split(",")[1] for line in hours]
    assert starts == sorted(set(starts))


def test_formulas_do_not_reach_a_spreadsheet(city: City) -> None:
    text = city.get("/datastreams/{h}/data.csv?period=all").text
    assert not re.search(r'(^|,)"?[=+@]', text)


def test_a_wrong_day_is_told(city: City) -> None:
    answer = city.get("/datastreams/{air}/data.csv?from=gestern")
    assert answer.status_code == 400
    assert "2024-05-31" in answer.text
    assert "nicht zu lesen" in city.get("/datastreams/{air}?from=gestern").text


def test_comparison_draws_two_units_on_two_axes_and_more_apart(city: City) -> None:
    two = city.get("/compare?stream={air}&stream={count}&period=all").text
    assert two.count("<figure") == 1
    assert 'class="far"' in two
    rows = city.get("/compare/data.csv?stream={air}&stream={count}&period=all&grain=day").text
    idents = {line.split(",")[0] for line in rows.splitlines()[1:]}
    assert idents == {str(city.ids["air"]), str(city.ids["count"])}
    three = city.get("/compare?stream={air}&stream={count}&stream={h}&period=all").text
    assert three.count("<figure") == 3


def test_comparison_offers_what_is_searched_for(city: City) -> None:
    text = city.get("/compare?stream={air}&q=citizen").text
    assert f"stream={city.ids['air']}&amp;stream={city.ids['c']}" in text


@pytest.mark.parametrize(
    ("name", "told", "de", "en"),
    [
        ("Ozon", "Ozon / Ozone", ("Ozon", ""), ("Ozone", "")),
        ("Ozon", "Gas in the air", ("Ozon", "Gas in the air"), ("Ozon", "Gas in the air")),
        (None, None, ("", ""), ("", "")),
    ],
)
def test_what_is_observed_is_said_in_one_language(
    name: str | None, told: str | None, de: tuple[str, str], en: tuple[str, str]
) -> None:
    stream = SimpleNamespace(property_name=name, property_description=told, property_definition="")
    for language, expected in (("de", de), ("en", en)):
        page: Any = SimpleNamespace(language=language)
        assert sensing_words.observed(page, stream) == expected


def test_the_map_shows_values_with_legend_and_table(city: City) -> None:
    text = city.get("/map?values=1&layer=").text
    assert "Letzte Messwerte: Temperature" in text
    assert "/data/measurements/1.geojson" in text
    assert "veraltet" in text
    begun = city.get("/map?layer=&measured=1").text
    assert "Letzte Messwerte: " in begun
    assert "/data/measurements/" in begun
    inside = city.get("/map?values=1&layer=&bbox=11.59,50.93,11.61,50.95").text
    assert "1 Messstelle im Ausschnitt" in inside
    assert "Thing shut" not in text


def test_districts_narrow_the_list(tmp_path: Path) -> None:
    settings = map_city.build(tmp_path)
    run_scenario(settings, _two_places, 60)
    with TestClient(Application(settings, rooms()), base_url=BASE) as client:
        text = client.get("/de/things").text
        area = re.search(r'<option value="([^"]+)">Mitte</option>', text)
        assert area
        inside = client.get("/de/things", params={"area": area[1]}).text
        assert "Thing inside" in text
        assert "Thing outside" in text
        assert "Thing inside" in inside
        assert "Thing outside" not in inside


async def _two_places(platform: Platform) -> None:
    for name, place in (("inside", at(11.585, 50.925)), ("outside", at(11.7, 50.925))):
        await sensing.register(platform, SYSTEM, measured.thing(name, place=place))


def test_menu_and_datasets_lead_here(city: City) -> None:
    assert 'href="/de/things"' in city.get("/").text
    thing, stream = city.ids["thing:citizen"], city.ids["air"]
    base = f"{BASE}/sensorthings/v1.1"
    entry = Entry(
        kind=ResourceKind.DATASET,
        id="weather-1",
        status=Status.PUBLISHED,
        organisation="jena",
        catalogue="local",
        resource=Dataset(
            title={"de": "Wetter"},
            distribution=[
                Distribution(access_url=[f"{base}/Things({thing})"]),
                Distribution(access_url=[f"{base}/Datastreams({stream})/Observations"]),
                Distribution(access_url=["https://elsewhere.example/sensorthings/v1.1/Things(1)"]),
            ],
        ),
    )

    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry)
        for name in ("weather-1", "weatherx1"):
            spec = replace(measured.thing(name), properties={"dataset": name})
            made = await sensing.register(platform, SYSTEM, spec)
            city.ids[f"thing:{name}"] = made.thing

    run_scenario(city.settings, scenario, 60)
    text = city.get("/datasets/weather-1").text.split('id="measured"')[1].split("</section>")[0]
    assert re.findall(r'href="/de/([^"]+)"', text) == [
        f"things/{city.ids['thing:weather-1']}",
        f"things/{thing}",
        f"datastreams/{stream}",
    ]
    there = city.get("/things/{thing:weather-1}").text
    assert 'href="/de/datasets/weather-1"' in there
