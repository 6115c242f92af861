# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What importers of models give, and what they share."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.document import NAME, Entity, Field, Model, Text, problems
from allmende.model.sniff.names import LETTERS, usable
from allmende.model.sniff.types import Note, note

__all__ = ["MAX_BYTES", "Brought", "Names", "Note", "field_name", "finished", "note", "wrong"]

MAX_BYTES = 10_000_000
"""Bytes of a model file."""
MAX_ENTITIES = 2_000
MAX_FIELDS = 20_000
MAX_PATTERN = 2_000


class Brought(NamedTuple):
    """An imported model and what a person should know about the import."""

    model: Model
    notes: list[Note]


class Names:
    """Gives out names that are usable and stand once, large and small letters being equal."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def give(self, wanted: str) -> str:
        """The wanted name if it can be used, else one like it."""
        name = wanted if NAME.match(wanted) else field_name(wanted)
        free, number = name, 2
        while free.lower() in self.taken:
            free = f"{name[:58]}_{number}"
            number += 1
        self.taken.add(free.lower())
        return free


def field_name(text: str) -> str:
    """A usable name that keeps the case of the letters: `@graph-id` → `graph_id`."""
    kept = re.sub(r"[^A-Za-z0-9]+", "_", text.translate(LETTERS)).strip("_")
    if kept and not kept[0].isalpha():
        kept = "f_" + kept
    return kept[:63] if NAME.match(kept[:63]) else usable(text) or "field"


def finished(model: Model, notes: list[Note]) -> Brought:
    """The model when it can be used. Raises InvalidInput with what is wrong, else."""
    if len(model.entities) > MAX_ENTITIES or _fields(model.entities) > MAX_FIELDS:
        raise too_large()
    found = problems(model)
    if found:
        raise _problem(found)
    return Brought(model, notes)


def too_large() -> LimitExceeded:
    """The error for a model with too many parts."""
    return LimitExceeded(
        f"The model has more than {MAX_ENTITIES} entities or {MAX_FIELDS} fields: split it.",
        f"Das Modell hat über {MAX_ENTITIES} Entitäten oder {MAX_FIELDS} Felder: bitte teilen.",
        code="model-limit",
    )


def _fields(entities: list[Entity]) -> int:
    return sum(len(each.fields) for each in entities)


def _problem(found: list[Text]) -> InvalidInput:
    shown = found[:5]
    return InvalidInput(
        " ".join(each["en"] for each in shown),
        " ".join(each["de"] for each in shown),
        code="model-problems",
    )


def wrong(en: str, de: str) -> InvalidInput:
    """The error for a file that is no model of the kind it should be."""
    return InvalidInput(
        f"The model cannot be read: {en}.", f"Modell nicht lesbar: {de}.", code="model"
    )


def text_of(value: Any, language: str) -> Text:
    """A title or description in one language; cut at 5,000 characters."""
    if isinstance(value, dict):
        return {str(tag): str(each)[:5_000] for tag, each in value.items() if each}
    return (
        {language: " ".join(value.split())[:5_000]}
        if isinstance(value, str) and value.strip()
        else {}
    )


def put_pattern(field: Field, pattern: Any, notes: list[Note]) -> None:
    """An unanchored pattern of JSON Schema, XML or LinkML as one for the whole text."""
    if not isinstance(pattern, str) or not pattern:
        return
    from allmende.model.pattern import compiled

    whole = whole_pattern(pattern)
    try:
        compiled(whole)
        re.compile(whole)
    except (re.error, OverflowError, RecursionError):
        whole = ""
    if whole and len(whole) <= MAX_PATTERN:
        field.pattern = whole
        return
    notes.append(
        note(
            "pattern-left-out",
            f"The pattern {pattern[:80]} cannot be used here and is left out.",
            f"Das Muster {pattern[:80]} ist hier nicht verwendbar und entfällt.",
            on=field.name,
        )
    )


def whole_pattern(pattern: str) -> str:
    """The same pattern for the whole text: `^a$` → `a`, else with anything around it."""
    starts = pattern.startswith("^")
    ends = pattern.endswith("$") and not pattern.endswith("\\$")
    inner = pattern[1 if starts else 0 : -1 if ends else None]
    if starts and ends and ("|" not in inner or _is_group(inner)):
        return inner[3:-1] if _is_group(inner) else inner
    if "|" in inner:
        return rf"[\s\S]*?(?:{pattern})[\s\S]*"
    before, after = "" if starts else r"[\s\S]*", "" if ends else r"[\s\S]*"
    return f"{before}{inner}{after}"


def _is_group(pattern: str) -> bool:
    """Whether the whole pattern is one group `(?:…)`."""
    if not pattern.startswith("(?:"):
        return False
    depth = 0
    plain = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", lambda each: "x" * len(each[0]), pattern)
    for at, sign in enumerate(plain):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return at == len(plain) - 1
    return False
