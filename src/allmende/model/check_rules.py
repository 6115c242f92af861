# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The rules of a field around its conversion, and the doubts after it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from allmende.model.check_values import Convert, Rejected, converter
from allmende.model.document import Field, FieldType, GeometryType, Text
from allmende.model.findings import Finding, shorten, unusable, warning
from allmende.model.pattern import compiled, longest
from allmende.model.shapes import fault

Doubt = Callable[[Any], Iterable[Finding]]
"""What is odd about a value that may be stored; the findings have no field yet."""


def with_limits(each: Field, convert: Convert) -> Convert:
    """Minimum, maximum and lengths around the conversion."""
    low, high = _bound(each, each.minimum), _bound(each, each.maximum)
    least, most = each.min_length, each.max_length
    if each.type is FieldType.GEOMETRY:
        return convert

    def in_range(value: Any) -> Any:
        value = convert(value)
        if low is not None and value < low:
            en, de = _number(low)
            said = f"The value has to be at least {en}.", f"Der Wert muss mindestens {de} sein."
            raise Rejected("too-small", *said)
        if high is not None and value > high:
            en, de = _number(high)
            said = f"The value may be at most {en}.", f"Der Wert darf höchstens {de} sein."
            raise Rejected("too-large", *said)
        return value

    def in_length(value: Any) -> Any:
        value = convert(value)
        if least is not None and len(value) < least:
            said = f"At least {least} characters are needed.", f"Mindestens {least} Zeichen."
            raise Rejected("length", *said)
        if most is not None and len(value) > most:
            said = f"At most {most} characters are allowed.", f"Höchstens {most} Zeichen."
            raise Rejected("length", *said)
        return value

    if low is not None or high is not None:
        return in_range
    textual = each.type in (FieldType.STRING, FieldType.URI)
    return in_length if textual and (least, most) != (None, None) else convert


def _number(limit: Any) -> tuple[str, str]:
    """A limit as people write it, in English and German."""
    text = f"{limit:.12g}" if isinstance(limit, float) else str(limit)
    return text, text.replace(".", ",") if isinstance(limit, float) else text


def _bound(each: Field, limit: Any) -> Any:
    """A limit in the canonical form of the values it is compared with."""
    if limit is None or each.type in (FieldType.GEOMETRY, FieldType.OBJECT, FieldType.BOOLEAN):
        return None
    try:
        if each.type in (FieldType.INTEGER, FieldType.YEAR) and isinstance(limit, float):
            return limit
        return converter(each)(limit)
    except Rejected as error:
        raise unusable(
            f"the limit {limit!r} of {each.name} is of another type",
            f"die Grenze {limit!r} von {each.name} hat einen anderen Typ",
        ) from error


def with_codes(each: Field, convert: Convert) -> Convert:
    """The closed code list around the conversion."""
    if not each.codes or each.open_codes:
        return convert
    known, near = _codes(each)

    def read(value: Any) -> Any:
        value = convert(value)
        if value not in known:
            raise Rejected("unknown-code", *_not_listed(value, near).values())
        return value

    return read


def _codes(each: Field) -> tuple[frozenset[Any], dict[str, Any]]:
    """The codes as values of the field, and by their small letters to suggest one."""
    wanted = converter(each) if each.type in (FieldType.INTEGER, FieldType.YEAR) else str
    try:
        known = [wanted(_whole(each, code.code)) for code in each.codes]
    except (Rejected, ValueError) as error:
        raise unusable(
            f"a code of {each.name} is of another type", f"ein Code von {each.name} hat anderen Typ"
        ) from error
    near = {str(code).casefold().strip(): code for code in known}
    near |= {
        title.casefold(): code
        for entry, code in zip(each.codes, known, strict=True)
        for title in entry.title.values()
    }
    return frozenset(known), near


def _whole(each: Field, code: str | int) -> str | int:
    return int(code) if each.type in (FieldType.INTEGER, FieldType.YEAR) else code


def _not_listed(value: Any, near: dict[str, Any]) -> Text:
    meant = near.get(str(value).casefold().strip())
    hint = ("", "") if meant is None else (f" Is “{meant}” meant?", f" Ist „{meant}“ gemeint?")
    return {
        "en": f"“{shorten(value)}” is not in the code list.{hint[0]}",
        "de": f"„{shorten(value)}“ steht nicht in der Codeliste.{hint[1]}",
    }


def with_pattern(pattern: str, convert: Convert) -> tuple[Convert, Doubt]:
    """The pattern around the conversion, and the doubt when a text is too long for it."""
    try:
        matches = compiled(pattern).fullmatch
    except re.error as error:
        raise unusable(
            f"the pattern {pattern} is wrong", f"das Muster {pattern} ist falsch"
        ) from error
    most = longest(pattern)

    def read(value: Any) -> Any:
        value = convert(value)
        if len(value) <= most and matches(value) is None:
            said = f"The text does not match {pattern}.", f"Der Text passt nicht zu {pattern}."
            raise Rejected("pattern", *said)
        return value

    def unchecked(value: Any) -> Iterable[Finding]:
        if len(value) <= most:
            return ()
        said = (
            f"The text is longer than {most} characters, its pattern was not tried.",
            f"Der Text hat über {most} Zeichen, sein Muster wurde nicht geprüft.",
        )
        return (warning("pattern-unchecked", value, *said),)

    return read, unchecked


def doubts(each: Field) -> list[Doubt]:
    """What is looked at after the conversion."""
    found: list[Doubt] = []
    if each.plausible is not None and each.type is not FieldType.GEOMETRY:
        low, high = _bound(each, each.plausible.minimum), _bound(each, each.plausible.maximum)
        found.append(_implausible(low, high))
    if each.codes and each.open_codes:
        found.append(_not_in(*_codes(each)))
    if each.type is FieldType.GEOMETRY and each.geometry is not GeometryType.POINT:
        found.append(_invalid)
    return found


def _implausible(low: Any, high: Any) -> Doubt:
    def look(value: Any) -> Iterable[Finding]:
        if (low is None or value >= low) and (high is None or value <= high):
            return ()
        ends = f"{'' if low is None else low} … {'' if high is None else high}"
        said = f"Plausible is {ends}.", f"Plausibel ist {ends}."
        return (warning("implausible", value, *said),)

    return look


def _not_in(known: frozenset[Any], near: dict[str, Any]) -> Doubt:
    def look(value: Any) -> Iterable[Finding]:
        if value in known:
            return ()
        return (warning("unknown-code", value, *_not_listed(value, near).values()),)

    return look


def _invalid(value: bytes) -> Iterable[Finding]:
    reason = fault(value)
    if not reason:
        return ()
    said = f"The geometry is not valid: {reason}.", f"Die Geometrie ist ungültig: {reason}."
    return (warning("geometry-invalid", value, *said),)
