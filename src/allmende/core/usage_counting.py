# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Counting uses of datasets while they happen: numbers in memory, written once a minute.

Only which dataset, which kind of use and which day is counted. Nothing about the person is
looked up or kept: no network address, no cookie, no program name. Who sends `DNT: 1` (W3C
Tracking Preference Expression §5.2) or `Sec-GPC: 1` (Global Privacy Control §3.2) is not
counted, nor are search engines and other robots that say that they are, pages that browsers
fetch ahead, and people of the city at their work. A killed process loses a minute.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from allmende.core.platform import Platform
from allmende.core.trouble import described, outcome
from allmende.policy import Role, Subject
from allmende.store import Connection, usage
from allmende.store.usage import Of

PAUSE_SECONDS = 60.0
MOST = 50_000
"""Different numbers kept between two writings; what comes beyond is not counted."""
CACHE: Final = "usage"
KEPT_DAYS = 1_100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC).date()
VIEW, DOWNLOAD, API = "view", "download", "api"
KINDS = (VIEW, DOWNLOAD, API)

RULES: dict[str, tuple[str, str, Of]] = {
    "/de/datasets/{id}": (VIEW, "id", "dataset"),
    "/en/datasets/{id}": (VIEW, "id", "dataset"),
    "/de/collections/{id}": (VIEW, "id", "collection"),
    "/en/collections/{id}": (VIEW, "id", "collection"),
    "/files/{dataset}/{name}": (DOWNLOAD, "dataset", "dataset"),
    "/datasets/{name}": (API, "name", "dataset"),
    "/data/{collection}": (API, "collection", "collection"),
    "/ogc/collections/{id}/items": (API, "id", "collection"),
    "/ogc/collections/{id}/items.{ending}": (API, "id", "collection"),
    "/ogc/collections/{id}/items/{row:path}": (API, "id", "collection"),
    "/api/hub/repo/datasets/{ident}": (API, "ident", "dataset"),
    "/api/hub/search/datasets/{ident}": (API, "ident", "dataset"),
}
"""Which addresses count: kind of use, the part with the id, what the id is of."""

USED: Final = "used"
"""Where an interface notes in the state of a request which dataset it has read; see `used`."""
_LOOKED_AT = frozenset((b"user-agent", b"range", b"dnt", b"sec-gpc", b"sec-purpose", b"purpose"))
_AT_WORK = frozenset(Role) - {Role.CITIZEN}

log = logging.getLogger("allmende.usage")


def used(scope: Mapping[str, Any], ident: str | int, of: Of = "dataset") -> None:
    """Notes in a request (ASGI scope) that it reads a dataset, where the address does not tell."""
    scope["state"][USED] = (str(ident), of)


class Counter:
    """What one process has counted since it was last written."""

    def __init__(self, zone: str) -> None:
        self.counts: dict[tuple[int, str, str, Of], int] = {}
        self._zone = ZoneInfo(zone)
        self._day = 0
        self._until = 0.0

    def heard(self, template: str, scope: Mapping[str, Any], status: int) -> None:
        """Counts an answered request (ASGI scope), if it is the use of a dataset by somebody."""
        if status not in (200, 206, 304):
            return
        named = _named(template, scope)
        if named is None:
            return
        ident, kind, of = named
        if not _counts(scope["headers"], status) or _at_work(scope["state"].get("subject")):
            return
        now = time.time()
        if now >= self._until:
            self._turn(now)
        key = (self._day, ident, kind, of)
        number = self.counts.get(key, 0)
        if number or len(self.counts) < MOST:
            self.counts[key] = number + 1

    def _turn(self, now: float) -> None:
        """Another day begins."""
        today = datetime.fromtimestamp(now, self._zone).date()
        midnight = datetime.combine(today + timedelta(days=1), datetime.min.time(), self._zone)
        self._day, self._until = (today - EPOCH).days, midnight.timestamp()

    def taken(self) -> dict[tuple[int, str, str, Of], int]:
        """What was counted; the counter begins anew."""
        taken, self.counts = self.counts, {}
        return taken

    def give_back(self, taken: Mapping[tuple[int, str, str, Of], int]) -> None:
        """Adds what could not be written."""
        for key, number in taken.items():
            if key in self.counts or len(self.counts) < MOST:
                self.counts[key] = self.counts.get(key, 0) + number


def _named(template: str, scope: Mapping[str, Any]) -> tuple[str, str, Of] | None:
    """Id, kind of use and what the id is of, when a request reads one dataset."""
    rule = RULES.get(template)
    if rule is None:
        noted: tuple[str, Of] | None = scope["state"].get(USED)
        return None if noted is None else (noted[0], API, noted[1])
    if scope["method"] != "GET":
        return None
    kind, part, of = rule
    ident: str = scope["path_params"][part]
    return ident.partition(".")[0], kind, of  # without .ttl


def _counts(headers: Iterable[tuple[bytes, bytes]], status: int) -> bool:
    """Whether a request with these headers is a use that its sender lets count."""
    first = status != 206
    for name, value in headers:
        if name not in _LOOKED_AT:  # most headers end here
            continue
        if name == b"user-agent":
            if _is_robot(value.lower()):
                return False
        elif name == b"range":
            first = value.startswith(b"bytes=0-")
        elif value == b"1" or b"prefetch" in value:
            return False
    return first


def _is_robot(agent: bytes) -> bool:
    """Whether a program says that nobody sits before it; one after the other is fastest."""
    return (
        b"bot" in agent
        or b"crawl" in agent
        or b"spider" in agent
        or b"slurp" in agent
        or b"preview" in agent
        or b"monitor" in agent
        or b"headless" in agent
    )


def _at_work(subject: Subject | None) -> bool:
    """Whether somebody who is signed in looks after data."""
    if subject is None or subject.kind != "user":
        return False
    return any(not held.isdisjoint(_AT_WORK) for held in subject.roles.values())


def counter(platform: Platform) -> Counter:
    """The counter of a running platform."""
    found: Counter | None = platform.caches.get(CACHE)
    if found is None:
        found = platform.caches[CACHE] = Counter(platform.settings.timezone)
    return found


def today(platform: Platform) -> int:
    """The day it is in the city, as days since 1970-01-01."""
    now = datetime.now(ZoneInfo(platform.settings.timezone)).date()
    return (now - EPOCH).days


async def write(platform: Platform) -> None:
    """Writes what was counted; what cannot be written now is kept for the next time."""
    counted = counter(platform).taken()
    if not counted:
        return
    error = await outcome(platform.store.write(usage.add, counted))
    if error is not None:
        counter(platform).give_back(counted)
        log.warning("uses could not be noted yet: %s", described(error))


def tidy(db: Connection) -> None:
    """Forgets numbers older than three years."""
    usage.forget_old(db, int(time.time() // 86_400) - KEPT_DAYS)


@asynccontextmanager
async def working(platform: Platform) -> AsyncIterator[None]:
    """Writes what is counted once a minute while the context is open, and at its end."""
    task = asyncio.create_task(_keep_writing(platform))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await write(platform)


async def _keep_writing(platform: Platform) -> None:
    while True:
        await asyncio.sleep(PAUSE_SECONDS)
        await write(platform)
