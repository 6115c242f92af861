# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Results as sources write them, read as the type of their stream."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from allmende.core.sensing.importing_types import Text, short
from allmende.model.coerce_numbers import read_number
from allmende.model.sensing.observation import Flag, Result
from allmende.model.unreadable import Unreadable

LONGEST_TEXT = 1_000
NOTHING = frozenset(("", "-", "--", "---", "null", "none", "n/a", "na", "nan", "k.a.", "k. a."))
_TRUE = frozenset(("true", "1", "yes", "ja", "on", "wahr", "t", "an"))
_FALSE = frozenset(("false", "0", "no", "nein", "off", "falsch", "f", "aus"))

Read = Callable[[Any], Result]


class NoValue(ValueError):
    """What stands there is no result of this type; `text` says why."""

    def __init__(self, en: str, de: str) -> None:
        super().__init__(en)
        self.text: Text = {"en": en, "de": de}


def number(decimal: str, code: str = "") -> Read:
    """Reads numbers written with this decimal sign (empty: a point), also with their unit."""

    def read(given: Any) -> float:
        try:
            found = _plain(given, decimal)
        except ValueError:
            found = _written(given, decimal, code)
        if not math.isfinite(found):
            raise NoValue(
                f"“{short(given)}” is not finite.", f"„{short(given)}“ ist nicht endlich."
            )
        return found

    return read


def _plain(given: Any, decimal: str) -> float:
    if isinstance(given, str):
        if "_" in given:
            raise ValueError(given)
        return float(given.replace(",", ".") if decimal == "," and "." not in given else given)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError(given)  # noqa: TRY004 - one kind of error for all
    return float(given)


def _written(given: Any, decimal: str, code: str) -> float:
    try:
        return float(
            read_number(given.strip() if isinstance(given, str) else given, decimal or ".", code)
        )
    except (Unreadable, OverflowError):
        raise _wrong(given, "a number", "keine Zahl") from None


def count(decimal: str, code: str = "") -> Read:
    """Reads whole numbers, also such as 3.0."""
    inner = number(decimal, code)

    def read(given: Any) -> int:
        found = inner(given)
        if not isinstance(found, float) or not found.is_integer():
            raise _wrong(given, "a whole number", "keine ganze Zahl")
        return int(found)

    return read


def text(given: Any) -> str:
    """Reads a text; a number becomes one."""
    if isinstance(given, list | dict) or given is None:
        raise _wrong(given, "a text", "kein Text")
    found = str(given).strip()
    if len(found) > LONGEST_TEXT or "\0" in found:
        raise NoValue(
            f"The text has more than {LONGEST_TEXT} characters.",
            f"Der Text hat mehr als {LONGEST_TEXT} Zeichen.",
        )
    return found


def truth(given: Any) -> bool:
    """Reads true or false, ja or nein, 1 or 0."""
    form = str(given).strip().casefold()
    if form in _TRUE or form in _FALSE:
        return form in _TRUE
    raise _wrong(given, "true or false", "weder wahr noch falsch")


def reader(kind: str, decimal: str, code: str) -> Read:
    """The reader of a type of stream."""
    if kind in ("number", "count"):
        return number(decimal, code) if kind == "number" else count(decimal, code)
    return text if kind == "text" else truth


FLAGS = {
    "unchecked": Flag.UNCHECKED,
    "good": Flag.GOOD,
    "suspect": Flag.SUSPECT,
    "bad": Flag.BAD,
    "interpolated": Flag.INTERPOLATED,
}


def _wrong(given: Any, en: str, de: str) -> NoValue:
    return NoValue(f"“{short(given)}” is not {en}.", f"„{short(given)}“ ist {de}.")
