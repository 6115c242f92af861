# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A property of all rows as a column: each different value is encoded once.

A `Column` has few values and a code per row. A `Wide` one, such as the id, has another value
in nearly every row; its encoded values are the rows of a matrix of bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from allmende.projections.tiles.wire import varint

NULL = 0  # the code of a missing value
SMALL = 16  # as many different values go into every tile without looking which are needed
SHARE = 8  # … or when there are so many times more features than values
WIDE_FROM = 256  # rows; in smaller collections every column has codes
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

    def extended(self, cells: Sequence[Any]) -> Column:
        """This column with more rows. Codes of the rows so far stay as they are."""
        import numpy as np

        values, known = list(self.values), dict(self.known)
        added = np.array([_code(cell, values, known) for cell in cells], np.int32)
        return Column(self.name, np.concatenate([self.codes, added]), values, known)

    def pick(self, rows: Any) -> Picked:
        """The values of some rows, numbered within them."""
        import numpy as np

        codes = self.codes[rows]
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
    """One encoded value per row; a missing one has no length."""

    def __init__(self, name: str, matrix: Any, lengths: Any) -> None:
        self.name = name
        self.matrix = matrix
        self.lengths = lengths

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return int(self.matrix.nbytes + self.lengths.nbytes)

    def extended(self, cells: Sequence[Any]) -> Wide:
        """This column with more rows."""
        import numpy as np

        added = _matrix([_encoded_or_nothing(cell) for cell in cells])
        size = max(self.matrix.shape[1], added[0].shape[1])
        padded = [
            np.pad(part, ((0, 0), (0, size - part.shape[1]))) for part in (self.matrix, added[0])
        ]
        return Wide(self.name, np.concatenate(padded), np.concatenate([self.lengths, added[1]]))

    def pick(self, rows: Any) -> Picked:
        """The values of some rows, one for each."""
        import numpy as np

        lengths, cells = self.lengths[rows], self.matrix[rows]
        present = lengths > 0
        count = int(np.count_nonzero(present))
        numbers = np.cumsum(present, dtype=np.int32) - 1
        used = np.arange(cells.shape[1], dtype=np.uint8) < lengths[:, None]
        return Picked(numbers, present, count, cells[used].tobytes())


def column(name: str, cells: Sequence[Any]) -> Column | Wide:
    """The column of JSON scalars that suits them; None is missing."""
    import numpy as np

    values: list[bytes] = [b""]
    known: dict[Any, int] = {}
    codes = np.array([_code(cell, values, known) for cell in cells], np.int32)
    many = len(cells) >= WIDE_FROM and len(values) > len(cells) // 2
    if many and max(map(len, values)) <= WIDEST:
        matrix, lengths = _matrix(values)
        return Wide(name, matrix[codes], lengths[codes])
    return Column(name, codes, values, known)


def _code(cell: Any, values: list[bytes], known: dict[Any, int]) -> int:
    if cell is None:
        return NULL
    found = known.get((type(cell), cell))
    if found is None:
        found = known[type(cell), cell] = len(values)
        values.append(encoded(cell))
    return found


def _matrix(values: Sequence[bytes]) -> tuple[Any, Any]:
    import numpy as np

    lengths = np.array([len(value) for value in values], np.uint8)
    size = int(lengths.max()) if len(values) else 0
    joined = b"".join([value.ljust(size, b"\0") for value in values])
    return np.frombuffer(joined, np.uint8).reshape(len(values), size), lengths


def _encoded_or_nothing(cell: Any) -> bytes:
    found = b"" if cell is None else encoded(cell)
    return found if len(found) <= 255 else b""  # rows are read anew when there are many of them


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
            body = b"\x0a" + varint(len(text)) + text
    return b"\x22" + varint(len(body)) + body
