# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Changing entities: PATCH, PUT, JSON Patch and links (18-088 §10.3)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from allmende.core.sensing import checking, json_patch, making, moving, observed, observing, places
from allmende.core.sensing.checking import Checked, Ref, Target
from allmende.core.sensing.unit import Unit, absent
from allmende.errors import Conflict, InvalidInput, InvalidRecord
from allmende.model.sensing import moments
from allmende.model.sensing.entities import TYPES, EntityType, Kind, Link
from allmende.model.sensing.observation import Observation
from allmende.store.sensing import entities, features, state
from allmende.store.sensing.entities import STREAMS, Found
from allmende.store.sensing.registering import stricter

How = Literal["merge", "replace", "patch"]
SHAPED = ("observation_type", "unit", "data_types")
"""Columns that say what the results of a stream are."""


def change(unit: Unit, kind: Kind, ident: int, body: Any, how: How) -> None:
    """Changes an entity. Raises NotFound, NotAllowed, InvalidInput, Conflict."""
    if kind == Kind.OBSERVATION:
        change_observation(unit, ident, body, how)
        return
    found = unit.writable(kind, ident)
    entity = TYPES[kind]
    if how == "patch":
        body = _patched(document(entity, found), body)
    checked = checking.check(entity, body, partial=how != "replace")
    _Change(unit, entity, found, checked).run()


class _Change:
    def __init__(self, unit: Unit, entity: EntityType, found: Found, checked: Checked) -> None:
        self.unit, self.entity, self.found, self.checked = unit, entity, found, checked

    def run(self) -> None:
        columns, checked = self.checked.columns, self.checked
        self._place()
        columns.update(self._access())
        if checked.organisation not in (None, self.found.organisation):
            raise InvalidInput(
                "What is made stays with its organisation.",
                "Was angelegt ist, bleibt bei seiner Organisation.",
            )
        for link in self.entity.links:
            if not link.many and link.name in checked.links:
                columns[link.column] = self._one(link)
        self._check_results()
        entities.update(
            self.unit.db,
            self.entity.kind,
            self.found.id,
            columns,
            [*checked.names, *checked.links],
        )
        for link in self.entity.links:
            if link.many and link.name in checked.links:
                self._many(link)
        self.unit.streams.clear()  # their types may have changed
        self._follow_up()

    def _place(self) -> None:
        """Geometry and box follow from encoding and place, whichever of them changes."""
        columns = self.checked.columns
        if {"place", "encoding"} & columns.keys() and "place" in self.found.values:
            merged = {name: self.found.values[name] for name in ("place", "encoding")} | columns
            places.place(merged)
            columns.update(merged)

    def _access(self) -> dict[str, str]:
        """The levels, at most as open as those of the thing it belongs to."""
        access = self.checked.access
        if access is None:
            return {}
        levels = {"metadata_access": str(access), "data_access": str(access)}
        thing = self.found.values.get("thing")
        if thing is None:
            return levels
        above = self.unit.linkable(Kind.THING, thing)
        return {
            "metadata_access": stricter(levels["metadata_access"], above.metadata_access),
            "data_access": stricter(levels["data_access"], above.data_access),
        }

    def _one(self, link: Link) -> int | None:
        targets = self.checked.links[link.name]
        if not targets:
            return None
        ident = _named(link, targets[0])
        found = self.unit.linkable(link.target, ident)
        if link.name == "Thing" and found.organisation != self.found.organisation:
            raise InvalidInput(
                "What belongs to a thing belongs to its organisation.",
                "Was zu einem Ding gehört, gehört auch seiner Organisation.",
            )
        return ident

    def _many(self, link: Link) -> None:
        ids = [_named(link, each) for each in self.checked.links[link.name]]
        connect(self.unit, self.found, link, ids, replace=True)

    def _check_results(self) -> None:
        """What a stream holds cannot become something else while there are observations."""
        columns, before = self.checked.columns, self.found.values
        if self.entity.kind not in STREAMS:
            return
        if self.entity.kind == Kind.MULTI_DATASTREAM:
            merged = {name: before[name] for name in SHAPED} | columns
            making.check_sizes(merged, self._properties())
        for name in ("observation_type", "data_types"):
            if name in columns and columns[name] != before[name] and self._has_observations():
                raise Conflict(
                    "The type of the results cannot change while there are observations; make "
                    "another datastream.",
                    "Der Typ der Ergebnisse lässt sich nicht ändern, solange es Beobachtungen "
                    "gibt; bitte einen weiteren Datenstrom anlegen.",
                )

    def _properties(self) -> int:
        links = self.checked.links
        if "ObservedProperties" in links:
            return len(links["ObservedProperties"])
        link = self.entity.link("ObservedProperties")
        assert link is not None  # noqa: S101
        return len(entities.linked(self.unit.db, self.entity.kind, link, self.found.id))

    def _has_observations(self) -> bool:
        return state.get(self.unit.db, self.found.id).n > 0

    def _follow_up(self) -> None:
        kind, ident, columns = self.entity.kind, self.found.id, self.checked.columns
        if kind == Kind.THING and "metadata_access" in columns:
            entities.close(self.unit.db, ident, columns["metadata_access"], columns["data_access"])
        if kind == Kind.FEATURE and "place" in columns:
            for stream in features.streams_of(self.unit.db, ident):
                features.measure(self.unit.db, stream)


def _named(link: Link, target: Target) -> int:
    if isinstance(target, Ref):
        return target.id
    raise InvalidInput(
        f"{link.name} can only be linked by @iot.id here; make a new one with POST.",
        f"{link.name} lässt sich hier nur mit @iot.id verknüpfen; Neues bitte mit POST anlegen.",
    )


# --- links -----------------------------------------------------------------------------------


def connect(unit: Unit, found: Found, link: Link, ids: list[int], *, replace: bool = False) -> None:
    """Links an entity with others that are there; with `replace` with no others any more."""
    others = [unit.linkable(link.target, each) for each in ids]
    if not link.through:
        _come_over(unit, found, link, others)
        return
    holder = making.HOLDERS[link.through]
    if holder == link.target:
        for other in others:
            unit.allow(other.organisation)
    if link.through == "sense_thing_location":
        _connect_places(unit, found, ids, replace=replace)
        return
    if replace:
        entities.remove_pairs(unit.db, link, found.id)
    entities.add_pairs(unit.db, link, found.id, ids)
    entities.tell(unit.db, found.kind, found.id, [link.name])


def _connect_places(unit: Unit, found: Found, ids: list[int], *, replace: bool) -> None:
    if found.kind == Kind.THING:
        moving.move(unit, found.id, ids, keep=not replace)
        return
    for thing in ids:
        moving.move(unit, thing, [found.id], keep=not replace)


def _come_over(unit: Unit, found: Found, link: Link, others: list[Found]) -> None:
    back = making.back(TYPES[found.kind], link)
    if link.target == Kind.OBSERVATION:
        raise InvalidInput(
            "Observations stay in their Datastream and are not linked anew.",
            "Beobachtungen bleiben in ihrem Datenstrom und werden nicht neu verknüpft.",
        )
    for other in others:
        unit.allow(other.organisation)
        if back == "Thing" and other.organisation != found.organisation:
            raise InvalidInput(
                "What belongs to a thing belongs to its organisation.",
                "Was zu einem Ding gehört, gehört auch seiner Organisation.",
            )
        entities.update(unit.db, link.target, other.id, {link.column: found.id}, [back])


def disconnect(unit: Unit, kind: Kind, ident: int, link: Link, other: int | None) -> None:
    """Takes a link away: DELETE …/$ref. Raises Conflict for a mandatory one."""
    found = unit.writable(kind, ident)
    target = other
    if target is None:
        target = next(iter(unit.targets(kind, ident, link)), None)
    if target is None or target not in unit.targets(kind, ident, link):
        raise absent(link.target, other or 0)
    unit.seen(link.target, target)
    if link.required or (link.many and not link.through and _is_required(found, link)):
        raise Conflict(
            f"{link.name} is mandatory; link it with another one instead.",
            f"{link.name} ist Pflicht; bitte stattdessen mit etwas anderem verknüpfen.",
        )
    if link.through == "sense_thing_location":
        thing, place = (ident, target) if kind == Kind.THING else (target, ident)
        unit.writable(Kind.THING, thing)
        now_at = entities.linked(unit.db, Kind.THING, moving.LOCATIONS, thing)
        moving.move(unit, thing, [each for each in now_at if each != place])
    elif link.through == "sense_stream_property":
        raise Conflict(
            "A MultiDatastream keeps its ObservedProperties; they explain its results.",
            "Ein MultiDatastream behält seine ObservedProperties; sie erklären die Ergebnisse.",
        )
    elif link.through:
        entities.remove_pairs(unit.db, link, ident, [target])
        entities.tell(unit.db, kind, ident, [link.name])
    elif link.many:
        unit.writable(link.target, target)
        back = making.back(TYPES[kind], link)
        entities.update(unit.db, link.target, target, {link.column: None}, [back])
    else:
        entities.update(unit.db, kind, ident, {link.column: None}, [link.name])


def _is_required(found: Found, link: Link) -> bool:
    """Whether the other side cannot be without this entity."""
    if link.target == Kind.OBSERVATION:
        return True
    back = TYPES[link.target].link(making.back(TYPES[found.kind], link))
    return back is not None and back.required


# --- JSON Patch ------------------------------------------------------------------------------


def document(entity: EntityType, found: Found) -> dict[str, Any]:
    """The properties of an entity as JSON, without those that are null."""
    shown: dict[str, Any] = {}
    for attribute in entity.attributes:
        value = found.values.get(attribute.column) if attribute.column else None
        if value is None or attribute.computed:
            continue
        if attribute.type == "text":
            shown[attribute.name] = value
        elif attribute.type == "time":
            shown[attribute.name] = moments.written(value)
        else:
            shown[attribute.name] = msgspec.json.decode(value)
    return shown


def _patched(before: dict[str, Any], operations: Any) -> dict[str, Any]:
    """What a JSON Patch changes, as the body of a merge; what it removes is null."""
    after = json_patch.apply(before, operations)
    changed = {name: value for name, value in after.items() if before.get(name, ...) != value}
    return {**changed, **{name: None for name in before if name not in after}}


# --- observations ----------------------------------------------------------------------------


def change_observation(unit: Unit, ident: int, body: Any, how: How) -> None:
    """Changes an observation; it stays in its datastream."""
    stream = unit.writable(Kind.OBSERVATION, ident)
    old = unit.observation(ident)
    if how == "patch":
        body = _patched(observation_document(old), body)
    draft = observed.read(body, partial=how != "replace")
    values = draft.values
    if how == "replace":
        for name in ("result_time", "quality", "valid", "parameters"):
            values.setdefault(name, None)
    if "result" in values:
        types = entities.data_types(unit.db, [stream.id])
        kind = stream.values["observation_type"]
        values["result"] = observed.fit_to(values["result"], kind, types.get(stream.id))
    values.update(_observation_links(unit, stream, draft))
    try:
        observing.change_within(unit.db, unit.subject, unit.data, ident, values, unit.zone)
    except InvalidRecord as error:
        raise InvalidInput(error.text["en"], error.text["de"]) from error
    if "feature" in values and values["feature"] is not None:
        features.note(unit.db, {stream.id: [values["feature"]]})
        features.forget_unused(unit.db, stream.id)


def _observation_links(unit: Unit, stream: Found, draft: observed.Draft) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, targets in draft.links.items():
        link = TYPES[Kind.OBSERVATION].link(name)
        assert link is not None  # noqa: S101
        ids = [_named(link, each) for each in targets]
        if name == "FeatureOfInterest":
            found["feature"] = unit.linkable(Kind.FEATURE, ids[0]).id if ids else None
        elif ids != [stream.id] or link.target != stream.kind:
            raise InvalidInput(
                f"{name} of an observation cannot be changed; delete it and send it anew.",
                f"{name} einer Beobachtung lässt sich nicht ändern; bitte löschen und neu senden.",
            )
    return found


def observation_document(found: Observation) -> dict[str, Any]:
    """The properties of an observation as JSON, without those that are null."""
    shown: dict[str, Any] = {
        "phenomenonTime": moments.written_span(found.time, found.end),
        "result": found.result,
    }
    if found.result_time is not None:
        shown["resultTime"] = moments.written(found.result_time)
    if found.valid is not None:
        shown["validTime"] = moments.written_span(*found.valid)
    for name, value in (("resultQuality", found.quality), ("parameters", found.parameters)):
        if value is not None:
            shown[name] = value
    return shown
