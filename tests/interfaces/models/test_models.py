# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model server over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.interfaces.support import BASE, Served, served
from tests.model.emit.samples import BARE, TREES

from allmende.core import models
from allmende.interfaces.models import routes
from allmende.model.document import Field, Model
from allmende.model.emit import EMITTERS, Place, json_schema
from allmende.policy import SYSTEM, Level, Status

pytestmark = pytest.mark.anyio
STEWARD = {"Authorization": "Bearer steward-jena"}
AUTHOR = {"Authorization": "Bearer contributor-jena"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, routes) as found:
        await models.put(found.platform, SYSTEM, TREES, "jena")
        yield found


def published(model: Model) -> dict[str, Any]:
    return json.loads(json_schema.emit(model, Place(base=BASE)))


def bench(version: str = "1.0.0", *fields: Field) -> Model:
    model = json_schema.read(published(BARE))
    model.id, model.version = "benches", version
    model.entities[0].fields += fields
    return model


async def put(house: Served, model: Model, **query: str) -> httpx2.Response:
    return await house.client.put(
        f"/models/{model.id}/{model.version}",
        params={"organisation": "jena", **query},
        json=published(model),
        headers=STEWARD,
    )


async def test_every_format_by_ending_and_by_accept(house: Served) -> None:
    for each in EMITTERS.values():
        text = each.emit(TREES, Place(base=BASE, language="de"))
        for ending in each.endings:
            answer = await house.client.get(
                f"/models/trees/1.2.0.{ending}", params={"lang": "de"}, headers=STEWARD
            )
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"].startswith(each.media_type), ending
            assert answer.text == text
        for path in ("/models/trees/1.2.0", "/models/trees"):
            headers = {"Accept": each.media_type, **STEWARD}
            same = await house.client.get(path, params={"lang": "de"}, headers=headers)
            assert same.text == text, each.name
        named = await house.client.get(
            "/models/trees", params={"lang": "de", "f": each.endings[0]}, headers=BROWSER | STEWARD
        )
        assert named.text == text


async def test_fields_that_are_not_for_everybody_are_left_out(house: Served) -> None:
    for each in EMITTERS.values():
        path = f"/models/trees/1.2.0.{each.endings[0]}"
        public = await house.client.get(path)
        inside = await house.client.get(path, headers=STEWARD)
        assert "owner" not in public.text, each.name
        assert public.headers["etag"] != inside.headers["etag"]


async def test_without_a_wish_a_model_is_its_json_schema(house: Served) -> None:
    for headers in ({}, {"Accept": "application/json"}, {"Accept": "*/*"}):
        answer = await house.client.get("/models/trees", headers=headers | STEWARD)
        assert json_schema.read(answer.json()) == TREES
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json()["$id"] == f"{BASE}/models/trees/1.2.0"


async def test_browsers_are_led_to_the_page(house: Served) -> None:
    for path in ("/models", "/models/trees", "/models/trees/1.2.0"):
        answer = await house.client.get(path, headers=BROWSER)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/en{path}")
    answer = await house.client.get("/models/trees.html", headers={"Accept-Language": "de"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/de/models/trees")
    answer = await house.client.get("/models/trees.svg", headers=BROWSER)
    assert answer.headers["content-type"] == "image/svg+xml"


async def test_what_nobody_has_is_said(house: Served) -> None:
    answer = await house.client.get("/models/trees", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert ".ttl" in answer.json()["detail"]
    for path in ("/models/none", "/models/trees/9.9.9", "/models/trees/1.2.0/diff/3.0.0"):
        assert (await house.client.get(path)).status_code == 404
    for query in ({"f": "docx"},):
        assert (await house.client.get("/models/trees", params=query)).status_code == 406
    answer = await house.client.get("/models/trees", params={"entity": "None"})
    assert answer.status_code == 400
    answer = await house.client.get("/models/trees", params={"collection": "none"})
    assert answer.status_code == 404


async def test_formats_of_one_entity_take_any(house: Served) -> None:
    answer = await house.client.get("/models/trees.tableschema", params={"entity": "Street"})
    assert [each["name"] for each in answer.json()["fields"]] == ["key", "name"]


async def test_states_are_kept_apart_by_tags(house: Served) -> None:
    first = await house.client.get("/models/trees.ttl")
    tag = first.headers["etag"]
    again = await house.client.get("/models/trees.ttl", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    for path in ("/models/trees.jsonld", "/models/trees.ttl?lang=de"):
        other = await house.client.get(path, headers={"If-None-Match": tag})
        assert other.status_code == 200
    assert "last-modified" in first.headers
    assert "Accept" in first.headers["vary"]
    assert f'<{BASE}/models/trees/1.2.0.py>; rel="alternate"' in first.headers["link"]
    assert f'<{BASE}/models/trees>; rel="latest-version"' in first.headers["link"]


async def test_stewards_publish_and_replace_drafts(house: Served) -> None:
    answer = await put(house, bench(), status="draft")
    assert (answer.status_code, answer.json()["change"]) == (201, "created")
    assert answer.headers["location"] == f"{BASE}/models/benches/1.0.0"
    assert (await house.client.get("/models/benches")).status_code == 404
    seen = await house.client.get("/models/benches.json", headers=STEWARD)
    tag = {"If-Match": seen.headers["etag"]}
    more = bench("1.0.0", Field(name="wood"))
    done = await house.client.put(
        "/models/benches/1.0.0", params={"organisation": "jena", "status": "draft"},
        content=EMITTERS["model"].emit(more, Place()), headers=STEWARD | tag,
    )  # fmt: skip
    assert (done.status_code, done.json()["change"]) == (200, "updated")
    late = await house.client.patch(
        "/models/benches/1.0.0", params={"status": "published"}, headers=STEWARD | tag
    )
    assert late.status_code == 412
    free = await house.client.patch(
        "/models/benches/1.0.0", params={"status": "published"}, headers=STEWARD
    )
    assert free.status_code == 204
    assert json_schema.read((await house.client.get("/models/benches")).json()) == more
    assert (await put(house, bench())).status_code == 409
    assert (await house.client.delete("/models/benches/1.0.0", headers=STEWARD)).status_code == 409
    posted = await house.client.post(
        "/models", params={"organisation": "jena"}, headers=STEWARD,
        json=published(bench("1.0.1", Field(name="wood"), Field(name="back"))),
    )  # fmt: skip
    assert (posted.status_code, posted.json()["code"]) == (422, "version-too-low")
    exists = await house.client.put(
        "/models/benches/1.0.0", params={"organisation": "jena"}, json=published(more),
        headers=STEWARD | {"If-None-Match": "*"},
    )  # fmt: skip
    assert exists.status_code == 412


async def test_a_draft_can_be_deleted(house: Served) -> None:
    await put(house, bench(), status="draft")
    assert (await house.client.delete("/models/benches/1.0.0", headers=AUTHOR)).status_code == 204
    assert (await house.client.get("/models/benches", headers=STEWARD)).status_code == 404


async def test_only_those_who_may_write_do(house: Served) -> None:
    query = {"organisation": "jena"}
    for headers, status in (
        ({}, 401),
        (AUTHOR, 403),
        ({"Authorization": "Bearer steward-other"}, 403),
    ):
        answer = await house.client.post(
            "/models", params=query, json=published(bench()), headers=headers
        )
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("body", "query", "status"),
    [
        ("[]", {"organisation": "jena"}, 400),
        ("{", {"organisation": "jena"}, 400),
        ("{}", {"organisation": "jena"}, 400),
        ('{"$schema": "x"}', {"organisation": "jena"}, 400),
        ('{"id": "a", "entities": []}', {"organisation": "jena"}, 400),
        ('{"id": "a", "entities": [{"name": "A"}]}', {}, 400),
        (
            '{"id": "a", "entities": [{"name": "A"}]}',
            {"organisation": "jena", "status": "new"},
            400,
        ),
        ("[" * 1000, {"organisation": "jena"}, 413),
    ],
)
async def test_bad_bodies_are_refused(
    house: Served, body: str, query: dict[str, str], status: int
) -> None:
    answer = await house.client.post("/models", content=body, params=query, headers=STEWARD)
    assert answer.status_code == status, answer.text
    wrong = await house.client.put("/models/b/1.0.0", content=body, params=query, headers=STEWARD)
    assert wrong.status_code in (status, 400)


@pytest.mark.parametrize("form", ["ecore", "linkml", "table-schema", "model"])
async def test_models_of_others_are_taken(house: Served, form: str) -> None:
    query = {"organisation": "jena", "name": "lent", "version": "3.0.0", "status": "draft"}
    body = EMITTERS[form].emit(TREES, Place(base=BASE))
    answer = await house.client.post("/models", params=query, content=body, headers=STEWARD)
    assert answer.status_code == 201, answer.text
    assert answer.json() | {"notes": []} == {
        "id": "lent", "version": "3.0.0", "change": "created", "notes": [],
    }  # fmt: skip
    found = await models.get(house.platform, SYSTEM, "lent")
    assert {"number", "height", "place"} <= {each.name for each in found.entity().fields}


async def test_the_list_is_searched_and_paged(house: Served) -> None:
    await models.put(house.platform, SYSTEM, bench(), "jena", metadata_access=Level.INTERNAL)
    answer = await house.client.get("/models", params={"q": "HÖHE"})
    (item,) = answer.json()["items"]
    assert (item["id"], item["version"], item["used_by"]) == ("trees", "1.2.0", [])
    assert item["address"] == f"{BASE}/models/trees"
    assert len(answer.json()["formats"]) == len(EMITTERS)
    inside = await house.client.get("/models.json?limit=1&offset=1", headers=STEWARD)
    assert (inside.json()["total"], [each["id"] for each in inside.json()["items"]]) == (
        2,
        ["trees"],
    )
    again = await house.client.get(
        "/models", params={"q": "HÖHE"}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    for query in ("limit=0x", "limit=1001", "offset=-1", "q=" + "a" * 501):
        assert (await house.client.get(f"/models?{query}")).status_code == 400
    assert (await house.client.get("/models", headers={"Accept": "text/csv"})).status_code == 406


async def test_versions_are_compared(house: Served) -> None:
    await models.put(house.platform, SYSTEM, bench(), "jena")
    await models.put(house.platform, SYSTEM, bench("1.1.0", Field(name="wood")), "jena")
    answer = await house.client.get("/models/benches/1.0.0/diff/1.1.0")
    found = answer.json()
    assert (found["level"], found["compatible"], found["required_version"]) == (
        "minor",
        True,
        "1.1.0",
    )
    assert found["changes"][0]["text"] == {"en": "wood is new.", "de": "wood ist neu."}
    back = (await house.client.get("/models/benches/1.1.0/diff/1.0.0.json")).json()
    assert back["level"] == "major"


async def test_hidden_versions_look_absent(house: Served) -> None:
    await models.put(house.platform, SYSTEM, bench(), "jena", metadata_access=Level.RESTRICTED)
    draft = bench("2.0.0")
    await models.put(house.platform, SYSTEM, draft, "jena", status=Status.DRAFT)
    paths = ("/models/benches", "/models/benches/1.0.0.ttl", "/models/benches/1.0.0/diff/2.0.0")
    for path in paths:
        answers = [await house.client.get(each) for each in (path, path.replace("benches", "none"))]
        assert [each.status_code for each in answers] == [404, 404]
        assert (await house.client.get(path, headers=STEWARD)).status_code == 200
