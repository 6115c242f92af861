# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Patterns of fields: regular expressions of ECMA 262, run by Python's engine, kept in bounds.

A backtracking engine can take ages over a short text. Patterns come from people with a role,
texts from anywhere; so the length of a text that a pattern is tried on depends on how many ways
there are to match it: MAX_TEXT, MAX_TEXT_MANY or less for three or more repetitions, and
MAX_TEXT_NESTED or less when what is repeated can itself match in several ways, as in `(a+)+`
and `(a|a)*`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from math import log2

MAX_TEXT = 2_000
MAX_TEXT_MANY = 200
MAX_TEXT_NESTED = 20
ENDLESS = 100  # as many repetitions as this count as without end
MANY_BITS = 20.0  # 2 to this power ways are more than can be tried
STEPS = 30_000_000  # that may be tried when repetitions follow each other

_NAMED = re.compile(r"\(\?<(?=[A-Za-z_])")
_CODE_POINT = re.compile(r"\\u\{([0-9A-Fa-f]{1,6})\}")
_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:P?<\w+>|[:=!]|<[=!]))?|\)"
    r"|[*+?]|\{\d*,?\d*\}|.",
    re.S,
)
_SIGNS = {"*": (0, ENDLESS), "+": (1, ENDLESS), "?": (0, 1)}
_COUNTED = re.compile(r"\{(\d*)(,?)(\d*)\}")


def python_pattern(pattern: str) -> str:
    """The ECMA 262 pattern as Python spells it: named groups and `\\u{…}`."""
    spelled = _NAMED.sub("(?P<", pattern)
    return _CODE_POINT.sub(lambda found: re.escape(chr(int(found[1], 16))), spelled)


@lru_cache(maxsize=1_000)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern ready to use; `\\d`, `\\w` and `\\b` mean ASCII as in ECMA 262. re.error."""
    try:
        return re.compile(python_pattern(pattern), re.ASCII)
    except (ValueError, OverflowError, RecursionError) as error:
        raise re.error(str(error)) from error


@lru_cache(maxsize=1_000)
def longest(pattern: str) -> int:
    """The longest text this pattern is tried on."""
    whole, nested = _weighed(pattern)
    if nested is not None:
        return max(1, int(MAX_TEXT_NESTED / max(1.0, nested)))
    if whole.bits > MANY_BITS:
        return MAX_TEXT_NESTED // 4
    if whole.endless > 2:
        return min(MAX_TEXT_MANY, int(STEPS ** (1 / (whole.endless - 1))))
    return MAX_TEXT_MANY if whole.bits > MANY_BITS / 2 else MAX_TEXT


@dataclass(slots=True)
class _Part:
    """A piece of a pattern.

    `bits` says in how many ways it can match, as a power of 2; `endless` how many endless
    repetitions it holds; `varied` whether there is more than one way.
    """

    bits: float = 0.0
    endless: int = 0
    varied: bool = False


@dataclass(slots=True)
class _Group:
    """An open group: its parts, and its alternatives as far as they are plain text."""

    parts: list[_Part] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=lambda: [""])

    def add(self, part: _Part, text: str | None) -> None:
        """Another part; `text` is the sign it stands for, None when it may be several."""
        self.parts.append(part)
        so_far = self.texts[-1]
        self.texts[-1] = None if so_far is None or text is None else so_far + text

    def closed(self) -> _Part:
        """The group as one part."""
        made = _Part(
            sum(each.bits for each in self.parts),
            sum(each.endless for each in self.parts),
            any(each.varied for each in self.parts),
        )
        if self._ambiguous():
            made.bits, made.varied = made.bits + log2(len(self.texts)), True
        return made

    def _ambiguous(self) -> bool:
        """Whether a text may match two alternatives: not when none begins with another."""
        if len(self.texts) == 1:
            return False
        texts = sorted(each for each in self.texts if each is not None)
        pairs = pairwise(texts)
        return len(texts) < len(self.texts) or any(b.startswith(a) for a, b in pairs)


def _weighed(pattern: str) -> tuple[_Part, float | None]:
    """The whole pattern, and the bits of the worst part that is repeated without end."""
    nested: float | None = None
    stack = [_Group()]
    repeated = True  # a sign after a repetition only says how it is tried
    for sign in _TOKEN.findall(pattern):
        group = stack[-1]
        most = _most(sign)
        if most is not None:
            if not repeated and group.parts:
                part = group.parts[-1]
                if most[1] >= ENDLESS and part.varied:
                    nested = max(nested or 0.0, part.bits)
                _repeat(part, *most)
                group.texts[-1] = None
            repeated = True
            continue
        repeated = False
        if sign[0] == "(":
            stack.append(_Group())
        elif sign == "|":
            group.texts.append("")
        elif sign == ")" and len(stack) > 1:
            stack.pop()
            stack[-1].add(group.closed(), None)
        else:
            group.add(_Part(), sign if len(sign) == 1 and sign != "." else None)
    return _sum(stack), nested


def _sum(stack: list[_Group]) -> _Part:
    while len(stack) > 1:  # a group that is not closed; re refuses it
        stack[-2].add(stack.pop().closed(), None)
    return stack[0].closed()


def _repeat(part: _Part, least: int, most: int) -> None:
    if most >= ENDLESS:
        part.bits, part.endless, part.varied = part.bits + 1, part.endless + 1, True
        return
    part.bits = part.bits * most + log2(max(1, most - least + 1))
    part.endless *= max(1, most)
    part.varied = part.varied or least != most


def _most(token: str) -> tuple[int, int] | None:
    """How often at least and at most a repetition repeats; None for other tokens."""
    if token in _SIGNS:
        return _SIGNS[token]
    found = _COUNTED.fullmatch(token)
    if found is None:
        return None
    low, comma, high = found.groups()
    least = min(int(low or 0), ENDLESS)
    if not comma:
        return least, least
    return least, min(int(high), ENDLESS) if high else ENDLESS
