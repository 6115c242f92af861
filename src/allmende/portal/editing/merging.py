# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Two people changed the same record: what only one of them touched is joined by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct, json
from msgspec.structs import replace

from allmende.model.catalogue import Node

N = TypeVar("N", bound=Node)
CHOICE = "choose."  # the name of a choice: mine or theirs
LONGEST = 2_000  # characters of a value that are shown


class Clash(Struct, frozen=True):
    """A field that both changed, with what each wrote."""

    field: str
    mine: list[str]
    theirs: list[str]


def join(
    base: N, mine: N, theirs: N, choices: Mapping[str, str], *, every: bool = False
) -> tuple[N, list[Clash]]:
    """Their record with my changes, and the fields that need a decision.

    A decided field is taken as `choices` says; until then theirs stays. With `every` the
    base is not known: every difference needs a decision.
    """
    changed: dict[str, Any] = {}
    clashes: list[Clash] = []
    for name in base.__struct_fields__:
        was, my, their = (getattr(each, name) for each in (base, mine, theirs))
        if my == their or (my == was and not every):
            continue
        if (their == was and not every) or choices.get(CHOICE + name) == "mine":
            changed[name] = my
        elif choices.get(CHOICE + name) != "theirs":
            clashes.append(Clash(name, told(my), told(their)))
    return (replace(theirs, **changed) if changed else theirs), clashes


def told(value: Any) -> list[str]:
    """A value in lines for people: texts with their language, parts with their names."""
    lines = _lines(value)
    return [line[:LONGEST] for line in lines[:40]]


def _lines(value: Any) -> list[str]:
    if value is None or value in ("", [], {}):
        return []
    if isinstance(value, Mapping):
        return [f"{key}: {line}" for key, part in value.items() for line in _lines(part)]
    if isinstance(value, list):
        return [line for part in value for line in _lines(part)]
    if isinstance(value, Struct):
        parts = json.decode(json.encode(value))
        return [" · ".join(_lines(parts))]
    return [str(value)]
