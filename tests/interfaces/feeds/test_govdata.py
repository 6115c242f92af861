# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The delivery to GovData and what is left out of it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, RDF
from tests.interfaces.support import BASE, Served, served

from allmende.core import catalogue, validating
from allmende.core.catalogue import Entry
from allmende.core.govdata import delivery
from allmende.core.settings import Settings
from allmende.errors import InvalidInput
from allmende.interfaces.feeds import routes
from allmende.model.catalogue import Agent, Dataset, Distribution, Kind, ResourceKind
from allmende.policy import SYSTEM, Level, Status
from allmende.portal import routes as portal_routes

pytestmark = pytest.mark.anyio

DCATDE = rdflib.Namespace("http://dcat-ap.de/def/dcatde/")
ADMS = rdflib.Namespace("http://www.w3.org/ns/adms#")
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
LIST = "http://dcat-ap.de/def/contributors/"
OURS, OTHER = LIST + "SWONetzGmbH", LIST + "berlinOpenData"
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/CSV"
LICENCE = "http://dcat-ap.de/def/licenses/cc-zero"


def good(ident: str, **fields: Any) -> Entry:
    values: dict[str, Any] = {
        "title": {"de": f"Titel {ident}"},
        "description": {"de": "Alle Bäume der Stadt"},
        "publisher": Agent(name={"de": "Stadt"}),
        "contact_point": [Kind(fn={"de": "Amt"}, email=["mailto:amt@example.org"])],
        "distribution": [
            Distribution(
                title={"de": "Datei"},
                access_url=["https://example.org/x.csv"],
                license=LICENCE,
                format=FILE_TYPE,
            )
        ],
    }
    resource = Dataset(**values | fields)
    return Entry(kind=ResourceKind.DATASET, id=ident, organisation="jena", resource=resource)


@asynccontextmanager
async def site(folder: Path, govdata: Mapping[str, Any]) -> AsyncIterator[Served]:
    extra = {"govdata": dict(govdata)}
    async with served(folder, lambda: [*portal_routes.routes(), *routes()], extra=extra) as made:
        closed = good("closed")
        closed.metadata_access, closed.legal_basis = Level.INTERNAL, "§ 1"
        draft = good("draft")
        draft.status = Status.DRAFT
        entries = [
            good("plain"),
            good("named", identifier=["old-1"], contributor_id=["https://example.org/us"]),
            good("theirs", contributor_id=[OTHER]),
            good("bare", publisher=None, contact_point=[Kind(fn={"de": "Amt"})]),
            closed,
            draft,
        ]
        await catalogue.put_many(made.platform, SYSTEM, entries)
        yield made


async def feed(site: Served, path: str = "/govdata.rdf") -> rdflib.Graph:
    answer = await site.client.get(path)
    assert answer.status_code == 200, answer.text
    return rdflib.Graph().parse(data=answer.content, format="xml")


def dataset(ident: str) -> rdflib.URIRef:
    return rdflib.URIRef(f"{BASE}/datasets/{ident}")


def delivered(graph: rdflib.Graph) -> set[str]:
    return {str(each).rpartition("/")[2] for each in graph.subjects(RDF.type, DCAT.Dataset)}


async def test_who_delivers_adds_its_contributor_id(tmp_path: Path) -> None:
    async with site(tmp_path, {"contributor": "SWONetzGmbH"}) as made:
        graph = await feed(made)
        assert delivered(graph) == {"plain", "named"}
        assert set(graph.objects(dataset("plain"), DCATDE.contributorID)) == {rdflib.URIRef(OURS)}
        both = {rdflib.URIRef(OURS), rdflib.URIRef("https://example.org/us")}
        assert set(graph.objects(dataset("named"), DCATDE.contributorID)) == both
        (listed,) = set(graph.subjects(RDF.type, DCAT.Catalog))
        assert len(set(graph.objects(listed, DCAT.dataset))) == 2


async def test_an_identifier_is_never_changed(tmp_path: Path) -> None:
    async with site(tmp_path, {}) as made:
        graph = await feed(made)
        assert [str(e) for e in graph.objects(dataset("named"), DCTERMS.identifier)] == ["old-1"]
        (more,) = graph.objects(dataset("named"), ADMS.identifier)
        assert str(dataset("named")) in {str(each) for each in graph.objects(more)}
        (made_up,) = graph.objects(dataset("plain"), DCTERMS.identifier)
        assert str(made_up) == str(dataset("plain"))
        assert not set(graph.objects(dataset("plain"), DCATDE.contributorID))


async def test_what_is_delivered_passes_the_profile(tmp_path: Path) -> None:
    async with site(tmp_path, {"contributor": OURS}) as made:
        answer = await made.client.get("/govdata.ttl")
        report = await validating.document(answer.content, "text/turtle", ("govdata",))
        about = {f"{BASE}/datasets/plain", f"{BASE}/datasets/named"}
        assert not [r for r in report.results if r.severity == "Violation" and r.focus in about]


async def test_the_check_says_what_is_left_out_and_why(tmp_path: Path) -> None:
    async with site(tmp_path, {"contributor": OURS}) as made:
        found = json.loads((await made.client.get("/govdata/check.json")).content)
        assert (found["total"], found["taken"], found["refused"]) == (4, 2, 2)
        assert found["profile"] == "govdata"
        reasons = {
            each["id"]: {reason["check"] for reason in each["reasons"]} for each in found["records"]
        }
        assert reasons["theirs"] == {"other-contributor"}
        assert {"Dataset.publisher.min", "contact-mail"} <= reasons["bare"]
        assert "closed" not in json.dumps(found)
        page = await made.client.get(
            "/de/govdata", headers={"Authorization": "Bearer steward-jena"}
        )
        assert "2 von 4 öffentlichen Datensätzen" in page.text
        assert "Titel bare" in page.text
        assert "Titel closed" not in page.text
        assert "Stadtwerke Osnabrück" in page.text
    async with site(tmp_path / "again", {}) as made:
        found = json.loads((await made.client.get("/govdata/check.json")).content)
        assert (found["profile"], found["taken"]) == ("govdata-indirect", 3)
        assert "does not deliver" in (await made.client.get("/en/govdata")).text


async def test_of_two_with_the_same_identifier_the_newer_is_taken(tmp_path: Path) -> None:
    async with site(tmp_path, {}) as made:
        twins = [
            good("older", identifier=["twin"], modified="2024-01-01"),
            good("newer", identifier=["twin"], modified="2025-01-01"),
        ]
        await catalogue.put_many(made.platform, SYSTEM, twins)
        graph = await feed(made)
        assert "newer" in delivered(graph)
        assert "older" not in delivered(graph)
        await catalogue.release(
            made.platform, SYSTEM, ResourceKind.DATASET, "newer", Status.ARCHIVED
        )
        assert "older" in delivered(await feed(made))


async def test_pages_together_are_the_delivery(tmp_path: Path) -> None:
    async with site(tmp_path, {}) as made:
        await catalogue.put_many(made.platform, SYSTEM, [good(f"d{n}") for n in range(120)])
        first = await feed(made)
        (following,) = first.objects(None, HYDRA.next)
        rest = await feed(made, str(following).removeprefix(BASE))
        assert len(delivered(first)) == 100
        assert len(delivered(first) | delivered(rest)) == 123
        assert (await made.client.get("/govdata.rdf?page=3")).status_code == 404
        assert (await made.client.get("/govdata.rdf?page=x")).status_code == 400
        assert (await made.client.get("/govdata.pdf")).status_code == 404
        answer = await made.client.get("/govdata.rdf")
        again = await made.client.get(
            "/govdata.rdf", headers={"If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304


async def test_only_chosen_catalogues_are_delivered(tmp_path: Path) -> None:
    async with site(tmp_path, {"catalogues": ["city"]}) as made:
        inside = good("inside")
        inside.catalogue = "city"
        await catalogue.put(made.platform, SYSTEM, inside)
        assert delivered(await feed(made)) == {"inside"}


def test_a_wrong_setting_is_named() -> None:
    for wrong in ({"contributor": "nobody"}, {"contributors": "x"}, {"catalogues": "city"}):
        with pytest.raises(InvalidInput):
            delivery(Settings(extra={"govdata": wrong}))
