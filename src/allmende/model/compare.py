# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What differs between two versions of a model, and what that means for rows and readers.

patch   words only: titles, descriptions, order
minor   compatible: every row of the old version fits the new one
major   rows may have to be converted, or something readers know is gone
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

from msgspec import Struct

from allmende.model.compare_rules import Level, Rule, rules
from allmende.model.document import Entity, Field, Model, Text

Kind = Literal["added", "removed", "renamed", "changed", "widened", "narrowed"]
_ORDER: dict[Level, int] = {"patch": 0, "minor": 1, "major": 2}
_SIMILAR = 0.72  # of 1: how alike two names have to be for one to be the other's new name


class Change(Struct, frozen=True):
    """One difference; `entity` and `field` are empty where it is about the whole."""

    kind: Kind
    level: Level
    text: Text
    entity: str = ""
    field: str = ""
    was: str = ""  # renamed: the name it seems to have had


class Difference(Struct, frozen=True):
    """All differences, the largest level among them, and the version number that it asks for."""

    changes: list[Change]
    level: Literal["none", "patch", "minor", "major"]
    required: str  # the lowest version number for the new model

    @property
    def compatible(self) -> bool:
        """Whether every row of the old version fits the new one as it is."""
        return self.level != "major"


def compare(old: Model, new: Model) -> Difference:
    """The differences from an older to a newer version of a model."""
    changes = [*_of_models(old, new)]
    level = max((each.level for each in changes), key=_ORDER.__getitem__, default=None)
    if level is None:
        return Difference([], "none", old.version)
    return Difference(changes, level, next_version(old.version, level))


def next_version(version: str, level: Level) -> str:
    """The version number that follows at this level: 1.2.3 → 1.2.4, 1.3.0, 2.0.0."""
    major, minor, patch = (int(part) for part in version.split("."))
    if level == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if level == "minor" else f"{major}.{minor}.{patch + 1}"


def suffices(version: str, required: str) -> bool:
    """Whether a version number is at least the required one."""
    return _numbers(version) >= _numbers(required)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _of_models(old: Model, new: Model) -> Iterator[Change]:
    words = ("title", "description", "licence", "source", "changes")
    if any(getattr(old, each) != getattr(new, each) for each in words):
        yield Change(
            "changed",
            "patch",
            _said(
                "The description of the model has changed.",
                "Die Beschreibung des Modells ist anders.",
            ),
        )
    if old.iri != new.iri:
        yield Change(
            "changed",
            "minor",
            _said(
                "Names in it begin with another IRI.", "Namen darin beginnen mit einer anderen IRI."
            ),
        )
    before = {each.name: each for each in old.entities}
    after = {each.name: each for each in new.entities}
    for name in before.keys() - after.keys():
        yield Change(
            "removed",
            "major",
            _said(f"The entity {name} is gone.", f"Die Entität {name} ist weg."),
            name,
        )
    for name, entity in after.items():
        if name in before:
            yield from _of_entities(before[name], entity)
        else:
            yield Change(
                "added",
                "minor",
                _said(f"The entity {name} is new.", f"Die Entität {name} ist neu."),
                name,
            )
    if old.entities and new.entities and old.entities[0].name != new.entities[0].name:
        text = _said(
            "Another entity stands first: collections take that one.",
            "Eine andere Entität steht am Anfang: Sammlungen nehmen diese.",
        )
        yield Change("changed", "major", text)


def _of_entities(old: Entity, new: Entity) -> Iterator[Change]:
    name = new.name
    if old.key != new.key:
        text = _said(
            f"The key of {name} is now: {', '.join(new.key) or 'none'}.",
            f"Der Schlüssel von {name} ist jetzt: {', '.join(new.key) or 'keiner'}.",
        )
        yield Change("changed", "major", text, name)
    if (old.label, old.time, old.iri) != (new.label, new.time, new.iri):
        text = _said(
            f"Label, valid time or meaning of {name} have changed.",
            f"Bezeichnung, Gültigkeit oder Bedeutung von {name} sind anders.",
        )
        yield Change("changed", "minor", text, name)
    if (old.title, old.description) != (new.title, new.description):
        text = _said(
            f"The description of {name} has changed.", f"Die Beschreibung von {name} ist anders."
        )
        yield Change("changed", "patch", text, name)
    yield from _of_field_lists(old, new)


def _of_field_lists(old: Entity, new: Entity) -> Iterator[Change]:
    before = {each.name: each for each in old.fields}
    after = {each.name: each for each in new.fields}
    gone = [each for each in old.fields if each.name not in after]
    fresh = [each for each in new.fields if each.name not in before]
    for was, now in renamed(gone, fresh):
        gone.remove(was)
        fresh.remove(now)
        text = _said(
            f"{was.name} seems to be called {now.name} now.",
            f"{was.name} heißt jetzt anscheinend {now.name}.",
        )
        yield Change("renamed", "major", text, new.name, now.name, was.name)
        yield from _of_fields(new.name, was, now)
    yield from (_gone(new.name, each) for each in gone)
    yield from (_fresh(new.name, each) for each in fresh)
    for name, field in after.items():
        if name in before:
            yield from _of_fields(new.name, before[name], field)
    kept = [each for each in before if each in after]
    if kept != [each for each in after if each in before]:
        text = _said(
            f"The fields of {new.name} stand in another order.",
            f"Die Felder von {new.name} stehen in anderer Reihenfolge.",
        )
        yield Change("changed", "patch", text, new.name)


def renamed(gone: list[Field], fresh: list[Field]) -> list[tuple[Field, Field]]:
    """Pairs of a field that is gone and a new one that seems to be the same, likeliest first."""
    scored = sorted(
        ((_likeness(was, now), a, b) for a, was in enumerate(gone) for b, now in enumerate(fresh)),
        key=lambda each: (-each[0], each[1], each[2]),
    )
    found: list[tuple[Field, Field]] = []
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    for score, a, b in scored:
        if score >= _SIMILAR and a not in taken_old and b not in taken_new:
            taken_old.add(a)
            taken_new.add(b)
            found.append((gone[a], fresh[b]))
    return found


def _likeness(was: Field, now: Field) -> float:
    """From 0 to 1: same kind of value, and the same meaning, title or nearly the same name."""
    if (was.type, was.many, was.entity) != (now.type, now.many, now.entity):
        return 0
    if was.iri and was.iri == now.iri:
        return 1
    titles = set(was.title.items()) & set(now.title.items())
    if titles and was.unit == now.unit:
        return 0.9
    return SequenceMatcher(None, was.name.lower(), now.name.lower()).ratio() * 0.95


def _gone(entity: str, field: Field) -> Change:
    text = _said(f"{field.name} is gone.", f"{field.name} ist weg.")
    return Change("removed", "major", text, entity, field.name)


def _fresh(entity: str, field: Field) -> Change:
    if field.required:
        text = _said(
            f"{field.name} is new and required: old rows do not have it.",
            f"{field.name} ist neu und Pflicht: alte Zeilen haben es nicht.",
        )
        return Change("added", "major", text, entity, field.name)
    text = _said(f"{field.name} is new.", f"{field.name} ist neu.")
    return Change("added", "minor", text, entity, field.name)


def _of_fields(entity: str, old: Field, new: Field) -> Iterator[Change]:
    found: Iterator[Rule] = rules(old, new)
    for each in found:
        text = {language: f"{new.name}: {said}" for language, said in each.text.items()}
        yield Change(each.kind, each.level, text, entity, new.name)


def _said(en: str, de: str) -> Text:
    return {"en": en, "de": de}
