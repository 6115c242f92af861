# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CKAN portals: paging, refusals, and the mapping to DCAT-AP.de."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import City, Scenario
from tests.sources.servers import Ckan, Site, package

from allmende.model.catalogue import Dataset
from allmende.model.namespaces import AUTHORITY, DCATDE_LICENSES, SPDX
from allmende.sources.ckan.mapping import to_record
from allmende.sources.ckan.source import portal_of

Play = Callable[[Scenario], None]


def mapped(given: dict[str, Any]) -> Dataset:
    found = to_record(given, "https://portal.test").load().resource
    assert isinstance(found, Dataset)
    return found


def extras(**values: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def test_a_portal_is_read_in_pages(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        Ckan(site, [package(n) for n in range(1, 251)])
        await city.source(f"{site.address}/api/3/action", kind="ckan")
        run = await city.run()
        assert (run.status, run.error) == ("complete", {})
        assert (run.counts.created, run.counts.total, run.counts.pages) == (250, 250, 3)
        assert {r.original_id for r in await city.records()} == {
            package(n)["id"] for n in range(1, 251)
        }
        again = await city.run()
        assert (again.counts.unchanged, again.counts.pages_unchanged) == (250, 3)

    play(scenario)


def test_a_portal_without_search_is_read_one_by_one(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        ckan = Ckan(site, [package(n) for n in range(1, 31)])
        ckan.search = False
        await city.source(site.address, kind="ckan")
        run = await city.run()
        assert (run.status, run.error, run.counts.created) == ("complete", {}, 30)

    play(scenario)


def test_hidden_and_broken_packages(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        packages = [
            package(1),
            package(2, private=True),
            package(3, state="deleted"),
            {"title": "no id"},
            "not a package",
            package(4, resources="nonsense", tags=None, groups={}, extras=[1, {"key": "a"}]),
        ]
        ckan = Ckan(site, packages)
        ckan.total = 4
        await city.source(site.address, kind="ckan")
        run = await city.run()
        assert (run.status, run.counts.created, run.counts.faults) == ("complete", 2, 2)
        faults = [fault for _, fault in (await city.report(run)).faults]
        assert {fault.code for fault in faults} == {"ckan-no-id"}
        assert faults[0].raw == b'{"title":"no id"}'

    play(scenario)


def test_a_total_too_low_does_not_end_the_reading(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        ckan = Ckan(site, [package(n) for n in range(1, 151)])
        ckan.total = 10
        await city.source(site.address, kind="ckan")
        assert (await city.run()).counts.created == 150

    play(scenario)


def test_addresses_of_a_portal() -> None:
    for address in (
        "https://portal.test/data/",
        "https://portal.test/data/api/3/action/package_search?rows=5",
        "https://portal.test/data/dataset?q=a",
    ):
        assert portal_of(address) == "https://portal.test/data"


def full_package() -> dict[str, Any]:
    return package(
        1,
        url="https://stadt.test/baeume",
        extras=extras(
            contributorID='["http://dcat-ap.de/def/contributors/stadtBeispiel"]',
            issued="2020-01-02T00:00:00",
            modified="2024-05-06",
            temporal_start="2019-01-01",
            temporal_end="31.12.2019",
            spatial='{"type":"Point","coordinates":[11.58,50.93]}',
            politicalGeocodingLevelURI="http://dcat-ap.de/def/politicalGeocoding/Level/municipality",
            publisher_name="Grünflächenamt",
            publisher_email="gruen@stadt.test",
            contact_name="Frau Muster",
            contact_email="muster@stadt.test",
            language='["http://publications.europa.eu/resource/authority/language/DEU"]',
            frequency="jährlich",
            licenseAttributionByText="Stadt Beispiel",
            access_rights="public",
            identifier="baeume-1",
        ),
        resources=[
            {
                "id": "r1",
                "name": "Tabelle",
                "url": "https://stadt.test/a b.csv",
                "format": "CSV",
                "mimetype": "text/csv; charset=utf-8",
                "size": "1234",
                "hash": "d41d8cd98f00b204e9800998ecf8427e",
                "license": "http://dcat-ap.de/def/licenses/cc-by/4.0",
                "last_modified": "2024-05-06T07:08:09",
            }
        ],
    )


def test_a_package_becomes_a_dataset() -> None:
    found = mapped(full_package())
    assert found.iri == "https://portal.test/dataset/00000000-0000-4000-8000-000000000001"
    assert found.title == {"de": "Datensatz 1"}
    assert found.identifier == ["baeume-1"]
    assert found.keyword == {"de": ["Bäume"]}
    assert found.theme == [AUTHORITY + "data-theme/ENVI"]
    assert (found.issued, found.modified) == ("2020-01-02T00:00:00", "2024-05-06")
    assert (found.temporal[0].start, found.temporal[0].end) == ("2019-01-01", "2019-12-31")
    assert found.spatial[0].geometry == ['{"type":"Point","coordinates":[11.58,50.93]}']
    assert found.contributor_id == ["http://dcat-ap.de/def/contributors/stadtBeispiel"]
    assert found.publisher is not None
    assert found.publisher.name == {"de": "Grünflächenamt"}
    assert found.publisher.mbox == ["mailto:gruen@stadt.test"]
    assert found.contact_point[0].email == ["mailto:muster@stadt.test"]
    assert found.language == [AUTHORITY + "language/DEU"]
    assert found.accrual_periodicity == AUTHORITY + "frequency/ANNUAL"
    assert found.access_rights == AUTHORITY + "access-right/PUBLIC"


def test_a_resource_becomes_a_distribution() -> None:
    (file,) = mapped(full_package()).distribution
    assert file.iri == "https://portal.test/dataset/datensatz-1/resource/r1"
    assert file.access_url == ["https://stadt.test/a%20b.csv"]
    assert file.format == AUTHORITY + "file-type/CSV"
    assert file.media_type == "http://www.iana.org/assignments/media-types/text/csv"
    assert (file.byte_size, file.license) == (1234, DCATDE_LICENSES + "cc-by/4.0")
    assert file.checksum is not None
    assert file.checksum.algorithm == SPDX + "checksumAlgorithm_md5"
    assert file.license_attribution == {"de": "Stadt Beispiel"}


def test_the_older_open_government_schema() -> None:
    found = mapped(
        package(
            1,
            license_id="",
            extras=extras(
                dates='[{"role":"veroeffentlicht","date":"2013-02-01"},'
                '{"role":"aktualisiert","date":"2014-03-02"}]',
                contacts='[{"role":"veroeffentlichende_stelle","name":"Amt A"},'
                '{"role":"ansprechpartner","name":"Herr B","email":"b@stadt.test"}]',
                temporal_coverage_from="2010-01-01",
                terms_of_use='{"license_id":"dl-de-by-2.0","attribution_text":"Amt A, 2014"}',
                geographical_coverage="Stadt Beispiel",
            ),
        )
    )
    assert (found.issued, found.modified) == ("2013-02-01", "2014-03-02")
    assert found.publisher is not None
    assert found.publisher.name == {"de": "Amt A"}
    assert found.contact_point[0].fn == {"de": "Herr B"}
    assert found.temporal[0].start == "2010-01-01"
    assert found.spatial[0].label == {"de": "Stadt Beispiel"}
    assert found.distribution[0].license == DCATDE_LICENSES + "dl-by-de/2.0"
    assert found.distribution[0].license_attribution == {"de": "Amt A, 2014"}


def test_what_is_not_understood_is_noted() -> None:
    content = to_record(
        package(
            1,
            license_id="house-rules",
            extras=extras(issued="long ago", frequency="sometimes"),
            resources=[{"id": "r", "url": "https://a.test/", "format": "papyrus"}],
        ),
        "https://portal.test",
    ).load()
    assert {(r.path, r.before) for r in content.repairs if r.code == "set-aside"} == {
        ("license", "house-rules"),
        ("issued", "long ago"),
        ("accrual_periodicity", "sometimes"),
        ("distribution[0].format", "papyrus"),
    }


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = ["title", "notes", "tags", "groups", "organization", "resources", "extras", "publisher"]
NAMES += ["contacts", "dates", "spatial", "theme", "terms_of_use", "temporal_coverage", "contact"]


@given(st.dictionaries(st.sampled_from(NAMES), VALUES), st.dictionaries(st.text(), VALUES))
def test_any_package_becomes_a_dataset(known: dict[str, Any], more: dict[str, Any]) -> None:
    record = to_record({**more, **known, "id": "x"}, "https://portal.test")
    assert isinstance(record.load().resource, Dataset)
