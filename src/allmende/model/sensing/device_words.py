# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What msgspec finds wrong with a document, with its place, in both languages."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

import msgspec

_PLACE = re.compile(r" - at `\$?\.?(.*?)`$")
_KEY = re.compile(r" - at `key` in `\$?\.?(.*?)`$")
_FORMS: tuple[tuple[str, str, str], ...] = (
    (
        r"Object missing required field `(.+)`",
        "“{0}” is missing",
        "„{0}“ fehlt",
    ),
    (
        r"Object contains unknown field `(.+)`",
        "“{0}” is not known here",
        "„{0}“ ist hier nicht bekannt",
    ),
    (
        r"Expected `(.+)`, got `(.+)`",
        "expected is {0}, given is {1}",
        "erwartet wird {0}, angegeben ist {1}",
    ),
    (r"Expected `str` of length >= 1", "a text is missing", "ein Text fehlt"),
    (
        r"Expected `(.+)` of length (.+)",
        "expected is a value of length {1}",
        "erwartet wird ein Wert der Länge {1}",
    ),
    (
        r"Expected `str` matching regex '(.+)'",
        "the text does not have the form {0}",
        "der Text hat nicht die Form {0}",
    ),
    (r"Invalid enum value (.+)", "{0} is not one of the choices", "{0} steht nicht zur Wahl"),
    (
        r"Invalid value (.+)",
        "{0} is not one of the choices",
        "{0} steht nicht zur Wahl",
    ),
    (r"Expected (.+)", "expected is {0}", "erwartet wird: {0}"),
)
_GERMAN = {
    "str": "Text",
    "int": "ganze Zahl",
    "float": "Zahl",
    "object": "Gruppe von Angaben",
    "array": "Liste",
    "null": "nichts",
    "bool": "true oder false",
    "date": "Tag (2024-05-01)",
}
_ENGLISH = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "object": "mapping",
    "array": "list",
    "null": "nothing",
    "bool": "true or false",
    "date": "day (2024-05-01)",
}


def said(message: str, kind: type, above: str = "") -> tuple[str, str, dict[str, str]]:
    """The place in the document (`fields.temp`), the unknown member there, and the sentence.

    `above` is where the document that was checked stands in the whole one.
    """
    found = _KEY.search(message) or _PLACE.search(message)
    inside = found[1].replace("[...]", "") if found else ""
    place = ".".join(each for each in (above, inside) if each)
    bare = message[: found.start()] if found else message
    for form, en, de in _FORMS:
        match = re.fullmatch(form, bare)
        if match:
            unknown = match[1] if bare.startswith("Object contains unknown") else ""
            hint_en, hint_de = _hint(unknown, kind)
            where = f"{place}: " if place else ""
            return (
                place,
                unknown,
                {
                    "en": f"{where}{en.format(*_named(match, _ENGLISH))}.{hint_en}",
                    "de": f"{where}{de.format(*_named(match, _GERMAN))}.{hint_de}",
                },
            )
    return place, "", {"en": f"{message}.", "de": f"{message}."}


def _named(match: re.Match[str], names: dict[str, str]) -> list[str]:
    joined = " | "
    return [
        joined.join(names.get(part, part) for part in group.split(joined))
        for group in match.groups()
    ]


def _hint(unknown: str, kind: type) -> tuple[str, str]:
    """What may have been meant by an unknown member."""
    others = sorted(_members(kind, set()) - {unknown})
    near = get_close_matches(unknown, others, 1) if unknown else []
    return (f" Is “{near[0]}” meant?", f" Ist „{near[0]}“ gemeint?") if near else ("", "")


def _members(kind: Any, met: set[str]) -> set[str]:
    """The names of all members of a Struct and of the Structs in it."""
    found: set[str] = set()
    for info in msgspec.inspect.multi_type_info([kind]):
        _collect(info, found, met)
    return found


def _collect(info: Any, found: set[str], met: set[str]) -> None:
    if isinstance(info, msgspec.inspect.StructType):
        if info.cls.__name__ in met:
            return
        met.add(info.cls.__name__)
        for each in info.fields:
            found.add(each.encode_name)
            _collect(each.type, found, met)
    for name in ("value_type", "item_type", "type"):
        inner = getattr(info, name, None)
        if inner is not None:
            _collect(inner, found, met)
    for inner in getattr(info, "types", ()):
        _collect(inner, found, met)
