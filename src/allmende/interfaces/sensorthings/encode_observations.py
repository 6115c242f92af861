# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations as JSON texts: whole columns at a time where nothing is unusual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import json

from allmende.core.sensing.querying_found import Found, Row
from allmende.core.sensing.querying_series import Source
from allmende.model.sensing.observation import Observation, observation_id
from allmende.model.sensing.odata.masks import quality
from allmende.model.sensing.odata.times import show_period, show_time, show_times
from allmende.model.sensing.series import NONE, Columns

if TYPE_CHECKING:
    from allmende.interfaces.sensorthings.encode import Fragment, Names

HERE = "\0"
_OTHER = {True: "Datastream", False: "MultiDatastream"}

encode = json.Encoder().encode


def observation_texts(
    found: Found, names: Names, fragments: Sequence[Fragment], base: str
) -> list[str]:
    """One JSON object for each observation, in their order."""
    wanted = {each.name for each in names.attributes}
    texts: list[str] = []
    for source, columns in found.parts:
        tail = tail_of(names, source)
        if is_plain(columns) and not fragments and len(columns) > 1:
            texts += _plain(source, columns, names, wanted, base, tail)
        else:
            rows = [
                _row(each, names, wanted, base, tail, fragments) for each in columns.rows(source.id)
            ]
            texts += rows
    tails = {True: "", False: ""}
    if found.latest:
        tails = {multi: _tail(names, multi) for multi in tails}
    for source, row in found.latest:
        texts.append(_latest(source, row, names, wanted, base, tails[source.multi], fragments))
    return texts


def tail_of(names: Names, source: Source) -> str:
    """The navigation links of observations of a datastream."""
    return _tail(names, source.multi)


def _tail(names: Names, multi: bool) -> str:
    other = _OTHER[multi]
    return "".join(
        f',"{name}@iot.navigationLink":"{HERE}/{name}"' for name in names.links if name != other
    )


def is_plain(columns: Columns) -> bool:
    """Whether all there is are instants and numbers."""
    return (
        columns.lasts is None
        and not columns.texts
        and not columns.extras
        and not columns.flags.any()
    )


def numbers(columns: Columns) -> list[str]:
    """The results as JSON; whole numbers without a point."""
    body = json.encode(columns.values.tolist()).decode()
    return (body[1:-1] + ",").replace(".0,", ",")[:-1].split(",")


def told(columns: Columns) -> list[str]:
    """resultTime as JSON."""
    if columns.result_times is None:
        return ["null"] * len(columns)
    return [
        "null" if time == NONE else f'"{show_time(time)}"' for time in columns.result_times.tolist()
    ]


def _plain(
    source: Source, columns: Columns, names: Names, wanted: set[str], base: str, tail: str
) -> list[str]:
    """Columns of text joined at once."""
    first = observation_id(source.id, 0)
    ids = [str(first + number) for number in columns.numbers.tolist()]
    pieces: list[str | list[str]] = []
    if names.id:
        pieces += [',"@iot.id":', ids]
    if names.self_link:
        pieces += [f',"@iot.selfLink":"{base}(', ids, ')"']
    if "phenomenonTime" in wanted:
        pieces += [',"phenomenonTime":"', show_times(columns.times), '"']
    if "resultTime" in wanted:
        if columns.result_times is None:
            pieces.append(',"resultTime":null')
        else:
            pieces += [',"resultTime":', told(columns)]
    if "result" in wanted:
        pieces += [',"result":', numbers(columns)]
    for at, link in enumerate(tail.split(HERE)):
        pieces += [ids, ")" + link] if at else [link]
        if at < tail.count(HERE):
            pieces.append(f"{base}(")
    return glued(pieces, len(columns))


def glued(pieces: Sequence[str | list[str]], size: int) -> list[str]:
    """Objects from texts that are the same for all and texts of their own."""
    merged: list[str | list[str]] = []
    for each in pieces:
        if isinstance(each, str) and merged and isinstance(merged[-1], str):
            merged[-1] += each
        else:
            merged.append(each)
    if not merged:
        return ["{}"] * size
    if isinstance(merged[0], str):
        merged[0] = "{" + merged[0][1:]
    template = "".join(
        each.replace("%", "%%") if isinstance(each, str) else "%s" for each in merged
    )
    columns = [each for each in merged if not isinstance(each, str)]
    template += "}"
    if not columns:
        return [template % ()] * size
    return [template % row for row in zip(*columns, strict=True)]


# --- one by one ----------------------------------------------------------------------------------


def _row(
    row: Observation,
    names: Names,
    wanted: set[str],
    base: str,
    tail: str,
    fragments: Sequence[Fragment],
) -> str:
    ident = row.id
    here = f"{base}({ident})"
    parts = []
    if names.id:
        parts.append(f',"@iot.id":{ident}')
    if names.self_link:
        parts.append(f',"@iot.selfLink":"{here}"')
    for name, show in MEMBERS.items():
        if name in wanted and (said := show(row)):
            parts.append(f',"{name}":{said}')
    parts += [fragment(ident, here) for fragment in fragments]
    parts.append(tail.replace(HERE, here))
    return "{" + "".join(parts)[1:] + "}"


def show_result(row: Observation) -> str:
    """The result as JSON; a whole number without a point."""
    result = row.result
    if isinstance(result, float):
        return str(int(result)) if result.is_integer() and abs(result) < 1e15 else number(result)
    return encode(result).decode()


def number(value: float) -> str:
    """A number as JSON; what is none is null."""
    return repr(value) if value - value == 0 else "null"


MEMBERS: dict[str, Callable[[Observation], str]] = {
    "phenomenonTime": lambda row: f'"{show_period(row.time, row.end)}"',
    "resultTime": lambda row: (
        "null" if row.result_time is None else f'"{show_time(row.result_time)}"'
    ),
    "result": show_result,
    "resultQuality": lambda row: "" if (q := quality(row)) is None else encode(q).decode(),
    "validTime": lambda row: f'"{show_period(*row.valid)}"' if row.valid else "",
    "parameters": lambda row: "" if row.parameters is None else encode(row.parameters).decode(),
}
"""Each property as JSON; "" when there is none."""


def _latest(
    source: Source,
    row: Row,
    names: Names,
    wanted: set[str],
    base: str,
    tail: str,
    fragments: Sequence[Fragment],
) -> str:
    """The latest observation of a datastream from the row that is kept of it."""
    time, ident, value, text, flag, lasts, result_time, extra = row
    if extra or flag or fragments or text:
        from allmende.model.sensing.series import from_rows

        full = next(iter(from_rows([row]).rows(source.id)))
        return _row(full, names, wanted, base, tail, fragments)
    ident = observation_id(source.id, ident)
    here = f"{base}({ident})"
    parts = []
    if names.id:
        parts.append(f',"@iot.id":{ident}')
    if names.self_link:
        parts.append(f',"@iot.selfLink":"{here}"')
    if "phenomenonTime" in wanted:
        end = None if lasts is None else time + lasts
        parts.append(f',"phenomenonTime":"{show_period(time, end)}"')
    if "resultTime" in wanted:
        said = "null" if result_time is None else f'"{show_time(result_time)}"'
        parts.append(f',"resultTime":{said}')
    if "result" in wanted:
        whole = value.is_integer() and abs(value) < 1e15
        parts.append(f',"result":{int(value) if whole else number(value)}')
    parts.append(tail.replace(HERE, here))
    return "{" + "".join(parts)[1:] + "}"
