# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Collections on both engines: rows, their past, their quality, and who sees what."""

from __future__ import annotations

import json
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.support.platforms import run_scenario, settings_for

from allmende.core import backup, catalogue, collections, maintenance
from allmende.core.collections import Change, CollectionEntry, Conversion
from allmende.core.crs import transformer
from allmende.core.platform import Platform
from allmende.errors import (
    Conflict,
    InvalidInput,
    InvalidRecord,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PreconditionFailed,
)
from allmende.model.catalogue import ResourceKind
from allmende.model.cql2 import parse_text
from allmende.model.document import (
    CRS84,
    Code,
    Entity,
    Field,
    FieldType,
    GeometryType,
    Model,
    Range,
    ValidTime,
    Visibility,
)
from allmende.model.filter import Compare
from allmende.model.query import Interval, Order, Query
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Subject
from allmende.store import Connection

Scenario = Callable[[Platform], Awaitable[None]]


def point(x: float, y: float) -> bytes:
    return struct.pack("<BIdd", 1, 1, x, y)


TREE = Entity(
    name="Tree",
    title={"de": "Baum", "en": "Tree"},
    key=["number"],
    label="species",
    time=ValidTime(start="planted", end="felled"),
    fields=[
        Field(name="number", type=FieldType.INTEGER, required=True),
        Field(name="species", title={"de": "Art", "en": "Species"}),
        Field(
            name="height", type=FieldType.NUMBER, unit="m", plausible=Range(minimum=0, maximum=45)
        ),
        Field(name="planted", type=FieldType.YEAR, plausible=Range(minimum=1700, maximum=2030)),
        Field(name="felled", type=FieldType.DATE),
        Field(name="healthy", type=FieldType.BOOLEAN),
        Field(name="tags", many=True),
        Field(name="kind", codes=[Code(code="street"), Code(code="park")]),
        Field(name="note", visibility=Visibility.INTERNAL),
        Field(name="inspector", personal=True),
        Field(name="place", type=FieldType.GEOMETRY, geometry=GeometryType.POINT),
    ],
)
MODEL = Model(id="tree", title={"de": "Bäume", "en": "Trees"}, entities=[TREE])


def tree(number: int, **more: Any) -> Change:
    values = {
        "number": number,
        "species": ("Linde", "Eiche", "Ahorn")[number % 3],
        "height": float(number),
        "place": point(11.5 + number / 1000, 50.9),
    }
    return Change(values={**values, **more}, line=number)


def insider(*roles: Role, organisation: str = "city") -> Subject:
    return Subject(kind="user", id="u1", roles={organisation: frozenset(roles)})


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    settings = settings_for(engine, tmp_path)
    return lambda scenario: run_scenario(settings, scenario)


async def plant(platform: Platform, count: int = 9, **more: Any) -> None:
    entry = CollectionEntry(id="trees", model=MODEL, organisation="city", **more)
    await collections.create(platform, SYSTEM, entry)
    changes = [tree(number) for number in range(1, count + 1)]
    done = await collections.write(platform, SYSTEM, "trees", changes, quarantine=count > 1000)
    assert (done.created, done.refused) == (count, [])


def test_rows_are_read_as_they_were_written(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform)
        more = {"healthy": True, "tags": ["a", "ß"], "planted": 1990, "kind": "park"}
        await collections.write(platform, SYSTEM, "trees", [tree(10, **more)])
        row = await collections.row(platform, ANONYMOUS, "trees", "10")
        assert row.values["healthy"] is True
        assert row.values["tags"] == ["a", "ß"]
        assert row.values["planted"] == 1990
        assert row.geometry == point(11.51, 50.9)
        assert (row.revision, row.flags, row.extra) == (1, [], {})
        text = await collections.row_feature(platform, ANONYMOUS, "trees", "10")
        found = json.loads(text)
        assert found["id"] == "10"
        assert found["geometry"] == {"type": "Point", "coordinates": [11.51, 50.9]}
        assert found["properties"]["species"] == "Eiche"
        assert "note" not in found["properties"]
        collection = await collections.get(platform, ANONYMOUS, "trees")
        assert collection.count == 10
        assert collection.title == {"de": "Bäume", "en": "Trees"}
        assert collection.extent == pytest.approx((11.501, 50.9, 11.51, 50.9), abs=1e-4)
        assert collection.period == Interval("1990", "1990")

    run(scenario)


def test_pages_follow_each_other_in_any_order(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 25)
        await collections.write(platform, SYSTEM, "trees", [tree(26, species=None)])
        for order in ((), (Order("species"),), (Order("species", True), Order("height"))):
            query = Query(collection="trees", order=order, limit=4)
            seen: list[str] = []
            while True:
                found = await collections.page(platform, ANONYMOUS, query)
                seen += [row.id for row in found.rows]
                if not found.next:
                    break
                query = Query(collection="trees", order=order, limit=4, after=found.next)
            assert sorted(seen, key=int) == [str(n) for n in range(1, 27)]
            if order:
                assert seen[-1] == "26"  # what is missing comes last
        query = Query(collection="trees", after="nonsense", limit=4)
        with pytest.raises(InvalidInput):
            await collections.page(platform, ANONYMOUS, query)

    run(scenario)


def test_boxes_times_words_and_filters_choose_rows(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform)

        async def found(**asked: Any) -> list[int]:
            query = Query(collection="trees", **asked)
            rows = (await collections.page(platform, ANONYMOUS, query)).rows
            texts = (await collections.features(platform, ANONYMOUS, query)).features
            assert [json.loads(text)["id"] for text in texts] == [row.id for row in rows]
            assert await collections.count(platform, ANONYMOUS, query) == len(rows)
            return [row.values["number"] for row in rows]

        assert await found(bbox=(11.502, 50.8, 11.504, 51.0)) == [2, 3, 4]
        assert await found(bbox=(11.5040000001, 50.8, 11.505, 51.0)) == [5]
        assert await found(where=Compare("height", ">", 7)) == [8, 9]
        assert await found(text="LINDE") == [3, 6, 9]
        assert await found(ids=("4", "77")) == [4]
        await collections.write(
            platform,
            SYSTEM,
            "trees",
            [tree(1, planted=1950, felled="2001-05-01"), tree(2, planted=2010)],
        )
        assert 1 not in await found(time=Interval("2001-05-02", ""))
        assert 1 in await found(time=Interval("2001-05-01", ""))
        assert 2 not in await found(time=Interval("2000-01-01T00:00:00Z", "2009-12-31T23:59:59Z"))
        box = "11.5 50.8, 11.5035 50.8, 11.5035 51, 11.5 51, 11.5 50.8"
        area = f"S_INTERSECTS(place, POLYGON(({box})))"
        assert await found(where=parse_text(area)) == [1, 2, 3]
        assert await found(where=parse_text(f"{area} AND height > 1 AND species LIKE 'L%'")) == [3]
        assert await found(where=parse_text("CASEI(species) = CASEI('AHORN')")) == [2, 5, 8]
        for hidden in ("inspector = 'AB'", "note IS NULL"):
            with pytest.raises(InvalidInput):
                await found(where=parse_text(hidden))

    run(scenario)


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


def test_changes_meet_the_state_they_expect(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 2)

        async def write(change: Change) -> None:
            await collections.write(platform, SYSTEM, "trees", [change])

        with pytest.raises(Conflict):
            await write(Change("create", "1", tree(1).values))
        with pytest.raises(NotFound):
            await write(Change("replace", "9", tree(9).values))
        with pytest.raises(PreconditionFailed):
            await write(Change("replace", "1", tree(1).values, expected_revision=4))
        await write(Change("patch", "1", {"height": None, "species": "Ulme"}))
        row = await collections.row(platform, SYSTEM, "trees", "1")
        assert (row.values["height"], row.values["species"]) == (None, "Ulme")
        assert row.geometry == point(11.501, 50.9)
        with pytest.raises(PreconditionFailed):
            await write(Change("delete", "1", expected_revision=1))
        await write(Change("delete", "1", expected_revision=2))

    run(scenario)


def test_two_changes_of_one_row_in_one_write(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 1)
        many = [tree(5), *[tree(n) for n in range(10, 150)], tree(5, height=3.0)]
        done = await collections.write(platform, SYSTEM, "trees", many)
        assert (done.created, done.updated) == (141, 1)
        row = await collections.row(platform, SYSTEM, "trees", "5")
        assert (row.revision, row.values["height"]) == (2, 3.0)
        assert (await collections.get(platform, SYSTEM, "trees")).count == 142

    run(scenario)


def test_fields_and_collections_open_with_the_role(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 1)
        await collections.write(platform, SYSTEM, "trees", [tree(1, note="hollow", inspector="AB")])

        async def names(subject: Subject) -> set[str]:
            collection = await collections.get(platform, subject, "trees")
            fields = {each.name for each in collection.entity.fields}
            text = await collections.row_feature(platform, subject, "trees", "1")
            assert set(json.loads(text)["properties"]) == fields - {"place"}
            states = await collections.history(platform, subject, "trees", "1")
            assert all(set(each.values) == fields - {"place"} for each in states)
            return {"note", "inspector"} & fields

        assert await names(ANONYMOUS) == set()
        assert await names(insider(Role.STEWARD, organisation="other")) == set()
        assert await names(insider(Role.READER)) == {"note"}
        assert await names(insider(Role.STEWARD)) == {"note", "inspector"}
        with pytest.raises(NotAllowed):
            await collections.write(platform, insider(Role.READER), "trees", [tree(3)])
        bad = tree(3, inspector="me")
        with pytest.raises(InvalidRecord):
            await collections.write(platform, insider(Role.CONTRIBUTOR), "trees", [bad])
        await collections.write(platform, insider(Role.CONTRIBUTOR), "trees", [tree(3)])
        for action in ("patch", "replace", "upsert"):  # what they do not see they cannot lose
            change = tree(1, species=action, note="hollow")
            change.action, change.id = action, "1"
            await collections.write(platform, insider(Role.CONTRIBUTOR), "trees", [change])
            row = await collections.row(platform, SYSTEM, "trees", "1")
            assert (row.values["species"], row.values["inspector"]) == (action, "AB")
        token = Subject(
            kind="token",
            id="t",
            roles={"city": frozenset({Role.STEWARD})},
            scopes=frozenset({Scope.CATALOGUE_READ}),
        )
        with pytest.raises(NotAllowed):
            await collections.write(platform, token, "trees", [tree(4)])
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, "trees")
        entry = catalogue.entry_of(record)
        entry.data_access, entry.legal_basis = Level.INTERNAL, "§ 1"
        await catalogue.put(platform, SYSTEM, entry)
        with pytest.raises(NotFound):
            await collections.get(platform, ANONYMOUS, "trees")
        assert await collections.listing(platform, ANONYMOUS) == []
        assert len(await collections.listing(platform, insider(Role.READER))) == 1

    run(scenario)


def test_names_and_models_are_looked_at_first(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 1)

        async def create(subject: Subject = SYSTEM, **changed: Any) -> None:
            entry = {"id": "other", "model": MODEL, "organisation": "city", **changed}
            await collections.create(platform, subject, CollectionEntry(**entry))

        with pytest.raises(Conflict):
            await create(id="trees")
        for ident in ("", "A", "x" * 41, "1st", "a_b", "a--'b"):
            with pytest.raises(InvalidInput):
                await create(id=ident)
        with pytest.raises(InvalidInput):
            await create(model=Model(id="empty"))
        with pytest.raises(NotAuthenticated):
            await create(ANONYMOUS)
        with pytest.raises(NotAllowed):
            await create(insider(Role.CONTRIBUTOR))
        await create()
        await collections.remove(platform, SYSTEM, "other")
        with pytest.raises(NotFound):
            await collections.get(platform, SYSTEM, "other")

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
        assert [each.values["height_cm"] for each in states] == [4.0, 3.0]
        query = Query(collection="trees", bbox=(11.5, 50.8, 11.502, 51))
        assert len((await collections.features(platform, ANONYMOUS, query)).features) == 1
        wrong = {"height_cm": Conversion(source="nothing")}
        with pytest.raises(InvalidInput):
            await collections.migrate(platform, SYSTEM, "trees", model, wrong)
        assert await maintenance.check(platform) == []

    run(scenario)


def test_entities_inside_rows_are_checked_too(run: Callable[[Scenario], None]) -> None:
    address = Entity(name="Address", fields=[Field(name="street", required=True)])
    house = Entity(
        name="House",
        key=["number"],
        fields=[
            Field(name="number"),
            Field(name="address", type=FieldType.OBJECT, entity="Address"),
        ],
    )
    model = Model(id="house", entities=[house, address])

    async def scenario(platform: Platform) -> None:
        entry = CollectionEntry(id="houses", model=model, organisation="city")
        await collections.create(platform, SYSTEM, entry)
        good = Change(values={"number": "1", "address": {"street": "Markt"}})
        await collections.write(platform, SYSTEM, "houses", [good])
        row = await collections.row(platform, ANONYMOUS, "houses", "1")
        assert row.values["address"] == {"street": "Markt"}
        bad = Change(values={"number": "2", "address": {"town": "Jena"}})
        with pytest.raises(InvalidRecord) as error:
            await collections.write(platform, SYSTEM, "houses", [bad])
        assert {each.field for each in error.value.findings} == {"address.street", "address.town"}

    run(scenario)


def test_a_box_in_metres_is_exact(run: Callable[[Scenario], None]) -> None:
    """The box around a box in UTM holds more than the box: meridians are not parallel to it."""

    async def scenario(platform: Platform) -> None:
        await plant(platform, 1)
        inside, outside = point(11.6000, 50.9000), point(11.5999, 50.9090)
        rows = [tree(100, place=inside), tree(101, place=outside)]
        await collections.write(platform, SYSTEM, "trees", rows)
        utm = "http://www.opengis.net/def/crs/EPSG/0/25832"
        to = transformer(CRS84, utm)
        x, y = to.transform(11.6000, 50.9000)
        box = (x - 0.5, y - 5, x + 500, y + 1_500)
        assert to.transform(11.5999, 50.9090)[0] < box[0]
        query = Query(collection="trees", bbox=box, bbox_crs=utm)
        found = await collections.page(platform, ANONYMOUS, query)
        assert [row.id for row in found.rows] == ["100"]
        assert await collections.count(platform, ANONYMOUS, query) == 1

    run(scenario)
