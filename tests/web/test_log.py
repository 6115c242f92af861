# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The log of the server: times in UTC, nothing twice."""

import asyncio
import io
import logging
import logging.config

from allmende.core.settings import Settings
from allmende.web.gathering import MOST, GatheringHandler
from allmende.web.server import UtcFormatter, WithoutRepeats, configure


def record(message: str) -> logging.LogRecord:
    made = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, message, (), None)
    made.created, made.msecs = 1_700_000_000.123, 123
    return made


def test_an_exception_with_an_id_is_not_logged_again_by_the_server():
    assert not WithoutRepeats().filter(record("Exception in ASGI application\n"))
    assert WithoutRepeats().filter(record("Something else"))


def test_times_are_utc():
    shown = UtcFormatter("%(asctime)s %(message)s").format(record("fine"))
    assert shown == "2023-11-14T22:13:20.123Z fine"


def test_the_limits_of_the_settings_reach_the_server():
    settings = Settings(
        clients=7, keep_alive_seconds=3, graceful_seconds=9.0, trusted_proxies=("10.0.0.1",)
    )
    config = configure(settings)
    assert config.limit_concurrency == 7
    assert config.timeout_keep_alive == 3
    assert config.timeout_graceful_shutdown == 9
    assert config.forwarded_allow_ips == ["10.0.0.1"]
    assert config.proxy_headers
    assert not configure(Settings()).proxy_headers


def test_lines_are_written_together_and_none_is_lost():
    stream = io.StringIO()
    handler = GatheringHandler(stream)

    async def log() -> str:
        for number in range(MOST + 5):
            handler.emit(record(f"line {number}"))
        return stream.getvalue()

    assert asyncio.run(log()).count("\n") == MOST  # a full heap is written, the rest waits
    handler.close()  # as at the end of the program
    handler.flush()
    assert stream.getvalue().splitlines()[-1] == f"line {MOST + 4}"


def test_without_an_event_loop_each_line_is_written_at_once():
    stream = io.StringIO()
    GatheringHandler(stream).emit(record("fine"))
    assert stream.getvalue() == "fine\n"


def test_what_waits_is_written_soon():
    stream = io.StringIO()
    handler = GatheringHandler(stream)

    async def log() -> None:
        handler.emit(record("fine"))
        while not stream.getvalue():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(log(), 30))
