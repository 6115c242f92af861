# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How the rules of a field differ between two versions: wider, narrower or other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from msgspec import Struct

from allmende.model.document import Field, FieldType, GeometryType, Text

Level = Literal["patch", "minor", "major"]


class Rule(Struct, frozen=True):
    """One difference of a field."""

    kind: Literal["changed", "widened", "narrowed"]
    level: Level
    text: Text


def rules(old: Field, new: Field) -> Iterator[Rule]:
    """Every difference of two states of a field."""
    for judge in (_type, _required, _limits, _lengths, _pattern, _codes, _meaning, _seen, _words):
        yield from judge(old, new)


def _wider(en: str, de: str) -> Rule:
    return Rule("widened", "minor", {"en": en, "de": de})


def _narrower(en: str, de: str) -> Rule:
    return Rule("narrowed", "major", {"en": en, "de": de})


def _other(level: Level, en: str, de: str) -> Rule:
    return Rule("changed", level, {"en": en, "de": de})


def _type(old: Field, new: Field) -> Iterator[Rule]:
    if old.type != new.type:
        yield _other(
            "major",
            f"the type was {old.type} and is {new.type}",
            f"die Art war {old.type} und ist {new.type}",
        )
    elif old.entity != new.entity:
        yield _other(
            "major",
            f"another entity lies inside: {new.entity or 'any'}",
            f"eine andere Entität liegt darin: {new.entity or 'irgendeine'}",
        )
    if old.many != new.many:
        yield _other(
            "major",
            "one value has become a list" if new.many else "a list has become one value",
            "aus einem Wert ist eine Liste geworden"
            if new.many
            else "aus einer Liste ist ein Wert geworden",
        )
    if old.type is new.type is FieldType.GEOMETRY and old.geometry != new.geometry:
        wide = new.geometry is GeometryType.ANY
        make: Callable[[str, str], Rule] = _wider if wide else _narrower
        yield make(
            f"the geometry was {old.geometry} and is {new.geometry}",
            f"die Geometrie war {old.geometry} und ist {new.geometry}",
        )


def _required(old: Field, new: Field) -> Iterator[Rule]:
    if new.required and not old.required:
        yield _narrower("now required", "jetzt Pflicht")
    elif old.required and not new.required:
        yield _wider("no longer required", "keine Pflicht mehr")


def _limits(old: Field, new: Field) -> Iterator[Rule]:
    for name, lower, de in (("minimum", True, "Minimum"), ("maximum", False, "Maximum")):
        yield from _limit(getattr(old, name), getattr(new, name), lower, name, de)
    if old.plausible != new.plausible:
        yield _other("minor", "other values are expected", "andere Werte werden erwartet")


def _lengths(old: Field, new: Field) -> Iterator[Rule]:
    yield from _limit(old.min_length, new.min_length, True, "shortest length", "kürzeste Länge")
    yield from _limit(old.max_length, new.max_length, False, "longest length", "größte Länge")


def _limit(was: Any, now: Any, lower: bool, en: str, de: str) -> Iterator[Rule]:
    if was == now:
        return
    if now is None:
        yield _wider(f"no {en} any more (was {was})", f"kein/e {de} mehr (war {was})")
        return
    narrower = was is None or _beyond(now, was, lower)
    make = _narrower if narrower else _wider
    before = "none" if was is None else was
    vorher = "ohne" if was is None else was
    yield make(f"{en}: {before} → {now}", f"{de}: {vorher} → {now}")


def _beyond(now: Any, was: Any, lower: bool) -> bool:
    """Whether the new limit shuts out more; limits of different kinds always may."""
    if isinstance(now, str) != isinstance(was, str):
        return True
    return bool(now > was) if lower else bool(now < was)


def _pattern(old: Field, new: Field) -> Iterator[Rule]:
    if old.pattern == new.pattern:
        return
    if new.pattern:
        yield _narrower(f"the pattern is now {new.pattern}", f"das Muster ist jetzt {new.pattern}")
    else:
        yield _wider("no pattern any more", "kein Muster mehr")


def _codes(old: Field, new: Field) -> Iterator[Rule]:
    before = {each.code: each for each in old.codes}
    after = {each.code: each for each in new.codes}
    was_closed, is_closed = _closed(old), _closed(new)
    if is_closed and not was_closed:
        yield _narrower(
            "only values of the list are allowed now", "jetzt sind nur Werte der Liste erlaubt"
        )
    elif was_closed and not is_closed:
        yield _wider(
            "values outside of the list are allowed now",
            "jetzt sind auch Werte außerhalb der Liste erlaubt",
        )
    gone = [str(code) for code in before if code not in after]
    if gone and is_closed and was_closed:
        named = _named(gone)
        yield _narrower(f"no longer in the list: {named}", f"nicht mehr in der Liste: {named}")
    fresh = [str(code) for code in after if code not in before]
    if fresh and is_closed == was_closed:
        yield _wider(f"new in the list: {_named(fresh)}", f"neu in der Liste: {_named(fresh)}")
    if gone and is_closed == was_closed is False:
        named = _named(gone)
        yield _other("minor", f"no longer expected: {named}", f"nicht mehr erwartet: {named}")
    if any(before[code] != each for code, each in after.items() if code in before):
        yield _other("patch", "values are described otherwise", "Werte sind anders beschrieben")


def _closed(field: Field) -> bool:
    return bool(field.codes) and not field.open_codes


def _named(codes: list[str]) -> str:
    return ", ".join(codes[:5]) + (f" … (+{len(codes) - 5})" if len(codes) > 5 else "")


def _meaning(old: Field, new: Field) -> Iterator[Rule]:
    if old.unit != new.unit:
        level: Level = "major" if old.unit else "minor"
        yield _other(
            level,
            f"the unit was {old.unit or 'unnamed'} and is {new.unit or 'unnamed'}",
            f"die Einheit war {old.unit or 'ungenannt'} und ist {new.unit or 'ungenannt'}",
        )
    if old.iri != new.iri:
        yield _other(
            "minor", "another IRI says what it means", "eine andere IRI sagt die Bedeutung"
        )
    if old.reference != new.reference:
        yield _other(
            "minor",
            f"refers to {new.reference or 'nothing'}",
            f"verweist auf {new.reference or 'nichts'}",
        )
    if old.role != new.role:
        yield _other("minor", "another role in statistics", "eine andere Rolle in der Statistik")


def _seen(old: Field, new: Field) -> Iterator[Rule]:
    if old.shown_to != new.shown_to:
        yield _other(
            "minor",
            f"seen by: {old.shown_to} → {new.shown_to}",
            f"sichtbar für: {old.shown_to} → {new.shown_to}",
        )
    elif (old.personal, old.visibility) != (new.personal, new.visibility):
        yield _other("minor", "classified otherwise", "anders eingestuft")


def _words(old: Field, new: Field) -> Iterator[Rule]:
    if (old.title, old.description, old.crs) != (new.title, new.description, new.crs):
        yield _other("patch", "described otherwise", "anders beschrieben")
