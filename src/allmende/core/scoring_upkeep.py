# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Scores every dataset when it is written, and all of them again when the scoring changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from allmende.core import projecting
from allmende.core.projecting import Progress, silent
from allmende.policy import ANONYMOUS, read_condition
from allmende.projections.scoring import BATCH, ScoringProjection
from allmende.store import Connection, events, now, scores

if TYPE_CHECKING:
    from allmende.core.platform import Platform

JOB_KIND = "score-day"
DAY = 86_400_000_000  # µs


def attach(platform: Platform) -> ScoringProjection:
    """Scores every dataset from now on when it is written; `Platform.open` does it once."""
    projection = ScoringProjection(platform.settings.language, platform.settings.base_url)

    async def anew(keys: Sequence[int], progress: Progress) -> None:
        await rebuild(platform, keys, progress)

    return projecting.attach(platform, projection, anew)


def projection_of(platform: Platform) -> ScoringProjection:
    """The scoring of the platform."""
    return projecting.attached(platform, ScoringProjection, attach)


async def rebuild(
    platform: Platform, keys: Sequence[int] | None = None, progress: Progress = silent
) -> int:
    """Scores records anew, all that are not up to date if no keys are given; how many changed."""
    projection = projection_of(platform)
    if keys is None:
        keys = await platform.store.read_slow(projection.outdated)

    def make(db: Connection, some: Sequence[int]) -> int:
        return again(db, projection, some)

    return await projecting.in_batches(platform, "scores", make, keys, BATCH, progress)


async def rebuild_all(platform: Platform, progress: Progress = silent) -> int:
    """Scores every dataset anew; how many have changed."""
    return await rebuild(platform, await projecting.all_keys(platform), progress)


def again(db: Connection, projection: ScoringProjection, keys: Sequence[int]) -> int:
    """Scores records anew inside a transaction; how many of them changed."""
    changed = projection.rebuild(db, keys)
    if changed:  # pages and answers that show points are older now
        events.emit(db, "score", "measured", 0, "")
    return changed


async def note_day(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Notes the means of today over everything public; the job of every day."""
    condition = read_condition(ANONYMOUS)
    await platform.store.write(scores.note_day, condition, now() // DAY)
