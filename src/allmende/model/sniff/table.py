# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A model for a table, proposed from its header and its first rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from math import isfinite
from typing import Any, Literal

import msgspec

from allmende.model.coerce import Reading
from allmende.model.document import Entity, Field, FieldType, Model, Range
from allmende.model.sniff.columns import decide
from allmende.model.sniff.dialect import read_rows, sniff_dialect
from allmende.model.sniff.header import has_header
from allmende.model.sniff.keys import codes_of, key_of, label_of, spread_out, time_of
from allmende.model.sniff.names import Heading, headings, usable
from allmende.model.sniff.people import suspicion
from allmende.model.sniff.places import Near, Place, find_place
from allmende.model.sniff.taking import Column
from allmende.model.sniff.types import MAX_COLUMNS, MAX_ROWS, Note, Proposal, Use, note

PLAUSIBLE_YEARS = Range(minimum=1500, maximum=2100)
_COMMA = re.compile(r"[+-]?\d+,\d+\Z", re.ASCII)
_POINT = re.compile(r"[+-]?\d+\.\d+\Z", re.ASCII)


def sniff_table(
    rows: Iterable[Sequence[Any]],
    *,
    header: Sequence[str] | bool | None = None,
    name: str = "table",
    near: Near | None = None,
    reading: Reading | None = None,
    most: int = MAX_ROWS,
) -> Proposal:
    """A model with one entity for these rows, and how they are read.

    header: the names of the columns, when the caller has them already; True or False when
    the first row is known to hold them or not; None to find out. near: lon, lat of the place
    the data should be near. reading: what is known already. At most `most` rows are taken
    from `rows`. Never fails, whatever the cells are.
    """
    stream = iter(rows)
    sample = [list(row)[:MAX_COLUMNS] for row in islice(stream, most)]
    complete = next(stream, None) is None
    notes: list[Note] = []
    named = _names(header, sample)
    first_row = header is None or isinstance(header, bool)
    if first_row and named is not None:
        sample = sample[1:]
    if named is None:
        notes.append(_headless())
    found = headings([str(each) for each in _header(named, sample)])
    base = reading or Reading()
    if not base.decimal:
        base = msgspec.structs.replace(base, decimal=_decimal(sample))
    columns = _columns(found, sample, base)
    return _proposal(columns, found, sample, base, name, near, notes, complete, named is not None)


def sniff_csv(data: bytes, *, name: str = "table", near: Near | None = None) -> Proposal:
    """The same for the bytes of a text file; its dialect's notes come first."""
    dialect = sniff_dialect(data)
    rows = read_rows(data, dialect)
    base = Reading(decimal=dialect.decimal)
    proposal = sniff_table(rows, name=name, near=near, reading=base)
    proposal.notes = [*dialect.notes, *proposal.notes]
    return proposal


def _names(header: Sequence[str] | bool | None, sample: list[list[Any]]) -> list[Any] | None:
    """The names of the columns, None when there are none."""
    if header is None:
        header = has_header(sample)
    if header is True:
        return sample[0] if sample else []
    return None if header is False else list(header)[:MAX_COLUMNS]


def _header(named: list[Any] | None, sample: list[list[Any]]) -> list[Any]:
    width = max((len(row) for row in sample), default=0)
    given = ["" if each is None else each for each in named or []]
    return given + [""] * (width - len(given))


def _decimal(sample: list[list[Any]]) -> Literal["", ",", "."]:
    cells = [cell for row in sample[:500] for cell in row if isinstance(cell, str)]
    commas = sum(bool(_COMMA.match(cell.strip())) for cell in cells)
    points = sum(bool(_POINT.match(cell.strip())) for cell in cells)
    if commas == points:
        return ""
    return "," if commas > points else "."


def _columns(found: list[Heading], sample: list[list[Any]], base: Reading) -> list[Column]:
    columns = []
    for at, heading in enumerate(found):
        cells = [cell for row in sample if (cell := _clean(row, at, base)) is not None]
        column = Column(
            index=at,
            header=heading.written,
            name=heading.name,
            cells=cells,
            missing=len(sample) - len(cells),
            unit=heading.unit,
        )
        decide(column, heading.declared, base)
        columns.append(column)
    return columns


def _clean(row: list[Any], at: int, base: Reading) -> Any:
    cell = row[at] if at < len(row) else None
    if isinstance(cell, str):
        cell = cell.strip(" \t\r\n\u00a0\ufeff")
        return None if cell.casefold() in base.missing else cell
    if isinstance(cell, float) and not isfinite(cell):
        return None
    return cell


def _proposal(
    columns: list[Column],
    found: list[Heading],
    sample: list[list[Any]],
    base: Reading,
    name: str,
    near: Near | None,
    notes: list[Note],
    complete: bool,
    headed: bool,
) -> Proposal:
    place, about = find_place(columns, near)
    notes += about
    used = [each for each in columns if _is_used(each, place, notes)]
    fields = [_field(each, found[each.index], headed, len(sample), notes) for each in used]
    uses = [_use(each, used, base) for each in columns]
    if place:
        _put_place(place, fields, uses, columns)
    key, about = key_of(used, headed)
    notes += about + spread_out(fields, [str(each.header) for each in columns])
    for each in fields:
        each.required = each.name in key or (each.required and complete)
    ident = usable(name.rpartition("/")[2].partition(".")[0]) or "table"
    entity = Entity(name=ident, key=key, label=label_of(used), time=time_of(used), fields=fields)
    model = Model(id=ident.replace("_", "-").strip("-")[:60].strip("-"), entities=[entity])
    notes += [each for column in used for each in column.notes]
    return Proposal(
        model=model,
        reading=base,
        columns=uses,
        header=headed,
        notes=notes,
        rows=len(sample),
        complete=complete,
    )


def _is_used(column: Column, place: Place | None, notes: list[Note]) -> bool:
    """Whether the column becomes a plain field: not empty without a name, not the geometry."""
    if place and any(column is each for each in place.columns):
        return False
    if not column.cells and not str(column.header).strip():
        return False
    if column.type is FieldType.GEOMETRY:
        notes.append(
            note(
                "second-geometry",
                "The place of a row is taken from another column; this one is left out.",
                "Die Lage einer Zeile kommt aus einer anderen Spalte; diese entfällt.",
                on=column.name,
            )
        )
        return False
    return True


def _field(column: Column, heading: Heading, headed: bool, rows: int, notes: list[Note]) -> Field:
    codes, about = codes_of(column, rows)
    notes += about
    personal = suspicion(column, headed)
    if personal:
        notes.append(personal)
    numeric = column.type in (FieldType.NUMBER, FieldType.INTEGER)
    made = Field(
        name=column.name,
        type=column.type,
        title=heading.title,
        required=rows >= 20 and not column.missing,
        unit=column.unit if numeric else "",
        codes=codes,
        open_codes=bool(codes),
        personal=personal is not None,
        max_length=heading.length or None,
    )
    if column.type is FieldType.YEAR:
        made.plausible = PLAUSIBLE_YEARS
    return made


def _use(column: Column, used: list[Column], base: Reading) -> Use:
    taken = any(column is each for each in used)
    own = column.reading if column.reading != base else None
    return Use(
        index=column.index,
        header=str(column.header),
        field=column.name if taken else "",
        reading=own if taken else None,
    )


def _put_place(place: Place, fields: list[Field], uses: list[Use], columns: list[Column]) -> None:
    """The geometry as a field, and its columns as parts of it."""
    taken = {each.name for each in fields}
    alone = len(place.columns) == 1
    name = next(
        each for each in ("geometry", "geom", "the_geometry", "row_geometry") if each not in taken
    )
    fields.append(
        Field(
            name=name,
            type=FieldType.GEOMETRY,
            title={"de": "Lage", "en": "Location"},
            geometry=place.geometry,
            crs=place.crs,
        )
    )
    for part, column in zip(("",) if alone else ("x", "y"), place.columns, strict=True):
        use = uses[columns.index(column)]
        use.field, use.part = name, part  # type: ignore[assignment]
        own = msgspec.structs.replace(column.reading, swapped=place.swapped)
        use.reading = own


def _headless() -> Note:
    return note(
        "no-header",
        "The first row holds data: the columns need names.",
        "Die erste Zeile enthält schon Daten: Die Spalten brauchen Namen.",
    )


def used_columns(proposal: Proposal) -> Iterator[Use]:
    """The columns that become fields or parts of one."""
    return (each for each in proposal.columns if each.field)
