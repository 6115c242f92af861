# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The requests of the city's own client, replayed in its order and with its bodies."""

from __future__ import annotations

import pytest
from httpx2 import AsyncClient, Response
from rdflib import Literal, URIRef
from tests.interfaces.piveau.hub import DCAT, DCT, MARKS, RDF_XML, REPO, alone, graph, jena
from tests.interfaces.support import BASE, Served, listening

from allmende.core import catalogue
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import SYSTEM, Status

pytestmark = MARKS
KEYS = ({"X-API-Key": "steward-jena"}, {"Authorization": "Bearer steward-jena"})


class Connector:
    """What the client sends: RDF/XML, with the key in one of its two headers."""

    def __init__(self, client: AsyncClient, key: dict[str, str], base: str = "") -> None:
        self.client, self.base = client, base + REPO
        self.headers = {**key, "content-type": RDF_XML, "accept": "*/*"}

    async def create_dataset(self, body: str, ident: str, catalogue_id: str) -> Response:
        address = f"{self.base}/catalogues/{catalogue_id}/datasets/origin"
        return await self.client.put(
            address, params={"originalId": ident}, content=body, headers=self.headers
        )

    async def update_dataset(self, body: str, ident: str, catalogue_id: str) -> Response:
        address = f"{self.base}/datasets/{ident}"
        return await self.client.put(
            address, params={"catalogue": catalogue_id}, content=body, headers=self.headers
        )

    async def delete_dataset(self, ident: str) -> Response:
        return await self.client.delete(f"{self.base}/datasets/{ident}", headers=self.headers)

    async def create_distribution(self, body: str, ident: str) -> Response:
        address = f"{self.base}/datasets/{ident}/distributions"
        return await self.client.post(address, content=body, headers=self.headers)

    async def delete_distribution(self, iri: str) -> Response:
        tail = iri[iri.rindex("/") + 1 :]
        return await self.client.delete(f"{self.base}/distributions/{tail}", headers=self.headers)


@pytest.mark.parametrize("key", KEYS)
async def test_what_the_city_s_client_does_works_unchanged(
    site: Served, key: dict[str, str]
) -> None:
    client = Connector(site.client, key)
    address = f"{REPO}/catalogues/modeldata-wissensallmende-jena"
    title = '<rdf:RDF xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/"'
    title += ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><dcat:Catalog '
    title += f'rdf:about="{BASE}/id/catalogue/x"><dct:title xml:lang="DE">Modelle</dct:title>'
    title += "</dcat:Catalog></rdf:RDF>"
    made = await site.client.put(address, content=title, headers=client.headers)
    assert made.status_code == 201, made.text
    name = "modeldata-wissensallmende-jena"

    first = await client.create_dataset(jena(), "mdo-ds", name)
    assert first.status_code == 201, first.text
    about = first.headers["location"]
    assert about == f"{BASE}/datasets/mdo-ds"
    assert (await client.create_dataset(jena(), "mdo-ds", name)).status_code == 304

    # the client takes Location for the address of its dataset and sends it back
    parts = jena("Ampeln", "d1", "d2", about=about)
    changed = await client.update_dataset(parts, "mdo-ds", name)
    assert (changed.status_code, changed.content) == (204, b"")
    assert (await client.update_dataset(parts, "mdo-ds", name)).status_code == 304

    posted = await client.create_distribution(alone("d3"), "mdo-ds")
    assert posted.status_code == 201
    assert posted.headers["location"].endswith("/distributions/mdo-ds~d3")
    gone = await client.delete_distribution("https://sensors.example.org/demo/d1")
    assert gone.status_code == 204
    turtle = {"accept": "text/turtle"}
    found = graph(await site.client.get(f"{REPO}/datasets/mdo-ds", headers=turtle))
    left = {str(each) for each in found.objects(None, DCAT.distribution)}
    assert left == {f"https://sensors.example.org/demo/{each}" for each in ("d2", "d3")}

    assert (await client.delete_dataset("mdo-ds")).status_code == 204
    assert (await site.client.get(f"{REPO}/datasets/mdo-ds", headers=key)).status_code == 404
    assert (await client.delete_dataset("mdo-ds")).status_code == 404
    assert (await client.create_dataset(jena(), "mdo-ds", name)).status_code == 201
    record = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "mdo-ds")
    assert (record.status, record.revision) == (Status.PUBLISHED, 6)  # nothing was lost


async def test_what_is_not_valid_is_taken_named_and_told(site: Served) -> None:
    client = Connector(site.client, KEYS[0])
    made = await client.create_dataset(jena("Ampeln", "d1"), "simpleds", "demo")
    told = made.json()
    codes = {each["code"] for each in told["repairs"]}
    assert {"blank-node-record", "language-tag-case", "date-datatype"} <= codes
    blank = next(each for each in told["repairs"] if each["code"] == "blank-node-record")
    assert blank["after"] == "simpleds"
    missing = {each["path"] for each in told["findings"] if each["severity"] == "violation"}
    assert "publisher" in missing
    found = graph(await site.client.get(f"{REPO}/datasets/simpleds.nt"))
    subject = URIRef(f"{BASE}/datasets/simpleds")
    assert (subject, DCT.title, Literal("Ampeln", lang="de")) in found
    (date,) = found.objects(subject, DCT.issued)
    assert isinstance(date, Literal)
    assert str(date.datatype).endswith("#dateTime")
    record = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "simpleds")
    assert isinstance(record.resource, Dataset)
    assert record.original_id == "simpleds"
    assert record.repairs
    source = await catalogue.source_rdf(site.platform, SYSTEM, record.kind, record.id)
    assert source is not None
    assert b"2022-10-04T14:29:14.172+02:00" in source


async def test_formats_as_the_client_writes_them_are_understood(site: Served) -> None:
    body = alone("d1").replace(
        "http://publications.europa.eu/resource/authority/file-type/CSV", "application/json"
    )
    client = Connector(site.client, KEYS[0])
    assert (await client.create_dataset(jena(), "a", "demo")).status_code == 201
    assert (await client.create_distribution(body, "a")).status_code == 201
    triples = {"accept": "application/n-triples"}
    found = graph(await site.client.get(f"{REPO}/distributions/a~d1", headers=triples))
    (address,) = found.objects(None, DCAT.accessURL)
    assert address == URIRef("http://files.example.org/d1.csv")


async def test_on_a_real_port_a_distribution_sent_twice_is_one(site: Served) -> None:
    async with listening(site.app) as base, AsyncClient() as browser:
        client = Connector(browser, KEYS[0], base)
        assert (await client.create_dataset(jena(), "a", "demo")).status_code == 201
        codes = [(await client.create_distribution(alone("d9"), "a")) for _ in range(2)]
        assert [each.status_code for each in codes] == [201, 204]
        assert all(each.headers["location"] for each in codes)  # it reads the first of them
        listed = await browser.get(f"{base}{REPO}/datasets/a/distributions?valueType=identifiers")
        assert listed.json() == ["a~d9"]
