# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Many observations at once, each judged alone (18-088 §14: data arrays)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing import observed, observing
from allmende.core.sensing.unit import Unit
from allmende.errors import InvalidInput
from allmende.model.sensing.checking import Text
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.observation import Observation
from allmende.policy import Subject
from allmende.store import Connection, now
from allmende.store.sensing import entities, features, streams

PART = 10_000
"""Observations of one transaction."""

Row = Observation | Text
"""An observation, or what was wrong with it when it was read."""


class Group(Struct):
    """Observations of one datastream; their features are looked for, their results fitted."""

    kind: Kind  # DATASTREAM or MULTI_DATASTREAM
    stream: int
    rows: list[Row]


def present() -> int:
    """The time of observations that say none, µs UTC."""
    return now()


async def observe_groups(
    platform: Platform, subject: Subject, groups: Sequence[Group]
) -> list[int]:
    """Stores observations in parts of 10,000, durably; the id of each, 0 where it was refused.

    Raises NotAllowed when the subject sees a datastream but may not write to it; then nothing
    of the part is stored.
    """
    found: list[int] = []
    for part in _parts(groups):
        found += await platform.store.write(_store, subject, part, platform.settings.timezone)
    return found


def _parts(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """The same rows in the same order, cut into pieces of at most `PART`."""
    part: list[Group] = []
    room = PART
    for group in groups:
        rows = group.rows
        while rows:
            part.append(Group(group.kind, group.stream, rows[:room]))
            room -= len(part[-1].rows)
            rows = rows[len(part[-1].rows) :]
            if room == 0:
                yield part
                part, room = [], PART
    if part:
        yield part


def _store(db: Connection, subject: Subject, groups: list[Group], zone: str) -> list[int]:
    return _Part(Unit(db, subject, zone), groups).store()


class _Part:
    """The observations of one transaction."""

    def __init__(self, unit: Unit, groups: list[Group]) -> None:
        self.unit, self.groups = unit, groups
        self.known = self._streams()
        multi = [each.id for each in self.known.values() if each.multi]
        self.types = entities.data_types(unit.db, multi)
        self.moved = features.defaults(unit.db, self.known) if self.known else {}
        self.features: dict[int, bool] = {}

    def _streams(self) -> dict[int, streams.Stream]:
        """The datastreams that are there for the subject, which may write to all of them."""
        unit = self.unit
        found = streams.of(unit.db, list({group.stream for group in self.groups}))
        wanted = {group.stream: group.kind for group in self.groups}
        kept = {}
        for ident, stream in found.items():
            if not unit.may_write(stream.organisation):
                if unit.find(wanted[ident], ident) is None:
                    continue
                unit.allow(stream.organisation)
            kept[ident] = stream
        return kept

    def store(self) -> list[int]:
        ids: list[int] = []
        fine: list[Observation] = []
        places: list[int] = []
        for group in self.groups:
            stream = self.known.get(group.stream)
            right = stream and bool(stream.multi) == (group.kind == Kind.MULTI_DATASTREAM)
            for row in group.rows:
                if right and isinstance(row, Observation) and self._fits(row):
                    places.append(len(ids))
                    fine.append(row)
                ids.append(0)
        if fine:
            unit = self.unit
            done = observing.observe_within(
                unit.db, unit.subject, unit.data, fine, unit.zone, "add", together=False
            )
            for place, outcome in zip(places, done, strict=True):
                ids[place] = outcome.id
            self._note(fine)
        return ids

    def _fits(self, row: Observation) -> bool:
        """Fits the result to its stream and finds the feature; False when that cannot be."""
        stream = self.known[row.datastream]
        if type(row.result) is not float:
            try:
                row.result = observed.fit_to(row.result, stream.type, self.types.get(stream.id))
            except InvalidInput:
                return False
        if row.feature is None:
            row.feature = self.moved.get(row.datastream)
            return True
        return self._sees_feature(row.feature)

    def _sees_feature(self, ident: int) -> bool:
        if ident not in self.features:
            self.features[ident] = self.unit.find(Kind.FEATURE, ident) is not None
        return self.features[ident]

    def _note(self, stored: list[Observation]) -> None:
        used: dict[int, set[int]] = {}
        for each in stored:
            if each.feature is not None:
                used.setdefault(each.datastream, set()).add(each.feature)
        features.note(self.unit.db, used)
