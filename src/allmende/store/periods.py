# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How periods lie to each other, in SQL (OGC 21-065r2 §7.7; see model/temporal)."""

from __future__ import annotations

from allmende.model.evaluate import NEGATED, OPEN_END, OPEN_START, truth
from allmende.model.filter import COMPARE, Call, Expression, Instant, Span
from allmende.model.temporal import (
    DAY_BEGINS,
    DAY_ENDS,
    OF_INSTANTS,
    ORDER,
    RELATIONS,
    Relation,
    instant,
)
from allmende.store.expressions import TIMES, TRUTH, Expressions, Term, misfit

Ends = tuple[Term | None, Term | None]


def relation(sql: Expressions, node: Call) -> str:
    """The condition of a `t_…` function."""
    sides = [_ends(sql, node.name, each) for each in node.args]
    terms = [each for pair in sides for each in pair if each]
    if all(each.fixed for each in terms):
        return TRUTH[truth(Call(node.name, tuple(_known(pair) for pair in sides)), {})]
    related = _related(sql, node.name, RELATIONS, sides[0], sides[1])
    if not any(isinstance(each, Span) for each in node.args):
        return related
    # An interval of which one end is missing is unknown, also where only the other counts.
    missing = " or ".join(f"{each.sql} is null" for each in terms if not each.fixed)
    return f"case when {missing} then null else {related} end"


def compared(sql: Expressions, operator: str, left: Term, right: Term) -> str:
    """A comparison of a day, a moment or a year with another of them."""
    if left.fixed and right.fixed:
        return TRUTH[truth(Call(operator, (left.constant, right.constant)), {})]
    return _related(sql, operator, ORDER, (left, left), (right, right))


def _related(
    sql: Expressions, name: str, relations: dict[str, Relation], first: Ends, second: Ends
) -> str:
    if name in NEGATED:
        return f"not ({_related(sql, NEGATED[name], relations, first, second)})"
    ends = {"s1": first[0], "e1": first[1], "s2": second[0], "e2": second[1]}
    days = all(each.kind == "date" for each in ends.values() if each)
    parts = [
        _order(
            operator,
            _moment(sql, one, ends[one], days=days),
            _moment(sql, other, ends[other], days=days),
        )
        for one, operator, other in relations[name]
    ]
    return "(" + " and ".join(parts) + ")"


def _order(operator: str, one: str, other: str) -> str:
    """Compares two ends; an open one lies beyond all, but a missing value stays unknown."""
    open_ends = {OPEN_START, OPEN_END}
    if one not in open_ends and other not in open_ends:
        return f"{one} {operator} {other}"
    holds = COMPARE[operator](
        one if one in open_ends else "0", other if other in open_ends else "0"
    )
    known = next((each for each in (one, other) if each not in open_ends), "1")
    return f"{known} {'=' if holds else '<>'} {known}"


def _moment(sql: Expressions, end: str, term: Term | None, *, days: bool) -> str:
    """The SQL of one end, as a day when all are days and as a moment otherwise."""
    starts = end.startswith("s")
    if term is None:
        return OPEN_START if starts else OPEN_END
    if days or term.kind == "datetime":
        return sql.shown(term)
    time = DAY_BEGINS if starts else DAY_ENDS
    if isinstance(term.constant, Instant):
        return sql.bind(term.constant.text + time)
    if term.kind == "date":
        return f"({term.sql} || '{time}')"
    year = (
        f"lpad(cast({term.sql} as text), 4, '0')"
        if sql.on_postgres
        else (f"substr('000' || {term.sql}, -4)")
    )
    found = f"({year} || '{'-01-01' if starts else '-12-31'}{time}')"
    return f'({found} collate "C")' if sql.on_postgres else found


def _ends(sql: Expressions, name: str, node: Expression) -> Ends:
    if isinstance(node, Span):
        return (
            None if node.start is None else _time(sql, name, node.start),
            None if node.end is None else _time(sql, name, node.end),
        )
    term = _time(sql, name, node)
    if name not in OF_INSTANTS:
        raise misfit(
            f"{name.upper()} takes intervals, not {{0}}; write INTERVAL(start, end).",
            f"{name.upper()} braucht Intervalle wie INTERVAL(start, end); gegeben ist {{0}}.",
            term,
        )
    return term, term


def _time(sql: Expressions, name: str, node: Expression) -> Term:
    term = sql.term(instant(node) if isinstance(node, str) else node)
    if term.kind not in TIMES:
        raise misfit(
            f"{name.upper()} takes dates and times, not {{0}}.",
            f"{name.upper()} braucht Daten oder Zeitpunkte; gegeben ist {{0}}.",
            term,
        )
    return term


def _known(ends: Ends) -> Span:
    start, end = (each.constant if each else None for each in ends)
    return Span(start, end)
