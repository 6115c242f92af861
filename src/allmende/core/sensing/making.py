# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Making entities, with those inside them (18-088 §10.2: deep insert)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from allmende.core.sensing import checking, moving, observed
from allmende.core.sensing.checking import Ref, Target
from allmende.core.sensing.observed import Aimed, Draft
from allmende.core.sensing.unit import MOST_DEPTH, Owner, Unit
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.entities import TYPES, EntityType, Kind, Link
from allmende.store.sensing import entities
from allmende.store.sensing.entities import STREAMS, Found

HOLDERS = {
    "sense_thing_location": Kind.THING,
    "sense_history_location": Kind.HISTORICAL_LOCATION,
    "sense_stream_property": Kind.MULTI_DATASTREAM,
    "sense_campaign_stream": Kind.CAMPAIGN,
    "sense_group_member": Kind.GROUP,
}
"""Which side of a table of pairs is changed by a new pair; the other is only named."""

Given = Mapping[str, int]  # links that the address of the request says: name → id


def create(
    unit: Unit,
    kind: Kind,
    body: Any,
    given: Given | None = None,
    context: Owner | None = None,
    depth: int = 1,
) -> int:
    """Makes an entity and everything inside it; its id.

    Raises InvalidInput, NotAllowed, LimitExceeded (more than 12 levels or 10,000 entities);
    the transaction is then undone by whoever began it.
    """
    if depth > MOST_DEPTH:
        raise LimitExceeded(
            f"Entities are nested deeper than {MOST_DEPTH} levels; make them one by one.",
            f"Einträge sind tiefer als {MOST_DEPTH} Ebenen verschachtelt; bitte einzeln anlegen.",
        )
    if kind == Kind.OBSERVATION:
        return observe(unit, [body], given, context, depth)[0]
    return _Making(unit, TYPES[kind], body, given or {}, context, depth).run()


class _Making:
    """One entity that is being made."""

    def __init__(
        self,
        unit: Unit,
        entity: EntityType,
        body: Any,
        given: Given,
        context: Owner | None,
        depth: int,
    ) -> None:
        self.unit, self.entity, self.context, self.depth = unit, entity, context, depth
        unit.count()
        self.checked = checking.check(entity, body)
        for name, ident in given.items():
            self._given(name, ident)

    def _given(self, name: str, ident: int) -> None:
        """The link that the address says; the body may say the same, not another."""
        link = self.entity.link(name)
        if link is not None and not link.many:
            self.checked.links[name] = [Ref(ident)]
        else:
            self.checked.links.setdefault(name, []).insert(0, Ref(ident))

    def run(self) -> int:
        parent = self._parent()
        owner = self.unit.owner(self.checked, parent, self.context)
        self.owner = owner
        columns = {**self.checked.columns, **owner.columns(), **self._ones()}
        if self.entity.kind == Kind.MULTI_DATASTREAM:
            check_sizes(columns, len(self.checked.links.get("ObservedProperties", ())))
        ident = entities.insert(self.unit.db, self.entity.kind, columns)
        self.unit.new.add((self.entity.kind, ident))
        for link in self.entity.links:
            if link.many and link.name in self.checked.links:
                self._many(ident, link, self.checked.links[link.name])
        return ident

    def _parent(self) -> Found | None:
        """The thing of a datastream or of a place in the past; it is made if it is inline."""
        link = self.entity.link("Thing")
        if link is None or link.many:
            return None
        return self.unit.linkable(Kind.THING, self._one(link, self.context))

    def _one(self, link: Link, context: Owner | None) -> int:
        """The id a link to one has; what is inline is made and replaced by its id."""
        targets = self.checked.links.get(link.name)
        if not targets:
            raise checking.missing_link(self.entity, link)
        ident = self._target(link, targets[0], context)
        self.checked.links[link.name] = [Ref(ident)]
        return ident

    def _target(self, link: Link, target: Target, context: Owner | None) -> int:
        if isinstance(target, Ref):
            if self.unit.find(link.target, target.id) is not None or not target.body:
                self.unit.linkable(link.target, target.id)
                return target.id
            target = target.body  # an id of a new entity is passed over (§10.2)
        return create(self.unit, link.target, target, None, context, self.depth + 1)

    def _ones(self) -> dict[str, Any]:
        """The columns of links to one."""
        columns: dict[str, Any] = {}
        for link in self.entity.links:
            if link.many:
                continue
            if self.checked.links.get(link.name):
                columns[link.column] = self._one(link, self.owner)
            elif link.required:
                raise checking.missing_link(self.entity, link)
        return columns

    # --- links to many ---

    def _many(self, ident: int, link: Link, targets: list[Target]) -> None:
        if link.target == Kind.OBSERVATION and not link.through:
            given = {back(self.entity, link): ident}
            bodies = [_inline(link, each) for each in targets]
            observe(self.unit, bodies, given, self.owner, self.depth + 1)
        elif link.through == "sense_thing_location":
            self._places(ident, link, targets)
        elif link.through:
            ids = [self._pair(link, each) for each in targets]
            entities.add_pairs(self.unit.db, link, ident, ids)
            if self.entity.kind == Kind.HISTORICAL_LOCATION:
                moving.remembered(self.unit, ident, ids)
        else:
            for each in targets:
                self._child(ident, link, each)

    def _pair(self, link: Link, target: Target) -> int:
        other = self._target(link, target, self.owner)
        holder = HOLDERS[link.through]
        held = holder == link.target or (holder in STREAMS and link.target in STREAMS)
        if isinstance(target, Ref) and held:
            self.unit.writable(link.target, other)
        return other

    def _places(self, ident: int, link: Link, targets: list[Target]) -> None:
        ids = [self._pair(link, each) for each in targets]
        if self.entity.kind == Kind.THING:
            moving.move(self.unit, ident, ids)
            return
        for thing in ids:
            moving.move(self.unit, thing, [ident])

    def _child(self, ident: int, link: Link, target: Target) -> None:
        """An entity that points to this one: a new one, or one that is there and comes over."""
        name = back(self.entity, link)
        if not isinstance(target, Ref):
            create(self.unit, link.target, target, {name: ident}, self.owner, self.depth + 1)
            return
        found = self.unit.linkable(link.target, target.id)
        self.unit.allow(found.organisation)
        if name == "Thing" and found.organisation != self.owner.organisation:
            raise InvalidInput(
                "What belongs to a thing belongs to its organisation.",
                "Was zu einem Ding gehört, gehört auch seiner Organisation.",
            )
        entities.update(self.unit.db, link.target, found.id, {link.column: ident}, [name])


def back(entity: EntityType, link: Link) -> str:
    """The name of the link back: from Datastream to Thing for Thing/Datastreams."""
    found = inverse(entity, link)
    assert found is not None  # noqa: S101
    return found.name


def inverse(entity: EntityType, link: Link) -> Link | None:
    """The link of the other kind that says the same; relations know none."""
    for each in TYPES[link.target].links:
        if each.target == entity.kind and _is_back(each, link):
            return each
    return None


def _is_back(each: Link, link: Link) -> bool:
    if link.through:
        return (each.through, each.own, each.other) == (link.through, link.other, link.own)
    return each.many != link.many and each.column == link.column


def _inline(link: Link, target: Target) -> dict[str, Any]:
    if not isinstance(target, Ref):
        return target
    if target.body:
        return target.body
    raise InvalidInput(
        f"{link.name} that are there cannot be moved; send new ones.",
        f"Vorhandene {link.name} lassen sich nicht verschieben; bitte neue senden.",
    )


def check_sizes(columns: Mapping[str, Any], properties: int) -> None:
    """Units, properties and types of a MultiDatastream are equally many (18-088 §13.1)."""
    sizes = {
        "unitOfMeasurements": len(msgspec.json.decode(columns["unit"])),
        "multiObservationDataTypes": len(msgspec.json.decode(columns["data_types"])),
        "ObservedProperties": properties,
    }
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise InvalidInput(
            f"A MultiDatastream needs as many of each: {said}.",
            f"Ein MultiDatastream braucht von jedem gleich viele: {said}.",
        )


# --- observations ----------------------------------------------------------------------------


def observe(
    unit: Unit, bodies: list[Any], given: Given | None, context: Owner | None, depth: int
) -> list[int]:
    """Makes observations with the streams and features inside them; their ids."""
    unit.count(len(bodies))
    drafts = [observed.read(each) for each in bodies]
    aimed = [_aimed(unit, each, given or {}, context, depth) for each in drafts]
    ids = observed.add(unit, aimed)
    link = TYPES[Kind.OBSERVATION].link("ObservationGroups")
    assert link is not None  # noqa: S101
    for ident, each in zip(ids, drafts, strict=True):
        groups = [
            *([Ref(given[link.name])] if given and link.name in given else []),
            *each.links.get(link.name, []),
        ]
        found = [_reached(unit, link, group, context, depth) for group in groups]
        for group in found:
            unit.writable(Kind.GROUP, group)
        entities.add_pairs(unit.db, link, ident, found)
    return ids


def _aimed(unit: Unit, draft: Draft, given: Given, context: Owner | None, depth: int) -> Aimed:
    entity = TYPES[Kind.OBSERVATION]
    stream = 0
    for name in ("Datastream", "MultiDatastream"):
        link = entity.link(name)
        assert link is not None  # noqa: S101
        targets = [Ref(given[name])] if name in given else draft.links.get(name, [])
        for target in targets:
            if stream:
                raise _one_stream()
            stream = _stream(unit, link, target, context, depth)
    if not stream:
        raise _one_stream()
    feature = entity.link("FeatureOfInterest")
    assert feature is not None  # noqa: S101
    named = [Ref(given[feature.name])] if feature.name in given else draft.links.get(feature.name)
    if not named:
        return Aimed(draft, stream)
    owner = context or _owner_of(unit, stream)
    return Aimed(draft, stream, _reached(unit, feature, named[0], owner, depth))


def _stream(unit: Unit, link: Link, target: Target, context: Owner | None, depth: int) -> int:
    """The stream of an observation; the kind must fit, whether it may be written is seen later."""
    if not isinstance(target, Ref):
        return create(unit, link.target, target, None, context, depth + 1)
    if not unit.may_observe(link.target, target.id):
        unit.linkable(link.target, target.id)
    return target.id


def _owner_of(unit: Unit, stream: int) -> Owner | None:
    found = (unit.find(kind, stream) for kind in STREAMS)
    return next((Owner.of(each) for each in found if each is not None), None)


def _reached(unit: Unit, link: Link, target: Target, context: Owner | None, depth: int) -> int:
    if isinstance(target, Ref):
        if unit.find(link.target, target.id) is not None or not target.body:
            unit.linkable(link.target, target.id)
            return target.id
        target = target.body
    return create(unit, link.target, target, None, context, depth + 1)


def _one_stream() -> InvalidInput:
    return InvalidInput(
        "An Observation needs either a Datastream or a MultiDatastream.",
        "Eine Observation braucht entweder einen Datastream oder einen MultiDatastream.",
        code="missing-property",
    )
