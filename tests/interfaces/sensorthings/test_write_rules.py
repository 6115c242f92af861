# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whose new entities are, and the limits of writing."""

from pathlib import Path
from typing import Any

import pytest
from tests.interfaces.sensorthings.writers import (
    location,
    number,
    sensor,
    service,
    stream,
    thing,
    tree,
)
from tests.interfaces.support import SUBJECTS

from allmende.core.sensing import clearing, json_patch
from allmende.interfaces.sensorthings import multipart
from allmende.policy import Role, Subject

pytestmark = pytest.mark.anyio
BOTH = Subject(
    kind="token",
    id="both",
    roles={each: frozenset({Role.CONTRIBUTOR}) for each in ("jena", "other")},
)
ALL = Subject(kind="token", id="all", roles={"*": frozenset({Role.ADMINISTRATOR})})


@pytest.fixture(autouse=True)
def more_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SUBJECTS, "both", BOTH)
    monkeypatch.setitem(SUBJECTS, "all", ALL)


async def test_who_may_write_for_several_says_for_whom(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        for who in ("both", "all"):
            some = api.of(who)
            answer = await some.post("Things", thing(), 400)
            assert answer.json()["reason"] == "organisation-missing"
            assert "jena, other" in answer.json()["message"]
            made = await some.make("Things", {**thing(), "@allmende.organisation": "other"})
            below = await some.make(f"{made}/Datastreams", stream())
            assert await api.status("PATCH", below, {"name": "x"}) == 403
            assert await api.of("contributor-other").status("PATCH", below, {"name": "x"}) == 200
            moved = {"@allmende.organisation": "jena"}
            assert await some.status("PATCH", made, moved) == 400
            wrong = {**stream(), "@allmende.organisation": "jena"}
            await some.post(f"{made}/Datastreams", wrong, 400)
        unknown = {**thing(), "@allmende.organisation": "mars"}
        await api.of("all").post("Things", unknown, 400)
        await api.post("Things", unknown, 403)


async def test_a_stream_cannot_come_to_another_organisation(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        some = api.of("both")
        one = await some.make("Things", {**thing(), "@allmende.organisation": "jena"})
        two = await some.make("Things", {**thing(), "@allmende.organisation": "other"})
        path = await some.make(f"{one}/Datastreams", stream())
        assert await some.status("PATCH", path, {"Thing": {"@iot.id": number(two)}}) == 400
        link = {"Datastreams": [{"@iot.id": number(path)}]}
        assert await some.status("PATCH", two, link) == 400
        await some.post("Things", {**thing(), "@allmende.organisation": "other", **link}, 400)


async def test_others_may_be_linked_to_but_not_changed(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        ours, _ = await tree(api)
        shared = await api.make("Sensors", sensor())
        other = api.of("contributor-other")
        theirs = await other.make("Things", thing())
        await other.make(f"{theirs}/Datastreams", stream(Sensor={"@iot.id": number(shared)}))
        place = location(Things=[{"@iot.id": number(ours)}])
        await other.post("Locations", place, 403)
        await other.post(f"{ours}/Locations", location(), 403)
        await other.post(f"{ours}/Datastreams", stream(), 403)
        assert await other.status("PATCH", shared, {"name": "x"}) == 403
        assert await other.status("DELETE", ours) == 403
        assert await other.status("DELETE", f"{ours}/Locations(1)/$ref") == 403
        assert (await api.get(f"{ours}/Locations(1)"))["name"] == "Platz"


async def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_patch, "MOST_OPERATIONS", 2)
    monkeypatch.setattr(clearing, "MOST", 3)
    monkeypatch.setattr(multipart, "MOST_HEADERS", 2)
    async with service(tmp_path, body_limit=20_000, json_depth=20) as api:
        made, path = await tree(api)
        patch = {"content-type": "application/json-patch+json"}
        many = [{"op": "add", "path": "/name", "value": "x"}] * 3
        assert await api.status("PATCH", made, many, headers=patch) == 413
        for result in range(4):
            await api.make(f"{path}/Observations", {"result": result})
        answer = await api.ask("DELETE", "Observations", params={"$filter": "result ge 0"})
        assert answer.status_code == 413
        assert len(await api.values("Observations")) == 4
        await api.post("Things", thing("x" * 30_000), 413)
        deep: Any = 1
        for _ in range(30):
            deep = [deep]
        await api.post("Things", thing(properties={"a": deep}), 413)
        body = "--b\r\nContent-Type: application/http\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\nx\r\n--b--\r\n"
        kind = {"content-type": "multipart/mixed; boundary=b"}
        assert await api.status("POST", "$batch", content=body.encode(), headers=kind) == 413


async def test_a_result_as_large_as_allowed(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        made, _ = await tree(api)
        text = stream(
            observationType="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Observation"
        )
        path = await api.make(f"{made}/Datastreams", text)
        seen = await api.make(f"{path}/Observations", {"result": "x" * 60_000})
        assert len((await api.get(seen))["result"]) == 60_000
        await api.post(f"{path}/Observations", {"result": "x" * 70_000}, 400)
