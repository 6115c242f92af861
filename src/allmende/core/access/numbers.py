# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What everybody may know of requests: how many there were, and what came of them."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.store import access as rows

EPOCH = date(1970, 1, 1).toordinal()


class Figures(Struct, frozen=True):
    """Requests of a year for the datasets of an organisation that everybody knows of.

    `granted` counts those that were granted once, `waiting` those not decided, `other` those
    that were taken back.
    """

    organisation: str
    year: int
    requested: int
    granted: int
    refused: int
    waiting: int
    other: int


async def numbers(platform: Platform) -> list[Figures]:
    """The figures, the newest year first. They say nothing about who asked, or for which data."""
    found: dict[tuple[int, str], dict[str, int]] = {}
    for organisation, day, status, n in await platform.store.read(rows.counts):
        year = date.fromordinal(EPOCH + day).year
        line = found.setdefault((-year, organisation), {})
        line[status] = line.get(status, 0) + n
    return [
        _figures(organisation, -year, line) for (year, organisation), line in sorted(found.items())
    ]


def _figures(organisation: str, year: int, line: dict[str, int]) -> Figures:
    def of(*states: str) -> int:
        return sum(line.get(state, 0) for state in states)

    return Figures(
        organisation=organisation,
        year=year,
        requested=sum(line.values()),
        granted=of(rows.GRANTED, rows.REVOKED, rows.ENDED),
        refused=of(rows.REFUSED),
        waiting=of(*rows.WAITING),
        other=of(rows.WITHDRAWN),
    )
