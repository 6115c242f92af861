# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who sees which fields of rows that may be read."""

from __future__ import annotations

from allmende.model.document import Entity, Visibility
from allmende.policy.access import INSIDERS, KEEPERS
from allmende.policy.subject import Subject

PUBLIC = frozenset({Visibility.PUBLIC})


def levels(subject: Subject, organisation: str) -> frozenset[Visibility]:
    """The field levels a subject sees in the collections of an organisation.

    Public fields are for everybody, internal ones for people with a role in the
    organisation, personal ones for its stewards, gatekeepers and administrators.
    """
    seen = set(PUBLIC)
    if subject.has(organisation, *INSIDERS):
        seen.add(Visibility.INTERNAL)
    if subject.has(organisation, *KEEPERS):
        seen.add(Visibility.PERSONAL)
    return frozenset(seen)


def visible(entity: Entity, seen: frozenset[Visibility]) -> Entity:
    """The entity with the fields of these levels only; what it says of others goes as well."""
    fields = [each for each in entity.fields if each.shown_to in seen]
    if len(fields) == len(entity.fields):
        return entity
    names = {each.name for each in fields}
    time = entity.time
    if time is not None:
        from msgspec.structs import replace

        start = time.start if time.start in names else ""
        end = time.end if time.end in names else ""
        time = replace(time, start=start, end=end) if start or end else None
    return Entity(
        name=entity.name,
        title=entity.title,
        description=entity.description,
        iri=entity.iri,
        key=entity.key if set(entity.key) <= names else [],
        label=entity.label if entity.label in names else "",
        time=time,
        fields=fields,
    )
