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
from allmende.model.sensing.odata.times import show_period, show_time, show_times, time_signs
from allmende.model.sensing.series import NONE, Columns

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from allmende.interfaces.sensorthings.encode import Fragment, Names

    Signs = npt.NDArray[np.uint8]
    Piece = str | Signs | list[str]

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
        if is_plain(columns) and not fragments and len(columns) > 1 and base.isascii():
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


def observation_body(found: Found, names: Names, base: str) -> memoryview | None:
    """All observations as JSON objects with commas between them, or None if some are unusual.

    They stand in a matrix of bytes, a row each; shorter results are followed by spaces.
    """
    if len(found.parts) != 1 or found.latest or not base.isascii():
        return None
    source, columns = found.parts[0]
    if len(columns) < 2 or not is_plain(columns) or columns.result_times is not None:
        return None
    wanted = {each.name for each in names.attributes}
    pieces = _pieces(source, columns, names, wanted, base, tail_of(names, source))
    run: list[str | Signs] = ["{"]
    first = True
    for each in pieces:
        if isinstance(each, str):
            run.append(each[1:] if first else each)
            first = False
        elif isinstance(each, list):
            if run[-1] != ',"result":':
                return None  # ids or times that are not equally long stand inside of texts
            run.append(_padded(each))
        else:
            run.append(each)
    return _matrix([*run, "},"], len(columns)).data.cast("B")[:-1]  # without copying


def _padded(texts: list[str]) -> Signs:
    """Texts as rows of signs, with spaces behind the shorter ones."""
    import numpy as np

    found = np.array(texts, dtype="S")
    signs = found.view(np.uint8).reshape(len(texts), -1).copy()
    signs[signs == 0] = 32
    return signs


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
    return fused(_pieces(source, columns, names, wanted, base, tail), len(columns))


def _pieces(
    source: Source, columns: Columns, names: Names, wanted: set[str], base: str, tail: str
) -> list[Piece]:
    """What the objects consist of, from left to right; the first sign is a comma."""
    ids = id_signs(source, columns)
    pieces: list[Piece] = []
    if names.id:
        pieces += [',"@iot.id":', ids]
    if names.self_link:
        pieces += [f',"@iot.selfLink":"{base}(', ids, ')"']
    if "phenomenonTime" in wanted:
        pieces += [',"phenomenonTime":"', times_of(columns), '"']
    if "resultTime" in wanted:
        pieces.append(',"resultTime":')
        pieces.append("null" if columns.result_times is None else told(columns))
    if "result" in wanted:
        pieces += [',"result":', numbers(columns)]
    first, *rest = tail.split(HERE)
    pieces.append(first)
    for link in rest:
        pieces += [f"{base}(", ids, ")" + link]
    return pieces


def fused(pieces: Sequence[Piece], size: int) -> list[str]:
    """Objects from texts that are the same for all, rows of signs, and lists of texts.

    The first sign, a comma, becomes the opening bracket.
    """
    columns: list[list[str]] = []
    run: list[str | Signs] = ["{"]
    head, *rest = [*pieces, "}"]
    assert isinstance(head, str)  # noqa: S101 - a name
    for each in (head.removeprefix(","), *rest):
        if isinstance(each, list):
            columns += [_rows(run, size), each]
            run = []
        elif len(each):
            run.append(each)
    columns.append(_rows(run, size))
    return list(map("".join, zip(*columns, strict=True)))


def _rows(run: Sequence[str | Signs], size: int) -> list[str]:
    """A text for each row of signs that stand side by side."""
    whole = _matrix(run, size)
    width = whole.shape[1]
    text = whole.tobytes().decode("ascii")
    return [text[begin : begin + width] for begin in range(0, size * width, width or 1)]


def _matrix(run: Sequence[str | Signs], size: int) -> Signs:
    """Signs that stand side by side, a row for each object."""
    import numpy as np

    signs = [
        np.frombuffer(each.encode("ascii"), np.uint8) if isinstance(each, str) else each
        for each in run
    ]
    width = sum(each.shape[-1] for each in signs)
    whole, at = np.empty((size, width), np.uint8), 0
    for each in signs:
        whole[:, at : at + each.shape[-1]] = each
        at += each.shape[-1]
    return whole


def id_signs(source: Source, columns: Columns) -> Signs | list[str]:
    """The ids as rows of digits, or as texts when they are not equally long."""
    import numpy as np

    ids = columns.numbers + observation_id(source.id, 0)
    width = len(str(int(ids.min())))
    if len(str(int(ids.max()))) != width:
        return [str(each) for each in ids.tolist()]
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    found: Signs = (ids[:, None] // powers % 10 + 48).astype(np.uint8)
    return found


def times_of(columns: Columns) -> Signs | list[str]:
    """The times as rows of signs, or as texts when some have a fraction."""
    signs = time_signs(columns.times)
    return show_times(columns.times) if signs is None else signs


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
