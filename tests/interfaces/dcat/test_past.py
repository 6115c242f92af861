# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The past of records over HTTP: lists, differences, mementos, undo, archive, 410."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import rdflib
from tests.interfaces.support import BASE, SUBJECTS, Served, served

from allmende.core import catalogue, working_copies
from allmende.core.catalogue import Entry
from allmende.interfaces.dcat import routes
from allmende.model.catalogue import Catalog, Dataset, Distribution, Kind, ResourceKind
from allmende.policy import SYSTEM, Level, Status
from allmende.store import working_copies as rows

pytestmark = pytest.mark.anyio

STEWARD = SUBJECTS["steward-jena"]
JSON = {"accept": "application/json"}


def entry(title: str, **changes: Any) -> Entry:
    files = [Distribution(title={"de": "Tabelle"}, access_url=["https://a.example/1"])]
    resource = Dataset(title={"de": title}, distribution=files)
    resource.contact_point = [Kind(fn={"de": f"Person {title}"}, email=["mailto:p@a.example"])]
    made = Entry(kind=ResourceKind.DATASET, resource=resource, organisation="jena", id="trees")
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    """Five revisions: public, hidden as a draft, closed, public again, changed."""
    async with served(tmp_path, routes) as made:
        for each in (
            entry("Eins", reason="neu"),
            entry("Zwei", status=Status.DRAFT),
            entry("Drei", metadata_access=Level.INTERNAL, legal_basis="Vertrag"),
            entry("Vier"),
            entry("Fünf", reason="Tippfehler"),
        ):
            await catalogue.put(made.platform, STEWARD, each)
        await catalogue.put(
            made.platform,
            SYSTEM,
            Entry(
                kind=ResourceKind.CATALOG,
                resource=Catalog(title={"de": "Stadt"}),
                organisation="jena",
                id="city",
            ),
        )
        yield made


def speak_as(site: Served, name: str = "") -> None:
    """The client sends this token from now on, or none."""
    site.client.headers.pop("authorization", None)
    if name:
        site.client.headers["authorization"] = f"Bearer {name}"


async def numbers(site: Served, path: str = "/datasets/trees/history.json") -> list[int]:
    answer = await site.client.get(path)
    assert answer.status_code == 200, answer.text
    return [each["number"] for each in answer.json()["revisions"]]


async def test_anybody_sees_only_what_was_public_then(site: Served) -> None:
    assert await numbers(site) == [5, 4, 1]
    for hidden in (2, 3, 6):
        assert (await site.client.get(f"/datasets/trees/history/{hidden}.json")).status_code == 404
    assert (await site.client.get("/datasets/trees/history/2...5.json")).status_code == 404
    answer = await site.client.get("/datasets/trees/history", headers=JSON)
    assert {each["author"] for each in answer.json()["revisions"]} == {None}
    assert answer.json()["revisions"][0]["reason"] == "Tippfehler"
    assert [each["deed"] for each in answer.json()["revisions"]] == [
        "changed",
        "changed",
        "created",
    ]
    assert "steward" not in answer.text
    speak_as(site, "steward-jena")
    assert await numbers(site) == [5, 4, 3, 2, 1]


async def test_differences_are_told_field_by_field(site: Served) -> None:
    speak_as(site, "steward-jena")
    answer = await site.client.get("/datasets/trees/history/2...5.json")
    found = {each["field"]: each for each in answer.json()["changes"]}
    assert found["record.status"]["before"] == "draft"
    assert found["title"]["language"] == "de"
    assert (found["title"]["before"], found["title"]["after"]) == ("Zwei", "Fünf")
    assert found["contact_point"]["parts"][0]["after"] == "Person Fünf"


async def test_former_contacts_are_for_insiders(site: Served) -> None:
    outside = (await site.client.get("/datasets/trees/history/4.ttl")).text
    assert "Person Vier" not in outside
    assert "Vier" in outside
    assert "p@a.example" in outside  # the current state names it too
    assert "Person Vier" not in (await site.client.get("/datasets/trees/history/4...5")).text
    speak_as(site, "steward-jena")
    assert "Person Vier" in (await site.client.get("/datasets/trees/history/4.ttl")).text


async def test_a_memento_is_the_record_as_it_was(site: Served) -> None:
    answer = await site.client.get("/datasets/trees/history/1.ttl")
    graph = rdflib.Graph().parse(data=answer.content, format="turtle")
    titles = set(graph.objects(None, rdflib.DCTERMS.title))
    assert rdflib.Literal("Eins", lang="de") in titles
    assert rdflib.Literal("Fünf", lang="de") not in titles
    at = parsedate_to_datetime(answer.headers["memento-datetime"])
    assert at.tzinfo is not None
    assert f'<{BASE}/datasets/trees>; rel="original timegate"' in answer.headers["link"]
    listed = await site.client.get("/datasets/trees/timemap")
    assert listed.headers["content-type"] == "application/link-format"
    lines = listed.text.strip().split(",\n")
    assert f'<{BASE}/datasets/trees/history/1>; rel="first memento"' in lines[2]
    assert f'<{BASE}/datasets/trees/history/5>; rel="last memento"' in lines[-1]
    assert len(lines) == 5


async def test_the_record_is_its_own_timegate(site: Served) -> None:
    late = format_datetime(datetime(2099, 1, 1, tzinfo=UTC), usegmt=True)
    answer = await site.client.get("/datasets/trees.ttl", headers={"accept-datetime": late})
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{BASE}/datasets/trees/history/5.ttl"
    assert "accept-datetime" in answer.headers["vary"]
    early = format_datetime(datetime(1999, 1, 1, tzinfo=UTC), usegmt=True)
    answer = await site.client.get("/datasets/trees", headers={**JSON, "accept-datetime": early})
    assert answer.headers["location"] == f"{BASE}/datasets/trees/history/1"
    for path in ("/catalogues/city", "/catalogues/city.ttl"):
        answer = await site.client.get(path, headers={**JSON, "accept-datetime": late})
        assert "/catalogues/city/history/1" in answer.headers["location"]
    wrong = await site.client.get("/datasets/trees.ttl", headers={"accept-datetime": "gestern"})
    assert wrong.status_code == 400


async def test_as_of_gives_the_state_of_the_moment_and_nothing_hidden(site: Served) -> None:
    speak_as(site, "steward-jena")
    found = (await site.client.get("/datasets/trees/history.json")).json()["revisions"]
    at = {each["number"]: each["at"] for each in found}
    inside = await site.client.get("/datasets/trees.json", params={"as-of": at[2]})
    assert inside.json()["resource"]["title"] == {"de": "Zwei"}
    assert inside.headers["memento-datetime"]
    speak_as(site)
    for number, title in ((1, "Eins"), (4, "Vier"), (5, "Fünf")):
        answer = await site.client.get("/datasets/trees.json", params={"as-of": at[number]})
        assert answer.json()["resource"]["title"] == {"de": title}
    for moment in (at[2], at[3], "1999-12-31"):
        answer = await site.client.get("/datasets/trees.json", params={"as-of": moment})
        assert (answer.status_code, answer.json()["code"]) == (404, "not-seen-then")
    for wrong in ("gestern", "2024-13-01", "9" * 30, "2024-05-01T25:00"):
        answer = await site.client.get("/datasets/trees.json", params={"as-of": wrong})
        assert answer.status_code == 400


async def test_an_older_state_is_restored_once_and_with_if_match(site: Served) -> None:
    path = "/datasets/trees/history/1/restore"
    assert (await site.client.post(path)).status_code in (401, 403)
    speak_as(site, "steward-jena")
    tag = (await site.client.get("/datasets/trees/history.json")).headers["etag"]
    body = {"reason": "War besser"}
    stale = await site.client.post(path, json=body, headers={"if-match": '"other"'})
    assert stale.status_code == 412
    made = await site.client.post(path, json=body, headers={"if-match": tag})
    assert (made.status_code, made.json()) == (200, {"revision": 6})
    again = await site.client.post(path, json=body, headers={"if-match": tag})
    assert again.status_code == 412
    record = await catalogue.get(site.platform, STEWARD, ResourceKind.DATASET, "trees")
    assert record.resource.title == {"de": "Eins"}
    assert record.status == Status.PUBLISHED
    (newest, *_) = await catalogue.revisions(site.platform, STEWARD, ResourceKind.DATASET, "trees")
    assert (newest.actor, newest.reason) == ("steward-jena", "War besser")
    wrong = await site.client.post(path, json={"reasn": "x"})
    assert wrong.status_code == 400


async def test_where_a_second_person_releases_undo_is_a_working_copy(site: Served) -> None:
    await site.platform.store.write(rows.set_four_eyes, "organisation", "jena", True, "t")
    speak_as(site, "steward-jena")
    made = await site.client.post("/datasets/trees/history/1/restore")
    assert made.status_code == 202
    copy = await working_copies.get(site.platform, STEWARD, made.json()["working_copy"])
    assert copy.resource.title == {"de": "Eins"}
    second = await site.client.post("/datasets/trees/history/4/restore")
    assert (second.status_code, second.json()["code"]) == (409, "working-copy")


async def test_what_was_archived_is_gone_for_all_who_could_see_it(site: Served) -> None:
    path, body = "/datasets/trees/archive", {"reason": "Doppelt"}
    assert (await site.client.post(path, json=body)).status_code in (401, 403)
    speak_as(site, "contributor-jena")
    assert (await site.client.post(path, json=body)).status_code == 403
    speak_as(site, "steward-jena")
    assert (await site.client.post(path, json={"reason": " "})).status_code == 400
    script = {"reason": "x", "replaced_by": "javascript:alert(1)"}
    assert (await site.client.post(path, json=script)).status_code == 400
    body["replaced_by"] = f"{BASE}/datasets/other"
    assert (await site.client.post(path, json=body)).status_code == 200
    assert (await site.client.get("/datasets/trees.json")).json()["status"] == "archived"
    speak_as(site)
    answer = await site.client.get("/datasets/trees.json")
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert "Doppelt" in answer.json()["detail"]
    assert f"{BASE}/datasets/other" in answer.json()["detail"]
    speak_as(site, "steward-jena")
    assert (await site.client.post("/catalogues/city/archive", json=body)).status_code == 200
    speak_as(site)
    for ending in ("ttl", "json"):
        assert (await site.client.get(f"/catalogues/city.{ending}")).status_code == 410
        assert (await site.client.get(f"/catalogues/never.{ending}")).status_code == 404
    for hidden in ("history.json", "timemap", "history/1.json"):
        assert (await site.client.get(f"/datasets/trees/{hidden}")).status_code == 404
