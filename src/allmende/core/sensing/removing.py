# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Deleting entities with all that cannot be without them (18-088 §10.4, table 10-1).

    Thing                Datastreams, MultiDatastreams, HistoricalLocations
    Location             HistoricalLocations
    Datastream, Multi…   Observations
    Sensor, ObservedProperty   Datastreams, MultiDatastreams
    FeatureOfInterest    Observations
    Observation          Relations, memberships in ObservationGroups
    Party                nothing: it cannot be deleted while Campaigns are its

Links that are not mandatory become empty. Nothing is deleted when something below belongs
to an organisation the subject may not write for.
"""

from __future__ import annotations

from collections.abc import Iterable

from allmende.core.sensing.unit import Unit
from allmende.errors import Conflict
from allmende.model.sensing.entities import TYPES, Kind
from allmende.model.sensing.observation import MOST_NUMBER, observation_id, split_id
from allmende.store.sensing import entities, erasing, features, observations
from allmende.store.sensing.entities import STREAMS

BELOW: dict[Kind, tuple[tuple[Kind, str], ...]] = {
    Kind.THING: (
        (Kind.DATASTREAM, "thing"),
        (Kind.MULTI_DATASTREAM, "thing"),
        (Kind.HISTORICAL_LOCATION, "thing"),
    ),
    Kind.SENSOR: ((Kind.DATASTREAM, "sensor"), (Kind.MULTI_DATASTREAM, "sensor")),
    Kind.OBSERVED_PROPERTY: ((Kind.DATASTREAM, "observed_property"),),
}
"""What is deleted with a kind: other kinds and the columns by which they point to it."""


def remove(unit: Unit, kind: Kind, ident: int) -> None:
    """Deletes an entity. Raises NotFound, NotAllowed, Conflict."""
    found = unit.writable(kind, ident)
    if kind == Kind.OBSERVATION:
        remove_observations(unit, [ident])
        return
    _check_party(unit, kind, ident)
    if kind == Kind.THING:
        erasing.note_thing(unit.db, ident)
    if kind == Kind.FEATURE:
        _remove_feature(unit, ident)
    _Removal(unit, found.organisation).erase(kind, ident)


class _Removal:
    """A deletion with its cascade."""

    def __init__(self, unit: Unit, organisation: str) -> None:
        self.unit, self.organisation = unit, organisation

    def erase(self, kind: Kind, ident: int) -> None:
        for below, others in self._below(kind, ident):
            self._check(below, others)
            for each in others:
                self.erase(below, each)
        if kind in STREAMS:
            remove_series(self.unit, ident)
        self.unit.streams.clear()
        self._cut(kind, ident)
        entities.erase(self.unit.db, kind, ident)

    def _below(self, kind: Kind, ident: int) -> Iterable[tuple[Kind, list[int]]]:
        db = self.unit.db
        for below, column in BELOW.get(kind, ()):
            yield below, entities.pointing(db, below, column, ident)
        if kind in (Kind.OBSERVED_PROPERTY, Kind.LOCATION):
            name = "MultiDatastreams" if kind == Kind.OBSERVED_PROPERTY else "HistoricalLocations"
            link = TYPES[kind].link(name)
            assert link is not None  # noqa: S101
            yield link.target, entities.linked(db, kind, link, ident)

    def _check(self, kind: Kind, idents: list[int]) -> None:
        """Raises Conflict when a cascade would reach what the subject may not delete."""
        for organisation in entities.owners(self.unit.db, kind, idents):
            if not self.unit.may_write(organisation):
                raise Conflict(
                    "It cannot be deleted: others use it.",
                    "Es lässt sich nicht löschen: andere benutzen es.",
                    code="in-use",
                )

    def _cut(self, kind: Kind, ident: int) -> None:
        """Empties the links of others that may be empty."""
        for other in TYPES.values():
            for link in other.links:
                if link.target == kind and not link.many and not link.required and other.table:
                    entities.cut(self.unit.db, other.kind, link.column, ident)
        if kind == Kind.LOCATION:
            entities.cut(self.unit.db, Kind.FEATURE, "location", ident)


def _check_party(unit: Unit, kind: Kind, ident: int) -> None:
    if kind == Kind.PARTY and entities.pointing(unit.db, Kind.CAMPAIGN, "party", ident):
        raise Conflict(
            "A Party cannot be deleted while Campaigns are its; delete them first.",
            "Eine Party lässt sich nicht löschen, solange ihr Campaigns gehören; bitte zuerst "
            "diese löschen.",
            code="in-use",
        )


def _remove_feature(unit: Unit, feature: int) -> None:
    """The observations of a feature go with it."""
    for stream in features.streams_of(unit.db, feature):
        owners = {each for kind in STREAMS for each in entities.owners(unit.db, kind, [stream])}
        if not all(map(unit.may_write, owners)):
            raise Conflict(
                "It cannot be deleted: others use it.",
                "Es lässt sich nicht löschen: andere benutzen es.",
                code="in-use",
            )
        gone = [each.id for each in features.observations_of(unit.db, stream, feature)]
        _delete(unit, gone)
    features.release(unit.db, feature)


def remove_observations(unit: Unit, idents: list[int]) -> int:
    """Deletes observations the subject sees and may write; how many there were."""
    for stream in sorted({split_id(each)[0] for each in idents}):
        owners = {each for kind in STREAMS for each in entities.owners(unit.db, kind, [stream])}
        for organisation in owners:
            unit.allow(organisation)
    removed = _delete(unit, idents)
    for stream in sorted({split_id(each)[0] for each in idents}):
        features.forget_unused(unit.db, stream)
    return removed


def _delete(unit: Unit, idents: list[int]) -> int:
    for each in idents:
        entities.forget_observations(unit.db, each, each)
    return observations.delete(unit.db, idents, unit.zone)


def remove_series(unit: Unit, stream: int) -> None:
    """Everything that is stored of a datastream."""
    first, last = observation_id(stream, 0), observation_id(stream, MOST_NUMBER)
    erasing.note_series(unit.db, stream)
    entities.forget_observations(unit.db, first, last)
    observations.remove_stream(unit.db, stream)
    features.forget_stream(unit.db, stream)
