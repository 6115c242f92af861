# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Filters over entities that look into their observations, and expressions about those.

`Things?$filter=Datastreams/Observations/result gt 30`: the condition is answered once over
the observations and becomes a list of datastreams.
"""

from __future__ import annotations

from allmende.core.sensing import querying_series as series
from allmende.core.sensing.querying_sight import Look
from allmende.errors import Unsupported
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.odata.evaluate import fold
from allmende.model.sensing.odata.splitting import atoms, common, rebased, replaced
from allmende.model.sensing.odata.tree import Members, Node, Reference, Some, references


def _to_observations(node: Reference) -> int | None:
    """How many links lead to the first observation on the way."""
    for at, link in enumerate(node.links):
        if link.target == Kind.OBSERVATION:
            return at
    return None


def sees_observations(node: Node | None) -> bool:
    """Whether a filter over entities looks into observations."""
    for atom in atoms(node):
        if any(_to_observations(each) is not None for each in references(atom)):
            return True
        if isinstance(atom, Some) and sees_observations(atom.body):
            return True
    return False


def has_lambda(node: Node | None) -> bool:
    """Whether there is any or all in a filter."""
    return any(isinstance(each, Some) for each in atoms(node))


def resolved(look: Look, node: Node | None) -> Node | None:
    """The filter with conditions on observations answered."""
    if node is None or not sees_observations(node):
        return node
    return replaced(fold(node), lambda atom: _answered(look, atom))


def _answered(look: Look, atom: Node) -> Node:
    asked = list(references(atom))
    places = [_to_observations(each) for each in asked]
    at = next((place for place in places if place is not None), None)
    if at is None:
        if isinstance(atom, Some):
            return Some(
                atom.source, atom.variable, replaced(atom.body, lambda each: _answered(look, each))
            )
        return atom
    common(atom, at + 1)
    start = asked[0]
    before = start.links[:at]
    if not _leads_from_stream(start, at):
        raise Unsupported(
            "A filter can look into the observations of Datastreams only.",
            "Ein Filter kann nur in die Beobachtungen von Datastreams sehen.",
        )
    ids = series.having(look, rebased(atom, at + 1))
    kind = before[-1].target if before else Kind.DATASTREAM
    return Members(Reference(before, kind, "id", "id", variable=start.variable), frozenset(ids))


def _leads_from_stream(start: Reference, at: int) -> bool:
    """Whether the link to observations is that of datastreams."""
    link = start.links[at]
    return link.many and link.column == "datastream"
