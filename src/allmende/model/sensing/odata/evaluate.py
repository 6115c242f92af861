# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Expressions over values in Python: of constants, and of observations outside of tables.

Values are None for null, bool, numbers, text; times and durations are integers of µs,
intervals pairs of them, geometries WKB. A comparison with null is unknown (None), except with
the word null itself.
"""

from __future__ import annotations

import math
import operator
import time as clock
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from allmende.model.sensing.calendar import SECOND, moment
from allmende.model.sensing.odata.binding import kind_of
from allmende.model.sensing.odata.functions import ARITHMETIC, COMPARISONS, DATES
from allmende.model.sensing.odata.times import read_time
from allmende.model.sensing.odata.tree import (
    FALSE,
    NULL,
    TRUE,
    Call,
    Constant,
    Members,
    Node,
    Some,
)

MIN_TIME = -62_135_596_800 * SECOND  # 0001-01-01
MAX_TIME = 253_402_300_799 * SECOND  # 9999-12-31T23:59:59

Row = Any
Getter = Callable[[Row], Any]
Lookup = Callable[[Node], Getter]
"""Gives the function that reads a reference, or tells members, from a row."""

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def fold(node: Node) -> Node:
    """The tree with everything calculated that needs no row."""
    if isinstance(node, Some):
        body = fold(node.body)
        return FALSE if body in (FALSE, NULL) else replace(node, body=body)
    if not isinstance(node, Call):
        return node
    args = tuple(fold(each) for each in node.args)
    folded = Call(node.name, args)
    if node.name in ("and", "or"):
        return _shortened(folded)
    if all(isinstance(each, Constant) for each in args):
        value = compiled(folded, _no_rows)(None)
        return constant(value, kind_of(folded))
    return folded


def _shortened(node: Call) -> Node:
    ends, passes = (FALSE, TRUE) if node.name == "and" else (TRUE, FALSE)
    if ends in node.args:
        return ends
    rest = [each for each in node.args if each != passes]
    if len(rest) == 2:
        return NULL if rest[0] == rest[1] == NULL else node
    return rest[0] if rest else passes


def constant(value: Any, kind: str) -> Constant:
    """A value as a constant of a kind."""
    return NULL if value is None else Constant(kind, value)  # type: ignore[arg-type]


def _no_rows(node: Node) -> Getter:
    raise AssertionError(node)


def compiled(node: Node, lookup: Lookup) -> Getter:
    """A function that gives the value of a bound tree for a row."""
    match node:
        case Constant(_, value):
            return lambda row: value
        case Call(name, args):
            return _call(node, name, args, lookup)
        case Members():
            return lookup(node)
        case _:
            return lookup(node)


def _call(node: Call, name: str, args: tuple[Node, ...], lookup: Lookup) -> Getter:
    parts = [compiled(each, lookup) for each in args]
    if name in ("and", "or"):
        return _either(parts[0], parts[1], end=name == "or")
    if name == "not":
        (part,) = parts
        return lambda row: None if (found := part(row)) is None else not found
    if name == "untrue":
        (part,) = parts
        return lambda row: part(row) is not True
    if name in COMPARISONS:
        return _comparison(name, args, parts)
    if name == "in":
        tests = [_comparison("eq", (args[0], each), [parts[0], part])
                 for each, part in zip(args[1:], parts[1:], strict=True)]  # fmt: skip
        return lambda row: _any([test(row) for test in tests])
    if name in ARITHMETIC:
        return _known(_ARITHMETIC[name], parts)
    if name in DATES or name in ("date", "time"):
        (part,) = parts
        return _known(_DATES[name], [lambda row: _instant(part(row))])
    return _known(_FUNCTIONS[name], parts)


def _either(left: Getter, right: Getter, *, end: bool) -> Getter:
    """`and` and `or` with three values."""

    def run(row: Row) -> bool | None:
        one = left(row)
        if one is end:
            return bool(end)
        other = right(row)
        if other is end:
            return bool(end)
        unknown = one is None or other is None
        return None if unknown else not end

    return run


def _any(found: list[bool | None]) -> bool | None:
    if True in found:
        return True
    return None if None in found else False


def _known(function: Callable[..., Any], parts: list[Getter]) -> Getter:
    """A function of values that are all known; None when it makes no sense for them."""

    def run(row: Row) -> Any:
        values = [part(row) for part in parts]
        if None in values:
            return None
        try:
            return function(*values)
        except (TypeError, ValueError, ArithmeticError, AttributeError):
            return None

    return run


def _comparison(name: str, args: tuple[Node, ...], parts: list[Getter]) -> Getter:
    left, right = parts
    if name in ("eq", "ne") and NULL in args:
        given = right if args[0] == NULL else left
        wanted = name == "eq"
        return lambda row: (given(row) is None) is wanted
    kinds = {kind_of(each) for each in args}
    if kinds & {"time", "interval"} or kinds == {"date", "json"}:
        return _known(lambda one, other: compare_times(name, _span(one), _span(other)), parts)
    compare = _OPERATORS[name]

    def run(row: Row) -> bool | None:
        one, other = left(row), right(row)
        if one is None or other is None:
            return None
        return compare(one, other) if _alike(one, other) else (True if name == "ne" else None)

    return run


def _alike(one: Any, other: Any) -> bool:
    """Whether two values can be compared: numbers with numbers, texts with texts."""
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool)
    number = (int, float)
    return (isinstance(one, number) and isinstance(other, number)) or type(one) is type(other)


def compare_times(name: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Instants and intervals: gt begins after the end, lt ends before the beginning,
    ge does not begin before, le does not end after.
    """
    if name in ("eq", "ne"):
        return (one == other) is (name == "eq")
    if name == "gt":
        return one[0] > other[1]
    if name == "lt":
        return one[1] < other[0]
    return one[0] >= other[0] if name == "ge" else one[1] <= other[1]


def _span(value: Any) -> tuple[int, int]:
    if isinstance(value, str):
        value = read_time(value)
    return value if isinstance(value, tuple) else (value, value)


def _instant(value: Any) -> datetime | None:
    """A time as a date; None when it is unknown or beyond the years that dates have."""
    if value is None:
        return None
    try:
        return moment(_span(value)[0])
    except OverflowError:
        return None


def _start(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


def _divided(one: Any, other: Any) -> float:
    found: float = _start(one) / other
    return found


def _half_up(number: float) -> int:
    return math.floor(abs(number) + 0.5) * (1 if number >= 0 else -1)


def _geometry(name: str) -> Callable[..., Any]:
    def run(left: bytes, right: bytes) -> bool:
        import shapely

        one, other = shapely.from_wkb(left), shapely.from_wkb(right)
        return bool(getattr(shapely, name)(one, other))

    return run


def _distance(left: bytes, right: bytes) -> float:
    import shapely

    return float(shapely.distance(shapely.from_wkb(left), shapely.from_wkb(right)))


def _length(place: bytes) -> float:
    import shapely

    shape = shapely.from_wkb(place)
    return float(shape.length) if "Line" in shape.geom_type else 0.0


def _relate(left: bytes, right: bytes, pattern: str) -> bool:
    import shapely

    return bool(shapely.relate_pattern(shapely.from_wkb(left), shapely.from_wkb(right), pattern))


def _fraction(at: datetime) -> float:
    return at.microsecond / 1_000_000


def _clock(at: datetime) -> str:
    said = at.strftime("%H:%M:%S")
    return said + f".{at.microsecond:06d}".rstrip("0") if at.microsecond else said


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda one, other: _start(one) + _start(other),
    "sub": lambda one, other: _start(one) - _start(other),
    "mul": lambda one, other: one * other,
    "div": _divided,
    "mod": math.fmod,
}
_DATES: dict[str, Callable[[datetime], Any]] = {
    **{name: operator.attrgetter(name) for name in DATES if name != "fractionalseconds"},
    "fractionalseconds": _fraction,
    "date": lambda at: at.date().isoformat(),
    "time": _clock,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "substringof": lambda part, whole: part in whole,
    "contains": lambda whole, part: part in whole,
    "endswith": lambda whole, part: whole.endswith(part),
    "startswith": lambda whole, part: whole.startswith(part),
    "length": len,
    "indexof": lambda whole, part: whole.find(part),
    "substring": lambda whole, start, size=None: whole[max(0, int(start)) :][
        : None if size is None else max(0, int(size))
    ],
    "tolower": lambda text: text.lower(),
    "toupper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "concat": lambda one, other: one + other,
    "totaloffsetminutes": lambda time: 0,
    "now": lambda: clock.time_ns() // 1000,
    "mindatetime": lambda: MIN_TIME,
    "maxdatetime": lambda: MAX_TIME,
    "round": _half_up,
    "floor": math.floor,
    "ceiling": math.ceil,
    "geo.distance": _distance,
    "geo.length": _length,
    "geo.intersects": _geometry("intersects"),
    "st_relate": _relate,
    **{
        f"st_{name}": _geometry(name)
        for name in (
            "equals",
            "disjoint",
            "touches",
            "within",
            "overlaps",
            "crosses",
            "intersects",
            "contains",
        )
    },
}
