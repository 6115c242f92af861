# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""All rooms behind one address, with the demo city in it."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.demo.load import load
from allmende.web import create_app, sitemap
from allmende.web.headers import DATA_POLICY

BASE = "http://127.0.0.1:8000"
BROWSER = {"accept": "text/html,*/*;q=0.8", "accept-language": "en-GB"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The demo city, served."""
    data: Path = tmp_path_factory.mktemp("city")
    settings = Settings(data=data, jobs=False, access_log=False)

    async def fill() -> None:
        async with Platform.open(settings) as platform:
            await load(platform)

    asyncio.run(fill())
    near = ("127.0.0.1", 50_000)
    app = create_app(settings)
    with TestClient(app, BASE, follow_redirects=False, client=near) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/", "/en/"),
        ("/datasets", "/en/datasets"),
        ("/datasets?q=jena&limit=10&page=2", "/en/datasets?q=jena&limit=10&page=2"),
        ("/datasets/trees", "/en/datasets/trees"),
        ("/catalogues/jena", "/en/catalogues/jena"),
    ],
)
def test_a_browser_is_sent_to_the_page(city, path, target):
    answer = city.get(path, headers=BROWSER)
    assert answer.status_code == 303
    assert answer.headers["location"] == target
    assert "Accept-Language" in answer.headers["vary"]
    assert city.get(target, headers=BROWSER).status_code == 200


def test_programs_and_endings_get_data(city):
    turtle = city.get("/datasets/trees", headers={"accept": "text/turtle"})
    assert turtle.headers["content-type"].startswith("text/turtle")
    by_ending = city.get("/datasets/trees.ttl", headers=BROWSER)
    assert by_ending.headers["content-type"].startswith("text/turtle")


@pytest.mark.parametrize("ending", ["csv", "json", "ttl", "rdf", "jsonld"])
def test_a_browser_gets_search_results_in_the_format_it_clicks_on(city, ending):
    answer = city.get(f"/datasets.{ending}?q=baum", headers=BROWSER)
    assert answer.status_code == 200


def test_a_missing_page_is_a_page_for_a_browser(city):
    answer = city.get("/de/datasets/none", headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert city.get("/none").headers["content-type"] == "application/problem+json"


@pytest.fixture(scope="module")
def file(city) -> str:
    """The path of a file of the demo city."""
    text = city.get("/datasets/trees.nt").text
    found = next(word for word in text.split() if word.startswith(f"<{BASE}/files/"))
    return found.strip("<>").removeprefix(BASE)


def test_a_file(city, file):
    answer = city.get(file)
    assert answer.status_code == 200
    assert len(answer.headers["etag"].split("--")[0].strip('"')) == 64
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"] == DATA_POLICY
    assert answer.headers["repr-digest"].startswith("sha-256=:")
    assert city.get(file, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_a_part_of_a_file(city, file):
    plain = {"accept-encoding": "identity"}
    whole = city.get(file, headers=plain)
    answer = city.get(file, headers={**plain, "range": "bytes=10-19"})
    assert answer.status_code == 206
    assert answer.content == whole.content[10:20]
    assert answer.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    same = {**plain, "range": "bytes=10-19", "if-range": whole.headers["etag"]}
    assert city.get(file, headers=same).status_code == 206
    other = {**plain, "range": "bytes=10-19", "if-range": '"other"'}
    assert city.get(file, headers=other).status_code == 200
    beyond = city.get(file, headers={**plain, "range": "bytes=999999999-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-type"] == "application/problem+json"
    assert beyond.headers["content-range"] == f"bytes */{len(whole.content)}"
    assert beyond.json()["code"] == "range-not-satisfiable"


def test_no_file(city):
    assert city.get("/files/trees/none.csv").status_code == 404
    assert city.get("/files/none/..%2f..%2fallmende.sqlite").status_code == 404


def test_an_error_is_in_one_language(city):
    plain = city.get("/datasets/none.json")
    assert (plain.headers["content-language"], plain.json()["title"]) == ("en", "Not found")
    page = city.get("/nothing", headers={"accept": "text/html"})
    assert page.headers["content-language"] == "de"
    assert "Nicht gefunden" in page.text
    assert "Not found" not in page.text
    german = city.get("/datasets/none.json", headers={"accept-language": "de-AT"})
    assert german.json()["title"] == "Nicht gefunden"


def test_every_described_address_is_in_the_description(city):
    paths = city.get("/openapi.json").json()["paths"]
    assert {"/datasets/{name}", "/sparql", "/files/{dataset}/{name}", "/health"} <= set(paths)


@pytest.mark.parametrize("path", ["/favicon.ico", "/robots.txt", "/api", "/sitemap.xml"])
def test_what_machines_expect_is_there(city, path):
    assert city.get(path).status_code in (200, 303)


def test_the_sitemap_names_every_page_in_both_languages(city):
    text = city.get("/sitemap.xml").text
    found = set(re.findall(r"<loc>([^<]*)</loc>", text))
    assert {f"{BASE}/de/datasets/trees", f"{BASE}/en/datasets/trees", f"{BASE}/de/"} <= found
    assert text.count("<lastmod>") > 50


def test_a_long_sitemap_comes_in_parts(city, monkeypatch):
    whole = set(re.findall(r"<loc>([^<]*)</loc>", city.get("/sitemap.xml").text))
    monkeypatch.setattr(sitemap, "PART", 10)
    index = city.get("/sitemap.xml").text
    parts = re.findall(r"<sitemap><loc>([^<]*)</loc>", index)
    assert len(parts) > 2
    named = [city.get(each.removeprefix(BASE)) for each in parts]
    found = [re.findall(r"<loc>([^<]*)</loc>", each.text) for each in named]
    assert sum(map(len, found)) == len(whole)
    assert {each for some in found for each in some} == whole
    for number in (0, len(parts) + 1):
        assert city.get(f"/sitemaps/{number}.xml").status_code == 404


def test_developers_find_the_interfaces(city):
    links = city.get("/api").json()
    for address in links.values():
        assert city.get(address.removeprefix(BASE)).status_code == 200, address
    assert city.get("/api", headers=BROWSER).headers["location"] == "/en/developers"


def test_metrics_count_what_is_held(city):
    text = city.get("/metrics").text
    assert re.search(r'^allmende_resources\{kind="dataset"\} [1-9]', text, re.M)
    assert "# TYPE allmende_jobs gauge" in text
