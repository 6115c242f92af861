# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Texts without their case or their accents: one rule for Python and both engines.

The steps are ones that SQL can take as well (see store/functions): normalise (Unicode NFKC),
small letters, `ß` to `ss`, final sigma to sigma; or decompose, drop combining marks, strokes
to plain letters, compose. Marks that are no accents, such as the Japanese ones, stay.
"""

from __future__ import annotations

import re
from unicodedata import normalize

MARKS = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
"""Regular expression for one combining diacritical mark."""
STROKES = ("ØøŁłĐđĦħŦŧ", "OoLlDdHhTt")
"""Letters with a stroke, which Unicode does not decompose, and the plain ones."""
SIGMA = ("ς", "σ")

_MARK = re.compile(MARKS)
_STROKES = str.maketrans(*STROKES)


def casei(text: str) -> str:
    """The text without the difference of large and small letters."""
    if text.isascii():
        return text.lower()
    small = normalize("NFKC", text).lower().replace("ß", "ss").replace(*SIGMA)
    return normalize("NFKC", small)


def accenti(text: str) -> str:
    """The text without accents and other diacritical marks."""
    if text.isascii():
        return text
    bare = _MARK.sub("", normalize("NFKD", text)).translate(_STROKES)
    return normalize("NFKC", bare)
