# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Assets follow their guests, on both engines."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.apps import assets_city as city
from tests.apps.assets_city import assets, play, put, tree

from allmende.apps.assets import guest as described
from allmende.apps.assets import sync as syncing
from allmende.apps.assets.jobs import compare
from allmende.apps.assets.sync import inspected, sync, sync_all
from allmende.core import catalogue, collections, worker
from allmende.core.collections import Change
from allmende.core.platform import Platform
from allmende.model.catalogue import ResourceKind
from allmende.model.query import Query
from allmende.policy import ANONYMOUS, SYSTEM, Level
from allmende.web.rooms import registry


def guest(platform: Platform, ident: str) -> described.Guest:
    return next(each for each in described.guests(platform.settings) if each.id == ident)


async def inspections(platform: Platform) -> dict[str, dict[str, Any]]:
    found = await collections.page(platform, SYSTEM, Query(collection="inspections"))
    return {row.id: row.values for row in found.rows}


def test_a_register_becomes_assets(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        done = await sync(platform, guest(platform, "trees"))
        assert (done.created, done.refused) == (5, 0)
        found = await assets(platform)
        first = found["trees~1"]
        shown = {name: value for name, value in first.values.items() if value is not None}
        assert shown == {
            "asset_id": "trees~1",
            "kind": "tree",
            "name": "Linde",
            "condition": 2,
            "condition_raw": "1",
            "condition_scale": "vitality-0-4",
            "status": "in-use",
            "district": "West",
            "responsible_unit": "Kommunalservice Jena",
            "ownership": "care",
            "built_year": 1990,
            "last_inspection": "2022-01-31",
            "inspection_interval": 36,
            "next_inspection_due": "2025-01-31",
            "collection": "trees",
            "source_row": "1",
            "guest": "trees",
        }
        source = await collections.row(platform, SYSTEM, "trees", "1")
        assert first.geometry == source.geometry
        assert await inspections(platform) == {
            "trees~1~2022-01-31": {
                "asset_id": "trees~1",
                "inspected_on": "2022-01-31",
                "kind": "regular",
                "condition": None,
                "result": None,
                "measures": None,
                "responsible_unit": None,
                "source": "register",
            },
            "trees~2~2022-02-28": {
                "asset_id": "trees~2",
                "inspected_on": "2022-02-28",
                **dict.fromkeys(("kind", "condition", "result", "measures", "responsible_unit")),
                "source": "register",
            },
        }

    play(engine, tmp_path, scenario)


def test_nothing_is_guessed(engine: str, tmp_path: Path) -> None:
    """No condition without a rule for the value, no age from a doubtful year."""

    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        found = {ident: row.values for ident, row in (await assets(platform)).items()}
        assert found["trees~2"]["condition"] == 5
        assert found["trees~2"]["inspection_interval"] == 12
        assert found["trees~2"]["next_inspection_due"] == "2023-02-28"
        assert found["trees~2"]["built_year"] is None, "2810 is flagged in the register"
        assert found["trees~3"]["status"] == "removed"
        assert found["trees~3"]["district"] == "Ost"
        assert found["trees~4"]["condition"] is None
        assert found["trees~4"]["condition_scale"] is None
        assert found["trees~4"]["district"] is None
        assert found["trees~4"]["next_inspection_due"] is None
        assert found["trees~5"]["condition"] is None, "7 is not in the scale"
        assert found["trees~5"]["status"] == "given-up"
        assert found["pois~a"]["kind"] == "playground"
        assert found["pois~b"]["kind"] == "bench"
        assert found["pois~b"]["condition"] is None
        assert "pois~c" not in found

    play(engine, tmp_path, scenario)


def test_only_what_changed_is_written(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        batch = (await collections.get(platform, SYSTEM, "assets")).batch
        again = await sync_all(platform, compare=True)
        assert all((d.created, d.updated, d.deleted) == (0, 0, 0) for d in again.values())
        assert (await collections.get(platform, SYSTEM, "assets")).batch == batch

        await put(platform, "trees", tree(1, vitality=2), Change("delete", "4"), tree(6))
        done = await sync(platform, guest(platform, "trees"))
        assert (done.read, done.created, done.updated, done.deleted) == (3, 1, 1, 1)
        found = await assets(platform)
        assert found["trees~1"].values["condition"] == 3
        assert found["trees~2"].revision == 1
        assert "trees~4" not in found

    play(engine, tmp_path, scenario)


def test_a_killed_run_goes_on(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "PIECE", 2)
    take = syncing._Run.take
    pieces: list[Any] = []

    async def dying(run: Any, ids: Any) -> None:
        if len(pieces) == 1:
            raise KeyboardInterrupt
        pieces.append(ids)
        await take(run, ids)

    async def scenario(platform: Platform) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(syncing._Run, "take", dying)
            with pytest.raises(KeyboardInterrupt):
                await sync(platform, guest(platform, "trees"))
        assert len(await assets(platform)) == 2
        done = await sync(platform, guest(platform, "trees"))
        assert (done.read, done.created) == (3, 3)

    play(engine, tmp_path, scenario)


def test_what_people_enter_stays(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        entered = {"acquisition_value": 120.5, "owner": "Stadt Jena", "condition": 4}
        await put(platform, "assets", Change("patch", "pois~a", entered))
        await put(platform, "assets", Change("patch", "trees~1", entered))
        await put(platform, "pois", Change("patch", "a", {"name": "Am Bach"}))
        await put(platform, "trees", tree(1, vitality=0))
        await sync_all(platform)
        found = {ident: row.values for ident, row in (await assets(platform)).items()}
        assert found["pois~a"]["name"] == "Am Bach"
        assert found["pois~a"]["condition"] == 4, "the register has no condition"
        assert found["pois~a"]["acquisition_value"] == 120.5
        assert found["trees~1"]["condition"] == 1, "the register has one"
        assert found["trees~1"]["owner"] == "Stadt Jena"

    play(engine, tmp_path, scenario)


def test_a_write_in_between_is_not_lost(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody enters a value between the look at an asset and its writing."""
    look = syncing._Run._changes
    entered: list[bool] = []

    async def slow(run: Any, ids: list[str]) -> Any:
        found = await look(run, ids)
        if not entered:
            entered.append(True)
            await put(run.platform, "assets", Change("patch", "trees~1", {"yearly_cost": 9.0}))
        return found

    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        await put(platform, "trees", tree(1, vitality=3))
        monkeypatch.setattr(syncing._Run, "_changes", slow)
        await sync(platform, guest(platform, "trees"))
        values = (await assets(platform))["trees~1"].values
        assert (values["yearly_cost"], values["condition"]) == (9.0, 4)
        assert await collections.quarantined(platform, SYSTEM, "assets") == []

    play(engine, tmp_path, scenario)


def test_inspections_that_are_entered_count(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        seen = {"asset_id": "trees~1", "inspected_on": "2024-03-01", "condition": 5}
        older = {**seen, "inspected_on": "2019-03-01", "condition": 1}
        await put(platform, "inspections", Change("create", "i1", seen))
        await put(platform, "inspections", Change("create", "i2", older))
        await inspected(platform)
        values = (await assets(platform))["trees~1"].values
        assert values["condition"] == 5
        assert values["condition_scale"] == "condition-1-5"
        assert values["last_inspection"] == "2024-03-01"
        assert values["next_inspection_due"] == "2025-03-01"

        await put(platform, "trees", tree(1, vitality=1, last_inspection="2022-01-31"))
        await sync(platform, guest(platform, "trees"))
        assert (await assets(platform))["trees~1"].values["condition"] == 5

        await put(platform, "inspections", Change("delete", "i1"))
        await inspected(platform)
        values = (await assets(platform))["trees~1"].values
        assert (values["condition"], values["last_inspection"]) == (2, "2022-01-31")

    play(engine, tmp_path, scenario)


def test_a_corrected_day_of_inspection_takes_the_place_of_the_wrong_one(
    engine: str, tmp_path: Path
) -> None:
    async def days(platform: Platform) -> list[str]:
        found = (await inspections(platform)).values()
        return sorted(each["inspected_on"] for each in found if each["asset_id"] == "trees~1")

    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        assert await days(platform) == ["2022-01-31"]
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        for day, left in (
            ("2022-03-31", ["2022-03-31"]),  # corrected
            ("2021-12-01", ["2021-12-01"]),  # and again
            (tomorrow, ["2021-12-01", tomorrow]),  # a further inspection
            (None, []),  # taken back
        ):
            await put(platform, "trees", Change("patch", "1", {"last_inspection": day}))
            await sync_all(platform)
            assert await days(platform) == left, day

    play(engine, tmp_path, scenario)


def test_hidden_fields_of_a_guest_stay_hidden(engine: str, tmp_path: Path) -> None:
    """Internal values go into internal fields at most, personal ones nowhere."""

    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        inside = (await assets(platform))["houses~1"].values
        assert inside["name"] is None
        assert inside["owner"] is None
        assert inside["built_year"] == 1900
        assert inside["replacement_value"] == 1000.5
        outside = (await assets(platform, ANONYMOUS))["houses~1"].values
        assert outside.keys().isdisjoint({"replacement_value", "acquisition_value", "yearly_cost"})
        assert "Ada" not in str(inside)
        noted = await collections.row(platform, SYSTEM, "asset-guests", "houses")
        assert noted.values["left_out"] == [
            "caretaker (personal)",
            "nickname (internal)",
            "nothing (missing)",
        ]
        with pytest.raises(collections_not_found()):
            await collections.get(platform, ANONYMOUS, "asset-guests")

    play(engine, tmp_path, scenario)


def collections_not_found() -> type[Exception]:
    from allmende.errors import NotFound

    return NotFound


@pytest.mark.parametrize("part", ["metadata_access", "data_access"])
def test_a_register_that_is_closed_takes_its_assets_along(
    engine: str, tmp_path: Path, part: str
) -> None:
    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, "trees")
        entry = catalogue.entry_of(record)
        entry.data_access, entry.legal_basis = Level.INTERNAL, "test"
        if part == "metadata_access":
            entry.metadata_access = Level.INTERNAL
        await catalogue.put(platform, SYSTEM, entry)
        await sync_all(platform)
        assert {row.values["kind"] for row in (await assets(platform)).values()} == {
            "playground",
            "bench",
            "building",
        }
        assert await inspections(platform) == {}
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, "trees")
        entry = catalogue.entry_of(record)
        entry.metadata_access = entry.data_access = Level.OPEN
        await catalogue.put(platform, SYSTEM, entry)
        assert (await sync(platform, guest(platform, "trees"))).created == 5

    play(engine, tmp_path, scenario)


def test_other_districts_join_anew(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        far = {"name": "Fern", "shape": city.square(11.85, 11.95)}
        await put(platform, "districts", Change(values=far), Change("delete", "West"))
        done = await sync(platform, guest(platform, "trees"))
        found = await assets(platform)
        assert (done.read, done.updated) == (5, 3)
        assert found["trees~4"].values["district"] == "Fern"
        assert found["trees~1"].values["district"] is None
        assert found["trees~3"].revision == 1

    play(engine, tmp_path, scenario)


def test_a_place_changes_its_kind(engine: str, tmp_path: Path) -> None:
    """Whichever of two guests of one collection looks first, the asset stays."""

    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        for order in (("benches", "playgrounds"), ("playgrounds", "benches")):
            to = {"playgrounds": "leisure.playground", "benches": "amenity.bench"}[order[0]]
            await put(platform, "pois", Change("patch", "a", {"kind": to}))
            for name in order:
                await sync(platform, guest(platform, name))
            row = (await assets(platform))["pois~a"]
            assert row.values["guest"] == order[0]

    play(engine, tmp_path, scenario)


def test_a_guest_that_is_no_more_described_goes(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        await sync_all(platform)
        (tmp_path / "guests/houses.toml").unlink()
        done = await sync_all(platform)
        assert done["houses"].deleted == 1
        assert "houses~1" not in await assets(platform)
        assert "houses" not in await sync_all(platform)

    play(engine, tmp_path, scenario)


def test_a_bad_asset_is_kept_aside_once(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        ident = "x" * 198
        values = {"kind": "amenity.bench", "shape": city.point(11.51)}
        await put(platform, "pois", Change(id=ident, values=values))
        await sync_all(platform)
        waiting = await collections.quarantined(platform, SYSTEM, "assets")
        assert [each.source for each in waiting] == ["guest benches"]
        await sync_all(platform, compare=True)
        assert len(await collections.quarantined(platform, SYSTEM, "assets")) == 1

    play(engine, tmp_path, scenario)


def test_the_work_begins_by_itself(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        async with worker.working(platform, registry()):
            await asyncio.sleep(0)
            await put(platform, "trees", tree(7, vitality=0))
            seen = {"asset_id": "trees~7", "inspected_on": "2025-03-01", "condition": 3}
            await until(platform, lambda found: "trees~7" in found)
            await put(platform, "inspections", Change("create", "i1", seen))
            await until(platform, lambda found: found["trees~7"].values["condition"] == 3)

    play(engine, tmp_path, scenario)


def test_the_collections_are_made_for_a_city_with_guests(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        for ident in ("assets", "inspections", "asset-guests"):
            await collections.remove(platform, SYSTEM, ident)
        await compare(platform, {})
        assert len(await assets(platform)) == 8

    play(engine, tmp_path, scenario)


async def until(platform: Platform, holds: Any) -> None:
    while not holds(await assets(platform)):
        await asyncio.sleep(0.02)
