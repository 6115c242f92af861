# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Descriptions of guests: how the rows of a collection become assets.

A guest is a small TOML file whose name is its id. A city names the folder of its own by the
setting `extra.assets.guests`; without it those of the demo city count, which lie in `guests/`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from allmende.core.settings import Settings
from allmende.errors import InvalidInput
from allmende.model.document import IDENT, Entity, Model, Text

FOLDER = Path(__file__).parent
GUESTS = FOLDER / "guests"
MAX_BYTES = 100_000
MAX_GUESTS = 200
GRADES = range(1, 6)

TAKEN = frozenset(
    {
        "name",
        "owner",
        "ownership",
        "responsible_unit",
        "built_year",
        "built_on",
        "expected_life",
        "removed_on",
        "acquisition_value",
        "replacement_value",
        "yearly_cost",
    }
)
"""Fields of an asset that a guest may give, from its rows or the same for all of them."""


class ConditionRule(Struct, forbid_unknown_fields=True):
    """Which field says how an asset is, and how its scale becomes 1 to 5.

    A value that `values` does not name has no condition: nothing is guessed.
    """

    field: str
    scale: str
    values: dict[str, int]
    basis: Text = {}


class InspectionRule(Struct, forbid_unknown_fields=True):
    """Which field holds the day of the last inspection; after how many months the next is due."""

    date: str = ""
    kind: str = ""
    kinds: dict[str, str] = field(default_factory=dict)
    months: int | None = None
    months_by_condition: dict[str, int] = field(default_factory=dict)
    basis: Text = {}


class Guest(Struct, forbid_unknown_fields=True, kw_only=True):
    """One description; `where` takes only rows whose fields have one of the values."""

    id: str = ""
    collection: str
    kind: str
    where: dict[str, list[str | int | bool]] = field(default_factory=dict)
    fields: dict[str, str | list[str]] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    given_up: str = ""
    condition: ConditionRule | None = None
    inspection: InspectionRule | None = None
    basis: Text = {}


@cache
def model(ident: str = "urban-asset") -> Model:
    """The model of assets and inspections, or of what is noted about guests."""
    return msgspec.json.decode((FOLDER / f"models/{ident}.json").read_bytes(), type=Model)


def entity(name: str) -> Entity:
    """An entity of the model of assets."""
    return model().entity(name)


def parse(ident: str, data: bytes) -> Guest:
    """The description in a file. InvalidInput says what is wrong with it."""
    if len(data) > MAX_BYTES:
        raise _wrong(ident, f"larger than {MAX_BYTES} bytes", f"größer als {MAX_BYTES} Bytes")
    try:
        found = msgspec.toml.decode(data, type=Guest)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _wrong(ident, str(error), str(error)) from error
    found.id = ident
    for en, de in _problems(found):
        raise _wrong(ident, en, de)
    return found


def _problems(guest: Guest) -> list[tuple[str, str]]:
    found = []
    for name in (guest.id, guest.collection, guest.kind):
        if not IDENT.match(name):
            found.append((f"“{name}” is not an id", f"„{name}“ ist keine Kennung"))
    for name in sorted((guest.fields.keys() | guest.constants.keys()) - TAKEN):
        known = ", ".join(sorted(TAKEN))
        found.append(
            (
                f"a guest does not give “{name}”, only: {known}",
                f"„{name}“ kommt nicht von einem Gast, nur: {known}",
            )
        )
    grades = guest.condition.values.values() if guest.condition else []
    if any(grade not in GRADES for grade in grades):
        found.append(("grades of condition are 1 to 5", "Stufen des Zustands sind 1 bis 5"))
    rule = guest.inspection
    months = (
        [1 if rule.months is None else rule.months, *rule.months_by_condition.values()]
        if rule
        else []
    )
    if any(not 1 <= each <= 600 for each in months):
        found.append(("months are 1 to 600", "Monate sind 1 bis 600"))
    return found


def _wrong(ident: str, en: str, de: str) -> InvalidInput:
    return InvalidInput(
        f"The guest description “{ident}” cannot be used: {en}.",
        f"Die Gastbeschreibung „{ident}“ ist nicht verwendbar: {de}.",
        code="bad-guest",
    )


def guests(settings: Settings) -> list[Guest]:
    """The guests of the city, else of the demo city, by id. InvalidInput for a bad one."""
    own = settings.extra.get("assets", {}).get("guests", "")
    found = sorted((Path(own) if own else GUESTS).glob("*.toml"))
    if len(found) > MAX_GUESTS:
        raise _wrong(str(own), f"more than {MAX_GUESTS} guests", f"mehr als {MAX_GUESTS} Gäste")
    return [parse(path.stem, path.read_bytes()) for path in found]
