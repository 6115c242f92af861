# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A mapping, a layer and an entity put together: what is done with every row."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Values
from dataclasses import dataclass
from typing import Any

import msgspec

from allmende.core.imports.mapping import FieldSource, Mapping
from allmende.core.imports.plain import plain
from allmende.core.imports.types import Layer, ReadOptions
from allmende.core.imports.units import conversion
from allmende.errors import InvalidInput
from allmende.model.check_rows import Finding
from allmende.model.coerce import FALSE, MISSING, TRUE, Reading, Unreadable, reader
from allmende.model.document import Entity, Field, FieldType, Visibility
from allmende.model.findings import shorten

READ_HERE = ("decimal", "date_order", "pivot", "epoch", "time_zone", "true", "false", "missing")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

Prepare = Callable[[Any], Any]


@dataclass(slots=True)
class Step:
    """One field: its column, and how a cell becomes a value."""

    name: str
    column: str
    read: Callable[[Any], Any]
    prepare: Prepare | None
    finish: Callable[[float], float] | None
    joined: tuple[str, ...] = ()
    join: str = ""

    def cell(self, cells: Values[str, Any]) -> Any:
        """The cell of a row; of several columns their texts in one."""
        if not self.joined:
            return cells.get(self.column)
        texts = [_short(cells.get(name)) for name in self.joined]
        return self.join.join(text for text in texts if text)


class Plan:
    """What is done with every row of a layer.

    `untaken` are columns that are neither taken nor dropped on purpose.
    """

    def __init__(self, entity: Entity, mapping: Mapping, layer: Layer) -> None:
        read = mapping.read
        if layer.decimal and not read.decimal:
            read = msgspec.structs.replace(read, decimal=layer.decimal)
        mapping = msgspec.structs.replace(mapping, read=read)
        self.entity, self.mapping = entity, mapping
        self.columns = [column.name for column in layer.columns]
        self.placed = entity.geometry.name if entity.geometry else ""
        self.reading = reading_of(mapping.read)
        self.steps = self._steps()
        self.x, self.y, self.shape = (
            self._there(each) for each in (mapping.place.x, mapping.place.y, mapping.place.shape)
        )
        self.rest = self._rest()
        used = self._used()
        self.untaken = [
            name for name in self.columns if name not in used and name not in mapping.drop
        ]

    def _steps(self) -> list[Step]:
        told = self.mapping.sources()
        known = {each.name for each in self.entity.fields}
        for name in (*told, *self.mapping.constants):
            if name not in known:
                raise _no_field(name, known)
        named = {column for each in told.values() for column in each.columns}
        named |= self.mapping.drop.keys()
        free = {plain_name(name): name for name in self.columns if name not in named}
        steps: list[Step] = []
        for each in self.entity.fields:
            if each.type is FieldType.GEOMETRY or each.name == self.mapping.rest:
                continue
            source = told.get(each.name)
            if source is None and each.name in self.mapping.constants:
                continue
            column = self._there(source.columns) if source else free.get(plain_name(each.name), "")
            if column:
                steps.append(self._step(each, column, source or FieldSource(from_=column)))
        if not steps and self.columns:
            raise _nothing_fits(self.columns)
        return steps

    def _used(self) -> set[str]:
        taken = {name for step in self.steps for name in (step.column, *step.joined)}
        return taken | {self.x, self.y, self.shape}

    def _there(self, names: str | list[str]) -> str:
        wanted = [names] if isinstance(names, str) else names
        return next((name for name in wanted if name in self.columns), "")

    def _step(self, field: Field, column: str, source: FieldSource) -> Step:
        own = {name: value for name in READ_HERE if (value := getattr(source, name))}
        options = msgspec.structs.replace(self.mapping.read, **own)
        turn = conversion(source.unit, field.unit) if source.unit else None
        raw_unit = msgspec.structs.replace(field, unit=source.unit) if source.unit else field
        if turn and field.type is FieldType.INTEGER:
            raw_unit = msgspec.structs.replace(raw_unit, type=FieldType.NUMBER)
        read = reader(raw_unit, reading_of(options, source.separator))
        step = Step(field.name, column, read, _prepare(source), turn)
        if source.join is not None:
            step.join = source.join
            step.joined = tuple(name for name in source.columns if name in self.columns)
        return step

    def _rest(self) -> str:
        found = self.entity.find(self.mapping.rest) if self.mapping.rest else None
        if self.mapping.rest and (found is None or found.type is not FieldType.OBJECT):
            raise _no_field(self.mapping.rest, {each.name for each in self.entity.fields})
        return self.mapping.rest

    # --- rows ------------------------------------------------------------------------

    def values(
        self, cells: Values[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any], list[Finding]]:
        """The values of a row, what could not be read, and why. Without its geometry."""
        values: dict[str, Any] = dict(self.mapping.constants)
        extra: dict[str, Any] = {}
        found: list[Finding] = []
        for step in self.steps:
            cell = step.cell(cells)
            if cell is None or cell == "":
                continue
            try:
                ready = step.prepare(cell) if step.prepare else cell
                value = step.read(ready)
            except Unreadable as error:
                extra[step.name] = plain(cell)
                found.append(unread(step.name, cell, error))
                continue
            if value is not None:
                values[step.name] = step.finish(value) if step.finish else value
        if self.rest:
            self._gather(cells, values)
        return values, extra, found

    def _gather(self, cells: Values[str, Any], values: dict[str, Any]) -> None:
        """The columns that belong to no field, in one object."""
        used = self._used() | self.mapping.drop.keys()
        others = {
            name: plain(cell)
            for name, cell in cells.items()
            if name not in used and cell not in (None, "")
        }
        if others:
            values[self.rest] = others

    def identify(
        self,
        values: Values[str, Any],
        cells: Values[str, Any],
        given: str,
        shape: bytes | None = None,
    ) -> str:
        """The id of a row: by the key of the model, by the mapping, by the source, by content.

        Only what everybody may see goes into an id made from the content: whoever guesses the
        rest must not find it confirmed.
        """
        if self.entity.key:
            parts = [values.get(name) for name in self.entity.key]
            return "~".join(str(part) for part in parts) if None not in parts else ""
        if self.mapping.id.columns:
            named = [_short(cells.get(name)) for name in self.mapping.id.columns]
            return clean("~".join(named)) if any(named) else ""
        if given:
            return clean(given)
        open_to_all = [each for each in self.entity.fields if each.shown_to is Visibility.PUBLIC]
        body = msgspec.json.encode([str(values.get(each.name)) for each in open_to_all])
        if shape is not None and any(each.name == self.placed for each in open_to_all):
            body += shape
        return hashlib.blake2b(body, digest_size=10).hexdigest()


def _short(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def clean(text: str) -> str:
    """A text as it can stand in an address: letters, digits and - . _ ~"""
    return "".join(c if c.isalnum() or c in "-._~" else "-" for c in text.strip())[:200]


def plain_name(name: str) -> str:
    """A column's name for comparison: small letters and digits only, umlauts written out."""
    text = unicodedata.normalize("NFC", name).lower().translate(UMLAUTS)
    return "".join(c for c in text if c.isalnum())


def reading_of(options: ReadOptions, separator: str = "") -> Reading:
    """How cells are read, for the options of a mapping."""
    given: dict[str, Any] = {
        "decimal": options.decimal,
        "date_order": options.date_order or "dmy",
        "true": frozenset(word.casefold() for word in options.true) or TRUE,
        "false": frozenset(word.casefold() for word in options.false) or FALSE,
        "missing": MISSING | {word.casefold() for word in options.missing},
    }
    more = {
        "separator": separator,
        "pivot": options.pivot,
        "epoch": options.epoch,
        "time_zone": options.time_zone,
    }
    given |= {name: value for name, value in more.items() if value}
    try:
        return msgspec.convert(given, Reading)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            f"The options for reading are wrong: {error}.",
            f"Die Angaben zum Lesen sind falsch: {error}.",
            code="import-mapping",
        ) from error


def _prepare(source: FieldSource) -> Prepare | None:
    if not (source.between or source.split or source.digits or source.values):
        return None

    def prepare(cell: Any) -> Any:
        if isinstance(cell, str):
            cell = _part(cell, source)
        return source.values.get(_short(cell), cell) if source.values else cell

    return prepare


def _part(cell: str, source: FieldSource) -> str:
    part = _cut(cell, source)
    return "" if source.digits and not part.strip().isdecimal() else part


def _cut(cell: str, source: FieldSource) -> str:
    if source.between:
        before, after = source.between
        _, found, rest = cell.rpartition(before)
        cell, closed, _ = rest.partition(after)
        if not (found and closed):
            return ""
    if source.split:
        parts = cell.split(source.split)
        at = source.part - 1 if source.part > 0 else source.part
        return parts[at].strip() if -len(parts) <= at < len(parts) else ""
    return cell


def unread(name: str, cell: Any, error: Unreadable) -> Finding:
    """The flag of a cell that could not be read; the row keeps it as it was."""
    return Finding(
        field=name, code=error.code, severity="warning", value=shorten(plain(cell)), text=error.text
    )


def _no_field(name: str, known: Iterable[str]) -> InvalidInput:
    there = ", ".join(sorted(known))
    return InvalidInput(
        f"The mapping names the field “{name}”, which the model does not have: {there}.",
        f"Die Zuordnung nennt das Feld „{name}“, das das Modell nicht hat: {there}.",
        code="import-mapping",
    )


def _nothing_fits(columns: list[str]) -> InvalidInput:
    there = ", ".join(columns[:30])
    return InvalidInput(
        f"No column belongs to a field of the model; write a mapping. Columns: {there}.",
        f"Keine Spalte gehört zu einem Feld des Modells; bitte eine Zuordnung schreiben. "
        f"Spalten: {there}.",
        code="import-mapping",
    )
