# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations of one datastream as columns."""

from __future__ import annotations

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
    Flags = npt.NDArray[np.uint8]

NONE = -(2**63)  # in columns of integers: no value

_LARGEST = 2.0**53

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
