# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The filter tree as SQL with parameters, the same meaning on both engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.cql2.to_text import as_call
from allmende.model.evaluate import truth
from allmende.model.filter import (
    And,
    Array,
    Call,
    Everything,
    Expression,
    Filter,
    Instant,
    Not,
    Nothing,
    Or,
    Property,
    check_size,
)
from allmende.model.relations import SPATIAL
from allmende.model.temporal import instant
from allmende.store import arrays, periods, spatial
from allmende.store.connection import Dialect
from allmende.store.expressions import (
    TIMES,
    TRUTH,
    Column,
    Expressions,
    Term,
    misfit,
    time_of_day,
)
from allmende.store.functions import ARRAYS

__all__ = ["MAX_PATTERN", "Column", "Condition", "compile_filter"]

MAX_PATTERN = 1_000
"""Characters of a pattern for LIKE."""


class Condition:
    """A compiled filter: `sql` for a WHERE clause and `params` to go with it."""

    def __init__(self, sql: str, params: dict[str, Any]) -> None:
        self.sql = sql
        self.params = params


def compile_filter(
    tree: Filter, columns: Mapping[str, str | Column], dialect: Dialect, *, prefix: str = "f"
) -> Condition:
    """Compiles a tree for a table.

    `columns` maps the field names that may be used to SQL column expressions; an unknown
    name raises InvalidInput. Columns with a type (see Column) are checked: what cannot be
    compared raises InvalidInput with a sentence that names the field. `prefix` keeps the
    parameters of two conditions apart.
    """
    check_size(tree)
    compiler = _Compiler(columns, dialect, prefix)
    return Condition(compiler.sql(tree), compiler.params)


class _Compiler(Expressions):
    def sql(self, tree: Filter) -> str:
        """A condition."""
        match tree:
            case Everything():
                return "1 = 1"
            case Nothing():
                return "1 = 0"
            case And(parts):
                return self._join(parts, " and ", "1 = 1")
            case Or(parts):
                return self._join(parts, " or ", "1 = 0")
            case Not(part):
                return f"not ({self.sql(part)})"
            case Property(name):
                return self._boolean(self.column(name))
            case _:
                node = as_call(tree)
                assert isinstance(node, Call)  # noqa: S101
                return self._call(node)

    def _join(self, parts: tuple[Filter, ...], word: str, empty: str) -> str:
        return _balanced([self.sql(part) for part in parts], word) if parts else empty

    def _boolean(self, term: Term) -> str:
        if term.kind not in ("boolean", "any"):
            raise misfit(
                "{0} is no condition; compare it with something.",
                "{0} ist keine Bedingung; vergleichen Sie es mit etwas.",
                term,
            )
        return f"{term.sql} = 1"

    def _call(self, node: Call) -> str:
        name, args = node.name, node.args
        if name in ("between", "in", "like", "isnull"):
            special: dict[str, Callable[..., str]] = {
                "between": self._between,
                "in": self._in,
                "like": self._like,
                "isnull": self._is_null,
            }
            return special[name](node, *args)
        if name in SPATIAL:
            return self._folded(node, spatial.relation)
        if name in ARRAYS:
            return self._folded(node, arrays.relation)
        if name.startswith("t_"):
            return periods.relation(self, node)
        if name in ("=", "<>", "<", "<=", ">", ">="):
            return self._compare(node)
        return self._boolean(self.term(node))

    def _folded(self, node: Call, relation: Callable[..., str]) -> str:
        """A relation of two terms; of constants it is known already."""
        left, right = (self.term(each) for each in node.args)
        sql = relation(self, node.name, left, right)
        fixed = left.fixed and right.fixed
        return sql or TRUTH[truth(node, {})] if fixed else sql

    # --- comparisons -------------------------------------------------------------------

    def _compare(self, node: Call) -> str:
        left, right = _alike(self.term(node.args[0]), self.term(node.args[1]))
        return self._compared(node.name, left, right)

    def _compared(self, operator: str, left: Term, right: Term) -> str:
        if {left.kind, right.kind} <= TIMES and left.kind != right.kind:
            return periods.compared(self, operator, left, right)
        if left.fixed and right.fixed:
            return TRUTH[truth(Call(operator, (left.constant, right.constant)), {})]
        return f"{self.shown(left)} {operator} {self.shown(right)}"

    def _between(self, node: Call, *args: Expression) -> str:
        given, low, high = (self.term(each) for each in args)
        if given.kind == "boolean":  # it would be written twice, and what is inside it again
            raise misfit(
                "{0} cannot lie between two values.",
                "Zwischen zwei Werten liegt nicht: {0}.",
                given,
            )
        parts = (_alike(given, low), _alike(given, high))
        return "({} and {})".format(
            self._compared(">=", *parts[0]), self._compared("<=", *parts[1])
        )

    def _in(self, node: Call, given: Expression, listed: Expression) -> str:
        if not isinstance(listed, Array):
            raise InvalidInput("IN takes a list of values.", "IN braucht eine Liste von Werten.")
        left = self.term(given)
        pairs = [_alike(left, self.term(each)) for each in listed.items]
        if not pairs:
            return "1 = 0"
        if left.fixed or any({one.kind, other.kind} <= TIMES for one, other in pairs):
            return _balanced([self._compared("=", *pair) for pair in pairs], " or ")
        return f"{left.sql} in ({', '.join(self.shown(other) for _, other in pairs)})"

    def _like(self, node: Call, given: Expression, wanted: Expression) -> str:
        text, pattern = self.term(given), self.term(wanted)
        if text.kind not in ("text", "any"):
            raise misfit("{0} cannot be searched with LIKE.", "{0} geht nicht mit LIKE.", text)
        if not pattern.fixed or pattern.kind != "text":
            raise misfit(
                "LIKE takes a pattern in quotes, not {0}.",
                "LIKE braucht ein Muster in Anführungszeichen; gegeben ist {0}.",
                pattern,
            )
        if len(pattern.constant) > MAX_PATTERN:
            raise LimitExceeded(
                f"A pattern has more than {MAX_PATTERN} characters.",
                f"Ein Muster hat mehr als {MAX_PATTERN} Zeichen.",
            )
        if text.fixed:
            return TRUTH[truth(Call("like", (text.constant, pattern.constant)), {})]
        return f"{text.sql} like {self.bind(_closed(pattern.constant))} escape '\\'"

    def _is_null(self, node: Call, given: Expression) -> str:
        term = self.term(given)
        return TRUTH[term.constant is None] if term.fixed else f"{term.sql} is null"


def _balanced(parts: list[str], word: str) -> str:
    """Conditions joined as a shallow tree: SQLite takes 1,000 levels, and a chain is deep."""
    if len(parts) > 8:
        half = len(parts) // 2
        parts = [_balanced(parts[:half], word), _balanced(parts[half:], word)]
    return f"({word.join(parts)})"


def _closed(pattern: str) -> str:
    """A lone backslash at the end stands for itself."""
    backslashes = len(pattern) - len(pattern.rstrip("\\"))
    return pattern + "\\" * (backslashes % 2)


def _alike(left: Term, right: Term) -> tuple[Term, Term]:
    """Two terms that can be compared: texts beside dates and times are read as such."""
    left, right = _read_as(left, right.kind), _read_as(right, left.kind)
    kinds = {left.kind, right.kind}
    if "any" in kinds:
        return left, right
    fit = len(kinds) == 1 or kinds <= TIMES or kinds == {"number", "year"}
    if not fit or kinds & {"geometry", "object", "array", "span"}:
        raise misfit(
            "{0} cannot be compared with {1}.", "{0} ist nicht vergleichbar mit: {1}.", left, right
        )
    return left, right


def _read_as(term: Term, kind: str) -> Term:
    if term.kind != "text" or not isinstance(term.constant, str):
        return term
    if kind in ("date", "datetime"):
        found: Instant = instant(term.constant)
        return Term("date" if found.is_day else "datetime", constant=found)
    if kind == "time":
        return Term("time", constant=time_of_day(term.constant))
    return term
