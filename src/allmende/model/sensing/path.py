# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Resource paths of SensorThings (OGC 18-088, clause 9.2): Things(1)/Locations/$ref."""

from __future__ import annotations

import re

from msgspec import Struct

from allmende.errors import NotFound
from allmende.model.sensing.entities import COLLECTIONS, TYPES, EntityType, Link

MOST_STEPS = 12
MOST_ID = 2**53 - 1
_STEP = re.compile(r"([A-Za-z]{1,40})(?:\((\d{1,16})\))?\Z", re.ASCII)


class Step(Struct, frozen=True):
    """One part of a path: a collection or a link, and the id if one entity is named."""

    entity: EntityType
    link: Link | None  # None for the first step
    id: int | None = None


class Path(Struct, frozen=True):
    """A path; `rest` are the parts behind the last entity: $ref, or a property and $value."""

    steps: tuple[Step, ...]
    rest: tuple[str, ...] = ()

    @property
    def last(self) -> Step:
        """The step that says what is meant."""
        return self.steps[-1]

    @property
    def many(self) -> bool:
        """Whether the path leads to a collection."""
        step = self.last
        return step.id is None and (step.link is None or step.link.many)


def parse(text: str) -> Path:
    """Reads a path without the slash at its beginning. Raises NotFound for one that is none."""
    parts = [part for part in text.strip("/").split("/") if part]
    if not parts or len(parts) > MOST_STEPS:
        raise _unknown(text)
    steps: list[Step] = []
    for place, part in enumerate(parts):
        found = _first(part) if not steps else _next(steps[-1], part)
        if found is None:
            if not steps:
                raise _unknown(text)
            return Path(tuple(steps), _rest(steps[-1], parts[place:], text))
        steps.append(found)
    return Path(tuple(steps))


def _first(part: str) -> Step | None:
    match = _STEP.match(part)
    entity = COLLECTIONS.get(match.group(1)) if match else None
    if match is None or entity is None:
        return None
    return Step(entity, None, _id(match))


def _next(before: Step, part: str) -> Step | None:
    match = _STEP.match(part)
    one = before.id is not None or (before.link is not None and not before.link.many)
    link = before.entity.link(match.group(1)) if match and one else None
    if match is None or link is None:
        return None
    ident = _id(match)
    if ident is not None and not link.many:
        return None
    return Step(TYPES[link.target], link, ident)


def _id(match: re.Match[str]) -> int | None:
    return int(match.group(2)) if match.group(2) else None


def _rest(step: Step, parts: list[str], text: str) -> tuple[str, ...]:
    if parts == ["$ref"]:
        return tuple(parts)
    known = step.entity.attribute(parts[0]) is not None
    one = step.id is not None or (step.link is not None and not step.link.many)
    if known and one and parts[1:] in ([], ["$value"]):
        return tuple(parts)
    raise _unknown(text)


def _unknown(text: str) -> NotFound:
    return NotFound(
        f"There is no resource “{text[:120]}” here; the root of the service lists what there is.",
        f"Eine Ressource „{text[:120]}“ gibt es hier nicht; die Startadresse nennt alle.",
    )
