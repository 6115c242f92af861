# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Collections on both engines: rows, their past, their quality, and who sees what."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.platforms import run_scenario, settings_for
from tests.support.trees import MODEL, insider, plant, point, tree

from allmende.core import catalogue, collections
from allmende.core.collections import Change, CollectionEntry
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
    Entity,
    Field,
    FieldType,
    Model,
)
from allmende.model.filter import Compare
from allmende.model.query import Interval, Order, Query
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Subject

Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    settings = settings_for(engine, tmp_path)
    return lambda scenario: run_scenario(settings, scenario)


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
