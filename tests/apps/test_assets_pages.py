# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of the assets: every number is the length of the list behind it."""

import csv
import json
import re
from collections.abc import Iterator
from html import unescape
from io import StringIO
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.apps import assets_city as city
from tests.support.platforms import run_scenario

from allmende.apps.assets.figures import read
from allmende.apps.assets.sync import sync_all
from allmende.core import catalogue, collections
from allmende.core.collections import Change
from allmende.core.platform import Platform
from allmende.model.catalogue import ResourceKind
from allmende.policy import SYSTEM, Level
from allmende.portal.words import sentences
from allmende.web.app import Application
from allmende.web.rooms import rooms

HTML = {"accept": "text/html"}
LINKED = re.compile(r'<a href="([^"]*/assets/list[^"]*)" rel="nofollow">([\d.,]+)</a>')
COUNT = re.compile(r"<p>([\d.,]+) (?:assets?|Anlagen?)\.")


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("assets")
    if request.param == "postgres":
        cluster = request.getfixturevalue("postgres_cluster")
        engine = cluster.url(cluster.create())
    else:
        engine = str(folder / "store")
    made = city.settings(engine, folder, signins_per_minute=100)

    async def scenario(platform: Platform) -> None:
        await city.build(platform)
        await sync_all(platform)
        await city.add_person(platform)
        money = Change("patch", "trees~1", {"replacement_value": 1234.5})
        await city.put(platform, "assets", money)

    run_scenario(made, scenario)
    app = Application(made, rooms())
    with TestClient(app, base_url=city.BASE, follow_redirects=False) as found:
        yield found


@pytest.fixture
def inside(client: TestClient) -> Iterator[TestClient]:
    form = {"login": city.LOGIN, "password": city.PASSWORD, "next": "/de/account"}
    answer = client.post("/de/login", data=form, headers={"origin": city.BASE, **HTML})
    assert answer.status_code == 303, answer.text
    yield client
    client.cookies.clear()


def page(client: TestClient, address: str, status: int = 200) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == status, (address, answer.text)
    return answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/de/assets",
        "/en/assets",
        "/en/assets?status=all",
        "/de/assets?kind=tree&district=none",
        "/en/assets?condition=none&responsible_unit=none",
        "/de/assets/due",
        "/en/assets/due?on=2024-01-01&until=2025-06-30",
    ],
)
def test_each_number_leads_to_its_list(client: TestClient, address: str) -> None:
    links = LINKED.findall(page(client, address))
    assert links or "none" in address
    for target, number in links:
        found = COUNT.search(page(client, unescape(target)))
        assert found, target
        assert found[1] == number, target


def test_figures_are_right(client: TestClient) -> None:
    body = client.get("/assets.json").json()
    assert body["filter"] == {"status": "in-use"}
    assert body["total"]["count"] == 6
    kinds = {each["kind"]: each for each in body["by_kind"]}
    assert {kind: each["count"] for kind, each in kinds.items()} == {
        "bench": 1,
        "building": 1,
        "playground": 1,
        "tree": 3,
    }
    tree = kinds["tree"]
    assert (tree["condition_2"], tree["condition_5"], tree["condition_unknown"]) == (1, 1, 1)
    assert (tree["with_age"], tree["share"]) == (2, 0.5)
    districts = {each["district"]: each["count"] for each in body["by_district"]}
    assert districts == {"Ost": 1, "West": 4, None: 1}
    everything = client.get("/assets.json?status=all").json()
    assert everything["total"]["count"] == 8


def test_csv_and_json_say_the_same(client: TestClient) -> None:
    answer = client.get("/assets.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(answer.text)))
    body = client.get("/assets.json").json()
    said = [(r["by"], r["value"], int(r["count"]), int(r["condition_2"])) for r in rows]
    assert said == [
        (axis, each[axis] or "", each["count"], each["condition_2"])
        for axis in ("kind", "district")
        for each in body[f"by_{axis}"]
    ]


def test_a_copy_that_is_current_is_not_sent_again(client: TestClient) -> None:
    tag = client.get("/assets.json").headers["etag"]
    again = client.get("/assets.json", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get("/assets.json?kind=tree", headers={"if-none-match": tag})
    assert other.status_code == 200


def test_money_is_for_insiders(client: TestClient) -> None:
    assert "value" not in client.get("/assets.csv").text.splitlines()[0].removeprefix("by,value")
    assert "Wiederbeschaffungswert" not in page(client, "/de/assets")
    assert "1234" not in client.get("/assets.json").text


def test_insiders_see_money(inside: TestClient) -> None:
    found = page(inside, "/de/assets")
    assert "Wiederbeschaffungswert" in found
    assert "2.235 € bei 2" in found
    assert "€2,235 of 2" in page(inside, "/en/assets")
    body = inside.get("/assets.json").json()
    assert (body["total"]["replacement_value"], body["total"]["with_replacement_value"]) == (
        2235,
        2,
    )
    inside.cookies.clear()
    assert "replacement" not in inside.get("/assets.json").text


def test_the_list_links_files_with_the_same_rows(client: TestClient) -> None:
    found = page(client, "/en/assets/list?kind=tree&condition=none&due=none&status=all")
    address = unescape(re.search(r'href="(/ogc/[^"]*f=geojson[^"]*)"', found)[1])  # type: ignore[index]
    rows = client.get(address).json()["features"]
    assert {row["id"] for row in rows} == {"trees~4", "trees~5"}
    dated = page(client, "/en/assets/list?due_from=2020-01-01&due_to=2024-12-31")
    address = unescape(re.search(r'href="(/ogc/[^"]*f=geojson[^"]*)"', dated)[1])  # type: ignore[index]
    assert [row["id"] for row in client.get(address).json()["features"]] == ["trees~2"]


def test_what_cannot_be_read_is_passed_over(client: TestClient) -> None:
    for query in ("condition=9", "page=x", "page=999999", "page=0", "due_to=soon"):
        page(client, f"/de/assets/list?{query}")
    for query in ("on=x&until=y", "until=9999-12-31", "on=9999-12-31", "on=0001-01-01"):
        page(client, f"/en/assets/due?{query}")
    page(client, "/en/assets?district=" + "x" * 3_000)
    assert read({"condition": "6"}).condition == ""
    assert len(read({"kind": "x" * 999}).kind) == 200


def test_names_are_escaped(client: TestClient) -> None:
    found = page(client, "/en/assets/list?district=%3Cscript%3E%22")
    assert "<script>" not in found.replace('<script type="module"', "").replace("<script defer", "")


def test_sources_say_what_they_are_based_on(client: TestClient) -> None:
    found = page(client, "/en/assets")
    assert "Both scales have five grades" in found
    assert 'href="/en/collections/trees"' in found


def test_a_bare_address_leads_to_the_page(client: TestClient) -> None:
    answer = client.get("/assets", headers={**HTML, "accept-language": "en"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/assets")


def test_it_is_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/assets.json", "/assets.csv"} <= paths.keys()


def test_sentences_are_there_in_both_languages() -> None:
    german, english = sentences("de"), sentences("en")
    own = {key for key in german if key.startswith("assets.")}
    assert own == {key for key in english if key.startswith("assets.")}
    room = Path("src/allmende/apps/assets")
    text = "\n".join(
        path.read_text("utf-8") for path in [*room.rglob("*.py"), *room.rglob("*.html")]
    )
    used = set(re.findall(r'["\'](assets\.[a-z-]+)["\']', text)) - {
        "assets.cube",
        "assets.locks",
        "assets.csv",
    }
    used |= {"assets.by-kind", "assets.by-district"}
    assert used - {"assets.by-"} == own
    assert not re.search(r"\b(du|dein\w*|Bürger|Nutzer)\b", json.dumps([german[k] for k in own]))


def test_hidden_assets_have_no_pages(client: TestClient, tmp_path: Path) -> None:
    platform: Platform = client.app.state.platform  # type: ignore[attr-defined]

    async def close(level: Level) -> None:
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, "assets")
        entry = catalogue.entry_of(record)
        entry.data_access = level
        entry.legal_basis = "test"
        await catalogue.put(platform, SYSTEM, entry)

    client.portal.call(close, Level.RESTRICTED)  # type: ignore[union-attr]
    try:
        for address in ("/de/assets", "/en/assets/list", "/de/assets/due", "/assets.json"):
            shown = page(client, address, 404)
            assert "condition" not in shown
            assert 'class="map' not in shown
    finally:
        client.portal.call(close, Level.OPEN)  # type: ignore[union-attr]
    assert "<table" in page(client, "/de/assets")


def test_figures_follow_a_write(client: TestClient) -> None:
    platform: Platform = client.app.state.platform  # type: ignore[attr-defined]
    before = client.get("/assets.json").json()["total"]["condition_unknown"]

    async def rate() -> None:
        changes = [Change("patch", "pois~a", {"condition": 3})]
        await collections.write(platform, SYSTEM, "assets", changes)

    client.portal.call(rate)  # type: ignore[union-attr]
    after = client.get("/assets.json").json()["total"]
    assert (after["condition_unknown"], after["condition_3"]) == (before - 1, 1)
