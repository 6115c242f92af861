# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A property of all rows as a column: each different value is encoded once.

A `Column` has few values and a code per row. A `Wide` one, such as the id, has another value
in nearly every row; its encoded values are the rows of a matrix of bytes.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from allmende.projections.tiles.wire import varint

TEXT = 0x0A  # what the value of a text begins with
NULL = 0  # the code of a missing value
SMALL = 16  # as many different values go into every tile without looking which are needed
SHARE = 8  # … or when there are so many times more features than values
WIDE_FROM = 256  # rows; in smaller collections every column has codes
LONG = 200  # characters: a field with longer texts is not carried
WIDEST = 64  # bytes of a value in a matrix


class Picked(NamedTuple):
    """The values of some rows: a number per row, whether there is one, the encoded values."""

    numbers: Any
    present: Any
    amount: int
    values: bytes


class Column:
    """Codes of the rows (int32, 0 is missing) and the encoded value of each code."""

    def __init__(self, name: str, codes: Any, values: list[bytes], known: dict[Any, int]) -> None:
        self.name = name
        self.codes = codes
        self.values = values  # values[0] stands for nothing
        self.known = known

    @property
    def nbytes(self) -> int:
        """Memory in bytes, about."""
        return int(self.codes.nbytes) + sum(map(len, self.values)) + 200 * len(self.values)

    def ordered(self, order: Any) -> Column:
        """The same with the rows in another order."""
        return Column(self.name, self.codes[order], self.values, self.known)

    def extended(self, cells: Sequence[Any]) -> Column:
        """This column with more rows. Codes of the rows so far stay as they are."""
        import numpy as np

        values, known = list(self.values), dict(self.known)
        added = np.array([_code(cell, values, known) for cell in cells], np.int32)
        return Column(self.name, np.concatenate([self.codes, added]), values, known)

    def pick(self, rows: Any) -> Picked:
        """The values of some rows, numbered within them."""
        import numpy as np

        codes = self.codes.take(rows)
        present = codes != NULL
        count = len(self.values) - 1
        if count <= max(SMALL, len(codes) // SHARE):
            return Picked(codes - 1, present, count, b"".join(self.values))
        numbers = np.arange(len(codes), dtype=np.int32)
        owner_of = np.empty(count + 1, np.int32)
        owner_of[codes] = numbers  # whoever has the value last stands for it
        owner = owner_of[codes]
        first = (owner == numbers) & present
        rank = np.cumsum(first, dtype=np.int32) - 1
        chosen = codes[first].tolist()
        return Picked(
            rank[owner], present, len(chosen), b"".join([self.values[code] for code in chosen])
        )


class Wide:
    """One encoded value per row, padded to one length where that is possible."""

    def __init__(self, name: str, matrix: Any, lengths: Any) -> None:
        self.name = name
        self.matrix = matrix
        self.lengths = lengths  # 0: missing
        self.even = bool(((lengths == 0) | (lengths == matrix.shape[1])).all())

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return int(self.matrix.nbytes + self.lengths.nbytes)

    def ordered(self, order: Any) -> Wide:
        """The same with the rows in another order."""
        return Wide(self.name, self.matrix[order], self.lengths[order])

    def extended(self, cells: Sequence[Any]) -> Wide:
        """This column with more rows."""
        import numpy as np

        matrix, lengths = _matrix([b"" if cell is None else encoded(cell) for cell in cells])
        old = self.matrix
        if matrix.shape[1] < old.shape[1]:
            matrix, lengths = _matrix(
                [b"" if cell is None else encoded(cell) for cell in cells], old.shape[1]
            )
        elif matrix.shape[1] > old.shape[1]:
            old = np.pad(old, ((0, 0), (0, matrix.shape[1] - old.shape[1])))
        return Wide(
            self.name, np.concatenate([old, matrix]), np.concatenate([self.lengths, lengths])
        )

    def pick(self, rows: Any) -> Picked:
        """The values of some rows, one for each."""
        import numpy as np

        lengths, cells = self.lengths.take(rows), self.matrix.take(rows, axis=0)
        present = lengths > 0
        amount = int(np.count_nonzero(present))
        if self.even and amount == len(cells):
            return Picked(np.arange(amount, dtype=np.int32), present, amount, cells.tobytes())
        numbers = np.cumsum(present, dtype=np.int32) - 1
        used = np.arange(cells.shape[1], dtype=np.uint16) < lengths[:, None]
        return Picked(numbers, present, amount, cells[used].tobytes())


class Gathered:
    """A column in the making. Cells are JSON scalars; None is missing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.codes = array("i")
        self.values: list[bytes] = [b""]
        self.known: dict[Any, int] = {}
        self.each = False  # every cell is kept by itself
        self.long = False  # there is a text longer than LONG

    def add(self, cells: Sequence[Any]) -> Gathered:
        """Takes in the next rows."""
        self.long |= any(isinstance(cell, str) and len(cell) > LONG for cell in cells)
        if self.long:
            return self
        if self.each:
            self.values += [encoded(cell) if cell is not None else b"" for cell in cells]
            return self
        self.codes.extend([_code(cell, self.values, self.known) for cell in cells])
        rows = len(self.codes)
        if rows >= WIDE_FROM and len(self.values) > rows // 2:
            self.each, self.known = True, {}
            self.values = [self.values[code] for code in self.codes]
        return self

    def made(self) -> Column | Wide:
        """The column that suits the cells."""
        import numpy as np

        if not self.each:
            return Column(self.name, np.array(self.codes, np.int32), self.values, self.known)
        if max(map(len, self.values)) <= WIDEST:
            return Wide(self.name, *_matrix(self.values))
        codes = np.array([number if value else NULL for number, value in enumerate(self.values, 1)])
        return Column(self.name, codes.astype(np.int32), [b"", *self.values], {})


def column(name: str, cells: Sequence[Any]) -> Column | Wide:
    """The column of some cells."""
    return Gathered(name).add(cells).made()


def _code(cell: Any, values: list[bytes], known: dict[Any, int]) -> int:
    if cell is None:
        return NULL
    key = cell if isinstance(cell, str) else (type(cell), cell)
    found = known.get(key)
    if found is None:
        found = known[key] = len(values)
        values.append(encoded(cell))
    return found


def _matrix(values: Sequence[bytes], size: int = 0) -> tuple[Any, Any]:
    """Values as rows of one size, each padded as far as may be, and the length of each."""
    import numpy as np

    size = max([size, *map(len, values)])
    padded = [_padded(value, size) if value else value for value in values]
    lengths = np.array([len(value) for value in padded], np.uint16)
    joined = b"".join([value.ljust(size, b"\0") for value in padded])
    return np.frombuffer(joined, np.uint8).reshape(len(values), size), lengths


def _padded(value: bytes, size: int) -> bytes:
    """A value below 124 bytes, longer: the lengths in it may have up to 5 bytes each."""
    more = size - len(value)
    if not more or value[1] > 123:
        return value
    inner = min(max(more - 4, 0), 4) if value[2] == TEXT else 0
    head = value[:1] + _long(value[1] + inner, min(more - inner, 4)) + value[2:3]
    return head + (_long(value[3], inner) + value[4:] if inner else value[3:])


def _long(number: int, more: int) -> bytes:
    """A number below 128 as a varint with more bytes than it needs."""
    return bytes([number | 128, *[128] * (more - 1), 0]) if more else bytes([number])


def encoded(value: str | float | bool) -> bytes:
    """A value as an entry of a layer's `values` (MVT 2.1 §4.4)."""
    match value:
        case bool():
            body = b"\x38\x01" if value else b"\x38\x00"
        case int() if 0 <= value < 2**63:
            body = b"\x28" + varint(value)
        case int() if -(2**63) <= value < 0:
            body = b"\x30" + varint(-2 * value - 1)
        case float() | int():
            body = b"\x19" + struct.pack("<d", value)
        case _:
            text = str(value).encode("utf-8", "replace")
            body = bytes([TEXT]) + varint(len(text)) + text
    return b"\x22" + varint(len(body)) + body
