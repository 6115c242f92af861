# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Columns of observations packed into a few bytes each.

Packing is exact: what comes out is what went in, bit by bit. Times become differences in
their largest common unit, decimal numbers integers with a power of ten, and all of it one
zlib stream. A quarter-hourly temperature takes about two bytes.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from allmende.model.sensing.series import NONE, Columns

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

VERSION = 1
LEVEL = 6
MOST_BYTES = 64_000_000  # of an unpacked block

_MOST_DIGITS = 6  # decimal places that are tried
_LARGEST = 2.0**53
_TYPES = ("int8", "int16", "int32", "int64")

_encode = msgspec.msgpack.Encoder().encode


def pack(columns: Columns) -> bytes:
    """The columns in a few bytes."""
    size = len(columns)
    body = bytearray()
    head: list[Any] = [VERSION, size]
    for ints in (columns.times, columns.numbers):
        head.append(_put_ints(ints, body))
    head.append(_put_floats(columns, body))
    head.append(_put_ints(columns.flags.astype("int64"), body))
    head.append(_put_optional(columns.lasts, None, body))
    head.append(_put_optional(columns.result_times, columns.times, body))
    for rare in (columns.texts, columns.extras):
        head.append(_put_texts(rare, body))
    return bytes(_encode([head, len(body), zlib.compress(bytes(body), LEVEL)]))


def unpack(data: bytes) -> Columns:
    """The columns of packed bytes. ValueError when they are damaged."""
    import numpy as np

    try:
        head, length, squeezed = msgspec.msgpack.decode(data)
        reader = _Reader(_inflated(squeezed, length))
        version, size = head[0], head[1]
        if version != VERSION:
            raise ValueError(f"unknown version {version}")
        times = reader.ints(head[2], size)
        numbers = reader.ints(head[3], size)
        values = reader.floats(head[4], size)
        flags = reader.ints(head[5], size).astype(np.uint8)
        lasts = reader.optional(head[6], size, None)
        told = reader.optional(head[7], size, times)
        texts, extras = reader.texts(head[8]), reader.texts(head[9])
    except (zlib.error, msgspec.DecodeError, IndexError, TypeError) as error:
        raise ValueError(f"a block of observations is damaged: {error}") from error
    return Columns(times, numbers, values, flags, lasts, told, texts, extras)


def _inflated(squeezed: bytes, length: int) -> bytes:
    if length > MOST_BYTES:
        raise ValueError("a block of observations is too large")
    found = zlib.decompressobj().decompress(squeezed, length)
    if len(found) != length:
        raise ValueError("a block of observations is damaged")
    return found


def _put_ints(given: Ints, body: bytearray) -> list[Any]:
    """[first value, unit, type]: differences in that unit."""
    import numpy as np

    if not len(given):
        return [0, 1, 0]
    steps = np.diff(given)
    unit = int(np.gcd.reduce(steps)) if len(steps) else 1
    unit = unit or 1
    steps = steps // unit
    kind = 3
    for place, name in enumerate(_TYPES[:3]):
        limits = np.iinfo(name)
        if len(steps) == 0 or (steps.min() >= limits.min and steps.max() <= limits.max):
            kind = place
            break
    body += _shuffled(steps.astype("<" + np.dtype(_TYPES[kind]).str[1:]))
    return [int(given[0]), unit, kind]


def _put_floats(columns: Columns, body: bytearray) -> list[Any]:
    """[missing?, digits or -1, …]: as integers times a power of ten where that is exact."""
    import numpy as np

    values = columns.values
    missing = np.isnan(values)
    some = bool(missing.any())
    if some:
        body += np.packbits(missing).tobytes()
        values = values[~missing]
    for digits in range(_MOST_DIGITS + 1):
        scaled = np.round(values * 10.0**digits)
        if len(scaled) and not bool((np.abs(scaled) < _LARGEST).all()):
            break
        whole = scaled.astype(np.int64)
        exact = (whole / 10.0**digits).view(np.int64) == values.view(np.int64)
        if bool(exact.all()):
            return [some, digits, _put_ints(whole, body)]
    body += _shuffled(values.astype("<f8"))
    return [some, -1, None]


def _put_optional(given: Ints | None, base: Ints | None, body: bytearray) -> list[Any] | None:
    import numpy as np

    if given is None:
        return None
    present = given != NONE
    if not bool(present.any()):
        return None
    some = not bool(present.all())
    if some:
        body += np.packbits(present).tobytes()
    kept = given[present] if base is None else (given - base)[present]
    return [some, _put_ints(kept, body)]


def _put_texts(rare: dict[int, str], body: bytearray) -> int:
    if not rare:
        return 0
    places = sorted(rare)
    packed = _encode([places, [rare[at] for at in places]])
    body += packed
    return len(packed)


def _shuffled(array: Any) -> bytes:
    """First bytes of all numbers, then all second ones: zlib finds more."""
    import numpy as np

    width = array.dtype.itemsize
    if width == 1 or not len(array):
        return bytes(array.tobytes())
    return bytes(np.ascontiguousarray(array.view(np.uint8).reshape(-1, width).T).tobytes())


class _Reader:
    """Takes one column after the other from the unpacked bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, length: int) -> bytes:
        found = self.data[self.at : self.at + length]
        self.at += length
        if len(found) != length:
            raise IndexError("too few bytes")
        return found

    def ints(self, head: list[Any], size: int) -> Ints:
        import numpy as np

        first, unit, kind = head
        if not size:
            return np.zeros(0, np.int64)
        if kind == 0 and (even := self._even(size - 1)) is not None:
            found = np.arange(size, dtype=np.int64)
            found *= even * unit
            found += first
            return found
        dtype = np.dtype(_TYPES[kind]).newbyteorder("<")
        steps = self._unshuffled(dtype, size - 1).astype(np.int64)
        found = np.zeros(size, np.int64)
        np.cumsum(steps * unit, out=found[1:])
        found += first
        return found

    def _even(self, count: int) -> int | None:
        """1 or 0 when that is every one of the next steps, which are taken then."""
        steps = self.data[self.at : self.at + count]
        for step in (1, 0):
            if steps == bytes((step,)) * count:
                self.at += count
                return step
        return None

    def floats(self, head: list[Any], size: int) -> Floats:
        import numpy as np

        some, digits, ints = head
        missing = self._bits(size) if some else None
        count = size if missing is None else int(size - missing.sum())
        if digits < 0:
            found: Floats = self._unshuffled(np.dtype("<f8"), count).astype(np.float64)
        else:
            found = self.ints(ints, count) / 10.0**digits
        if missing is None:
            return found
        whole = np.full(size, np.nan)
        whole[~missing] = found
        return whole

    def optional(self, head: list[Any] | None, size: int, base: Ints | None) -> Ints | None:
        import numpy as np

        if head is None:
            return None
        some, ints = head
        present = self._bits(size) if some else np.ones(size, np.bool_)
        kept = self.ints(ints, int(present.sum()))
        whole = np.full(size, NONE, np.int64)
        whole[present] = kept if base is None else kept + base[present]
        return whole

    def texts(self, length: int) -> dict[int, str]:
        if not length:
            return {}
        places, texts = msgspec.msgpack.decode(self.take(length))
        return dict(zip(places, texts, strict=True))

    def _bits(self, size: int) -> Bools:
        import numpy as np

        packed = np.frombuffer(self.take((size + 7) // 8), np.uint8)
        return np.unpackbits(packed, count=size).astype(np.bool_)

    def _unshuffled(self, dtype: Any, count: int) -> Any:
        import numpy as np

        width = dtype.itemsize
        found = np.frombuffer(self.take(count * width), np.uint8)
        if width > 1:
            found = np.ascontiguousarray(found.reshape(width, -1).T).reshape(-1)
        return found.view(dtype)
