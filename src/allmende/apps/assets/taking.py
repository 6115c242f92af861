# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A row of a guest becomes an asset: which fields may be taken, and what they turn into.

Invariants
- A field of the guest goes only into fields of the asset that no more people see.
- A value that the guest itself flags as doubtful is not taken.
- What the description does not govern is kept as people have entered it.
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from allmende.apps.assets.guest import Guest
from allmende.core.collections import Collection, Row
from allmende.model.document import Entity, Field, FieldType, Visibility
from allmende.model.filter import Filter, In, all_of

SHAPE = "shape"
INSPECTED = "condition-1-5"
ALWAYS = frozenset(
    {
        "asset_id",
        "kind",
        "status",
        "collection",
        "source_row",
        "guest",
        "district",
        "removed_on",
        "last_inspection",
        "next_inspection_due",
    }
)
_RANK = {Visibility.PUBLIC: 0, Visibility.INTERNAL: 1, Visibility.PERSONAL: 2}
_WHOLE = {FieldType.INTEGER, FieldType.YEAR}
_TEXT = {FieldType.STRING, FieldType.URI}

Inspected = tuple[str, int | None]
"""Day of an inspection that was entered here, and the condition that was found."""


def asset_id(collection: str, row: str) -> str:
    """The id of the asset that a row becomes."""
    return f"{collection}~{row}"


class Taker:
    """Makes assets of the rows of one guest."""

    def __init__(self, guest: Guest, source: Collection, asset: Entity) -> None:
        self.guest, self.source, self.asset = guest, source, asset
        self.left_out: list[str] = []
        self.fields = {
            target: [name for name in _listed(given) if self._may(name, target)]
            for target, given in sorted(guest.fields.items())
        }
        condition, inspection = guest.condition, guest.inspection
        self.condition = self._one(condition.field if condition else "", "condition", loose=True)
        self.date = self._one(inspection.date if inspection else "", "last_inspection")
        self.kind = self._one(inspection.kind if inspection else "", "kind")
        self.given_up = self._one(guest.given_up, "status", loose=True)
        self.usable = all(self._may(name, "kind", loose=True) for name in guest.where)

    def _one(self, name: str, target: str, *, loose: bool = False) -> str:
        return name if name and self._may(name, target, loose=loose) else ""

    def _may(self, name: str, target: str, *, loose: bool = False) -> bool:
        """Whether a field may be taken; else it is noted. `loose` does not ask for the type."""
        given, wanted = self.source.entity.find(name), self.asset.find(target)
        why = ""
        if given is None:
            why = "missing"
        elif wanted is None or _RANK[given.shown_to] > _RANK[wanted.shown_to]:
            why = given.shown_to.value
        elif not loose and not _fits(given, wanted):
            why = given.type.value
        if why:
            self.left_out.append(f"{name} ({why})")
        return not why

    @property
    def where(self) -> Filter:
        """The rows that are taken."""
        parts = [In(name, tuple(values)) for name, values in sorted(self.guest.where.items())]
        return all_of(*parts)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The fields of the guest that are read."""
        named = [name for names in self.fields.values() for name in names]
        named += [*self.guest.where, self.condition, self.date, self.kind, self.given_up]
        return tuple(sorted({name for name in named if name}))

    def state(self, districts: int) -> str:
        """A mark that changes when all rows have to be taken anew."""
        parts = (self.guest, self.fields, self.left_out, self.source.number, districts)
        return hashlib.blake2b(msgspec.json.encode(parts), digest_size=12).hexdigest()

    def fits(self, row: Row) -> bool:
        """Whether the description takes this row."""
        return all(row.values.get(name) in values for name, values in self.guest.where.items())

    @property
    def governed(self) -> frozenset[str]:
        """Fields of the asset that follow the guest; all others are kept as they are."""
        own = ALWAYS | self.fields.keys() | self.guest.constants.keys()
        if self.condition:
            own |= {"condition", "condition_raw", "condition_scale"}
        if self.guest.inspection and self.guest.inspection.months is not None:
            own |= {"inspection_interval"}
        return frozenset(own)

    def asset_of(
        self, row: Row, before: Mapping[str, Any], district: str | None, seen: Sequence[Inspected]
    ) -> dict[str, Any]:
        """The values of an asset without its geometry; `before` are those it has now."""
        kept = {k: v for k, v in before.items() if v is not None and k not in self.governed}
        values = {**kept, **self.guest.constants}
        for target, names in self.fields.items():
            values[target] = next((v for n in names if (v := _sure(row, n)) is not None), None)
        values |= {
            "asset_id": asset_id(self.source.id, row.id),
            "kind": self.guest.kind,
            "collection": self.source.id,
            "source_row": row.id,
            "guest": self.guest.id,
            "district": district,
            "status": self._status(row, values),
            "last_inspection": _sure(row, self.date),
        }
        self._rate(row, values, seen)
        self._plan(values)
        return {name: value for name, value in values.items() if value is not None}

    def _status(self, row: Row, values: Mapping[str, Any]) -> str:
        if values.get("removed_on") is not None:
            return "removed"
        given_up = self.given_up and row.values.get(self.given_up) not in (None, False)
        return "given-up" if given_up else "in-use"

    def _rate(self, row: Row, values: dict[str, Any], seen: Sequence[Inspected]) -> None:
        """The condition: of the newest inspection, unless the register is newer."""
        rule = self.guest.condition
        if rule is not None and self.condition:
            raw = _sure(row, self.condition)
            values["condition"] = None if raw is None else rule.values.get(_text(raw))
            values["condition_raw"] = None if raw is None else _text(raw)
            values["condition_scale"] = None if raw is None else rule.scale
        elif values.get("condition_scale") == INSPECTED:
            values |= dict.fromkeys(("condition", "condition_raw", "condition_scale"))
        known = values["last_inspection"] or ""
        rated = max(((day, grade) for day, grade in seen if grade and day >= known), default=None)
        if rated is not None:
            values["condition"], values["condition_scale"] = rated[1], INSPECTED
            values["condition_raw"] = str(rated[1])
        values["last_inspection"] = max([known, *(day for day, _ in seen)]) or None

    def _plan(self, values: dict[str, Any]) -> None:
        """The interval, and the day the next inspection is due; never for what is gone."""
        rule = self.guest.inspection
        if rule is not None and rule.months is not None:
            grade = str(values.get("condition"))
            values["inspection_interval"] = rule.months_by_condition.get(grade, rule.months)
        last, months = values["last_inspection"], values.get("inspection_interval")
        due = None
        if last and months and values["status"] == "in-use":
            due = later(last, months)
        values["next_inspection_due"] = due

    def inspection_of(self, row: Row) -> dict[str, Any] | None:
        """The last inspection as the register has it; None when it names no day."""
        day = _sure(row, self.date)
        if day is None:
            return None
        rule = self.guest.inspection
        said = _sure(row, self.kind)
        kind = rule.kinds.get(str(said), said) if rule and said is not None else None
        return {
            "asset_id": asset_id(self.source.id, row.id),
            "inspected_on": day,
            "kind": kind,
            "source": "register",
        }


def later(day: str, months: int) -> str:
    """The same day so many months later, at most the last of that month."""
    start = date.fromisoformat(day[:10])
    year, month = divmod(start.month - 1 + months, 12)
    year += start.year
    if year > date.max.year:
        return date.max.isoformat()
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)).isoformat()


def _listed(given: str | list[str]) -> Iterable[str]:
    return [given] if isinstance(given, str) else given


def _fits(given: Field, wanted: Field) -> bool:
    if given.many or given.type in (FieldType.OBJECT, FieldType.GEOMETRY):
        return False
    pairs = (given.type, wanted.type)
    if given.type == wanted.type or all(each in _WHOLE for each in pairs):
        return True
    if wanted.type is FieldType.NUMBER:
        return given.type is FieldType.INTEGER
    return all(each in _TEXT for each in pairs)


def _sure(row: Row, name: str) -> Any:
    """A value that is not in doubt."""
    if not name or any(flag.partition(":")[0] == name for flag in row.flags):
        return None
    value = row.values.get(name)
    return value or None if isinstance(value, str) else value


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
