# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Patterns of fields: regular expressions of ECMA 262, run by Python's engine, kept in bounds.

A backtracking engine can take ages over a short text. Patterns come from people with a role,
texts from anywhere; so the length of a text that a pattern is tried on depends on how often
the pattern repeats without end: MAX_TEXT, MAX_TEXT_MANY for three or more repetitions, and
MAX_TEXT_NESTED when one lies inside another, as in `(a+)+`.
"""

from __future__ import annotations

import re
from functools import lru_cache

MAX_TEXT = 2_000
MAX_TEXT_MANY = 200
MAX_TEXT_NESTED = 20

_NAMED = re.compile(r"\(\?<(?=[A-Za-z_])")
_CODE_POINT = re.compile(r"\\u\{([0-9A-Fa-f]{1,6})\}")
_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:P?<\w+>|[:=!]|<[=!]))?|\)"
    r"|[*+]|\{\d*,?\d*\}|.",
    re.S,
)


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
    nested, count = _repetitions(pattern)
    if nested:
        return MAX_TEXT_NESTED
    return MAX_TEXT_MANY if count > 2 else MAX_TEXT


def _repetitions(pattern: str) -> tuple[bool, int]:
    """Whether an endless repetition lies in another one, and how many there are."""
    nested, count = False, 0
    last = False  # whether the atom just read holds a repetition
    stack = [False]  # for each open group: whether it holds one
    for part in _TOKEN.findall(pattern):
        if part[0] == "(":
            stack.append(False)
            last = False
        elif part == ")":
            last = stack.pop() if len(stack) > 1 else False
            stack[-1] = stack[-1] or last
        elif part in ("*", "+") or re.fullmatch(r"\{\d*,\}|\{\d*,?\d{3,}\}", part):
            nested = nested or last
            count += 1
            stack[-1] = True
        else:
            last = False
    return nested, count
