# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small city for the pages: the demo's records, a harvested source with faults, people."""

from pathlib import Path

from tests.support.platforms import run_scenario
from tests.support.taking_part import add_part

from allmende.core import accounts, catalogue, harvest, search
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.demo.load import load
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import SYSTEM, Level, Role, Status

BASE = "http://127.0.0.1:8000"
LOGIN, PASSWORD = "ada", "Wiesen gehören allen zusammen 1887"
LANGUAGES = ("de", "en")

SOURCE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<http://source.example/catalog> a dcat:Catalog ;
  dct:title "Nachbarstadt"@DE ; dct:description "Daten der Nachbarstadt"@DE ;
  dct:publisher <http://source.example/town> ;
  dcat:dataset <http://source.example/dataset/1>, <http://source.example/dataset/2> .
<http://source.example/town> a foaf:Organization ; foaf:name "Nachbarstadt & Söhne <Amt>" .
<http://source.example/dataset/1> a dcat:Dataset ;
  dct:title "Brunnen </script><b>der</b> Stadt"@DE ;
  dct:description "<p>Alle <em>Brunnen</em><script>alert(1)</script>"@DE ;
  dct:publisher <http://source.example/town> ; dct:identifier "1" ;
  dct:issued "2020-02-01"^^xsd:date ; dcat:keyword "Brunnen"@DE ;
  dcat:distribution [ a dcat:Distribution ; dct:title "Tabelle" ; dct:format "csv" ;
    dct:license <http://dcat-ap.de/def/licenses/cc-by-nc/4.0> ;
    dcat:accessURL <http://source.example/1.csv> ] .
<http://source.example/dataset/2> a dcat:Dataset ;
  dct:title "Wells"@en ; dct:description "# Wells\\n\\n* one\\n* [two](javascript:alert(1))"@en ;
  dct:publisher <http://source.example/town> ; dct:identifier "2" ;
  dcat:distribution [ a dcat:Distribution ; dct:license <http://unknown.example/licence> ;
    dcat:accessURL <http://source.example/2> ] .
"""


def settings(folder: Path) -> Settings:
    """The settings of the test city."""
    return Settings(
        data=folder / "data",
        base_url=BASE,
        access_log=False,
        jobs=False,
        signins_per_minute=100,
        operator_email="daten@example.org",
        extra={"portal": {"city_name": "Jena", "bbox": [11.5, 50.86, 11.67, 50.98]}},
    )


def build(folder: Path) -> Settings:
    """Writes the city into the folder."""
    made = settings(folder)
    (folder / "source.ttl").write_text(SOURCE, "utf-8")

    async def scenario(platform: Platform) -> None:
        await load(platform)
        source = harvest.source_for(
            str(folder / "source.ttl"), kind="dcat", catalogue="nachbar", organisation="nachbar"
        )
        source.id = "nachbar"
        await harvest.define(platform, SYSTEM, source)
        await harvest.execute(platform, SYSTEM, source.id, files=True)
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
        roles = {"jena": frozenset({Role.ADMINISTRATOR, Role.STEWARD})}
        await accounts.create_account(platform, SYSTEM, LOGIN, "Ada Beispiel", PASSWORD, roles)
        await catalogue.put(platform, SYSTEM, _restricted())
        await add_part(platform, ("trees", "parking", "inside"))
        for _ in range(2):
            query = search.SearchQuery(text="einhornzucht")
            await search.search(platform, SYSTEM, query)

    run_scenario(made, scenario, 120)
    return made


def _restricted() -> Entry:
    return Entry(
        kind=ResourceKind.DATASET,
        id="inside",
        organisation="jena",
        catalogue="jena",
        status=Status.DRAFT,
        data_access=Level.RESTRICTED,
        legal_basis="§ 30 AO",
        resource=Dataset(title={"de": "Innere Angelegenheiten"}),
    )


PATHS = (
    "/",
    "/datasets",
    "/datasets?q=baum&theme=http%3A%2F%2Fpublications.europa.eu%2Fresource%2Fauthority"
    "%2Fdata-theme%2FENVI&bbox=11.5%2C50.8%2C11.7%2C51&start=2010&sort=title",
    "/datasets?q=einhornzucht",
    "/datasets?west=x&start=gestern",
    "/datasets/trees",
    "/datasets/parking",
    "/datasets/{harvested}",
    "/datasets/trees/quality",
    "/quality",
    "/quality?publisher=Stadt+Jena",
    "/catalogues",
    "/catalogues/jena",
    "/series/{series}",
    "/dataservices/{service}",
    "/publishers",
    "/publishers?name=Stadt+Jena",
    "/harvests",
    "/harvests/nachbar",
    "/harvests/nachbar/runs/1",
    "/licences?mix=odbl&mix=cc-by-sa%2F4.0",
    "/licences/dl-by-de/2.0?dataset=trees",
    "/licences/choose",
    "/licences/reservations",
    "/requests",
    "/login",
    "/register",
    "/developers",
    "/sparql",
    "/validate",
    "/govdata",
    "/datasets/trees/feedback",
    "/follow?dataset=trees",
    "/follow?search=q%3Dbaum%26format%3DCSV",
    "/showcases",
    "/showcases/showcase-0",
    "/showcases/new?dataset=trees",
    "/statistics",
    "/statistics?days=90",
    "/about",
    "/imprint",
    "/privacy",
    "/accessibility",
)
INSIDE = (
    "/account/following",
    "/feedback",
    "/feedback/1",
    "/showcases?state=waiting",
    "/statistics/trees",
    "/account",
    "/account/searches",
    "/licences/choose?dataset=trees",
    "/requests/mine",
    "/requests/queue",
    "/datasets/inside",
    "/datasets/inside/quality",
    "/quality/to-do",
)
"""Pages for which one has to be signed in."""
