# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a filter tree says of one record, without a database.

Truth is True, False or None (unknown), as in SQL. Values are those of a row: texts, numbers,
booleans, lists, WKB; dates and moments are texts in the form of the model. Arithmetic is done
in double precision; what has no result (a division by zero) is a missing value.
Types are not known here: a date field compared with a field of moments is compared as text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from allmende.errors import InvalidInput
from allmende.model.filter import (
    COMPARE,
    And,
    Array,
    Call,
    Compare,
    Everything,
    Expression,
    In,
    Instant,
    IsNull,
    Like,
    Not,
    Nothing,
    Or,
    Property,
    Span,
    like_regex,
)
from allmende.model.functions import FUNCTIONS
from allmende.model.temporal import (
    DAY_BEGINS,
    DAY_ENDS,
    ORDER,
    RELATIONS,
    Relation,
    instant,
)

Truth = bool | None
Record = Mapping[str, Any]

NEGATED = {"<>": "=", "t_disjoint": "t_intersects"}
OPEN_START, OPEN_END = "", "~"  # before and after every moment


def truth(tree: Expression, record: Record) -> Truth:
    """Whether a record matches; None when that is unknown."""
    match tree:
        case Everything() | True:
            return True
        case Nothing() | False:
            return False
        case And(parts):
            return _all(truth(part, record) for part in parts)
        case Or(parts):
            return _any(truth(part, record) for part in parts)
        case Not(part):
            return _not(truth(part, record))
        case Call(name, args):
            return _call(name, args, record)
        case Property(name):
            given = record.get(name)
            return None if given is None else bool(given)
        case Compare() | In() | Like() | IsNull():
            return _leaf(tree, record.get(tree.field))
        case _:
            raise InvalidInput("A value is no condition.", "Ein Wert ist keine Bedingung.")


def value(expression: Expression | None, record: Record) -> Any:
    """What an expression is worth; None when a value is missing."""
    match expression:
        case Property(name):
            return record.get(name)
        case Call(name, args) if name in ARITHMETIC:
            return calculate(name, value(args[0], record), value(args[1], record))
        case Call(name, args) if name in FUNCTIONS:
            given = value(args[0], record)
            text = given.text if isinstance(given, Instant) else given
            return None if text is None else FUNCTIONS[name].run(text)
        case Array(items):
            return [value(each, record) for each in items]
        case And() | Or() | Not() | Call() | Compare() | In() | Like() | IsNull():
            return truth(expression, record)
        case Everything() | Nothing():
            return isinstance(expression, Everything)
        case _:
            return expression


def _leaf(tree: Compare | In | Like | IsNull, given: Any) -> Truth:
    if isinstance(tree, IsNull):
        return given is None
    if isinstance(tree, In) and not tree.values:
        return False
    if given is None:
        return None
    match tree:
        case Compare(_, operator, wanted):
            return compare(operator, given, wanted)
        case In(_, values):
            return given in values
        case Like(_, pattern):
            return like_regex(pattern).fullmatch(str(given)) is not None


def _call(name: str, args: tuple[Expression, ...], record: Record) -> Truth:
    if name in NEGATED:
        return _not(_call(NEGATED[name], args, record))
    given = [value(each, record) for each in args]
    if name == "isnull":
        return given[0] is None
    if name == "in":
        return _any(compare("=", given[0], each) for each in given[1])
    if name == "between":
        return _all((compare(">=", given[0], given[1]), compare("<=", given[0], given[2])))
    if name in RELATIONS:
        return _temporal(name, args, record)
    if any(each is None for each in given):
        return None
    if name in COMPARE:
        return compare(name, given[0], given[1])
    if name == "like":
        return like_regex(given[1]).fullmatch(str(given[0])) is not None
    if name.startswith("s_"):
        return _spatial(name, given[0], given[1])
    return array_relation(name, given[0], given[1])


# --- comparing -------------------------------------------------------------------------


def compare(operator: str, left: Any, right: Any) -> Truth:
    """One comparison; days and moments meet as periods. None when the kinds do not fit."""
    if left is None or right is None:
        return None
    if isinstance(left, Instant) or isinstance(right, Instant):
        return _compare_times(operator, left, right)
    try:
        return COMPARE[operator](left, right)
    except TypeError:
        return None


def _compare_times(operator: str, left: Any, right: Any) -> Truth:
    if operator == "<>":
        return _not(_compare_times("=", left, right))
    return _relate(ORDER[operator], (left, left), (right, right))


def _temporal(name: str, args: tuple[Expression, ...], record: Record) -> Truth:
    return _relate(RELATIONS[name], *(_span(each, record) for each in args))


def _span(expression: Expression, record: Record) -> tuple[Any, Any]:
    """The values at both ends; an open end lies beyond all, None is a missing value."""
    if not isinstance(expression, Span):
        given = value(expression, record)
        return given, given
    start, end = expression.start, expression.end
    return (
        OPEN_START if start is None else value(start, record),
        OPEN_END if end is None else value(end, record),
    )


def _relate(relation: Relation, first: tuple[Any, Any], second: tuple[Any, Any]) -> Truth:
    given = {"s1": first[0], "e1": first[1], "s2": second[0], "e2": second[1]}
    ends = {
        end: each if each in (OPEN_START, OPEN_END) else _as_text(each, starts=end[0] == "s")
        for end, each in given.items()
    }
    if None in ends.values():
        return None
    if all(each is not None and len(each) <= len("YYYY-MM-DD") for each in ends.values()):
        moments = ends
    else:
        moments = {end: _moment(each, starts=end[0] == "s") for end, each in ends.items()}
    return _all(
        compare(operator, moments[one], moments[other]) for one, operator, other in relation
    )


def _as_text(given: Any, *, starts: bool) -> str | None:
    """A day or a moment as text; of a year its first or last moment; None when it is neither."""
    if isinstance(given, int) and not isinstance(given, bool):
        return f"{given:04}-01-01{DAY_BEGINS}" if starts else f"{given:04}-12-31{DAY_ENDS}"
    try:
        return (given if isinstance(given, Instant) else instant(str(given))).text
    except InvalidInput:
        return None


def _moment(text: str | None, *, starts: bool) -> str | None:
    """The first or last moment of a day; other ends stay as they are."""
    if text is None or len(text) != len("YYYY-MM-DD"):
        return text
    return text + (DAY_BEGINS if starts else DAY_ENDS)


# --- numbers, arrays, geometries -------------------------------------------------------


def _divide(left: float, right: float) -> float:
    return left / right


MAX_EXPONENT = 700.0
"""The natural logarithm of the largest power that is calculated."""


def _power(left: float, right: float) -> Any:
    if left and abs(right * math.log(abs(left))) > MAX_EXPONENT:
        return None
    found = left**right
    return found if isinstance(found, float) else None


ARITHMETIC: dict[str, Callable[[float, float], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": lambda left, right: left - right * math.trunc(left / right),
    "div": lambda left, right: float(math.trunc(left / right)),
    "^": _power,
}


def calculate(name: str, left: Any, right: Any) -> float | None:
    """The result of an operation in double precision, None when there is none."""
    if left is None or right is None:
        return None
    try:
        found = ARITHMETIC[name](float(left), float(right))
    except (ArithmeticError, ValueError):
        return None
    return found if found is not None and math.isfinite(found) else None


def array_relation(name: str, left: Iterable[Any], right: Iterable[Any]) -> bool:
    """Whether an `a_…` relation holds of two sets; 1 and 1.0 are the same, 1 and true not."""
    first, second = _set(left), _set(right)
    if name == "a_equals":
        return first == second
    if name == "a_contains":
        return first >= second
    if name == "a_containedby":
        return first <= second
    return not first.isdisjoint(second)


def _set(items: Iterable[Any]) -> set[Any]:
    return {
        (isinstance(each, bool), each.text if isinstance(each, Instant) else each)
        for each in items
        if isinstance(each, str | int | float | Instant)
    }


def _spatial(name: str, left: Any, right: Any) -> Truth:
    from allmende.model.geometry import wkb_of
    from allmende.model.relations import relate

    return relate(name, *(wkb_of(each) for each in (left, right)))


def _all(truths: Iterable[Truth]) -> Truth:
    found = list(truths)
    if False in found:
        return False
    return None if None in found else True


def _any(truths: Iterable[Truth]) -> Truth:
    found = list(truths)
    if True in found:
        return True
    return None if None in found else False


def _not(found: Truth) -> Truth:
    return None if found is None else not found
