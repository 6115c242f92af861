# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The filter tree as SQL with parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.filter import (
    And,
    Compare,
    Everything,
    Filter,
    In,
    IsNull,
    Like,
    Not,
    Nothing,
    Or,
    depth,
)
from allmende.store.connection import Dialect

MAX_DEPTH = 64


class Condition:
    """A compiled filter: `sql` for a WHERE clause and `params` to go with it."""

    def __init__(self, sql: str, params: dict[str, Any]) -> None:
        self.sql = sql
        self.params = params


def compile_filter(
    tree: Filter, columns: Mapping[str, str], dialect: Dialect, *, prefix: str = "f"
) -> Condition:
    """Compiles a tree for a table.

    `columns` maps the field names that may be used to SQL column expressions; an unknown
    name raises InvalidInput. `prefix` keeps the parameters of two conditions apart.
    """
    if depth(tree) > MAX_DEPTH:
        raise LimitExceeded(
            f"The filter is nested deeper than {MAX_DEPTH} levels.",
            f"Der Filter ist tiefer als {MAX_DEPTH} Ebenen geschachtelt.",
        )
    compiler = _Compiler(columns, dialect, prefix)
    return Condition(compiler.sql(tree), compiler.params)


class _Compiler:
    def __init__(self, columns: Mapping[str, str], dialect: Dialect, prefix: str) -> None:
        self._columns = columns
        self._dialect = dialect
        self._prefix = prefix
        self.params: dict[str, Any] = {}

    def sql(self, tree: Filter) -> str:
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
            case _:
                return self._leaf(tree)

    def _join(self, parts: tuple[Filter, ...], word: str, empty: str) -> str:
        return "(" + word.join(self.sql(part) for part in parts) + ")" if parts else empty

    def _leaf(self, tree: Compare | In | Like | IsNull) -> str:
        column = self._column(tree.field)
        match tree:
            case Compare(_, operator, value):
                return f"{column} {operator} :{self._bind(value)}"
            case In(_, values):
                listed = ", ".join(f":{self._bind(value)}" for value in values)
                return f"{column} in ({listed})" if values else "1 = 0"
            case Like(_, pattern):
                return f"{column} like :{self._bind(pattern)} escape '\\'"
            case IsNull():
                return f"{column} is null"

    def _column(self, field: str) -> str:
        try:
            return self._columns[field]
        except KeyError:
            raise InvalidInput(
                f"There is no field “{field}”; known are: {', '.join(sorted(self._columns))}.",
                f"Es gibt kein Feld „{field}“; bekannt sind: {', '.join(sorted(self._columns))}.",
            ) from None

    def _bind(self, value: Any) -> str:
        name = f"{self._prefix}_{len(self.params)}"
        self.params[name] = int(value) if isinstance(value, bool) else _plain(value)
        return name


def _plain(value: Any) -> Any:
    """Enumerations travel as their plain text."""
    return str(value) if isinstance(value, str) else value
