# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The repository: revisions, catalogues, distributions, identifiers; rdflib reads each answer."""

from __future__ import annotations

import pytest
import rdflib
from tests.interfaces.piveau.hub import (
    DCT,
    MARKS,
    ORIGIN,
    PREFIX,
    RDF_XML,
    REPO,
    SEARCH,
    STEWARD,
    TURTLE,
    catalog,
    fill,
    graph,
    jena,
    turtle,
)
from tests.interfaces.support import BASE, Served

from allmende.core import catalogue, files
from allmende.errors import Gone
from allmende.model.catalogue import (
    Agent,
    Identifier,
    ResourceKind,
)
from allmende.policy import ANONYMOUS, SYSTEM, Status

pytestmark = MARKS


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


async def test_the_file_of_a_distribution_is_deleted_with_it(site: Served) -> None:
    await fill(site, 1)
    address = files.address(site.platform, "satz-0", "a.csv")
    body = f"{PREFIX} [] a dcat:Distribution ; dcat:accessURL <{address}> ."
    parts = f"{REPO}/datasets/satz-0/distributions"
    made = await site.client.post(parts, content=body, headers=TURTLE)
    assert made.status_code == 201, made.text
    await files.store(site.platform, SYSTEM, "satz-0", "a.csv", b"a\n", "text/csv")
    _, path = await files.locate(site.platform, ANONYMOUS, "satz-0", "a.csv")
    one = f"{REPO}/distributions/{made.json()['id']}"
    unsaid = await site.client.delete(f"{one}?deleteFile=true", headers=STEWARD)
    assert (unsaid.status_code, unsaid.json()["code"]) == (400, "reason-missing")
    assert path.exists()
    deed = f"{one}?deleteFile=true&reason=Namen"
    assert (await site.client.delete(deed, headers=STEWARD)).status_code == 204
    assert not path.exists()
    with pytest.raises(Gone, match="Namen"):
        await files.locate(site.platform, ANONYMOUS, "satz-0", "a.csv")
