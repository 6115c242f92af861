# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where a resource path leads (OGC 18-088, 9.2): step by step, seeing what the subject sees."""

from __future__ import annotations

from msgspec import Struct

from allmende.core.sensing import querying_series as series
from allmende.core.sensing.querying_series import Scope
from allmende.core.sensing.querying_sight import Look
from allmende.errors import NotFound
from allmende.model.sensing.entities import Kind, Link
from allmende.model.sensing.observation import Observation, split_id
from allmende.model.sensing.path import Path, Step
from allmende.store.sensing import reading, selecting, selecting_streams, streams
from allmende.store.sensing.selecting import Query


class Place(Struct, frozen=True):
    """One entity, or the entities a link leads to, or all of a kind."""

    kind: Kind
    id: int = 0  # of the one entity
    many: bool = False
    of: tuple[Link, int] | None = None
    scope: Scope = Scope()  # when they are observations


def place(look: Look, path: Path) -> Place:
    """Follows a path. NotFound when an entity on the way is missing or hidden."""
    here: Place | None = None
    for step in path.steps:
        here = _first(look, step) if here is None else _next(look, here, step)
    assert here is not None  # noqa: S101 - paths have steps
    return here


def _first(look: Look, step: Step) -> Place:
    kind = step.entity.kind
    if step.id is None:
        return Place(kind, many=True)
    if not _is_seen(look, kind, step.id):
        raise nothing()
    return Place(kind, step.id)


def _is_seen(look: Look, kind: Kind, ident: int) -> bool:
    if kind == Kind.OBSERVATION:
        return observation(look, ident) is not None
    if ident > 2**31 - 1:
        return False
    return selecting.visible(look.db, look.sight, kind, ident)


def observation(look: Look, ident: int) -> Observation | None:
    """The observation, if it is there and may be seen."""
    if not 0 < ident < 2**53:
        return None
    if not streams.seen(look.db, look.observed, [split_id(ident)[0]]):
        return None
    return reading.one(look.db, ident)


def _next(look: Look, here: Place, step: Step) -> Place:
    link, kind = step.link, step.entity.kind
    assert link is not None  # noqa: S101 - only the first step has none
    if not link.many:
        return _one(look, here, link)
    if kind == Kind.OBSERVATION:
        return _observations(look, here, link, step.id)
    if step.id is None:
        return Place(kind, many=True, of=(link, here.id))
    query = Query(kind=kind, ids=[step.id], of=(link, here.id))
    if step.id > 2**31 - 1 or not selecting.page(look.db, look.sight, query):
        raise nothing()
    return Place(kind, step.id)


def _one(look: Look, here: Place, link: Link) -> Place:
    if here.kind == Kind.OBSERVATION:
        ident = _of_observation(look, here.id, link)
        if ident is None or not selecting.visible(look.db, look.sight, link.target, ident):
            raise nothing()
        return Place(link.target, ident)
    found = selecting.step(look.db, look.sight, here.kind, here.id, link)
    if found is None or (link.target == Kind.OBSERVATION and observation(look, found) is None):
        raise nothing()
    return Place(link.target, found)


def _of_observation(look: Look, ident: int, link: Link) -> int | None:
    """What an observation that was seen belongs to."""
    stream, _ = split_id(ident)
    if link.name != "FeatureOfInterest":
        return stream  # of the other kind it is not visible
    found = observation(look, ident)
    if found is not None and found.feature is not None:
        return found.feature
    return selecting_streams.about(look.db, [stream])[stream][1]


def _observations(look: Look, here: Place, link: Link, ident: int | None) -> Place:
    """The observations of a datastream, a feature or a group, or one of them."""
    if link.through:
        scope = Scope(ids=tuple(selecting_streams.members(look.db, [here.id])))
        scope = scope if ident is None or ident in (scope.ids or ()) else Scope(ids=())
    elif link.column == "feature":
        scope = Scope(feature=here.id)
        if ident is not None:
            scope = Scope(feature=here.id, ids=(ident,))
    else:
        scope = Scope(streams=(here.id,))
        if ident is not None and split_id(ident)[0] != here.id:
            raise nothing()
    if ident is None:
        return Place(Kind.OBSERVATION, many=True, scope=scope)
    if scope.ids == () or observation(look, ident) is None:
        raise nothing()
    if scope.feature is not None:
        feature = [each for each in _features(look, ident) if each == here.id]
        if not feature:
            raise nothing()
    return Place(Kind.OBSERVATION, ident)


def _features(look: Look, ident: int) -> list[int]:
    found = observation(look, ident)
    stream, _ = split_id(ident)
    if found is not None and found.feature is not None:
        return [found.feature]
    default = selecting_streams.about(look.db, [stream])[stream][1]
    return [] if default is None else [default]


def nothing() -> NotFound:
    """The error for what is not there or must not be seen."""
    return NotFound(
        "There is no such entity, or it cannot be seen with this sign-in.",
        "Ein solches Objekt gibt es nicht, oder es ist mit dieser Anmeldung nicht zu sehen.",
    )


__all__ = ["Place", "nothing", "observation", "place", "series"]
