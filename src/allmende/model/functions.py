# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The functions of filter expressions besides the operators of CQL2 itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from allmende.model.document import Text
from allmende.model.fold import accenti, casei

Kind = Literal["text", "number", "time"]


class Function(Struct, frozen=True):
    """A function of one argument; a missing value gives a missing value."""

    takes: Kind  # time: a date or a moment
    gives: Kind
    run: Callable[[Any], Any]
    title: Text


FUNCTIONS: dict[str, Function] = {
    "casei": Function(
        "text",
        "text",
        casei,
        {"en": "text regardless of case", "de": "Text ohne Groß und Klein"},
    ),
    "accenti": Function(
        "text", "text", accenti, {"en": "text without accents", "de": "Text ohne Akzente"}
    ),
    "length": Function(
        "text", "number", len, {"en": "number of characters", "de": "Anzahl der Zeichen"}
    ),
    "abs": Function("number", "number", abs, {"en": "absolute value", "de": "Betrag"}),
    "floor": Function("number", "number", math.floor, {"en": "rounded down", "de": "abgerundet"}),
    "ceil": Function("number", "number", math.ceil, {"en": "rounded up", "de": "aufgerundet"}),
    "year": Function("time", "number", lambda it: int(it[:4]), {"en": "year", "de": "Jahr"}),
    "month": Function("time", "number", lambda it: int(it[5:7]), {"en": "month", "de": "Monat"}),
    "day": Function(
        "time", "number", lambda it: int(it[8:10]), {"en": "day of the month", "de": "Tag im Monat"}
    ),
}
