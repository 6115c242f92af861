# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ten million observations: how fast they come in, how much room they take, how fast they go out.

200 datastreams measure every quarter of an hour for a year, 1,800 for 17 days: 10,010,400
observations of 2,000 datastreams, temperatures with two decimals. They come a moment
of all datastreams after the other, the worst order for what is sorted by datastream, through
the same use case as every other, and are packed by the same job as in daily use.

python -m bench.observations [--days 365] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import numpy as np

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import keeping
from allmende.core.sensing.exporting import Wanted
from allmende.core.sensing.side_by_side import as_json, side_by_side
from allmende.core.settings import Settings
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from allmende.policy import ANONYMOUS, SYSTEM
from allmende.store.sensing import upkeep
from bench.figures import Figure, milliseconds_async, show

START = 1_704_067_200_000_000  # 2024-01-01
STEP = 900_000_000
A_DAY = 96
LONG, SHORT = 200, 1_800
BATCH = 10_000
SPACE = 250_000_000


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365, help="of the 200 long datastreams")
    parser.add_argument("--keep", type=Path, help="folder for the data, for looking at it later")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="allmende-bench-") as name:
        figures = anyio.run(measure, options.keep or Path(name), options.days)
    show("Ten million observations", figures)


async def measure(folder: Path, days: int) -> list[Figure]:
    """Fills a folder and asks."""
    async with Platform.open(Settings(data=folder)) as platform:
        long = await things(platform, "long", LONG)
        short = await things(platform, "short", SHORT)
        start, cpu = time.perf_counter(), _cpu()
        count = await fill(platform, long, days) + await fill(platform, short, min(17, days))
        rate, cost = count / (time.perf_counter() - start), count / (_cpu() - cpu)
        start = time.perf_counter()
        packed = await keeping.pack_settled(platform, START + 400 * A_DAY * STEP)
        last = packed / max(time.perf_counter() - start, 1e-9)
        for _ in range(100):  # the job does it every ten minutes
            await platform.store.write(upkeep.give_back)
        figures = [
            Figure("written and packed, all in all", rate, "observations/s"),
            Figure("the same for each second of processor time", cost, "observations/s"),
            Figure("packing what was left", last, "observations/s"),
        ]
        figures += await ask(platform, long, [*long, *short])
    return [*figures, *size(folder, count)]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def things(platform: Platform, name: str, count: int) -> list[int]:
    """Datastreams, ten to a thing."""
    found: list[int] = []
    for number in range(count // 10):
        streams = tuple(_stream(each) for each in range(10))
        spec = ThingSpec(
            key=f"{name}-{number}", name=f"{name} {number}", organisation="jena", streams=streams
        )
        made = await sensing.register(platform, SYSTEM, spec)
        found += made.streams.values()
    return found


def _stream(number: int) -> StreamSpec:
    return StreamSpec(
        key=str(number),
        name=f"Temperature {number}",
        property=PropertySpec(definition=f"https://example.org/t{number}", name="Temperature"),
        sensor=SensorSpec(key="probe", name="Probe"),
        unit=Unit(name="degree Celsius", symbol="°C", definition="Cel"),
        interval=900,
    )


async def fill(platform: Platform, streams: list[int], days: int) -> int:
    """Observations as they come: a moment of all datastreams after the other."""
    chance = np.random.default_rng(1)
    total = 0
    for day in range(days):
        moments = START + (day * A_DAY + np.arange(A_DAY)) * STEP
        daily = 12 + 9 * np.sin(np.arange(A_DAY) / A_DAY * 2 * np.pi)[:, None]
        values = np.round(daily + chance.normal(0, 0.6, (A_DAY, len(streams))), 2).tolist()
        batch = [
            Observation(datastream=stream, time=int(moment), result=result)
            for moment, row in zip(moments, values, strict=True)
            for stream, result in zip(streams, row, strict=True)
        ]
        for place in range(0, len(batch), BATCH):
            await sensing.observe(platform, SYSTEM, batch[place : place + BATCH])
        total += len(batch)
        await keeping.pack_settled(platform, int(moments[0]) - keeping.SETTLED)
    return total


async def ask(platform: Platform, long: list[int], every: list[int]) -> list[Figure]:
    """The three questions that other servers are asked for in vain."""
    month_start, month_end = START + 31 * A_DAY * STEP, START + 62 * A_DAY * STEP

    async def month() -> int:
        return len(await sensing.columns(platform, ANONYMOUS, long[3], month_start, month_end))

    async def hours() -> int:  # what /observations.json?stream=…&interval=PT1H does
        wanted = Wanted(streams=tuple(long[:10]))
        grid = await side_by_side(platform, ANONYMOUS, wanted, 3_600.0, ("mean",))
        return len(as_json(grid)) and len(grid.starts) * len(grid.heads)

    async def days() -> int:
        found = [await sensing.buckets(platform, ANONYMOUS, each, "day") for each in long]
        return sum(map(len, found))

    async def latest() -> int:
        return len(await sensing.latest(platform, ANONYMOUS))

    print(f"a month {await month()}, hours {await hours()}, days {await days()} rows")
    return [
        Figure(
            "a month of one datastream (2,976), as columns", await milliseconds_async(month), "ms"
        ),
        Figure(
            "hourly means of a year, 10 datastreams, as JSON",
            await milliseconds_async(hours),
            "ms",
            40,
            peer="PostgreSQL, published 406-526",
            peer_value=406,
        ),
        Figure("daily means of all 200 years", await milliseconds_async(days, runs=5), "ms"),
        Figure(
            f"latest value of {len(every):,} datastreams", await milliseconds_async(latest), "ms"
        ),
    ]


def size(folder: Path, count: int) -> list[Figure]:
    """Bytes on the disk once everything is closed."""
    total = sum(each.stat().st_size for each in folder.glob("observations.sqlite*"))
    scaled = total * 10_000_000 / count
    return [
        Figure("on the disk", total / 1e6, "MB"),
        Figure(
            "10 million observations on the disk",
            scaled / 1e6,
            "MB",
            SPACE / 1e6,
            peer="generic table, published",
            peer_value=2273,
        ),
    ]


if __name__ == "__main__":
    main()
