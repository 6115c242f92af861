# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A page of observations, and the mark where the next one begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from allmende.core.sensing.querying_series import Source, stale
from allmende.model.sensing.observation import observation_id
from allmende.model.sensing.series import Columns, from_rows

if TYPE_CHECKING:
    import numpy.typing as npt

Token = list[Any]
"""Where the next page begins: ["t", time, datastream, number] or ["n", how many were shown]."""


Row = tuple[Any, ...]
"""time, number, value, text, flag, lasts, result time, extra, as `from_rows` takes it."""


class Found(Struct):
    """A page: observations of datastreams, in their order, and where the next page begins.

    Instead of parts there may be the latest observation of each datastream as a row.
    """

    parts: list[tuple[Source, Columns]] = field(default_factory=list)
    latest: list[tuple[Source, Row]] = field(default_factory=list)
    after: Token | None = None
    size: int = 0

    def add(self, source: Source, columns: Columns) -> None:
        """Observations behind the others."""
        self.parts.append((source, columns))
        self.size += len(columns)

    def __len__(self) -> int:
        return self.size + len(self.latest)


def checked_place(after: Token | None, kind: str, size: int) -> Token | None:
    """The mark, if it is one of this kind and size. Raises InvalidInput."""
    if after is None:
        return None
    if len(after) != size or after[0] != kind or not all(isinstance(n, int) for n in after[1:]):
        raise stale()
    if kind == "n" and after[1] < 0:
        raise stale()
    return after


def ended(found: Found, mark: Callable[[Source, Columns], Token]) -> Found:
    """Without the one observation too many, which tells that there is a next page."""
    source, columns = found.parts.pop()
    found.size -= len(columns)
    if len(columns) > 1:
        found.add(source, columns.part(0, len(columns) - 1))
    if found.parts:
        found.after = mark(*found.parts[-1])
    return found


def last_by_time(source: Source, columns: Columns) -> Token:
    """The mark behind the last of these observations."""
    return ["t", int(columns.times[-1]), source.id, int(columns.numbers[-1])]


def picked(
    parts: Sequence[tuple[Source, Columns]],
    owners: npt.NDArray[Any],
    order: npt.NDArray[Any],
    size: int,
    skip: int,
    kind: str,
) -> Found:
    """A page of an order over all parts; neighbours of one datastream stay together."""
    import numpy as np

    firsts = np.cumsum([0] + [len(columns) for _, columns in parts])
    wanted = order[skip : skip + size]
    found = Found()
    begins = np.flatnonzero(np.diff(owners[wanted], prepend=-1)).tolist()
    for begin, end in pairwise([*begins, len(wanted)]):
        at = int(owners[wanted[begin]])
        source, columns = parts[at]
        found.add(source, columns.taken(wanted[begin:end] - firsts[at]))
    if skip + size < len(order) and found.parts:
        found.after = ["n", skip + size] if kind == "n" else last_by_time(*found.parts[-1])
    return found


def by_source(found: Found) -> Iterator[tuple[Source, Columns]]:
    """All observations as columns."""
    yield from found.parts
    for source, row in found.latest:
        yield source, from_rows([row])


def ids_of(found: Found) -> list[int]:
    """The ids of observations."""
    return [
        observation_id(source.id, number)
        for source, columns in by_source(found)
        for number in columns.numbers.tolist()
    ]


def features_of(source: Source, columns: Columns) -> list[int | None]:
    """The feature of interest of each observation."""
    if not columns.extras:
        return [source.feature] * len(columns)
    return [
        source.feature if row.feature is None else row.feature for row in columns.rows(source.id)
    ]
