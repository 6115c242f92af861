# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whether the first row of a table names the columns or is data already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time
from typing import Any

_NAME = re.compile(r"[\w\-./ ()\[\]%°²³:,+&#*ß€µ]{1,80}\Z")
_IDENTIFIER = re.compile(r"[a-z]\w*(,[A-Z](,\d+){0,2})?\Z|[A-Z][A-Z0-9_ ]{1,30}\Z")
_NUMBER = re.compile(r"[+-]?[\d.,]*\d\s?%?\Z", re.ASCII)
_VALUE = re.compile(
    r"(?:€|EUR|Euro)?\s?[+\-−]?[\d.,\u00a0]*\d(?:[.,][-–]{1,2})?\s?"
    r"(?:%|€|EUR|Euro|[a-zA-Zµ]{1,3}[²³]?)?\Z|"
    r"(?:\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})(?:[T ]\d\d:\d\d.*)?\Z",
    re.ASCII,
)
_PERIOD = re.compile(r"(\d\d\.\d\d\.)?(19|20)\d\d\Z", re.ASCII)
_TELLING = re.compile(
    r"name|nummer|strasse|straße|datum|jahr|anzahl|bezeichnung|typ|\bart\b|plz|\bort\b|id\b|stand|"
    r"stadtteil|bezirk|gebiet|bemerk|hinweis|adresse|kategorie|titel|title|label|\bnr\b|"
    r"wert|lon|lat|geom|wkt|beschreibung|betreiber|grad|date|time|street|type|value|count|code|status",
    re.I,
)


def has_header(rows: Sequence[Sequence[Any]]) -> bool:
    """True when the first row looks unlike the rows below it."""
    if not rows:
        return False
    first, rest = rows[0], rows[1:200]
    cells = _without_tail(first)
    if not cells or any(not _may_name(cell) for cell in cells):
        return False
    if not rest:
        return all(isinstance(cell, str) and not _NUMBER.match(cell.strip()) for cell in cells)
    words = [str(cell).strip() for cell in cells]
    if len({word.casefold() for word in words if word}) < sum(bool(word) for word in words) * 0.7:
        return False
    votes = sum(_vote(at, word, rest) for at, word in enumerate(words))
    telling = sum(bool(_TELLING.search(word)) for word in words)
    plain = sum(bool(_IDENTIFIER.match(word)) for word in words)
    return votes + telling * 0.7 + plain * 0.4 > 0.25 * len(words)


def _without_tail(row: Sequence[Any]) -> list[Any]:
    cells = list(row)
    while cells and (cells[-1] is None or not str(cells[-1]).strip()):
        cells.pop()
    return cells


def _may_name(cell: Any) -> bool:
    """Whether a cell can be a heading at all: short text, no number unless it is a year."""
    if cell is None:
        return True
    if isinstance(cell, bool | date | time):
        return False
    text = str(cell).strip().removesuffix(".0")
    if _PERIOD.match(text):
        return True
    return (
        isinstance(cell, str)
        and not _NUMBER.match(text)
        and (not text or (bool(_NAME.match(" ".join(text.split()))) and "://" not in text))
    )


def _vote(at: int, word: str, rest: Sequence[Sequence[Any]]) -> float:
    """For a heading: below it stand numbers or dates. Against: the same word comes again."""
    below = [row[at] for row in rest if at < len(row) and row[at] is not None]
    texts = [str(cell).strip() for cell in below if str(cell).strip()]
    if not texts:
        return 0.0
    if word and word in texts:
        return -2.0
    numbers = sum(bool(_VALUE.match(each)) for each in texts)
    if numbers > 0.8 * len(texts) and not _PERIOD.match(word):
        return 1.0
    if numbers > 0.8 * len(texts):
        return 0.5
    return 0.0
