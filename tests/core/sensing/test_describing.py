# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every thing is in the catalogue by itself, as open as it is, and is found there."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import START, stream, thing

from allmende.core import catalogue, search, sensing
from allmende.core.platform import Platform
from allmende.core.sensing import describing, retaining
from allmende.core.sensing.describing_dataset import duration, frequency
from allmende.core.work import registry
from allmende.core.worker import working
from allmende.errors import NotFound
from allmende.model.catalogue import DataService, Dataset, Kind, ResourceKind
from allmende.model.sensing.calendar import HOUR, SECOND
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.retention import Policy
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Status, Subject
from allmende.store import Connection, events

INSIDER = Subject(kind="user", id="r", roles={"jena": frozenset({Role.READER})})


async def dataset(platform: Platform, ident: int, who: Subject = ANONYMOUS) -> Dataset:
    name = describing.dataset_id(ident)
    record = await catalogue.get(platform, who, ResourceKind.DATASET, name)
    assert isinstance(record.resource, Dataset)
    return record.resource


def test_a_thing_is_described(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        spec = thing(
            "one",
            stream("air", interval=900),
            stream("secret", access="restricted"),
            properties={"title": {"de": "Wetterhaus", "en": "Weather hut"}},
        )
        made = await sensing.register(platform, SYSTEM, spec)
        await sensing.observe(
            platform,
            SYSTEM,
            [Observation(datastream=made.streams["air"], time=START, result=1.0)],
        )
        await describing.describe(platform, [made.thing])
        found = await dataset(platform, made.thing)
        assert found.title == {"de": "Wetterhaus", "en": "Weather hut"}
        assert "Stream air" in found.description["de"]
        assert "secret" not in found.description["de"]
        assert found.keyword == {"de": ["Temperature"]}
        assert found.spatial[0].centroid == ["POINT (11.586000 50.927000)"]
        assert (found.temporal[0].start, found.temporal[0].end) == ("2024-06-20", "2024-06-20")
        assert found.accrual_periodicity is not None
        assert found.accrual_periodicity.endswith("/15MIN")
        assert found.temporal_resolution == "PT15M"
        assert found.provenance[0].label["de"] == "Einzelwerte werden dauerhaft aufbewahrt."
        addresses = [each.access_url[0] for each in found.distribution]
        assert any(f"Things({made.thing})/Datastreams" in each for each in addresses)
        assert any(f"observations.csv?thing={made.thing}" in each for each in addresses)
        service = await catalogue.get(platform, ANONYMOUS, ResourceKind.SERVICE, "sensorthings")
        assert isinstance(service.resource, DataService)
        assert service.resource.serves_dataset == [
            platform.address(ResourceKind.DATASET, describing.dataset_id(made.thing))
        ]
        hits = await search.search(platform, ANONYMOUS, search.SearchQuery(text="Wetterhaus"))
        assert [each.id for each in hits.records] == [describing.dataset_id(made.thing)]

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_what_people_add_stays_and_nothing_is_written_twice(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        assert await describing.describe_all(platform) == 1
        name = describing.dataset_id(made.thing)
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, name)
        entry = catalogue.entry_of(record)
        assert isinstance(entry.resource, Dataset)
        entry.resource.contact_point = [Kind(fn={"de": "Amt"})]
        await catalogue.put(platform, SYSTEM, entry)
        before = await platform.store.read(events.last_sequence)
        await describing.describe_all(platform)
        assert await platform.store.read(events.last_sequence) == before
        assert (await dataset(platform, made.thing)).contact_point[0].fn == {"de": "Amt"}

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_a_closed_thing_disappears(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        spec = thing()
        made = await sensing.register(platform, SYSTEM, spec)
        await describing.describe(platform, [made.thing])
        await sensing.register(platform, SYSTEM, replace(spec, access="internal"))
        await describing.describe(platform, [made.thing])
        with pytest.raises(NotFound):
            await dataset(platform, made.thing)
        assert (await dataset(platform, made.thing, INSIDER)).title == {"de": "Thing one"}
        with pytest.raises(NotFound):
            await catalogue.get(platform, ANONYMOUS, ResourceKind.SERVICE, "sensorthings")

        def drop(db: Connection) -> None:
            for table in ("sense_datastream", "sense_thing_location"):
                db.run(f"delete from {table} where thing = :id", id=made.thing)
            db.run("delete from sense_history_location")
            db.run("delete from sense_history where thing = :id", id=made.thing)
            db.run("delete from sense_thing where id = :id", id=made.thing)

        await platform.store.write(drop)
        await describing.describe_all(platform)
        name = describing.dataset_id(made.thing)
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, name)
        assert record.status == Status.ARCHIVED
        assert record.metadata_access == Level.INTERNAL

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_the_worker_hears_of_things_and_rules(engine: str, tmp_path: Path) -> None:
    import anyio

    async def scenario(platform: Platform) -> None:
        kinds = registry()
        await platform.store.write(kinds.prepare)  # so that it hears what comes next
        async with working(platform, kinds):
            made = await sensing.register(platform, SYSTEM, thing())
            while True:
                try:
                    await dataset(platform, made.thing)
                    break
                except NotFound:
                    await anyio.sleep(0.02)
            rule = Policy(id="all", title={"de": "Alles"}, days=30)
            await retaining.save(platform, SYSTEM, rule, "less")
            while "30 Tage" not in (await dataset(platform, made.thing)).provenance[0].label["de"]:
                await anyio.sleep(0.02)

    run_scenario(settings_for(engine, tmp_path), scenario)


@pytest.mark.parametrize(
    ("interval", "code", "said"),
    [
        (SECOND, "UPDATE_CONT", "PT1S"),
        (900 * SECOND, "15MIN", "PT15M"),
        (HOUR, "HOURLY", "PT1H"),
        (24 * HOUR, "DAILY", "PT24H"),
        (SECOND // 2, "UPDATE_CONT", "PT0.5S"),
    ],
)
def test_intervals_have_words(interval: int, code: str, said: str) -> None:
    assert (frequency(interval), duration(interval)) == (code, said)
