# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Seven records of a small city, and how the tests ask about them."""

from collections.abc import Awaitable, Callable
from typing import Any

from allmende.core import search
from allmende.core.platform import Platform
from allmende.core.search import SearchQuery, SearchResult
from allmende.model.catalogue import (
    Agent,
    Dataset,
    Distribution,
    Location,
    Period,
    ResourceKind,
)
from allmende.policy import ANONYMOUS, Subject
from allmende.store.records import Entry

CC_ZERO = "http://dcat-ap.de/def/licenses/cc-zero"
CC_BY_NC = "http://dcat-ap.de/def/licenses/cc-by-nc"
TRAFFIC = "http://publications.europa.eu/resource/authority/data-theme/TRAN"
NATURE = "http://publications.europa.eu/resource/authority/data-theme/ENVI"
CSV = "http://publications.europa.eu/resource/authority/file-type/CSV"
GEOJSON = "http://publications.europa.eu/resource/authority/file-type/GEOJSON"


def dataset(title: str, description: str = "", **fields: Any) -> Dataset:
    formats = fields.pop("formats", [CSV])
    licence = fields.pop("licence", CC_ZERO)
    return Dataset(
        title={"de": title},
        description={"de": description} if description else {},
        publisher=Agent(name={"de": fields.pop("publisher", "Stadt Jena")}),
        keyword={"de": fields.pop("keywords", [])},
        theme=fields.pop("themes", []),
        distribution=[Distribution(format=each, license=licence) for each in formats],
        **fields,
    )


RECORDS: dict[str, Dataset] = {
    "trees": dataset(
        "Bäume der Stadt",
        "Standorte und Arten der städtischen Bäume.",
        keywords=["Baum", "Grün"],
        themes=[NATURE],
        formats=[CSV, GEOJSON],
        modified="2024-05-01",
        spatial=[Location(bbox=["POLYGON((11.5 50.8, 11.7 50.8, 11.7 51.0, 11.5 51.0))"])],
    ),
    "register": dataset("Baumkataster", themes=[NATURE], modified="2020-01-01"),
    "traffic": dataset(
        "Verkehrszählung",
        "Gezählt wird der Straßenverkehr an Dauerzählstellen.",
        keywords=["Straßenverkehr", "Zählung"],
        themes=[TRAFFIC],
        modified="2023-01-01",
        issued="2019-01-01",
        temporal=[Period(start="2019-01-01", end="2021-12-31")],
    ),
    "parking": dataset(
        "Parkplätze",
        "Alle Parkplätze und ein Parkplatz am Bahnhof mit Verkehrsanbindung.",
        themes=[TRAFFIC],
        formats=[GEOJSON],
        modified="2022-01-01",
        publisher="Stadtwerke Jena",
    ),
    "houses": dataset("Häuser", "Hausnummern aller Gebäude", licence=CC_BY_NC, modified="2021"),
    "english": Dataset(
        title={"en": "Playgrounds of the city"},
        description={"en": "Places where children play, with fees and opening times."},
    ),
    "council": dataset("Ämter & Ortsteilräte", "Verkehr ist nicht ihr Thema.", modified="2018"),
}


def entry(ident: str, resource: Dataset, **fields: Any) -> Entry:
    given = {"organisation": "jena", "catalogue": "city", **fields}
    return Entry(kind=ResourceKind.DATASET, id=ident, resource=resource, **given)


Scenario = Callable[[Platform], Awaitable[None]]


City = Callable[[Scenario], None]


async def ask(
    platform: Platform, text: str = "", subject: Subject = ANONYMOUS, **given: Any
) -> SearchResult:
    return await search.search(platform, subject, SearchQuery(text=text, **given))


def ids(result: SearchResult) -> list[str]:
    return [record.id for record in result.records]


def counts(result: SearchResult, facet: str) -> dict[str, int]:
    return {each.value: each.count for each in result.facets[facet]}
