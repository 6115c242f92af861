# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages of devices: taken in durably at once, and worked through behind it.

Each message is counted once, however often it comes and whatever is restarted: the counter
says whether it was heard, and its results are not stored twice.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal

from allmende.core import sensing
from allmende.core.bell import at_work
from allmende.core.platform import Platform
from allmende.core.sensing import devices
from allmende.core.sensing.devices_library import DeviceKind, library, reported
from allmende.core.sensing.devices_reading import DeviceSettings, Reading, read, settings_of
from allmende.core.trouble import described, log, outcome
from allmende.errors import AllmendeError, Busy, InvalidInput
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.uplink import Uplink
from allmende.policy import SYSTEM
from allmende.store.sensing import citizen_things, uplinks
from allmende.store.sensing import devices as rows
from allmende.store.sensing.devices import Device, Source
from allmende.store.sensing.uplinks import MOST_TRIES, Kept

AT_ONCE = 256
MOST_WAITING = 50_000  # messages; then networks are told to come again
AHEAD = 600_000_000  # µs by which a network's clock may be fast
POLL_SECONDS = 1.0
BREATH_SECONDS = 0.02
TROUBLE_SECONDS = 10.0

Text = dict[str, str]
_Ended = tuple[Kept, Text | None, Mapping[str, Any]]


async def receive(
    platform: Platform, source: Source, uplink: Uplink
) -> Literal["accepted", "repeated", "noted"]:
    """Takes a message in; durable on return. Busy when too much waits (then come again)."""
    if await platform.store.read(uplinks.waiting) >= MOST_WAITING:
        raise Busy(
            "Too many messages wait to be worked through; send this one again in a minute.",
            "Zu viele Nachrichten warten auf Bearbeitung; bitte in einer Minute noch einmal.",
        )
    status, _ = await platform.store.write(uplinks.receive, source, uplink, reported(uplink))
    if status == "full":
        raise Busy(
            f"{uplinks.MOST_UNKNOWN} devices of this source wait to be taken in; no more are "
            "noted until somebody has dealt with them.",
            f"{uplinks.MOST_UNKNOWN} Geräte dieser Quelle warten auf Aufnahme; weitere werden "
            "erst vermerkt, wenn sich jemand darum gekümmert hat.",
        )
    return status


async def refuse(platform: Platform, source: Source, body: bytes, error: AllmendeError) -> None:
    """Keeps a message that could not be read, with its reason, for people to look at."""
    text = body[: 4 * uplinks.LONGEST_UNREADABLE].decode("utf-8", "replace").replace("\0", "")
    await platform.store.write(uplinks.refuse, source.id, text, error.text)


async def drain(platform: Platform) -> int:
    """Works through all messages that wait; how many it settled."""
    settled = 0
    while taken := await platform.store.write(uplinks.take, AT_ONCE):
        try:
            ended = await _worked(platform, taken)
        except BaseException:
            await platform.store.write(uplinks.release, [each.id for each in taken])
            raise
        await platform.store.write(uplinks.settle, ended)
        settled += len(ended)
    return settled


@asynccontextmanager
async def working(platform: Platform) -> AsyncIterator[None]:
    """Works through messages in the background while the context is open."""
    work = partial(_work, platform)
    async with at_work(platform.store, work, breath=BREATH_SECONDS, longest=POLL_SECONDS):
        yield


async def _work(platform: Platform, rung: Callable[[], Awaitable[None]]) -> None:
    while True:
        error = await outcome(_look(platform))
        if error is not None:
            log.error("messages of devices have to wait: %s", described(error))
            await asyncio.sleep(TROUBLE_SECONDS)
        await rung()


async def _look(platform: Platform) -> None:
    if await platform.store.read(uplinks.is_due):
        await drain(platform)


async def _worked(platform: Platform, taken: Sequence[Kept]) -> list[_Ended]:
    """What became of each message."""
    known = await platform.store.read(
        rows.several, sorted({each.device for each in taken if each.device is not None})
    )
    ended: list[_Ended] = []
    groups: dict[str, list[tuple[Kept, Uplink, Device]]] = defaultdict(list)
    for kept in taken:
        device = known.get(kept.device or 0)
        uplink = kept.uplink
        problem = _unfit(kept, uplink, device)
        if device is not None and problem is None and device.status == "unknown":
            device, problem = await _recognised(platform, device, uplink)
            if device is not None:
                known[device.id] = device
        if device is None or problem is not None:
            ended.append((kept, problem, {"problem": problem} if device else {}))
        else:
            groups[device.kind or ""].append((kept, uplink, device))
    for ident, members in groups.items():
        ended += await _of_kind(platform, ident, members)
    return ended


def _unfit(kept: Kept, uplink: Uplink, device: Device | None) -> Text | None:
    if kept.tries > MOST_TRIES:
        return _said(
            "It was tried five times without success.", "Sie wurde fünfmal vergeblich versucht."
        )
    if device is None:
        return _said("Its device is gone.", "Ihr Gerät gibt es nicht mehr.")
    if device.status == "retired":
        return _said("The device was taken out.", "Das Gerät wurde stillgelegt.")
    if uplink.simulated:
        return _said(
            "The network says that it is simulated.", "Das Netz sagt, dass sie simuliert ist."
        )
    if uplink.time > kept.received + AHEAD:
        return _said(
            "Its time lies more than ten minutes in the future.",
            "Ihre Zeit liegt mehr als zehn Minuten in der Zukunft.",
        )
    return None


async def _recognised(
    platform: Platform, device: Device, uplink: Uplink
) -> tuple[Device | None, Text | None]:
    """An unknown device, taken in when its source allows it and its kind is clear."""
    source = await platform.store.read(rows.source, device.source)
    kind, fitting = library(platform).match(uplink)
    if kind is None or source is None or not source.adopt:
        return device, _unknown(fitting)
    place = {"type": "Point", "coordinates": list(uplink.place)} if uplink.place else None
    given = devices.Adoption(
        kind=kind.description.id, place=place, access=_level(source.access), name=device.name
    )
    return await devices.adopt(platform, SYSTEM, device.id, given), None


def _level(access: str) -> Literal["open", "internal", "restricted"]:
    return "internal" if access == "internal" else "open" if access == "open" else "restricted"


def _unknown(fitting: list[str]) -> Text:
    if not fitting:
        return _said(
            "The device is unknown, and no description fits it. Take it in by hand.",
            "Das Gerät ist unbekannt, und keine Beschreibung passt. Bitte von Hand aufnehmen.",
        )
    names = ", ".join(fitting)
    return _said(
        f"The device is not taken in yet; it could be: {names}.",
        f"Das Gerät ist noch nicht aufgenommen; es könnte sein: {names}.",
    )


async def _of_kind(
    platform: Platform, ident: str, members: list[tuple[Kept, Uplink, Device]]
) -> list[_Ended]:
    kind = library(platform).kinds.get(ident)
    if kind is None:
        problem = _said(
            f"Its description “{ident}” is gone or not usable.",
            f"Ihre Beschreibung „{ident}“ fehlt oder ist nicht verwendbar.",
        )
        return [(kept, problem, {"problem": problem}) for kept, _, _ in members]
    given = [(uplink, _settings(device)) for _, uplink, device in members]
    readings = await read(platform, kind, given)
    refused = await _store(platform, kind, members, readings)
    ended: list[_Ended] = []
    for (kept, uplink, device), reading in zip(members, readings, strict=True):
        wrong = reading.problem or refused.get(kept.id)
        ended.append((kept, wrong, _changes(kind, device, uplink, reading, wrong)))
    return ended


async def _store(
    platform: Platform,
    kind: DeviceKind,
    members: Sequence[tuple[Kept, Uplink, Device]],
    readings: Sequence[Reading],
) -> dict[int, Text]:
    """Stores all results; by message, why one of its results was refused."""
    owners: list[int] = []
    found: list[Observation] = []
    for (kept, _, device), reading in zip(members, readings, strict=True):
        if any(part.results for _, part in reading.parts):
            streams = await _streams(platform, device, kind)
            made = _observations(reading, streams)
            found += made
            owners += [kept.id] * len(made)
    if not found:
        return {}
    outcomes = await sensing.observe(platform, SYSTEM, found, repeated="skip")
    told = zip(owners, outcomes, strict=True)
    return {owner: each.problem for owner, each in told if each.problem is not None}


def _observations(reading: Reading, streams: Mapping[str, int]) -> list[Observation]:
    made: list[Observation] = []
    for time, part in reading.parts:
        for each in part.results:
            if each.field not in streams:  # a citizen does not share it
                continue
            parameters: dict[str, Any] | None = None
            if each.calibration:
                parameters = {"raw": each.raw, "calibration": each.calibration}
            made.append(
                Observation(
                    datastream=streams[each.field],
                    time=time,
                    result=each.result,
                    result_time=None,
                    parameters=parameters,
                    flag=each.flag,
                    rule=each.rule,
                )
            )
    return made


async def _streams(platform: Platform, device: Device, kind: DeviceKind) -> Mapping[str, int]:
    """The streams of a device, made when its description has new ones."""
    if device.origin == "citizen" and device.thing is not None:
        own = await platform.store.read(citizen_things.own_streams, device.eui, device.thing)
        if own is not None:
            return own
    cache: dict[int, tuple[str, Mapping[str, int]]]
    cache = platform.caches.setdefault("device-streams", {})
    mark = (
        f"{kind.mark} {device.name} {device.place} {device.blur} {device.access} {device.settings}"
    )
    kept = cache.get(device.id)
    if kept is None or kept[0] != mark:
        spec = devices.thing_of(device, kind)
        registered = await sensing.register(platform, SYSTEM, spec)
        kept = cache[device.id] = (mark, registered.streams)
    return kept[1]


def _settings(device: Device) -> DeviceSettings:
    try:
        return settings_of(device.settings)
    except InvalidInput:
        return DeviceSettings()


def _changes(
    kind: DeviceKind, device: Device, uplink: Uplink, reading: Reading, problem: Text | None
) -> dict[str, Any]:
    """What a message changes of its device; nothing when a newer one was there."""
    changes: dict[str, Any] = {}
    if problem != device.problem:
        changes["problem"] = problem
    battery = next((part.battery for _, part in reading.parts if part.battery is not None), None)
    if battery is None and kind.description.battery is None:
        battery = uplink.battery
    if battery is not None and uplink.time >= device.last_seen and battery != device.battery:
        about = kind.description.battery
        changes["battery"] = battery
        low = about.low if about is not None else None
        changes["battery_low"] = int(low is not None and battery < low)
    return changes


def _said(en: str, de: str) -> Text:
    return {"en": en, "de": de}
