# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words of an expression: literals, names, brackets."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.odata.times import read_duration, read_interval, read_time
from allmende.model.sensing.odata.tree import Constant

MAX_LENGTH = 32_000
"""Characters of one expression."""

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+\- ]\d\d:\d\d)?"
_SPAN = r"P(?:\d+W)?(?:\d+D)?(?:T[\dHMS.]+)?"
_WORD = re.compile(
    rf"""\s*(?:
      (?P<typed>(?:geography|geometry|duration|datetime|date|time)'(?:[^']|'')*')
    | (?P<text>'(?:[^']|'')*')
    | (?P<interval>{_TIME}/(?:{_TIME}|{_SPAN}))
    | (?P<time>{_TIME})
    | (?P<date>\d{{4}}-\d\d-\d\d(?![\d-]))
    | (?P<clock>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)
    | (?P<number>[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
    | (?P<name>[@$]?[^\W\d][\w.:@-]*(?:/(?:[@$]?[^\W\d][\w.:@-]*|\d+))*)
    | (?P<sign>[(),:*-])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_PLAIN = {
    "true": Constant("boolean", True),
    "false": Constant("boolean", False),
    "null": Constant("null", None),
}


class Word(NamedTuple):
    """A literal, a name or a sign, and where it stands."""

    kind: str  # constant, name, sign, end
    text: str
    at: int
    value: Any = None


def words(text: str) -> list[Word]:
    """All words, at the end the one of kind `end`. Raises InvalidInput."""
    if len(text) > MAX_LENGTH:
        raise LimitExceeded(
            f"An expression has more than {MAX_LENGTH} characters.",
            f"Ein Ausdruck hat mehr als {MAX_LENGTH} Zeichen.",
        )
    found: list[Word] = []
    at = 0
    while True:
        match = _WORD.match(text, at)
        if match is None or match.lastgroup is None:
            raise senseless(text, at)
        word = _word(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
        found.append(word)
        if word.kind == "end":
            return found
        at = match.end()


def senseless(text: str, at: int) -> InvalidInput:
    """The error that says where an expression stops making sense."""
    rest = text[at : at + 30].strip()
    if not rest:
        return InvalidInput(
            f"The expression “{text[:60]}” is not complete.",
            f"Der Ausdruck „{text[:60]}“ ist unvollständig.",
        )
    return InvalidInput(
        f"The expression makes no sense from position {at + 1} on: “{rest}”.",
        f"Der Ausdruck ist ab Zeichen {at + 1} nicht verständlich: „{rest}“.",
    )


def _word(kind: str, text: str, at: int) -> Word:
    if kind in ("name", "sign", "end"):
        plain = _PLAIN.get(text) if kind == "name" else None
        return Word("constant", text, at, plain) if plain else Word(kind, text, at)
    return Word("constant", text, at, _CONSTANTS[kind](text))


def _inner(text: str) -> str:
    return text[text.index("'") + 1 : -1].replace("''", "'")


def _typed(text: str) -> Constant:
    name, inner = text[: text.index("'")], _inner(text)
    if name == "duration":
        return Constant("duration", read_duration(inner))
    if name == "datetime":
        return Constant("time", read_time(inner))
    if name == "date":
        return Constant("date", inner)
    if name == "time":
        return _clock(inner)
    return Constant("geometry", read_wkt(inner))


def read_wkt(text: str) -> bytes:
    """A geometry in well-known text as WKB, longitude before latitude. Raises InvalidInput."""
    import numpy as np
    import shapely

    text = text.strip()
    if text[:5].upper() == "SRID=":
        text = text.partition(";")[2]
    wrong = InvalidInput(
        f"“{text[:60]}” is no geometry; write for example POINT(11.58 50.93).",
        f"„{text[:60]}“ ist keine Geometrie; zum Beispiel POINT(11.58 50.93).",
    )
    try:
        with np.errstate(all="ignore"):
            shape = shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        raise wrong from error
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise wrong
    found: bytes = shapely.to_wkb(shapely.force_2d(shape), byte_order=1)
    return found


def _number(text: str) -> Constant:
    whole = text.lstrip("+-").isdigit()
    found = int(text) if whole and len(text) < 19 else float(text)
    if found in (float("inf"), float("-inf")):
        raise InvalidInput(f"The number {text[:40]} is too large.", f"{text[:40]} ist zu groß.")
    return Constant("number", found)


def _clock(text: str) -> Constant:
    clock, _, fraction = text.partition(".")
    full = clock if clock.count(":") == 2 else f"{clock}:00"
    fraction = fraction.rstrip("0")
    return Constant("clock", f"{full}.{fraction}" if fraction else full)


_CONSTANTS: dict[str, Any] = {
    "typed": _typed,
    "text": lambda text: Constant("text", _inner(text)),
    "interval": lambda text: Constant("interval", read_interval(text)),
    "time": lambda text: Constant("time", read_time(text)),
    "date": lambda text: Constant("date", text),
    "clock": _clock,
    "number": _number,
}
