# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""People that a record names: kept out of what it said earlier, unless it still says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, structs

from allmende.model.catalogue import Agent, Kind, Resource, Text
from allmende.model.namespaces import FOAF, VCARD

_NOBODY = (VCARD + "Organization", VCARD + "Group")
_WAYS = ("email", "telephone", "mbox")
_PERSONAL = re.compile(r"mailto:|tel:|[\w.+-]+@[\w-]+\.\w|/vcard/|foaf/0\.1/(?:mbox|phone|Person)")


def without_former_people(earlier: Resource, current: Resource) -> Resource:
    """A copy of an earlier state without the people that the current one does not name.

    Gone are e-mail addresses, telephone numbers, names of contacts that are no organisations,
    names of agents that are persons, and statements beyond the model with any of these.
    """
    known = _Known(current)
    made = msgspec.convert(msgspec.to_builtins(earlier), type(earlier))
    for node in _nodes(made):
        if isinstance(node, Kind | Agent):
            known.clean(node)
    made.extra = [
        line for line in made.extra if line in current.extra or not _PERSONAL.search(line)
    ]
    return made


class _Known:
    """Who the current state of a record names."""

    def __init__(self, current: Resource) -> None:
        nodes = [each for each in _nodes(current) if isinstance(each, Kind | Agent)]
        self.ways = {way for each in nodes for name in _WAYS for way in getattr(each, name, ())}
        self.names = {text for each in nodes for text in _name_of(each).values()}
        self.iris = {each.iri for each in nodes if each.iri}

    def clean(self, node: Kind | Agent) -> None:
        for name in _WAYS:
            if hasattr(node, name):
                setattr(node, name, [way for way in getattr(node, name) if way in self.ways])
        if (
            node.iri
            and node.iri not in self.iris
            and (_is_person(node) or _PERSONAL.search(node.iri))
        ):
            node.iri = None
        if not _is_person(node):
            return
        kept = {tag: text for tag, text in _name_of(node).items() if text in self.names}
        if len(kept) < len(_name_of(node)):
            setattr(node, "fn" if isinstance(node, Kind) else "name", kept)


def _is_person(node: Kind | Agent) -> bool:
    """A contact may be one unless it says what else it is; an agent is one when it says so."""
    if isinstance(node, Kind):
        return node.kind not in _NOBODY
    return node.kind == FOAF + "Person"


def _name_of(node: Kind | Agent) -> Text:
    return node.fn if isinstance(node, Kind) else node.name


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, Struct):
        yield value
        for name in structs.fields(value):
            yield from _nodes(getattr(value, name.name))
    elif isinstance(value, list):
        for each in value:
            yield from _nodes(each)
