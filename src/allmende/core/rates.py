# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rate limits of one process: a bucket of tokens for each subject and network address.

A bucket holds a minute's worth and is filled evenly. Addresses are only kept as a hash
whose key is thrown away every day; of IPv6 the first 64 bits count as one address.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from weakref import WeakKeyDictionary

from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import TooManyRequests
from allmende.policy import Subject

BUCKETS = 50_000  # the ones that were used longest ago are forgotten
DAY = 86_400.0
ROUNDING = 1e-9  # of a token, so that waiting as long as told is enough


class Rates:
    """The buckets of one process."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._key = secrets.token_bytes(32)
        self._key_until = clock() + DAY

    def sign_in(self, address: str) -> None:
        """Takes one of `signins_per_minute` of the address; TooManyRequests when none is left."""
        self._take(f"signin {self._hidden(address)}", self._settings.signins_per_minute)

    def few(self, what: str, address: str, per_minute: int) -> None:
        """Takes one of the few things of a kind that an address may do; TooManyRequests."""
        self._take(f"{what} {self._hidden(address)}", per_minute)

    def write(self, subject: Subject, address: str, rate: str = "writes_per_minute") -> None:
        """Takes one write of a subject, or of the stricter ones of an address.

        `rate` is the setting that says how many a subject has in a minute; the sensor of a
        citizen has `citizen_messages_per_minute`.

        Raises TooManyRequests when none is left. The program itself is not limited.
        """
        if subject.kind == "system":
            return
        if subject.kind == "anonymous":
            limit = self._settings.anonymous_writes_per_minute
            self._take(f"write {self._hidden(address)}", limit)
        elif subject.own is not None:
            self._take(f"own {subject.id}", self._settings.citizen_messages_per_minute)
        else:
            self._take(f"{rate} {subject.id}", int(getattr(self._settings, rate)))

    def _take(self, name: str, per_minute: int) -> None:
        now = self._clock()
        left, at = self._buckets.pop(name, (float(per_minute), now))
        left = min(per_minute, left + max(0.0, now - at) * per_minute / 60)
        allowed = left >= 1 - ROUNDING
        self._buckets[name] = (max(0.0, left - 1) if allowed else left, now)
        while len(self._buckets) > BUCKETS:
            self._buckets.popitem(last=False)
        if not allowed:
            raise _slow_down(per_minute, math.ceil((1 - left) * 60 / per_minute))

    def _hidden(self, address: str) -> str:
        now = self._clock()
        if now >= self._key_until:
            self._key, self._key_until = secrets.token_bytes(32), now + DAY
        return hide_address(address, self._key).hex()


def hide_address(address: str, key: bytes) -> bytes:
    """A keyed hash (16 bytes) of a network address; IPv6 by its first 64 bits."""
    return hashlib.blake2b(network_of(address).encode(), key=key, digest_size=16).digest()


def network_of(address: str) -> str:
    """The address as the limits see it; text that is no address stays as it is."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


_RATES: WeakKeyDictionary[Platform, Rates] = WeakKeyDictionary()


def rates(platform: Platform) -> Rates:
    """The buckets of a running platform."""
    found = _RATES.get(platform)
    if found is None:
        found = _RATES[platform] = Rates(platform.settings)
    return found


def _slow_down(per_minute: int, seconds: int) -> TooManyRequests:
    return TooManyRequests(
        f"At most {per_minute} of these requests a minute; try again in {seconds} seconds.",
        f"Höchstens {per_minute} solcher Anfragen in der Minute; bitte in {seconds} Sekunden "
        "noch einmal versuchen.",
        retry_after=seconds,
    )
