# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How a text file with a table is written: encoding, separator, quotes, lines above the table.

Looks at bytes and never fails: what cannot be told gets the usual answer (UTF-8, comma).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from msgspec import Struct, field

from allmende.model.sniff.types import Note, note

SAMPLE_CHARS = 400_000
"""Characters looked at to find the separator."""
SAMPLE_ROWS = 300
WIDEST = 4  # bytes of one character at most
STEP = 1 << 20
CELL_LIMIT = 16_000_000
"""Characters in one cell."""
DELIMITERS = (";", "\t", ",", "|")

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_UNDEFINED_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_DOS = re.compile(rb"[A-Za-z][\x81\x84\x94\xe1][a-z]")
_ANSI = re.compile(rb"[A-Za-z][\xe4\xf6\xfc\xdf][a-z]")
_COMMA_NUMBER = re.compile(r"-?\d+,\d+\Z", re.ASCII)
_POINT_NUMBER = re.compile(r"-?\d+\.\d+\Z", re.ASCII)
_TWICE = re.compile(r"Ã[\u0080-\u00bf¤¶¼Ÿ„–œ]")


class Dialect(Struct, frozen=True, kw_only=True):
    """How the table is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    decimal: Literal["", ",", "."] = ""
    skip: int = 0  # lines above the table: titles, comments, `sep=`
    columns: int = 0  # that most rows have
    notes: list[Note] = field(default_factory=list)


def sniff_dialect(data: bytes) -> Dialect:
    """The dialect of the bytes of a file."""
    encoding, notes = _encoding(data)
    text = _decoded(data[: SAMPLE_CHARS * WIDEST], encoding)[:SAMPLE_CHARS]
    notes += _damage(text)
    said = re.match(r"sep=(.)\r?\n", text)
    quote = _quote(text)
    delimiter = said[1] if said else _delimiter(text, quote)
    rows = _sample(text, delimiter, quote)
    skip = 1 if said else _above(rows)
    usual = _usual([len(row) for row in rows[skip:]])
    notes += _ragged(rows[skip:], usual)
    return Dialect(
        encoding=encoding,
        delimiter=delimiter,
        quote=quote,
        decimal=_decimal(rows),
        skip=_lines(text, skip),
        columns=usual,
        notes=notes,
    )


def read_rows(data: bytes, dialect: Dialect) -> Iterator[list[str]]:
    """The rows of the table as text, each as long as it is; empty lines are left out."""
    text = _decoded(data, dialect.encoding)
    lines = islice(io.StringIO(text, newline=""), dialect.skip, None)
    yield from _read(lines, dialect.delimiter, dialect.quote)


def _read(lines: Iterator[str], delimiter: str, quote: str) -> Iterator[list[str]]:
    csv.field_size_limit(max(CELL_LIMIT, csv.field_size_limit()))
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue
        if any(cell.strip() for cell in row):
            yield row


def _encoding(data: bytes) -> tuple[str, list[Note]]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, []
    zeros = data[:2_000].count(0)
    if zeros * 3 > len(data[:2_000]) > 1:
        return ("utf-16-be" if data[:2_000:2].count(0) * 2 > zeros else "utf-16-le"), []
    if _is_utf8(data):
        return "utf-8", []
    name = "latin-1" if _UNDEFINED_1252.search(data) else "cp1252"
    if len(_DOS.findall(data, 0, STEP)) > len(_ANSI.findall(data, 0, STEP)):
        name = "cp850"
    said = note(
        "encoding",
        f"The text is not UTF-8; it is read as {name}. Check the umlauts.",
        f"Der Text ist nicht UTF-8; gelesen als {name}. Bitte Umlaute prüfen.",
    )
    return name, [said]


def _is_utf8(data: bytes) -> bool:
    """Whether all of it is UTF-8; decoded piece by piece, so that no second copy is made."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), STEP):
            decoder.decode(data[at : at + STEP])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(data: bytes, encoding: str) -> str:
    return data.decode(encoding, "replace")


def _damage(text: str) -> list[Note]:
    if "�" in text:
        return [
            note(
                "destroyed-characters",
                "Some characters were destroyed before (�); only the source can give them back.",
                "Manche Zeichen wurden schon früher zerstört (�); nur die Quelle hat sie noch.",
            )
        ]
    if len(_TWICE.findall(text)) > 2:
        return [
            note(
                "twice-encoded",
                "Umlauts look like Ã¤: the text was turned into UTF-8 twice.",
                "Umlaute sehen aus wie Ã¤: Der Text wurde zweimal in UTF-8 gewandelt.",
            )
        ]
    return []


def _quote(text: str) -> str:
    double = text.count('"')
    single = len(re.findall(r"(?:^|[;,\t|])'[^'\n]*'(?=[;,\t|\r\n])", text, re.M))
    return "'" if not double and single > 3 else '"'


def _sample(text: str, delimiter: str, quote: str) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    return list(islice(_read(iter(lines), delimiter, quote), SAMPLE_ROWS))


def _delimiter(text: str, quote: str) -> str:
    """The separator that gives rows of equal length; among those, the longest rows."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        rows = _sample(text, delimiter, quote)
        lengths = [len(row) for row in rows]
        usual = _usual(lengths)
        if usual < 2:
            usual = 0
        equal = sum(each == usual for each in lengths) / max(1, len(lengths))
        several = sum(each > 1 for each in lengths) / max(1, len(lengths))
        score = equal * 4 + several * 2 + min(usual, 40) / 40 + _inner_penalty(rows)
        if usual and score > best_score:
            best, best_score = delimiter, score
    if best_score < 2:  # rows of many lengths: what stands between most cells
        counts = {each: text.count(each) for each in ("\t", ";", "|")}
        often = max(counts, key=lambda each: counts[each])
        best = often if counts[often] > text.count("\n") / 2 else best
    return best


def _inner_penalty(rows: list[list[str]]) -> float:
    """Numbers that still hold a separator say that this one is wrong: `12;3`, `5`."""
    cells = [cell for row in rows for cell in row[:50]]
    torn = sum(bool(re.search(r"\d[;\t|]-?\d", cell)) for cell in cells)
    return -3.0 * torn / max(1, len(cells))


def _usual(lengths: list[int]) -> int:
    return Counter(lengths).most_common(1)[0][0] if lengths else 0


def _above(rows: list[list[str]]) -> int:
    """How many rows at the top are titles or comments and not of the table."""
    usual = _usual([len(row) for row in rows])
    count = 0
    for row, after in zip(rows[:30], [*rows[1:], []], strict=False):
        filled = sum(bool(cell.strip()) for cell in row)
        comment = row[0].lstrip().startswith("#") and filled < max(2, usual)
        narrow = filled * 2 < usual if usual > 2 else len(row) == 1 and len(after) == usual == 2
        title = narrow and len(rows) > 3
        if not comment and not title:
            return count
        count += 1
    return 0 if count == len(rows[:30]) else count


def _lines(text: str, rows: int) -> int:
    """The number of lines that the first rows take, with the empty ones among them."""
    if not rows:
        return 0
    seen = 0
    for number, line in enumerate(io.StringIO(text), 1):
        seen += bool(line.strip(" \t\r\n;,|"))
        if seen == rows:
            return number
    return rows


def _ragged(rows: list[list[str]], usual: int) -> list[Note]:
    odd = sum(len(row) != usual for row in rows)
    if not odd:
        return []
    return [
        note(
            "ragged",
            f"{odd} of {len(rows)} rows do not have {usual} cells.",
            f"{odd} von {len(rows)} Zeilen haben nicht {usual} Zellen.",
        )
    ]


def _decimal(rows: list[list[str]]) -> Literal["", ",", "."]:
    cells = [cell.strip() for row in rows for cell in row]
    commas = sum(bool(_COMMA_NUMBER.match(cell)) for cell in cells)
    points = sum(bool(_POINT_NUMBER.match(cell)) for cell in cells)
    if commas == points:
        return ""
    return "," if commas > points else "."
