# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The stream of changes, followed page by page by a client that reads RDF with rdflib."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import DCTERMS, RDF, XSD
from tests.interfaces.feeds.test_feeds import entry
from tests.interfaces.support import BASE, Served, served

from allmende.core import catalogue, changes
from allmende.interfaces.feeds import routes
from allmende.model.catalogue import ResourceKind
from allmende.policy import SYSTEM, Level, Status
from allmende.store import history

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
]

LDES = rdflib.Namespace("https://w3id.org/ldes#")
TREE = rdflib.Namespace("https://w3id.org/tree#")
AS = rdflib.Namespace("https://www.w3.org/ns/activitystreams#")
STREAM = rdflib.URIRef(f"{BASE}/ldes#stream")
INSIDE = {"Authorization": "Bearer reader-jena"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, routes) as made:
        yield made


@pytest.fixture
async def both(engine: str, tmp_path: Path) -> AsyncIterator[Served]:
    database = engine if engine.startswith("postgresql") else ""
    async with served(tmp_path, routes, database=database) as made:
        yield made


async def read(site: Served, path: str, **headers: str) -> rdflib.Dataset:
    answer = await site.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    form = {"application/trig": "trig", "application/n-quads": "nquads"}
    found = rdflib.Dataset()
    return found.parse(data=answer.content, format=form[answer.headers["content-type"]])


async def followed(site: Served, **headers: str) -> dict[str, tuple[str, rdflib.Graph]]:
    """The last state of every record, as a client has it that followed all links."""
    waiting, seen = ["/ldes"], set()
    members: dict[str, tuple[str, str, str, rdflib.Graph]] = {}
    for path in waiting:
        seen.add(path)
        graph = await read(site, path, **headers)
        for target in graph.objects(None, TREE.node):
            following = str(target).removeprefix(BASE)
            if following not in seen and following not in waiting:
                waiting.append(following)
        for member in graph.objects(STREAM, TREE.member):
            (when,) = graph.objects(member, AS.published)
            (what,) = graph.objects(member, RDF.type)
            (about,) = graph.objects(member, AS.object)
            members[str(member)] = (str(when), str(about), str(what), graph.graph(member))
    state: dict[str, tuple[str, rdflib.Graph]] = {}
    for _, about, what, graph in sorted(members.values(), key=lambda each: each[0]):
        state[about] = (what.removeprefix(str(AS)), graph)
    return state


async def test_who_follows_the_stream_has_the_catalogue(both: Served) -> None:
    entries = [entry(f"d{n}") for n in range(2 * changes.PER_PAGE + 5)]
    await catalogue.put_many(both.platform, SYSTEM, entries)
    entries[3].resource.title["de"] = "Neu genannt"
    await catalogue.put(both.platform, SYSTEM, entries[3])
    await catalogue.release(both.platform, SYSTEM, ResourceKind.DATASET, "d4", Status.ARCHIVED)
    state = await followed(both)
    assert len(state) == len(entries)
    what, graph = state[f"{BASE}/datasets/d3"]
    assert what == "Update"
    about = rdflib.URIRef(f"{BASE}/datasets/d3")
    assert rdflib.Literal("Neu genannt", lang="de") in set(graph.objects(about, DCTERMS.title))
    assert state[f"{BASE}/datasets/d4"][0] == "Delete"
    assert len(state[f"{BASE}/datasets/d4"][1]) == 0
    assert state[f"{BASE}/datasets/d5"][0] == "Create"


async def test_the_stream_says_how_it_is_to_be_read(site: Served) -> None:
    await catalogue.put(site.platform, SYSTEM, entry("one"))
    graph = await read(site, "/ldes")
    assert (STREAM, RDF.type, LDES.EventStream) in graph
    assert (STREAM, LDES.timestampPath, AS.published) in graph
    assert (STREAM, LDES.versionOfPath, AS.object) in graph
    assert (STREAM, TREE.view, rdflib.URIRef(f"{BASE}/ldes")) in graph
    (relation,) = graph.objects(rdflib.URIRef(f"{BASE}/ldes"), TREE.relation)
    assert (relation, RDF.type, TREE.GreaterThanOrEqualToRelation) in graph
    assert (relation, TREE.path, AS.published) in graph
    (value,) = graph.objects(relation, TREE.value)
    assert isinstance(value, rdflib.Literal)
    assert value.datatype == XSD.dateTime


async def test_both_syntaxes_say_the_same(site: Served) -> None:
    await catalogue.put_many(site.platform, SYSTEM, [entry(f"d{n}") for n in range(3)])
    for path in ("/ldes", "/ldes/1"):
        trig = await read(site, f"{path}.trig")
        quads = await read(site, f"{path}.nq")
        assert len(trig) == len(quads) > 4
        assert {g.identifier for g in trig.graphs() if len(g)} == {
            g.identifier for g in quads.graphs() if len(g)
        }


async def test_a_full_page_never_changes_and_says_so(site: Served) -> None:
    every = [entry(f"d{n}") for n in range(changes.PER_PAGE)]
    await catalogue.put_many(site.platform, SYSTEM, every)
    first = await site.client.get("/ldes/1")
    assert "immutable" not in first.headers["cache-control"]
    await catalogue.put(site.platform, SYSTEM, entry("more"))
    full = await site.client.get("/ldes/1")
    assert "immutable" in full.headers["cache-control"]
    for each in every[:3]:
        each.resource.title["de"] += "!"
        await catalogue.put(site.platform, SYSTEM, each)
    same = await site.client.get("/ldes/1", headers={"If-None-Match": full.headers["etag"]})
    assert same.status_code == 304
    last = await site.client.get("/ldes/2")
    assert "immutable" not in last.headers["cache-control"]
    assert "Update" in last.text


async def test_nobody_follows_what_they_may_not_see(both: Served) -> None:
    closed = entry("closed", metadata_access=Level.INTERNAL, legal_basis="§ 1")
    await catalogue.put(both.platform, SYSTEM, closed)
    draft = entry("draft", status=Status.DRAFT)
    await catalogue.put(both.platform, SYSTEM, draft)
    once = entry("once")
    await catalogue.put(both.platform, SYSTEM, once)
    once.metadata_access, once.legal_basis = Level.RESTRICTED, "§ 2"
    await catalogue.put(both.platform, SYSTEM, once)
    assert {name: what for name, (what, _) in (await followed(both)).items()} == {
        f"{BASE}/datasets/once": "Delete"
    }
    assert "Titel once" not in (await both.client.get("/ldes/1")).text
    inside = await followed(both, **INSIDE)
    assert inside[f"{BASE}/datasets/closed"][0] == "Create"
    answer = await both.client.get("/ldes/1", headers=INSIDE)
    assert answer.headers["cache-control"].startswith("private")
    await catalogue.release(both.platform, SYSTEM, ResourceKind.DATASET, "draft", Status.PUBLISHED)
    assert (await followed(both))[f"{BASE}/datasets/draft"][0] == "Create"


async def test_a_new_owner_is_not_told_what_was_internal_before(site: Served) -> None:
    moved = entry("moved", metadata_access=Level.INTERNAL, legal_basis="§ 1", organisation="other")
    await catalogue.put(site.platform, SYSTEM, moved)
    moved.organisation = "jena"
    await catalogue.put(site.platform, SYSTEM, moved)
    told = (await site.client.get("/ldes/1", headers=INSIDE)).text
    assert "#revision-2" in told
    assert "#revision-1" not in told


async def test_what_was_erased_is_told(site: Served) -> None:
    old, secret = entry("old"), entry("secret", status=Status.DRAFT)
    old.resource.iri = "https://example.org/old"
    done = [await catalogue.put(site.platform, SYSTEM, each) for each in (old, secret)]
    for each in done:
        await site.platform.store.write(history.erase, each.key, each.kind, each.id)
    state = await followed(site)
    assert {name: what for name, (what, _) in state.items()} == {
        "https://example.org/old": "Delete"
    }
    answer = await site.client.get("/feeds/de/changes.atom")
    assert f'ref="{BASE}/datasets/old"' in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/ldes/0", "/ldes/2", "/ldes/x", "/ldes/99999999999", "/ldes/-1"])
async def test_there_is_no_such_page(site: Served, path: str) -> None:
    assert (await site.client.get(path)).status_code == 404


async def test_an_empty_catalogue_is_an_empty_stream(site: Served) -> None:
    assert await followed(site) == {}
    assert (await site.client.get("/ldes/1", headers={"Accept": "text/csv"})).status_code == 406
