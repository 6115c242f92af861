# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows against their entity: every value in its canonical form, everything wrong listed.

Values are JSON values (`'2024-05-01'`, `True`, `3.5`); a geometry is WKB or GeoJSON in lon, lat.
Texts of files are turned into such values by `coerce.py` first.

An *error* is a rule that is broken: the row is not to be stored as it is. A *warning* is a
doubt: the row is stored and flagged. Codes are stable; CODES says what each means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from allmende.model.check_rules import Doubt, doubts, with_codes, with_limits, with_pattern
from allmende.model.check_values import Convert, Rejected, converter
from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.findings import CODES, Finding, shorten

__all__ = ["CODES", "Checker", "Finding", "shorten"]

MAX_ITEMS = 10_000
"""Values in one field with many values."""
MAX_NESTING = 8
"""Entities inside entities."""


class _Step(NamedTuple):
    name: str
    required: bool
    convert: Convert
    doubts: tuple[Doubt, ...]
    inside: bool = False  # convert gives (value, warnings): an entity lies in this field


class Checker:
    """The checks of an entity, compiled once. Objects inside need the model that has them."""

    def __init__(self, entity: Entity, model: Model | None = None, *, depth: int = 0) -> None:
        self.entity = entity
        self._names = frozenset(each.name for each in entity.fields)
        self._plan = [_step(each, model, depth) for each in entity.fields]

    def check(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
        """The row in canonical form and what is wrong with it.

        None counts as missing. A value with an error is left out of the row; fields without
        a value are left out too. The order is that of the entity.
        """
        kept: dict[str, Any] = {}
        found: list[Finding] = []
        get = values.get
        for name, required, convert, odd, inside in self._plan:
            value = get(name)
            if value is not None:
                try:
                    value = convert(value)
                except Rejected as error:
                    found.extend(_rejected(name, get(name), error))
                    continue
                if inside:
                    value, warnings = value
                    found.extend(_moved(each, name) for each in warnings)
            if value is None:
                if required:
                    found.append(_missing(name))
                continue
            kept[name] = value
            for doubt in odd:
                found.extend(doubt(value))
        if not values.keys() <= self._names:
            found.extend(_unknown(each) for each in values if each not in self._names)
        return kept, found


class _Inside(Rejected):
    """What a nested entity found."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("", "", "")
        self.findings = findings


def _rejected(name: str, value: Any, error: Rejected) -> list[Finding]:
    if isinstance(error, _Inside):
        return [_moved(each, name + error.where) for each in error.findings]
    shown = error.value if error.where else value
    return [
        Finding(field=name + error.where, code=error.code, value=shorten(shown), text=error.text)
    ]


def _moved(finding: Finding, into: str) -> Finding:
    path = finding.field if finding.field.startswith("[") else f".{finding.field}"
    return msgspec.structs.replace(finding, field=into + path)


def _missing(name: str) -> Finding:
    said = {"en": "A value is required.", "de": "Hier muss ein Wert stehen."}
    return Finding(field=name, code="missing", text=said)


def _unknown(name: Any) -> Finding:
    shown = str(shorten(name))
    said = {
        "en": f"There is no field “{shown}”: correct the name or leave it out.",
        "de": f"Es gibt kein Feld „{shown}“: Namen berichtigen oder weglassen.",
    }
    return Finding(field=shown, code="unknown-field", text=said)


def _step(each: Field, model: Model | None, depth: int) -> _Step:
    if each.type is FieldType.OBJECT and each.entity and model is not None:
        convert = _inside(each.entity, model, depth)
        convert = _all_inside(convert) if each.many else convert
        return _Step(each.name, each.required, convert, (), inside=True)
    convert = with_limits(each, with_codes(each, converter(each)))
    doubted = doubts(each)
    if each.pattern and each.type in (FieldType.STRING, FieldType.URI):
        convert, unchecked = with_pattern(each.pattern, convert)
        doubted.append(unchecked)
    if each.many:
        convert = _many(convert)
    named = tuple(_named(each.name, doubt, each.many) for doubt in doubted)
    return _Step(each.name, each.required, convert, named)


def _named(name: str, doubt: Doubt, many: bool) -> Doubt:
    """The doubt with the name of the field in front, for every one of many values."""

    def one(value: Any) -> Iterable[Finding]:
        return [_at(name, each) for each in doubt(value)]

    def all_of(values: Any) -> Iterable[Finding]:
        return [
            _at(f"{name}[{at}]", each) for at, value in enumerate(values) for each in doubt(value)
        ]

    return all_of if many else one


def _at(name: str, finding: Finding) -> Finding:
    where = f"{name}.{finding.field}" if finding.field else name
    return msgspec.structs.replace(finding, field=where)


def _many(convert: Convert) -> Convert:
    def read(values: Any) -> list[Any] | None:
        if type(values) is not list and type(values) is not tuple:
            raise Rejected(
                "type", "The value has to be an array.", "Der Wert muss eine Liste sein."
            )
        if len(values) > MAX_ITEMS:
            raise Rejected(
                "length",
                f"The array has more than {MAX_ITEMS:,} values.",
                f"Die Liste hat mehr als {MAX_ITEMS} Werte.",
            )
        kept = []
        for at, value in enumerate(values):
            try:
                kept.append(convert(value))
            except Rejected as error:
                error.where = f"[{at}]{error.where}"
                error.value = value if error.value is None else error.value
                raise
        return kept or None

    return read


def _inside(name: str, model: Model, depth: int) -> Convert:
    """The checks of an entity inside a field, compiled when first needed."""
    known: list[Checker] = []

    def read(value: Any) -> tuple[dict[str, Any], list[Finding]]:
        if type(value) is not dict:
            said = "The value has to be an object.", "Der Wert muss ein Objekt sein."
            raise Rejected("type", *said)
        if depth >= MAX_NESTING:
            raise Rejected(
                "length",
                f"Objects lie more than {MAX_NESTING} deep in each other.",
                f"Objekte liegen mehr als {MAX_NESTING} tief ineinander.",
            )
        if not known:
            known.append(Checker(model.entity(name), model, depth=depth + 1))
        kept, found = known[0].check(value)
        if any(each.severity == "error" for each in found):
            raise _Inside(found)
        return kept, found

    return read


def _all_inside(convert: Convert) -> Convert:
    every = _many(convert)

    def read(values: Any) -> tuple[list[Any] | None, list[Finding]]:
        pairs = every(values) or []
        found = [_moved(each, f"[{at}]") for at, pair in enumerate(pairs) for each in pair[1]]
        return [kept for kept, _ in pairs] or None, found

    return read
