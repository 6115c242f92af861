# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The soil rules of the City of Jena: every row of its sheet, and a real message to a colour."""

from __future__ import annotations

import csv
import math
from functools import cache
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import pytest
from tests.support import lorawan
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import START, at

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import deriving, devices, listing, rules
from allmende.demo import collected, sensing_soil
from allmende.demo.city import with_city
from allmende.demo.load import load
from allmende.model.sensing.device_properties import PROPERTIES, spec_of, unit_of
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.rule_values import value_of
from allmende.model.sensing.rules import read_rule
from allmende.model.sensing.specs import SensorSpec, StreamSpec, ThingSpec
from allmende.policy import ANONYMOUS, SYSTEM
from allmende.store.sensing import rules as rows
from allmende.store.sensing.listing import Wanted

CELLS = Path(sensing_soil.__file__).parent / "files" / "soil-rules" / "soil-rules-cells.csv"
COLOURS = {"Blau": "blue", "Grün": "green", "Gelb": "yellow", "Rot": "red"}
SITES = (9, 12, 15, 18, 21, 24)
EUI = "8cf95720000d4a69"
PF = (math.log10(8759) + math.log10(11456)) / 2  # of -875.9 and -1145.6 kPa


@cache
def sheet() -> dict[str, str]:
    with CELLS.open(encoding="utf-8", newline="") as file:
        return {row["cell"]: row["value"] for row in csv.DictReader(file)}


def probe(row: int) -> ThingSpec:
    """A device with two depths."""
    known = PROPERTIES["soil-water-potential"]
    return ThingSpec(
        key=f"site-{row}",
        name=f"SSO {row}",
        organisation="jena",
        place=at(11.58, 50.93),
        streams=tuple(
            StreamSpec(
                key=f"potential-{depth}",
                name=f"{depth} cm",
                property=spec_of(known),
                sensor=SensorSpec(key="teros", name="TEROS 21"),
                unit=unit_of("kPa"),
            )
            for depth in (30, 60)
        ),
    )


async def results(platform: Platform, stream: int) -> list[Any]:
    return [each.result for each in await sensing.series(platform, ANONYMOUS, stream)]


def test_every_row_of_the_sheet(engine: str, tmp_path: Path) -> None:
    cells = sheet()

    async def scenario(platform: Platform) -> None:
        await rules.save(
            platform, SYSTEM, "soil-sites", "jena", sensing_soil.document("soil-sites")
        )
        await rules.switch(platform, SYSTEM, "soil-sites", True)
        await deriving.advance(platform)
        for row in SITES:
            made = await sensing.register(platform, SYSTEM, probe(row))
            given = [
                Observation(
                    datastream=made.streams[f"potential-{depth}"],
                    time=START,
                    result=float(cells[f"F{line}"]),
                )
                for line, depth in ((row, 30), (row + 1, 60))
            ]
            await sensing.observe(platform, SYSTEM, given)
        await deriving.advance(platform)
        written = await platform.store.read(rows.outputs, "soil-sites")
        found: dict[str, Any] = {}
        for stream, output, member in written:
            found[f"{output} {member}"] = (await results(platform, stream))[0]
        for number, row in enumerate(SITES, 1):
            assert found[f"pf {number}"] == pytest.approx(float(cells[f"I{row}"]), abs=1e-9)
            assert found[f"colour {number}"] == COLOURS[cells[f"J{row}"]]

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_the_steps_of_the_sheet() -> None:
    program = read_rule(sensing_soil.document("soil-sites"))
    cells = sheet()
    for line in [row + more for row in SITES for more in (0, 1)]:
        hpa = float(cells[f"F{line}"]) * 10
        assert hpa == float(cells[f"G{line}"])
        pf = value_of(program.steps["pf"], {"potential": [hpa]})
        assert pf == [pytest.approx(float(cells[f"H{line}"]), abs=1e-9)]


def area_colour(values: list[float]) -> str:
    program = read_rule(sensing_soil.document("soil-areas"))
    known: dict[str, Any] = {"site": values}
    for name, tree in program.steps.items():
        known[name] = value_of(tree, known)
    for level, when in zip(
        program.rule.outputs["colour"].levels, program.levels["colour"], strict=True
    ):
        if when is None or value_of(when, known) is True:
            return level.code
    return "black"


def by_the_table(values: list[float]) -> str:
    """The case table of the sheet (M12:R28), read cell by cell by hand."""
    cells, n = sheet(), len(values)
    if n <= 2:
        mean = sum(values) / n
        return (
            "blue" if mean < 1.8 else "green" if mean <= 3 else "yellow" if mean <= 3.6 else "red"
        )
    column = {3: "N", 4: "O", 5: "P"}[n]
    least = {line: float(cells[f"{column}{line}"]) for line in (24, 25, 26, 27)}
    dry = sum(each > 3.0 for each in values) / n
    if sum(each > 3.6 for each in values) / n >= least[26] or dry >= least[27]:
        return "red"
    if dry >= least[25]:
        return "yellow"
    return "blue" if sum(each < 1.8 for each in values) / n >= least[24] else "green"


@pytest.mark.parametrize("sites", [1, 2, 3, 4, 5])
def test_every_case_of_areas(sites: int) -> None:
    seen = set()
    for values in combinations_with_replacement((1.2, 1.8, 2.5, 3.0, 3.3, 3.6, 4.2), sites):
        colour = area_colour(list(values))
        assert colour == by_the_table(list(values)), values
        seen.add(colour)
    assert seen == {"blue", "green", "yellow", "red"}


def test_a_real_message_becomes_a_colour(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    areas = [each for each in collected.COLLECTIONS if each.id == "reference-areas"]
    monkeypatch.setattr(collected, "COLLECTIONS", areas)

    async def scenario(platform: Platform) -> None:
        await load(platform)
        await collected.load_collections(platform, lambda *_: None)
        assert await sensing_soil.load(platform) == 31
        assert await sensing_soil.load(platform) == 0
        await deriving.advance(platform)
        uplink = lorawan.uplink("chirpstack_uplink_7")
        assert [each.eui for each in sensing_soil.messages()] == [uplink.eui] == [EUI]
        device = await devices.device_of(platform, SYSTEM, EUI)
        site = await outputs(platform, "soil-sites", str(device.thing))
        assert await results(platform, site["pf"]) == [pytest.approx(PF, abs=1e-9)]
        assert await results(platform, site["colour"]) == ["red", "black"]
        (first, *_) = await sensing.series(platform, ANONYMOUS, site["pf"])
        assert first.time == uplink.time
        area = await outputs(platform, "soil-areas", "ZW-06")
        colours = await results(platform, area["colour"])
        assert colours[:2] == ["red", "black"]
        assert set(colours[2:]) == {"red"}  # the replay of now
        assert set(await results(platform, area["sites"])) == {1.0}
        assert len(await areas_made(platform)) == 16
        named = [each.thing for each in (await listing.things(platform, ANONYMOUS, WANTED)).things]
        replayed = [each for each in named if each.origin == "replay"]
        assert [each.name.startswith("Wiedergabe/Replay: ") for each in replayed] == [True]

    run_scenario(with_city(settings_for(engine, tmp_path)), scenario, 240)


WANTED = Wanted(text="wiedergabe")


async def outputs(platform: Platform, rule: str, member: str) -> dict[str, int]:
    return {
        output: stream
        for stream, output, of in await platform.store.read(rows.outputs, rule)
        if of == member
    }


async def areas_made(platform: Platform) -> set[str]:
    return {member for _, _, member in await platform.store.read(rows.outputs, "soil-areas")}
