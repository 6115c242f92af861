# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is kept of collections: the past, refused rows, backups, moves to other models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from msgspec import structs
from tests.support.platforms import run_scenario, settings_for
from tests.support.trees import insider, plant, point, tree

from allmende.core import accounts, backup, catalogue, collections, maintenance
from allmende.core.collections import Change, Conversion
from allmende.core.platform import Platform
from allmende.errors import (
    InvalidInput,
    InvalidRecord,
    NotAuthenticated,
    NotFound,
)
from allmende.model.catalogue import ResourceKind
from allmende.model.document import (
    Entity,
    Field,
    FieldType,
    GeometryType,
    Model,
)
from allmende.model.query import Query
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Subject
from allmende.store import Connection

PASSWORD = "Wiesen gehören allen zusammen 1887"
Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    settings = settings_for(engine, tmp_path)
    return lambda scenario: run_scenario(settings, scenario)


def test_the_past_stays(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        before = await collections.row(platform, SYSTEM, "trees", "1")
        await collections.write(
            platform, SYSTEM, "trees", [tree(1, height=99.5)], source="survey", reason="measured"
        )
        after = await collections.row(platform, SYSTEM, "trees", "1")
        assert (after.revision, after.values["height"]) == (2, 99.5)
        assert after.flags == ["height:implausible"]
        unchanged = await collections.write(platform, SYSTEM, "trees", [tree(1, height=99.5)])
        assert (unchanged.unchanged, unchanged.updated) == (1, 0)
        await collections.write(platform, SYSTEM, "trees", [Change("delete", "1")])
        with pytest.raises(NotFound):
            await collections.row(platform, SYSTEM, "trees", "1")
        then = await collections.row(platform, ANONYMOUS, "trees", "1", as_of=before.since)
        assert then.values["height"] == 1.0
        assert then.geometry == before.geometry
        states = await collections.history(platform, SYSTEM, "trees", "1")
        assert [(each.number, each.deleted) for each in states] == [(2, True), (1, False)]
        assert (states[0].actor, states[0].reason, states[0].source) == (
            "system",
            "measured",
            "survey",
        )
        outside = await collections.history(platform, ANONYMOUS, "trees", "1")
        assert [each.actor for each in outside] == ["", ""]
        await collections.write(platform, SYSTEM, "trees", [tree(1)])
        again = await collections.row(platform, SYSTEM, "trees", "1")
        assert again.revision == 3
        query = Query(collection="trees", as_of=before.since)
        assert len((await collections.page(platform, ANONYMOUS, query)).rows) == 3

    run(scenario)


def test_the_feed_tells_what_changed(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        first, mark = await collections.changes(platform, ANONYMOUS, "trees")
        assert [(each.id, each.action) for each in first] == [
            ("1", "created"),
            ("2", "created"),
            ("3", "created"),
        ]
        await collections.write(
            platform, SYSTEM, "trees", [tree(2, height=5.0), Change("delete", "3")]
        )
        then, mark = await collections.changes(platform, ANONYMOUS, "trees", mark)
        assert [(each.id, each.action) for each in then] == [("2", "updated"), ("3", "deleted")]
        assert await collections.changes(platform, ANONYMOUS, "trees", mark) == ([], mark)

    run(scenario)


def test_bad_rows_wait_in_quarantine(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 1)
        changes = [tree(2), tree(3, kind="forest"), Change(values={"species": "?"}, line=7)]
        done = await collections.write(
            platform, SYSTEM, "trees", changes, source="file", quarantine=True
        )
        assert (done.created, [each.line for each in done.refused]) == (1, [3, 7])
        kept = await collections.quarantined(platform, SYSTEM, "trees")
        assert [(each.line, each.findings[0].code) for each in kept] == [
            (3, "unknown-code"),
            (7, "missing"),
        ]
        assert kept[0].raw["kind"] == "forest"
        quality = await collections.quality(platform, ANONYMOUS, "trees")
        assert (quality.quarantined, quality.flagged) == (2, 0)
        assert quality.filled["species"] == 2
        with pytest.raises(NotAuthenticated):
            await collections.quarantined(platform, ANONYMOUS, "trees")
        with pytest.raises(InvalidRecord) as error:
            await collections.write(platform, SYSTEM, "trees", [tree(4), tree(5, kind="forest")])
        assert error.value.findings[0].field == "kind"
        with pytest.raises(NotFound):  # all or nothing
            await collections.row(platform, SYSTEM, "trees", "4")
        assert await collections.forget(platform, SYSTEM, "trees") == 2

    run(scenario)


def test_the_catalogue_knows_what_a_collection_holds(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        await collections.describe(platform, "trees")
        await collections.describe(platform, "trees")
        record = await catalogue.get(platform, ANONYMOUS, ResourceKind.DATASET, "trees")
        dataset: Any = record.resource
        forms = {each.access_url[0] for each in dataset.distribution}
        assert f"{platform.settings.base_url}/ogc/collections/trees/items?f=gpkg" in forms
        assert len(forms) == len(dataset.distribution)
        assert "11.503" in dataset.spatial[0].bbox[0]
        assert record.revision == 2  # describing again changes nothing
        service = await catalogue.get(platform, ANONYMOUS, ResourceKind.SERVICE, "ogc-api")
        served: Any = service.resource
        assert served.serves_dataset == [f"{platform.settings.base_url}/datasets/trees"]
        entry = catalogue.entry_of(record)
        entry.metadata_access, entry.legal_basis = Level.INTERNAL, "§ 1"
        await catalogue.put(platform, SYSTEM, entry)
        await collections.describe(platform, "trees")
        with pytest.raises(NotFound):
            await catalogue.get(platform, ANONYMOUS, ResourceKind.DATASET, "trees")
        with pytest.raises(NotFound):
            await catalogue.get(platform, ANONYMOUS, ResourceKind.SERVICE, "ogc-api")

    run(scenario)


def test_what_is_kept_beside_the_rows_can_be_made_anew(
    engine: str, tmp_path: Path, run: Callable[[Scenario], None]
) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 5)
        before = await collections.row_feature(platform, ANONYMOUS, "trees", "3")
        assert await maintenance.check(platform) == []
        await platform.store.write(spoil)
        assert {each.code for each in await maintenance.check(platform)} == {"collection"}
        await maintenance.rebuild(platform, lambda *_: None)
        assert await maintenance.check(platform) == []
        assert await collections.row_feature(platform, ANONYMOUS, "trees", "3") == before
        assert (await collections.get(platform, ANONYMOUS, "trees")).count == 5

    def spoil(db: Connection) -> None:
        db.run("update geo.trees set _public = '{}', _shape = null")
        db.run("update geo.collection set rows = 7")

    run(scenario)


@pytest.mark.parametrize("other", ["sqlite", "postgres"])
def test_collections_come_back_from_a_backup(
    engine: str, other: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if other == "postgres" and engine.startswith("postgresql"):
        pytest.skip("one database of the cluster at a time")
    target = tmp_path / "all.tar.gz"

    async def save(platform: Platform) -> None:
        await plant(platform, 1_005)
        bad = [tree(1, height=99.0), tree(2, kind="?")]
        await collections.write(platform, SYSTEM, "trees", bad, quarantine=True)
        await backup.backup(platform, target)

    async def look(platform: Platform) -> None:
        assert (await collections.get(platform, ANONYMOUS, "trees")).count == 1_005
        assert len(await collections.quarantined(platform, SYSTEM, "trees")) == 1
        states = await collections.history(platform, SYSTEM, "trees", "1")
        assert [each.values["height"] for each in states] == [99.0, 1.0]
        assert states[1].geometry == point(11.501, 50.9)
        query = Query(collection="trees", bbox=(11.5, 50.8, 11.5035, 51))
        found = (await collections.page(platform, ANONYMOUS, query)).rows
        assert {row.id for row in found} == {"1", "2", "3"}
        done = await collections.write(platform, SYSTEM, "trees", [tree(2_000), tree(5)])
        assert (done.created, done.unchanged) == (1, 1)
        await maintenance.rebuild(platform, lambda *_: None)
        assert await maintenance.check(platform) == []

    run_scenario(settings_for(engine, tmp_path), save)
    address = request.getfixturevalue("postgres_url") if other == "postgres" else "sqlite"
    settings = settings_for(address, tmp_path / "other")
    anyio.run(backup.restore, settings, target)
    run_scenario(settings, look)


def test_a_collection_moves_to_a_new_version(run: Callable[[Scenario], None]) -> None:
    fields = [
        Field(name="number", type=FieldType.INTEGER, required=True),
        Field(name="species_latin", required=True),
        Field(name="height_cm", type=FieldType.NUMBER, maximum=500),
        Field(name="place", type=FieldType.GEOMETRY, geometry=GeometryType.POINT),
    ]
    entity = Entity(name="Tree", key=["number"], fields=fields)
    model = Model(id="tree", version="2.0.0", entities=[entity])
    conversions = {
        "species_latin": Conversion(source="species", values={"Linde": "Tilia"}, constant="?"),
        "height_cm": Conversion(source="height"),
    }

    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        await collections.write(
            platform, SYSTEM, "trees", [tree(2, height=700.0), tree(3, height=4)]
        )
        before = await collections.row(platform, SYSTEM, "trees", "3")
        ask = (platform, SYSTEM, "trees", model, conversions)
        moved = await collections.migrate(*ask, trial=True)
        assert (moved.rows, [each.id for each in moved.refused]) == (2, ["2"])
        assert await collections.row(platform, SYSTEM, "trees", "3") == before
        await collections.migrate(*ask)
        row = await collections.row(platform, ANONYMOUS, "trees", "3")
        assert row.values == {"number": 3, "species_latin": "Tilia", "height_cm": 4.0}
        assert (row.revision, row.fid, row.geometry) == (3, before.fid, before.geometry)
        collection = await collections.get(platform, ANONYMOUS, "trees")
        assert (collection.model_version, collection.count) == ("2.0.0", 2)
        kept = await collections.quarantined(platform, SYSTEM, "trees")
        assert [(each.id, each.findings[0].field) for each in kept] == [("2", "height_cm")]
        states = await collections.history(platform, SYSTEM, "trees", "3")
        assert [each.values["height_cm"] for each in states] == [4.0, 4.0, 3.0]
        ended = await collections.history(platform, SYSTEM, "trees", "2")
        assert [(each.deleted, each.values["height_cm"]) for each in ended[:1]] == [(True, None)]
        feed, _ = await collections.changes(platform, ANONYMOUS, "trees")
        assert {each.id: each.action for each in feed}["2"] == "deleted"
        then = Query(collection="trees", as_of=before.since)
        assert len((await collections.page(platform, ANONYMOUS, then)).rows) == 3
        query = Query(collection="trees", bbox=(11.5, 50.8, 11.502, 51))
        assert len((await collections.features(platform, ANONYMOUS, query)).features) == 1
        wrong = {"height_cm": Conversion(source="nothing")}
        with pytest.raises(InvalidInput):
            await collections.migrate(platform, SYSTEM, "trees", model, wrong)
        assert await maintenance.check(platform) == []

    run(scenario)


def test_who_wrote_is_said_as_far_as_one_may_hear_it(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        await accounts.save_organisation(platform, SYSTEM, "city", {"de": "Stadt Jena"})
        roles = {"city": frozenset({Role.STEWARD})}
        made = await accounts.create_account(
            platform, SYSTEM, "ada", "Ada Beispiel", PASSWORD, roles
        )
        ada = structs.replace(insider(Role.STEWARD), id=made.id)
        await plant(platform, 1)
        change = Change("patch", "1", {"height": 4.0})
        await collections.write(platform, ada, "trees", [change])

        async def told(subject: Subject) -> list[Any]:
            past = await collections.history(platform, subject, "trees", "1")
            newest = (await collections.batches(platform, subject, "trees"))[0]
            return [past[0].who, past[1].who, newest.who]

        city = {"de": "ein Mitglied von Stadt Jena", "en": "a member of Stadt Jena"}
        name = {"und": "Ada Beispiel"}
        assert await told(ANONYMOUS) == [city, {}, city]
        assert await told(insider(Role.READER)) == [name, {"und": "Allmende"}, name]
        past = await collections.history(platform, ANONYMOUS, "trees", "1")
        assert not any(each.actor for each in past)
        await accounts.delete_account(platform, SYSTEM, made.id)
        assert (await told(insider(Role.READER)))[0]["en"] == "a former member"

    run_scenario(settings_for(engine, tmp_path), scenario)
