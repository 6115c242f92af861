# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The repository: lists, single records, writing, drafts; rdflib reads each answer."""

from __future__ import annotations

from typing import Any

import pytest
import rdflib
from rdflib.compare import isomorphic
from tests.interfaces.piveau.hub import (
    DCAT,
    DCT,
    HYDRA,
    MARKS,
    ORIGIN,
    PREFIX,
    RDF_XML,
    REPO,
    STEWARD,
    SYNTAX,
    TURTLE,
    fill,
    graph,
    jena,
    turtle,
)
from tests.interfaces.support import BASE, Served

from allmende.core import catalogue
from allmende.model.catalogue import (
    ResourceKind,
)
from allmende.policy import SYSTEM, Level, Status

pytestmark = MARKS


@pytest.mark.parametrize(
    "path",
    [
        "/datasets/satz-1",
        "/resources/service",
        "/resources/series",
        "/catalogues/demo",
        "/catalogues/demo/resources?valueType=metadata",
        "/resources/satz-1/record",
        "/records/satz-1",
        "/datasets/satz-1/distributions?valueType=metadata",
        "/distributions/satz-1~distribution-1",
        "/datasets/revisions/satz-1~1",
        "/records/revisionRecord/satz-1~1",
        "/vocabularies/data-theme",
        "/organizations/jena",
        "/organizations?valueType=metadata",
        "/datasets/satz-1/diff?revisionNumber1=0",
    ],
)
async def test_all_syntaxes_say_the_same(site: Served, path: str) -> None:
    await fill(site)
    graphs = {}
    for media_type in SYNTAX:
        response = await site.client.get(REPO + path, headers={"accept": media_type})
        assert response.headers["content-type"].startswith(media_type)
        graphs[media_type] = graph(response)
    first = graphs["text/turtle"]
    assert len(first) > 1
    for media_type, found in graphs.items():
        assert isomorphic(found, first), media_type


async def test_json_ld_is_what_a_client_gets_that_asks_for_nothing(site: Served) -> None:
    await fill(site)
    for accept in ("*/*", "application/json", ""):
        response = await site.client.get(f"{REPO}/datasets/satz-1", headers={"accept": accept})
        assert "json" in response.headers["content-type"]
        assert response.json()
    refused = await site.client.get(f"{REPO}/datasets/satz-1", headers={"accept": "image/png"})
    assert refused.status_code == 406
    assert refused.json()["status"] == "error"


async def test_lists_have_iris_ids_original_ids_or_everything(site: Served) -> None:
    await fill(site)

    async def names(query: str) -> Any:
        return (await site.client.get(f"{REPO}/catalogues/demo/datasets?{query}")).json()

    assert await names("limit=1") == [f"{BASE}/datasets/satz-0"]
    assert await names("valueType=identifiers&offset=3") == ["satz-3", "satz-4"]
    assert await names("valueType=originalIds&limit=1&offset=2") == ["urn:satz:2"]
    assert await names("sourceIds=true&limit=1") == ["urn:satz:0"]
    every = await site.client.get(f"{REPO}/resources?valueType=identifiers")
    assert set(every.json()) == {*(f"satz-{n}" for n in range(5)), "service", "series"}
    assert every.headers["x-total-count"] == "7"
    some = f"{REPO}/catalogues/demo/resources?valueType=identifiers&resourceTypes="
    assert (await site.client.get(some + "DataService,DatasetSeries")).json() == [
        "service",
        "series",
    ]
    assert (await site.client.get(f"{REPO}/catalogues?valueType=identifiers")).json() == ["demo"]
    assert (await site.client.get(f"{REPO}/datasets?catalogue=none")).status_code == 404
    for wrong in ("limit=0", "limit=5001", "limit=x", "offset=-1", "valueType=all", "hydra=1&x=1"):
        status = 200 if wrong.startswith("hydra") else 400
        got = await site.client.get(f"{REPO}/catalogues/demo/datasets?{wrong}")
        assert got.status_code == status, wrong


async def test_pages_follow_each_other(site: Served) -> None:
    await fill(site)
    following: str | None = f"{REPO}/catalogues/demo/datasets?valueType=metadata&limit=2"
    seen: list[str] = []
    while following:
        found = graph(await site.client.get(following, headers={"accept": "text/turtle"}))
        assert [int(str(each)) for each in found.objects(None, HYDRA.totalItems)] == [5]
        seen += sorted(str(each) for each in found.subjects(rdflib.RDF.type, DCAT.Dataset))
        following = next((str(each) for each in found.objects(None, HYDRA.next)), None)
    assert seen == [f"{BASE}/datasets/satz-{n}" for n in range(5)]
    old = f"{REPO}/datasets?valueType=metadata&limit=2&usePagedCollection=true"
    found = graph(await site.client.get(old, headers={"accept": "text/turtle"}))
    assert (None, rdflib.RDF.type, HYDRA.PagedCollection) in found
    assert (None, rdflib.RDF.type, HYDRA.PartialCollectionView) not in found
    assert (None, HYDRA.nextPage, None) in found


async def test_a_resource_of_each_kind_is_written_by_its_original_id(site: Served) -> None:
    for kind, part in (
        ("Dataset", "datasets"),
        ("DataService", "dataservices"),
        ("DatasetSeries", "series"),
    ):
        address = f"{ORIGIN}urn:x:{kind}"
        made = await site.client.put(address, content=turtle(kind, kind), headers=TURTLE)
        assert made.status_code == 201, made.text
        assert f"/{part}/" in made.headers["location"]
        again = await site.client.put(address, content=turtle(kind, kind), headers=TURTLE)
        forced = await site.client.put(
            address + "&enforceUpdate=true", content=turtle(kind, kind), headers=TURTLE
        )
        assert (again.status_code, forced.status_code) == (304, 204)
        found = graph(await site.client.get(address, headers={"accept": "text/turtle"}))
        assert (rdflib.URIRef("https://example.org/x"), DCT.title, None) in found
        assert (await site.client.delete(address, headers=STEWARD)).status_code == 204
        assert (await site.client.get(address, headers=STEWARD)).status_code == 404


async def test_a_newer_record_is_not_overwritten(site: Served) -> None:
    address = f"{ORIGIN}a"
    await site.client.put(address, content=turtle("A"), headers=TURTLE)
    old, new = "&recordModified=2001-01-01T00:00:00Z", "&recordModified=2999-01-01T00:00:00%2B02:00"
    refused = await site.client.put(address + old, content=turtle("B"), headers=TURTLE)
    assert (refused.status_code, refused.json()["code"]) == (409, "server-newer")
    taken = await site.client.put(address + new, content=turtle("B"), headers=TURTLE)
    assert taken.status_code == 204
    wrong = await site.client.put(
        address + "&recordModified=soon", content=turtle("B"), headers=TURTLE
    )
    assert wrong.status_code == 400
    entry = graph(await site.client.get(f"{REPO}/resources/a/record"))
    modified = next(entry.objects(None, DCT.modified))
    same = f"&recordModified={str(modified.toPython().isoformat()).replace('+00:00', 'Z')}"
    assert (
        await site.client.put(address + same, content=turtle("C"), headers=TURTLE)
    ).status_code == 204


async def test_every_syntax_is_taken(site: Served) -> None:
    lines = rdflib.Graph().parse(data=turtle("Gleich"), format="turtle")
    for number, (media_type, name) in enumerate(SYNTAX.items()):
        name = {"n3": "turtle", "trig": "turtle", "nquads": "nt"}.get(name, name)
        body = lines.serialize(format=name)
        headers = {**STEWARD, "content-type": f"{media_type}; charset=utf-8"}
        made = await site.client.put(f"{ORIGIN}s{number}", content=body, headers=headers)
        assert made.status_code == 201, (media_type, made.text)
    guessed = {**STEWARD, "content-type": "application/x-www-form-urlencoded"}  # as curl sends it
    made = await site.client.put(f"{ORIGIN}curl", content=jena(), headers=guessed)
    assert made.status_code == 201
    untyped = f'{PREFIX} <https://example.org/u> dct:title "Ohne Art"@de .'
    address = f"{REPO}/catalogues/demo/datasets/origin?originalId=u"
    made = await site.client.put(address, content=untyped, headers=TURTLE)
    assert made.status_code == 201
    assert "type-missing" in {each["code"] for each in made.json()["repairs"]}


async def test_new_records_get_free_ids(site: Served) -> None:
    address = f"{REPO}/catalogues/demo/resources?resourceId=baum"
    found = [
        (await site.client.post(address, content=turtle(f"B{n}"), headers=TURTLE)).headers[
            "location"
        ]
        for n in range(2)
    ]
    assert found[0] == f"{BASE}/datasets/baum"
    assert found[1].startswith(f"{BASE}/datasets/baum-")
    old = await site.client.post(
        f"{REPO}/datasets?catalogue=demo", content=turtle("Neu hier"), headers=TURTLE
    )
    assert old.headers["location"] == f"{BASE}/datasets/neu-hier"


async def test_levels_and_states_are_kept(site: Served) -> None:
    closed = f"{ORIGIN}c&accessLevel=internal"
    refused = await site.client.put(closed, content=turtle("C"), headers=TURTLE)
    assert (refused.status_code, refused.json()["code"]) == (400, "legal-basis-missing")
    made = await site.client.put(
        closed + "&legalBasis=%C2%A7%201", content=turtle("C"), headers=TURTLE
    )
    assert made.status_code == 201
    assert (await site.client.get(f"{REPO}/resources/c")).status_code == 404
    record = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "c")
    assert (record.metadata_access, record.data_access) == (Level.INTERNAL, Level.INTERNAL)
    kept = await site.client.put(f"{ORIGIN}c", content=turtle("C2"), headers=TURTLE)
    assert kept.status_code == 204
    record = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "c")
    assert (record.metadata_access, record.legal_basis) == (Level.INTERNAL, "§ 1")
    draft = f"{ORIGIN}d&publicationStatus=draft"
    assert (await site.client.put(draft, content=turtle("D"), headers=TURTLE)).status_code == 201
    assert (await site.client.get(f"{REPO}/resources/d")).status_code == 404
    assert (
        await site.client.put(f"{ORIGIN}d", content=turtle("D2"), headers=TURTLE)
    ).status_code == 204
    record = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "d")
    assert record.status is Status.DRAFT


async def test_drafts_are_written_published_and_hidden(site: Served) -> None:
    drafts = f"{REPO}/drafts/datasets"
    writer = {"X-API-Key": "contributor-jena", "content-type": RDF_XML}
    made = await site.client.put(f"{drafts}/neu?catalogue=demo", content=jena(), headers=writer)
    assert made.status_code == 201, made.text
    posted = await site.client.post(
        f"{drafts}?catalogue=demo", content=jena("Zwei"), headers=TURTLE
    )
    assert posted.status_code == 201
    other = posted.headers["location"].rpartition("/")[2]
    listed = await site.client.get(drafts, headers=writer)
    assert set(listed.json()) == {"neu", other}
    mine = await site.client.get(f"{drafts}?filterByProvider=true", headers=writer)
    assert mine.json() == ["neu"]
    as_rdf = await site.client.get(drafts, headers={**writer, "accept": "application/n-triples"})
    assert len(set(graph(as_rdf).subjects(rdflib.RDF.type, DCAT.Dataset))) == 2
    assert (
        await site.client.get(f"{drafts}/neu?catalogue=demo", headers=writer)
    ).status_code == 200
    publish = f"{drafts}/publish/neu?catalogue=demo"
    assert (await site.client.put(publish, headers=writer)).status_code == 403
    assert (await site.client.put(publish, headers=STEWARD)).status_code == 204
    assert (await site.client.get(f"{REPO}/datasets/neu")).status_code == 200
    assert (await site.client.get(f"{drafts}/neu", headers=STEWARD)).status_code == 404
    refused = await site.client.put(
        f"{drafts}/neu?catalogue=demo", content=jena("Anders"), headers=writer
    )
    assert refused.status_code == 409
    hide = f"{drafts}/hide/neu?catalogue=demo"
    assert (await site.client.put(hide, headers=STEWARD)).status_code == 204
    assert (await site.client.get(f"{REPO}/datasets/neu")).status_code == 404
    assert (await site.client.delete(f"{drafts}/neu", headers=STEWARD)).status_code == 200
    assert (await site.client.get(f"{drafts}/neu", headers=STEWARD)).status_code == 404
    assert (await site.client.get(drafts)).status_code == 401
