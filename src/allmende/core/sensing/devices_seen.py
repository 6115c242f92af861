# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Devices as those who look after them see them: all at once, and what their messages say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing import devices
from allmende.core.sensing.devices import Device, Kept
from allmende.core.sensing.devices_library import DeviceKind, library
from allmende.core.sensing.devices_reading import Reading, read, settings_of
from allmende.errors import Busy, InvalidInput, NotAllowed, NotAuthenticated
from allmende.policy import EVERY_ORGANISATION, Action, Role, Subject, may
from allmende.store.sensing import devices as rows

MOST = 20_000  # devices in one list
SHOWN = 20  # messages that are decoded
ROLES = (Role.CONTRIBUTOR, Role.STEWARD, Role.ADMINISTRATOR)
GOOD = (-110.0, -5.0)  # dBm, dB
FAIR = (-120.0, -15.0)

Link = Literal["", "good", "fair", "weak"]


class Seen(Struct, frozen=True):
    """A message that is kept, and what it says as its device's kind reads it."""

    kept: Kept
    reading: Reading | None


def check_keeper(subject: Subject) -> None:
    """NotAuthenticated or NotAllowed for who looks after no devices."""
    if any(may(subject, Action.OBSERVE, each) for each in subject.organisations(*ROLES)):
        return
    if subject.kind == "anonymous":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    raise NotAllowed(
        "Devices are looked after by contributors and stewards of an organisation.",
        "Um Geräte kümmern sich Mitwirkende und Datenverantwortliche einer Organisation.",
    )


def keeps_for(subject: Subject, known: Sequence[str]) -> list[str]:
    """Those of the known organisations that the subject may observe for."""
    own = set(subject.organisations(*ROLES))
    return [
        each
        for each in known
        if (each in own or EVERY_ORGANISATION in own) and may(subject, Action.OBSERVE, each)
    ]


async def every(platform: Platform, subject: Subject, status: str = "") -> list[Device]:
    """The devices the subject looks after, all or of one status, up to 20,000."""
    own = subject.organisations(*ROLES)
    organisations = None if EVERY_ORGANISATION in own else list(own)
    found: list[Device] = []
    after = 0
    while len(found) < MOST:
        some = await platform.store.read(rows.listing, organisations, status, after)
        found += [each for each in some if may(subject, Action.OBSERVE, each.organisation)]
        if len(some) < rows.MOST_LISTED:
            break
        after = some[-1].id
    return found


async def of_thing(platform: Platform, subject: Subject, thing: int) -> list[Device]:
    """The devices of a thing that the subject looks after; none for everybody else."""
    if not subject.organisations(*ROLES):
        return []
    found = await platform.store.read(rows.of_thing, thing)
    kept = keeps_for(subject, [each.organisation for each in found])
    return [each for each in found if each.organisation in kept]


async def seen(platform: Platform, subject: Subject, device: Device) -> list[Seen]:
    """The last messages of a device, the newest first, decoded as far as its kind is known.

    Nothing of a citizen's device: what it says is for those it shares it with.
    """
    if device.origin == "citizen":
        return []
    kept = (await devices.messages(platform, subject, device.id))[:SHOWN]
    kind = library(platform).kinds.get(device.kind or "")
    if kind is None:
        return [Seen(each, None) for each in kept]
    return [
        Seen(each, reading)
        for each, reading in zip(kept, await _readings(platform, device, kind, kept), strict=True)
    ]


async def _readings(
    platform: Platform, device: Device, kind: DeviceKind, kept: Sequence[Kept]
) -> Sequence[Reading | None]:
    """What the messages say; nothing while all codecs are at work or the settings are broken."""
    try:
        settings = settings_of(device.settings)
        return await read(platform, kind, [(each.uplink, settings) for each in kept])
    except (Busy, InvalidInput):
        return [None] * len(kept)


async def fitting(platform: Platform, subject: Subject, device: Device) -> list[str]:
    """The ids of the kinds that the last message of a device could be of."""
    kept = await devices.messages(platform, subject, device.id)
    return library(platform).match(kept[0].uplink)[1] if kept else []


def link(device: Device) -> Link:
    """How well the best gateway heard a device; empty when no network said."""
    if device.rssi is None or device.snr is None:
        return ""
    if device.rssi >= GOOD[0] and device.snr >= GOOD[1]:
        return "good"
    return "fair" if device.rssi >= FAIR[0] and device.snr >= FAIR[1] else "weak"
