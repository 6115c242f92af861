# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whatever comes in whatever order, figures are those of a plain count: at the borders of months,
years and days of 23 and 25 hours, on leap days, of several results at once, in the archive and
behind what is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from math import isnan
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio.from_thread
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support.platforms import settings_for
from tests.support.sensing import stream, thing

from allmende.core import sensing
from allmende.core.maintenance import check
from allmende.core.platform import Platform
from allmende.core.sensing import archiving, entities, keeping, retaining
from allmende.core.sensing.means import means
from allmende.errors import Conflict
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.observation import Bucket, Flag, Observation
from allmende.model.sensing.retention import Figures, Policy
from allmende.model.sensing.specs import COUNT, PropertySpec, Unit
from allmende.policy import ANONYMOUS, SYSTEM

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CITY = ZoneInfo("Europe/Berlin")
SECOND, HOUR = 1_000_000, 3_600_000_000
PLAIN = PropertySpec(definition="urn:example:plain", name="Plain")
OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
GRAINS: tuple[Any, ...] = (600.0, 5_400.0, 3_600.0, 86_400.0, "hour", "day", "month", "year")
_names = count()


def at(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


BORDERS = tuple(
    at(text + "+00:00")
    for text in (
        "2023-12-31T23:00",  # the year in Jena, and one hour later in UTC
        "2024-01-01T00:00",
        "2024-02-28T23:00",  # the leap day
        "2024-02-29T23:00",
        "2024-03-01T00:00",
        "2024-03-30T23:00",  # 23 hours
        "2024-03-31T01:00",
        "2024-03-31T22:00",
        "2024-04-01T00:00",
        "2024-10-26T22:00",  # 25 hours
        "2024-10-27T00:00",
        "2024-10-27T01:00",
        "2024-10-27T23:00",
    )
)
TIMES = st.builds(
    lambda border, steps, odd: border + steps * 900 * SECOND + odd,
    st.sampled_from(BORDERS),
    st.integers(-8, 8),
    st.sampled_from((-1, 0, 0, 1)),
)
VALUES = st.integers(-80, 400).map(lambda quarters: quarters / 4)  # so that sums are exact
FLAGS = st.sampled_from((Flag.UNCHECKED, Flag.UNCHECKED, Flag.GOOD, Flag.SUSPECT, Flag.BAD))
PLACES = st.integers(0, 10_000)
STEPS = st.one_of(
    st.tuples(
        st.just("observe"),
        st.lists(st.tuples(st.integers(0, 2), TIMES, VALUES, FLAGS), min_size=1, max_size=12),
    ),
    st.tuples(st.just("correct"), PLACES, VALUES),
    st.tuples(st.just("change"), PLACES, TIMES, VALUES, FLAGS),
    st.tuples(st.just("remove"), st.lists(PLACES, min_size=1, max_size=4)),
    st.tuples(st.just("pack"), st.sampled_from(BORDERS)),
)


class Plain:
    """What should be there, and the figures as somebody would count them by hand."""

    def __init__(self) -> None:
        self.rows: dict[int, Observation] = {}

    def of(self, ident: int) -> list[Observation]:
        mine = [each for each in self.rows.values() if each.datastream == ident]
        return sorted(mine, key=lambda each: (each.time, each.number or 0))

    def buckets(self, ident: int, grain: Any) -> list[Bucket]:
        groups: dict[int, list[Observation]] = {}
        for each in self.of(ident):
            groups.setdefault(begin(each.time, grain), []).append(each)
        return [bucket(start, found) for start, found in sorted(groups.items())]


def begin(time: int, grain: Any) -> int:
    if grain == "hour":
        grain = 3_600.0
    if not isinstance(grain, str):
        return time - time % round(grain * SECOND)
    local = (EPOCH + timedelta(microseconds=time)).astimezone(CITY)
    day = {"day": local.day}.get(grain, 1)
    month = 1 if grain == "year" else local.month
    return (datetime(local.year, month, day, tzinfo=CITY) - EPOCH) // timedelta(microseconds=1)


def bucket(start: int, found: Sequence[Observation]) -> Bucket:
    good = [each for each in found if each.flag != Flag.BAD]
    numbers = [each for each in good if isinstance(each.result, int | float)]
    values = [each.result for each in numbers]
    if not numbers:
        return Bucket(start=start, n=len(found), good=len(good), sum=None, min=None, max=None)
    return Bucket(
        start=start,
        n=len(found),
        good=len(good),
        sum=float(sum(values)),
        min=min(values),
        max=max(values),
        first_time=numbers[0].time,
        first=numbers[0].result,
        last_time=numbers[-1].time,
        last=numbers[-1].result,
    )


class City:
    """Three datastreams of a new thing (numbers, counts, two results at once), and their list."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self.plain = platform, Plain()
        self.cut = -(2**62)
        self.streams: list[int] = []

    async def begin(self) -> None:
        plain = replace(stream("number"), property=PLAIN, unit=Unit())
        several = replace(stream("count", kind=COUNT), property=PLAIN, unit=Unit())
        made = await sensing.register(
            self.platform, SYSTEM, thing(f"t{next(_names)}", plain, several)
        )
        double = await entities.create(
            self.platform,
            SYSTEM,
            Kind.MULTI_DATASTREAM,
            {
                "name": "Double",
                "description": "Two at once",
                "unitOfMeasurements": [{"name": None, "symbol": None, "definition": None}] * 2,
                "multiObservationDataTypes": [f"{OM}OM_Measurement"] * 2,
                "Thing": {"@iot.id": made.thing},
                "Sensor": {
                    "name": "S", "description": "S", "encodingType": "text/plain", "metadata": "S",
                },
                "ObservedProperties": [
                    {"name": name, "description": name, "definition": f"urn:example:{name}"}
                    for name in "ab"
                ],
            },
        )  # fmt: skip
        self.streams = [made.streams["number"], made.streams["count"], double]

    def result(self, place: int, value: float) -> Any:
        return (value, int(value), [value, -value])[place]

    def some(self, place: int) -> int | None:
        held = sorted(key for key, each in self.plain.rows.items() if each.time >= self.cut)
        return held[place % len(held)] if held else None

    async def do(self, step: tuple[Any, ...]) -> None:
        await getattr(self, step[0])(*step[1:])

    async def observe(self, given_: list[tuple[int, int, float, Flag]]) -> None:
        made = [
            Observation(
                datastream=self.streams[place],
                time=time,
                result=self.result(place, value),
                flag=int(flag),
            )
            for place, time, value, flag in given_
        ]
        stored = await sensing.observe(self.platform, SYSTEM, made)
        for each, outcome in zip(made, stored, strict=True):
            assert (outcome.status == "created") == (each.time >= self.cut), outcome
            if outcome.status == "created":
                self.plain.rows[outcome.id] = replace(each, number=outcome.id & 0xFFFFFFFF)

    async def correct(self, place: int, value: float) -> None:
        """The same time comes again with another result."""
        ident = self.some(place)
        if ident is None:
            return
        old = self.plain.rows[ident]
        rivals = [each for each in self.plain.of(old.datastream) if each.time == old.time]
        if len(rivals) > 1:
            return
        result = self.result(self.streams.index(old.datastream), value)
        new = replace(old, result=result, number=None)
        (outcome,) = await sensing.observe(self.platform, SYSTEM, [new], repeated="correct")
        assert outcome.id == ident
        assert outcome.status == ("repeated" if result == old.result else "corrected")
        self.plain.rows[ident] = replace(old, result=result)

    async def change(self, place: int, time: int, value: float, flag: Flag) -> None:
        ident = self.some(place)
        if ident is None:
            return
        old = self.plain.rows[ident]
        result = self.result(self.streams.index(old.datastream), value)
        changes = {"time": time, "result": result, "flag": int(flag)}
        if time < self.cut:
            with pytest.raises(Conflict):
                await sensing.change(self.platform, SYSTEM, ident, changes)
            return
        await sensing.change(self.platform, SYSTEM, ident, changes)
        self.plain.rows[ident] = replace(old, time=time, result=result, flag=int(flag))

    async def remove(self, places: list[int]) -> None:
        gone = {ident for place in places if (ident := self.some(place)) is not None}
        assert await sensing.remove(self.platform, SYSTEM, list(gone)) == len(gone)
        for each in gone:
            del self.plain.rows[each]

    async def pack(self, before: int) -> None:
        await keeping.pack_settled(self.platform, before)

    async def compare(self, window: tuple[int, int], grains: Sequence[Any] = GRAINS) -> None:
        for ident in self.streams:
            for grain in grains:
                wanted = self.plain.buckets(ident, grain)
                assert await self.buckets(ident, grain) == wanted, grain
                start, end = window
                found = await self.buckets(ident, grain, start, end)
                first, last = begin(start, grain), begin(end - 1, grain)
                assert found == [each for each in wanted if first <= each.start <= last], grain
            for seconds in (each for each in grains if isinstance(each, float)):
                await self.compare_means(ident, seconds)

    async def buckets(self, ident: int, grain: Any, *window: int) -> list[Bucket]:
        return await sensing.buckets(self.platform, ANONYMOUS, ident, grain, *window)

    async def compare_means(self, ident: int, seconds: float) -> None:
        span = (BORDERS[0] - 400 * 24 * HOUR, BORDERS[-1] + 400 * 24 * HOUR)
        found = (await means(self.platform, ANONYMOUS, [ident], seconds, *span))[ident]
        wanted = [each for each in self.plain.buckets(ident, seconds) if each.sum is not None]
        assert found.starts.tolist() == [each.start for each in wanted]
        assert found.n.tolist() == [each.good for each in wanted]
        assert found.min.tolist() == [each.min for each in wanted]
        assert found.max.tolist() == [each.max for each in wanted]
        assert found.mean.tolist() == pytest.approx([each.mean for each in wanted])
        assert not any(map(isnan, found.mean.tolist()))

    async def series(self) -> None:
        for ident in self.streams:
            found = await sensing.series(self.platform, ANONYMOUS, ident)
            assert found == self.plain.of(ident)


WINDOWS = st.tuples(TIMES, st.integers(1, 3_000 * HOUR)).map(lambda each: (each[0], sum(each)))
Example = Callable[[City, list[Any], list[Any], tuple[int, int]], Any]


def every(engine: str, folder: Path, example: Example, examples: int) -> None:
    """Runs an example on a new thing of one platform, again and again with other steps."""
    options = settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    with anyio.from_thread.start_blocking_portal() as portal:
        opened = portal.wrap_async_context_manager(Platform.open(settings_for(engine, folder)))
        with opened as platform:

            @options
            @given(st.lists(STEPS, max_size=14), st.lists(STEPS, max_size=6), WINDOWS)
            def examine(before: list[Any], after: list[Any], window: tuple[int, int]) -> None:
                async def run() -> None:
                    city = City(platform)
                    await city.begin()
                    await example(city, before, after, window)

                portal.call(run)

            examine()
            assert portal.call(check, platform) == []


def test_figures_are_those_of_a_plain_count(engine: str, tmp_path: Path) -> None:
    async def example(
        city: City, before: list[Any], after: list[Any], window: tuple[int, int]
    ) -> None:
        for step in [*before, *after]:
            await city.do(step)
        await city.series()
        await city.compare(window)

    every(engine, tmp_path, example, 40)


def test_figures_go_on_over_the_archive(engine: str, tmp_path: Path) -> None:
    moment = at("2024-05-10T12:00+00:00")

    async def example(
        city: City, before: list[Any], after: list[Any], window: tuple[int, int]
    ) -> None:
        await away(city, Policy(id="a", title={"de": "a", "en": "a"}), before, None)
        rule = Policy(id="a", title={"de": "a", "en": "a"}, days=30)
        await away(city, rule, [], moment)
        city.cut = at("2024-04-01T00:00+00:00")
        # a datastream that had nothing before has no bound yet
        await only_with_bound(city, after)
        await city.series()
        await city.compare(window)

    every(engine, tmp_path, example, 20)


def test_figures_stay_when_single_values_go(engine: str, tmp_path: Path) -> None:
    moment = at("2024-04-30T12:00+00:00")  # 30 days before is the day of 23 hours

    async def example(
        city: City, before: list[Any], after: list[Any], window: tuple[int, int]
    ) -> None:
        rule = Policy(
            id="a", title={"de": "a", "en": "a"}, days=30, then="delete",
            figures=(Figures("hour"), Figures("day")),
        )  # fmt: skip
        await away(city, replace(rule, days=None, then="archive", figures=()), before, None)
        await away(city, rule, [], moment)
        city.cut = at("2024-03-30T23:00+00:00")
        await only_with_bound(city, after)
        await city.compare(window, ("hour", "day", "month", "year", 86_400.0))
        for ident in city.streams:
            rest = [each for each in city.plain.of(ident) if each.time >= city.cut]
            assert await sensing.series(city.platform, ANONYMOUS, ident) == rest

    every(engine, tmp_path, example, 20)


async def away(city: City, rule: Policy, steps: list[Any], moment: int | None) -> None:
    """Does the steps, then what a rule says."""
    await retaining.save(city.platform, SYSTEM, rule, "as the test wants")
    for step in steps:
        await city.do(step)
    if moment is not None:
        await archiving.run(city.platform, moment=moment)


async def only_with_bound(city: City, steps: list[Any]) -> None:
    """Does steps; nothing comes for times before the cut to datastreams that have none yet."""
    known = await sensing.latest(city.platform, SYSTEM, city.streams)
    bound = {each for each, state in known.items() if state.raw_from == city.cut}
    for step in steps:
        if step[0] == "observe":
            fits = [
                each for each in step[1] if city.streams[each[0]] in bound or each[1] >= city.cut
            ]
            step = ("observe", fits)
        if step[0] == "change" and len(bound) < len(city.streams) and step[2] < city.cut:
            continue
        await city.do(step)
