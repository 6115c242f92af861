# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Time series as CSV: one column for each quantity, or one line for each result.

Without a description the first column that holds times is the time, every other column is
a stream; the unit stands in the heading ("Temperatur [°C]"), and "X-status" is the state
of the column whose heading begins with X.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from msgspec.structs import replace

from allmende.core.sensing.importing_kinds import bounded
from allmende.core.sensing.importing_mapping import (
    Description,
    StreamPart,
    ThingPart,
    TimePart,
    described,
    wrong,
)
from allmende.core.sensing.importing_plan import Get, Plan
from allmende.core.sensing.importing_times import Clock, NoTime
from allmende.core.sensing.importing_types import Item, Material, over, problem, unreadable
from allmende.core.sensing.importing_words import key_of
from allmende.model.sensing.moments import moment
from allmende.model.sniff.dialect import Dialect, sniff_dialect

LINE_CHARS = 1_000_000
LOOKED_AT = 50  # lines that show which column holds times
STATUS = re.compile(r"(?P<of>.+?)[-_ .]+status\Z", re.I)

Cells = list[str]


def read(material: Material) -> Iterator[Item]:
    """Things, results and faults of a table. InvalidInput when it is none."""
    told = described(material.options, "csv")
    return bounded(
        _items(material, told),
        material.now,
        earliest=moment(told.earliest),
        forecast=told.forecast,
    )


def _items(material: Material, told: Description) -> Iterator[Item]:
    dialect = _dialect(material.data, told)
    heading, sample = _head(material.data, dialect)
    if len(heading) > material.limits.columns:
        raise over("columns", material.limits.columns)
    if not told.decimal and dialect.decimal == "," and dialect.delimiter != ",":
        told = replace(told, decimal=",")
    told = _completed(told, heading, sample, material)
    places = {name: at for at, name in reversed(list(enumerate(heading)))}

    def getter(column: str) -> Get:
        if column not in places:
            listed = ", ".join(heading[:20])
            raise wrong(
                f"the table has no column “{column}”; it has {listed}",
                f"die Tabelle hat keine Spalte „{column}“, sondern {listed}",
            )
        at = places[column]
        return lambda cells: cells[at] if at < len(cells) else None

    plan = Plan(told, material, getter)
    for count, (line, cells) in enumerate(_lines(material.data, dialect), 1):
        if count > material.limits.rows:
            raise over("rows", material.limits.rows)
        if len(cells) > len(heading) and any(cells[len(heading) :]):
            yield problem(
                line,
                f"The line has {len(cells)} cells, the heading {len(heading)}.",
                f"Die Zeile hat {len(cells)} Zellen, die Kopfzeile {len(heading)}.",
            )
            continue
        yield from plan.items(line, cells)
    yield from plan.end()


def _dialect(data: bytes, told: Description) -> Dialect:
    found = sniff_dialect(data)
    try:
        TextIOWrapper(BytesIO(), told.encoding or "utf-8")
    except LookupError:
        raise wrong(f"encoding {told.encoding}", f"Kodierung {told.encoding}") from None
    return replace(
        found,
        encoding=told.encoding or found.encoding,
        delimiter=told.delimiter or found.delimiter,
        skip=found.skip if told.skip is None else told.skip,
    )


def _text(data: bytes, dialect: Dialect) -> Iterator[str]:
    stream = TextIOWrapper(BytesIO(data), dialect.encoding, errors="replace", newline="")
    first = True
    while line := stream.readline(LINE_CHARS + 1):
        if len(line) > LINE_CHARS:
            raise over("line_chars", LINE_CHARS)
        yield line.lstrip("\ufeff") if first else line
        first = False


def _rows(data: bytes, dialect: Dialect) -> Iterator[tuple[int, Cells]]:
    """The lines with cells, numbered as in the file; the heading is the first."""
    lines = islice(_text(data, dialect), dialect.skip, None)
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote)
    while True:
        line = dialect.skip + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            continue
        if cells is None:
            return
        if any(cells):
            yield line, cells


def _lines(data: bytes, dialect: Dialect) -> Iterator[tuple[int, Cells]]:
    return islice(_rows(data, dialect), 1, None)


def _head(data: bytes, dialect: Dialect) -> tuple[Cells, list[Cells]]:
    head = [cells for _, cells in islice(_rows(data, dialect), LOOKED_AT)]
    if len(head) < 1 or len(head[0]) < 2:
        raise unreadable("csv", "there is no table with columns", "eine Tabelle mit Spalten fehlt")
    return [cell.strip() for cell in head[0]], head[1:]


# --- what a description leaves out -----------------------------------------------------------


def _completed(
    told: Description, heading: Cells, sample: list[Cells], material: Material
) -> Description:
    """The description with what the heading says."""
    stem = PurePosixPath(material.name.replace("\\", "/").partition("?")[0]).stem
    name = told.name or stem or "CSV"
    time = told.time
    if not any(time.columns):
        time = _timed(time, told, heading, sample, material)
    thing = told.thing if told.thing.id else replace(told.thing, id=key_of(name) or "table")
    streams = told.streams
    if not streams and told.long is None:
        streams = _streams(heading, [*time.columns, *_used(told.thing)])
    return replace(
        told, name=name, source=told.source or "csv", time=time, thing=thing, streams=streams
    )


def _timed(
    part: TimePart, told: Description, heading: Cells, sample: list[Cells], material: Material
) -> TimePart:
    """The column in which most of the first lines have times."""
    zone = told.zone or material.zone
    for at, name in enumerate(heading):
        cells = [row[at] for row in sample if at < len(row) and row[at].strip()]
        times = sum(_is_time(each, zone, part.form) for each in cells)
        if times and 2 * times > len(cells):
            return replace(part, from_=name)
    raise unreadable(
        "csv",
        "no column holds times; name it with time.from in a description",
        "keine Spalte enthält Zeiten; bitte mit time.from in einer Beschreibung nennen",
    )


def _is_time(cell: str, zone: str, form: str) -> bool:
    if not form and cell.strip().isdecimal():
        return False
    try:
        Clock(zone, form, "first").read(cell)
    except NoTime as error:
        return "clocks" in error.text["en"]
    return True


def _used(part: ThingPart) -> list[str]:
    texts: list[Any] = [part.id, part.name, part.description, part.longitude, part.latitude]
    return [
        name
        for each in texts
        if isinstance(each, str)
        for name in re.findall(r"\{([^{}]+)\}", each)
    ]


def _streams(heading: Cells, used: Cells) -> dict[str, StreamPart]:
    states: dict[str, str] = {}
    for name in heading:
        match = STATUS.match(name)
        if match is not None:
            states[match["of"].casefold()] = name
    streams: dict[str, StreamPart] = {}
    for name in heading:
        if not name or name in used or name in states.values():
            continue
        first = name.partition(" ")[0].casefold()
        state = states.get(name.casefold()) or states.get(first, "")
        key = key_of(name) or f"column-{len(streams) + 1}"
        while key in streams:
            key += "-2"
        streams[key] = StreamPart(from_=name, status=state)
    return streams
