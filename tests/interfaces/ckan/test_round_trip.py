# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A client that sends back what it got changes nothing; one that changes a word, only that."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.interfaces.ckan.conftest import City
from tests.interfaces.dcat.test_real import COUNTS, fill

from allmende.core import catalogue
from allmende.core.catalogue import Entry, Record
from allmende.model.catalogue import (
    Agent,
    Dataset,
    Distribution,
    Kind,
    Location,
    Period,
    Relationship,
    ResourceKind,
)
from allmende.policy import SYSTEM

pytestmark = pytest.mark.anyio

STEWARD = "steward-jena"
EU = "http://publications.europa.eu/resource/authority/"


async def record_of(city: City, ident: str) -> Record:
    return await catalogue.get(city.served.platform, SYSTEM, ResourceKind.DATASET, ident)


def dataset_of(record: Record) -> Dataset:
    assert isinstance(record.resource, Dataset)
    return record.resource


@pytest.mark.parametrize("name", COUNTS)
async def test_what_came_back_as_it_was_shown_changes_nothing(
    city: City, shared_data: Path, name: str
) -> None:
    await fill(city.served, shared_data, name)
    names = await city.result("package_list")
    for each in names[::3]:
        before = await record_of(city, each)
        shown = await city.result("package_show", id=each)
        again = await city.result("package_update", STEWARD, **shown)
        assert again == shown
        assert (await record_of(city, each)).revision == before.revision, each


RICH = Dataset(
    iri="https://example.org/rich",
    title={"de": "Bäume", "en": "Trees", "und": "Arbores"},
    description={"de": "Alle Bäume", "en": "All trees"},
    keyword={"de": ["Baum", "Park"], "en": ["tree", "Park"], "und": ["arbor"]},
    publisher=Agent(
        iri="https://example.org/jena", name={"de": "Jena", "en": "Jena (city)"},
        type="http://purl.org/adms/publishertype/LocalAuthority",
    ),
    creator=[Agent(name={"de": "Eins"}), Agent(name={"de": "Zwei"})],
    contact_point=[Kind(fn={"de": "Amt"}, email=["mailto:a@example.org"]), Kind(fn={"de": "B"})],
    theme=[f"{EU}data-theme/ENVI", "https://example.org/theme/x"],
    spatial=[Location(label={"de": "Jena"}), Location(label={"de": "Thüringen"})],
    temporal=[Period(start="2020-01-01"), Period(start="2021-01-01", end="2021-12-31")],
    qualified_relation=[Relationship(relation=["https://example.org/r"])],
    landing_page=["https://example.org/a", "https://example.org/b"],
    sample=["https://example.org/sample"],
    in_series=["https://example.org/series"],
    distribution=[
        Distribution(
            title={"de": "Datei", "en": "File"},
            access_url=["https://example.org/page"],
            download_url=["https://example.org/trees.csv", "https://example.org/mirror.csv"],
            license="http://dcat-ap.de/def/licenses/dl-by-de/2.0",
            format=f"{EU}file-type/CSV",
            compress_format="http://www.iana.org/assignments/media-types/application/gzip",
            temporal_resolution="P1D",
        ),
        Distribution(iri="https://example.org/rich/2", access_url=["https://example.org/wms"]),
    ],
    extra=['<https://example.org/rich> <https://example.org/p> "kept" .'],
)  # fmt: skip


async def rich(city: City) -> dict[str, Any]:
    entry = Entry(kind=ResourceKind.DATASET, id="rich", organisation="jena", resource=RICH)
    await catalogue.put(city.served.platform, SYSTEM, entry)
    shown: dict[str, Any] = await city.result("package_show", id="rich")
    return shown


async def test_one_changed_word_changes_that_word_only(city: City) -> None:
    shown = await rich(city)
    sent = {**shown, "title": "Stadtbäume", "tags": [{"name": "Baum"}, {"name": "Neu"}]}
    await city.result("package_update", STEWARD, **sent)
    found = dataset_of(await record_of(city, "rich"))
    assert found.title == {"de": "Stadtbäume", "en": "Trees", "und": "Arbores"}
    assert found.keyword == {"de": ["Baum", "Neu"], "en": ["tree"]}
    expected = structs.replace(RICH, title=found.title, keyword=found.keyword)
    assert found == expected


async def test_an_old_client_that_sends_no_extras_takes_away_what_it_saw_only(city: City) -> None:
    shown = await rich(city)
    sent = {name: value for name, value in shown.items() if name != "extras"}
    await city.result("package_update", STEWARD, **sent)
    found = dataset_of(await record_of(city, "rich"))
    assert found.qualified_relation == RICH.qualified_relation
    assert found.extra == RICH.extra
    assert found.iri == RICH.iri
    assert found.temporal == RICH.temporal[1:]
    assert [each.label for each in found.spatial] == [{"de": "Thüringen"}]


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"notes": "Neu"}, "description", {"de": "Neu", "en": "All trees"}),
        ({"url": "https://example.org/c"}, "landing_page",
         ["https://example.org/b", "https://example.org/c"]),
        ({"version": "2"}, "version", "2"),
        ({"groups": [{"name": "tran"}]}, "theme",
         ["https://example.org/theme/x", f"{EU}data-theme/TRAN"]),
        ({"maintainer": "Neues Amt"}, "contact_point",
         [Kind(fn={"de": "Neues Amt"}, email=["mailto:a@example.org"]), Kind(fn={"de": "B"})]),
        ({"author": "Drei"}, "creator", [Agent(name={"de": "Drei"}), Agent(name={"de": "Zwei"})]),
    ],
)  # fmt: skip
async def test_a_patch_changes_one_field(
    city: City, change: dict[str, Any], field: str, value: Any
) -> None:
    await rich(city)
    await city.result("package_patch", STEWARD, id="rich", **change)
    found = dataset_of(await record_of(city, "rich"))
    assert getattr(found, field) == value
    assert structs.replace(found, **{field: getattr(RICH, field)}) == RICH


async def test_a_changed_resource_keeps_its_id_and_what_ckan_does_not_know(city: City) -> None:
    shown = await rich(city)
    first, second = shown["resources"]
    assert first["url"] == "https://example.org/trees.csv"
    sent = {"id": first["id"], "url": "https://example.org/new.csv", "name": "Neue Datei"}
    answer = await city.result("resource_patch", STEWARD, **sent)
    assert answer["id"] == first["id"]
    assert (answer["url"], answer["name"]) == (sent["url"], sent["name"])
    found = dataset_of(await record_of(city, "rich")).distribution
    assert found[0].title == {"de": "Neue Datei", "en": "File"}
    assert found[0].download_url == [sent["url"], "https://example.org/mirror.csv"]
    assert found[0].access_url == ["https://example.org/page"]
    assert found[0].temporal_resolution == "P1D"
    assert found[1] == RICH.distribution[1]
    order = [second["id"], first["id"]]
    await city.result("package_resource_reorder", STEWARD, id="rich", order=order)
    after = await city.result("package_show", id="rich")
    assert [each["id"] for each in after["resources"]] == order
    await city.result("resource_delete", STEWARD, id=first["id"])
    assert (await city.error("resource_show", id=first["id"]))[0] == 404
    assert dataset_of(await record_of(city, "rich")).distribution == [RICH.distribution[1]]


async def test_another_allmende_takes_over_everything(city: City) -> None:
    shown = await rich(city)
    sent = {**shown, "name": "copy", "id": "7c98ba19-4141-48ce-a079-c9215c6d1391"}
    made = await city.result("package_create", STEWARD, **sent)
    assert made["id"] == sent["id"]
    found = dataset_of(await record_of(city, "copy"))
    found.distribution[0].iri = None
    assert found == RICH
