# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The one query that every interface turns its request into."""

from __future__ import annotations

from msgspec import Struct

from allmende.model.document import CRS84
from allmende.model.filter import Everything, Filter

Box = tuple[float, float, float, float]
"""West, south, east, north, or in another CRS smallest x, smallest y, largest x, largest y."""

MAX_OFFSET = 100_000


class Interval(Struct, frozen=True):
    """A span of time, ISO 8601 in UTC, both ends belong to it; an empty end is open."""

    start: str = ""
    end: str = ""


class Order(Struct, frozen=True):
    """One sort key. Missing values come last in either direction."""

    field: str
    descending: bool = False


class Outline(Struct, frozen=True):
    """A shape in CRS84 that rows have to meet, and a box that lies wholly inside of it."""

    wkb: bytes
    inside: Box | None = None


class Query(Struct, frozen=True, kw_only=True):
    """What is asked of one collection."""

    collection: str
    fields: tuple[str, ...] | None = None  # None: every field the subject may see
    geometry: bool = True
    where: Filter = Everything()
    bbox: Box | None = None  # features whose geometry meets the box, in `bbox_crs`
    bbox_crs: str = CRS84  # axes always as x, y (east, north): the interface has swapped them
    outline: Outline | None = None  # with a box in CRS84 around it: the exact shape
    time: Interval | None = None  # rows whose valid time meets it; rows without one match
    ids: tuple[str, ...] | None = None
    text: str = ""  # words that all occur in the text fields
    order: tuple[Order, ...] = ()
    after: str = ""  # where the page before ended, as it said; empty for the first page
    offset: int = 0  # rows passed over; for people's pages, at most MAX_OFFSET
    limit: int = 100
    as_of: int | None = None  # the state at this moment (µs UTC) instead of today's
