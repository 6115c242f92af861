# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations of one datastream as columns, and the same packed into a few bytes each.

Packing is exact: what comes out is what went in, bit by bit. Times become differences in
their largest common unit, decimal numbers integers with a power of ten, and all of it one
zlib stream. A quarter-hourly temperature takes about two bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from allmende.model.sensing.observation import Observation

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]
    Flags = npt.NDArray[np.uint8]

VERSION = 1
NONE = -(2**63)  # in columns of integers: no value
LEVEL = 6
MOST_BYTES = 64_000_000  # of an unpacked block

_MOST_DIGITS = 6  # decimal places that are tried
_LARGEST = 2.0**53
_TYPES = ("int8", "int16", "int32", "int64")

_encode = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode
_read_json = msgspec.json.Decoder().decode


class Extra(Struct, omit_defaults=True, rename={"rule": "r", "valid": "v", "quality": "q"}):
    """What few observations have."""

    valid: tuple[int, int] | None = None
    quality: Any = None
    parameters: dict[str, Any] | None = None
    feature: int | None = None
    rule: str = ""


_EXTRA = msgspec.json.Decoder(Extra)


class Columns:
    """Observations of one datastream in the order of their times.

    times, numbers, lasts, result_times: int64 (µs UTC; NONE where there is none);
    values: float64, NaN where the result is no number; texts: JSON of the other results and
    extras: JSON of what is rare, by position; flags: uint8.
    """

    __slots__ = (
        "extras", "flags", "lasts", "numbers", "result_times", "texts", "times", "values",
    )  # fmt: skip

    def __init__(
        self,
        times: Ints,
        numbers: Ints,
        values: Floats,
        flags: Flags,
        lasts: Ints | None = None,
        result_times: Ints | None = None,
        texts: dict[int, str] | None = None,
        extras: dict[int, str] | None = None,
    ) -> None:
        self.times, self.numbers, self.values, self.flags = times, numbers, values, flags
        self.lasts, self.result_times = lasts, result_times
        self.texts, self.extras = texts or {}, extras or {}

    def __len__(self) -> int:
        return len(self.times)

    def part(self, start: int, stop: int) -> Columns:
        """The observations at the positions from `start` to before `stop`."""
        start, stop, _ = slice(start, stop).indices(len(self))
        if start == 0 and stop == len(self):
            return self

        def cut(column: Any) -> Any:
            return None if column is None else column[start:stop]

        return Columns(
            self.times[start:stop],
            self.numbers[start:stop],
            self.values[start:stop],
            self.flags[start:stop],
            cut(self.lasts),
            cut(self.result_times),
            _moved(self.texts, start, stop),
            _moved(self.extras, start, stop),
        )

    def taken(self, places: Ints) -> Columns:
        """The observations at these positions, in this order."""
        back = {int(old): new for new, old in enumerate(places)} if self._rare else {}

        def take(column: Any) -> Any:
            return None if column is None else column[places]

        return Columns(
            self.times[places],
            self.numbers[places],
            self.values[places],
            self.flags[places],
            take(self.lasts),
            take(self.result_times),
            {back[at]: text for at, text in self.texts.items() if at in back},
            {back[at]: text for at, text in self.extras.items() if at in back},
        )

    @property
    def _rare(self) -> bool:
        return bool(self.texts or self.extras)

    def between(self, start: int | None, end: int | None) -> Columns:
        """Those with start <= time < end."""
        first = 0 if start is None else int(self.times.searchsorted(start))
        last = len(self) if end is None else int(self.times.searchsorted(end))
        return self.part(first, last)

    def results(self) -> list[Any]:
        """The results as JSON values; whole numbers stay floats."""
        found: list[Any] = self.values.tolist()
        for at, text in self.texts.items():
            found[at] = _read_json(text)
        return found

    def rows(self, datastream: int) -> Iterator[Observation]:
        """One object each."""
        times, numbers, flags = self.times.tolist(), self.numbers.tolist(), self.flags.tolist()
        results = self.results()
        lasts = [NONE] * len(self) if self.lasts is None else self.lasts.tolist()
        told = [NONE] * len(self) if self.result_times is None else self.result_times.tolist()
        for at, time in enumerate(times):
            yield row(
                datastream,
                time,
                numbers[at],
                results[at],
                flags[at],
                None if lasts[at] == NONE else lasts[at],
                None if told[at] == NONE else told[at],
                self.extras.get(at),
            )


def row(
    datastream: int,
    time: int,
    number: int,
    result: Any,
    flag: int,
    lasts: int | None,
    result_time: int | None,
    extra: str | None,
) -> Observation:
    """One observation from its stored parts."""
    found = Observation(
        datastream=datastream,
        time=time,
        result=result,
        number=number,
        end=None if lasts is None else time + lasts,
        result_time=result_time,
        flag=flag,
    )
    if extra:
        rare = _EXTRA.decode(extra)
        found.valid, found.quality, found.parameters = rare.valid, rare.quality, rare.parameters
        found.feature, found.rule = rare.feature, rare.rule
    return found


def extra_of(found: Observation) -> str | None:
    """JSON of what is rare, or None."""
    if (
        found.valid is None
        and found.quality is None
        and found.parameters is None
        and found.feature is None
        and not found.rule
    ):
        return None
    rare = Extra(found.valid, found.quality, found.parameters, found.feature, found.rule)
    return _json(rare).decode()


def value_of(result: Any) -> tuple[float | None, str | None]:
    """The result as a number or as JSON text; exactly one of them is given.

    An integer that a double cannot hold stays text.
    """
    if is_number(result):
        return float(result), None
    return None, _json(result).decode()


def is_number(result: Any) -> bool:
    """Whether a result is kept as a number."""
    return type(result) is float or (type(result) is int and abs(result) <= _LARGEST)


def from_rows(rows: Sequence[tuple[Any, ...]]) -> Columns:
    """Columns from rows (time, number, value, text, flag, lasts, result_time, extra)."""
    import numpy as np

    if not rows:
        return empty()
    time, number, value, text, flag, lasts, told, extra = zip(*rows, strict=True)
    return Columns(
        np.array(time, np.int64),
        np.array(number, np.int64),
        np.array([np.nan if each is None else each for each in value], np.float64),
        np.array(flag, np.uint8),
        _optional(lasts),
        _optional(told),
        {at: each for at, each in enumerate(text) if each is not None},
        {at: each for at, each in enumerate(extra) if each is not None},
    )


def to_rows(columns: Columns) -> list[tuple[Any, ...]]:
    """The rows that `from_rows` takes."""
    values: list[Any] = columns.values.tolist()
    for at in columns.texts:
        values[at] = None
    size = len(columns)
    return list(
        zip(
            columns.times.tolist(),
            columns.numbers.tolist(),
            values,
            [columns.texts.get(at) for at in range(size)],
            columns.flags.tolist(),
            _listed(columns.lasts, size),
            _listed(columns.result_times, size),
            [columns.extras.get(at) for at in range(size)],
            strict=True,
        )
    )


def empty() -> Columns:
    """No observations."""
    import numpy as np

    none = np.zeros(0, np.int64)
    return Columns(none, none, np.zeros(0, np.float64), np.zeros(0, np.uint8))


def joined(parts: Sequence[Columns]) -> Columns:
    """Several columns as one, in the order of time and then number."""
    import numpy as np

    parts = [each for each in parts if len(each)]
    if len(parts) < 2:
        return parts[0] if parts else empty()
    offsets = np.cumsum([0] + [len(each) for each in parts]).tolist()

    def rare(name: str) -> dict[int, str]:
        return {
            at + offset: text
            for offset, part in zip(offsets, parts, strict=False)
            for at, text in getattr(part, name).items()
        }

    whole = Columns(
        np.concatenate([each.times for each in parts]),
        np.concatenate([each.numbers for each in parts]),
        np.concatenate([each.values for each in parts]),
        np.concatenate([each.flags for each in parts]),
        _glued([each.lasts for each in parts], [len(each) for each in parts]),
        _glued([each.result_times for each in parts], [len(each) for each in parts]),
        rare("texts"),
        rare("extras"),
    )
    times = whole.times
    if bool((times[1:] > times[:-1]).all()):
        return whole
    return whole.taken(np.lexsort((whole.numbers, times)))


# --- packing ---------------------------------------------------------------------------


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
        dtype = np.dtype(_TYPES[kind]).newbyteorder("<")
        steps = self._unshuffled(dtype, size - 1).astype(np.int64)
        found = np.empty(size, np.int64)
        found[0] = 0
        np.cumsum(steps * unit, out=found[1:])
        return found + first

    def floats(self, head: list[Any], size: int) -> Floats:
        import numpy as np

        some, digits, ints = head
        missing = self._bits(size) if some else None
        count = size if missing is None else int(size - missing.sum())
        if digits < 0:
            found = self._unshuffled(np.dtype("<f8"), count).astype(np.float64)
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


def _moved(rare: dict[int, str], start: int, stop: int) -> dict[int, str]:
    return {at - start: text for at, text in rare.items() if start <= at < stop}


def _optional(values: Sequence[int | None]) -> Ints | None:
    import numpy as np

    if all(each is None for each in values):
        return None
    return np.array([NONE if each is None else each for each in values], np.int64)


def _listed(column: Ints | None, size: int) -> list[Any]:
    if column is None:
        return [None] * size
    return [None if each == NONE else each for each in column.tolist()]


def _glued(columns: list[Ints | None], sizes: list[int]) -> Ints | None:
    import numpy as np

    if all(each is None for each in columns):
        return None
    return np.concatenate(
        [
            np.full(size, NONE, np.int64) if each is None else each
            for each, size in zip(columns, sizes, strict=True)
        ]
    )
