# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations as data arrays: for each datastream the names once, then rows (18-088, 14.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from allmende.core.sensing.querying import Level
from allmende.core.sensing.querying_found import by_source
from allmende.core.sensing.querying_series import Source
from allmende.interfaces.sensorthings.encode_observations import (
    MEMBERS,
    is_plain,
    numbers,
    told,
)
from allmende.model.sensing.observation import Observation, observation_id
from allmende.model.sensing.odata.times import show_times
from allmende.model.sensing.series import Columns

USUAL = ("id", "phenomenonTime", "resultTime", "result")
RARE = ("resultQuality", "validTime", "parameters")


def arrays(level: Level, root: str) -> str:
    """The elements of `value`, joined by commas."""
    groups: dict[int, tuple[Source, list[Columns]]] = {}
    for source, columns in by_source(level.found):
        groups.setdefault(source.id, (source, []))[1].append(columns)
    return ",".join(
        _array(source, parts, level.options.select, root) for source, parts in groups.values()
    )


def _array(source: Source, parts: list[Columns], select: tuple[str, ...], root: str) -> str:
    plain = all(is_plain(each) for each in parts)
    names = [name for name in ("id", *MEMBERS) if _is_wanted(name, select, plain)]
    rows = [row for part in parts for row in _rows(source, part, names, plain)]
    kind, collection = (
        ("MultiDatastream", "MultiDatastreams") if source.multi else ("Datastream", "Datastreams")
    )
    components = ",".join(f'"{name}"' for name in names)
    return (
        f'{{"{kind}@iot.navigationLink":"{root}/{collection}({source.id})",'
        f'"components":[{components}],"dataArray@iot.count":{len(rows)},'
        f'"dataArray":[{",".join(rows)}]}}'
    )


def _is_wanted(name: str, select: tuple[str, ...], plain: bool) -> bool:
    if select:
        return name in select or (name == "id" and "@iot.id" in select)
    return name in USUAL or not plain


def _rows(source: Source, columns: Columns, names: list[str], plain: bool) -> Iterator[str]:
    if not plain:
        for row in columns.rows(source.id):
            cells = [str(row.id) if name == "id" else _shown(MEMBERS[name], row) for name in names]
            yield f"[{','.join(cells)}]"
        return
    first = observation_id(source.id, 0)
    makers: dict[str, Callable[[], list[str]]] = {
        "id": lambda: [str(first + number) for number in columns.numbers.tolist()],
        "phenomenonTime": lambda: [f'"{time}"' for time in show_times(columns.times)],
        "resultTime": lambda: told(columns),
        "result": lambda: numbers(columns),
    }
    empty = ["null"] * len(columns)
    found = [makers[name]() if name in makers else empty for name in names]
    for whole in zip(*found, strict=True):
        yield f"[{','.join(whole)}]"


def _shown(show: Callable[[Observation], str], row: Observation) -> str:
    return show(row) or "null"
