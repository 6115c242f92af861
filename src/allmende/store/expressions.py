# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Expressions of a filter as SQL, each with the kind of value it has."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct

from allmende.errors import InvalidInput
from allmende.model.document import FieldType, Text
from allmende.model.evaluate import ARITHMETIC, calculate
from allmende.model.filter import (
    Array,
    Bounds,
    Call,
    Expression,
    Geometry,
    Instant,
    Property,
    Span,
)
from allmende.model.functions import FUNCTIONS
from allmende.store.connection import Dialect
from allmende.store.functions import PLAIN, POSTGRES

TRUTH = {True: "1 = 1", False: "1 = 0", None: "(null = 1)"}
"""Conditions that are known already."""

NUMBERS = frozenset({"number", "year"})
TIMES = frozenset({"date", "datetime", "year"})

_KINDS = {
    FieldType.STRING: "text",
    FieldType.URI: "text",
    FieldType.INTEGER: "number",
    FieldType.NUMBER: "number",
}
_NAMES: dict[str, tuple[str, str]] = {
    "text": ("a text", "ein Text"),
    "number": ("a number", "eine Zahl"),
    "boolean": ("true or false", "ein Wahrheitswert"),
    "date": ("a date", "ein Datum"),
    "datetime": ("a time", "ein Zeitpunkt"),
    "time": ("a time of day", "eine Uhrzeit"),
    "year": ("a year", "ein Jahr"),
    "geometry": ("a geometry", "eine Geometrie"),
    "object": ("an object", "ein Objekt"),
    "array": ("a list", "eine Liste"),
    "span": ("an interval", "ein Intervall"),
    "any": ("a value", "ein Wert"),
}
_LITERALS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("boolean", (bool,)),
    ("number", (int, float)),
    ("text", (str,)),
    ("geometry", (Geometry, Bounds)),
    ("span", (Span,)),
    ("array", (Array,)),
)
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\Z", re.ASCII)


class Column(Struct, frozen=True):
    """A field that may be asked for: its SQL and its type; without a type nothing is checked."""

    sql: str
    type: FieldType | None = None
    many: bool = False

    @property
    def kind(self) -> str:
        """What comparisons look at."""
        if self.type is None:
            return "any"
        return "array" if self.many else _KINDS.get(self.type, str(self.type))


class Term(Struct):
    """A value in SQL. A constant has no SQL of its own: it becomes a parameter when used."""

    kind: str
    sql: str = ""
    field: str = ""
    constant: Any = UNSET

    @property
    def fixed(self) -> bool:
        """Whether the value is known already."""
        return self.constant is not UNSET

    def named(self) -> Text:
        """What it is, for messages."""
        en, de = _NAMES[self.kind]
        if self.field:
            return {
                "en": f"the field “{self.field}” ({en})",
                "de": f"das Feld „{self.field}“ ({de})",
            }
        if self.fixed and isinstance(self.constant, str | int | float):
            return {"en": f"{en} ({self.constant!s:.40})", "de": f"{de} ({self.constant!s:.40})"}
        return {"en": en, "de": de}


def misfit(en: str, de: str, *terms: Term) -> InvalidInput:
    """The error for values of the wrong kind; {0}, {1} stand for what they are."""
    names = [each.named() for each in terms]
    sentence = en.format(*(each["en"] for each in names))
    german = de.format(*(each["de"] for each in names))
    return InvalidInput(sentence[0].upper() + sentence[1:], german[0].upper() + german[1:])


class Expressions(ABC):
    """Turns expressions into SQL and collects their parameters."""

    def __init__(self, columns: Mapping[str, str | Column], dialect: Dialect, prefix: str) -> None:
        self._columns = columns
        self._prefix = prefix
        self.on_postgres = dialect.name == "postgres"
        self.params: dict[str, Any] = {}

    @abstractmethod
    def sql(self, tree: Any) -> str:
        """A condition."""

    def bind(self, value: Any) -> str:
        """A parameter with this value."""
        name = f"{self._prefix}_{len(self.params)}"
        self.params[name] = _sendable(value)
        return f":{name}"

    def shown(self, term: Term) -> str:
        """The SQL of a term."""
        if not term.fixed:
            return term.sql
        if term.constant is None:
            return "null"
        constant = term.constant
        return self.bind(constant.text if isinstance(constant, Instant) else constant)

    def column(self, field: str) -> Term:
        """The field with this name; InvalidInput when there is none."""
        try:
            found = self._columns[field]
        except KeyError:
            known = ", ".join(sorted(self._columns))
            raise InvalidInput(
                f"There is no field “{field}”; known are: {known}.",
                f"Es gibt kein Feld „{field}“; bekannt sind: {known}.",
            ) from None
        if isinstance(found, str):
            return Term("any", found, field)
        return Term(found.kind, found.sql, field)

    def term(self, node: Expression | None) -> Term:
        """An expression."""
        for kind, types in _LITERALS:
            if isinstance(node, types):
                return Term(kind, constant=node)
        match node:
            case Property(name):
                return self.column(name)
            case Instant():
                return Term("date" if node.is_day else "datetime", constant=node)
            case Call(name, args) if name in ARITHMETIC:
                return self._arithmetic(name, self.term(args[0]), self.term(args[1]))
            case Call(name, args) if name in FUNCTIONS:
                return self._function(name, self.term(args[0]))
            case _:
                return Term("boolean", f"cast(({self.sql(node)}) as integer)")

    # --- functions and arithmetic ------------------------------------------------------

    def _function(self, name: str, given: Term) -> Term:
        function = FUNCTIONS[name]
        fits = {"text": {"text"}, "number": NUMBERS, "time": {"date", "datetime"}}[function.takes]
        if given.kind not in fits and given.kind != "any":
            wanted = _NAMES["date" if function.takes == "time" else function.takes]
            raise misfit(
                f"{{0}} cannot be given to {name.upper()}, which takes {wanted[0]}.",
                f"{{0}} passt nicht zu {name.upper()}: dazu gehört {wanted[1]}.",
                given,
            )
        if given.fixed:
            value = given.constant
            text = value.text if isinstance(value, Instant) else value
            return Term(function.gives, constant=None if text is None else function.run(text))
        template = POSTGRES.get(name) if self.on_postgres else None
        return Term(function.gives, (template or PLAIN[name]).format(given.sql))

    def _arithmetic(self, name: str, left: Term, right: Term) -> Term:
        for each in (left, right):
            if each.kind not in NUMBERS and each.kind != "any":
                raise misfit(
                    f"{{0}} cannot be used with “{name}”, which takes numbers.",
                    f"{{0}} passt nicht zu „{name}“: dazu gehören Zahlen.",
                    each,
                )
        if left.fixed and right.fixed:
            return Term("number", constant=calculate(name, left.constant, right.constant))
        one, other = (f"cast({self.shown(each)} as double precision)" for each in (left, right))
        return Term("number", _ARITHMETIC.get(name, "({0} {1} {2})").format(one, name, other))


_ARITHMETIC = {
    "/": "({0} / nullif({2}, 0))",
    "div": "trunc({0} / nullif({2}, 0))",
    # A subquery, so that neither side is written twice; the limit stops planners from doing so.
    "%": (
        "(select x.l - x.r * trunc(x.l / x.r) "
        "from (select {0} as l, nullif({2}, 0) as r limit 1) as x)"
    ),
    "^": (
        "(select case when x.l = 0 and x.r < 0 or x.l < 0 and x.r <> trunc(x.r) "
        "or abs(x.r * ln(nullif(abs(x.l), 0))) > 700 then null else power(x.l, x.r) end "
        "from (select {0} as l, {2} as r limit 1) as x)"
    ),
}


def time_of_day(text: str) -> str:
    """A time as it is stored, HH:MM:SS. Raises InvalidInput."""
    found = _TIME_OF_DAY.match(text)
    if found is None:
        raise InvalidInput(
            f"“{text[:20]}” is no time of day; write 14:30:00.",
            f"„{text[:20]}“ ist keine Uhrzeit; zum Beispiel 14:30:00.",
        )
    return f"{found[1]}:{found[2]}:{found[3] or '00'}"


def _sendable(value: Any) -> Any:
    """As both engines take it: booleans are 0 and 1, enumerations their plain text."""
    match value:
        case bool():
            return int(value)
        case int():
            return value if -(2**63) <= value < 2**63 else float(value)
        case str():
            return _checked(str(value))
        case _:
            return value


def _checked(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        sound = False
    else:
        sound = "\0" not in text
    if not sound:
        raise InvalidInput(
            "A text of the filter has characters that no database can hold.",
            "Ein Text des Filters enthält Zeichen, die keine Datenbank speichert.",
        )
    return text
