# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Constraints on all values of a node together, and on shapes (SHACL §4.4.4, 4.5–4.8).

A check gives the values that are wrong; None stands for one that is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from allmende.model.rdf.terms import Literal, Object
from allmende.model.validation import datatypes
from allmende.model.validation.data import Data
from allmende.model.validation.shape import Check, Shape
from allmende.model.validation.values import Bind, Test


def has_value(wanted: Object) -> Check:
    """sh:hasValue."""
    return lambda data, focus, values: () if wanted in values else (None,)


def unique_language(data: Data, focus: Object, values: Sequence[Object]) -> Iterable[None]:
    """sh:uniqueLang: one result for each language that comes more than once."""
    counted = Counter(value[1].lower() for value in values if type(value) is Literal and value[1])
    return [None for number in counted.values() if number > 1]


def equals(other: str) -> Check:
    """sh:equals: the same values as another property has."""

    def check(data: Data, focus: Object, values: Sequence[Object]) -> Iterator[Object]:
        theirs = data.values(focus, other)
        yield from (value for value in values if value not in theirs)
        yield from (value for value in theirs if value not in values)

    return check


def disjoint(other: str) -> Check:
    """sh:disjoint: no value that another property has."""

    def check(data: Data, focus: Object, values: Sequence[Object]) -> Iterator[Object]:
        theirs = data.values(focus, other)
        yield from (value for value in values if value in theirs)

    return check


def less_than(other: str, *, equal: bool) -> Check:
    """sh:lessThan and sh:lessThanOrEquals: one result for each pair that is not in order."""

    def check(data: Data, focus: Object, values: Sequence[Object]) -> Iterator[Object]:
        for value in values:
            for bound in data.values(focus, other):
                if datatypes.less(value, bound, equal=equal) is not True:
                    yield value

    return check


def qualified(
    shape: Shape, siblings: Sequence[Shape], low: int | None, high: int | None
) -> list[tuple[str, Check]]:
    """sh:qualifiedValueShape with its counts; values of `siblings` do not count."""

    def count(data: Data, values: Sequence[Object]) -> int:
        fits = shape.conforms(data)
        others = [each.conforms(data) for each in siblings]
        return sum(1 for value in values if fits(value) and not any(test(value) for test in others))

    def enough(data: Data, focus: Object, values: Sequence[Object]) -> Iterable[None]:
        return (None,) if count(data, values) < (low or 0) else ()

    def few(data: Data, focus: Object, values: Sequence[Object]) -> Iterable[None]:
        return (None,) if high is not None and count(data, values) > high else ()

    found: list[tuple[str, Check]] = []
    if low is not None:
        found.append(("QualifiedMinCountConstraintComponent", enough))
    if high is not None:
        found.append(("QualifiedMaxCountConstraintComponent", few))
    return found


def node(shape: Shape) -> Bind:
    """sh:node."""
    return shape.conforms


def negation(shape: Shape) -> Bind:
    """sh:not."""

    def bind(data: Data) -> Test:
        test = shape.conforms(data)
        return lambda value: not test(value)

    return bind


def conjunction(shapes: Sequence[Shape]) -> Bind:
    """sh:and."""
    return _counted(shapes, lambda number: number == len(shapes))


def disjunction(shapes: Sequence[Shape]) -> Bind:
    """sh:or."""

    def bind(data: Data) -> Test:
        tests = [shape.conforms(data) for shape in shapes]
        return lambda value: any(test(value) for test in tests)

    return bind


def exclusive(shapes: Sequence[Shape]) -> Bind:
    """sh:xone."""
    return _counted(shapes, lambda number: number == 1)


def _counted(shapes: Sequence[Shape], right: Callable[[int], bool]) -> Bind:
    def bind(data: Data) -> Test:
        tests = [shape.conforms(data) for shape in shapes]
        return lambda value: right(sum(1 for test in tests if test(value)))

    return bind
