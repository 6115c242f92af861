# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where a thing is and was: every change of its Locations is remembered (18-088 §8.2.3, §10.2)."""

from __future__ import annotations

from collections.abc import Sequence

from allmende.core.sensing.places import encoding
from allmende.core.sensing.unit import Owner, Unit
from allmende.errors import InvalidInput
from allmende.model.sensing.entities import TYPES, Kind, Link
from allmende.store import now
from allmende.store.sensing import entities


def _link(kind: Kind, name: str) -> Link:
    found = TYPES[kind].link(name)
    assert found is not None  # noqa: S101
    return found


LOCATIONS = _link(Kind.THING, "Locations")
PAST = _link(Kind.HISTORICAL_LOCATION, "Locations")


def move(unit: Unit, thing: int, locations: Sequence[int], *, keep: bool = False) -> None:
    """Says that a thing is now at these locations, and writes a HistoricalLocation.

    Several locations are the same place in different encodings (§8.2.2). With `keep` the
    present ones stay, unless a new one has the same encoding. Nothing happens when it is there.
    """
    before = entities.linked(unit.db, Kind.THING, LOCATIONS, thing)
    now_at = list(dict.fromkeys(locations))
    codes = _encodings(unit, [*before, *now_at])
    if len({codes[each] for each in now_at}) < len(now_at):
        raise InvalidInput(
            "Several Locations of a Thing are one place in different encodings; two of these "
            "have the same encodingType.",
            "Mehrere Locations eines Things sind ein Ort in verschiedenen Kodierungen; zwei "
            "davon haben denselben encodingType.",
        )
    if keep:
        new = {codes[each] for each in now_at}
        now_at += [each for each in before if codes[each] not in new and each not in now_at]
    if set(now_at) == set(before):
        return
    _set(unit, thing, now_at)
    found = unit.find(Kind.THING, thing)
    if found is None or not now_at:
        return
    columns = {"thing": thing, "time": now(), **Owner.of(found).columns()}
    history = entities.insert(unit.db, Kind.HISTORICAL_LOCATION, columns)
    entities.add_pairs(unit.db, PAST, history, now_at)


def remembered(unit: Unit, history: int, locations: Sequence[int]) -> None:
    """Moves the thing of a HistoricalLocation that a client made, when it is the latest."""
    found = unit.seen(Kind.HISTORICAL_LOCATION, history)
    thing, time = found.values["thing"], found.values["time"]
    if locations and time == entities.last_place(unit.db, thing):
        _encodings(unit, locations)
        _set(unit, thing, locations)


def _set(unit: Unit, thing: int, locations: Sequence[int]) -> None:
    entities.remove_pairs(unit.db, LOCATIONS, thing)
    entities.add_pairs(unit.db, LOCATIONS, thing, locations)
    entities.tell(unit.db, Kind.THING, thing, ["Locations"])


def _encodings(unit: Unit, locations: Sequence[int]) -> dict[int, str]:
    found = entities.encodings(unit.db, list(locations))
    return {ident: encoding(text) for ident, text in found.items()}
