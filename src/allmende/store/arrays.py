# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Comparing sets of values, in SQL (OGC 21-065r2 §7.8); lists are stored as JSON."""

from __future__ import annotations

import msgspec

from allmende.errors import InvalidInput
from allmende.model.filter import Array, Expression, Instant
from allmende.store.expressions import Expressions, Term, misfit

_CONDITIONS = {
    "a_equals": "({0} @> {1} and {0} <@ {1})",
    "a_contains": "{0} @> {1}",
    "a_containedby": "{0} <@ {1}",
    "a_overlaps": (
        "case when {0} is null or {1} is null then null else exists (select 1 from "
        "jsonb_array_elements({0}) as item(value) where {1} @> jsonb_build_array(item.value)) end"
    ),
}


def relation(sql: Expressions, name: str, left: Term, right: Term) -> str:
    """The condition of an `a_…` function; "" when both sides are constants."""
    for each in (left, right):
        if each.kind not in ("array", "any"):
            raise misfit(
                f"{name.upper()} takes lists, not {{0}}.",
                f"{name.upper()} braucht Listen; gegeben ist {{0}}.",
                each,
            )
    one, other = _json(sql, left), _json(sql, right)
    if left.fixed and right.fixed:
        return ""
    if not sql.on_postgres:
        return f"{name}({one}, {other})"
    return _CONDITIONS[name].format(f"cast({one} as jsonb)", f"cast({other} as jsonb)")


def _json(sql: Expressions, term: Term) -> str:
    if not isinstance(term.constant, Array):
        return term.sql
    return sql.bind(msgspec.json.encode([_item(each) for each in term.constant.items]).decode())


def _item(node: Expression) -> str | int | float | bool:
    if isinstance(node, Instant):
        return node.text
    if isinstance(node, str | int | float):
        return node
    raise InvalidInput(
        "A list to compare with holds texts, numbers, dates and truth values only.",
        "Eine Liste zum Vergleichen enthält nur Texte, Zahlen, Daten und Wahrheitswerte.",
    )
