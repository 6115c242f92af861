# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A head goes out with what follows it, and never waits longer than a turn of the loop."""

import asyncio

import pytest

from allmende.web.joining import Joining

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Wire:
    """A transport that notes what is sent in one go."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def writelines(self, parts: tuple[bytes, ...]) -> None:
        self.sent.append(b"".join(parts))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> str:
        return name


def _pair() -> tuple[Joining, Wire]:
    wire = Wire()
    return Joining(wire, asyncio.get_running_loop()), wire  # type: ignore[arg-type]


async def test_an_answer_is_one_write():
    transport, wire = _pair()
    for body in (b"body", b""):
        transport.write(HEAD)
        assert wire.sent == []
        transport.write(body)
        assert wire.sent == [HEAD + body]
        wire.sent.clear()
    await asyncio.sleep(0)
    assert wire.sent == []


async def test_a_head_alone_goes_out_at_the_next_turn():
    transport, wire = _pair()
    transport.write(HEAD)
    await asyncio.sleep(0)
    assert wire.sent == [HEAD]
    transport.write(b"data: 1\n\n")
    assert wire.sent == [HEAD, b"data: 1\n\n"]


async def test_two_heads_stay_in_order():
    transport, wire = _pair()
    transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    transport.write(HEAD)
    transport.write(b"body")
    assert b"".join(wire.sent) == b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"body"


async def test_nothing_is_lost_when_the_connection_is_closed():
    transport, wire = _pair()
    transport.write(HEAD)
    assert not transport.is_closing()
    transport.close()
    assert (wire.sent, transport.is_closing()) == ([HEAD], True)
    assert transport.get_extra_info("peername") == "peername"
