# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The expressions of rules: read into a tree, with every fault told by its place.

    expression  = "if" expression "then" expression "else" expression | or
    or          = and { "or" and }          and     = not { "and" not }
    not         = "not" not | comparison    comparison = sum [ ("<" "<=" ">" ">=" "=" "!=") sum ]
    sum         = product { ("+" | "-") product }
    product     = sign { ("*" | "/") sign } sign    = "-" sign | power
    power       = atom [ "^" sign ]
    atom        = number | "text" | true | false | missing | name | name "(" list ")" | "(" … ")"

Nothing else is understood, and nothing of it can do anything but count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

LONGEST = 2_000  # characters of an expression
DEEPEST = 30  # brackets, signs and conditions inside of each other
MOST_PARTS = 500  # numbers, names and signs of an expression
FUNCTIONS: dict[str, tuple[int, int]] = {
    "abs": (1, 1),
    "sqrt": (1, 1),
    "exp": (1, 1),
    "ln": (1, 1),
    "log10": (1, 1),
    "round": (1, 2),
    "min": (1, 20),
    "max": (1, 20),
    "mean": (1, 20),
    "sum": (1, 20),
    "count": (1, 1),
    "share": (1, 1),
    "any": (1, 1),
    "all": (1, 1),
    "known": (1, 1),
    "default": (2, 2),
}
"""Functions with the least and most numbers of what they are given."""

WORDS = frozenset({"if", "then", "else", "and", "or", "not", "true", "false", "missing"})
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?)|(?P<name>[a-z_][a-z0-9_]{0,62})"
    r"|\"(?P<text>[^\"\n]{0,200})\"|(?P<sign><=|>=|!=|[-+*/^()<>=,]))"
)
_COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")


class Number(Struct, frozen=True):
    """A number."""

    value: float


class Literal(Struct, frozen=True):
    """A text, true, false, or None for what is missing."""

    value: str | bool | None


class Name(Struct, frozen=True):
    """An input or a value that was counted before."""

    name: str


class Negative(Struct, frozen=True):
    """Minus something, or not something."""

    sign: str  # "-" or "not"
    of: Node


class Pair(Struct, frozen=True):
    """Two sides with a sign between them."""

    sign: str
    left: Node
    right: Node


class Call(Struct, frozen=True):
    """A function of some values."""

    name: str
    given: tuple[Node, ...]


class Choice(Struct, frozen=True):
    """if … then … else …"""

    when: Node
    then: Node
    other: Node


Node = Number | Literal | Name | Negative | Pair | Call | Choice


class Misread(ValueError):
    """An expression cannot be understood; `text` says why in two languages, `at` where."""

    def __init__(self, en: str, de: str, at: int) -> None:
        super().__init__(en)
        self.text = {"en": en, "de": de}
        self.at = at


def parse(text: str) -> Node:
    """The tree of an expression. Raises Misread."""
    if len(text) > LONGEST:
        raise Misread(
            f"It is longer than {LONGEST} characters.",
            f"Der Ausdruck ist länger als {LONGEST} Zeichen.",
            LONGEST,
        )
    reader = _Reader(text)
    tree = reader.expression()
    if reader.kind != "end":
        raise reader.unexpected()
    return tree


def names(tree: Node) -> Iterator[str]:
    """Every name that stands in a tree."""
    match tree:
        case Name(name):
            yield name
        case Negative(of=one):
            yield from names(one)
        case Pair(left=one, right=other):
            yield from names(one)
            yield from names(other)
        case Call(given=given):
            for one in given:
                yield from names(one)
        case Choice(when, then, other):
            for one in (when, then, other):
                yield from names(one)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.place, self.depth, self.parts = text, 0, 0, 0
        self.kind, self.value, self.start = "", "", 0
        self.move()

    def move(self) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise Misread(
                f"It has more than {MOST_PARTS} parts.",
                f"Der Ausdruck hat mehr als {MOST_PARTS} Teile.",
                self.place,
            )
        found = _TOKEN.match(self.text, self.place)
        if found is None:
            if self.text[self.place :].strip():
                at = len(self.text) - len(self.text[self.place :].lstrip())
                raise Misread(
                    f"“{self.text[at]}” is not understood at place {at + 1}.",
                    f"„{self.text[at]}“ ist an Stelle {at + 1} nicht verständlich.",
                    at,
                )
            self.kind, self.value, self.start = "end", "", len(self.text)
            return
        kind = str(found.lastgroup)
        self.start, self.place = found.start(kind), found.end()
        self.kind, self.value = kind, found[kind]
        if kind == "name" and self.value in WORDS:
            self.kind = "word"

    def is_at(self, *signs: str) -> bool:
        return self.kind in ("sign", "word") and self.value in signs

    def take(self, sign: str) -> None:
        if not self.is_at(sign):
            raise Misread(
                f"Expected “{sign}” at place {self.start + 1}.",
                f"An Stelle {self.start + 1} wird „{sign}“ erwartet.",
                self.start,
            )
        self.move()

    def unexpected(self) -> Misread:
        shown = self.value or "…"
        if self.kind == "end":
            return Misread("It ends too early.", "Der Ausdruck endet zu früh.", self.start)
        return Misread(
            f"“{shown}” does not fit at place {self.start + 1}.",
            f"„{shown}“ passt an Stelle {self.start + 1} nicht.",
            self.start,
        )

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Misread(
                f"It is nested deeper than {DEEPEST} levels.",
                f"Der Ausdruck ist tiefer als {DEEPEST} Ebenen verschachtelt.",
                self.start,
            )

    def expression(self) -> Node:
        self.deeper()
        found = self.choice() if self.is_at("if") else self.chain(("or",), self.conjunction)
        self.depth -= 1
        return found

    def choice(self) -> Node:
        self.take("if")
        when = self.expression()
        self.take("then")
        then = self.expression()
        self.take("else")
        return Choice(when, then, self.expression())

    def chain(self, signs: tuple[str, ...], inner: object) -> Node:
        assert callable(inner)  # noqa: S101
        left: Node = inner()
        while self.is_at(*signs):
            sign = self.value
            self.move()
            left = Pair(sign, left, inner())
        return left

    def conjunction(self) -> Node:
        return self.chain(("and",), self.negation)

    def negation(self) -> Node:
        if not self.is_at("not"):
            return self.comparison()
        self.deeper()
        self.move()
        found = Negative("not", self.negation())
        self.depth -= 1
        return found

    def comparison(self) -> Node:
        left = self.addition()
        if not self.is_at(*_COMPARISONS):
            return left
        sign = self.value
        self.move()
        return Pair(sign, left, self.addition())

    def addition(self) -> Node:
        return self.chain(("+", "-"), self.product)

    def product(self) -> Node:
        return self.chain(("*", "/"), self.signed)

    def signed(self) -> Node:
        if not self.is_at("-"):
            return self.power()
        self.deeper()
        self.move()
        found = Negative("-", self.signed())
        self.depth -= 1
        return found

    def power(self) -> Node:
        base = self.atom()
        if not self.is_at("^"):
            return base
        self.deeper()
        self.move()
        found = Pair("^", base, self.signed())
        self.depth -= 1
        return found

    def atom(self) -> Node:
        kind, value, start = self.kind, self.value, self.start
        if kind == "sign" and value == "(":
            self.move()
            inner = self.expression()
            self.take(")")
            return inner
        if kind == "number":
            self.move()
            return Number(float(value))
        if kind == "text":
            self.move()
            return Literal(value)
        if kind == "word" and value in ("true", "false", "missing"):
            self.move()
            return Literal({"true": True, "false": False}.get(value))
        if kind != "name":
            raise self.unexpected()
        self.move()
        return self.call(value, start) if self.is_at("(") else Name(value)

    def call(self, name: str, start: int) -> Node:
        if name not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            raise Misread(
                f"There is no function “{name}”; known are {known}.",
                f"Eine Funktion „{name}“ gibt es nicht, sondern {known}.",
                start,
            )
        self.take("(")
        given = [self.expression()]
        while self.is_at(","):
            self.move()
            given.append(self.expression())
        self.take(")")
        least, most = FUNCTIONS[name]
        if not least <= len(given) <= most:
            raise Misread(
                f"{name} takes {least} to {most} values.",
                f"{name} braucht {least} bis {most} Werte.",
                start,
            )
        return Call(name, tuple(given))
