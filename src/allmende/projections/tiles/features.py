# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Features with their properties as bytes: which way of writing suits them, and the dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from allmende.projections.tiles import wire
from allmende.projections.tiles.columns import Column, Wide, column
from allmende.projections.tiles.points import Found

MANY_PATTERNS = 12  # points lack properties in more different ways: a stream is shorter
COUNT = "point_count"


class Tag(NamedTuple):
    """One property: its key, per feature the number of its value and whether it has one."""

    key: int
    numbers: Any
    present: Any
    largest: int  # no number is larger

    def of(self, chosen: Any) -> Tag:
        """For some of the features."""
        return Tag(self.key, self.numbers[chosen], self.present[chosen], self.largest)


class Tagged(NamedTuple):
    """The properties of some features, with the dictionary they are numbers in."""

    keys: list[str]
    values: list[bytes]
    tags: list[Tag]


def tagged(columns: Sequence[Column | Wide], rows: Any, counts: Any = None) -> Tagged:
    """The dictionary of the tile for these rows, each value once, and the numbers in it."""
    found = Tagged([], [], [])
    total = 0
    picks = [(each.name, each.pick(rows)) for each in columns]
    if counts is not None:
        standing = [value if value > 1 else None for value in counts.tolist()]
        picks.append((COUNT, column(COUNT, standing).pick(range(len(standing)))))
    for name, picked in picks:
        if not picked.present.any():
            continue
        last = total + picked.amount
        found.tags.append(Tag(len(found.keys), picked.numbers + total, picked.present, last))
        found.keys.append(name)
        found.values.append(picked.values)
        total = last
    return found


def of_points(ids: Any, found: Found, with_tags: Tagged) -> Iterator[bytes]:
    """Points as features, in groups that have the same properties."""
    import numpy as np

    gaps = [tag for tag in with_tags.tags if not tag.present.all()]
    if not gaps:
        yield _matrix(ids, found, with_tags.tags, slice(None))
        return
    patterns, kind = _kinds([tag.present for tag in gaps])
    if patterns > MANY_PATTERNS:
        yield _stream(ids, found, with_tags.tags)
        return
    groups = [np.flatnonzero(kind == number) for number in range(patterns)]
    order = np.concatenate(groups)
    ids, found = ids.take(order), Found(order, found.x.take(order), found.y.take(order))
    numbers = [tag.numbers.take(order) for tag in with_tags.tags]
    start = 0
    for group in groups:
        part = slice(start, start + len(group))
        tags = [
            tag._replace(numbers=ordered)
            for tag, ordered in zip(with_tags.tags, numbers, strict=True)
            if tag.present[group[0]]
        ]
        yield _matrix(ids, found, tags, part)
        start += len(group)


def _kinds(gaps: Sequence[Any]) -> tuple[int, Any]:
    """How many different mixtures of presence there are, and the number of each feature's."""
    import numpy as np

    if len(gaps) == 1:
        return 2, gaps[0].view(np.uint8)
    packed = np.packbits(np.stack(gaps, axis=1), axis=1)
    if packed.shape[1] == 1:
        used = np.flatnonzero(np.bincount(packed[:, 0], minlength=256))
        number = np.zeros(256, np.int64)
        number[used] = np.arange(len(used))
        return len(used), number[packed[:, 0]]
    rows, inverse = np.unique(packed, axis=0, return_inverse=True)
    return len(rows), inverse.reshape(-1)


def _matrix(ids: Any, found: Found, tags: Sequence[Tag], part: slice) -> bytes:
    numbered = [(tag.key, tag.numbers[part], tag.largest) for tag in tags]
    return wire.points(ids[part], found.x[part], found.y[part], numbered)


def _stream(ids: Any, found: Found, tags: Sequence[Tag]) -> bytes:
    import numpy as np

    geometry = np.empty((len(ids), 3), np.int64)
    geometry[:, 0] = wire.MOVE_TO | 1 << 3
    geometry[:, 1], geometry[:, 2] = wire.zigzag(found.x), wire.zigzag(found.y)
    kinds, starts = np.full(len(ids), wire.POINT), np.arange(len(ids) + 1) * 3
    return wire.stream(ids, kinds, tags, geometry.reshape(-1), starts)
