# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""When assets are looked at: after writes to guests, districts or inspections, and at night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from allmende.apps.assets import holding
from allmende.apps.assets.guest import guests
from allmende.apps.assets.sync import DISTRICTS, inspected, sync, sync_all
from allmende.core.jobs import Registry, enqueue
from allmende.core.platform import Platform
from allmende.policy import SYSTEM

SYNC, INSPECTED, COMPARE = "assets-sync", "assets-inspected", "assets-compare"


class Happened(Protocol):
    """An event of the outbox."""

    @property
    def sequence(self) -> int:
        """Its number."""

    @property
    def topic(self) -> str:
        """What kind of thing it is about."""

    @property
    def id(self) -> str:
        """Which thing."""


def handle(registry: Registry) -> None:
    """Names the jobs, the nightly comparison, and what is listened to."""
    registry.handle(SYNC, sync_guest)
    registry.handle(INSPECTED, look_again)
    registry.handle(COMPARE, compare)
    registry.plan(COMPARE, "daily 04:10 Europe/Berlin", COMPARE)
    registry.subscribe("assets", hear)


async def sync_guest(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """Brings the assets of one guest up to date; nothing when it is described no more."""
    for guest in guests(platform.settings):
        if guest.id == arguments["guest"] and await _is_used(platform):
            await sync(platform, guest)


async def look_again(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Brings assets up to date whose inspections have changed."""
    if await _is_used(platform):
        await inspected(platform)


async def compare(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Compares all guests with their assets."""
    if await _is_used(platform):
        await sync_all(platform, compare=True)


async def hear(platform: Platform, events: Sequence[Happened]) -> None:
    """Makes a job for every guest that the events concern."""
    about: dict[str, int] = {}
    for each in events:
        if each.topic == "collection" or each.id.startswith("dataset/"):
            about[each.id.removeprefix("dataset/")] = each.sequence
    own = platform.settings.extra.get("assets", {}).get("districts", DISTRICTS)
    if not await _is_used(platform):
        return
    for guest in guests(platform.settings):
        last = max((about.get(name, 0) for name in (guest.collection, own)), default=0)
        if last:
            await _enqueue(platform, SYNC, {"guest": guest.id}, f"assets {guest.id}", last)
    if holding.INSPECTIONS in about:
        await _enqueue(platform, INSPECTED, {}, "assets inspected", about[holding.INSPECTIONS])


async def _enqueue(
    platform: Platform, kind: str, arguments: dict[str, Any], key: str, sequence: int
) -> None:
    """A job that begins after now: one of the same key may be running and past its last look."""
    for each in (key, f"{key} again", f"{key} {sequence}"):
        if await enqueue(platform, kind, arguments, key=each) is not None:
            return


async def _is_used(platform: Platform) -> bool:
    """Whether there are assets here; a city that names guests of its own gets the collections."""
    if await holding.seen(platform, SYSTEM, holding.ASSETS) is not None:
        return True
    if not platform.settings.extra.get("assets", {}).get("guests"):
        return False
    await holding.prepare(platform)
    return True
