# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Solr's query syntax, as `q` and `fq` of CKAN use it, as a tree of conditions.

Fields and values, quotes, AND OR NOT && || ! + -, brackets, ranges, wildcards; the operator
between two conditions is AND, as CKAN sets it. Boosts (`^2`), fuzziness and nearness (`~1`)
are read and left out. Local parameters (`{!…}`) and nested queries are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from allmende.errors import InvalidInput
from allmende.model.filter import Everything, Filter, Not, Nothing, all_of, any_of

MAX_LENGTH = 8_000  # characters
MAX_DEPTH = 20
MAX_TERMS = 500


class Term(Struct, frozen=True):
    """One condition: `field:value`; `""` is the field of bare words.

    `text` is without escapes; in `pattern` a `*` or `?` that was not escaped stands for any
    text or character, and is None when there is none or the text is quoted.
    """

    field: str
    text: str
    pattern: str | None = None
    quoted: bool = False


class Between(Struct, frozen=True):
    """`field:[low TO high]`; None is an open end."""

    field: str
    low: str | None
    high: str | None
    low_in: bool = True
    high_in: bool = True


Leaf = Term | Between
Meaning = Callable[[Leaf], Filter]

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<local>\{!)
  | (?P<open>\()
  | (?P<close>\))
  | (?P<span>[\[{]\s*(?P<low>"(?:[^"\\]|\\.)*"|[^\s\]}]+)\s+TO\s+
      (?P<high>"(?:[^"\\]|\\.)*"|[^\s\]}]+)\s*[\]}])
  | (?P<logic>(?:AND|OR|NOT)(?=[\s(]|$)|&&|\|\||!)
  | (?P<sign>[+-])
  | (?P<field>(?:[^\s:()\[\]{}"\\+!^~*?/-]|\\.)(?:[^\s:()\[\]{}"\\^~*?]|\\.)*):
  | (?P<all>\*:\*)
  | (?P<quoted>"(?:[^"\\]|\\.)*")(?:~\d+)?
  | (?P<word>(?:[^\s()\[\]{}"\\^~:]|\\.|:(?!\s))+)
  | (?P<weight>[\^~][\d.]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_VALUE = re.compile(r"""(?P<word>(?:[^\s()\[\]{}"\\^~]|\\.)+)""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class _Token(Struct, frozen=True):
    kind: str
    text: str
    leaf: Leaf | None = None


def parse(text: str, meaning: Meaning) -> Filter:
    """The condition a query stands for; `meaning` turns its parts into conditions.

    Raises InvalidInput with the place where the syntax breaks.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidInput(
            f"The query is longer than {MAX_LENGTH} characters.",
            f"Die Abfrage ist länger als {MAX_LENGTH} Zeichen.",
        )
    return _Parser(_tokens(text), meaning).whole()


def is_plain(text: str) -> bool:
    """Whether a text has words, quotes and signs only: nothing that names fields or groups."""
    try:
        kinds = {token.kind for token in _tokens(text)}
    except InvalidInput:
        return True
    return kinds <= {"word", "quoted", "sign", "weight"}


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match and match.lastgroup == "field" and found and found[-1].kind == "field":
            match = _VALUE.match(text, place)  # a time or an address may have colons
        kind = match.lastgroup if match else None
        if match is None or kind is None or kind == "local":
            raise _broken(text, place)
        if kind in ("low", "high"):
            kind = "span"
        if kind != "space":
            found.append(_token(kind, match))
        place = match.end()
        if len(found) > 4 * MAX_TERMS:
            raise _too_many()
    return found


def _token(kind: str, match: re.Match[str]) -> _Token:
    given = match.groupdict()
    if kind == "span":
        low, high = (_end(match[name]) for name in ("low", "high"))
        text = match["span"]
        span = Between("", low, high, text[0] == "[", text[-1] == "]")
        return _Token("span", text, span)
    if kind == "quoted":
        text = given["quoted"]
        return _Token("quoted", text, Term("", _plain(text[1:-1]), None, True))
    if kind == "word":
        word = match.group()
        bare = _ESCAPED.sub("", word)
        pattern = word if "*" in bare or "?" in bare else None
        return _Token("word", word, Term("", _plain(word), pattern))
    return _Token(kind, given.get("field") or match.group())


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _end(text: str) -> str | None:
    if text == "*":
        return None
    return _plain(text[1:-1] if text.startswith('"') else text)


class _Parser:
    """Reads tokens from left to right; a field stands for all within its brackets."""

    def __init__(self, tokens: list[_Token], meaning: Meaning) -> None:
        self.tokens, self.place, self.terms = tokens, 0, 0
        self.meaning = meaning

    def whole(self) -> Filter:
        found = self.any("", 1)
        if self.place < len(self.tokens):
            raise _unexpected(self.tokens[self.place])
        return found

    def kind(self) -> str:
        return self.tokens[self.place].kind if self.place < len(self.tokens) else ""

    def takes(self, *words: str) -> bool:
        """Whether the next token is this operator; then it is passed over."""
        if self.kind() == "logic" and self.tokens[self.place].text in words:
            self.place += 1
            return True
        return False

    def any(self, field: str, depth: int) -> Filter:
        parts = [self.all(field, depth)]
        while self.takes("OR", "||"):
            parts.append(self.all(field, depth))
        return any_of(*parts)

    def all(self, field: str, depth: int) -> Filter:
        parts = []
        while self.kind() not in ("", "close"):
            if self.kind() == "logic" and self.tokens[self.place].text in ("OR", "||"):
                break
            parts.append(self.one(field, depth))
            self.takes("AND", "&&")
        if not parts and depth > 1:
            raise InvalidInput("A pair of brackets is empty.", "Ein Klammerpaar ist leer.")
        return all_of(*parts)

    def one(self, field: str, depth: int) -> Filter:
        turned = False
        while self.kind() in ("sign", "logic"):
            token = self.tokens[self.place]
            if token.text in ("AND", "&&", "OR", "||"):
                raise _unexpected(token)
            turned ^= token.text in ("-", "NOT", "!")
            self.place += 1
        found = self.part(field, depth)
        return Not(found) if turned else found

    def part(self, field: str, depth: int) -> Filter:
        if self.place >= len(self.tokens):
            raise InvalidInput("The query ends too early.", "Die Abfrage endet zu früh.")
        token = self.tokens[self.place]
        self.place += 1
        found = self._part(token, field, depth)
        while self.kind() == "weight":
            self.place += 1
        return found

    def _part(self, token: _Token, field: str, depth: int) -> Filter:
        if depth > MAX_DEPTH:
            raise InvalidInput(
                f"The query is nested deeper than {MAX_DEPTH} levels.",
                f"Die Abfrage ist tiefer als {MAX_DEPTH} Ebenen geschachtelt.",
            )
        if token.kind == "all":
            return Everything()
        if token.kind == "field":
            return self.part(_plain(token.text), depth + 1)
        if token.kind == "open":
            found = self.any(field, depth + 1)
            if self.kind() != "close":
                raise InvalidInput("A bracket is not closed.", "Eine Klammer ist nicht zu.")
            self.place += 1
            return found
        if token.leaf is None:
            raise _unexpected(token)
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise _too_many()
        return self.leaf(token.leaf, field)

    def leaf(self, leaf: Leaf, field: str) -> Filter:
        if field == "*":
            return Everything() if isinstance(leaf, Term) and leaf.text == "*" else Nothing()
        if isinstance(leaf, Between):
            return self.meaning(Between(field, leaf.low, leaf.high, leaf.low_in, leaf.high_in))
        return self.meaning(Term(field, leaf.text, leaf.pattern, leaf.quoted))


def _broken(text: str, place: int) -> InvalidInput:
    if text.startswith("{!", place):
        return InvalidInput(
            "Local parameters ({!…}) are not supported.",
            "Lokale Parameter ({!…}) gibt es nicht.",
        )
    shown = text[place : place + 20]
    return InvalidInput(
        f"The query cannot be read at “{shown}” (character {place + 1}).",
        f"Die Abfrage ist bei „{shown}“ nicht lesbar (Zeichen {place + 1}).",
    )


def _unexpected(token: _Token) -> InvalidInput:
    return InvalidInput(
        f"“{token.text[:20]}” stands where a condition is expected.",
        f"„{token.text[:20]}“ steht dort, wo eine Bedingung erwartet wird.",
    )


def _too_many() -> InvalidInput:
    return InvalidInput(
        f"The query has more than {MAX_TERMS} conditions.",
        f"Die Abfrage hat mehr als {MAX_TERMS} Bedingungen.",
    )
