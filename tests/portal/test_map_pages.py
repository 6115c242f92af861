# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The map and the pages of collections over HTTP: whole, without scripts, and discreet."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.portal import city, map_city
from tests.portal.test_pages import read

from allmende.core.settings import Settings
from allmende.web.app import Application
from allmende.web.rooms import rooms

LANGUAGES = ("de", "en")
PATHS = (
    "/map",
    "/map?layer=trees&layer=districts&f.trees.height.from=20&feature=trees/7&feature=trees/8",
    "/map?layer=",
    "/map?q=Markt+1",
    "/map?q=Qwertz",
    "/map?layer=trees&view=print",
    "/map?layer=nothing&table=x&page=99999&bbox=1,2&feature=trees/none&sort=nothing&lat=999",
    "/collections",
    "/collections/trees",
    "/collections/trees?f.trees.height.from=hoch&sort=-height&size=10&page=3",
    "/collections/trees?day=2020-01-01",
    "/collections/trees/rows/7",
    "/collections/trees/quality",
    "/collections/districts",
    "/datasets/trees",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return map_city.build(tmp_path_factory.mktemp("map"))


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    app = Application(settings, rooms())
    headers = {"accept": "text/html"}
    with TestClient(app, base_url=city.BASE, follow_redirects=False, headers=headers) as made:
        yield made


@pytest.fixture
def inside(client: TestClient) -> Iterator[TestClient]:
    """Somebody of the organisation is signed in."""
    data = {"login": city.LOGIN, "password": city.PASSWORD, "next": "/de/account"}
    assert client.post("/de/login", data=data, headers={"origin": city.BASE}).status_code == 303
    yield client
    client.cookies.clear()


def text(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def document(page: str) -> dict[str, Any]:
    """What the map is to draw."""
    found = re.search(r'data-map="([^"]*)"', page)
    assert found
    made: dict[str, Any] = json.loads(html.unescape(found[1]))
    return made


def rows(page: str) -> int:
    return page.count('<th scope="row" class="row-links">')


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_page_is_whole(client: TestClient, path: str, language: str) -> None:
    answer = client.get(f"/{language}{path}")
    assert answer.status_code == 200, answer.text
    page = read(answer.text)
    assert not page.faults
    assert not page.open
    assert page.headings.count(1) == 1
    assert len(page.ids) == len(set(page.ids))
    steps = zip(page.headings, page.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps), page.headings
    for tag, attributes in page.tags:
        assert not any(name == "style" or name.startswith("on") for name in attributes)
        if tag == "script" and attributes.get("type") != "application/ld+json":
            assert (attributes["src"] or "").startswith("/static/")


@pytest.mark.parametrize("path", PATHS)
def test_links_lead_somewhere(client: TestClient, path: str) -> None:
    page = read(text(client, f"/de{path}"))
    for link in {each.partition("#")[0] for each in page.links}:
        if link.startswith("/de/models"):  # the pages of models are another room's
            continue
        if link.startswith("/"):
            status = client.get(link, headers={"accept": "*/*"}).status_code
            assert status in (200, 303), (link, status)


def test_the_library_is_served_and_kept(client: TestClient) -> None:
    page = text(client, "/de/map")
    for name in ("maplibre-gl.js", "maplibre-gl.css", "map-page.js", "map.css"):
        address = re.search(rf'"(/static/{re.escape(name)}\?v=[0-9a-f]+)"', page)
        assert address, name
        answer = client.get(address[1])
        assert "immutable" in answer.headers["cache-control"]
    worker = client.get(document(page)["worker"])
    assert worker.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert worker.headers["content-type"].startswith("text/javascript")


def test_the_map_begins_with_the_layers_of_the_settings(client: TestClient) -> None:
    made = document(text(client, "/de/map"))
    assert [(each["id"], each.get("base", False)) for each in made["layers"]] == [
        ("districts", True),
        ("trees", False),
    ]
    trees = made["layers"][1]
    assert trees["kind"] == "point"
    assert trees["tiles"].startswith("/ogc/collections/trees/tiles/WebMercatorQuad/{z}/{y}/{x}?")


def test_filter_sort_and_page_work_without_scripts(client: TestClient) -> None:
    path = "/de/map?shown=1&based=1&layer=trees&f.trees.height.from=25&sort=-height&size=10"
    page = text(client, path)
    assert document(page)["layers"][-1]["filter"] == '"height" >= 25'
    assert rows(page) == 10
    assert "von 29" in page.replace("\n", " ")
    heights = re.findall(r'<td class="num">([\d,]+)</td>', page)
    assert heights[1::2][0] == "910"
    assert page.count('aria-sort="descending"') == 1


def test_the_table_shows_what_is_in_view(client: TestClient) -> None:
    box = f"{map_city.WEST},{map_city.SOUTH},{map_city.WEST + 0.002},{map_city.SOUTH + 0.001}"
    page = text(client, f"/de/map?layer=trees&bbox={box}")
    assert rows(page) == 5
    assert rows(text(client, f"/de/map?layer=trees&all=1&bbox={box}")) == 25


def test_layers_move_and_a_new_one_lies_on_top(client: TestClient) -> None:
    page = text(client, "/de/map?shown=1&layer=trees&add=addresses")
    assert [each["id"] for each in document(page)["layers"]] == ["trees", "addresses"]
    page = text(client, "/de/map?layer=addresses&layer=trees&down=addresses&base=0")
    assert [each["id"] for each in document(page)["layers"]] == ["addresses", "trees"]


def test_the_chosen_feature_is_described(client: TestClient) -> None:
    page = text(client, "/de/map?layer=trees&feature=trees/7&feature=trees/8")
    assert "12,25" in page
    assert "Ebenfalls hier" in page
    assert document(page)["chosen"]["features"][0]["geometry"]["type"] == "Point"
    assert "Ebenfalls" not in text(client, "/de/map?layer=trees&feature=trees/7")
    assert "feature-card" not in text(client, "/de/map?layer=trees&feature=hidden/1")


def test_texts_of_rows_are_escaped(client: TestClient) -> None:
    for path in ("/de/collections/trees", "/de/map?layer=trees&feature=trees/2"):
        page = text(client, path)
        assert "&lt;b&gt;Ahorn" in page
        assert "<b>Ahorn" not in page


def test_addresses_are_found_with_and_without_scripts(client: TestClient) -> None:
    found = client.get("/de/map/addresses?q=Markt+1").json()
    assert found[0]["label"] == "Markt 1"
    page = text(client, "/de/map?q=Markt+1")
    assert "at=50.924" in page
    assert client.get("/de/map/addresses").json() == []


def test_hidden_collections_and_fields_are_as_if_absent(client: TestClient) -> None:
    for path in ("", "/quality", "/rows/1"):
        assert client.get(f"/de/collections/hidden{path}").status_code == 404
    for path in ("/de/collections", "/de/map", "/de/map?layer=hidden"):
        assert "Verborgen" not in text(client, path)
    for path in ("/de/collections/trees", "/de/collections/trees/rows/7"):
        assert "Vermerk" not in text(client, path)
    assert client.get("/de/collections/trees/rows/none").status_code == 404


def test_insiders_see_more(inside: TestClient) -> None:
    assert "Verborgen" in text(inside, "/de/collections")
    page = text(inside, "/de/collections/trees/rows/7")
    assert "Vermerk" in page
    assert "nachtrag.csv" in page
    page = text(inside, "/de/collections/trees/quality")
    assert "Zurückgestellte Zeilen" in page
    assert "viele" in page


def test_quality_counts_and_shows_examples(client: TestClient) -> None:
    page = text(client, "/de/collections/trees/quality")
    assert "/de/collections/trees/rows/8" in page
    assert "Außerhalb des Plausiblen" in page
    assert "Zurückgestellte Zeilen" not in page
    assert "viele" not in page


def test_a_row_shows_its_past(client: TestClient) -> None:
    page = text(client, "/en/collections/trees/rows/7")
    assert "12.25" in page
    assert "9.5" in page
    assert "Changed:" in page


def test_the_state_of_a_day_before_everything_is_empty(client: TestClient) -> None:
    page = text(client, "/de/collections/trees?day=2020-01-01")
    assert rows(page) == 0
    assert "1. Januar 2020" in page
    assert rows(text(client, "/de/collections/trees?day=gestern")) == 25


def test_the_day_stays_in_the_addresses(client: TestClient) -> None:
    page = text(client, "/de/collections/trees?day=2100-01-01&size=10")
    assert rows(page) == 10
    assert "page=2&amp;day=2100-01-01" in page


def test_downloads_are_filtered_like_the_table(client: TestClient) -> None:
    page = text(client, "/de/collections/trees?f.trees.height.from=25")
    address = re.search(r'<a href="(/ogc/collections/trees/items\?f=csv[^"]*)"', page)
    assert address
    answer = client.get(html.unescape(address[1]))
    assert answer.status_code == 200
    assert len(answer.text.strip().splitlines()) == 30


def test_a_dataset_leads_to_its_map_table_and_interfaces(client: TestClient) -> None:
    page = text(client, "/de/datasets/trees")
    assert 'href="/de/map?layer=trees"' in page
    assert 'href="/de/collections/trees"' in page
    assert 'href="/de/collections/trees#api"' in page


def test_a_foreign_base_map_is_allowed_and_named(settings: Settings) -> None:
    from msgspec.structs import replace

    portal = {
        "map_tiles": "https://tiles.example/{z}/{x}/{y}.png",
        "map_attribution": "© Tiles of Example",
    }
    app = Application(replace(settings, extra={"portal": portal}), rooms())
    with TestClient(app, base_url=city.BASE, headers={"accept": "text/html"}) as client:
        answer = client.get("/de/map")
    assert (
        "img-src 'self' data: https://tiles.example;" in answer.headers["content-security-policy"]
    )
    assert "© Tiles of Example" in answer.text
    assert document(answer.text)["external"]["tiles"] == portal["map_tiles"]


def test_the_sheet_says_what_it_shows(client: TestClient) -> None:
    asked = "layer=trees&f.trees.height.from=25&f.trees.health=1&view=print"
    sheet = text(client, f"/de/map?{asked}")
    assert "Höhe: von 25 m" in sheet
    assert "Zustand: gesund" in sheet
    found = document(sheet)["layers"][-1]["filter"]
    number = client.get(f"/ogc/collections/trees/items?f=json&limit=1&filter={found}")
    matched = number.json()["numberMatched"]
    assert f"{matched} Objekte" in sheet
    section = text(client, f"/en/map?{asked}&bbox=11.58,50.92,11.585,50.93")
    assert f"of {matched} features in this section" in section
    assert "Scale about 1:{n}" in section
