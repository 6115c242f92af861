# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The repository: lists, single records, writing, drafts, revisions; rdflib reads each answer."""

from __future__ import annotations

from typing import Any

import pytest
import rdflib
from rdflib.compare import isomorphic
from tests.interfaces.piveau.hub import (
    DCAT,
    DCT,
    MARKS,
    RDF_XML,
    REPO,
    SEARCH,
    STEWARD,
    SYNTAX,
    catalog,
    graph,
    jena,
)
from tests.interfaces.support import BASE, Served

from allmende.core import catalogue
from allmende.core.catalogue import Entry
from allmende.model.catalogue import (
    Agent,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Identifier,
    ResourceKind,
)
from allmende.policy import SYSTEM, Level, Status

pytestmark = MARKS
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
TURTLE = {**STEWARD, "content-type": "text/turtle"}
ORIGIN = f"{REPO}/catalogues/demo/resources/origin?originalId="
PREFIX = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."


def turtle(title: str, kind: str = "Dataset", node: str = "<https://example.org/x>") -> str:
    return f'{PREFIX} {node} a dcat:{kind} ; dct:title "{title}"@de ; dct:description "Text"@de .'


async def fill(site: Served, number: int = 5) -> None:
    entries = [
        Entry(
            kind=ResourceKind.DATASET,
            resource=Dataset(
                title={"de": f"Satz {n}"},
                publisher=Agent(name={"de": "Stadt"}),
                distribution=[Distribution(access_url=[f"https://example.org/{n}"])],
            ),
            organisation="jena",
            catalogue="demo",
            original_id=f"urn:satz:{n}",
            id=f"satz-{n}",
        )
        for n in range(number)
    ]
    for kind, resource in (
        (ResourceKind.SERVICE, DataService(title={"de": "Dienst"})),
        (ResourceKind.SERIES, DatasetSeries(title={"de": "Reihe"})),
    ):
        entries.append(
            Entry(kind=kind, resource=resource, organisation="jena", catalogue="demo", id=str(kind))
        )
    await catalogue.put_many(site.platform, SYSTEM, entries)


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


async def test_revisions_and_differences_obey_the_rights(site: Served) -> None:
    address = f"{ORIGIN}r"
    draft = address + "&publicationStatus=draft"
    await site.client.put(draft, content=turtle("Geheim"), headers=TURTLE)
    await site.client.put(address, content=turtle("Auch geheim"), headers=TURTLE)
    await site.client.put(f"{REPO}/drafts/datasets/publish/r", headers=STEWARD)
    await site.client.put(address, content=turtle("Offen"), headers=TURTLE)
    for number, everybody in ((1, 404), (2, 404), (3, 200), (4, 200)):
        path = f"{REPO}/datasets/revisions/r~{number}"
        assert (await site.client.get(path)).status_code == everybody, number
        assert (await site.client.get(path, headers=STEWARD)).status_code == 200
    diff = f"{REPO}/datasets/r/diff"
    told = (await site.client.get(diff, headers={"accept": "application/json"})).json()
    assert any("Offen" in line for line in told["added"])
    assert any("Auch geheim" in line for line in told["removed"])
    older = await site.client.get(f"{diff}?revisionNumber1=1&revisionNumber2=4")
    assert older.status_code == 404
    older = await site.client.get(f"{diff}?revisionNumber1=1&revisionNumber2=4", headers=STEWARD)
    assert "Geheim" in older.text
    for role in ("reader-jena", "reader-other", "citizen-jena", "gatekeeper-jena"):
        got = await site.client.get(diff, headers={"X-API-Key": role})
        assert got.status_code == 200, role
    search = await site.client.get(f"{SEARCH}/datasets/r")
    ids = [each["id"] for each in search.json()["result"]["catalog_record"]["revisions"]]
    assert ids == ["r~4", "r~3"]


async def test_catalogues_are_written_and_deleted_with_their_members(site: Served) -> None:
    await fill(site)
    body = turtle("Neu", "Catalog", "<>")
    address = f"{REPO}/catalogues/neu"
    made = await site.client.put(address, content=body, headers=TURTLE)
    assert (made.status_code, made.headers["location"]) == (201, f"{BASE}/catalogues/neu")
    assert (await site.client.put(address, content=body, headers=TURTLE)).status_code == 304
    found = await catalogue.get(site.platform, SYSTEM, ResourceKind.CATALOG, "neu")
    assert found.organisation == "jena"
    bad = await site.client.put(f"{REPO}/catalogues/Nicht%20so", content=body, headers=TURTLE)
    assert (bad.status_code, bad.json()["code"]) == (400, "invalid-id")
    inner = catalog("innen", catalogue="demo", organisation="other")
    await catalogue.put(site.platform, SYSTEM, inner)
    refused = await site.client.delete(f"{REPO}/catalogues/demo", headers=STEWARD)
    assert refused.status_code == 403
    assert (await site.client.get(f"{REPO}/datasets/satz-1")).status_code == 200
    inner.organisation = "jena"
    await catalogue.put(site.platform, SYSTEM, inner)
    done = await site.client.delete(f"{REPO}/catalogues/demo", headers=STEWARD)
    assert done.status_code == 204
    for path in ("/catalogues/demo", "/catalogues/innen", "/datasets/satz-1"):
        assert (await site.client.get(REPO + path, headers=STEWARD)).status_code == 404
    kept = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "satz-1")
    assert kept.status is Status.ARCHIVED


async def test_distributions_are_read_changed_and_removed(site: Served) -> None:
    await fill(site, 2)
    parts = f"{REPO}/datasets/satz-1/distributions"
    body = (
        f'{PREFIX} [] a dcat:Distribution ; dct:title "Neu"@de ; dcat:accessURL <https://e.org> .'
    )
    made = await site.client.post(parts, content=body, headers=TURTLE)
    assert made.status_code == 201
    names = (await site.client.get(f"{parts}?valueType=identifiers")).json()
    assert names[0] == "satz-1~distribution-1"
    assert made.json()["id"] == names[1]
    other = body.replace("Neu", "Anders").replace("[]", "<https://example.org/ignored>")
    one = f"{REPO}/distributions/{names[1]}"
    assert (await site.client.put(one, content=other, headers=TURTLE)).status_code == 204
    assert (await site.client.put(one, content=other, headers=TURTLE)).status_code == 304
    found = graph(await site.client.get(one, headers={"accept": "text/turtle"}))
    assert (rdflib.URIRef(made.json()["resource"]), DCT.title, None) in found
    assert "Anders" in {str(each) for each in found.objects(None, DCT.title)}
    first = f"{REPO}/distributions/{names[0]}"
    assert (await site.client.delete(first)).status_code == 401
    assert (
        await site.client.delete(first, headers={"X-API-Key": "reader-jena"})
    ).status_code == 403
    assert (await site.client.delete(first, headers=STEWARD)).status_code == 204
    assert (await site.client.get(first)).status_code == 404
    assert (await site.client.get(one)).status_code == 200  # it kept its name
    neither = await site.client.get(f"{REPO}/distributions/nothing")
    assert neither.status_code == 404


async def test_a_name_of_two_distributions_has_to_be_told(site: Served) -> None:
    for ident in ("a", "b"):
        body = jena(ident, "same")
        address = f"{REPO}/catalogues/demo/datasets/origin?originalId={ident}"
        headers = {**STEWARD, "content-type": RDF_XML}
        assert (await site.client.put(address, content=body, headers=headers)).status_code == 201
    assert (
        await site.client.delete(f"{REPO}/distributions/same", headers=STEWARD)
    ).status_code == 409
    gone = await site.client.delete(f"{REPO}/distributions/b~same", headers=STEWARD)
    assert gone.status_code == 204
    assert (await site.client.get(f"{REPO}/distributions/same")).status_code == 200


async def test_identifiers_for_trying_out_are_made_once(site: Served) -> None:
    await fill(site, 1)
    address = f"{REPO}/identifiers/datasets/satz-0"
    poor = await site.client.put(f"{address}?type=mock", headers=STEWARD)
    assert (poor.status_code, "creator" in poor.json()["missing"]) == (422, True)
    told = (await site.client.get(f"{address}/eligibility?type=mock")).json()
    assert told["isEligible"] is False
    record = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "satz-0")
    entry = catalogue.entry_of(record)
    entry.resource.description = {"de": "Text"}
    entry.resource.creator = [Agent(name={"de": "Amt"})]
    entry.resource.issued = "2026-01-01"
    await catalogue.put(site.platform, SYSTEM, entry)
    assert (await site.client.get(f"{address}/eligibility")).json()["isEligible"] is True
    made = [await site.client.put(f"{address}?type=mock", headers=STEWARD) for _ in range(2)]
    assert {each.json()["identifier"] for each in made} == {made[0].json()["identifier"]}
    record = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "satz-0")
    (identifier,) = record.resource.other_identifier
    assert isinstance(identifier, Identifier)
    assert identifier.notation == made[0].json()["identifier"]
    doi = await site.client.put(f"{address}?type=eu-ra-doi", headers=STEWARD)
    assert doi.status_code == 422
    assert (await site.client.put(f"{address}?type=x", headers=STEWARD)).status_code == 400


async def test_what_is_known_is_not_sent_again_and_old_states_do_not_win(site: Served) -> None:
    await fill(site, 1)
    address = f"{REPO}/datasets/satz-0"
    first = await site.client.get(address)
    again = await site.client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    headers = {**TURTLE, "if-match": '"something-else"'}
    stale = await site.client.put(address, content=turtle("Neu"), headers=headers)
    assert stale.status_code == 412
    for path in ("/datasets/satz-0", "/catalogues", "/catalogues/demo/resources"):
        assert (await site.client.head(REPO + path)).status_code == 200


async def test_what_is_not_offered_says_so(site: Served) -> None:
    for method, path in (
        ("PUT", "/vocabularies/x"),
        ("DELETE", "/organizations/jena"),
        ("POST", "/action"),
    ):
        got = await site.client.request(method, REPO + path, headers=TURTLE, content=turtle("x"))
        assert got.status_code == 501, path
        assert got.json()["message"]
    body = '<https://x> <http://xmlns.com/foaf/0.1/name> "Amt"@de .'
    nobody = await site.client.put(f"{REPO}/organizations/amt", content=body, headers=TURTLE)
    assert nobody.status_code == 403
    admin = {"X-API-Key": "administrator-jena", "content-type": "text/turtle"}
    named = await site.client.put(f"{REPO}/organizations/jena", content=body, headers=admin)
    assert named.status_code == 204
    found = graph(await site.client.get(f"{REPO}/organizations/jena.ttl"))
    assert "Amt" in {str(each) for each in found.objects()}
