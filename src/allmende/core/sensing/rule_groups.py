# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which datastreams a rule reads and writes: its groups, one for each thing, area or word.

A rule reads what its own organisation measures and what is open to all. What it writes is
at most as open as what goes in, unless its document says `access`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec
from msgspec import Struct, field

from allmende.errors import LimitExceeded
from allmende.model.sensing.device_properties import PROPERTIES, unit_of
from allmende.model.sensing.rules import (
    Input,
    Output,
    Program,
    described,
    own_iri,
    property_iri,
    read_rule,
)
from allmende.model.sensing.specs import (
    CATEGORY,
    MEASUREMENT,
    TRUTH,
    Place,
    PropertySpec,
    SensorSpec,
    StreamSpec,
    ThingSpec,
)
from allmende.model.sensing.units import Convert, code_of, conversion
from allmende.policy import Level, Status
from allmende.store import Connection
from allmende.store.sensing import registering, rules
from allmende.store.sensing.registering import stricter
from allmende.store.sensing.rules import Candidate, Stored

MOST_STREAMS = 20_000  # datastreams that one input of a rule matches
MOST_MEMBERS = 500  # datastreams of one input in one group
MOST_GROUPS = 5_000
TYPES = {"number": MEASUREMENT, "text": CATEGORY, "truth": TRUTH}


class Area(Struct, frozen=True):
    """A polygon that a rule counts for: id of its row, name, WKB and GeoJSON in CRS84."""

    id: str
    name: str
    shape: bytes
    geometry: dict[str, Any]


class Member(Struct, frozen=True):
    """A datastream that goes in, and how its results come into the unit of the input."""

    stream: int
    convert: Convert


class Group(Struct):
    """One thing, area or word that a rule counts for."""

    key: str
    thing: int  # 0 before it is made
    name: str
    members: dict[str, list[Member]]
    access: str
    feature: int | None = None
    area: Area | None = None
    replay: bool = False  # whether recorded messages that are played again go in
    outputs: dict[str, int] = field(default_factory=dict)  # datastreams by output


class Active(Struct):
    """A rule with its groups."""

    stored: Stored
    program: Program
    groups: dict[str, Group]
    skipped: int = 0  # datastreams whose unit does not fit

    @property
    def windows(self) -> dict[str, int]:
        """The window of each input in µs."""
        return {name: each.window for name, each in self.program.rule.inputs.items()}


def build(db: Connection, stored: Stored, areas: Sequence[Area] = ()) -> Active:
    """A rule with the groups that there are now; nothing is written. LimitExceeded."""
    program = read_rule(stored.document)
    active = Active(stored, program, {})
    found = {name: _candidates(db, stored, each) for name, each in program.rule.inputs.items()}
    sorter = _Sorter(active, areas)
    for name, candidates in found.items():
        for each in candidates:
            sorter.take(name, each)
    if len(active.groups) > MOST_GROUPS:
        raise LimitExceeded(
            f"The rule has more than {MOST_GROUPS} groups; narrow its inputs.",
            f"Die Regel hat mehr als {MOST_GROUPS} Gruppen; bitte die Eingaben eingrenzen.",
        )
    return active


def _candidates(db: Connection, stored: Stored, given: Input) -> list[Candidate]:
    if given.rule:
        found = rules.written_by(db, given.rule, given.output, MOST_STREAMS + 1)
    else:
        found = rules.observing(db, property_iri(given.observed), MOST_STREAMS + 1)
    if len(found) > MOST_STREAMS:
        raise LimitExceeded(
            f"An input matches more than {MOST_STREAMS} datastreams; narrow it.",
            f"Eine Eingabe passt auf mehr als {MOST_STREAMS} Datenströme; bitte eingrenzen.",
        )
    return [each for each in found if _fits(stored, given, each)]


def _fits(stored: Stored, given: Input, each: Candidate) -> bool:
    if each.status != Status.PUBLISHED:
        return False
    is_open = each.metadata_access == each.data_access == Level.OPEN
    if each.organisation != stored.organisation and not is_open:
        return False
    if given.stream and not fnmatchcase(each.key or "", given.stream):
        return False
    return not given.thing or fnmatchcase(each.thing_key or "", given.thing)


class _Sorter:
    """Puts datastreams into the groups of a rule."""

    def __init__(self, active: Active, areas: Sequence[Area]) -> None:
        self.active, self.rule = active, active.program.rule
        self.areas = _Shapes(areas) if areas else None
        for area in areas:
            self.group(area.id, None, area.name, area)

    def take(self, name: str, each: Candidate) -> None:
        given = self.rule.inputs[name]
        convert = _conversion(given, each)
        if convert is None:
            self.active.skipped += 1
            return
        for group in self.groups_of(each):
            members = group.members.setdefault(name, [])
            if len(members) >= MOST_MEMBERS:
                raise LimitExceeded(
                    f"The group “{group.name}” has more than {MOST_MEMBERS} datastreams.",
                    f"Die Gruppe „{group.name}“ hat mehr als {MOST_MEMBERS} Datenströme.",
                )
            members.append(Member(each.id, convert))
            group.replay = group.replay or each.thing_origin == "replay" or bool(each.marked)
            if not self.rule.access:
                for level in (each.metadata_access, each.data_access):
                    group.access = stricter(group.access, level)

    def groups_of(self, each: Candidate) -> list[Group]:
        how = self.rule.each
        if how == "stream":
            return [self.group(f"{each.thing}:{each.id}", each, each.thing_name)]
        if how == "thing":
            return [self.group(str(each.thing), each, each.thing_name)]
        if how == "area":
            areas = self.areas.around(each) if self.areas else []
            return [self.group(area.id, None, area.name, area) for area in areas]
        word = _word(each.thing_properties, how.partition(":")[2])
        return [self.group(word, None, word)] if word else []

    def group(self, key: str, at: Candidate | None, name: str, area: Area | None = None) -> Group:
        found = self.active.groups.get(key)
        if found is None:
            own = at is not None and at.thing_organisation == self.active.stored.organisation
            access: str = self.rule.access or Level.OPEN
            if at is not None:
                access = stricter(access, at.thing_access)
            found = self.active.groups[key] = Group(
                key=key,
                thing=at.thing if at is not None and own else 0,
                name=name,
                members={},
                access=access,
                feature=at.feature if at is not None and own else None,
                area=area,
            )
        return found


def _conversion(given: Input, each: Candidate) -> Convert | None:
    if each.type in (CATEGORY, TRUTH) or not given.unit:
        return lambda value: value
    unit = msgspec.json.decode(each.unit)
    code = code_of(unit) if isinstance(unit, dict) else ""
    return conversion(code or given.unit if given.rule else code, given.unit)


def _word(properties: str | None, name: str) -> str:
    found = msgspec.json.decode(properties) if properties else {}
    value = found.get(name) if isinstance(found, dict) else None
    return str(value)[:200] if isinstance(value, str | int) else ""


class _Shapes:
    """Polygons that things are looked up in, by the middle of their places."""

    def __init__(self, areas: Sequence[Area]) -> None:
        import shapely

        self.areas = areas
        self.shapes = shapely.from_wkb([each.shape for each in areas])
        shapely.prepare(self.shapes)
        self.known: dict[tuple[float, float], list[Area]] = {}

    def around(self, each: Candidate) -> list[Area]:
        import shapely

        west, south, east, north = each.west, each.south, each.east, each.north
        if west is None or south is None or east is None or north is None:
            return []
        at = ((west + east) / 2, (south + north) / 2)
        if at not in self.known:
            inside = shapely.intersects_xy(self.shapes, *at)
            self.known[at] = [area for area, here in zip(self.areas, inside, strict=True) if here]
        return self.known[at]


# --- what is written ------------------------------------------------------------------------


def ready(db: Connection, active: Active, group: Group) -> None:
    """Makes the thing and the datastreams of a group, where they are not there or differ."""
    rule, stored = active.program.rule, active.stored
    streams = tuple(_stream(active, group, ident, output) for ident, output in rule.outputs.items())
    spec = ThingSpec(
        key=_thing_key(active, group),
        name=_title(active, group),
        organisation=stored.organisation,
        streams=streams,
        place=Place(geometry=group.area.geometry, name=group.area.name) if group.area else None,
        description=_said(rule.about) or _said(rule.title),
        properties=_about(active, group),
        access=group.access,
        origin="derived",
    )
    if group.thing and rule.each in ("stream", "thing"):
        made: Mapping[str, int] = registering.attach(db, group.thing, group.feature, spec)
    else:
        registered = registering.register(db, spec)
        group.thing, made = registered.thing, registered.streams
    for ident, each in zip(rule.outputs, streams, strict=True):
        group.outputs[ident] = made[each.key]
        rules.note_output(db, made[each.key], stored.id, ident, group.key)


def _thing_key(active: Active, group: Group) -> str:
    rule = active.program.rule
    if rule.each == "area":
        return f"area:{rule.areas}:{group.key}"
    return f"rule:{active.stored.id}:{group.key}"


def _title(active: Active, group: Group) -> str:
    return group.name if group.area else f"{_said(active.program.rule.title)}: {group.name}"


def _about(active: Active, group: Group) -> dict[str, Any]:
    rule = active.program.rule
    if rule.each == "area":
        return {"collection": rule.areas, "row": group.key}
    return {"rule": active.stored.id}


def _said(words: Mapping[Any, str]) -> str:
    return words.get("de") or words.get("en") or ""


def _stream(active: Active, group: Group, ident: str, output: Output) -> StreamSpec:
    stored = active.stored
    rule_title = _said(active.program.rule.title)
    name = _said(output.name) or f"{rule_title}: {ident}"
    inputs = {
        name: [member.stream for member in members] for name, members in group.members.items()
    }
    properties: dict[str, Any] = {
        "origin": "derived",
        "rule": stored.id,
        "rule_version": stored.version,
        "inputs": inputs,
    }
    if output.name.get("en"):
        properties["name_en"] = output.name["en"]
    if group.replay:
        properties["replay"] = True
        name = f"{name} (mit Wiedergabe/with replay)"
    if output.levels:
        properties["levels"] = [
            {"code": each.code, "label": each.label, "colour": each.colour}
            for each in output.levels
        ]
    key = f"rule:{stored.id}:{ident}"
    if active.program.rule.each == "stream":
        key += f":{group.key.partition(':')[2]}"
    return StreamSpec(
        key=key,
        name=name,
        property=_property(stored.id, ident, output, name),
        sensor=_procedure(active),
        unit=unit_of(output.unit),
        description=rule_title,
        type=TYPES[output.kind],
        properties=properties,
    )


def _property(rule: str, ident: str, output: Output, name: str) -> PropertySpec:
    if output.observed:
        known = PROPERTIES.get(output.observed)
        if known is None:
            return PropertySpec(definition=output.observed, name=name)
        return PropertySpec(
            definition=known.iri, name=known.de, description=f"{known.de} / {known.en}"
        )
    both = " / ".join(dict.fromkeys(output.name.values()))
    return PropertySpec(definition=own_iri(rule, ident), name=name, description=both)


def _procedure(active: Active) -> SensorSpec:
    """The rule as the procedure that made the results."""
    rule, stored = active.program.rule, active.stored
    return SensorSpec(
        key=f"rule:{stored.id}",
        name=_said(rule.title),
        description=_said(rule.about) or _said(rule.title),
        encoding="application/json",
        metadata={"rule": stored.id, "version": stored.version, "document": described(rule)},
    )


def inputs_of(group: Group) -> list[int]:
    """Every datastream that goes into a group."""
    return sorted({each.stream for members in group.members.values() for each in members})


def by_stream(actives: Sequence[Active]) -> dict[int, list[tuple[Active, Group, str]]]:
    """Rules, groups and inputs that a datastream goes into."""
    found: dict[int, list[tuple[Active, Group, str]]] = defaultdict(list)
    for active in actives:
        for group in active.groups.values():
            for name, members in group.members.items():
                for member in members:
                    found[member.stream].append((active, group, name))
    return dict(found)
