# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""package_search: Solr's syntax, facets, order, pages, what is private; and the lists."""

import json
from typing import Any

import pytest
from tests.interfaces.ckan.conftest import City

from allmende.core import aliases, catalogue
from allmende.core.catalogue import Entry
from allmende.model.catalogue import (
    Agent,
    DataService,
    Dataset,
    Distribution,
    Location,
    ResourceKind,
)
from allmende.policy import SYSTEM, Level, Status

pytestmark = pytest.mark.anyio

EU = "http://publications.europa.eu/resource/authority/"
LICENCES = "http://dcat-ap.de/def/licenses/"
JENA = '{"type": "Point", "coordinates": [11.58, 50.93]}'
BERLIN = '{"type": "Point", "coordinates": [13.4, 52.5]}'


@pytest.fixture
def database(engine: str) -> str:
    """Both engines: the conditions go through the store's search."""
    return engine if engine.startswith("postgresql") else ""


def dataset(title: str, tags: list[str], formats: list[str], **more: Any) -> Dataset:
    parts = [
        Distribution(
            title={"de": f"Datei {each}"},
            access_url=[f"https://example.org/{each}"],
            format=f"{EU}file-type/{each}",
            license=LICENCES + more.pop("licence", "cc-by/4.0"),
        )
        for each in formats
    ]
    return Dataset(title={"de": title}, keyword={"de": tags}, distribution=parts, **more)


THINGS: dict[str, tuple[Dataset, dict[str, Any]]] = {
    "baeume": (
        dataset("Bäume der Stadt", ["Baum", "Park"], ["CSV", "GEOJSON"], modified="2020-03-01",
                theme=[f"{EU}data-theme/ENVI"], spatial=[Location(geometry=[JENA])],
                publisher=Agent(name={"de": "Grünamt"})),
        {},
    ),
    "haushalt": (
        dataset("Haushalt 2021", ["Geld", "Haushalt: Plan"], ["XLSX"], modified="2021-06-01",
                licence="dl-by-de/2.0", theme=[f"{EU}data-theme/ECON"]),
        {},
    ),
    "parken": (
        dataset("Parken und Verkehr", ["Park", "Auto"], ["JSON"], modified="2022-01-15",
                theme=[f"{EU}data-theme/TRAN"], spatial=[Location(geometry=[BERLIN])]),
        {"organisation": "other"},
    ),
    "leer": (dataset("Ohne alles", [], []), {}),
    "entwurf": (dataset("Entwurf", ["Park"], ["CSV"]), {"status": Status.DRAFT}),
    "intern": (
        dataset("Nur intern", ["Geheim"], ["CSV"]),
        {"metadata_access": Level.INTERNAL, "legal_basis": "§ 3"},
    ),
    "archiv": (dataset("Archiviert", ["Park"], ["CSV"]), {"status": Status.ARCHIVED}),
}  # fmt: skip
PUBLIC = ["baeume", "haushalt", "leer", "parken"]


async def fill(city: City) -> None:
    for name, (resource, more) in THINGS.items():
        given = {"organisation": "jena"} | more
        entry = Entry(kind=ResourceKind.DATASET, id=name, resource=resource, **given)
        await catalogue.put(city.served.platform, SYSTEM, entry)
    service = DataService(title={"de": "Dienst Park"}, keyword={"de": ["Park"]})
    entry = Entry(kind=ResourceKind.SERVICE, id="dienst", resource=service, organisation="jena")
    await catalogue.put(city.served.platform, SYSTEM, entry)


async def names(city: City, token: str = "", **query: Any) -> list[str]:
    found = await city.result("package_search", token, **query)
    assert found["count"] == len(found["results"])
    return [each["name"] for each in found["results"]]


FILTERS: dict[str, list[str]] = {
    "": PUBLIC,
    "*:*": PUBLIC,
    "organization:jena": ["baeume", "haushalt", "leer"],
    "-organization:jena": ["parken"],
    "organization:(jena OR other)": PUBLIC,
    "organization:jen*": ["baeume", "haushalt", "leer"],
    "tags:Park": ["baeume", "parken"],
    "tags:(Park AND Auto)": ["parken"],
    "tags:(Park -Auto)": ["baeume"],
    'tags:"Haushalt: Plan"': ["haushalt"],
    "tags:Haushalt\\:\\ Plan": ["haushalt"],
    "tags:[* TO *]": ["baeume", "haushalt", "parken"],
    "NOT tags:*": ["leer"],
    "tags:[A TO C]": ["baeume", "parken"],
    "tags:[Baum TO Geld}": ["baeume"],
    "tags:B?um": ["baeume"],
    "res_format:csv": ["baeume"],
    "res_format:(CSV || JSON)": ["baeume", "parken"],
    "res_format:*JSON": ["baeume", "parken"],
    "groups:tran": ["parken"],
    "license_id:dl-by-de-2.0": ["haushalt"],
    "license_id:cc-by-4.0 AND groups:envi": ["baeume"],
    "+organization:jena +res_format:CSV": ["baeume"],
    "organization:jena AND (tags:Park OR tags:Geld)": ["baeume", "haushalt"],
    "organization:jena && !tags:Park": ["haushalt", "leer"],
    "name:parken": ["parken"],
    "name:(baeume OR leer)": ["baeume", "leer"],
    "name:*a*": ["baeume", "haushalt", "parken"],
    "name:[b TO i]": ["baeume", "haushalt"],
    "title:haushalt": ["haushalt"],
    "title:Stadt": ["baeume"],
    "title:tadt": [],
    "title:Verk*": ["parken"],
    'title_string:"Haushalt 2021"': ["haushalt"],
    "text:verkehr": ["parken"],
    "verkehr": ["parken"],
    'publisher:"Grünamt"': ["baeume"],
    "modified:[2021-01-01T00:00:00Z TO *]": ["haushalt", "parken"],
    "modified:[* TO 2020-12-31]": ["baeume"],
    "modified:{2020-03-01 TO 2021-06-01]": ["haushalt"],
    "metadata_modified:[2020-01-01T00:00:00Z TO NOW]": PUBLIC,
    "metadata_created:[* TO 2001-01-01]": [],
    "metadata_modified:[NOW-1DAY TO NOW+1HOUR]": PUBLIC,
    "metadata_created:[* TO NOW/DAY-2MONTHS]": [],
    "modified:[2021-01-01T00:00:00Z-1DAY TO NOW]": ["haushalt", "parken"],
    "type:dataset": PUBLIC,
    "dataset_type:harvest": [],
    "state:active": PUBLIC,
    "state:draft": [],
    "capacity:public": PUBLIC,
    "private:true": [],
    "nobody_filled:this": [],
    "-nobody_filled:this": PUBLIC,
    "organization:jena^2 tags:Park~1": ["baeume"],
}


async def test_filters_find_what_solr_would(city: City) -> None:
    await fill(city)
    wrong = {}
    for text, expected in FILTERS.items():
        by_fq = await names(city, fq=text, sort="name asc")
        by_q = await names(city, q=text or "*:*", sort="name asc")
        if not by_fq == by_q == expected:
            wrong[text] = (by_fq, by_q)
    assert not wrong


async def test_ids_of_packages_and_organisations(city: City) -> None:
    await fill(city)
    shown = await city.result("package_show", id="baeume")
    assert await names(city, fq=f"id:{shown['id']}") == ["baeume"]
    assert await names(city, fq=f"owner_org:{shown['owner_org']} AND tags:Park") == ["baeume"]
    assert await city.result("package_show", id=shown["id"].upper()) == shown
    other = await city.result("package_show", id="leer")
    assert await names(city, fq=f"id:({shown['id']} OR {other['id']})", sort="id asc") == [
        "baeume",
        "leer",
    ]


async def test_what_is_private_is_asked_for_and_needs_the_right(city: City) -> None:
    await fill(city)
    more = {"include_private": True, "include_drafts": True, "include_deleted": True}
    steward, reader = "steward-jena", "reader-jena"
    assert await names(city, steward, sort="name asc") == PUBLIC
    everything = await names(city, steward, sort="name asc", **more)
    assert everything == sorted(THINGS)
    assert await names(city, reader, sort="name asc", **more) == sorted([*PUBLIC, "intern"])
    assert await names(city, "steward-other", sort="name asc", **more) == PUBLIC
    assert await names(city, sort="name asc", **more) == PUBLIC
    assert await names(city, steward, fq="tags:Geheim", include_private=True) == ["intern"]
    assert await names(city, fq="tags:Geheim", **more) == []
    assert await names(city, steward, fq="state:draft", **more) == ["entwurf"]
    assert await names(city, steward, fq="private:true", **more, sort="name asc") == [
        "entwurf",
        "intern",
    ]


async def test_facets_count_what_is_found(city: City) -> None:
    await fill(city)
    asked = ["organization", "tags", "groups", "res_format", "license_id", "nobody"]
    found = await city.result("package_search", **{"facet.field": asked, "fq": "tags:Park"})
    assert found["facets"] == {
        "organization": {"jena": 1, "other": 1},
        "tags": {"Park": 2, "Auto": 1, "Baum": 1},
        "groups": {"envi": 1, "tran": 1},
        "res_format": {"CSV": 1, "GEOJSON": 1, "JSON": 1},
        "license_id": {"cc-by-4.0": 2},
        "nobody": {},
    }
    items = found["search_facets"]["organization"]["items"]
    assert {"name": "jena", "display_name": "Stadt Jena", "count": 1} in items
    least = {"facet.field": ["tags"], "facet.mincount": 2}
    assert (await city.result("package_search", **least))["facets"] == {"tags": {"Park": 2}}
    first = {"facet.field": json.dumps(["tags"]), "facet.limit": "1"}
    assert (await city.result("package_search", **first))["facets"] == {"tags": {"Park": 2}}


ORDERS = {
    "name asc": PUBLIC,
    "name desc": PUBLIC[::-1],
    "title_string asc": ["baeume", "haushalt", "leer", "parken"],
    "title_string desc": ["parken", "leer", "haushalt", "baeume"],
    "metadata_created asc": ["baeume", "haushalt", "parken", "leer"],
    "metadata_created desc": ["leer", "parken", "haushalt", "baeume"],
    "metadata_modified asc, id asc": ["haushalt", "parken", "leer", "baeume"],
    "metadata_modified desc": ["baeume", "leer", "parken", "haushalt"],
    "score desc, metadata_modified desc": ["baeume", "leer", "parken", "haushalt"],
    "nope desc": ["baeume", "leer", "parken", "haushalt"],
    "modified desc": ["parken", "haushalt", "baeume", "leer"],
}


async def test_orders(city: City) -> None:
    await fill(city)
    await city.result("package_patch", "steward-jena", id="baeume", notes="jetzt")
    for sort, expected in ORDERS.items():
        assert await names(city, sort=sort) == expected, sort
        pages = []
        for start in (0, 3, 6):
            found = await city.result("package_search", sort=sort, rows=3, start=start)
            pages.append([each["name"] for each in found["results"]])
        assert pages == [expected[:3], expected[3:], []], sort


async def test_words_places_rows_and_start(city: City) -> None:
    await fill(city)
    assert await names(city, q="Bäume") == ["baeume"]
    assert await names(city, q='"Bäume der Stadt"') == ["baeume"]
    assert await names(city, q="park", fq="organization:other") == ["parken"]
    assert await names(city, q="nirgendwo") == []
    box = "11,50,12,51.5"
    assert await names(city, ext_bbox=box) == ["baeume"]
    assert await names(city, extras={"ext_bbox": box}) == ["baeume"]
    found = await city.result("package_search", rows=0)
    assert (found["count"], found["results"]) == (4, [])
    huge = await city.result("package_search", rows=10**15, start=0)
    assert len(huge["results"]) == 4
    far = await city.result("package_search", start=10**15)
    assert (far["count"], far["results"]) == (4, [])


async def test_by_get_and_by_form_the_same_is_found(city: City) -> None:
    await fill(city)
    query = {"q": "park", "fq": "organization:jena", "facet.field": '["tags"]', "rows": "5"}
    client = city.served.client
    by_get = await client.get("/api/3/action/package_search", params=query)
    by_form = await client.post("/api/action/package_search", data=query)
    by_text = await client.post(
        "/api/3/action/package_search", content=json.dumps(query).encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    parts = {name: (None, text) for name, text in query.items()}
    by_parts = await client.post("/api/3/action/package_search", files=parts)
    assert by_get.json()["result"]["count"] == 1
    assert by_get.json() == by_form.json() == by_text.json() == by_parts.json()
    assert (await client.get("/api/3")).json() == {"version": 3}


async def test_lists(city: City) -> None:
    await fill(city)
    assert await city.result("package_list", "steward-jena") == PUBLIC
    assert await city.result("package_list", limit=2, offset=1) == ["haushalt", "leer"]
    newest = await city.result("current_package_list_with_resources", limit=2)
    assert [each["name"] for each in newest] == ["leer", "parken"]
    assert newest[1]["resources"][0]["format"] == "JSON"
    found = await city.result("package_autocomplete", q="äume")
    assert found == [
        {"name": "baeume", "title": "Bäume der Stadt", "match_field": "title",
         "match_displayed": "Bäume der Stadt (baeume)"}
    ]  # fmt: skip
    assert await city.result("package_autocomplete", q="%") == []
    assert await city.result("package_autocomplete", "steward-jena", q="intern") == []
    assert await city.result("tag_list") == ["Auto", "Baum", "Geld", "Haushalt: Plan", "Park"]
    assert (await city.result("tag_search", query="a"))["count"] == 4
    assert await city.result("tag_autocomplete", query="ba") == ["Baum"]
    tag = await city.result("tag_show", id="Park", include_datasets=True)
    assert sorted(each["name"] for each in tag["packages"]) == ["baeume", "parken"]
    assert await city.result("tag_show", id=tag["id"]) == {
        name: value for name, value in tag.items() if name != "packages"
    }
    assert (await city.error("tag_show", id="Geheim"))[0] == 404
    assert await city.result("format_autocomplete", q="js") == ["geojson", "json"]
    found = await city.result("resource_search", query=["name:datei", "format:csv"])
    assert [each["url"] for each in found["results"]] == ["https://example.org/CSV"]


async def test_organisations_and_groups(city: City) -> None:
    await fill(city)
    assert await city.result("organization_list") == ["other", "jena"]
    listed = await city.result("organization_list", all_fields=True, sort="package_count desc")
    assert [(each["name"], each["package_count"]) for each in listed] == [("jena", 3), ("other", 1)]
    shown = await city.result("organization_show", id=listed[0]["id"], include_datasets=True)
    assert sorted(each["name"] for each in shown["packages"]) == ["baeume", "haushalt", "leer"]
    assert (shown["title"], shown["is_organization"]) == ("Stadt Jena", True)
    groups = await city.result("group_list")
    assert len(groups) == 13
    assert "tran" in groups
    group = await city.result("group_show", id="tran", include_datasets=True)
    assert (group["title"], group["package_count"]) == ("Verkehr", 1)
    assert [each["name"] for each in group["packages"]] == ["parken"]
    mine = await city.result("organization_list_for_user", "contributor-jena")
    assert [(each["name"], each["capacity"]) for each in mine] == [("jena", "editor")]
    assert await city.result("organization_list_for_user") == []
    assert await city.result("organization_list_for_user", "reader-jena") == []
    found = await city.result("organization_autocomplete", q="STADT")
    assert [each["name"] for each in found] == ["jena"]


async def test_uuids_are_found_again_after_a_rebuild(city: City) -> None:
    sent = {"name": "neu_1", "owner_org": "jena", "resources": [{"url": "https://example.org/x"}]}
    made = await city.result("package_create", "steward-jena", **sent)
    platform = city.served.platform
    for rebuild in platform.rebuilds:
        await rebuild(lambda *_: None)
    platform.caches.pop(aliases.READY, None)
    assert await city.result("package_show", id=made["id"]) == made
    assert await city.result("package_show", id="neu_1") == made
    assert await city.result("package_list") == ["neu_1"]
    assert await names(city, fq="name:neu_1") == ["neu_1"]
    resource = made["resources"][0]
    assert await city.result("resource_show", id=resource["id"]) == resource
