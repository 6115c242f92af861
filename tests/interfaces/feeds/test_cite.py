# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Citations, read by pybtex and rispy."""

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st
from pybtex.database import parse_string
from tests.interfaces.support import BASE, Served, served

from allmende.core import catalogue
from allmende.core.catalogue import Entry
from allmende.interfaces.feeds import routes
from allmende.model.catalogue import (
    Agent,
    DataService,
    Dataset,
    Distribution,
    Location,
    Resource,
    ResourceKind,
)
from allmende.model.citation import as_bibtex, as_ris, as_text, work_of
from allmende.model.namespaces import FOAF
from allmende.policy import SYSTEM, Level

HOSTILE = 'Bäume {groß & "klein"} 50 % \\input{x} a_b #1 $5 ~^ }{\nTY  - BOOK\r\nER  - '
LICENCE = "http://dcat-ap.de/def/licenses/dl-by-de/2.0"


def trees() -> Dataset:
    return Dataset(
        title={"de": "Bäume & Sträucher", "en": "Trees and shrubs"},
        description={"de": "Jeder Baum\nder Stadt."},
        publisher=Agent(name={"de": "Stadt Jena", "en": "City of Jena"}),
        creator=[Agent(name={"und": "Erika Muster"}, kind=FOAF + "Person")],
        issued="2024-05-06",
        modified="2026-03-01T10:00:00Z",
        version="2.1",
        keyword={"de": ["Baum", "Grün, Park"]},
        identifier=["https://doi.org/10.5072/jena.1"],
        spatial=[Location(bbox=["POLYGON((11 50, 12 50, 12 51, 11 51, 11 50))"])],
        distribution=[Distribution(license=LICENCE)],
    )


def put(ident: str, resource: Resource, kind: ResourceKind = ResourceKind.DATASET) -> Entry:
    return Entry(kind=kind, id=ident, organisation="jena", resource=resource)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, routes, site_name="Daten Jena") as made:
        entries = [
            put("trees", trees()),
            put("bare", Dataset(title={"de": HOSTILE})),
            put("wfs", DataService(title={"de": "Dienst"}), ResourceKind.SERVICE),
        ]
        closed = put("closed", Dataset(title={"de": "Geheim"}))
        closed.metadata_access, closed.legal_basis = Level.INTERNAL, "§ 1"
        await catalogue.put_many(made.platform, SYSTEM, [*entries, closed])
        yield made


async def cited(site: Served, path: str) -> str:
    answer = await site.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.anyio
async def test_bibtex_is_read_by_pybtex(site: Served) -> None:
    text = await cited(site, "/datasets/trees/cite.bib?lang=de")
    (entry,) = parse_string(text, "bibtex").entries.values()
    assert entry.type == "misc"
    (author,) = entry.persons["author"]
    assert (author.first_names, author.last_names) == (["Erika"], ["Muster"])
    assert entry.fields["title"] == "{Bäume \\& Sträucher}"
    assert entry.fields["year"] == "2024"
    assert entry.fields["publisher"] == "Stadt Jena"
    assert entry.fields["version"] == "2.1"
    assert entry.fields["url"] == f"{BASE}/datasets/trees"
    assert date.fromisoformat(entry.fields["urldate"])
    assert entry.fields["doi"] == "10.5072/jena.1"


@pytest.mark.anyio
async def test_ris_is_read_by_rispy(site: Served) -> None:
    text = await cited(site, "/datasets/trees/cite.ris?lang=en")
    (entry,) = rispy.loads(text)
    assert entry["type_of_reference"] == "DATA"
    assert entry["title"] == "Trees and shrubs"
    assert entry["authors"] == ["Muster, Erika"]
    assert entry["year"] == "2024"
    assert entry["publisher"] == "City of Jena"
    assert entry["edition"] == "2.1"
    assert entry["keywords"] == ["Baum", "Grün, Park"]
    assert entry["doi"] == "10.5072/jena.1"
    (service,) = rispy.loads(await cited(site, "/dataservices/wfs/cite.ris"))
    assert service["type_of_reference"] == "ELEC"


@pytest.mark.anyio
async def test_json_for_programs(site: Served) -> None:
    (item,) = json.loads(await cited(site, "/datasets/trees/cite.json?lang=de"))
    assert item["type"] == "dataset"
    assert item["author"] == [{"family": "Muster", "given": "Erika"}]
    assert item["issued"] == {"date-parts": [[2024, 5, 6]]}
    assert len(item["accessed"]["date-parts"][0]) == 3
    found = json.loads(await cited(site, "/datasets/trees/cite.datacite.json"))
    assert found["creators"] == [{"name": "Muster, Erika", "nameType": "Personal"}]
    assert found["publicationYear"] == "2024"
    assert found["types"]["resourceTypeGeneral"] == "Dataset"
    assert found["rightsList"][0]["rightsUri"] == LICENCE
    assert found["geoLocations"][0]["geoLocationBox"]["northBoundLatitude"] == 51
    assert (found["doi"], found["url"]) == ("10.5072/jena.1", f"{BASE}/datasets/trees")


@pytest.mark.anyio
async def test_text_in_both_languages(site: Served) -> None:
    german = await cited(site, "/datasets/trees/cite.txt?lang=de")
    assert german.startswith(
        "Erika Muster (2024). Bäume & Sträucher (Version 2.1) [Datensatz]. Stadt Jena. Abgerufen am"
    )
    assert "https://doi.org/10.5072/jena.1" in german
    answer = await site.client.get(
        "/datasets/trees/cite.txt", headers={"Accept-Language": "en-GB, en;q=0.8"}
    )
    assert "Trees and shrubs (Version 2.1) [Data set]. City of Jena. Retrieved" in answer.text
    assert answer.headers["content-language"] == "en"
    bare = await cited(site, "/datasets/bare/cite.txt?lang=de")
    assert bare.startswith("Daten Jena (o. J.). ")


@pytest.mark.anyio
async def test_what_is_closed_or_unknown_is_not_cited(site: Served) -> None:
    for path, status in (
        ("/datasets/closed/cite.bib", 404),
        ("/datasets/none/cite.bib", 404),
        ("/datasets/trees/cite.exe", 404),
        ("/datasets/trees/cite.bib?lang=fr", 400),
    ):
        assert (await site.client.get(path)).status_code == status, path
    inside = {"Authorization": "Bearer reader-jena"}
    assert (await site.client.get("/datasets/closed/cite.bib", headers=inside)).status_code == 200


def of(title: str, **more: Any) -> Any:
    resource = Dataset(title={"de": title}, publisher=Agent(name={"de": title or "x"}), **more)
    return work_of(
        resource,
        "id",
        "https://example.org/id",
        language="de",
        site="Stadt",
        accessed=date(2026, 11, 21),
    )


@given(st.one_of(st.just(HOSTILE), st.text(min_size=1, max_size=60)))
def test_no_text_breaks_out_of_its_field(title: str) -> None:
    work = of(title)
    (entry,) = parse_string(as_bibtex(work), "bibtex").entries.values()
    assert entry.fields["url"] == "https://example.org/id"
    assert entry.fields["urldate"] == "2026-11-21"
    (ris,) = rispy.loads(as_ris(work))
    assert ris["type_of_reference"] == "DATA"
    assert ris["title"] == work.title
    assert "\n" not in as_text(work)


def test_the_date_stands_for_a_version_that_is_not_named() -> None:
    assert "(Stand 3. Februar 2026)" in as_text(of("A", modified="2026-02-03"))
    assert "(Stand 2026-02)" in as_text(of("A", modified="2026-02"))
    assert "Stand" not in as_text(of("A", modified="2026-02", issued="2026-02"))
