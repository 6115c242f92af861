# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Filters over entities that look into their observations, and expressions about those.

`Things?$filter=Datastreams/Observations/result gt 30`: the condition is answered once over
the observations and becomes a list of datastreams.
"""

from __future__ import annotations

from collections.abc import Sequence

from allmende.core.sensing import querying_series as series
from allmende.core.sensing.querying_sight import Look
from allmende.errors import Unsupported
from allmende.model.sensing.entities import EntityType, Kind
from allmende.model.sensing.odata.binding import reference
from allmende.model.sensing.odata.evaluate import fold
from allmende.model.sensing.odata.splitting import atoms, common, rebased, replaced
from allmende.model.sensing.odata.tree import Members, Node, Reference, references

_STREAMS = (Kind.DATASTREAM, Kind.MULTI_DATASTREAM)


def _to_observations(node: Reference) -> int | None:
    """How many links lead to the first observation on the way."""
    for at, link in enumerate(node.links):
        if link.target == Kind.OBSERVATION:
            return at
    return None


def sees_observations(node: Node | None) -> bool:
    """Whether a filter over entities looks into observations."""
    return any(
        _to_observations(each) is not None for atom in atoms(node) for each in references(atom)
    )


def resolved(look: Look, node: Node | None, entity: EntityType) -> Node | None:
    """The filter with conditions on observations answered."""
    if node is None or not sees_observations(node):
        return node
    return replaced(fold(node), lambda atom: _answered(look, atom, entity))


def _answered(look: Look, atom: Node, entity: EntityType) -> Node:
    asked = list(references(atom))
    places = [_to_observations(each) for each in asked]
    at = next((place for place in places if place is not None), None)
    if at is None:
        return atom
    common(atom, at + 1)
    before = asked[0].links[:at]
    owner = before[-1].target if before else entity.kind
    if owner not in _STREAMS:
        raise Unsupported(
            "A filter can look into the observations of Datastreams only.",
            "Ein Filter kann nur in die Beobachtungen von Datastreams sehen.",
        )
    ids = series.having(look, rebased(atom, at + 1))
    names: Sequence[str] = [*(link.name for link in before), "id"]
    return Members(reference(names, entity), frozenset(ids))
