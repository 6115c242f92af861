# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Payload codecs: JavaScript as the networks know it, run in processes of its own.

A codec has `decodeUplink(input)` (The Things Stack, ChirpStack v4), `Decoder(bytes, port)` or
`Decode(fPort, bytes)`. It gets bytes, a port and a time, finds a small `Buffer`, and nothing
else: no `require`, no network, no timers. What it may use is in `codec_child`. A process that
a codec brings down is started anew; a codec that does so again and again is not run for a while.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing.codec_child import HEAD
from allmende.errors import Busy, InvalidInput, LimitExceeded

LARGEST_CODE = 256 << 10  # characters
LARGEST_PAYLOAD = 512  # bytes; LoRaWAN carries at most 242
AT_ONCE = 256  # calls in one message
WAITING = 5_000  # calls that may wait for a process
ANSWER_SECONDS = 30.0  # of the clock for one message, when the machine is very busy
END_SECONDS = 2.0  # within which a process that closed its output has ended
FAULTS = 4  # costly ones of a codec; then it rests
REST_SECONDS = 600.0
KNOWN = 2_000  # codecs whose faults are remembered
CHILD = Path(__file__).with_name("codec_child.py")
SHIM = Path(__file__).with_name("codec_shim.js")

_SAID = {
    "no-function": (
        "It has no function decodeUplink, Decoder or Decode.",
        "Er hat keine Funktion decodeUplink, Decoder oder Decode.",
    ),
    "too-long": (
        "It was stopped: it needs longer than 100 ms for one message.",
        "Er wurde angehalten: Er braucht länger als 100 ms für eine Nachricht.",
    ),
    "too-much-memory": (
        "It was stopped: it needs more than 16 MB of memory.",
        "Er wurde angehalten: Er braucht mehr als 16 MB Speicher.",
    ),
    "too-deep": (
        "It was stopped: it calls itself too deeply.",
        "Er wurde angehalten: Er ruft sich zu tief selbst auf.",
    ),
    "too-large": (
        "Its result is larger than 64 KB.",
        "Sein Ergebnis ist größer als 64 KB.",
    ),
    "killed": (
        "It was stopped with its process: it used far too much time or memory.",
        "Er wurde mit seinem Prozess angehalten: Er brauchte viel zu viel Zeit oder Speicher.",
    ),
    "resting": (
        "It is not run for ten minutes, because it had to be stopped several times.",
        "Er wird zehn Minuten nicht ausgeführt, weil er mehrmals angehalten werden musste.",
    ),
}
_COSTLY = ("too-long", "killed")


class Codec(Struct, frozen=True, dict=True):
    """The JavaScript of one version of a codec; equal text is the same codec."""

    code: str

    @cached_property
    def key(self) -> str:
        """Checksum of the text."""
        return hashlib.sha256(self.code.encode()).hexdigest()


class Call(Struct, frozen=True, array_like=True):
    """One message: payload, port, and when it was received (µs UTC)."""

    payload: bytes
    port: int
    time: int = 0


class Decoded(Struct):
    """What a codec said of one message: `data`, or a fault with its words in two languages."""

    data: Any = None
    warnings: list[str] = []
    fault: str = ""  # a stable code: error, too-long, …
    text: dict[str, str] = {}


class _Stopped(Exception):
    """The process ended over a request."""


class _Process:
    """One process that runs codecs, one request at a time."""

    def __init__(self) -> None:
        self.process: asyncio.subprocess.Process | None = None

    async def ask(self, codec: Codec, calls: Sequence[Call]) -> list[tuple[str, str]]:
        """The results of the calls; _Stopped when the process ended over them."""
        answer = await self._request(codec.key, None, calls)
        if "unknown" in answer:
            answer = await self._request(codec.key, codec.code, calls)
        found: list[tuple[str, str]] = answer["results"]
        return found

    async def _request(self, key: str, code: str | None, calls: Sequence[Call]) -> dict[str, Any]:
        body = msgspec.msgpack.encode({"key": key, "code": code, "calls": calls})
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await self._channel()
                writer.write(HEAD.pack(len(body)) + body)
                await writer.drain()
                (size,) = HEAD.unpack(await reader.readexactly(HEAD.size))
                found: dict[str, Any] = msgspec.msgpack.decode(await reader.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            await self.close(patience=0.0 if isinstance(error, TimeoutError) else END_SECONDS)
            raise _Stopped from error
        except BaseException:
            await self.close()
            raise
        return found

    async def _channel(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        process = self.process
        if process is None or process.returncode is not None:
            process = self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                str(CHILD),
                str(SHIM),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": _paths()},
                start_new_session=True,
            )
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("the process has no channel")
        return process.stdout, process.stdin

    async def close(self, patience: float = 1.0) -> None:
        """Ends the process, if there is one: by itself within `patience` seconds, or at once."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(patience):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


class Codecs:
    """The processes of one platform; started when they are first needed."""

    def __init__(
        self,
        processes: int = 1,
        waiting: int = WAITING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._idle: asyncio.LifoQueue[_Process] = asyncio.LifoQueue()
        self._all = [_Process() for _ in range(processes)]
        for each in self._all:
            self._idle.put_nowait(each)
        self._most, self._clock = waiting, clock
        self._faults: dict[str, tuple[int, float]] = {}  # how many, and of when the last
        self.waiting = 0

    async def decode(self, codec: Codec, calls: Sequence[Call]) -> list[Decoded]:
        """What the codec says of each message, in their order. Never raises for bad code.

        Raises Busy when too many calls wait, LimitExceeded for a payload over 512 bytes or a
        codec over 256 KB.
        """
        _check(codec, calls)
        if self.waiting + len(calls) > self._most:
            raise Busy(
                "Too many payloads wait to be decoded; try again in a moment.",
                "Es warten zu viele Nutzdaten auf ihre Dekodierung; bitte gleich noch einmal.",
            )
        self.waiting += len(calls)
        try:
            found: list[tuple[str, str]] = []
            for start in range(0, len(calls), AT_ONCE):
                found += await self._some(codec, calls[start : start + AT_ONCE])
        finally:
            self.waiting -= len(calls)
        return [_decoded(*each) for each in found]

    async def close(self) -> None:
        """Ends all processes."""
        for each in self._all:
            await each.close()

    async def _some(self, codec: Codec, calls: Sequence[Call]) -> list[tuple[str, str]]:
        if self._rests(codec.key):
            return [("resting", "")] * len(calls)
        process = await self._idle.get()
        found: list[tuple[str, str]] | None
        try:
            found = await process.ask(codec, calls)
        except _Stopped:
            found = None if len(calls) > 1 else [("killed", "")]
        finally:
            self._idle.put_nowait(process)
        if found is None:
            return await self._one_by_one(codec, calls)
        self._count(codec.key, sum(fault in _COSTLY for fault, _ in found))
        return found

    async def _one_by_one(self, codec: Codec, calls: Sequence[Call]) -> list[tuple[str, str]]:
        """Finds the message over which the process ended; the others get their answers."""
        found: list[tuple[str, str]] = []
        for call in calls:
            found += await self._some(codec, [call])
        return found

    def _rests(self, key: str) -> bool:
        count, last = self._faults.get(key, (0, 0.0))
        if count and self._clock() - last > REST_SECONDS:
            del self._faults[key]
            return False
        return count >= FAULTS

    def _count(self, key: str, faults: int) -> None:
        if not faults:
            return
        if len(self._faults) >= KNOWN:
            self._faults.pop(next(iter(self._faults)))
        count, _ = self._faults.get(key, (0, 0.0))
        self._faults[key] = (count + faults, self._clock())


def codecs(platform: Platform) -> Codecs:
    """The processes of a platform."""
    found: Codecs | None = platform.caches.get("codecs")
    if found is None:
        found = platform.caches["codecs"] = Codecs()
    return found


async def close(platform: Platform) -> None:
    """Ends the processes of a platform, if there are any."""
    found: Codecs | None = platform.caches.pop("codecs", None)
    if found is not None:
        await found.close()


def _check(codec: Codec, calls: Sequence[Call]) -> None:
    if len(codec.code) > LARGEST_CODE:
        raise LimitExceeded(
            f"The codec is longer than {LARGEST_CODE} characters.",
            f"Der Codec ist länger als {LARGEST_CODE} Zeichen.",
        )
    for call in calls:
        if len(call.payload) > LARGEST_PAYLOAD:
            raise LimitExceeded(
                f"A payload is longer than {LARGEST_PAYLOAD} bytes.",
                f"Eine Nutzlast ist länger als {LARGEST_PAYLOAD} Bytes.",
            )
        if not 0 <= call.port <= 255:
            raise InvalidInput(
                f"{call.port} is no port; ports are 0 to 255.",
                f"{call.port} ist kein Port; möglich ist 0 bis 255.",
            )


def _decoded(fault: str, said: str) -> Decoded:
    if fault != "ok":
        en, de = _SAID.get(fault, (f"It failed: {said}", f"Er ist gescheitert: {said}"))
        return Decoded(fault=fault, text={"en": en, "de": de})
    try:
        result = msgspec.json.decode(said)
    except msgspec.DecodeError:
        return _strange()
    if not isinstance(result, dict):
        return _strange()
    errors = result.get("errors")
    if errors:
        listed = errors if isinstance(errors, list) else [errors]
        words = "; ".join(str(each) for each in listed)[:300]
        text = {"en": f"It reports: {words}", "de": f"Er meldet: {words}"}
        return Decoded(fault="refused", text=text)
    if not isinstance(result.get("data"), dict):
        return _strange()
    warnings = result.get("warnings")
    kept = [str(each)[:300] for each in warnings[:20]] if isinstance(warnings, list) else []
    return Decoded(data=result["data"], warnings=kept)


def _strange() -> Decoded:
    text = {
        "en": "It must return an object with the member data, which is an object itself.",
        "de": "Er muss ein Objekt mit dem Glied data liefern, das selbst ein Objekt ist.",
    }
    return Decoded(fault="strange", text=text)


def _paths() -> str:
    return os.pathsep.join(each for each in sys.path if each)
