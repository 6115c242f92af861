# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Checks every record when it is written, and all of them again when the checks change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from allmende.model.filter import Everything
from allmende.projections.validation import BATCH, ValidationProjection
from allmende.store import Connection, catalogue

if TYPE_CHECKING:
    from allmende.core.platform import Platform


def attach(platform: Platform) -> ValidationProjection:
    """Checks every record from now on when it is written; `Platform.open` does it once."""
    projection = ValidationProjection()
    platform.record_projections.append(projection)

    async def again(progress: Callable[[str, int, int], None]) -> None:
        await rebuild(platform, await platform.store.read_slow(_all), progress)

    platform.rebuilds.append(again)
    return projection


def _all(db: Connection) -> list[int]:
    return catalogue.keys(db, Everything())


def projection_of(platform: Platform) -> ValidationProjection:
    """The findings of the platform."""
    for projection in platform.record_projections:
        if isinstance(projection, ValidationProjection):
            return projection
    return attach(platform)


async def rebuild(
    platform: Platform,
    keys: Sequence[int] | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> None:
    """Checks records anew; all that are not up to date if no keys are given."""
    projection = projection_of(platform)
    if keys is None:
        keys = await platform.store.read_slow(projection.outdated)
    for place in range(0, len(keys), BATCH):
        await platform.store.write(projection.rebuild, keys[place : place + BATCH])
        progress("validation", min(place + BATCH, len(keys)), len(keys))
