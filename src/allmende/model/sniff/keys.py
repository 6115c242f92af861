# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which fields name a row, which a person knows it by, which are code lists, which say when."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from allmende.model.document import Code, Field, FieldType, Text, ValidTime
from allmende.model.sniff.taking import Column
from allmende.model.sniff.types import Note, note

MAX_CODES = 40
"""Entries of a code list that is proposed."""
CODE_LENGTH = 60
FEW_ROWS = 30
"""Tables with fewer rows tell nothing about keys by value and code lists."""

_KEY = re.compile(
    r"(.*_)?(id|gid|fid|uid|oid|uuid|guid|objectid|ident\w*|kennung|key|schluessel|nr|nummer|"
    r"number|code|ags|ars|gml_?id|globalid|eui|dev_?eui|isil|\w*nummer|\w+_?id)(_\d)?\Z"
)
_STRONG = re.compile(r"(objectid|gid|fid|id|uuid|guid|uid|global_?id|gml_?id|kennung|ident)\Z")
_LABEL = re.compile(r"(name|bezeichnung|bez|titel|title|label|stop_name|.*_name|bezeichner)\Z")
_CATEGORY = re.compile(
    r"(art|typ|type|kind|status|klasse|class|stufe|kategorie|category|gruppe|group|vitalitaet|"
    r"zustand|geschlecht)\Z|schluessel|code"
)
_PLACES = re.compile(r"plz|postleit|postcode|(^|_)(ort|strasse|street|stadt|city|town)\Z")
_START = re.compile(
    r"(gueltig_(von|ab|seit)|von|beginn|start(_?datum|_?date)?|ab|seit|from|begin)\Z"
)
_END = re.compile(r"(gueltig_bis|bis|ende|end(_?datum|_?date)?|to|until)\Z")
_WHEN = re.compile(
    r"(datum|date|zeit|time|timestamp|zeitpunkt|zeitstempel|messzeit|datetime|tag)\Z"
)
_KEY_TYPES = (FieldType.STRING, FieldType.INTEGER, FieldType.URI)


def key_of(columns: Sequence[Column], headed: bool) -> tuple[list[str], list[Note]]:
    """The fields that name a row, best guess first, and what else could."""
    unique = [each for each in columns if _unique(each)]
    named = [each for each in unique if _KEY.match(each.name)]
    if named:
        best = min(named, key=lambda each: (not _STRONG.match(each.name), each.index))
        others = [each.name for each in unique if each is not best][:4]
        return [best.name], [_chosen(best.name, others)]
    first = columns[0] if columns else None
    enough = first is not None and len(first.cells) >= FEW_ROWS
    if first in unique and (not headed or enough) and _short(first):
        return [first.name], [_chosen(first.name, [])]
    pair = _pair(columns)
    if pair:
        return [], [_together(pair)]
    return [], [_no_key()]


def _short(column: Column) -> bool:
    return max((len(str(cell)) for cell in column.cells), default=0) <= 40


def _unique(column: Column) -> bool:
    values = column.values
    dated = column.type in (FieldType.DATE, FieldType.DATETIME) and _WHEN.match(column.name)
    if not (column.type in _KEY_TYPES or dated) or column.missing or len(values) < 2:
        return False
    return len({str(each) for each in values}) == len(column.cells) and _short(column)


def _pair(columns: Sequence[Column]) -> tuple[str, str] | None:
    """Two columns that are unique together, in a table large enough to say so."""
    kinds = (*_KEY_TYPES, FieldType.YEAR, FieldType.DATE, FieldType.DATETIME)
    usable = [
        each
        for each in columns
        if each.type in kinds and not each.missing and len(each.values) >= FEW_ROWS and _short(each)
    ][:6]
    for at, one in enumerate(usable):
        for other in usable[at + 1 :]:
            if len(one.values) == len(other.values):
                pairs = set(zip(map(str, one.values), map(str, other.values), strict=True))
                if len(pairs) == len(one.values):
                    return one.name, other.name
    return None


def label_of(columns: Sequence[Column]) -> str:
    """The field a person knows a row by, "" when none is named so."""
    texts = [each for each in columns if each.type is FieldType.STRING]
    return next((each.name for each in texts if _LABEL.match(each.name)), "")


def time_of(columns: Sequence[Column]) -> ValidTime | None:
    """The fields that say when a row is true."""
    kinds = (FieldType.DATE, FieldType.DATETIME, FieldType.YEAR)
    dated = [each.name for each in columns if each.type in kinds]
    start = next((each for each in dated if _START.match(each)), "")
    end = next((each for each in dated if _END.match(each)), "")
    if start or end:
        return ValidTime(start=start, end=end)
    when = next((each for each in dated if _WHEN.match(each)), "")
    return ValidTime(start=when, end=when) if when else None


def codes_of(column: Column, rows: int) -> tuple[list[Code], list[Note]]:
    """The code list of a column with few values that come again and again."""
    if _PLACES.search(column.name):
        return [], []
    whole = column.type is FieldType.INTEGER
    if column.type is not FieldType.STRING and not (whole and _CATEGORY.search(column.name)):
        return [], []
    values = column.values
    counts = Counter(values)
    few = len(counts) <= min(MAX_CODES, max(5, rows // 10))
    if len(values) < FEW_ROWS or not few or len(counts) < 2:
        return [], []
    if any(len(str(each)) > CODE_LENGTH for each in counts):
        return [], []
    ordered = sorted(counts, key=lambda value: (isinstance(value, str), value))
    return [Code(code=each) for each in ordered], [
        note(
            "codes",
            f"Only {len(counts)} different values: an open code list is proposed.",
            f"Nur {len(counts)} verschiedene Werte: vorgeschlagen ist eine offene Codeliste.",
            on=column.name,
        )
    ]


def spread_out(fields: Sequence[Field], headers: Sequence[str]) -> list[Note]:
    """A note for tables whose columns are years or days."""
    form = re.compile(r"\s*(\d\d\.\d\d\.)?(19|20)\d\d(-\d\d(-\d\d)?)?\s*\Z")
    dated = [each for each in headers if form.match(each)]
    if len(dated) < 3:
        return []
    return [
        note(
            "wide-table",
            f"{len(dated)} columns are years or days ({dated[0]} … {dated[-1]}): one row for each "
            "of them, with a column for the time, is easier to use.",
            f"{len(dated)} Spalten sind Jahre oder Tage ({dated[0]} … {dated[-1]}): besser je eine "
            "Zeile mit einer Spalte für die Zeit.",
        )
    ]


def _chosen(name: str, others: list[str]) -> Note:
    also: Text = {"en": "", "de": ""}
    if others:
        listed = ", ".join(others)
        also = {"en": f" Unique too: {listed}.", "de": f" Auch eindeutig: {listed}."}
    return note(
        "key",
        f"“{name}” is never empty and never twice: proposed as key.{also['en']}",
        f"„{name}“ ist nie leer und nie doppelt: als Schlüssel vorgeschlagen.{also['de']}",
        on=name,
    )


def _together(pair: tuple[str, str]) -> Note:
    return note(
        "key-pair",
        f"No column alone names a row; “{pair[0]}” and “{pair[1]}” together do in these rows.",
        f"Keine Spalte allein ist eindeutig; „{pair[0]}“ und „{pair[1]}“ zusammen sind es hier.",
    )


def _no_key() -> Note:
    return note(
        "no-key",
        "No column names a row: without a key, rows cannot be matched when the file comes again.",
        "Keine Spalte ist eindeutig: Ohne Schlüssel ist beim nächsten Mal keine Zeile zuzuordnen.",
    )
