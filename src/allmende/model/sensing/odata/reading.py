# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Expressions of $filter and $orderby from text (OGC 18-088, 9.3.3.5; OData 4.0 Part 2, 5.1.1)."""

from __future__ import annotations

from collections.abc import Callable

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.odata.functions import ARITHMETIC, COMPARISONS, FUNCTIONS
from allmende.model.sensing.odata.tree import (
    FALSE,
    TRUE,
    Call,
    Constant,
    Node,
    Order,
    Path,
    Some,
    untrue,
)
from allmende.model.sensing.odata.words import Word, senseless, words

MAX_NODES = 1_000
"""Names, values, operators and functions of an expression."""
MAX_DEPTH = 40
"""Levels of brackets and functions."""
MAX_LAMBDAS = 4
"""any and all inside of each other."""
MAX_KEYS = 10
"""Keys of $orderby."""


def read_filter(text: str) -> Node:
    """The condition. Raises InvalidInput, LimitExceeded."""
    parser = _Parser(text)
    found = parser.expression()
    parser.finish()
    return found


def read_orderby(text: str) -> tuple[Order, ...]:
    """The keys of an order, the first the most important. Raises InvalidInput."""
    parser = _Parser(text)
    keys = [parser.key()]
    while parser.accept(","):
        keys.append(parser.key())
    parser.finish()
    if len(keys) > MAX_KEYS:
        raise LimitExceeded(
            f"$orderby has more than {MAX_KEYS} keys.",
            f"$orderby hat mehr als {MAX_KEYS} Schlüssel.",
        )
    return tuple(keys)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.words = words(text)
        self.place = 0
        self.nodes = 0
        self.level = 0
        self.variables: list[str] = []

    @property
    def word(self) -> Word:
        return self.words[self.place]

    def take(self) -> Word:
        word = self.word
        self.place += 1
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise LimitExceeded(
                f"The expression has more than {MAX_NODES} parts.",
                f"Der Ausdruck hat mehr als {MAX_NODES} Teile.",
            )
        return word

    def accept(self, text: str) -> bool:
        word = self.word
        if word.kind in ("sign", "name") and word.text == text:
            self.take()
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise senseless(self.text, self.word.at)

    def finish(self) -> None:
        if self.word.kind != "end":
            raise senseless(self.text, self.word.at)

    def key(self) -> Order:
        node = self.expression()
        word = self.word.text.lower() if self.word.kind == "name" else ""
        if word in ("asc", "desc"):  # clients write them in capitals as well
            self.take()
        return Order(node, word == "desc")

    def expression(self) -> Node:
        """Alternatives; below them conjunctions, negations, comparisons, sums, products."""
        self.level += 1
        if self.level > MAX_DEPTH:
            raise self._too_deep()
        found = self._joined("or", self._conjunction)
        self.level -= 1
        return found

    def _too_deep(self) -> LimitExceeded:
        return LimitExceeded(
            f"The expression is nested deeper than {MAX_DEPTH} levels.",
            f"Der Ausdruck ist tiefer als {MAX_DEPTH} Ebenen geschachtelt.",
        )

    def _conjunction(self) -> Node:
        return self._joined("and", self._negation)

    def _joined(self, word: str, part: Callable[[], Node]) -> Node:
        """A chain of parts as a balanced tree, so that long chains are not deep."""
        parts = [part()]
        while self.accept(word):
            parts.append(part())
        return _balanced(word, parts)

    def _negation(self) -> Node:
        turned = False
        while self.accept("not"):
            turned = not turned
        found = self._comparison()
        return Call("not", (found,)) if turned else found

    def _comparison(self) -> Node:
        left = self._sum()
        if self.word.kind == "name" and self.word.text in COMPARISONS:
            return Call(self.take().text, (left, self._sum()))
        if self.accept("in"):
            return self._listed(left)
        return left

    def _listed(self, left: Node) -> Node:
        self.expect("(")
        if self.accept(")"):
            return FALSE
        items = [self._sum()]
        while self.accept(","):
            items.append(self._sum())
        self.expect(")")
        return Call("in", (left, *items))

    def _sum(self) -> Node:
        return self._chain(ARITHMETIC[:2], self._product)

    def _product(self) -> Node:
        return self._chain(ARITHMETIC[2:], self._single)

    def _chain(self, operators: tuple[str, ...], part: Callable[[], Node]) -> Node:
        """Parts joined from left to right."""
        found, length = part(), 0
        while self.word.kind == "name" and self.word.text in operators:
            length += 1
            if length > MAX_DEPTH:
                raise self._too_deep()
            found = Call(self.take().text, (found, part()))
        return found

    def _single(self) -> Node:
        turned = False
        while self.word.kind == "sign" and self.accept("-"):
            turned = not turned
        found = self._value()
        return Call("sub", (Constant("number", 0), found)) if turned else found

    def _value(self) -> Node:
        word = self.take()
        if word.kind == "constant":
            constant: Constant = word.value
            return constant
        if word.kind == "sign" and word.text == "(":
            found = self.expression()
            self.expect(")")
            return found
        if word.kind != "name":
            raise senseless(self.text, word.at)
        if self.accept("("):
            way, slash, last = word.text.rpartition("/")
            if slash and last in ("any", "all"):
                return self._lambda(Path(tuple(way.split("/"))), last, word)
            return self._function(word)
        return Path(tuple(word.text.split("/")))

    def _lambda(self, source: Path, name: str, word: Word) -> Node:
        """`source/any()`, `source/any(d:…)` or `source/all(d:…)` behind the bracket."""
        if name == "any" and self.accept(")"):
            return Some(source, "", TRUE)
        variable = self._variable()
        if variable in self.variables:
            raise InvalidInput(
                f"The variable {variable[:40]} stands for something else already.",
                f"Die Variable {variable[:40]} steht schon für etwas anderes.",
            )
        self.variables.append(variable)
        if len(self.variables) > MAX_LAMBDAS:
            raise LimitExceeded(
                f"More than {MAX_LAMBDAS} any and all stand inside of each other.",
                f"Mehr als {MAX_LAMBDAS} any und all stehen ineinander.",
            )
        body = self.expression()
        self.expect(")")
        self.variables.pop()
        if name == "any":
            return Some(source, variable, body)
        return Call("not", (Some(source, variable, untrue(body)),))

    def _variable(self) -> str:
        """The name before the colon. `d:d/name` was read as one word and is taken apart."""
        word = self.take()
        name, colon, rest = word.text.partition(":")
        if word.kind != "name" or not name.isidentifier():
            raise senseless(self.text, word.at)
        if not colon:
            self.expect(":")
        elif rest:
            begin = word.at + len(name) + 1
            inner = [each._replace(at=begin + each.at) for each in words(rest)[:-1]]
            self.words[self.place : self.place] = inner
        return name

    def _function(self, word: Word) -> Node:
        name = word.text.lower()
        function = FUNCTIONS.get(name)
        if function is None:
            raise InvalidInput(
                f"There is no function “{word.text[:40]}”; there are: {', '.join(FUNCTIONS)}.",
                f"Die Funktion „{word.text[:40]}“ gibt es nicht; es gibt: {', '.join(FUNCTIONS)}.",
            )
        args: list[Node] = []
        if not self.accept(")"):
            args.append(self.expression())
            while self.accept(","):
                args.append(self.expression())
            self.expect(")")
        if not function.least <= len(args) <= len(function.takes):
            raise InvalidInput(
                f"The function {name} takes {len(function.takes)} values, not {len(args)}.",
                f"Zur Funktion {name} gehören {len(function.takes)} Angaben, nicht {len(args)}.",
            )
        return Call(name, tuple(args))


def _balanced(word: str, parts: list[Node]) -> Node:
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return Call(word, (_balanced(word, parts[:half]), _balanced(word, parts[half:])))
