# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Operators and functions with the kinds they take and give (OGC 18-088, tables 22 and 23)."""

from __future__ import annotations

from msgspec import Struct

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
ARITHMETIC = ("add", "sub", "mul", "div", "mod")
GEOMETRIC = (
    "st_equals",
    "st_disjoint",
    "st_touches",
    "st_within",
    "st_overlaps",
    "st_crosses",
    "st_intersects",
    "st_contains",
)
DATES = ("year", "month", "day", "hour", "minute", "second", "fractionalseconds")
NOW = ("now", "mindatetime", "maxdatetime")
MATHS = ("round", "floor", "ceiling")


class Function(Struct, frozen=True):
    """What a function takes and gives; `least` arguments must be there."""

    takes: tuple[str, ...]
    gives: str
    least: int


def _of(takes: str, gives: str, least: int | None = None) -> Function:
    kinds = tuple(takes.split())
    return Function(kinds, gives, len(kinds) if least is None else least)


FUNCTIONS: dict[str, Function] = {
    "substringof": _of("text text", "boolean"),
    "contains": _of("text text", "boolean"),
    "endswith": _of("text text", "boolean"),
    "startswith": _of("text text", "boolean"),
    "length": _of("text", "number"),
    "indexof": _of("text text", "number"),
    "substring": _of("text number number", "text", 2),
    "tolower": _of("text", "text"),
    "toupper": _of("text", "text"),
    "trim": _of("text", "text"),
    "concat": _of("text text", "text"),
    **{name: _of("time", "number") for name in DATES},
    "date": _of("time", "date"),
    "time": _of("time", "clock"),
    "totaloffsetminutes": _of("time", "number"),
    **{name: _of("", "time") for name in NOW},
    **{name: _of("number", "number") for name in MATHS},
    "geo.distance": _of("geometry geometry", "number"),
    "geo.length": _of("geometry", "number"),
    "geo.intersects": _of("geometry geometry", "boolean"),
    **{name: _of("geometry geometry", "boolean") for name in GEOMETRIC},
    "st_relate": _of("geometry geometry text", "boolean"),
}
