# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A row on its way in: checked against its entity and encoded for its table."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from allmende.model.check_rows import Checker, Finding
from allmende.model.document import Entity, FieldType, Model, Visibility
from allmende.store.collections.blobs import measure
from allmende.store.collections.types import Prepared, Refusal

MAX_ID = 200


class Change(Struct):
    """A row on its way in.

    `values` are JSON values by field name, the geometry among them as WKB or GeoJSON in
    CRS84. `extra` are raw values that could not be typed, `flags` what the reader found.
    """

    action: Literal["upsert", "create", "replace", "patch", "delete"] = "upsert"
    id: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    flags: list[Finding] = field(default_factory=list)
    expected_revision: int | None = None
    line: int = 0
    closed: list[str] | None = None  # set on the way: closed fields that were touched


class RowEncoder:
    """Checks a row and encodes it for the table of its collection."""

    def __init__(
        self,
        entity: Entity,
        closed: frozenset[str] = frozenset(),
        model: Model | None = None,
    ) -> None:
        self.entity = entity
        self.closed = closed
        self._checker = Checker(entity, model)
        self._placed = entity.geometry.name if entity.geometry else ""
        self._fields = [
            (each.name, _coder(each.type, each.many), each.shown_to is Visibility.PUBLIC)
            for each in entity.plain
        ]
        self._json = msgspec.json.Encoder()

    def prepare(self, change: Change) -> Prepared | Refusal:
        """The row ready for the database, or why it cannot be stored."""
        if change.action == "delete":
            return Prepared(
                "delete", change.id, change.line, expected_revision=change.expected_revision
            )
        touched = change.closed
        if touched is None:
            touched = sorted(self.closed & change.values.keys())
        if touched:
            return self._refusal(change, [_no_field(name) for name in touched])
        values, findings = self._checker.check(change.values)
        errors = [each for each in (*change.flags, *findings) if each.severity == "error"]
        row_id = self._id(change, values)
        if not row_id or len(row_id) > MAX_ID:
            errors.append(_bad_id(row_id))
        if errors:
            return self._refusal(change, errors)
        return self._encode(change, row_id, values, [*change.flags, *findings])

    def _id(self, change: Change, values: Mapping[str, Any]) -> str:
        key = self.entity.key
        if key and all(values.get(name) is not None for name in key):
            made = "~".join(str(values[name]) for name in key)
            return change.id or made
        if change.id or key:
            return change.id
        return secrets.token_hex(8)

    def id_of(self, change: Change) -> str:
        """The id a change is about, from its key fields when it does not name one."""
        values = change.values
        key = self.entity.key
        if change.id or not key or any(values.get(name) is None for name in key):
            return change.id
        return "~".join(str(values[name]) for name in key)

    def salvage(self, change: Change) -> Prepared:
        """The row with those of its values that can be stored, whatever is wrong with others."""
        values, findings = self._checker.check(change.values)
        doubts = [each for each in findings if each.severity == "warning"]
        return self._encode(change, change.id, values, doubts)

    def _refusal(self, change: Change, findings: list[Finding]) -> Refusal:
        raw = {
            name: value.hex() if isinstance(value, bytes) else value
            for name, value in {**change.values, **change.extra}.items()
            if name not in self.closed or name in (change.closed or ())
        }
        return Refusal(change.line, change.id, findings, raw)

    def _encode(
        self, change: Change, row_id: str, values: Mapping[str, Any], doubts: list[Finding]
    ) -> Prepared:
        columns, public = [], {}
        for name, code, shown in self._fields:
            value = values.get(name)
            columns.append(value if code is None or value is None else code(value))
            if shown:
                public[name] = value
        wkb = values.get(self._placed) if self._placed else None
        bounds, shape = measure(wkb) if wkb is not None else (None, None)
        flags = sorted({f"{each.field}:{each.code}" for each in doubts})
        ready = Prepared(
            "upsert" if change.action == "patch" else change.action,
            row_id,
            change.line,
            tuple(columns),
            wkb,
            bounds,
            self._text(flags) if flags else None,
            self._text(change.extra) if change.extra else None,
            self._text(public),
            shape,
            expected_revision=change.expected_revision,
        )
        mark = self._json.encode((columns, ready.flags, ready.extra))
        ready.hash = hashlib.blake2b(mark + (wkb or b""), digest_size=16).digest()
        return ready

    def texts(self, values: Mapping[str, Any], wkb: bytes | None) -> tuple[str, str | None]:
        """The ready-made texts of a row: its public properties and its shape."""
        public = {name: values.get(name) for name, _, shown in self._fields if shown}
        return self._text(public), measure(wkb)[1] if wkb is not None else None

    def _text(self, value: Any) -> str:
        return self._json.encode(value).decode()


def _coder(kind: FieldType, many: bool) -> Any:
    if many or kind is FieldType.OBJECT:
        return lambda value: msgspec.json.encode(value).decode()
    return int if kind is FieldType.BOOLEAN else None


def _no_field(name: str) -> Finding:
    said = {"en": "There is no such field.", "de": "Ein solches Feld gibt es nicht."}
    return Finding(field=name, code="unknown-field", text=said)


def _bad_id(row_id: str) -> Finding:
    said = {
        "en": f"The row has no id, or one longer than {MAX_ID} characters; fill the key fields.",
        "de": f"Die Zeile hat keine Kennung oder eine längere als {MAX_ID} Zeichen; bitte die "
        "Schlüsselfelder füllen.",
    }
    return Finding(field="id", code="id", value=row_id[:50], text=said)
