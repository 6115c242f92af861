# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A collection moves to another version of its model, or to another model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from allmende.core.collections.describing import describe
from allmende.core.collections.encoding import Change, RowEncoder
from allmende.core.collections.making import entity_of, keep_model
from allmende.core.collections.writing import writable
from allmende.core.platform import Platform
from allmende.errors import InvalidInput
from allmende.model.document import Entity, Model
from allmende.policy import Action, Subject
from allmende.store import Connection, audit, events
from allmende.store.collections import moving
from allmende.store.collections.types import Cause, Prepared, Refusal, Registered, Row

MOST_ROWS = 500_000  # are moved in one transaction, in which nobody else writes


class Conversion(Struct, kw_only=True):
    """Where the value of a field comes from.

    `source` is the old field (the same name when empty), `values` replaces single values
    by their text, `constant` is taken where there is none. An old field that no new one
    takes its value from is dropped.
    """

    source: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    constant: Any = None


class Moved(Struct):
    """How many rows fit the new description, and the ones that did not."""

    rows: int
    refused: list[Refusal]


class _Trial(Exception):
    """Ends a trial: the transaction is dropped."""

    def __init__(self, moved: Moved) -> None:
        super().__init__()
        self.moved = moved


async def migrate(
    platform: Platform,
    subject: Subject,
    ident: str,
    model: Model,
    conversions: Mapping[str, Conversion] | None = None,
    *,
    entity: str = "",
    trial: bool = False,
    reason: str = "",
) -> Moved:
    """Converts all rows and their past to a model; with `trial` nothing is changed.

    Rows that do not fit go into quarantine and out of the collection. Raises InvalidInput for a
    conversion from or to a field that is not there, and for collections of more than
    500,000 rows, which are better made anew.
    """
    found = await writable(platform, subject, ident, Action.WRITE)
    wanted = entity_of(model, entity)
    plan = _plan(found.entity, wanted, conversions or {})
    _few_enough(found)
    if not trial:
        await keep_model(platform, subject, model, found)
    encoder = RowEncoder(wanted, model=model)

    def convert(row: Row) -> Prepared | Refusal:
        return encoder.prepare(_converted(row, plan, found.entity, wanted))

    def salvage(row: Row) -> Prepared:
        return encoder.salvage(_converted(row, plan, found.entity, wanted))

    def work(db: Connection) -> Moved:
        cause = Cause(subject.id, "model", reason or f"{model.id} {model.version}")
        kept, refused = moving.move(
            db, found, wanted, (model.id, model.version), cause, convert, salvage
        )
        if trial:
            raise _Trial(Moved(kept, refused))
        events.emit(db, "collection", "migrated", found.number, found.id)
        audit.note(db, subject.id, "collection-migrate", f"{ident} {model.id} {model.version}")
        return Moved(kept, refused)

    try:
        moved = await platform.store.write(work)
    except _Trial as ended:
        return ended.moved
    await describe(platform, ident)
    return moved


def _few_enough(found: Registered) -> None:
    if found.rows > MOST_ROWS:
        raise InvalidInput(
            f"More than {MOST_ROWS} rows are not moved in place; make a new collection.",
            f"Mehr als {MOST_ROWS} Zeilen werden nicht an Ort und Stelle umgezogen; bitte legen "
            "Sie eine neue Sammlung an.",
        )


def _plan(old: Entity, new: Entity, conversions: Mapping[str, Conversion]) -> dict[str, Conversion]:
    """Every new field with where its value comes from."""
    for name, each in conversions.items():
        if new.find(name) is None or (each.source and old.find(each.source) is None):
            raise InvalidInput(
                f"The conversion of “{name}” names a field that is not there.",
                f"Die Umwandlung von „{name}“ nennt ein Feld, das es nicht gibt.",
                code="unknown-field",
            )
    plan = {each.name: conversions.get(each.name, Conversion()) for each in new.plain}
    return plan


def _converted(row: Row, plan: Mapping[str, Conversion], old: Entity, new: Entity) -> Change:
    values: dict[str, Any] = {}
    for name, each in plan.items():
        value = row.values.get(each.source or name)
        if value is not None and each.values:
            value = each.values.get(str(value), value)
        values[name] = each.constant if value is None else value
    if new.geometry is not None and old.geometry is not None:
        values[new.geometry.name] = row.geometry
    return Change("upsert", row.id, values, extra=row.extra)


__all__ = ["Conversion", "Moved", "Registered", "migrate"]
