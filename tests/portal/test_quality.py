# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages about quality: figures, words, charts with tables, and deeds for editors only."""

import re

from starlette.testclient import TestClient

from allmende.core.scoring import today
from allmende.portal.page import page_for
from allmende.portal.quality import past


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_city_has_figures_bands_and_tables(client: TestClient) -> None:
    shown = text(client.get("/de/quality").text)
    assert "Punkte im Mittel, von 405" in shown
    for word in ("Auffindbarkeit", "Kontext", "ausgezeichnet", "mangelhaft", "So wird gerechnet"):
        assert word in shown
    assert "Stadt Jena" in shown
    assert "What costs the most points" in text(client.get("/en/quality").text)
    one = client.get("/en/quality?publisher=Stadt+Jena")
    assert "Quality of metadata: Stadt Jena" in text(one.text)
    assert client.get("/en/quality?publisher=Nobody").status_code == 404
    assert client.get("/en/quality?catalogue=nowhere").status_code == 404
    assert client.get("/en/quality?catalogue=a&publisher=b").status_code == 400


def test_a_dataset_tells_its_points_in_words(client: TestClient) -> None:
    shown = text(client.get("/en/datasets/trees").text)
    points = re.search(r"Quality of metadata (\d+) of 405", shown)
    assert points
    page = text(client.get("/en/datasets/trees/quality").text)
    assert f"{points[1]} points of 405" in page
    assert "Has a licence" in page
    assert "not checked yet" in page
    assert "What gains this dataset the most" not in page
    assert client.get("/en/datasets/inside/quality").status_code == 404


def test_only_the_best_are_listed_when_asked_for(client: TestClient) -> None:
    every = client.get("/en/datasets?sort=quality")
    assert every.status_code == 200
    assert 'value="quality" selected' in every.text
    found = client.get("/datasets.json").json()
    counted = {each["value"]: each["count"] for each in found["facets"]["quality"]}
    assert sum(counted.values()) == found["total"]
    for name, number in counted.items():
        narrowed = client.get(f"/datasets.json?quality={name}").json()
        assert narrowed["total"] == number


def test_editors_see_what_to_do_first(inside: TestClient, client: TestClient) -> None:
    shown = text(inside.get("/en/quality/to-do").text)
    gains = [int(each) for each in re.findall(r"(\d+) more points? possible", shown)]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 0
    page = inside.get("/en/datasets/inside/quality").text
    assert "Add a file or a service" in page
    assert "+220 points" in text(page)
    token = re.search(r'name="csrf" value="([^"]+)"', inside.get("/en/datasets/trees/quality").text)
    assert token
    path = "/en/datasets/trees/quality/links"
    assert inside.post(path, data={"csrf": "wrong"}).status_code == 403
    asked = inside.post(path, data={"csrf": token[1]}, follow_redirects=True)
    assert "will be checked again" in asked.text


def test_visitors_have_nothing_to_do(client: TestClient) -> None:
    answer = client.get("/en/quality/to-do", follow_redirects=False)
    assert answer.status_code in (303, 401)
    assert client.post("/en/datasets/trees/quality/links").status_code in (401, 403)


def test_a_history_is_a_chart_and_a_table(client: TestClient) -> None:
    from starlette.requests import Request

    scope = {
        "type": "http", "method": "GET", "path": "/en/quality", "headers": [], "query_string": b"",
        "app": client.app, "state": {},
    }  # fmt: skip
    page = page_for(Request(scope), "en")
    day = today()
    made = past(page, "x", [(day - 10, 100.0), (day - 4, 230.0)], day, steps=True)
    assert made.chart is not None
    assert "100 at the beginning, 230 of 405 at the end" in made.chart.description
    assert [(number, band) for _, number, band in made.rows] == [(230, "good"), (100, "bad")]
    assert past(page, "x", [(day, 100.0)], day).chart is None
    again = past(page, "x", [(day, 100.0), (day, 150.0)], day)
    assert (again.chart, [points for _, points, _ in again.rows]) == (None, [150])
