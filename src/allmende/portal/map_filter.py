# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A form for the fields of a model, and what a filled-in form means as filter and as CQL2.

Names in the address: `height.from`, `height.to`, `species` (repeated: one of them), `street`
(text that occurs in it), `species.none` (also those without a value). The form, the filter of
the table and the CQL2 text that the map's tiles are asked with all come from the same controls.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from allmende.model.document import Entity, Field, FieldType
from allmende.model.filter import (
    Call,
    Compare,
    Everything,
    Filter,
    In,
    IsNull,
    Property,
    Value,
    all_of,
    any_of,
)
from allmende.portal.map_values import Shown, label, unit
from allmende.portal.page import Page

MAX_CONTROLS = 40
FIRST = 5  # controls that are seen at once; the others unfold
MAX_BOXES = 12  # codes as boxes to tick; more become a choice
MAX_CODES = 1_000

Kind = Literal["boxes", "choice", "truth", "range", "dates", "text"]

_RANGES = {FieldType.INTEGER, FieldType.NUMBER, FieldType.YEAR}
_DATES = {FieldType.DATE, FieldType.DATETIME}
_SKIPPED = {FieldType.GEOMETRY, FieldType.OBJECT, FieldType.TIME}
_INTEGER = re.compile(r"[+-]?\d{1,15}\Z")
_DECIMAL = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,12})?\Z")


@dataclass(frozen=True, slots=True)
class Option:
    """A code with its title."""

    value: str
    label: Shown
    chosen: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One field of the form; `low` and `high` hold what was typed, also when it is wrong."""

    name: str
    label: Shown
    unit: str
    kind: Kind
    options: list[Option] = field(default_factory=list)
    low: str = ""
    high: str = ""
    text: str = ""
    least: str = ""
    most: str = ""
    step: str = "any"
    wrong: bool = False
    open: bool = True  # the field may be without a value
    none: bool = False  # those without a value are wanted

    @property
    def chosen(self) -> list[Option]:
        """The options that are ticked."""
        return [each for each in self.options if each.chosen]

    @property
    def used(self) -> bool:
        """Whether something is filled in."""
        return bool(self.low or self.high or self.text or self.none or self.chosen)


@dataclass(frozen=True, slots=True)
class Form:
    """The controls of an entity and what they mean together."""

    controls: list[Control]
    where: Filter
    cql: str
    values: list[tuple[str, str]]

    @property
    def used(self) -> list[Control]:
        """Those that are filled in."""
        return [each for each in self.controls if each.used]

    @property
    def first(self) -> list[Control]:
        """What is seen at once: those in use, or the first few when none is."""
        return self.used or self.controls[:FIRST]

    @property
    def rest(self) -> list[Control]:
        """What unfolds."""
        shown = self.first
        return [each for each in self.controls if not any(each is one for one in shown)]

    @property
    def active(self) -> int:
        """How many controls are filled in."""
        return sum(each.used for each in self.controls)


def form(entity: Entity, values: Iterable[tuple[str, str]], page: Page) -> Form:
    """The form of an entity, filled with what the address says."""
    given: dict[str, list[str]] = {}
    for name, value in values:
        given.setdefault(name, []).append(value)
    controls: list[Control] = []
    parts: list[tuple[Filter, str]] = []
    for each in _offered(entity):
        control, found = _or_none(each, given, *_control(each, given, page))
        controls.append(control)
        parts += found
    kept = [(name, value) for name, found in given.items() for value in found]
    where = all_of(*(part for part, _ in parts))
    return Form(controls, where, " AND ".join(text for _, text in parts), kept)


def _offered(entity: Entity) -> list[Field]:
    """The fields one can filter by; those with codes first, then in the model's order."""
    usable = [each for each in entity.plain if each.type not in _SKIPPED and not each.many]
    usable.sort(key=lambda each: not each.codes and each.type is not FieldType.BOOLEAN)
    return usable[:MAX_CONTROLS]


Parts = list[tuple[Filter, str]]


def _control(each: Field, given: dict[str, list[str]], page: Page) -> tuple[Control, Parts]:
    typed = given.get(each.name, [])
    if each.type is FieldType.BOOLEAN:
        return _truth(each, typed, page)
    if each.codes and len(each.codes) <= MAX_CODES:
        return _codes(each, typed, page)
    if each.type in _RANGES or each.type in _DATES:
        return _range(each, given, page)
    text = typed[0] if typed else ""
    control = Control(each.name, label(each, page), unit(each), "text", text=text)
    return control, [_contains(each.name, text)] if text else []


def _or_none(
    each: Field, given: dict[str, list[str]], control: Control, parts: Parts
) -> tuple[Control, Parts]:
    """The control with the box for rows without a value, which adds them to what is wanted."""
    if each.required:
        return replace(control, open=False), parts
    if given.get(f"{each.name}.none") != ["1"]:
        return control, parts
    node, text = IsNull(each.name), f'"{each.name}" IS NULL'
    if parts:
        within = all_of(*(part for part, _ in parts))
        said = " AND ".join(part for _, part in parts)
        parts = [(any_of(within, node), f"(({said}) OR {text})")]
    else:
        parts = [(node, text)]
    return replace(control, none=True), parts


def _truth(each: Field, typed: list[str], page: Page) -> tuple[Control, Parts]:
    chosen = typed[0] if typed and typed[0] in ("true", "false") else ""
    options = [
        Option(value, Shown(str(page.words(key))), value == chosen)
        for value, key in (("true", "value.yes"), ("false", "value.no"))
    ]
    control = Control(each.name, label(each, page), "", "truth", options=options)
    wanted = chosen == "true"
    part = (Compare(each.name, "=", wanted), f'"{each.name}" = {literal(wanted)}')
    return control, [part] if chosen else []


def _codes(each: Field, typed: list[str], page: Page) -> tuple[Control, Parts]:
    chosen = [code.code for code in each.codes if str(code.code) in typed]
    options = [
        Option(str(code.code), _title(code.title, str(code.code), page), code.code in chosen)
        for code in each.codes
    ]
    kind: Kind = "boxes" if len(options) <= MAX_BOXES else "choice"
    control = Control(each.name, label(each, page), unit(each), kind, options=options)
    if not chosen:
        return control, []
    text = f'"{each.name}" IN ({", ".join(literal(code) for code in chosen)})'
    return control, [(In(each.name, tuple(chosen)), text)]


def _title(title: dict[str, str], code: str, page: Page) -> Shown:
    found = page.said(title)
    return Shown(found.text or code, found.lang if found.text else None)


def _range(each: Field, given: dict[str, list[str]], page: Page) -> tuple[Control, Parts]:
    low, high = (given.get(f"{each.name}.{end}", [""])[0] for end in ("from", "to"))
    parts: Parts = []
    wrong = False
    for text, operator in ((low, ">="), (high, "<=")):
        value = _limit(each, text, upper=operator == "<=")
        wrong = wrong or bool(text and value is None)
        if value is not None:
            compare = Compare(each.name, ">=" if operator == ">=" else "<=", value)
            parts.append((compare, f'"{each.name}" {operator} {_typed(each, value)}'))
    dates = each.type in _DATES
    control = Control(
        each.name,
        label(each, page),
        unit(each),
        "dates" if dates else "range",
        low=low,
        high=high,
        least="" if each.minimum is None else str(each.minimum),
        most="" if each.maximum is None else str(each.maximum),
        step="1" if each.type in (FieldType.INTEGER, FieldType.YEAR) else "any",
        wrong=wrong,
    )
    return control, parts


def _limit(each: Field, text: str, *, upper: bool) -> Value | None:
    """One end of a range as the field's values are; None when it cannot be read."""
    if not text:
        return None
    if each.type in _DATES:
        try:
            day = date.fromisoformat(text[:10]).isoformat()
        except ValueError:
            return None
        if each.type is FieldType.DATE:
            return day
        return f"{day}T23:59:59.999Z" if upper else f"{day}T00:00:00.000Z"
    if each.type is FieldType.NUMBER:
        return float(text.replace(",", ".")) if _DECIMAL.match(text) else None
    return int(text) if _INTEGER.match(text) else None


def _typed(each: Field, value: Value) -> str:
    """The value as CQL2 writes it (OGC 21-065r2 §6.5)."""
    if each.type is FieldType.DATE:
        return f"DATE('{value}')"
    if each.type is FieldType.DATETIME:
        return f"TIMESTAMP('{value}')"
    return literal(value)


def _contains(name: str, text: str) -> tuple[Filter, str]:
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    pattern = f"%{escaped}%"
    part = Call("like", (Call("casei", (Property(name),)), Call("casei", (pattern,))))
    return part, f'CASEI("{name}") LIKE CASEI({literal(pattern)})'


def literal(value: Value) -> str:
    """A value in CQL2 text."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    return "'" + value.replace("'", "''") + "'"


NOTHING = Form([], Everything(), "", [])
