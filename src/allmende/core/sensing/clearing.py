# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Deleting everything in a collection that a filter finds (an extension several servers share)."""

from __future__ import annotations

from collections.abc import Sequence

from allmende.core.platform import Platform
from allmende.core.sensing import querying, querying_found, removing
from allmende.core.sensing.unit import Unit
from allmende.errors import LimitExceeded
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.odata.options import MAX_TOP, Options
from allmende.model.sensing.odata.tree import Node
from allmende.model.sensing.path import Path
from allmende.policy import Subject
from allmende.store import Connection

MOST = 100_000
"""Entities of one request."""
PART = 2_000
"""Observations of one transaction."""


async def clear(platform: Platform, subject: Subject, path: Path, wanted: Node) -> int:
    """Deletes what the filter finds at a path to a collection, with all below it; how many.

    Entities go in one transaction, observations in parts of 2,000. Raises NotAllowed when
    the subject sees something there that it may not delete, LimitExceeded above 100,000.
    """
    kind = path.last.entity.kind
    idents = await _found(platform, subject, path, wanted)
    if kind != Kind.OBSERVATION:
        return await platform.store.write(
            _remove, subject, kind, idents, platform.settings.timezone
        )
    for ident in {each >> 32: each for each in idents}.values():
        await platform.store.read(_check, subject, ident)
    removed = 0
    for start in range(0, len(idents), PART):
        part = idents[start : start + PART]
        zone = platform.settings.timezone
        removed += await platform.store.write(_remove_observations, subject, part, zone)
    return removed


async def _found(platform: Platform, subject: Subject, path: Path, wanted: Node) -> list[int]:
    """The ids of all that is to be deleted."""
    options = Options(filter=wanted, top=MAX_TOP)
    found: list[int] = []
    answer = await querying.query(platform, subject, path, options)
    while True:
        level = answer.level
        found += (
            querying_found.ids_of(level.found)
            if level.kind == Kind.OBSERVATION
            else [row[0] for row in level.rows]
        )
        if len(found) > MOST:
            raise LimitExceeded(
                f"The filter finds more than {MOST}; delete them in parts.",
                f"Der Filter findet mehr als {MOST}; bitte in Teilen löschen.",
            )
        if answer.after is None:
            return found
        answer = await querying.query(platform, subject, path, options, answer.after)


def _check(db: Connection, subject: Subject, ident: int) -> None:
    """Raises NotAllowed before anything is deleted."""
    Unit(db, subject, "").writable(Kind.OBSERVATION, ident)


def _remove(db: Connection, subject: Subject, kind: Kind, idents: Sequence[int], zone: str) -> int:
    unit = Unit(db, subject, zone)
    removed = 0
    for each in idents:
        if unit.find(kind, each) is not None:  # not gone with another one
            removing.remove(unit, kind, each)
            removed += 1
    return removed


def _remove_observations(db: Connection, subject: Subject, idents: list[int], zone: str) -> int:
    return removing.remove_observations(Unit(db, subject, zone), idents)
