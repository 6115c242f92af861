# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Packing observations: exact, small, and safe against damaged bytes."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.sensing.packing import MOST_BYTES, pack, unpack
from allmende.model.sensing.series import Columns, from_rows, joined, to_rows

TIMES = st.integers(-(2**53), 2**53)
ROWS = st.lists(
    st.tuples(
        TIMES,
        st.integers(1, 2**32 - 1),
        st.floats(allow_nan=False, allow_infinity=False)
        | st.integers(-1000, 1000).map(lambda whole: whole / 10),
        st.none() | st.sampled_from(['"wet"', "true", "[1,2]"]),
        st.integers(0, 4),
        st.none() | st.integers(0, 2**40),
        st.none() | TIMES,
        st.none() | st.just('{"r":"step"}'),
    ),
    max_size=60,
    unique_by=lambda row: row[:2],
)


def kept(row: tuple[object, ...]) -> tuple[object, ...]:
    """A row holds a number or a text, not both."""
    return (*row[:2], None if row[3] else row[2], *row[3:])


@given(ROWS)
def test_what_is_packed_comes_out_bit_by_bit(rows: list[tuple[object, ...]]) -> None:
    rows = sorted(map(kept, rows), key=lambda row: row[:2])  # type: ignore[arg-type,return-value]
    columns = from_rows(rows)
    assert to_rows(columns) == rows
    out = unpack(pack(columns))
    assert to_rows(out) == rows
    assert out.values.tobytes() == columns.values.tobytes()


def test_negative_zero_and_the_largest_numbers() -> None:
    values = np.array([-0.0, 0.1, 1.7976931348623157e308, 5e-324])
    places = np.arange(4, dtype=np.int64)
    columns = Columns(places, places + 1, values, np.zeros(4, np.uint8))
    assert unpack(pack(columns)).values.tobytes() == values.tobytes()


def test_a_month_of_quarter_hours_takes_little() -> None:
    size = 2_976
    times = np.arange(size, dtype=np.int64) * 900_000_000
    noise = np.random.default_rng(1).normal(0, 0.5, size)
    values = np.round(15 + 8 * np.sin(np.arange(size) / 15) + noise, 2)
    columns = Columns(times, times // 900_000_000 + 1, values, np.zeros(size, np.uint8))
    assert len(pack(columns)) < 2 * size


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_damaged_bytes_are_an_error_or_columns(place: int, byte: int) -> None:
    rows = [(at * 1000, at + 1, at / 8, None, 0, None, None, None) for at in range(50)]
    packed = bytearray(pack(from_rows(rows)))
    packed[place % len(packed)] = byte
    try:
        found = unpack(bytes(packed))
    except ValueError:
        return
    assert isinstance(found, Columns)


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(ValueError, match="too large"):
        unpack(msgspec.msgpack.encode([[1, 1], MOST_BYTES + 1, b""]))


def test_joining_sorts_and_keeps_what_is_rare() -> None:
    left = from_rows(
        [(1, 1, None, '"a"', 0, None, None, None), (5, 2, 2.0, None, 0, 7, None, None)]
    )
    right = from_rows([(3, 3, 1.5, None, 1, None, 9, '{"r":"x"}')])
    assert to_rows(joined([left, right])) == [
        (1, 1, None, '"a"', 0, None, None, None),
        (3, 3, 1.5, None, 1, None, 9, '{"r":"x"}'),
        (5, 2, 2.0, None, 0, 7, None, None),
    ]
    assert to_rows(joined([])) == []
