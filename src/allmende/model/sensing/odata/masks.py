# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Conditions over columns of observations: with numpy where they are about numbers and times,
else row by row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from allmende.errors import Unsupported
from allmende.model.sensing.observation import Flag, Observation, observation_id
from allmende.model.sensing.odata.evaluate import compiled, fold
from allmende.model.sensing.odata.tree import Call, Constant, Members, Node, Reference
from allmende.model.sensing.series import NONE, Columns

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bools = npt.NDArray[np.bool_]
    Array = npt.NDArray[Any]

_SIGNS = {"eq": "equal", "ne": "not_equal", "gt": "greater", "ge": "greater_equal",
          "lt": "less", "le": "less_equal"}  # fmt: skip
_MATHS = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide"}


class Part(Struct, frozen=True):
    """Observations of one datastream and what it says of those that name no feature."""

    datastream: int
    columns: Columns
    feature: int | None = None


class _Slow(Exception):
    """This needs to be looked at row by row."""


def mask(node: Node | None, part: Part) -> Bools:
    """For each observation whether the condition is true."""
    import numpy as np

    columns = part.columns
    if node is None:
        return np.ones(len(columns), bool)
    node = fold(node)
    if isinstance(node, Constant):
        return np.full(len(columns), node.value is True)
    if not columns.texts:
        try:
            with np.errstate(all="ignore"):
                true, _ = _truth(node, part)
        except _Slow:
            pass
        else:
            return true
    test = compiled(node, lambda each: getter(each, part.feature))
    rows = columns.rows(part.datastream)
    return np.fromiter((test(row) is True for row in rows), bool, len(columns))


# --- with numpy ------------------------------------------------------------------------


def _truth(node: Node, part: Part) -> tuple[Bools, Bools]:
    """Where the condition is true, and where it is false; elsewhere it is unknown."""
    import numpy as np

    match node:
        case Constant(_, value):
            size = len(part.columns)
            return np.full(size, value is True), np.full(size, value is False)
        case Call("and", (left, right)):
            (one, not_one), (other, not_other) = _truth(left, part), _truth(right, part)
            return one & other, not_one | not_other
        case Call("or", (left, right)):
            (one, not_one), (other, not_other) = _truth(left, part), _truth(right, part)
            return one | other, not_one & not_other
        case Call("not", (inner,)):
            true, false = _truth(inner, part)
            return false, true
        case Call("untrue", (inner,)):
            true, _ = _truth(inner, part)
            return ~true, true
        case Call(name, (left, right)) if name in _SIGNS:
            return _compared(name, left, right, part)
        case _:
            raise _Slow


def _compared(name: str, left: Node, right: Node, part: Part) -> tuple[Bools, Bools]:
    import numpy as np

    one, known = vector(left, part)
    other, also = vector(right, part)
    found = getattr(np, _SIGNS[name])(one, other)
    both = known & also
    return found & both, ~found & both


def vector(node: Node, part: Part) -> tuple[Array, Array]:
    """The values of an expression of numbers or instants, and where they are known.

    Raises _Slow for anything else.
    """
    import numpy as np

    match node:
        case Constant(kind, value) if kind in ("number", "time", "duration"):
            size = len(part.columns)
            return np.full(size, value), np.ones(size, bool)
        case Reference() if not node.links and not node.inside:
            return _column(node.name, part)
        case Call(name, (left, right)) if name in _MATHS:
            (one, known), (other, also) = vector(left, part), vector(right, part)
            found = getattr(np, _MATHS[name])(one, other)
            sound = np.isfinite(found) if found.dtype.kind == "f" else np.ones(len(found), bool)
            return found, known & also & sound
        case _:
            raise _Slow


def _column(name: str, part: Part) -> tuple[Array, Array]:
    import numpy as np

    columns = part.columns
    everywhere = np.ones(len(columns), bool)
    if name == "id":
        return columns.numbers + (part.datastream << 32), everywhere
    if name == "result":
        return columns.values, ~np.isnan(columns.values)
    if name == "phenomenonTime" and columns.lasts is None:
        return columns.times, everywhere
    if name == "resultTime":
        told = columns.result_times
        if told is None:
            return columns.times, ~everywhere
        return told, told != NONE
    raise _Slow


# --- row by row ------------------------------------------------------------------------


def getter(node: Node, feature: int | None) -> Callable[[Observation], Any]:
    """What reads a property, or tells whether an id is among members, from an observation."""
    if isinstance(node, Members):
        own = getter(node.reference, feature)
        ids = node.ids
        return lambda row: own(row) in ids
    assert isinstance(node, Reference)  # noqa: S101 - bound
    if node.links:
        return _linked(node, feature)
    read = _GETTERS[node.name]
    inside = node.inside
    if not inside:
        return read
    return lambda row: _within(read(row), inside)


def _linked(node: Reference, feature: int | None) -> Callable[[Observation], Any]:
    first = node.links[0].name
    if len(node.links) == 1 and node.name == "id":
        if first == "FeatureOfInterest":
            return lambda row: feature if row.feature is None else row.feature
        if first in ("Datastream", "MultiDatastream"):
            return lambda row: row.datastream
    raise Unsupported(
        f"Observations cannot be compared by what lies behind {first} in this way.",
        f"Beobachtungen lassen sich so nicht über {first} vergleichen.",
    )


def _within(value: Any, way: tuple[str, ...]) -> Any:
    for name in way:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def quality(row: Observation) -> Any:
    """resultQuality: what was given, else what the rules found."""
    if row.quality is not None or not row.flag:
        return row.quality
    found = {"flag": Flag(row.flag).name.lower()}
    return {**found, "rule": row.rule} if row.rule else found


def _result(row: Observation) -> Any:
    found = row.result
    return None if found is not None and found != found else found


_GETTERS: dict[str, Callable[[Observation], Any]] = {
    "id": lambda row: observation_id(row.datastream, row.number),
    "phenomenonTime": lambda row: row.time if row.end is None else (row.time, row.end),
    "result": _result,
    "resultTime": lambda row: row.result_time,
    "resultQuality": quality,
    "validTime": lambda row: row.valid,
    "parameters": lambda row: row.parameters,
}
