# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The functions of SensorThings filters as SQL of each engine.

{0}, {1}, {2} stand for the arguments; times are integers of µs UTC.
"""

from __future__ import annotations

from allmende.model.sensing.odata.functions import GEOMETRIC

_DAY = 86_400_000_000
_SECONDS = "(({0} - (({0} % 1000000) + 1000000) % 1000000) / 1000000)"  # floored
_REST = "((({0} % 1000000) + 1000000) % 1000000)"


def _part(sign: str) -> str:
    return f"cast(strftime('%{sign}', {_SECONDS}, 'unixepoch') as integer)"


SQLITE: dict[str, str] = {
    "substringof": "(instr({1}, {0}) > 0)",
    "contains": "(instr({0}, {1}) > 0)",
    "startswith": "(substr({0}, 1, length({1})) = {1})",
    "endswith": "(length({0}) >= length({1}) and substr({0}, 1 + length({0}) - length({1})) = {1})",
    "length": "length({0})",
    "indexof": "(instr({0}, {1}) - 1)",
    "substring": "substr({0}, max(0, cast({1} as integer)) + 1)",
    "substring3": "substr({0}, max(0, cast({1} as integer)) + 1, max(0, cast({2} as integer)))",
    "tolower": "lowered({0})",
    "toupper": "raised({0})",
    "trim": "trim({0})",
    "concat": "({0} || {1})",
    "year": _part("Y"),
    "month": _part("m"),
    "day": _part("d"),
    "hour": _part("H"),
    "minute": _part("M"),
    "second": _part("S"),
    "fractionalseconds": f"({_REST} / 1000000.0)",
    "date": f"strftime('%Y-%m-%d', {_SECONDS}, 'unixepoch')",
    "time": (
        f"(strftime('%H:%M:%S', {_SECONDS}, 'unixepoch') || case when {_REST} = 0 then '' "
        f"else rtrim(printf('.%06d', {_REST}), '0') end)"
    ),
    "totaloffsetminutes": "({0} * 0)",
    "round": "round({0})",
    "floor": "floor({0})",
    "ceiling": "ceil({0})",
    "geo.distance": "wkb_distance({0}, {1})",
    "geo.length": "wkb_length({0})",
    "geo.intersects": "wkb_relation('intersects', {0}, {1})",
    "st_relate": "wkb_pattern({0}, {1}, {2})",
    **{name: f"wkb_relation('{name[3:]}', {{0}}, {{1}})" for name in GEOMETRIC},
}

_AT = f"(timestamp '1970-01-01' + {_SECONDS} * interval '1 second')"


def _field(name: str) -> str:
    return f"cast(extract({name} from {_AT}) as integer)"


def _place(number: str) -> str:
    """A place in a text; what is beyond every text stays there."""
    return f"cast(floor(least(greatest(0, {number}), 1000000000)) as integer)"


POSTGRES: dict[str, str] = {
    **SQLITE,
    "substringof": "(strpos({1}, {0}) > 0)",
    "contains": "(strpos({0}, {1}) > 0)",
    "startswith": "starts_with({0}, {1})",
    "endswith": "(right({0}, length({1})) = {1})",
    "indexof": "(strpos({0}, {1}) - 1)",
    "substring": f"substr({{0}}, {_place('{1}')} + 1)",
    "substring3": f"substr({{0}}, {_place('{1}')} + 1, {_place('{2}')})",
    "tolower": '(lower({0} collate "und-x-icu") collate "C")',
    "toupper": '(upper({0} collate "und-x-icu") collate "C")',
    **{name: _field(name) for name in ("year", "month", "day", "hour", "minute", "second")},
    "second": f"cast(floor(extract(second from {_AT})) as integer)",
    "date": f"(to_char({_AT}, 'YYYY-MM-DD') collate \"C\")",
    "time": (
        f"((to_char({_AT}, 'HH24:MI:SS') || case when {_REST} = 0 then '' "
        f"else rtrim('.' || lpad(cast({_REST} as text), 6, '0'), '0') end) collate \"C\")"
    ),
    "round": "cast(round(cast({0} as numeric)) as double precision)",
    "geo.distance": "ST_Distance({0}, {1})",
    "geo.length": "ST_Length({0})",
    "geo.intersects": "ST_Intersects({0}, {1})",
    "st_relate": "ST_Relate({0}, {1}, upper({2}))",
    **{name: f"{name}({{0}}, {{1}})" for name in GEOMETRIC},
}
