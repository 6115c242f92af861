# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Payload codecs: decodes a second in the confined process, whole messages, hostile code.

    python -m bench.codecs

The payloads are those of the captured messages of real devices, with the shipped codecs. One
process decodes; the figures are seconds of the clock, both ways between the processes included.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from msgspec.structs import replace
from tests.support.lorawan import KINDS, uplink

from allmende.core.platform import Platform
from allmende.core.sensing import codecs as running
from allmende.core.sensing import devices, devices_intake
from allmende.core.sensing.codecs import Call, Codec, Codecs
from allmende.core.sensing.devices_library import Library, library
from allmende.core.settings import Settings
from allmende.policy import SYSTEM
from bench.figures import Figure, show

ROUNDS = 5
AT_ONCE = 256
MESSAGES = 2_000
HOSTILE = {
    "endless loop": "function Decoder() { while (true) {} }",
    "memory": "function Decoder() { const a = []; for (;;) a.push(new Array(9999).fill(7)); }",
    "regular expression": 'function Decoder() { return /^(a+)+$/.test("a".repeat(40) + "!"); }',
    "recursion": "function Decoder(b) { return Decoder(b); }",
}


async def main() -> None:
    """Measures and shows."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        async with Platform.open(settings) as platform:
            figures = await _decodes(library(platform))
            figures += await _hostile()
            figures.append(await _whole(platform))
            await running.close(platform)
    show("Payload codecs", figures)


async def _decodes(known: Library) -> list[Figure]:
    """Each captured device alone, and all of them mixed in messages of one call."""
    codecs = Codecs()
    speeds: dict[str, float] = {}
    for name, kind in KINDS.items():
        codec, message = known.kind(kind).codec, uplink(name)
        if codec is not None:
            calls = [Call(message.payload, message.port, message.time)] * AT_ONCE
            speeds[kind] = await _speed(codecs, codec, calls)
    single = known.kind("dragino-lse01").codec
    one = uplink("chirpstack_uplink_1")
    alone = 0.0
    if single is not None:
        alone = await _speed(codecs, single, [Call(one.payload, one.port, one.time)], 2_000)
    await codecs.close()
    slowest = min(speeds, key=lambda kind: speeds[kind])
    mean = len(speeds) / sum(1 / each for each in speeds.values())
    return [
        Figure("all shipped codecs, mean", mean, "/s", 20_000, more=True),
        Figure(f"slowest shipped codec ({slowest})", speeds[slowest], "/s", more=True),
        Figure("one message at a time", alone, "/s", more=True),
    ]


async def _speed(codecs: Codecs, codec: Codec, calls: list[Call], repeat: int = 20) -> float:
    """The best of some rounds, in decodes a second."""
    best = 0.0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(repeat):
            found = await codecs.decode(codec, calls)
        best = max(best, repeat * len(calls) / (time.perf_counter() - start))
    assert not found[0].fault, found[0].text
    return best


async def _hostile() -> list[Figure]:
    """How long hostile code holds the process."""
    codecs = Codecs()
    figures = []
    for name, code in HOSTILE.items():
        await codecs.decode(Codec("function Decoder() { return {}; }"), [Call(b"", 1)])
        start = time.perf_counter()
        (found,) = await codecs.decode(Codec(code), [Call(b"", 1)])
        took = (time.perf_counter() - start) * 1000
        assert found.fault, name
        figures.append(Figure(f"stopped: {name}", took, "ms", 1_000))
    await codecs.close()
    return figures


async def _whole(platform: Platform) -> Figure:
    """From a message that waits to durable observations, with the devices taken in."""
    await devices.create_source(platform, SYSTEM, "net", "chirpstack", "city", adopt=True)
    source = await devices.open_source(platform, SYSTEM, "net", "")
    first = uplink("chirpstack_uplink_7")
    for number in range(MESSAGES):
        message = replace(first, counter=number, time=first.time + number * 600_000_000)
        await devices_intake.receive(platform, source, message)
    start = time.perf_counter()
    settled = await devices_intake.drain(platform)
    assert settled == MESSAGES
    speed = settled / (time.perf_counter() - start)
    return Figure("messages to observations (four each)", speed, "/s", more=True)


if __name__ == "__main__":
    asyncio.run(main())
