# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules at work: what they write, when something comes late, is corrected or deleted; alerts."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import START, stream, thing

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import deriving, rules
from allmende.errors import Conflict, InvalidInput, NotAllowed, NotAuthenticated, NotFound
from allmende.model.sensing.observation import Flag, Observation
from allmende.model.sensing.rules import InvalidRule
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store import now
from allmende.store.sensing import rules as rows

MINUTE = 60_000_000
STEWARD = Subject(kind="user", id="s", roles={"jena": frozenset({Role.STEWARD})})
READER = Subject(kind="user", id="r", roles={"jena": frozenset({Role.READER})})
STRANGER = Subject(kind="user", id="x", roles={"gera": frozenset({Role.STEWARD})})
TEMP = "https://vocab.nerc.ac.uk/collection/P02/current/TEMP/"

MEAN = f"""
title = {{ de = "Mittel", en = "Mean" }}
each = "thing"
[inputs.t]
property = "{TEMP}"
unit = "K"
over = "PT1H"
[outputs.mean]
value = "mean(t)"
unit = "K"
[outputs.grade]
value = "mean(t) - 273.15"
missing = "unknown"
hysteresis = 1
[[outputs.grade.levels]]
code = "cold"
below = 10.0
[[outputs.grade.levels]]
code = "warm"
"""
WINDOW = f"""
title = {{ de = "Fenster", en = "Window" }}
each = "stream"
[inputs.t]
property = "{TEMP}"
take = "sum"
over = "PT30M"
[outputs.sum]
value = "t"
"""


def observed(stream_: int, *values: tuple[int, float], **more: Any) -> list[Observation]:
    """Results at minutes."""
    return [
        Observation(datastream=stream_, time=START + minute * MINUTE, result=value, **more)
        for minute, value in values
    ]


async def put(platform: Platform, ident: str, text: str) -> None:
    await rules.save(platform, STEWARD, ident, "jena", text)
    await rules.switch(platform, STEWARD, ident, True)


async def written(platform: Platform, rule: str, output: str) -> list[tuple[int, Any]]:
    """Minute and result of the single series an output has."""
    (found,) = [s for s, o, _ in await platform.store.read(rows.outputs, rule) if o == output]
    series = await sensing.series(platform, SYSTEM, found)
    return [((each.time - START) // MINUTE, each.result) for each in series]


def two() -> Any:
    return thing("one", stream("a"), stream("b"))


def test_results_follow_what_is_observed(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, two())
        await put(platform, "mean", MEAN)
        a, b = made.streams["a"], made.streams["b"]
        await sensing.observe(platform, SYSTEM, observed(a, (0, 8.0), (30, 11.8)))
        await sensing.observe(platform, SYSTEM, observed(b, (10, 10.0)))
        await deriving.advance(platform)
        kelvin = [(m, pytest.approx(v)) for m, v in ((0, 281.15), (10, 282.15), (30, 284.05))]
        assert (await written(platform, "mean", "mean"))[:3] == kelvin
        # 10.9 °C is not past 10 + 1; 11.8 °C is; after an hour without results: unknown
        assert await written(platform, "mean", "grade") == [
            (0, "cold"), (10, "cold"), (30, "cold"), (70, "warm"), (90, "unknown"),
        ]  # fmt: skip
        assert await deriving.advance(platform) == 0
        stream_ = (await platform.store.read(rows.outputs, "mean"))[0][0]
        (entity,) = await platform.store.read(_about, stream_)
        assert entity[0] == "rule:mean"
        assert json.loads(entity[1])["inputs"] == {"t": [a, b]}

    run_scenario(settings_for(engine, tmp_path), scenario)


def _about(db: Any, ident: int) -> list[Any]:
    found: list[Any] = db.rows(
        "select s.key, d.properties from sense_datastream as d "
        "join sense_sensor as s on s.id = d.sensor where d.id = :id",
        id=ident,
    )
    return found


def test_late_corrected_and_deleted_results_count_anew(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        await put(platform, "window", WINDOW)
        air = made.streams["air"]
        first = now() - 90 * MINUTE
        given = [
            Observation(datastream=air, time=first + m * MINUTE, result=v)
            for m, v in ((0, 1.0), (20, 2.0), (40, 4.0))
        ]

        async def sums() -> list[Any]:
            await deriving.advance(platform)
            ((found, *_),) = await platform.store.read(rows.outputs, "window")
            return [each.result for each in await sensing.series(platform, SYSTEM, found)]

        outcomes = await sensing.observe(platform, SYSTEM, given)
        assert await sums() == [1, 3, 6]
        late = replace(given[0], time=first + 15 * MINUTE, result=10.0)
        await sensing.observe(platform, SYSTEM, [late])
        assert await sums() == [1, 11, 13, 16]
        await sensing.change(platform, SYSTEM, outcomes[1].id, {"result": 3.0})
        assert await sums() == [1, 11, 14, 17]
        await sensing.change(platform, SYSTEM, outcomes[1].id, {"flag": int(Flag.BAD)})
        assert await sums() == [1, 11, 11, 14]
        await sensing.remove(platform, SYSTEM, [outcomes[1].id])
        assert await sums() == [1, 11, 14]

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_any_order_gives_the_same_results(engine: str, tmp_path: Path) -> None:
    chance = Random(7)  # noqa: S311 - any order will do
    values = [(m, float(chance.randint(0, 20))) for m in sorted(chance.sample(range(300), 40))]

    async def scenario(platform: Platform) -> None:
        for key in ("one", "two"):
            await sensing.register(platform, SYSTEM, thing(key, stream("a"), stream("b")))
        await put(platform, "mean", MEAN)
        ids = [await sensing.register(platform, SYSTEM, thing(key, stream("a"), stream("b")))
               for key in ("one", "two")]  # fmt: skip
        for made, order in zip(ids, (values, chance.sample(values, len(values))), strict=True):
            for minute, value in order:
                key = "a" if minute % 2 else "b"
                given = observed(made.streams[key], (minute, value))
                await sensing.observe(platform, SYSTEM, given)
                if minute % 5 == 0:
                    await deriving.advance(platform)
        await deriving.advance(platform)
        found: dict[str, list[Any]] = {}
        for number, output, _ in await platform.store.read(rows.outputs, "mean"):
            series = await sensing.series(platform, SYSTEM, number)
            found.setdefault(output, []).append([(each.time, each.result) for each in series])
        for one, other in found.values():
            assert one == other
            assert len(one) >= len(values)

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_who_may_do_what(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        for subject, error in ((READER, NotAllowed), (STRANGER, NotAllowed),
                               (ANONYMOUS, NotAuthenticated)):  # fmt: skip
            with pytest.raises(error):
                await rules.save(platform, subject, "mean", "jena", MEAN)
        await rules.save(platform, STEWARD, "mean", "jena", MEAN)
        assert [each.id for each in await rules.listing(platform, READER)] == ["mean"]
        assert await rules.listing(platform, ANONYMOUS) == []
        for subject in (STRANGER, ANONYMOUS):
            with pytest.raises(NotFound):
                await rules.get(platform, subject, "mean")
            with pytest.raises(NotFound):
                await rules.switch(platform, subject, "mean", True)
        with pytest.raises(NotAllowed):
            await rules.remove(platform, READER, "mean")
        with pytest.raises(Conflict):
            await rules.save(platform, STRANGER, "mean", "gera", MEAN)
        with pytest.raises(InvalidRule):
            await rules.save(platform, STEWARD, "mean", "jena", "title = 1")
        with pytest.raises(InvalidInput):
            await rules.save(platform, STEWARD, "No Id", "jena", MEAN)
        await rules.save(platform, STEWARD, "mean", "jena", MEAN + "\n")
        assert [each.version for each in await rules.versions(platform, READER, "mean")] == [2, 1]

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_what_is_written_is_as_closed_as_what_goes_in(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        open_, closed = stream("a"), stream("b", access="restricted")
        await sensing.register(platform, SYSTEM, thing("one", open_, closed))
        foreign = thing("two", stream("a", access="internal"), organisation="gera")
        made = await sensing.register(platform, SYSTEM, foreign)
        await put(platform, "mean", MEAN)
        outputs = await platform.store.read(rows.outputs, "mean")
        assert len(outputs) == 2  # what Gera keeps to itself does not go in
        streams = [number for number, _, _ in outputs]
        assert await sensing.visible_streams(platform, ANONYMOUS, streams) == []
        assert await sensing.visible_streams(platform, STEWARD, streams) == sorted(streams)
        assert made.streams["a"] not in (await deriving.index(platform)).streams

    run_scenario(settings_for(engine, tmp_path), scenario)


def on(rule: str) -> str:
    return (
        f'title = {{ de = "R", en = "R" }}\n[inputs.x]\nrule = "{rule}"\noutput = "y"\n'
        '[outputs.y]\nvalue = "mean(x)"\n'
    )


def test_rules_do_not_go_in_circles(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        with pytest.raises(Conflict) as caught:
            await rules.save(platform, STEWARD, "r-0", "jena", on("r-0"))
        assert caught.value.code == "rules-circle"
        for number in range(4):
            await rules.save(platform, STEWARD, f"r-{number}", "jena", on(f"r-{number + 1}"))
        with pytest.raises(Conflict) as caught:
            await rules.save(platform, STEWARD, "r-4", "jena", on("r-0"))
        assert "r-0" in caught.value.text["de"]
        await rules.save(platform, STEWARD, "r-5", "jena", on("r-0"))
        with pytest.raises(Conflict):
            await rules.save(platform, STEWARD, "r-6", "jena", on("r-5"))
        with pytest.raises(Conflict):
            await rules.remove(platform, STEWARD, "r-1")

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_a_trial_writes_nothing(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, two())
        await sensing.observe(platform, SYSTEM, observed(made.streams["a"], (0, 8.0), (5, 9.0)))
        end = START + 10 * MINUTE
        tried = await rules.trial(platform, STEWARD, "jena", MEAN, START, end)
        (group,) = tried.groups
        assert [each[1:] for each in group.written if each[1] == "grade"] == [
            ("grade", "cold"), ("grade", "cold"),
        ]  # fmt: skip
        assert (group.members, tried.skipped) == (2, 0)
        assert await platform.store.read(rows.listing) == []
        with pytest.raises(NotAllowed):
            await rules.trial(platform, READER, "jena", MEAN, START, end)
        with pytest.raises(InvalidInput):
            await rules.trial(platform, STEWARD, "jena", MEAN, START, START + 32 * 1440 * MINUTE)

    run_scenario(settings_for(engine, tmp_path), scenario)
