# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Datasets in the words of schema.org and as Croissant, judged by rdflib and mlcroissant."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import rdflib
from tests.interfaces.feeds.test_cite import LICENCE, put, trees
from tests.interfaces.support import BASE, Served, served

from allmende.core import catalogue, collections
from allmende.core.collections import Change, CollectionEntry
from allmende.interfaces import query
from allmende.interfaces.feeds import routes
from allmende.model.catalogue import Checksum, Dataset, Distribution, Period
from allmende.model.document import Entity, Field, FieldType, GeometryType, Model, Visibility
from allmende.policy import SYSTEM, Level

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
]

FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
SDO = rdflib.Namespace("https://schema.org/")
SHA = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


def model() -> Model:
    fields = [
        Field(name="name", iri="http://rs.tdwg.org/dwc/terms/vernacularName"),
        Field(name="height", type=FieldType.NUMBER, unit="m", title={"de": "Höhe"}, maximum=60),
        Field(name="planted", type=FieldType.DATE),
        Field(name="colours", many=True),
        Field(name="keeper", visibility=Visibility.INTERNAL),
        Field(name="place", type=FieldType.GEOMETRY, geometry=GeometryType.POINT),
    ]
    return Model(
        id="trees",
        title={"de": "Baumkataster"},
        entities=[Entity(name="Tree", title={"de": "Baum"}, key=["name"], fields=fields)],
    )


def described() -> Dataset:
    made = trees()
    made.iri = "https://example.org/id/trees"
    made.temporal = [Period(start="2024-01-01")]
    made.language = ["http://publications.europa.eu/resource/authority/language/DEU"]
    made.distribution = [
        Distribution(
            title={"de": "Bäume </script> als CSV"},
            download_url=["https://example.org/files/trees%201.csv?x=1"],
            format=FILE_TYPE + "CSV",
            license=LICENCE,
            byte_size=1234,
            checksum=Checksum(algorithm=SHA, value="ab" * 32),
        ),
        Distribution(access_url=["https://example.org/portal"]),
    ]
    return made


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, lambda: [*routes(), *query.routes()]) as made:
        closed = put("closed", Dataset(title={"de": "Geheim"}))
        closed.metadata_access, closed.legal_basis = Level.INTERNAL, "§ 1"
        await catalogue.put_many(
            made.platform,
            SYSTEM,
            [put("trees", described()), put("bare", Dataset(title={"de": "Kurz"})), closed],
        )
        entry = CollectionEntry(id="trees", model=model(), organisation="jena")
        await collections.create(made.platform, SYSTEM, entry)
        values = {"name": "Linde", "height": 12.5, "planted": "2020-03-04", "colours": ["a", "b"]}
        more = {"name": "Eiche", "keeper": "geheim"}
        await collections.write(
            made.platform, SYSTEM, "trees", [Change(values=values), Change(values=more)]
        )
        yield made


async def read(site: Served, path: str, **headers: str) -> dict[str, Any]:
    answer = await site.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.content)
    return found


async def test_what_google_asks_of_a_dataset(site: Served) -> None:
    found = await read(site, "/datasets/trees/schema.jsonld?lang=de")
    assert found["@type"] == "Dataset"
    assert found["url"] == f"{BASE}/de/datasets/trees"
    assert found["sameAs"] == ["https://example.org/id/trees"]
    assert found["name"] == "Bäume & Sträucher"
    assert found["alternateName"] == ["Trees and shrubs"]
    assert 50 <= len(found["description"]) <= 5_000
    assert found["creator"] == [{"@type": "Person", "name": "Erika Muster"}]
    assert found["publisher"]["name"] == "Stadt Jena"
    assert found["license"].startswith("http")
    assert found["isAccessibleForFree"] is True
    assert found["includedInDataCatalog"]["url"] == BASE
    assert found["temporalCoverage"] == ["2024-01-01/.."]
    assert found["spatialCoverage"][0]["geo"]["box"] == "50 11 51 12"
    assert found["inLanguage"] == ["de"]
    assert found["version"] == "2.1"
    first = found["distribution"][0]
    assert (first["encodingFormat"], first["contentSize"]) == ("text/csv", "1234 B")
    variables = {each["name"]: each for each in found["variableMeasured"]}
    assert variables["height"]["unitText"] == "m"
    assert variables["height"]["maxValue"] == 60
    assert "keeper" not in variables
    bare = await read(site, "/datasets/bare/schema.jsonld")
    assert len(bare["description"]) > len("Kurz")


async def test_rdflib_reads_it_as_statements(site: Served) -> None:
    found = await read(site, "/datasets/trees/schema.jsonld?lang=de")
    found["@context"] = {"@vocab": str(SDO)}  # what schema.org answers under its own address
    graph = rdflib.Graph().parse(data=json.dumps(found), format="json-ld")
    about = rdflib.URIRef(f"{BASE}/datasets/trees")
    assert (about, rdflib.RDF.type, SDO.Dataset) in graph
    assert len(list(graph.objects(about, SDO.distribution))) >= 2


def judged(document: dict[str, Any], caplog: pytest.LogCaptureFixture, **more: Any) -> Any:
    import mlcroissant

    with caplog.at_level(logging.WARNING):
        found = mlcroissant.Dataset(jsonld=document, **more)
    assert not found.metadata.issues.errors
    assert not found.metadata.issues.warnings
    assert not caplog.records
    return found


async def test_croissant_is_taken_without_a_complaint(
    site: Served, caplog: pytest.LogCaptureFixture
) -> None:
    found = judged(await read(site, "/datasets/trees/croissant.json?lang=de"), caplog)
    assert found.metadata.name == "Bäume & Sträucher"
    assert found.metadata.cite_as.startswith("@misc{trees-2024")
    (records,) = found.metadata.record_sets
    named = {each.name for each in records.fields}
    assert {"id", "name", "height", "planted", "colours", "lon", "lat"} <= named
    assert "keeper" not in named


async def test_croissant_of_a_bare_dataset_lacks_a_licence_only(site: Served) -> None:
    import mlcroissant

    found = mlcroissant.Dataset(jsonld=await read(site, "/datasets/bare/croissant.json"))
    assert not found.metadata.issues.errors
    (warning,) = found.metadata.issues.warnings
    assert "license" in warning


async def test_the_rows_are_read_by_what_croissant_says(
    site: Served, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    document = await read(site, "/datasets/trees/croissant.json")
    answer = await site.client.get("/data/trees.csv")
    file = tmp_path / "trees.csv"
    file.write_bytes(answer.content)
    found = judged(document, caplog, mapping={"trees.csv": file})
    rows = {row["trees/name"]: row for row in found.records("trees")}
    linde = rows[b"Linde"]
    assert linde["trees/height"] == 12.5
    assert set(rows) == {b"Linde", b"Eiche"}


async def test_closed_datasets_and_fields_are_not_told(site: Served) -> None:
    inside = {"Authorization": "Bearer reader-jena"}
    for form in ("croissant.json", "schema.jsonld"):
        assert (await site.client.get(f"/datasets/closed/{form}")).status_code == 404
        await read(site, f"/datasets/closed/{form}", **inside)
        assert "keeper" in json.dumps(await read(site, f"/datasets/trees/{form}", **inside))
        first = await site.client.get(f"/datasets/trees/{form}")
        again = await site.client.get(
            f"/datasets/trees/{form}", headers={"If-None-Match": first.headers["etag"]}
        )
        assert again.status_code == 304
