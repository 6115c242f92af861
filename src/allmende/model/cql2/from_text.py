# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CQL2 text (OGC 21-065r2 §8.2, annex B) to the filter tree.

A parser by binding power: every operator says how tightly it holds its sides. It looks at
every token once, so the time grows with the length of the text and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.cql2.build import call, condition, day, finished, moment, span
from allmende.model.cql2.from_json import check_length, number
from allmende.model.cql2.wkt import SHAPES, Shapes
from allmende.model.filter import (
    MAX_DEPTH,
    And,
    Array,
    Call,
    Expression,
    Filter,
    Not,
    Or,
    Property,
)

_LETTER = r"[^\W\d]|[:\u200c\u200d]"
_TOKEN = re.compile(
    rf"""\s*+(?:
    (?P<number>(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
    |(?P<text>'(?:[^'\\]++|''|\\.)*+')
    |(?P<quoted>"(?:[^"]++|"")++")
    |(?P<name>(?:{_LETTER})(?:{_LETTER}|[\d.\u0300-\u036f\u203f\u2040])*+)
    |(?P<sign><>|<=|>=|!=|[-=<>+*/%^(),])
    |(?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"''|\\(.)", re.DOTALL)

RESERVED = frozenset({"and", "or", "not", "null"})
"""Names of fields that have to be put in double quotes."""

OR, AND, NOT, TEST, SUM, PRODUCT, POWER, SIGN = range(1, 9)

_BINDING = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">="), TEST),
    **dict.fromkeys(("like", "between", "in", "is", "not"), TEST),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "%", "div"), PRODUCT),
    "^": POWER,
}


class Token(NamedTuple):
    """A piece of the text; `word` is the sign or name in small letters, if it is one."""

    kind: str
    text: str
    word: str
    at: int


def parse_text(text: str) -> Filter:
    """The tree of a filter in CQL2 text. InvalidInput says where it cannot be understood."""
    check_length(text)
    parser = _Parser(text)
    try:
        tree = parser.expression(0)
    except RecursionError:
        raise _too_deep() from None
    parser.expect("", "end")
    return finished(tree)


def _too_deep() -> LimitExceeded:
    return LimitExceeded(
        f"The filter is nested deeper than {MAX_DEPTH} levels.",
        f"Der Filter ist tiefer als {MAX_DEPTH} Ebenen geschachtelt.",
    )


class _Parser(Shapes):
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._level = 0
        self._end = 0
        self.token = self._next()
        self._constructors: dict[str, Callable[[], Expression]] = {
            "date": lambda: day(self._quoted()),
            "timestamp": lambda: moment(self._quoted()),
            "interval": self._interval,
            "bbox": self.bbox,
        }

    # --- tokens ------------------------------------------------------------------------

    def _next(self) -> Token:
        found = _TOKEN.match(self._text, self._end)
        if found is None:
            raise self.wrong(self._end)
        kind = found.lastgroup or "end"
        text = found[kind]
        self._end = found.end()
        word = text.lower() if kind in ("name", "sign") else ""
        return Token(kind, text, "<>" if word == "!=" else word, found.start(kind))

    def take(self) -> Token:
        """The token at hand; the next one is at hand then."""
        taken = self.token
        self.token = self._next()
        return taken

    def accept(self, word: str) -> bool:
        """Takes a sign or keyword if it is the one at hand."""
        if self.token.word != word:
            return False
        self.take()
        return True

    def expect(self, word: str, kind: str = "") -> Token:
        """Takes this sign or kind of token, or raises InvalidInput."""
        if self.token.word != word or (kind and self.token.kind != kind):
            raise self.wrong(self.token.at)
        return self.token if kind == "end" else self.take()

    def wrong(self, at: int) -> InvalidInput:
        """The error that says where the text stops making sense."""
        rest = self._text[at : at + 20].strip()
        if not rest:
            return InvalidInput("The filter ends too early.", "Der Filter hört zu früh auf.")
        return InvalidInput(
            f"The filter cannot be understood at character {at + 1}: “{rest}”.",
            f"Der Filter ist ab Zeichen {at + 1} nicht zu verstehen: „{rest}“.",
        )

    # --- expressions -------------------------------------------------------------------

    def expression(self, above: int) -> Expression:
        """An expression of operators that bind more tightly than `above`."""
        left = self._first(above)
        while (binding := _BINDING.get(self.token.word, 0)) > above:
            left = self._joined(left, binding)
            if binding == TEST and _BINDING.get(self.token.word) == TEST:
                raise self.wrong(self.token.at)
        return left

    def _inner(self, above: int) -> Expression:
        """An expression inside brackets or behind NOT or a sign, one level deeper."""
        self._level += 1
        if self._level > MAX_DEPTH:
            raise _too_deep()
        found = self.expression(above)
        self._level -= 1
        return found

    def _joined(self, left: Expression, binding: int) -> Expression:
        if binding == TEST:
            return self._test(left)
        operator = self.take().word
        if binding > TEST:
            return Call(operator, (left, self.expression(binding)))
        parts = [condition(left), condition(self.expression(binding))]
        while self.accept(operator):
            parts.append(condition(self.expression(binding)))
        return And(tuple(parts)) if binding == AND else Or(tuple(parts))

    def _test(self, left: Expression) -> Expression:
        operator = self.take().word
        if operator == "is":
            negated = self.accept("not")
            self.expect("null")
            return _maybe_not(negated, Call("isnull", (left,)))
        negated = operator == "not"
        if negated:
            operator = self.take().word
        if operator == "like":
            return _maybe_not(negated, Call("like", (left, self.expression(TEST))))
        if operator == "between":
            low = self.expression(TEST)
            self.expect("and")
            return _maybe_not(negated, Call("between", (left, low, self.expression(TEST))))
        if operator == "in":
            self.expect("(")
            return _maybe_not(negated, Call("in", (left, Array(tuple(self._list())))))
        if negated:
            raise self.wrong(self.token.at)
        return Call(operator, (left, self.expression(TEST)))

    def _first(self, above: int) -> Expression:
        token = self.take()
        if token.kind == "number":
            whole = token.text.isdigit() and len(token.text) < 19
            return number(int(token.text) if whole else float(token.text))
        if token.kind == "text":
            return _plain(token)
        if token.kind == "quoted":
            return Property(token.text[1:-1].replace('""', '"'))
        if token.word == "(":
            return self._bracket()
        if token.word in ("-", "+"):
            return self._signed(token.word)
        if token.word == "not" and above <= NOT:
            return Not(condition(self._inner(NOT)))
        if token.kind == "name" and token.word not in RESERVED:
            return self._named(token)
        raise self.wrong(token.at)

    def _signed(self, sign: str) -> Expression:
        inner = self._inner(SIGN)
        if sign == "+":
            return inner
        if isinstance(inner, int | float) and not isinstance(inner, bool):
            return -inner
        return Call("*", (-1, inner))

    def _bracket(self) -> Expression:
        """What is in brackets: one expression, or an array."""
        items = self._list(empty=True)
        return items[0] if len(items) == 1 else Array(tuple(items))

    def _list(self, *, empty: bool = False) -> list[Expression]:
        """Expressions up to the closing bracket; the opening one was taken."""
        if empty and self.accept(")"):
            return []
        items = [self._inner(0)]
        while self.accept(","):
            items.append(self._inner(0))
        self.expect(")")
        return items

    def _named(self, token: Token) -> Expression:
        if token.word in ("true", "false"):
            return token.word == "true"
        if token.word in SHAPES and (self.token.word == "(" or self.token.word == "z"):
            return self.shape(token.word)
        if not self.accept("("):
            return Property(token.text)
        if token.word in self._constructors:
            return self._constructors[token.word]()
        return call(token.text, self._list(empty=True))

    def _interval(self) -> Expression:
        items = self._list()
        if len(items) != 2:
            raise self.wrong(self.token.at)
        return span(*items)

    def _quoted(self) -> str:
        text = _plain(self.expect("", "text"))
        self.expect(")")
        return text


def _maybe_not(negated: bool, tree: Call) -> Filter:
    return Not(tree) if negated else tree


def _plain(token: Token) -> str:
    """The text between quotes: `''` and `\\'` are one quote, other backslashes stay."""
    return _ESCAPED.sub(lambda m: "'" if m[0] in ("''", "\\'") else m[0], token.text[1:-1])
