# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The policy matrix: every role × every visibility × every interface shows the same.

What must be visible is written down here once more, in the words of
docs/explanation/policy.md and without the program's own rules. A new interface adds its
door to DOORS; a test counts that no room of interfaces is without one.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from tests.support.granted import add_reservations, grantee
from tests.support.rows import TILE, add_collections
from tests.support.seen import add_seen
from tests.support.taking_part import SHOWCASES, add_part, told
from tests.support.things import ABSENT, Pair, add_things, attempts

from allmende.apps.assets import holding
from allmende.apps.assets.sync import sync_all
from allmende.core import accounts, catalogue, collections, files, search, sparql
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Status, Subject
from allmende.web import create_app

CSW = "/csw?service=CSW&version=2.0.2&request=GetRecordById"
UTM = "http://www.opengis.net/def/crs/EPSG/0/25832"
BASE = "http://127.0.0.1:8000"
RECORDS = {
    f"{status}-{metadata}-{data}": (status, metadata, data)
    for status, metadata, data in product(Status, Level, Level)
}
KEEPERS = {Role.STEWARD, Role.GATEKEEPER, Role.ADMINISTRATOR}
WHO: dict[str, Role | None] = {
    "nobody": None,
    **{str(role): role for role in Role},
    "stranger": None,  # a steward of another organisation
    "grantee": None,  # asked for what is restricted, and it was granted
}
GRANTED = {name for name, (_, _, data) in RECORDS.items() if data == Level.RESTRICTED}


def sees(role: Role | None, status: Status, level: Level) -> bool:
    """docs/explanation/policy.md, as a table."""
    if role in KEEPERS:
        return True
    if status == Status.PUBLISHED:
        inside = role not in (None, Role.CITIZEN)
        return level == Level.OPEN or (level == Level.INTERNAL and inside)
    return status == Status.DRAFT and level != Level.RESTRICTED and role == Role.CONTRIBUTOR


def metadata_of(role: Role | None) -> set[str]:
    return {name for name, (status, level, _) in RECORDS.items() if sees(role, status, level)}


def current_of(role: Role | None) -> set[str]:
    """Without what is archived: for clients of other systems it is deleted."""
    return {name for name in metadata_of(role) if RECORDS[name][0] != Status.ARCHIVED}


def data_of(role: Role | None, who: str = "") -> set[str]:
    granted = GRANTED if who == "grantee" else set()
    return {
        name
        for name, (status, metadata, data) in RECORDS.items()
        if sees(role, status, metadata)
        and (sees(role, status, data) or (name in granted and status == Status.PUBLISHED))
    }


class House:
    """A platform with all records, seen by one person or program."""

    def __init__(self, platform: Platform, client: httpx2.AsyncClient, subject: Subject) -> None:
        self.platform, self.client, self.subject = platform, client, subject

    async def text(self, path: str, **params: str) -> str:
        answer = await self.client.get(path, params=params or None)
        assert answer.status_code in (200, 404), f"{path}: {answer.status_code} {answer.text}"
        return answer.text if answer.status_code == 200 else ""


Door = Callable[[House], Awaitable[set[str]]]


def one_by_one(template: str) -> Door:
    """A door that shows one record per address; closed records must look as if absent."""

    async def door(house: House) -> set[str]:
        shown = set()
        for name in RECORDS:
            if name in await house.text(template.format(name)):
                shown.add(name)
        return shown

    return door


def listing(path: str, **params: str) -> Door:
    """A door that shows many records at one address."""

    async def door(house: House) -> set[str]:
        return named_in(await house.text(path, **params))

    return door


def named_in(text: str) -> set[str]:
    """Records whose title, not only a longer or shorter one, stands in the text."""
    found = set(re.findall(r"matrix (\w+-\w+-\w+)\b", text))
    assert found <= set(RECORDS)
    return found


async def by_core(house: House) -> set[str]:
    return {r.id async for r in catalogue.each(house.platform, house.subject)}


async def by_search(house: House) -> set[str]:
    query = search.SearchQuery(text="matrix", limit=100)
    result = await search.search(house.platform, house.subject, query)
    assert result.total == len(result.records)
    kinds = sum(each.count for each in result.facets["organisation"])
    assert kinds == result.total
    return {record.id for record in result.records}


async def by_completion(house: House) -> set[str]:
    found = await search.complete(house.platform, house.subject, "matrix", 100)
    return {word.removeprefix("matrix ") for word in found} & set(RECORDS)


CKAN = "/api/3/action"
EVERYTHING = {
    "include_private": "true",
    "include_drafts": "true",
    "include_deleted": "true",
    "rows": "100",
}


async def by_ckan_search(house: House) -> set[str]:
    """The packages found, which are as many as the number and the facets say."""
    asked = EVERYTHING | {"q": "matrix", "facet.field": '["organization"]'}
    found = json.loads(await house.text(f"{CKAN}/package_search", **asked))["result"]
    assert found["count"] == len(found["results"])
    assert sum(found["facets"]["organization"].values()) == found["count"]
    return named_in(json.dumps(found))


def ckan_filter(template: str) -> Door:
    """Conditions that name one record, for numbers that tell of hidden ones."""

    async def door(house: House) -> set[str]:
        shown = set()
        for name in RECORDS:
            fq = template.format(name)
            asked = EVERYTHING | {"fq": fq, "rows": "0", "facet.field": '["tags"]'}
            found = json.loads(await house.text(f"{CKAN}/package_search", **asked))["result"]
            if found["count"] or any(found["facets"].values()):
                shown.add(name)
        return shown

    return door


async def by_json_pages(house: House) -> set[str]:
    answer = json.loads(await house.text("/datasets.json", q="matrix", limit="100") or "{}")
    assert answer.get("total", 0) == len(answer.get("items", []))
    return named_in(json.dumps(answer))


async def by_sparql(house: House) -> set[str]:
    query = 'SELECT ?t { ?d <http://purl.org/dc/terms/title> ?t FILTER(CONTAINS(?t, "matrix")) }'
    return named_in(await house.text("/sparql", query=query, format="json"))


def one_by_one_with(template: str, mark: str) -> Door:
    """A door that shows of each record more than its name, or not."""

    async def door(house: House) -> set[str]:
        shown = set()
        for name in RECORDS:
            if mark.format(name) in await house.text(template.format(name)):
                shown.add(name)
        return shown

    return door


async def by_letters(house: House) -> set[str]:
    return named_in(await told(house.platform, house.subject))


async def by_showcases(house: House) -> set[str]:
    pages = [await house.text(f"/showcases/{ident}.json") for ident in SHOWCASES]
    return named_in("\n".join(pages))


async def by_suggestions(house: House) -> set[str]:
    """Suggestions are ten at most, so each record is asked for."""
    shown = set()
    for name in RECORDS:
        text = await house.text("/opensearch/de/suggestions", q=f"matrix {name}")
        if f"matrix {name}" in json.loads(text)[1]:
            shown.add(name)
    return shown


async def by_delivery(house: House) -> set[str]:
    """What is delivered and what is left out."""
    return named_in(await house.text("/govdata.ttl") + await house.text("/govdata/check.json"))


async def by_stream(house: House) -> set[str]:
    """All pages of the stream of changes, however many there are."""
    text, page = "", 1
    while part := await house.text(f"/ldes/{page}.nq"):
        text, page = text + part, page + 1
    return named_in(text)


async def by_file(house: House) -> set[str]:
    shown = set()
    for name in RECORDS:
        if "secret" in await house.text(f"/files/{name}/rows.csv"):
            shown.add(name)
    return shown


async def by_sitemap(house: House) -> set[str]:
    return set(re.findall(r"/datasets/(\w+-\w+-\w+)<", await house.text("/sitemap.xml")))


async def by_collections(house: House) -> set[str]:
    return {each.id for each in await collections.listing(house.platform, house.subject)}


async def by_tiles(house: House) -> set[str]:
    shown = set()
    for name in RECORDS:
        path = f"/ogc/collections/{name}/tiles/WebMercatorQuad/{TILE}"
        answer = await house.client.get(path, params={"properties": "title"})
        assert answer.status_code in (200, 404), answer.text
        if answer.status_code == 200 and f"matrix {name}".encode() in answer.content:
            shown.add(name)
    return shown


HUB = "/api/hub"


def ids_at(path: str) -> Door:
    """A door that names records by their ids."""

    async def door(house: House) -> set[str]:
        found = re.findall(r"[\w-]+", await house.text(path))
        return set(found) & set(RECORDS)

    return door


async def by_scroll(house: House) -> set[str]:
    """All parts of a search, three at a time."""
    asked = {"q": "matrix", "scroll": "true", "limit": "3"}
    result = json.loads(await house.text(f"{HUB}/search/search", **asked))["result"]
    shown: set[str] = set()
    while result["results"]:
        shown |= {each["id"] for each in result["results"]}
        rest = await house.text(f"{HUB}/search/scroll", scrollId=result["scrollId"])
        result = json.loads(rest)["result"]
    assert len(shown) == result["count"]
    return shown


STA = "/sensorthings/v1.1"
LATEST = "Observations($orderby=phenomenonTime desc;$top=1)"


def things(path: str, **options: str) -> Door:
    """Entities of SensorThings, all on one page."""
    return listing(f"{STA}/{path}", **{"$top": "1000"} | {f"${n}": v for n, v in options.items()})


def numbered(template: str, **options: str) -> Door:
    """A door of SensorThings for one thing or datastream, that shows something or nothing."""

    async def door(house: House) -> set[str]:
        shown = set()
        for number, name in enumerate(RECORDS, 1):
            given = {f"${key}": each.format(number, name) for key, each in options.items()}
            text = await house.text(f"{STA}/{template.format(number, name)}", **given)
            if text and '"value":[]' not in text:
                shown.add(name)
        return shown

    return door


def results(path: str, **options: str) -> Door:
    """Results of observations: the n-th record has the result n."""

    async def door(house: House) -> set[str]:
        given = {"$top": "1000", **{f"${key}": each for key, each in options.items()}}
        found = json.loads(await house.text(f"{STA}/{path}", **given) or '{"value": []}')
        if "@iot.count" in found:
            assert found["@iot.count"] == len(found["value"])
        seen = re.findall(r'"result":(\d+)', json.dumps(found, separators=(",", ":")))
        return {list(RECORDS)[int(each) - 1] for each in seen}

    return door


async def by_observation_file(house: House) -> set[str]:
    """A file of each datastream has a line, or there is no file."""
    shown = set()
    for number, name in enumerate(RECORDS, 1):
        lines = (await house.text("/observations.csv", stream=str(number))).splitlines()
        if lines:
            assert lines[1].split(",")[-2] == str(number), lines
            shown.add(name)
    return shown


async def by_observations_together(house: House) -> set[str]:
    """One file for all datastreams that the subject sees."""
    asked = ",".join(str(number) for number in range(1, len(RECORDS) + 1))
    found = json.loads(await house.text("/observations.json", stream=asked) or "{}")
    results = {int(each["result"]) for each in found.get("observations", [])}
    assert results == {each["id"] for each in found.get("datastreams", [])}
    return {list(RECORDS)[each - 1] for each in results}


async def by_events(house: House) -> set[str]:
    text = await house.text("/events", after="0", seconds="0")
    return {list(RECORDS)[int(each) - 1] for each in re.findall(r'"datastream":(\d+)', text)}


async def by_points(house: House) -> set[str]:
    text = await house.text("/data/measurements/1.geojson")
    return {list(RECORDS)[int(each) - 1] for each in re.findall(r'"datastream":(\d+)', text)}


def page_of(template: str, mark: str) -> Door:
    """A page for the n-th thing or datastream that shows the mark, or does not."""

    async def door(house: House) -> set[str]:
        shown = set()
        for number, name in enumerate(RECORDS, 1):
            text = await house.text(template.format(number, name))
            if mark.format(number, name) in text:
                shown.add(name)
        return shown

    return door


# name → (door, what it must show: metadata or data by role, or only what is public)
DOORS: dict[str, tuple[Door, str]] = {
    "core.each": (by_core, "metadata"),
    "core.search": (by_search, "metadata"),
    "core.complete": (by_completion, "metadata"),
    "ckan: search": (by_ckan_search, "metadata"),
    "ckan: filter by name": (ckan_filter("name:{0}"), "metadata"),
    "ckan: filter by title": (ckan_filter('title_string:"matrix {0}"'), "metadata"),
    "ckan: filter by words": (ckan_filter('name:{0} AND text:"matrix"'), "metadata"),
    "ckan: show": (one_by_one(f"{CKAN}/package_show?id={{}}"), "metadata"),
    "ckan: activities": (one_by_one(f"{CKAN}/package_activity_list?id={{}}"), "metadata"),
    "ckan: list": (listing(f"{CKAN}/current_package_list_with_resources", limit="100"), "public"),
    "ckan: completion": (
        listing(f"{CKAN}/package_autocomplete", q="matrix", limit="100"),
        "public",
    ),
    "ckan: organisation": (
        listing(f"{CKAN}/organization_show", id="jena", include_datasets="true"),
        "public",
    ),
    "dcat: one, Turtle": (one_by_one("/datasets/{}.ttl"), "metadata"),
    "dcat: one, JSON-LD": (one_by_one("/datasets/{}.jsonld"), "metadata"),
    "dcat: one, JSON": (one_by_one("/datasets/{}.json"), "metadata"),
    "dcat: first revision": (one_by_one("/datasets/{}/history/1.json"), "metadata"),
    "dcat: as of": (one_by_one("/datasets/{}.ttl?as-of=2999-01-01"), "metadata"),
    "dcat: history": (one_by_one("/datasets/{}/history.json"), "metadata"),
    "dcat: times": (one_by_one("/datasets/{}/timemap"), "metadata"),
    "portal: history": (one_by_one("/de/datasets/{}/history"), "metadata"),
    "portal: revision": (one_by_one("/en/datasets/{}/history/1"), "metadata"),
    "dcat: whole, N-Triples": (listing("/catalog.nt"), "metadata"),
    "dcat: whole, RDF/XML": (listing("/catalog.rdf"), "metadata"),
    "dcat: page": (listing("/catalog.ttl", page="1"), "metadata"),
    "dcat: JSON search": (by_json_pages, "metadata"),
    "dcat: CSV search": (listing("/datasets.csv", q="matrix", limit="100"), "metadata"),
    "feeds: Atom": (listing("/feeds/de/datasets.atom", q="matrix", limit="100"), "metadata"),
    "feeds: RSS": (listing("/feeds/de/datasets.rss", limit="100"), "metadata"),
    "feeds: JSON": (listing("/feeds/de/datasets.json", limit="100"), "metadata"),
    "feeds: changes": (listing("/feeds/de/changes.rss"), "metadata"),
    "feeds: record": (one_by_one("/feeds/de/datasets/{}.atom"), "metadata"),
    "feeds: stream": (by_stream, "metadata"),
    "feeds: citation": (one_by_one("/datasets/{}/cite.bib"), "metadata"),
    "feeds: citation, text": (one_by_one("/datasets/{}/cite.txt"), "metadata"),
    "feeds: schema.org": (one_by_one("/datasets/{}/schema.jsonld"), "metadata"),
    "feeds: Croissant": (one_by_one("/datasets/{}/croissant.json"), "metadata"),
    "feeds: tables of Croissant": (
        one_by_one_with("/datasets/{0}/croissant.json", "{0}.csv"),
        "data",
    ),
    "feeds: suggestions": (by_suggestions, "metadata"),
    "feeds: oEmbed": (one_by_one(f"/oembed?url={BASE}/datasets/{{}}"), "public"),
    "feeds: GovData": (by_delivery, "public"),
    "portal: embedded": (one_by_one("/de/embed/datasets/{}"), "public"),
    "portal: GovData": (listing("/de/govdata"), "public"),
    "sparql": (by_sparql, "public"),
    "quality: DQV": (one_by_one("/datasets/{}/quality.ttl"), "metadata"),
    "quality: JSON": (one_by_one("/datasets/{}/quality.json"), "metadata"),
    "portal: quality of metadata": (one_by_one("/de/datasets/{}/quality"), "metadata"),
    "validation: findings": (one_by_one("/validate/datasets/{}"), "metadata"),
    "portal: page": (one_by_one("/de/datasets/{}"), "metadata"),
    "portal: search": (listing("/en/datasets", q="matrix", limit="100"), "metadata"),
    "web: sitemap": (by_sitemap, "public"),
    "files": (by_file, "data"),
    "core.collections": (by_collections, "data"),
    "ogcapi: collections": (listing("/ogc/collections"), "data"),
    "ogcapi: description": (listing("/ogc/api"), "data"),
    "ogcapi: collection": (one_by_one("/ogc/collections/{}"), "data"),
    "ogcapi: items": (one_by_one("/ogc/collections/{}/items"), "data"),
    "ogcapi: items, CSV": (one_by_one("/ogc/collections/{}/items?f=csv"), "data"),
    "ogcapi: items, other CRS": (one_by_one(f"/ogc/collections/{{}}/items?crs={UTM}"), "data"),
    "ogcapi: item": (one_by_one("/ogc/collections/{0}/items/matrix {0}"), "data"),
    "ogcapi: history": (one_by_one("/ogc/collections/{0}/items/matrix {0}/history"), "data"),
    "ogcapi: changes": (one_by_one("/ogc/collections/{}/changes"), "data"),
    "ogcapi: records": (listing("/ogc/collections/catalogue/items", limit="100"), "metadata"),
    "ogcapi: tiles": (by_tiles, "data"),
    "models: list": (listing("/models.json", limit="100"), "metadata"),
    "models: one": (one_by_one("/models/{}/1.0.0.json"), "metadata"),
    "models: one, SHACL": (one_by_one("/models/{}/1.0.0.ttl"), "metadata"),
    "models: documentation": (one_by_one("/models/{}/1.0.0.md?lang=de"), "metadata"),
    "query: list": (listing("/data"), "data"),
    "query: one": (one_by_one("/data/{}"), "data"),
    "query: file": (one_by_one("/data/{}.csv"), "data"),
    "query: CKAN search": (one_by_one("/api/3/action/datastore_search?resource_id={}"), "data"),
    "query: CKAN info": (one_by_one("/api/3/action/datastore_info?id={}"), "data"),
    "masterportal: services": (listing("/masterportal/services.json"), "data"),
    "masterportal: CSW": (one_by_one(CSW + "&id={}"), "metadata"),
    "observations: CSV": (by_observation_file, "data"),
    "observations: JSON": (by_observations_together, "data"),
    "sensorthings: things": (things("Things"), "metadata"),
    "sensorthings: thing": (numbered("Things({0})"), "metadata"),
    "sensorthings: datastreams": (things("Datastreams"), "metadata"),
    "sensorthings: locations": (things("Locations", orderby="name"), "metadata"),
    "sensorthings: features": (things("FeaturesOfInterest"), "metadata"),
    "sensorthings: value": (numbered("Datastreams({0})/description/$value"), "metadata"),
    "sensorthings: links": (numbered("Datastreams({0})/Thing/Locations/$ref"), "metadata"),
    "sensorthings: expand": (things("Sensors", expand="Datastreams($top=1000)"), "metadata"),
    "sensorthings: expand deeply": (
        things("Sensors", select="id", expand="Datastreams($top=1000;$select=id;$expand=Thing)"),
        "metadata",
    ),
    "sensorthings: filter": (
        numbered("Sensors", filter="Datastreams/Thing/description eq 'matrix {1}'"),
        "metadata",
    ),
    "sensorthings: CSV": (things("Things", resultFormat="CSV"), "metadata"),
    "sensorthings: GeoJSON": (things("Things", resultFormat="GeoJSON"), "metadata"),
    "sensorthings: observations": (results("Observations", count="true"), "data"),
    "sensorthings: newest": (results("Observations", orderby="phenomenonTime desc"), "data"),
    "sensorthings: sorted": (results("Observations", orderby="result desc"), "data"),
    "sensorthings: observations of": (results("Observations", expand="Datastream"), "data"),
    "sensorthings: latest": (results("Datastreams", expand=LATEST), "data"),
    "sensorthings: series": (results("Datastreams", expand="Observations($count=true)"), "data"),
    "sensorthings: by place": (results("FeaturesOfInterest", expand="Observations"), "data"),
    "sensorthings: of one": (numbered("Datastreams({0})/Observations"), "data"),
    "sensorthings: data array": (
        numbered("Datastreams({0})/Observations", resultFormat="dataArray"),
        "data",
    ),
    "sensorthings: figures": (numbered("Datastreams({0})/Observations?interval=day"), "data"),
    "sensorthings: points": (numbered("Datastreams({0})/Observations?decimate=10"), "data"),
    "sensorthings: filter by results": (
        numbered("Sensors", filter="Datastreams/Observations/result eq {0}"),
        "data",
    ),
    "sensorthings: filter by times": (
        numbered("Datastreams", filter="id eq {0} and phenomenonTime ne null"),
        "data",
    ),
    "sensorthings: area": (
        numbered("Datastreams", filter="id eq {0} and observedArea/type eq 'Point'"),
        "data",
    ),
    "piveau: datasets": (listing(f"{HUB}/repo/datasets?valueType=metadata&limit=5000"), "current"),
    "piveau: ids": (ids_at(f"{HUB}/repo/resources?valueType=identifiers&limit=5000"), "current"),
    "piveau: dataset": (one_by_one(HUB + "/repo/datasets/{}.ttl"), "current"),
    "piveau: record": (one_by_one(HUB + "/repo/resources/{}/record"), "current"),
    "piveau: revision": (one_by_one(HUB + "/repo/datasets/revisions/{}~1"), "current"),
    "piveau: diff": (one_by_one(HUB + "/repo/datasets/{}/diff"), "current"),
    "piveau: distributions": (one_by_one(HUB + "/repo/datasets/{}/distributions"), "current"),
    "piveau: distribution": (
        one_by_one(HUB + "/repo/distributions/{}~distribution-1"),
        "current",
    ),
    "piveau: search": (listing(HUB + "/search/search", q="matrix", limit="100"), "current"),
    "piveau: completion": (
        listing(HUB + "/search/search", q="matrix", autocomplete="true", limit="100"),
        "current",
    ),
    "piveau: scroll": (by_scroll, "current"),
    "piveau: document": (one_by_one(HUB + "/search/datasets/{}"), "current"),
    "piveau: old document": (one_by_one(HUB + "/search/datasets/{}/1"), "current"),
    "piveau: Atom": (listing(HUB + "/search/de/feeds/datasets.atom", limit="100"), "current"),
    "piveau: RSS": (listing(HUB + "/search/de/feeds/datasets.rss", limit="100"), "current"),
    "piveau: changes": (one_by_one(HUB + "/search/de/feeds/datasets/{}.rss"), "current"),
    "piveau: sitemap": (ids_at(HUB + "/search/sitemap/1"), "current"),
    "portal: request for data": (one_by_one("/de/datasets/{}/request"), "metadata"),
    "portal: line that names": (one_by_one("/en/licences/cc-by/4.0?dataset={}"), "metadata"),
    "portal: which licence": (one_by_one("/de/licences/choose?dataset={}"), "metadata"),
    "portal: reservations": (listing("/en/licences/reservations"), "metadata"),
    "letters to followers": (by_letters, "metadata"),
    "reuse: showcases": (listing("/showcases.json"), "metadata"),
    "reuse: showcases as RDF": (listing("/showcases.ttl"), "metadata"),
    "reuse: showcase": (by_showcases, "metadata"),
    "reuse: statistics": (listing("/statistics.json"), "metadata"),
    "reuse: statistics as CSV": (listing("/statistics.csv"), "metadata"),
    "portal: statistics": (listing("/de/statistics"), "metadata"),
    "portal: feedback": (one_by_one("/de/datasets/{}/feedback"), "metadata"),
    "portal: follow": (one_by_one("/en/follow?dataset={}"), "metadata"),
    "portal: models": (listing("/de/models"), "metadata"),
    "portal: model": (one_by_one("/de/models/{}"), "metadata"),
    "portal: model, version": (one_by_one("/de/models/{}/1.0.0"), "metadata"),
    "portal: collections": (listing("/de/collections"), "data"),
    "portal: collection": (one_by_one("/de/collections/{}"), "data"),
    "portal: row": (one_by_one("/de/collections/{0}/rows/matrix {0}"), "data"),
    "portal: quality": (one_by_one("/de/collections/{}/quality"), "data"),
    "portal: map": (listing("/de/map"), "data"),
    "portal: things": (page_of("/de/things?q={1}", '/de/things/{0}"'), "metadata"),
    "portal: thing": (page_of("/en/things/{0}", "<h1>Thing {1}</h1>"), "metadata"),
    "portal: values of a thing": (page_of("/en/things/{0}", 'data-stream="{0}"'), "data"),
    "portal: datastream": (page_of("/de/datastreams/{0}", "Thing {1}"), "metadata"),
    "portal: chart": (page_of("/de/datastreams/{0}", 'id="chart-title"'), "data"),
    "portal: values": (page_of("/de/datastreams/{0}/data.csv", "2024-06-20T"), "data"),
    "portal: compared": (page_of("/en/compare?stream={0}", "Thing {1}"), "data"),
    "portal: values on the map": (
        page_of("/de/map?values=1&layer=", '/de/datastreams/{0}"'),
        "data",
    ),
    "live: events": (by_events, "data"),
    "live: points": (by_points, "data"),
}

# Addresses that show the row of a published, open record; the fields must follow the role.
FIELD_DOORS = (
    "/ogc/collections/{0}/items",
    "/ogc/collections/{0}/items?f=csv",
    "/ogc/collections/{0}/items?f=jsonfg",
    f"/ogc/collections/{{0}}/items?crs={UTM}",
    "/ogc/collections/{0}/items/matrix {0}",
    "/ogc/collections/{0}/items/matrix {0}/history",
    "/data/{0}",
    "/data/{0}.csv",
    "/api/3/action/datastore_search?resource_id={0}",
    "/de/collections/{0}",
    "/de/collections/{0}/rows/matrix {0}",
)
# Pages on which a collection is changed: who may, apart from having to see its data.
WRITERS = {Role.CONTRIBUTOR, Role.STEWARD, Role.ADMINISTRATOR}
STEWARDS = {Role.STEWARD, Role.ADMINISTRATOR}
WRITING_DOORS: dict[str, set[Role]] = {
    "/de/collections/{0}/add": WRITERS,
    "/de/collections/{0}/load": WRITERS,
    "/de/collections/{0}/edit/matrix {0}": WRITERS,
    "/de/collections/{0}/remove/matrix {0}": WRITERS,
    "/de/collections/{0}/quarantine": STEWARDS,
    "/de/collections/{0}/quarantine.csv": STEWARDS,
    "/de/collections/{0}/about": STEWARDS,
    "/de/collections/{0}/status": STEWARDS | {Role.GATEKEEPER},
}
SCHEMA_DOORS = (
    "/ogc/api",
    "/ogc/collections/{0}/schema",
    "/ogc/collections/{0}/queryables",
    "/ogc/collections/{0}/sortables",
    "/ogc/collections/{0}/styles/default",
    "/de/collections/{0}/quality",
    "/de/map?layers={0}",
)


@asynccontextmanager
async def house_for(
    folder: Path,
    database: str,
    who: str,
    extra: dict[str, Any] | None = None,
    scopes: tuple[Scope, ...] = (),
) -> AsyncIterator[House]:
    settings = Settings(data=folder, database=database, access_log=False, extra=extra or {})
    async with Platform.open(settings) as platform:
        await fill(platform)
        await add_collections(platform, RECORDS)
        await add_seen(platform, RECORDS)
        await add_part(platform, RECORDS)
        subject, headers = await identity(platform, who, *scopes)
        transport = httpx2.ASGITransport(create_app(platform))
        async with httpx2.AsyncClient(
            transport=transport, base_url=BASE, headers=headers
        ) as client:
            try:
                yield House(platform, client, subject)
            finally:
                await sparql.close(platform)


async def fill(platform: Platform) -> None:
    for organisation in ("jena", "elsewhere"):
        await accounts.save_organisation(platform, SYSTEM, organisation, {"de": organisation})
    entries = [
        Entry(
            kind=ResourceKind.DATASET,
            id=name,
            organisation="jena",
            status=status,
            metadata_access=metadata,
            data_access=data,
            legal_basis="§ 1",
            resource=Dataset(
                title={"de": f"matrix {name}"},
                distribution=[Distribution(access_url=[f"{BASE}/files/{name}/rows.csv"])],
            ),
        )
        for name, (status, metadata, data) in RECORDS.items()
    ]
    await catalogue.put_many(platform, SYSTEM, entries)
    for name in RECORDS:
        await files.store(platform, SYSTEM, name, "rows.csv", b"secret\n", "text/csv")
    await add_reservations(platform, RECORDS)


async def identity(platform: Platform, who: str, *more: Scope) -> tuple[Subject, dict[str, str]]:
    """The subject of a fresh service token that reads, and the header that carries it."""
    if who == "nobody":
        return ANONYMOUS, {}
    if who == "grantee":
        things = [f"thing-{at}" for at, name in enumerate(RECORDS, 1) if name in GRANTED]
        return await grantee(platform, [*sorted(GRANTED), *things])
    role = WHO[who] or Role.STEWARD
    organisation = "elsewhere" if who == "stranger" else "jena"
    scopes = {Scope.CATALOGUE_READ, *more}
    made = await accounts.create_token(platform, SYSTEM, "matrix", organisation, role, scopes)
    subject = await accounts.authenticate_token(platform, made.key)
    return subject, {"Authorization": f"Bearer {made.key}"}


@pytest.mark.parametrize("who", WHO)
def test_every_door_shows_what_the_role_may_see(engine: str, tmp_path: Path, who: str) -> None:
    role = WHO[who]
    expected = {
        "metadata": metadata_of(role),
        "current": current_of(role),
        "data": data_of(role, who),
        "public": metadata_of(None),
    }

    async def main() -> None:
        database = engine if engine.startswith("postgresql") else ""
        async with house_for(tmp_path, database, who) as house:
            wrong = {}
            for name, (door, kind) in DOORS.items():
                shown = await door(house)
                if shown != expected[kind]:
                    wrong[name] = {
                        "too much": sorted(shown - expected[kind]),
                        "missing": sorted(expected[kind] - shown),
                    }
            assert not wrong

    anyio.run(main)


@pytest.mark.parametrize("who", WHO)
def test_every_door_shows_the_fields_the_role_may_see(
    engine: str, tmp_path: Path, who: str
) -> None:
    role = WHO[who]
    expected = {"inner"} if role not in (None, Role.CITIZEN) else set()
    expected |= {"personal"} if role in KEEPERS else set()
    record = "published-open-open"

    async def main() -> None:
        database = engine if engine.startswith("postgresql") else ""
        async with house_for(tmp_path, database, who) as house:
            for template in FIELD_DOORS:
                text = await house.text(template.format(record))
                assert f"matrix {record}" in text, template
                shown = {name for name in ("inner", "personal") if f"secret {name}" in text}
                assert shown == expected, template
            for template in SCHEMA_DOORS:
                text = await house.text(template.format(record))
                shown = {name for name in ("inner", "personal") if re.search(rf"\b{name}\b", text)}
                assert shown <= expected, template
            for name in {"inner", "personal"} - expected:
                for asked in (f"filter={name}='x'", f"sortby={name}", f"properties={name}"):
                    path = f"/ogc/collections/{record}/items?{asked}"
                    assert (await house.client.get(path)).status_code == 400, path

    anyio.run(main)


async def add_assets(platform: Platform, folder: Path) -> None:
    """Every collection is described as a guest of the assets, which everybody may see."""
    folder.mkdir(exist_ok=True)
    for name in RECORDS:
        text = f'collection = "{name}"\nkind = "bench"\n[fields]\nname = "title"\n'
        (folder / f"{name}.toml").write_text(text, "utf-8")
    await holding.prepare(platform)
    await sync_all(platform)


# Rows go over into the assets only when everybody may see them, so all roles see the same.
ASSET_DOORS = (
    listing("/de/assets/list"),
    listing("/en/assets/list", kind="bench"),
    listing("/ogc/collections/assets/items", limit="100"),
    listing("/data/assets"),
    listing("/de/collections/assets"),
)


@pytest.mark.parametrize("who", WHO)
def test_applications_show_what_everybody_may_see(engine: str, tmp_path: Path, who: str) -> None:
    async def main() -> None:
        database = engine if engine.startswith("postgresql") else ""
        guests = tmp_path / "guests"
        more = {"assets": {"guests": str(guests)}}
        async with house_for(tmp_path, database, who, more) as house:
            await add_assets(house.platform, guests)
            for door in ASSET_DOORS:
                assert await door(house) == data_of(None)
            counted = json.loads(await house.text("/assets.json"))
            assert counted["total"]["count"] == len(data_of(None))
            assert await house.text("/assets.csv")
            for name in RECORDS:
                page = await house.text(f"/en/datasets/{name}")
                assert ("These data are also part of" in page) == (name in data_of(None))
            assert 'href="/en/assets"' in await house.text("/en/")

    anyio.run(main)


@pytest.mark.parametrize("who", WHO)
def test_pages_that_change_a_collection_open_for_its_writers_only(
    engine: str, tmp_path: Path, who: str
) -> None:
    role = WHO[who]
    seen = data_of(role, who)

    async def main() -> None:
        database = engine if engine.startswith("postgresql") else ""
        async with house_for(tmp_path, database, who, scopes=(Scope.CATALOGUE_WRITE,)) as house:
            for template, writers in WRITING_DOORS.items():
                for name in RECORDS:
                    path = template.format(name)
                    answer = await house.client.get(path)
                    if name in seen and role in writers:
                        assert answer.status_code == 200, path
                        continue
                    wanted = (401, 403) if name in seen else (404,)
                    assert answer.status_code in wanted, (path, answer.status_code)
                    assert "secret" not in answer.text, path

    anyio.run(main)


@pytest.mark.parametrize("who", WHO)
def test_writing_measurements_tells_nothing_of_what_is_hidden(
    engine: str, tmp_path: Path, who: str
) -> None:
    role = WHO[who]

    async def main() -> None:
        database = engine if engine.startswith("postgresql") else ""
        async with house_for(tmp_path, database, who, scopes=(Scope.SENSORS_WRITE,)) as house:
            things = await add_things(house.platform, RECORDS)
            absent = await attempts(house.client, Pair(ABSENT, ABSENT))
            for name, pair in things.items():
                found = await attempts(house.client, pair)
                if role not in WRITERS and who != "stranger":  # may write nowhere
                    wanted = {401, 429} if who == "nobody" else {403}
                    assert set(found.values()) <= wanted, name
                elif role not in WRITERS:
                    seen = name in metadata_of(None)
                    wanted = {each: 403 for each in absent} if seen else absent
                    wanted |= {"table": found["table"], "path: observe": found["path: observe"]}
                    assert found == wanted, name
                    assert {found["table"], found["path: observe"]} <= {0, 403, 404}, name
                elif name not in metadata_of(role):
                    wanted = {
                        **absent,
                        "table": 201,
                        "path: observe": 201,
                    }  # who writes need not be able to read
                    assert found == wanted, name
                else:
                    assert found.pop("path: link") == 400, name
                    assert found.pop("path: unlink") == 404, name  # there is no such link
                    assert set(found.values()) <= {200, 201}, (name, found)

    anyio.run(main)


def test_every_room_of_interfaces_has_a_door() -> None:
    rooms = Path(__file__).parents[1] / "src" / "allmende" / "interfaces"
    names = {path.parent.name for path in rooms.glob("*/__init__.py")} | {"portal"}
    assert names <= {name.partition(":")[0] for name in DOORS}
