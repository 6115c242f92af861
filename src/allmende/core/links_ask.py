# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asking foreign addresses whether they answer, politely and within bounds.

A host is asked one thing after the other with a pause, as its robots.txt wishes (RFC 9309).
First comes HEAD; who refuses that is asked for the first bytes with a range (RFC 9110 §14.2).
Every connection, also after a redirect, goes to checked addresses only (see `fetch_guard`).
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import anyio
import httpx2
from msgspec import Struct

from allmende import __version__
from allmende.core.fetch import FAILURES, REDIRECTS, TIMEOUTS, retry_after
from allmende.core.fetch_guard import Caller, Guard, guarded_client
from allmende.errors import SourceUnavailable
from allmende.model.mqa_links import host_of

AGENT = "Allmende"
ROBOTS_BYTES = 500_000
FIRST_BYTES = 1_024


class LinkLimits(Struct, frozen=True, kw_only=True):
    """How much is asked of others; seconds and bytes."""

    at_once: int = 8  # hosts asked side by side
    per_host: int = 1  # requests to one host side by side
    delay_seconds: float = 1.0  # between two requests to one host
    longest_delay_seconds: float = 30.0  # a longer wish of robots.txt means: not now
    connect_seconds: float = 10.0
    total_seconds: float = 30.0  # of one answer
    redirects: int = 5
    file_bytes: int = 5_000_000  # of a linked file that is looked into
    contact: str = "https://example.org/"


class Answer(Struct, frozen=True, kw_only=True):
    """How an address answered; `wait` is how long (s) the host asks to be left alone.

    `status` 0: no answer; None: it was not asked, `trouble` says why.
    """

    status: int | None
    trouble: str = ""
    took: int = 0  # ms
    media_type: str = ""
    size: int | None = None
    target: str = ""
    stamp: str = ""  # changes when the content does; "" when the server does not say
    wait: float | None = None


class _Host:
    """What is known of a host during a run."""

    def __init__(self, limits: LinkLimits) -> None:
        self.places = anyio.CapacityLimiter(limits.per_host)
        self.turn = anyio.Lock()
        self.free_at = 0.0
        self.delay = limits.delay_seconds
        self.robots: RobotFileParser | None = None
        self.rest: float | None = None


class Asker(Caller):
    """Asks addresses; use as `async with Asker(limits, guard) as asker`."""

    def __init__(
        self,
        limits: LinkLimits | None = None,
        guard: Guard | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.limits = limits or LinkLimits()
        self._guard = guard or Guard()
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    def _opened(self) -> httpx2.AsyncClient:
        limits = self.limits
        return guarded_client(
            self._guard,
            total=limits.total_seconds,
            connect=limits.connect_seconds,
            agent=f"{AGENT}/{__version__} link check (+{limits.contact})",
        )

    async def ask(self, address: str) -> Answer:
        """How an address answers; never raises for what a server does."""
        host = self._host(address)
        async with host.places:
            if host.rest is not None:
                return Answer(status=None, trouble="asked-to-wait", wait=host.rest)
            refusal = await self._asked_robots(host, address)
            if refusal is not None:
                return refusal
            answer = await self._answer(address)
            if answer.wait is not None:
                host.rest = answer.wait
            return answer

    async def read(self, address: str) -> tuple[bytes, bool]:
        """The first bytes of a file up to the limit, and whether that is all of it.

        Raises SourceUnavailable.
        """
        host = self._host(address)
        async with host.places:
            try:
                return await self._read(address)
            except TIMEOUTS as error:
                raise _gave_up(address) from error
            except (*FAILURES, httpx2.InvalidURL) as error:
                raise _gave_up(address) from error

    # --- manners ------------------------------------------------------------------------------

    def _host(self, address: str) -> _Host:
        return self._hosts.setdefault(urlsplit(address).netloc.lower(), _Host(self.limits))

    async def _wait(self, host: _Host) -> None:
        async with host.turn:
            pause = host.free_at - time.monotonic()
            if pause > 0:
                await self._sleep(pause)
            host.free_at = time.monotonic() + host.delay

    async def _asked_robots(self, host: _Host, address: str) -> Answer | None:
        """Why an address must not be asked; None when it may."""
        if host.robots is None:
            host.robots = await self._robots(host, address)
            wish = float(host.robots.crawl_delay(AGENT) or 0)
            host.delay = max(host.delay, wish)
        if host.delay > self.limits.longest_delay_seconds:
            return Answer(status=None, trouble="robots")
        if not host.robots.can_fetch(AGENT, address):
            return Answer(status=None, trouble="robots")
        return None

    async def _robots(self, host: _Host, address: str) -> RobotFileParser:
        """The wishes of a host: its robots.txt; none when there is no such file, and no entry
        at all when the host fails (RFC 9309 §2.3.1)."""
        rules = RobotFileParser()
        rules.modified()
        parts = urlsplit(address)
        where = f"{parts.scheme}://{parts.netloc}/robots.txt"
        status, text = 0, ""
        try:
            status, text = await self._small(where)
        except (*TIMEOUTS, *FAILURES, httpx2.InvalidURL, SourceUnavailable):
            pass  # the address itself will tell
        if status == 200:
            rules.parse(text.splitlines())
        elif status >= 500:
            rules.parse(["User-agent: *", "Disallow: /"])
        return rules

    async def _small(self, where: str) -> tuple[int, str]:
        for _ in range(self.limits.redirects + 1):
            async with self._open("GET", where) as answer:
                if answer.status_code in REDIRECTS and "location" in answer.headers:
                    where = _joined(where, answer.headers["location"])
                    if host_of(where):
                        continue
                data = await _beginning(answer, ROBOTS_BYTES)
                return answer.status_code, data[0].decode("utf-8", "replace")
        return 404, ""

    # --- one question -------------------------------------------------------------------------

    @asynccontextmanager
    async def _open(
        self, method: str, address: str, **headers: str
    ) -> AsyncIterator[httpx2.Response]:
        """One request when it is the host's turn, with a limit on its time."""
        if self._client is None:
            raise RuntimeError("an asker is used with `async with`")
        await self._wait(self._host(address))
        ask = {"Accept": "*/*", "Accept-Encoding": "identity", **headers}
        with anyio.fail_after(self.limits.total_seconds):
            async with self._client.stream(method, address, headers=ask) as answer:
                yield answer

    async def _answer(self, address: str) -> Answer:
        start = time.monotonic()
        try:
            answer = await self._followed(address, "HEAD")
            if answer.status is None or (answer.status >= 400 and answer.wait is None):
                answer = await self._followed(address, "GET")
        except TIMEOUTS:
            answer = Answer(status=0, trouble="too-slow")
        except SourceUnavailable as error:
            answer = Answer(status=0, trouble=error.code)
        except (*FAILURES, httpx2.InvalidURL):
            answer = Answer(status=0, trouble="no-connection")
        took = int((time.monotonic() - start) * 1000)
        return Answer(
            status=answer.status,
            trouble=answer.trouble,
            took=took,
            media_type=answer.media_type,
            size=answer.size,
            target=answer.target,
            stamp=answer.stamp,
            wait=answer.wait,
        )

    async def _followed(self, address: str, method: str) -> Answer:
        """The answer at the end of all redirects."""
        here = address
        for _ in range(self.limits.redirects + 1):
            headers = {"Range": f"bytes=0-{FIRST_BYTES - 1}"} if method == "GET" else {}
            async with self._open(method, here, **headers) as answer:
                if answer.status_code in REDIRECTS and "location" in answer.headers:
                    here = _joined(here, answer.headers["location"])
                    if not host_of(here):
                        return Answer(status=0, trouble="bad-redirect", target=_shown(here))
                    continue
                return _as_answer(answer, "" if here == address else here)
        return Answer(status=0, trouble="redirects", target=_shown(here))

    async def _read(self, address: str) -> tuple[bytes, bool]:
        here, most = address, self.limits.file_bytes
        for _ in range(self.limits.redirects + 1):
            async with self._open("GET", here, Range=f"bytes=0-{most - 1}") as answer:
                if answer.status_code in REDIRECTS and "location" in answer.headers:
                    here = _joined(here, answer.headers["location"])
                    if host_of(here):
                        continue
                if answer.status_code not in (200, 206):
                    break
                data, ended = await _beginning(answer, most)
                _, _, total = answer.headers.get("content-range", "").rpartition("/")
                if answer.status_code == 206 and total.isdecimal():
                    ended = int(total) == len(data)
                return data, ended
        raise _gave_up(address)


async def _beginning(answer: httpx2.Response, most: int) -> tuple[bytes, bool]:
    """At most so many bytes of an answer, and whether it ended there."""
    parts = bytearray()
    async for part in answer.aiter_raw():
        parts += part
        if len(parts) > most:
            return bytes(parts[:most]), False
    return bytes(parts), True


def _as_answer(answer: httpx2.Response, target: str) -> Answer:
    headers, status = answer.headers, answer.status_code
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()[:200]
    length = headers.get("content-length", "")
    if status == 206:
        length = headers.get("content-range", "").rpartition("/")[2]
    stamp = headers.get("etag", "") or headers.get("last-modified", "")
    return Answer(
        status=status,
        trouble="" if status < 400 else "status",
        media_type=media_type,
        size=int(length) if length.isdecimal() and len(length) < 19 else None,
        target=_shown(target),
        stamp=stamp[:200],
        wait=retry_after(headers) if status in (429, 503) else None,
    )


def _shown(address: str) -> str:
    """An address as it is kept: not endless, without what cannot be printed."""
    return address[:2_000] if address.isprintable() else ""


def _joined(here: str, location: str) -> str:
    """The address a redirect leads to; "" when it is no address at all."""
    try:
        return urljoin(here, location)
    except ValueError:
        return ""


def _gave_up(address: str) -> SourceUnavailable:
    host = host_of(address)
    return SourceUnavailable(
        f"{host} did not hand out the file.", f"{host} gab die Datei nicht heraus."
    )
