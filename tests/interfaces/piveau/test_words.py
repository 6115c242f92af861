# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Vocabularies and organisations of the hub."""

from tests.interfaces.piveau.hub import MARKS, REPO, graph
from tests.interfaces.support import BASE, Served

pytestmark = MARKS


async def test_lists_of_words_and_organisations_are_had(site: Served) -> None:
    get = site.client.get
    ids = (await get(f"{REPO}/vocabularies?valueType=identifiers")).json()
    iris = (await get(f"{REPO}/vocabularies?valueType=uriRefs&limit=2")).json()
    assert "data-theme" in ids
    assert len(iris) == 2
    themes = graph(await get(f"{REPO}/vocabularies/data-theme.ttl"))
    assert {str(each) for each in themes.objects()} >= {"Umwelt", "Environment"}
    assert (await get(f"{REPO}/vocabularies/nope")).status_code == 404
    whole = graph(await get(f"{REPO}/vocabularies?valueType=metadata&limit=1"))
    assert len(whole) > 3
    assert "jena" in (await get(f"{REPO}/organizations?valueType=identifiers")).json()
    (iri,) = (await get(f"{REPO}/organizations?valueType=uriRefs&limit=1")).json()
    assert iri.startswith(f"{BASE}{REPO}/organizations/")
    assert len(graph(await get(f"{REPO}/organizations?valueType=metadata"))) > 3
    assert (await get(f"{REPO}/organizations/nope")).status_code == 404
    admin = {"X-API-Key": "administrator-jena", "content-type": "text/turtle"}
    nameless = "<https://x> <http://www.w3.org/ns/org#unitOf> <https://y/jena> ."
    answer = await site.client.put(f"{REPO}/organizations/amt", content=nameless, headers=admin)
    assert answer.status_code == 400
    told = nameless[:-1] + '; <http://xmlns.com/foaf/0.1/name> "Amt"@de .'
    answer = await site.client.put(f"{REPO}/organizations/amt", content=told, headers=admin)
    assert answer.status_code == 201
    found = graph(await get(f"{REPO}/organizations/amt.nt"))
    assert any(str(each).endswith("/organizations/jena") for each in found.objects())
