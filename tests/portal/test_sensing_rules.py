# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of health and of rules: who sees them, what they show, what a form does."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape

import anyio
import pytest
from starlette.testclient import TestClient
from tests.portal import city
from tests.support.sensing import stream, thing

from allmende.core import people, sensing
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.sensing.observation import Flag, Observation
from allmende.policy import SYSTEM
from allmende.store import now
from allmende.web.app import Application
from allmende.web.rooms import rooms

MINUTE = 60_000_000
RULE = """title = { de = "Mittlere Wärme", en = "Mean warmth" }
[inputs.t]
property = "https://vocab.nerc.ac.uk/collection/P02/current/TEMP/"
[outputs.mean]
value = "mean(t)"
"""


async def _fill(settings: Settings) -> None:
    async with Platform.open(settings) as platform:
        await people.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
        fine = thing("fine", stream(interval=900.0))
        made = await sensing.register(platform, SYSTEM, fine)
        moment = now()
        given = [
            Observation(datastream=made.streams["air"], time=moment - n * 15 * MINUTE, result=9.0)
            for n in range(40)
        ]
        await sensing.observe(platform, SYSTEM, given)
        await sensing.register(platform, SYSTEM, thing("quiet"))
        await sensing.register(platform, SYSTEM, thing("hidden", access="restricted"))
        made = await sensing.register(platform, SYSTEM, thing("bad", stream(interval=900.0)))
        doubtful = [
            Observation(
                datastream=made.streams["air"], time=each.time, result=1.0, flag=int(Flag.BAD)
            )
            for each in given
        ]
        await sensing.observe(platform, SYSTEM, doubtful)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = city.build(tmp_path_factory.mktemp("rules"))
    anyio.run(_fill, settings)
    app = Application(settings, rooms())
    with TestClient(
        app, base_url=city.BASE, follow_redirects=False, headers={"accept": "text/html"}
    ) as made:
        yield made


def test_health_tells_what_may_be_seen(client: TestClient) -> None:
    answer = client.get("/de/devices/health")
    assert answer.status_code == 200
    rows = dict(
        re.findall(r'<th scope="row"><a[^>]*>([^<]*)</a></th><td><span[^>]*>([^<]*)', answer.text)
    )
    assert rows["Thing fine"] == "in Ordnung"
    assert rows["Thing quiet"] == "stumm"
    assert rows["Thing bad"] == "auffällig"
    assert "Thing hidden" not in answer.text
    narrowed = client.get("/en/devices/health?status=silent&q=THING").text
    assert "Thing quiet" in narrowed
    assert "Thing fine" not in narrowed
    assert client.get("/en/devices/health?sort=nonsense&page=99999&status=x").status_code == 200


def test_health_is_a_table_for_programs_too(client: TestClient) -> None:
    answer = client.get("/en/devices/health.csv?sort=name")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    found = {row["thing_name"]: row for row in rows}
    assert found["Thing bad"]["flagged_7d"] == "1"
    assert found["Thing quiet"]["last_time"] == ""
    assert "Thing hidden" not in found


def test_rules_are_for_people_of_an_organisation(client: TestClient) -> None:
    for path in ("/de/rules", "/de/rules/new", "/de/rules/mean"):
        assert client.get(path).status_code == 404
    assert client.post("/de/rules/new", data={"document": RULE}).status_code == 401


def test_a_rule_is_written_tried_and_switched_on(client: TestClient) -> None:
    client.post(
        "/de/login",
        data={"login": city.LOGIN, "password": city.PASSWORD, "next": "/de/account"},
        headers={"origin": city.BASE},
    )
    empty = client.get("/de/rules/new").text
    token = _csrf(empty)
    form = {"csrf": token, "id": "mean", "organisation": "jena", "document": RULE}
    offered = re.search(r"<textarea[^>]*>(.*?)</textarea>", empty, re.DOTALL)
    assert offered
    example = {**form, "document": unescape(offered[1]), "do": "try"}
    assert client.post("/de/rules/new", data=example).status_code == 200
    wrong = client.post("/de/rules/new", data={**form, "document": RULE + 'unit = "furlong"'})
    assert wrong.status_code == 422
    assert "outputs.mean.unit" in wrong.text
    assert "furlong" in wrong.text
    tried = client.post("/de/rules/new", data={**form, "do": "try"})
    assert tried.status_code == 200
    assert "Thing fine" in tried.text
    assert "9" in tried.text
    assert client.get("/de/rules/mean").status_code == 404
    saved = client.post("/de/rules/new", data=form)
    assert (saved.status_code, saved.headers["location"]) == (303, "/de/rules/mean")
    assert "ausgeschaltet" in client.get("/de/rules/mean").text
    assert client.post("/de/rules/mean", data={"csrf": "x", "do": "on"}).status_code == 403
    assert client.post("/de/rules/mean", data={"csrf": token, "do": "on"}).status_code == 303
    page = client.get("/en/rules/mean").text
    assert "datastreams are written" in page
    assert "Mittlere Wärme" in client.get("/de/rules").text
    assert client.post("/de/rules/mean", data={"csrf": token, "do": "remove"}).status_code == 303
    assert client.get("/de/rules/mean").status_code == 404
    client.cookies.clear()


def _csrf(text: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found
    return found[1]
