# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Checks every record when it is written, and all of them again when the checks change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from allmende.core import projecting
from allmende.core.projecting import Progress, silent
from allmende.projections.validation import BATCH, ValidationProjection

if TYPE_CHECKING:
    from allmende.core.platform import Platform


def attach(platform: Platform) -> ValidationProjection:
    """Checks every record from now on when it is written; `Platform.open` does it once."""

    async def again(keys: Sequence[int], progress: Progress) -> None:
        await rebuild(platform, keys, progress)

    return projecting.attach(platform, ValidationProjection(), again)


def projection_of(platform: Platform) -> ValidationProjection:
    """The findings of the platform."""
    return projecting.attached(platform, ValidationProjection, attach)


async def rebuild(
    platform: Platform, keys: Sequence[int] | None = None, progress: Progress = silent
) -> None:
    """Checks records anew; all that are not up to date if no keys are given."""
    projection = projection_of(platform)
    if keys is None:
        keys = await platform.store.read_slow(projection.outdated)
    made = projection.rebuild
    await projecting.in_batches(platform, "validation", made, keys, BATCH, progress)
