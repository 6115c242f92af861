# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`species=Linde&height>=10&sort=-height` as a query."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import unquote_plus

from msgspec import Struct

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.document import Entity, Field, FieldType
from allmende.model.filter import (
    Array,
    Call,
    Compare,
    Filter,
    In,
    IsNull,
    Not,
    Operator,
    Property,
    Value,
    all_of,
)
from allmende.model.query import MAX_OFFSET, Box, Order, Query

LIMIT, MAX_LIMIT = 100, 10_000
MAX_CONDITIONS = 50
MAX_SORT = 5
RESERVED = ("fields", "sort", "limit", "page", "after", "q", "bbox", "geometry")
"""Names of parameters; a field that is called like one is written `field.limit`."""

YES = frozenset({"true", "yes", "ja", "1"})
NO = frozenset({"false", "no", "nein", "0"})
TEXTS = (FieldType.STRING, FieldType.URI)
UNSORTED = (FieldType.OBJECT, FieldType.GEOMETRY)

_CONDITION = re.compile(r"(field\.)?([A-Za-z][\w-]*)(!=|!~|>=|<=|~=|=|<|>|~)(.*)\Z", re.S)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?\Z")
_SIGNS: dict[str, Operator] = {"<": "<", ">": ">", "<=": "<=", ">=": ">="}


class Asked(Struct, frozen=True):
    """The query, and whether a limit or a page was named."""

    query: Query
    limited: bool
    page: int = 1


def read(collection: str, entity: Entity, query_string: str) -> Asked:
    """The query of an address. Raises InvalidInput that names near hits for unknown fields."""
    given: dict[str, str] = {}
    conditions: list[tuple[str, str, str]] = []
    for part in query_string.split("&"):
        if not part:
            continue
        match = _CONDITION.match(unquote_plus(part, errors="replace"))
        if match is None:
            raise _unreadable(part)
        marked, name, sign, text = match.groups()
        if not marked and sign == "=" and name in RESERVED:
            given[name] = text
        else:
            conditions.append((name, sign, text))
    if len(conditions) > MAX_CONDITIONS:
        raise LimitExceeded(
            f"At most {MAX_CONDITIONS} conditions are possible.",
            f"Es sind höchstens {MAX_CONDITIONS} Bedingungen möglich.",
        )
    return _asked(collection, entity, given, conditions)


def _asked(
    collection: str,
    entity: Entity,
    given: dict[str, str],
    conditions: Sequence[tuple[str, str, str]],
) -> Asked:
    limit = _number(given.get("limit", ""), "limit", LIMIT, MAX_LIMIT)
    page = _number(given.get("page", ""), "page", 1, MAX_OFFSET)
    geometry = given.get("geometry", "true").lower()
    if geometry not in YES | NO:
        raise InvalidInput("geometry is true or false.", "geometry ist true oder false.")
    query = Query(
        collection=collection,
        fields=_fields(given.get("fields", ""), entity),
        geometry=geometry in YES,
        where=where(conditions, entity),
        bbox=_box(given["bbox"]) if given.get("bbox") else None,
        text=given.get("q", ""),
        order=order(given.get("sort", "").split(","), entity),
        after=given.get("after", ""),
        offset=(page - 1) * limit,
        limit=limit,
    )
    return Asked(query, "limit" in given or "page" in given, page)


# --- conditions ----------------------------------------------------------------------


def where(conditions: Iterable[tuple[str, str, str]], entity: Entity) -> Filter:
    """Conditions that all hold; one field with several `=` has any of these values."""
    equal: dict[str, list[Value]] = {}
    found: list[Filter] = []
    for name, sign, text in conditions:
        field = field_of(name, entity)
        if sign == "=" and text and not field.many and field.type is not FieldType.DATETIME:
            equal.setdefault(field.name, []).append(value(text, field))
        else:
            found.append(_condition(field, sign, text))
    for name, values in equal.items():
        found.append(any_value(name, values))
    return all_of(*found)


def any_value(name: str, values: Sequence[Value]) -> Filter:
    """The field has one of the values."""
    return Compare(name, "=", values[0]) if len(values) == 1 else In(name, tuple(values))


def _condition(field: Field, sign: str, text: str) -> Filter:
    if field.type in UNSORTED and (text or sign not in ("=", "!=")):
        raise InvalidInput(
            f"{field.name} cannot be compared; use bbox for places.",
            f"{field.name} lässt sich nicht vergleichen; für die Lage gibt es bbox.",
        )
    if not text:
        return IsNull(field.name) if sign == "=" else Not(IsNull(field.name))
    if sign in ("~", "~=", "!~"):
        found = contains(field, text)
        return Not(found) if sign == "!~" else found
    if field.many:
        held = Call("a_contains", (Property(field.name), Array((value(text, field),))))
        return _signed(field, sign, held)
    if sign in ("=", "!="):
        return _signed(field, sign, equals(field, text))
    wanted = value(text, field)
    if field.type is FieldType.DATETIME and _DAY.match(text):
        wanted = f"{text}T23:59:59.999Z" if sign in ("<=", ">") else f"{text}T00:00:00.000Z"
    return Compare(field.name, _SIGNS[sign], wanted)


def _signed(field: Field, sign: str, found: Filter) -> Filter:
    if sign == "=":
        return found
    if sign == "!=":
        return Not(found)
    raise InvalidInput(
        f"{field.name} has several values; ask with = or !=.",
        f"{field.name} hat mehrere Werte; bitte mit = oder != abfragen.",
    )


def equals(field: Field, text: str) -> Filter:
    """The field has this value; of moments a day means all of it."""
    if field.type is FieldType.DATETIME and _DAY.match(text):
        day = str(value(text, field))[:10]
        return all_of(
            Compare(field.name, ">=", f"{day}T00:00:00.000Z"),
            Compare(field.name, "<=", f"{day}T23:59:59.999Z"),
        )
    return Compare(field.name, "=", value(text, field))


def contains(field: Field, text: str) -> Filter:
    """The text stands in the field, in large or small letters."""
    if field.type not in TEXTS or field.many:
        raise InvalidInput(
            f"{field.name} is no text; ~ is for texts.",
            f"{field.name} ist kein Text; ~ gibt es nur für Texte.",
        )
    plain = re.sub(r"([\\%_])", r"\\\1", text)
    return Call("like", (Call("casei", (Property(field.name),)), Call("casei", (f"%{plain}%",))))


def value(text: str, field: Field) -> Value:
    """A text of the address as a value of the field. Raises InvalidInput."""
    read = _READERS.get(field.type)
    if read is None:
        return text
    try:
        return read(text.strip())
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"“{text[:60]}” is no value of {field.name} ({field.type.value}).",
            f"„{text[:60]}“ ist kein Wert von {field.name} ({field.type.value}).",
        ) from error


def _whole(text: str) -> int:
    if len(text) > 20:
        raise ValueError(text)
    number = int(text)
    if abs(number) >= 1 << 63:
        raise ValueError(text)
    return number


def _decimal(text: str) -> float:
    number = float(text.replace(",", ".") if "." not in text else text)
    if number != number or abs(number) == float("inf"):
        raise ValueError(text)
    return number


def _truth(text: str) -> bool:
    if text.lower() not in YES | NO:
        raise ValueError(text)
    return text.lower() in YES


def _date(text: str) -> str:
    from datetime import date

    return date.fromisoformat(text).isoformat()


def _moment(text: str) -> str:
    from datetime import UTC, datetime

    if _DAY.match(text):
        return f"{_date(text)}T00:00:00.000Z"
    if not _MOMENT.match(text):
        raise ValueError(text)
    at = datetime.fromisoformat(text)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_READERS: dict[FieldType, Callable[[str], Value]] = {
    FieldType.INTEGER: _whole,
    FieldType.YEAR: _whole,
    FieldType.NUMBER: _decimal,
    FieldType.BOOLEAN: _truth,
    FieldType.DATE: _date,
    FieldType.DATETIME: _moment,
}


# --- fields, order, limits -----------------------------------------------------------


def field_of(name: str, entity: Entity) -> Field:
    """The field with this name. Raises InvalidInput with the nearest names."""
    field = entity.find(name)
    if field is not None:
        return field
    known = [each.name for each in entity.fields]
    lowered = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name.lower(), list(lowered), 3, 0.5)
    hint = ", ".join(lowered[each] for each in near)
    there = ", ".join(known)
    raise InvalidInput(
        f"There is no field “{name[:60]}”."
        + (f" Did you mean {hint}?" if hint else "")
        + f" There are: {there}.",
        f"Es gibt kein Feld „{name[:60]}“."
        + (f" Meinten Sie {hint}?" if hint else "")
        + f" Es gibt: {there}.",
        code="unknown-field",
    )


def _fields(text: str, entity: Entity) -> tuple[str, ...] | None:
    names = [part.strip() for part in text.split(",") if part.strip()]
    if not names:
        return None
    return tuple(field_of(name, entity).name for name in names if name != "id")


def order(parts: Iterable[str], entity: Entity) -> tuple[Order, ...]:
    """`-height,species`: a minus for descending."""
    found = []
    for part in parts:
        name = part.strip().lstrip("+-")
        if not name:
            continue
        if name == "id" and entity.find("id") is None:
            found.append(Order("id", part.strip().startswith("-")))
            continue
        field = field_of(name, entity)
        if field.many or field.type in UNSORTED:
            raise InvalidInput(
                f"{name} has no order to sort by.", f"Nach {name} lässt sich nicht sortieren."
            )
        found.append(Order(name, part.strip().startswith("-")))
    if len(found) > MAX_SORT:
        raise InvalidInput(
            f"sort has {MAX_SORT} fields at most.", f"sort hat höchstens {MAX_SORT} Felder."
        )
    return tuple(found)


def _number(text: str, name: str, default: int, most: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise InvalidInput(
            f"{name} is a number from 1 to {most}.", f"{name} ist eine Zahl von 1 bis {most}."
        )
    return int(text)


def _box(text: str) -> Box:
    try:
        west, south, east, north = (_decimal(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidInput(
            "bbox has four numbers: west, south, east, north in degrees.",
            "bbox hat vier Zahlen: West, Süd, Ost, Nord in Grad.",
        ) from error
    return west, south, east, north


def _unreadable(part: str) -> InvalidInput:
    shown = unquote_plus(part, errors="replace")[:60]
    return InvalidInput(
        f"“{shown}” is no condition; write for example species=Linde or height>=10.",
        f"„{shown}“ ist keine Bedingung; zum Beispiel species=Linde oder height>=10.",
    )
