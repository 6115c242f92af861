# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Numbers as people write them: 1.234,5 and 1,234.5, with their unit or without."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

from allmende.model.units import is_unit
from allmende.model.unreadable import Unreadable, quoted

MAX_DIGITS = 300
"""Characters of a number."""

_PLAIN = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\s?(?P<digits>\d[\d.,'’ \u00a0\u202f\u2009]*|[.,]\d+)"
    r"(?P<exponent>[eE][+-]?\d{1,3})?\s*(?P<unit>\D.{0,40})?\Z",
    re.ASCII | re.S,
)
_MONEY = re.compile(r"([+-]?)\s?(€|EUR|Euro)\s?(?=[+-]?[\d.,])", re.I)
_WHOLE_EURO = re.compile(r"(?<=\d)[.,]\s?-{1,2}(?=\s?(?:€|EUR|Euro)?\Z)", re.I)
_MINUS = str.maketrans("−–", "--")


def read_number(cell: Any, decimal: str, unit: str) -> int | float:
    """The number in a cell. Raises Unreadable when it is none or may be two."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < 1e300:
        return cell
    if not isinstance(cell, str) or len(cell) > MAX_DIGITS:
        raise _no_number(cell)
    if decimal == "." and _PLAIN.match(cell):
        return _made(cell, "")
    found = _NUMBER.match(_bare(cell.translate(_MINUS), unit))
    if found is None:
        raise _no_number(cell)
    written = (found["unit"] or "").strip()
    if written and not is_unit(written, unit):
        raise _other_unit(cell, written, unit)
    digits = found["digits"].strip()
    return _made(found["sign"] + _joined(digits, decimal, cell), found["exponent"] or "")


def _bare(cell: str, unit: str) -> str:
    """Money without the currency in front, and without the dash for no cents: `€ 12,-`."""
    before = _MONEY.match(cell)
    if before:
        if not is_unit(before[2], unit):
            raise _other_unit(cell, before[2], unit)
        cell = before[1] + cell[before.end() :]
    return _WHOLE_EURO.sub("", cell) if unit == "EUR" else cell


def _made(digits: str, exponent: str) -> int | float:
    if exponent or "." in digits or "e" in digits.lower():
        found = float(digits + exponent)
        if isfinite(found):
            return found
        raise _no_number(digits + exponent)
    return int(digits)


def _joined(digits: str, decimal: str, cell: str) -> str:
    """The digits with a point for the decimal sign and nothing between thousands."""
    mark = decimal or _decimal_mark(digits, cell)
    whole, _, fraction = digits.partition(mark) if mark else (digits, "", "")
    if not fraction.isdecimal() and fraction:
        raise _no_number(cell)
    if not whole.isdecimal() and whole:
        whole = _ungrouped(whole, cell)
    return f"{whole or '0'}.{fraction}" if fraction or (mark and mark in digits) else whole


def _ungrouped(whole: str, cell: str) -> str:
    """The digits without the one sign that parts them in groups of three."""
    signs = {each for each in whole if not each.isdecimal()}
    first, *groups = re.split(r"\D", whole)
    if len(signs) != 1 or not 1 <= len(first) <= 3 or any(len(each) != 3 for each in groups):
        raise _no_number(cell)
    return first + "".join(groups)


def _decimal_mark(digits: str, cell: str) -> str:
    """The decimal sign when nobody has said it: only where one reading is possible."""
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        last = max(".,", key=digits.rfind)
        return last if digits.count(last) == 1 else ""
    if points + commas != 1:
        return ""
    mark = "." if points else ","
    whole, _, fraction = digits.partition(mark)
    if len(fraction) == 3 and 1 <= len(whole) <= 3 and whole.isdecimal() and whole != "0":
        raise Unreadable(
            "ambiguous-number",
            f"{quoted(cell)} can be a thousand times larger: say whether the decimal sign "
            "is a comma or a point.",
            f"{quoted(cell)} kann tausendmal größer sein: bitte angeben, ob Komma oder Punkt "
            "das Dezimalzeichen ist.",
        )
    return mark


def _no_number(cell: Any) -> Unreadable:
    return Unreadable(
        "not-a-number", f"{quoted(cell)} is no number.", f"{quoted(cell)} ist keine Zahl."
    )


def _other_unit(cell: str, written: str, unit: str) -> Unreadable:
    wanted = unit or "-"
    return Unreadable(
        "other-unit" if unit else "not-a-number",
        f"{quoted(cell)}: after the number stands {quoted(written)}, the unit is {wanted}.",
        f"{quoted(cell)}: hinter der Zahl steht {quoted(written)}, die Einheit ist {wanted}.",
    )
