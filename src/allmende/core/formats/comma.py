# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CSV as RFC 4180 says, in UTF-8, with dots in numbers.

The first column is the id. Points become the columns lon and lat (x and y in a projected
CRS), other geometries WKT. Several values of a cell are separated by a bar, objects are
JSON. A text that a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from allmende.core.formats.cells import cell, inert, place_names, places, scalar
from allmende.core.formats.shape import Row, Shape


def head(shape: Shape) -> bytes:
    """The line with the names of the columns."""
    return _lines([["id", *shape.names, *place_names(shape)]])


def part(rows: Sequence[Row], shape: Shape) -> bytes:
    """The lines of some rows."""
    lines = []
    for row, place in zip(rows, places(rows, shape), strict=True):
        values = row.values
        line = [inert(row.id)]
        for field in shape.fields:
            value = scalar(values.get(field.name), field)
            line.append(inert(value) if isinstance(value, str) else cell(value))
        line += [cell(each) for each in place]
        lines.append(line)
    return _lines(lines)


def _lines(lines: list[list[str]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()
