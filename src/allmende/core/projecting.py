# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What follows from records (search, findings, scores, other names): attached, found, made anew.

A projection is written in the transaction of its record. Made anew it is in batches, each a
transaction of its own, so that others can write in between and a stop loses little.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from allmende.model.filter import Everything
from allmende.store import Connection, catalogue

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.projections import RecordProjection

Progress = Callable[[str, int, int], None]
"""Told the name of what is made, how many records are done, and how many there are."""

P = TypeVar("P", bound="RecordProjection")


def silent(_name: str, _done: int, _all: int) -> None:
    """Progress that nobody wants to hear of."""


def attach(
    platform: Platform,
    projection: P,
    make: Callable[[Sequence[int], Progress], Awaitable[object]],
) -> P:
    """From now on every write goes through the projection; `make` makes it anew of these keys."""
    platform.record_projections.append(projection)

    async def anew(progress: Progress) -> None:
        await make(await all_keys(platform), progress)

    platform.rebuilds.append(anew)
    return projection


def attached(platform: Platform, kind: type[P], otherwise: Callable[[Platform], P]) -> P:
    """The platform's projection of this kind; what `otherwise` gives when it has none."""
    for projection in platform.record_projections:
        if isinstance(projection, kind):
            return projection
    return otherwise(platform)


async def all_keys(platform: Platform) -> list[int]:
    """The keys of all records."""
    return await platform.store.read_slow(catalogue.keys, Everything())


async def in_batches(
    platform: Platform,
    name: str,
    make: Callable[[Connection, Sequence[int]], int | None],
    keys: Sequence[int],
    size: int,
    progress: Progress = silent,
) -> int:
    """Calls `make` with `size` keys at a time; the sum of what it gives."""
    made = 0
    for place in range(0, len(keys), size):
        done = await platform.store.write(make, keys[place : place + size])
        made += done or 0
        progress(name, min(place + size, len(keys)), len(keys))
    return made
