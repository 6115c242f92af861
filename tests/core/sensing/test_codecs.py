# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Payload codecs: every form that is known, what they find around them, and hostile ones."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from allmende.core.sensing import codecs as module
from allmende.core.sensing.codecs import Call, Codec, Codecs, Decoded
from allmende.errors import Busy, InvalidInput, LimitExceeded

MOMENT = 1_700_000_000_000_000  # 2023-11-14T22:13:20Z


def run(scenario: Callable[[Codecs], Awaitable[Any]], **options: Any) -> Any:
    async def main() -> Any:
        codecs = Codecs(**options)
        try:
            return await scenario(codecs)
        finally:
            await codecs.close()

    return asyncio.run(main())


def decode(code: str, *calls: Call) -> list[Decoded]:
    given = list(calls) or [Call(b"\x01\x02", 7, MOMENT)]
    found: list[Decoded] = run(lambda codecs: codecs.decode(Codec(code), given))
    return found


@pytest.mark.parametrize(
    "code",
    [
        "function decodeUplink(input) { return {data: {n: input.bytes[1], p: input.fPort}}; }",
        "const decodeUplink = (input) => ({data: {n: input.bytes[1], p: input.fPort}});",
        "module.exports = {decodeUplink: (i) => ({data: {n: i.bytes[1], p: i.fPort}})};",
        "exports.decodeUplink = (i) => ({data: {n: i.bytes[1], p: i.fPort}});",
        "function Decoder(bytes, port) { return {n: bytes[1], p: port}; }",
        "function Decode(fPort, bytes, variables) { return {n: bytes[1], p: fPort}; }",
    ],
)
def test_every_form_of_codec_runs(code: str) -> None:
    assert decode(code)[0].data == {"n": 2, "p": 7}


def test_a_codec_gets_the_time_and_a_list_of_bytes() -> None:
    code = (
        "function decodeUplink(i) { return {data: {time: i.recvTime.toISOString(), "
        "list: Array.isArray(i.bytes), sum: i.bytes.reduce((a, b) => a + b, 0)}}; }"
    )
    data = {"time": "2023-11-14T22:13:20.000Z", "list": True, "sum": 3}
    assert decode(code)[0].data == data


def test_the_buffer_reads_numbers_and_texts() -> None:
    code = """function decodeUplink(i) { const b = Buffer.from(i.bytes); return {data: {
      be: b.readUInt16BE(0), le: b.readUInt16LE(0), s: b.readInt8(2), f: b.readFloatLE(3),
      hex: b.toString("hex"), base: b.toString("base64"), cut: b.slice(1, 3).toString("hex"),
      from: Array.from(Buffer.from("ff01", "hex")), back: Array.from(Buffer.from("/wE=", "base64")),
      text: Buffer.from("Grüße").toString(), long: Buffer.concat([b, b]).length}}; }"""
    payload = bytes.fromhex("0102ff00001a42")
    assert decode(code, Call(payload, 1))[0].data == {
        "be": 258,
        "le": 513,
        "s": -1,
        "f": 38.5,
        "hex": "0102ff00001a42",
        "base": "AQL/AAAaQg==",
        "cut": "02ff",
        "from": [255, 1],
        "back": [255, 1],
        "text": "Grüße",
        "long": 14,
    }


def test_there_is_no_way_out() -> None:
    names = "require fetch setTimeout setInterval process std os XMLHttpRequest Deno WebSocket"
    listed = ", ".join(f"typeof {name}" for name in names.split())
    code = f"function decodeUplink() {{ return {{data: {{all: [{listed}]}}}}; }}"
    assert set(decode(code)[0].data["all"]) == {"undefined"}


def test_errors_and_warnings_of_a_codec_are_told() -> None:
    refused = decode('function decodeUplink() { return {errors: ["too short"]}; }')[0]
    assert (refused.fault, refused.text["en"]) == ("refused", "It reports: too short")
    thrown = decode('function decodeUplink() { throw new Error("broken"); }')[0]
    assert thrown.fault == "error"
    assert "broken" in thrown.text["de"]
    warned = decode('function decodeUplink() { return {data: {}, warnings: ["old"]}; }')[0]
    assert warned.warnings == ["old"]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("function decodeUplink() { while (true) {} }", "too-long"),
        ("function decodeUplink() { return {get data() { while (true) {} }}; }", "too-long"),
        ("function decodeUplink() { return {toJSON() { while (true) {} }}; }", "too-long"),
        (
            'function decodeUplink() { return {data: /^(a+)+$/.test("a".repeat(40) + "!")}; }',
            "too-long",
        ),
        (
            "function decodeUplink() { const a = []; for (;;) a.push(new Array(9999).fill(7)); }",
            "too-much-memory",
        ),
        ('function decodeUplink() { return {data: "x".repeat(1 << 29)}; }', "too-much-memory"),
        ("function decodeUplink(i) { return decodeUplink(i); }", "too-deep"),
        (
            "function decodeUplink() { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; "
            "return {data: a}; }",
            "too-deep",
        ),
        ('function decodeUplink() { return {data: {x: "x".repeat(100000)}}; }', "too-large"),
        ("async function decodeUplink() { return {data: {}}; }", "error"),
        ("function decodeUplink() { const a = {}; a.a = a; return {data: a}; }", "error"),
        ("function decodeUplink() { return undefined; }", "error"),
        ("function decodeUplink() { return 7; }", "strange"),
        ("function decodeUplink() { return {data: [1]}; }", "strange"),
        ("Object.prototype.toJSON = () => 'x'; function decodeUplink() { return {}; }", "strange"),
        ("const nothing = 1;", "no-function"),
        ("function decodeUplink(", "error"),
        ("while (true) {}", "too-long"),
    ],
)
def test_hostile_and_broken_code_is_stopped(code: str, fault: str) -> None:
    async def scenario(codecs: Codecs) -> None:
        bad = await codecs.decode(Codec(code), [Call(b"", 1)])
        assert bad[0].fault == fault
        assert bad[0].text["de"]
        good = await codecs.decode(Codec("function Decoder(b) { return {n: 1}; }"), [Call(b"", 1)])
        assert good[0].data == {"n": 1}

    run(scenario)


def test_built_ins_that_were_changed_harm_only_their_codec() -> None:
    async def scenario(codecs: Codecs) -> None:
        evil = "JSON.stringify = () => 'x'; JSON.parse = null; Array.isArray = null; Date = null;"
        own = evil + " function decodeUplink(i) { return {data: {n: i.bytes.length}}; }"
        assert (await codecs.decode(Codec(own), [Call(b"ab", 1)]))[0].data == {"n": 2}
        other = "function Decoder() { return {t: typeof Date, j: JSON.stringify([1])}; }"
        found = await codecs.decode(Codec(other), [Call(b"", 1)])
        assert found[0].data == {"t": "function", "j": "[1]"}

    run(scenario)


NATIVE_LOOP = """function decodeUplink(i) {
  if (i.fPort === 9) return {data: {fine: true}};
  return {data: {x: "a".repeat(4e6).indexOf("a".repeat(2e6) + "b")}}; }"""


def test_a_process_that_is_brought_down_is_started_anew() -> None:
    """Some work inside the engine looks at no clock; the system ends the process then."""

    async def scenario(codecs: Codecs) -> None:
        calls = [Call(b"", 9), Call(b"", 1), Call(b"", 9)]
        found = await codecs.decode(Codec(NATIVE_LOOP), calls)
        assert [each.fault for each in found] == ["", "killed", ""]
        good = await codecs.decode(Codec("function Decoder() { return {}; }"), [Call(b"", 1)])
        assert good[0].fault == ""

    run(scenario)


def test_a_codec_that_is_stopped_again_and_again_rests() -> None:
    moment = [0.0]

    async def scenario(codecs: Codecs) -> None:
        slow = Codec("function decodeUplink(i) { while (i.fPort) {} return {data: {}}; }")
        for _ in range(module.FAULTS):
            assert (await codecs.decode(slow, [Call(b"", 1)]))[0].fault == "too-long"
        assert (await codecs.decode(slow, [Call(b"", 0)]))[0].fault == "resting"
        moment[0] = module.REST_SECONDS + 1
        assert (await codecs.decode(slow, [Call(b"", 0)]))[0].fault == ""

    run(scenario, clock=lambda: moment[0])


def test_many_messages_at_once_keep_their_order() -> None:
    calls = [Call(bytes([each % 256]), each % 200 + 1) for each in range(1_000)]
    found = decode("function Decoder(b, p) { return {b: b[0], p}; }", *calls)
    assert [each.data for each in found] == [{"b": c.payload[0], "p": c.port} for c in calls]


def test_more_codecs_than_are_held_ready_all_run() -> None:
    async def scenario(codecs: Codecs) -> None:
        for turn in range(2):
            for each in range(40):
                code = Codec(f"function Decoder() {{ return {{n: {each}}}; }}")
                assert (await codecs.decode(code, [Call(b"", turn)]))[0].data == {"n": each}

    run(scenario)


def test_limits_are_named() -> None:
    with pytest.raises(LimitExceeded, match="512"):
        decode("function Decoder() {}", Call(bytes(513), 1))
    with pytest.raises(LimitExceeded, match="262144"):
        decode("/" * (module.LARGEST_CODE + 1))
    with pytest.raises(InvalidInput, match="256 is no port"):
        decode("function Decoder() {}", Call(b"", 256))

    async def scenario(codecs: Codecs) -> None:
        with pytest.raises(Busy):
            await codecs.decode(Codec("function Decoder() {}"), [Call(b"", 1)] * 11)

    run(scenario, waiting=10)
