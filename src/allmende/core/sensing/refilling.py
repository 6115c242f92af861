# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages that did not come, asked for again from the storage of their network.

A network of The Things Stack keeps messages for some time (a day in the free Sandbox, thirty
in its cloud), and writes them some time after they came. So what a device has lost is asked for
twice, at two runs, as far back as the last time. A message that is known is not taken again: a
run may be repeated at will.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from msgspec import Struct

from allmende.core.fetch import Fetcher
from allmende.core.harvest.outward import fetcher
from allmende.core.platform import Platform
from allmende.core.sensing import devices_intake
from allmende.core.sensing.devices_links import links_of, secret_name, secret_of
from allmende.core.trouble import described
from allmende.errors import AllmendeError, SourceUnavailable
from allmende.store import now
from allmende.store.sensing import devices as rows
from allmende.store.sensing.devices import Device, Source

JOB_KIND = "refill"
HOUR = 3_600_000_000
FARTHEST = 30 * 24 * HOUR
"""µs; no network keeps messages longer."""
OVERLAP = HOUR
"""µs that are asked for again."""

log = logging.getLogger("allmende.sensors")


class Refilled(Struct):
    """What became of a run."""

    devices: int = 0
    found: int = 0  # messages the storage had
    taken: int = 0  # of them, those that were missing
    problems: list[AllmendeError] = []


async def work(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """The job: every device with new gaps. Raises the first problem, to be tried again."""
    done = await refill(platform)
    if done.devices:
        log.info("refilled %d devices: %d of %d missing", done.devices, done.taken, done.found)
    if done.problems:
        raise done.problems[0]


async def refill(
    platform: Platform, *, hours: int | None = None, fetch: Fetcher | None = None
) -> Refilled:
    """Asks the storages of all networks that have one.

    With `hours`, all devices are asked for that time, not only those with gaps. A device that
    fails costs only itself and is asked for again at the next run.
    """
    done = Refilled()
    async with fetcher(platform, fetch, False) as outward:
        for source in await platform.store.read(rows.sources):
            if links_of(source).storage is None or source.revoked is not None:
                continue
            await _of_source(platform, source, hours, outward, done)
    return done


async def _of_source(
    platform: Platform, source: Source, hours: int | None, fetch: Fetcher, done: Refilled
) -> None:
    if hours is None:
        wanted = await platform.store.read(rows.with_gaps, source.id)
    else:
        wanted = await platform.store.read(rows.heard_by, source.id)
    for device in wanted:
        try:
            await _of_device(platform, source, device, hours, fetch, done)
        except AllmendeError as error:
            log.warning("%s of %s is not refilled: %s", device.eui, source.id, described(error))
            done.problems.append(error)


async def _of_device(
    platform: Platform,
    source: Source,
    device: Device,
    hours: int | None,
    fetch: Fetcher,
    done: Refilled,
) -> None:
    storage, key = links_of(source).storage, secret_of(source.id, "KEY")
    names = tuple(str(device.reported.get(name, "")) for name in ("application", "name"))
    if storage is None or not all(names):
        return
    if not key:
        name = secret_name(source.id, "KEY")
        raise SourceUnavailable(
            f"The key of the storage of {source.id} is missing; set {name}.",
            f"Der Schlüssel zum Speicher von {source.id} fehlt; bitte {name} setzen.",
            code="source-storage",
        )
    before = now()
    start = device.asked - OVERLAP if hours is None else before - hours * HOUR
    after = max(start, before - FARTHEST)
    reader: Any = import_module("allmende.sources.lorawan.storage")
    done.devices += 1
    async for uplink in reader.stored(
        fetch, storage.address, key, names, _text(after), _text(before)
    ):
        done.found += 1
        if uplink.eui != device.eui:
            continue
        if await devices_intake.receive(platform, source, uplink) == "accepted":
            done.taken += 1
    if hours is None:
        await platform.store.write(rows.asked, device, before)


def _text(moment: int) -> str:
    """A time as RFC 3339."""
    return datetime.fromtimestamp(moment / 1_000_000, UTC).isoformat(timespec="milliseconds")
