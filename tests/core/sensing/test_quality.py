# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How results are judged, and how well sensors are doing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import START, at, stream, thing

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import health, quality, quality_work
from allmende.errors import InvalidInput, NotAllowed, NotFound
from allmende.model.sensing.device_properties import PROPERTIES, spec_of, unit_of
from allmende.model.sensing.observation import Flag, Observation
from allmende.model.sensing.quality import (
    Checks,
    frozen_spans,
    gaps,
    judge_arrival,
    judge_series,
    merged,
)
from allmende.model.sensing.specs import SensorSpec, StreamSpec
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store import now
from allmende.store.sensing import quality as rows

HOUR = 3_600_000_000
MINUTE = HOUR // 60
STEWARD = Subject(kind="user", id="s", roles={"jena": frozenset({Role.STEWARD})})
READER = Subject(kind="user", id="r", roles={"jena": frozenset({Role.READER})})
GOOD, SUSPECT, BAD = int(Flag.GOOD), int(Flag.SUSPECT), int(Flag.BAD)


def judged(checks: Checks, *values: float, step: int = HOUR, **more: Any) -> list[str]:
    times = [START + n * step for n in range(len(values))]
    return [rule for _, rule in judge_series(checks, times, values, **more)]


def test_each_check() -> None:
    assert judged(Checks(valid=(0, 10)), -1, 0, 10, 11) == ["valid-range", "", "", "valid-range"]
    assert judged(Checks(plausible=(0, 10)), 5, 12) == ["", "plausible-range"]
    assert judged(Checks(spike=3), 1, 9, 2, 3) == ["", "spike", "", ""]
    assert judged(Checks(spike=3), 1, 9, 9, 2) == ["", "", "", ""]  # no single result
    assert judged(Checks(step=2), 1, 2, 5, 6) == ["", "", "step", ""]
    assert judged(Checks(step=2), 1, 6, step=3 * HOUR) == ["", ""]  # slow enough
    assert judged(Checks(flat=7200), 1, 1, 1, 1, 2) == ["", "", "", "flat", ""]
    assert judged(Checks(flat=7200, flat_change=0.5), 1, 1.2, 0.9, 1.1, 2)[3] == "flat"
    assert judged(Checks(frozen=True), 1, 2, 3, frozen=[(START + HOUR, START + 2 * HOUR)]) == [
        "", "frozen", "",
    ]  # fmt: skip
    both = Checks(valid=(0, 10), plausible=(2, 8), spike=1, step=1)
    assert judged(both, 5, 99, 5) == ["", "valid-range", ""]  # nothing is compared with 99


def test_what_arrives() -> None:
    checks = Checks(valid=(0, 10), step=2, stale=3600)
    moment = START + HOUR
    assert judge_arrival(checks, 5, moment, (START, 4.5), moment) == (GOOD, "")
    assert judge_arrival(checks, 8, moment, (START, 4.5), moment) == (SUSPECT, "step")
    assert judge_arrival(checks, 11, moment, None, moment) == (BAD, "valid-range")
    assert judge_arrival(checks, 5, START, None, moment + 1) == (SUSPECT, "stale")


def test_parameters_lie_one_over_another() -> None:
    found = merged({"valid": [0, 1], "step": 3}, {"valid": [0, 2], "step": "much"}, {"other": 1})
    assert found == Checks(valid=(0, 2), step=3)
    for wrong in ({"valid": (2, 1)}, {"step": -1}, {"flat": 1e9}):
        with pytest.raises(ValueError, match="Expected"):
            Checks(**wrong)  # type: ignore[arg-type]


def test_frozen_soil_and_gaps() -> None:
    times = [START, START + HOUR, START + 2 * HOUR, START + 9 * HOUR]
    assert frozen_spans(times, [-1, 0, 2, -3], 3 * HOUR) == [
        (START, START + 2 * HOUR),
        (START + 9 * HOUR, START + 12 * HOUR),
    ]
    assert gaps([0, 10, 20, 45], 10) == [(20, 45)]
    assert gaps([0, 10], 10, 100) == [(10, 100)]
    assert gaps([], 10, 100) == []


def probe() -> Any:
    """A thing with soil temperature and water potential."""
    sensor = SensorSpec(key="teros", name="TEROS 21")
    streams = [
        StreamSpec(
            key=word, name=word, property=spec_of(PROPERTIES[word]), sensor=sensor,
            unit=unit_of(PROPERTIES[word].unit),
        )
        for word in ("soil-temperature", "soil-water-potential")
    ]  # fmt: skip
    return thing("soil", *streams, place=at(11.58, 50.93))


async def flags(platform: Platform, number: int) -> list[tuple[int, str]]:
    series = await sensing.series(platform, ANONYMOUS, number)
    return [(each.flag, each.rule) for each in series]


def test_water_in_frozen_soil_is_not_measured(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, probe())
        cold, wet = made.streams["soil-temperature"], made.streams["soil-water-potential"]
        moment = now() - 6 * HOUR
        for hour, celsius in enumerate((4.0, -0.5, -0.5, 3.0)):
            time = moment + hour * HOUR
            given = [(cold, celsius), (wet, -50.0)]
            for number, result in given:
                each = Observation(datastream=number, time=time, result=result)
                await sensing.observe(platform, SYSTEM, [each])
        frozen = (BAD, "frozen")
        assert await flags(platform, wet) == [(GOOD, ""), frozen, frozen, (GOOD, "")]
        hours = await sensing.buckets(platform, ANONYMOUS, wet, "hour")
        assert [(each.n, each.good) for each in hours] == [(1, 1), (1, 0), (1, 0), (1, 1)]

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_a_spike_is_found_when_the_next_result_is_there(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        air = made.streams["air"]
        with pytest.raises(NotAllowed):
            await quality.set_checks(platform, READER, air, {"spike": 5})
        with pytest.raises(NotFound):
            await quality.set_checks(platform, STEWARD, 999, {"spike": 5})
        with pytest.raises(InvalidInput):
            await quality.set_checks(platform, STEWARD, air, {"spike": -5})
        checks = await quality.set_checks(platform, STEWARD, air, {"spike": 5, "valid": [-40, 60]})
        assert checks == Checks(spike=5, valid=(-40, 60))
        moment = now() - 5 * HOUR
        for hour, celsius in enumerate((10.0, 30.0, 11.0, 99.0)):
            each = Observation(datastream=air, time=moment + hour * HOUR, result=celsius)
            await sensing.observe(platform, SYSTEM, [each])
        bad = (BAD, "valid-range")
        assert await flags(platform, air) == [(GOOD, ""), (GOOD, ""), (GOOD, ""), bad]
        await quality_work.check(platform, {})
        assert await flags(platform, air) == [(GOOD, ""), (SUSPECT, "spike"), (GOOD, ""), bad]
        found = (await platform.store.read(rows.of, [air]))[air]
        assert await quality_work.judge(platform, found, moment, moment + 9 * HOUR) == 0
        # put right, it is no spike any more
        ident = (await sensing.series(platform, ANONYMOUS, air))[1].id
        await sensing.change(platform, SYSTEM, ident, {"result": 10.5})
        await quality_work.check(platform, {})
        assert (await flags(platform, air))[1] == (GOOD, "")
        # what a person has flagged stays
        await sensing.change(platform, SYSTEM, ident, {"flag": BAD, "rule": ""})
        await quality_work.check(platform, {})
        assert (await flags(platform, air))[1] == (BAD, "")

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_health(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        moment = now()
        ages = {"ok": 1, "late": 13, "silent": 120}  # quarter hours since the last
        for name, age in ages.items():
            made = await sensing.register(platform, SYSTEM, thing(name, stream(interval=900.0)))
            given = [
                Observation(
                    datastream=made.streams["air"], time=moment - n * 15 * MINUTE, result=1.0
                )
                for n in range(age, age + 60)
                if name != "ok" or not 20 <= n < 26
            ]
            await sensing.observe(platform, SYSTEM, given)
        await sensing.register(platform, SYSTEM, thing("closed", access="internal"))
        found = {each.name: each for each in await health.overview(platform, ANONYMOUS)}
        assert {name: each.status for name, each in found.items()} == {
            "Thing ok": "ok", "Thing late": "late", "Thing silent": "silent",
        }  # fmt: skip
        inside = {each.name: each for each in await health.overview(platform, READER)}
        assert inside["Thing closed"].status == "silent"
        fine = found["Thing ok"].streams[0].stream
        pauses = await health.gaps(platform, ANONYMOUS, fine, moment - 24 * HOUR, moment)
        assert pauses == [(moment - 26 * 15 * MINUTE, moment - 19 * 15 * MINUTE)]
        hidden = inside["Thing closed"].streams[0].stream
        with pytest.raises(NotFound):
            await health.gaps(platform, ANONYMOUS, hidden, 0, moment)

    run_scenario(settings_for(engine, tmp_path), scenario)
