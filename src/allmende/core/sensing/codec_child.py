# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The process in which payload codecs run; it imports nothing of the platform.

It reads frames from its input and answers each on its output: four bytes with the length
(little endian), then MessagePack. Asked is {"key", "code" or null, "calls": [[payload, port,
µs], …]}; answered is {"unknown": true} when the code of the key is not held any more, or
{"results": [["ok", JSON text] | [fault, message], …]}.

Limits per call: `CALL_SECONDS` of processor time, `MEMORY` and `STACK` bytes of the engine.
A few operations of the engine, such as searching one huge text in another, do not look at the
clock; after `KILL_SECONDS` the system ends the process, and whoever asked starts another.
The process itself can open no file and no connection, and start no other process.
"""

from __future__ import annotations

import resource
import signal
import struct
import sys
from collections import OrderedDict
from typing import IO, Any

CALL_SECONDS = 0.1
LOAD_SECONDS = 0.3
KILL_SECONDS = 0.6
TIMEOUTS = 3  # in one request; then the other calls are not tried
MEMORY = 16 << 20
STACK = 256 << 10
LARGEST_RESULT = 64 << 10  # characters of JSON
LONGEST_MESSAGE = 300
CONTEXTS = 24  # codecs held ready
CALLS = 20_000  # of one context; then it is made anew
PROCESS_MEMORY = 1 << 30
HEAD = struct.Struct("<I")

FIND = (
    'typeof decodeUplink === "function" ? decodeUplink : module.exports.decodeUplink',
    'typeof Decoder === "function" ? Decoder : module.exports.Decoder',
    'typeof Decode === "function" ? Decode : module.exports.Decode',
)


class Ready:
    """One codec in its own context."""

    def __init__(self, quickjs: Any, shim: str, code: str) -> None:
        self.calls = 0
        self.context = context = quickjs.Context()
        context.set_memory_limit(MEMORY)
        context.set_max_stack_size(STACK)
        context.set_time_limit(LOAD_SECONDS)
        finder = context.eval(shim)
        context.eval(code)
        self.run = finder(*(context.eval(each) for each in FIND))
        context.set_time_limit(CALL_SECONDS)


class Runner:
    """The codecs held ready by their keys, those used longest ago are let go."""

    def __init__(self, quickjs: Any, shim: str) -> None:
        self.quickjs, self.shim = quickjs, shim
        self.codes: OrderedDict[str, str] = OrderedDict()
        self.ready: dict[str, Ready] = {}

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The results of all calls of one request, in their order."""
        key = asked["key"]
        if asked["code"] is not None:
            self.codes[key] = asked["code"]
        if key not in self.codes:
            return {"unknown": True}
        self.codes.move_to_end(key)
        while len(self.codes) > CONTEXTS:
            old, _ = self.codes.popitem(last=False)
            self.ready.pop(old, None)
        return {"results": self._calls(key, asked["calls"])}

    def _calls(self, key: str, calls: list[Any]) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        timeouts = 0
        for call in calls:
            if timeouts == TIMEOUTS:
                found.append(("too-long", ""))
                continue
            signal.setitimer(signal.ITIMER_PROF, KILL_SECONDS)
            found.append(self._call(key, *call))
            timeouts += found[-1][0] == "too-long"
        signal.setitimer(signal.ITIMER_PROF, 0)
        return found

    def _call(self, key: str, payload: bytes, port: int, time: int) -> tuple[str, str]:
        try:
            ready = self._context(key)
            if ready.run is None:
                return "no-function", ""
            ready.calls += 1
            text = ready.run(str(list(payload)), port, time / 1000)
        except (self.quickjs.JSException, MemoryError, TypeError, ValueError) as error:
            self.ready.pop(key, None)
            return _fault(str(error))
        if not isinstance(text, str):
            return "error", "the codec did not give JSON"
        if len(text) > LARGEST_RESULT:
            self.ready.pop(key, None)
            return "too-large", ""
        return "ok", text

    def _context(self, key: str) -> Ready:
        ready = self.ready.get(key)
        if ready is None or ready.calls >= CALLS:
            ready = self.ready[key] = Ready(self.quickjs, self.shim, self.codes[key])
        return ready


def _fault(message: str) -> tuple[str, str]:
    first = message.strip().partition("\n")[0][:LONGEST_MESSAGE]
    if "interrupted" in first:
        return "too-long", ""
    if "out of memory" in first or first in ("", "null"):
        return "too-much-memory", ""
    if ("stack" in first.lower() and "overflow" in first.lower()) or "call stack" in first:
        return "too-deep", ""
    return "error", first


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (PROCESS_MEMORY, PROCESS_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def serve(source: IO[bytes], target: IO[bytes], shim: str) -> None:
    """Answers frames until the input ends."""
    import msgspec
    import quickjs

    runner = Runner(quickjs, shim)
    decode, encode = msgspec.msgpack.decode, msgspec.msgpack.encode
    _confine()
    while len(head := source.read(HEAD.size)) == HEAD.size:
        asked = decode(source.read(HEAD.unpack(head)[0]))
        body = encode(runner.answer(asked))
        target.write(HEAD.pack(len(body)) + body)
        target.flush()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    serve(sys.stdin.buffer, sys.stdout.buffer, text)
