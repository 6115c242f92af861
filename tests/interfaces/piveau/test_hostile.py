# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Hostile and broken requests cost an error that says why, and never a crash."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interfaces.piveau.hub import MARKS, RDF_XML, REPO, SEARCH, STEWARD, alone, graph, jena
from tests.interfaces.support import BASE, Served

from allmende.core import catalogue
from allmende.errors import InvalidInput
from allmende.interfaces.piveau.reading import _chosen, _parsed
from allmende.model.catalogue import ResourceKind
from allmende.policy import SYSTEM

pytestmark = MARKS
ORIGIN = f"{REPO}/catalogues/demo/datasets/origin"
BOMB = """<?xml version="1.0"?>
<!DOCTYPE rdf:RDF [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/">
<dcat:Dataset><dct:title>&b;&x;</dct:title></dcat:Dataset></rdf:RDF>"""


async def put(site: Served, body: str | bytes, media_type: str = RDF_XML, ident: str = "x") -> int:
    answer = await site.client.put(
        ORIGIN,
        params={"originalId": ident},
        content=body,
        headers={**STEWARD, "content-type": media_type},
    )
    if answer.status_code >= 400:
        told = answer.json()
        assert told["status"] == "error"
        assert told["message"]
        assert "Traceback" not in answer.text
        assert "root:" not in answer.text
    return answer.status_code


def deep_xml(levels: int) -> str:
    """RDF/XML nested so deep, and larger than what is read without a look at the depth."""
    head = jena().partition("<dcat:Dataset>")[0]
    inside = "<terms:relation><rdf:Description>" * levels
    return head + inside + "</rdf:Description></terms:relation>" * levels + "</rdf:RDF>"


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        ("", RDF_XML, 400),
        ("   ", "text/turtle", 400),
        (BOMB, RDF_XML, 400),
        ("<rdf:RDF", RDF_XML, 400),
        ("<html><body>Login</body></html>", RDF_XML, 400),
        ("<html></html>", "application/octet-stream", 400),
        (deep_xml(20_000), RDF_XML, 413),
        ("[" * 100_000, "application/ld+json", 413),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, "application/ld+json", 413),
        (
            '{"@context": "http://127.0.0.1:9/context.jsonld", "@id": "x"}',
            "application/ld+json",
            400,
        ),
        ("not rdf at all", "text/turtle", 400),
        (jena(), "application/pdf", 400),
        (jena(), "text/html", 400),
        ("<a> <b> <c> .\nbroken\n", "application/n-triples", 400),
        (b"\xff\xfe\x00\x00\x01", RDF_XML, 400),
        (b"\xc3\x28 <a> <b> .", "text/turtle", 400),
        (alone("d1"), RDF_XML, 400),
    ],
    ids=range(17),
)
async def test_bodies_that_cannot_be_taken(
    site: Served, body: str | bytes, media_type: str, status: int
) -> None:
    assert await put(site, body, media_type) == status


async def test_of_several_datasets_the_one_that_is_named_counts(site: Served) -> None:
    two = "".join(
        f"<https://example.org/{name}> a <http://www.w3.org/ns/dcat#Dataset> ; "
        f'<http://purl.org/dc/terms/title> "{name}"@de . '
        for name in ("eins", "zwei")
    )
    assert await put(site, two, "text/turtle", "x") == 400
    assert await put(site, two, "text/turtle", "zwei") == 201
    found = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "zwei")
    assert found.resource.title == {"de": "zwei"}


async def test_a_body_beyond_the_limit_is_refused(site: Served) -> None:
    limit = site.platform.settings.body_limit
    assert await put(site, b"#" * (limit + 1), "text/turtle") == 413


async def test_nobody_s_body_is_not_even_read(site: Served) -> None:
    for path in (f"{ORIGIN}?originalId=x", f"{REPO}/datasets/x?catalogue=demo"):
        answer = await site.client.put(path, content=BOMB, headers={"content-type": RDF_XML})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    wrong = {"X-API-Key": "yourRepoApiKey", "content-type": RDF_XML}
    answer = await site.client.put(f"{ORIGIN}?originalId=x", content=jena(), headers=wrong)
    assert answer.status_code == 401


async def test_foreign_charsets_are_read(site: Served) -> None:
    body = jena("Ämter").replace('encoding="ASCII"', 'encoding="ISO-8859-1"')
    assert await put(site, body.encode("latin-1")) == 201
    utf16 = jena("Ämter").replace(' encoding="ASCII"', "")
    assert await put(site, utf16.encode("utf-16"), ident="y") == 201
    for ident in ("x", "y"):
        found = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, ident)
        assert found.resource.title["de"] == "Ämter"


@pytest.mark.parametrize(
    "ident",
    [
        "../../etc/passwd",
        "..%2f..%2fetc",
        "a/b?c#d",
        "<script>alert(1)</script>",
        "' or 1=1; drop table resource; --",
        "%00",
        "ä ö",
        "x" * 1_900,
        "https://example.org/set/data/x?y=1&z=2",
        "~",
        "a~b~c",
        "_%",
    ],
)
async def test_original_ids_may_be_anything(site: Served, ident: str) -> None:
    status = await put(site, jena(ident.replace("<", "").replace("&", "")), ident=ident)
    assert status == 201
    params = {"originalId": ident}
    read = await site.client.get(ORIGIN, params=params, headers={"accept": "text/turtle"})
    assert len(graph(read)) > 3
    address = read.request.url
    assert str(address).startswith(BASE)
    location = (
        await site.client.put(
            ORIGIN,
            params=params,
            content=jena("Neu"),
            headers={**STEWARD, "content-type": RDF_XML},
        )
    ).headers["location"]
    name = location.rpartition("/")[2]
    assert name.replace("-", "").isalnum()
    assert (await site.client.get(f"{REPO}/datasets/{name}")).status_code == 200
    assert (await site.client.delete(ORIGIN, params=params, headers=STEWARD)).status_code == 204


@pytest.mark.parametrize("ident", ["", " ", "x" * 2_001, "a\0b"])
async def test_original_ids_have_limits(site: Served, ident: str) -> None:
    assert await put(site, jena(), ident=ident) == 400


PATHS = [
    "/datasets/..%2f..%2fetc%2fpasswd",
    "/datasets/%00",
    "/datasets/" + "x" * 3_000,
    "/distributions/~",
    "/distributions/%25",
    "/distributions/_",
    "/distributions/" + "y" * 3_000,
    "/datasets/revisions/x",
    "/datasets/revisions/~1",
    "/datasets/revisions/x~99999999999999999999",
    "/records/revisionRecord/x~-1",
    "/vocabularies/..%2f__init__",
    "/vocabularies/..",
    "/organizations/%27",
    "/catalogues/%3Cb%3E/datasets",
    "/identifiers/datasets/x/eligibility",
    "/resources/x/metrics",
]


@pytest.mark.parametrize("path", PATHS)
async def test_tricks_in_paths_find_nothing(site: Served, path: str) -> None:
    answer = await site.client.get(REPO + path)
    assert answer.status_code in (400, 404, 414), answer.text
    assert "message" in answer.json()


@settings(max_examples=60)
@given(data=st.binary(max_size=200), syntax=st.sampled_from(("", "text/turtle", RDF_XML)))
def test_any_bytes_are_read_or_refused_with_a_reason(data: bytes, syntax: str) -> None:
    try:
        graph_of = _parsed(data, syntax)
        told = _chosen(graph_of, (ResourceKind.DATASET,), "x").original_id
    except InvalidInput as error:
        told = error.text["de"]
    assert told


async def test_many_writers_of_one_dataset_lose_nothing(site: Served) -> None:
    assert await put(site, jena(), ident="busy") == 201
    codes: list[int] = []

    async def add(name: str) -> None:
        answer = await site.client.post(
            f"{REPO}/datasets/busy/distributions",
            content=alone(name),
            headers={**STEWARD, "content-type": RDF_XML},
        )
        codes.append(answer.status_code)

    async with anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(add, f"d{number}")
    assert codes == [201] * 4
    listed = await site.client.get(f"{REPO}/datasets/busy/distributions")
    assert len(listed.json()) == 4


async def test_html_in_every_field_stays_text(site: Served) -> None:
    evil = "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert await put(site, jena(evil, "d1")) == 201
    for path in (f"{REPO}/datasets/x.rdf", f"{SEARCH}/de/feeds/datasets.atom"):
        answer = await site.client.get(path)
        assert "<script>" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
    shown = await site.client.get(f"{SEARCH}/datasets/x")
    assert shown.headers["content-type"] == "application/json"
    assert shown.json()["result"]["title"]["de"] == "<script>alert(1)</script>"


DCAT_PREFIX = (
    "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . "
)


@pytest.mark.parametrize(
    "body",
    [
        "<a:b> <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> <a:b> .",
        "<https://e.org/1> <https://e.org/p> <https://e.org/2> .",
        '_:x <https://e.org/p> "1" .',
        '[] dct:description "Nur Text"@de .',
        "[] a dcat:Dataset .",
        "<https://e.org/1> a dcat:Dataset .",
    ],
)
async def test_a_node_without_a_name_is_no_dataset(site: Served, body: str) -> None:
    headers = {**STEWARD, "content-type": "text/turtle"}
    address = f"{REPO}/catalogues/demo/datasets?resourceId=z"
    made = await site.client.post(address, content=DCAT_PREFIX + body, headers=headers)
    assert (made.status_code, made.json()["code"]) == (400, "nameless-resource")
    assert "dct:title" in made.json()["message"]
    assert await catalogue.count(site.platform, SYSTEM, kind=ResourceKind.DATASET) == 0


async def test_a_dataset_without_a_title_is_taken_and_told(site: Served) -> None:
    body = f'{DCAT_PREFIX} [] a dcat:Dataset ; dct:description "Nur Text"@de .'
    headers = {**STEWARD, "content-type": "text/turtle"}
    address = f"{REPO}/catalogues/demo/datasets?resourceId=z"
    made = await site.client.post(address, content=body, headers=headers)
    assert made.status_code == 201
    assert "title-missing" in {each["code"] for each in made.json()["repairs"]}
    record = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "z")
    assert "title-missing" in {each.code for each in record.repairs}
