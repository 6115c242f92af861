# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an expression of a rule comes to.

A value is a number, a truth value, a text, missing (None), or several of them: one for each
datastream of an input. Signs and functions of one value work on each of several; mean, min,
max, sum, count, share, any and all make one of several. What cannot be counted (the logarithm
of 0, a division by 0, a text plus a number) is missing, and everything made of it is; several
values lose their missing ones when one is made of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from allmende.model.sensing.rule_language import (
    Call,
    Choice,
    Literal,
    Name,
    Negative,
    Node,
    Number,
    Pair,
)

One = float | bool | str | None
Value = One | list[One]
Values = Mapping[str, Value]


def value_of(tree: Node, values: Values) -> Value:
    """What the tree comes to with these names. Every name must be there."""
    match tree:
        case Number(number):
            return number
        case Literal(literal):
            return literal
        case Name(name):
            return values[name]
        case Negative(sign, of):
            return _each(_minus if sign == "-" else _not, value_of(of, values))
        case Pair(sign, left, right):
            one, other = value_of(left, values), value_of(right, values)
            return _both(_PAIRS[sign], one, other)
        case Call(name, given):
            return _called(name, [value_of(each, values) for each in given])
        case Choice(when, then, other):
            decided = single(value_of(when, values))
            if not isinstance(decided, bool):
                return None
            return value_of(then if decided else other, values)


def single(value: Value) -> One:
    """One value; of several only when there is just one that is not missing."""
    if not isinstance(value, list):
        return value
    known = [each for each in value if each is not None]
    return known[0] if len(known) == 1 else None


def _each(what: Callable[[One], One], value: Value) -> Value:
    if isinstance(value, list):
        return [what(each) for each in value]
    return what(value)


def _both(what: Callable[[One, One], One], one: Value, other: Value) -> Value:
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return None
        return [what(a, b) for a, b in zip(one, other, strict=True)]
    if isinstance(one, list):
        return [what(a, other) for a in one]  # type: ignore[arg-type]
    if isinstance(other, list):
        return [what(one, b) for b in other]
    return what(one, other)


def _number(value: One) -> float | None:
    return None if isinstance(value, bool | str) or value is None else float(value)


def _minus(value: One) -> One:
    number = _number(value)
    return None if number is None else -number


def _not(value: One) -> One:
    return not value if isinstance(value, bool) else None


def _counted(what: Callable[[float, float], float]) -> Callable[[One, One], One]:
    def pair(one: One, other: One) -> One:
        left, right = _number(one), _number(other)
        if left is None or right is None:
            return None
        try:
            found = what(left, right)
        except (ArithmeticError, ValueError):
            return None
        return found if math.isfinite(found) else None

    return pair


def _compared(what: Callable[[Any, Any], bool]) -> Callable[[One, One], One]:
    def pair(one: One, other: One) -> One:
        left, right = _number(one), _number(other)
        return None if left is None or right is None else what(left, right)

    return pair


def _equal(one: One, other: One) -> One:
    if one is None or other is None:
        return None
    if isinstance(one, bool | str) or isinstance(other, bool | str):
        return type(one) is type(other) and one == other
    return float(one) == float(other)


def _unequal(one: One, other: One) -> One:
    return _not(_equal(one, other))


def _and(one: One, other: One) -> One:
    if one is False or other is False:
        return False
    return True if one is True and other is True else None


def _or(one: One, other: One) -> One:
    if one is True or other is True:
        return True
    return False if one is False and other is False else None


_PAIRS: dict[str, Callable[[One, One], One]] = {
    "+": _counted(lambda a, b: a + b),
    "-": _counted(lambda a, b: a - b),
    "*": _counted(lambda a, b: a * b),
    "/": _counted(lambda a, b: a / b),
    "^": _counted(math.pow),
    "<": _compared(lambda a, b: a < b),
    "<=": _compared(lambda a, b: a <= b),
    ">": _compared(lambda a, b: a > b),
    ">=": _compared(lambda a, b: a >= b),
    "=": _equal,
    "!=": _unequal,
    "and": _and,
    "or": _or,
}


def _of_one(what: Callable[[float], float]) -> Callable[[One], One]:
    def one(value: One) -> One:
        number = _number(value)
        if number is None:
            return None
        try:
            found = what(number)
        except (ArithmeticError, ValueError):
            return None
        return found if math.isfinite(found) else None

    return one


_ONES: dict[str, Callable[[One], One]] = {
    "abs": _of_one(abs),
    "sqrt": _of_one(math.sqrt),
    "exp": _of_one(math.exp),
    "ln": _of_one(math.log),
    "log10": _of_one(math.log10),
}


def _called(name: str, given: list[Value]) -> Value:
    if name in _ONES:
        return _each(_ONES[name], given[0])
    if name == "round":
        digits = _number(single(given[1])) if len(given) > 1 else 0.0
        if digits is None or not 0 <= digits <= 15:
            return None
        return _each(_of_one(lambda number: round(number, int(digits))), given[0])
    if name == "default":
        return _or_else(given[0], given[1])
    return _made_one(name, given)


def _or_else(value: Value, instead: Value) -> Value:
    if isinstance(value, list):
        return [instead if each is None else each for each in value]  # type: ignore[misc]
    return instead if value is None else value


def _made_one(name: str, given: list[Value]) -> One:
    flat: list[One] = []
    for each in given:
        flat += each if isinstance(each, list) else [each]
    several = any(isinstance(each, list) for each in given)
    known = [each for each in flat if each is not None]
    if name == "count":
        return float(len(known))
    if name == "known":
        return bool(known)
    if not known or (not several and len(known) < len(flat)):
        return None
    if name in ("share", "any", "all"):
        return _told(name, known)
    numbers = [number for number in map(_number, known) if number is not None]
    return _figure(name, numbers) if len(numbers) == len(known) else None


def _told(name: str, known: Sequence[One]) -> One:
    if not all(isinstance(each, bool) for each in known):
        return None
    if name == "share":
        return sum(each is True for each in known) / len(known)
    return any(known) if name == "any" else all(known)


def _figure(name: str, numbers: list[float]) -> float | None:
    if name == "min":
        return min(numbers)
    if name == "max":
        return max(numbers)
    try:
        total = math.fsum(numbers)
    except OverflowError:
        return None
    return total if name == "sum" else total / len(numbers)
