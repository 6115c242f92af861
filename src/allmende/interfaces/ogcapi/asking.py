# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Parameters of /items and /items/{id} as a query."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from allmende.core.crs import OFFERED, Crs, axes, crs
from allmende.errors import InvalidInput
from allmende.interfaces.ogcapi import moments
from allmende.model.document import CRS84, CRS84H, Entity, Field, FieldType
from allmende.model.filter import (
    Bounds,
    Call,
    Compare,
    Everything,
    Filter,
    In,
    Nothing,
    Property,
    Value,
    all_of,
)
from allmende.model.query import Box, Order, Query

if TYPE_CHECKING:
    from starlette.requests import Request

    from allmende.core.collections import Collection
    from allmende.core.settings import Settings

LIMIT = 100
MAX_LIMIT = 10_000  # features of a page
MAX_FILE = 10**12  # features of a file: no limit
MAX_SORT = 5
MAX_VALUES = 100  # of one property filter

SHARED = ("f", "crs", "properties", "exclude-properties", "skipGeometry", "as-of")
"""Parameters of single features and of many."""
MANY = (
    *SHARED, "limit", "after", "bbox", "bbox-crs", "datetime", "filter", "filter-lang",
    "filter-crs", "sortby", "q", "ids",
)  # fmt: skip

_SIMPLE = {
    FieldType.STRING, FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN, FieldType.DATE,
    FieldType.DATETIME, FieldType.TIME, FieldType.YEAR, FieldType.URI,
}  # fmt: skip


class Items(Struct, frozen=True):
    """What is asked of a collection, and the CRS of the answer."""

    query: Query
    crs: Crs
    limited: bool  # whether the client named a limit

    @property
    def plain(self) -> bool:
        """Whether one feature is asked for as it is stored: today's, whole, in CRS84."""
        query = self.query
        whole = query.fields is None and query.geometry and query.as_of is None
        return whole and self.crs.uri == CRS84


def offered(settings: Settings) -> tuple[str, ...]:
    """The URIs of the CRS that may be asked for, the default first."""
    from allmende.core.crs import uri_of

    more = [uri_of(each) for each in getattr(settings, "crs", ())]
    return tuple(dict.fromkeys((*OFFERED, *more)))


def sortable(entity: Entity) -> list[Field]:
    """The fields that rows can be sorted by."""
    return [each for each in entity.plain if each.type in _SIMPLE and not each.many]


def queryable(entity: Entity) -> list[Field]:
    """The fields a filter can name."""
    return [each for each in entity.fields if each.type is not FieldType.OBJECT]


def by_parameter(entity: Entity) -> list[Field]:
    """The fields that have a parameter of their own."""
    return [each for each in sortable(entity) if each.name not in MANY]


def items(
    request: Request, collection: Collection, settings: Settings, most: int = MAX_LIMIT
) -> Items:
    """The query of a request for many features, at most so many of them.

    Raises InvalidInput; names are checked before.
    """
    given, entity = request.query_params, collection.entity
    system = _crs(given.get("crs"), settings)
    box_crs = _crs(given.get("bbox-crs"), settings, "bbox-crs")
    found = box(given["bbox"], box_crs) if "bbox" in given else None
    where = [*_properties(given.multi_items(), entity), _filter(given, entity, settings)]
    if found is not None and found[0] > found[2]:
        where.append(_across(found, entity))
        found = None
    query = Query(
        collection=collection.id,
        fields=fields(given.get("properties"), given.get("exclude-properties"), entity),
        geometry=not _yes(given.get("skipGeometry"), "skipGeometry"),
        where=all_of(*where),
        bbox=found,
        bbox_crs=box_crs.uri if found is not None else CRS84,
        time=moments.interval(given["datetime"]) if "datetime" in given else None,
        ids=tuple(part for part in given["ids"].split(",") if part) if "ids" in given else None,
        text=given.get("q", ""),
        order=_order(given.get("sortby"), entity),
        after=given.get("after", ""),
        limit=_limit(given.get("limit"), most),
        as_of=_as_of(given.get("as-of")),
    )
    return Items(query, system, "limit" in given)


def one(request: Request, collection: Collection, settings: Settings) -> Items:
    """The CRS and the selection of a request for one feature."""
    given = request.query_params
    query = Query(
        collection=collection.id,
        fields=fields(given.get("properties"), given.get("exclude-properties"), collection.entity),
        geometry=not _yes(given.get("skipGeometry"), "skipGeometry"),
        as_of=_as_of(given.get("as-of")),
    )
    return Items(query, _crs(given.get("crs"), settings), False)


def whole(ident: str) -> Items:
    """What a request without parameters asks for: the feature as it is stored."""
    return Items(Query(collection=ident), crs(CRS84), False)


def fields(wanted: str | None, unwanted: str | None, entity: Entity) -> tuple[str, ...] | None:
    """The selected fields in the order of the entity; None for all.

    `properties` names those to give, `exclude-properties` those to leave out (draft Part 6).
    """
    if wanted is None and unwanted is None:
        return None
    names = [each.name for each in entity.plain]
    keep = _names(wanted, names, "properties") if wanted is not None else names
    drop = _names(unwanted or "", names, "exclude-properties")
    return tuple(name for name in names if name in keep and name not in drop)


def _names(text: str, known: Sequence[str], parameter: str) -> list[str]:
    found = [part.strip() for part in text.split(",") if part.strip()]
    for name in found:
        if name not in known:
            raise _no_field(name, known, parameter)
    return found


def _no_field(name: str, known: Iterable[str], parameter: str) -> InvalidInput:
    names = ", ".join(known)
    return InvalidInput(
        f"{parameter} names “{name[:80]}”, which is not there; there are: {names}.",
        f"{parameter} nennt „{name[:80]}“, das es nicht gibt; es gibt: {names}.",
        code="unknown-field",
    )


def _limit(text: str | None, most: int) -> int:
    """1 to `most`; a larger number means the largest (OGC 17-069r4 §7.15.2)."""
    if text is None:
        return LIMIT
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise InvalidInput("limit has to be a number from 1.", "limit muss eine Zahl ab 1 sein.")
    return min(int(text), most)


def _crs(text: str | None, settings: Settings, parameter: str = "crs") -> Crs:
    """The CRS a parameter names, one of those offered; CRS84 when it is left out."""
    if text is None:
        return crs(CRS84)
    found, known = crs(text), offered(settings)
    if found.uri not in (*known, CRS84H):
        raise InvalidInput(
            f"{parameter} “{text[:80]}” is not offered; there are: {', '.join(known)}.",
            f"{parameter} „{text[:80]}“ wird nicht angeboten; es gibt: {', '.join(known)}.",
            code="unknown-crs",
        )
    return found


def box(text: str, system: Crs) -> Box:
    """A box as west, south, east, north. Four numbers, or six with heights."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(math.isfinite(each) for each in numbers):
        raise InvalidInput(
            "bbox has to be four numbers, or six with heights, separated by commas.",
            "bbox muss aus vier Zahlen bestehen, mit Höhen aus sechs, durch Kommas getrennt.",
        )
    west, south, east, north = axes(numbers, system)
    if south > north or (west > east and not system.geographic):
        raise InvalidInput(
            "The second corner of bbox has to be the upper right one, in the order of axes of "
            f"{system.short}.",
            "Die zweite Ecke von bbox muss rechts oben liegen, in der Reihenfolge der Achsen von "
            f"{system.short}.",
        )
    return west, south, east, north


def _across(found: Box, entity: Entity) -> Filter:
    """A box that crosses the antimeridian as a condition."""
    if entity.geometry is None:
        return Nothing()
    return Call("s_intersects", (Property(entity.geometry.name), Bounds(*found)))


def _yes(text: str | None, parameter: str) -> bool:
    if text not in (None, "true", "false"):
        raise InvalidInput(f"{parameter} is true or false.", f"{parameter} ist true oder false.")
    return text == "true"


def _as_of(text: str | None) -> int | None:
    return None if text is None else moments.microseconds(text)


def _order(text: str | None, entity: Entity) -> tuple[Order, ...]:
    """`sortby=-year,species`: a minus for descending, a plus or nothing for ascending."""
    if text is None:
        return ()
    known = [each.name for each in sortable(entity)]
    found = []
    for part in text.split(","):
        name = part.strip().lstrip("+-")
        if name not in known:
            raise _no_field(name, known, "sortby")
        found.append(Order(name, part.strip().startswith("-")))
    if len(found) > MAX_SORT:
        raise InvalidInput(
            f"sortby has {MAX_SORT} fields at most.", f"sortby hat höchstens {MAX_SORT} Felder."
        )
    return tuple(found)


# --- filters ---------------------------------------------------------------------------------


def _properties(pairs: Iterable[tuple[str, str]], entity: Entity) -> list[Filter]:
    """`species=Tilia`: one condition a field; a parameter given twice has alternatives."""
    known = {each.name: each for each in by_parameter(entity)}
    wanted: dict[str, list[Value]] = {}
    for name, text in pairs:
        if name in known:
            wanted.setdefault(name, []).append(value(text, known[name]))
    for name, values in wanted.items():
        if len(values) > MAX_VALUES:
            raise InvalidInput(
                f"{name} has {MAX_VALUES} values at most.",
                f"{name} hat höchstens {MAX_VALUES} Werte.",
            )
    return [
        Compare(name, "=", values[0]) if len(values) == 1 else In(name, tuple(values))
        for name, values in wanted.items()
    ]


def value(text: str, field: Field) -> Value:
    """A text in a parameter as a value of the field. Raises InvalidInput."""
    try:
        if field.type in (FieldType.INTEGER, FieldType.YEAR):
            return int(text)
        if field.type is FieldType.NUMBER:
            return _finite(float(text))
        if field.type is FieldType.BOOLEAN:
            return {"true": True, "false": False}[text.lower()]
        if field.type in (FieldType.DATE, FieldType.DATETIME):
            return moments.instant(text)
    except (ValueError, KeyError) as error:
        raise InvalidInput(
            f"“{text[:60]}” is no value of {field.name} ({field.type}).",
            f"„{text[:60]}“ ist kein Wert von {field.name} ({field.type}).",
        ) from error
    return text


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(number)
    return number


def _filter(given: Any, entity: Entity, settings: Settings) -> Filter:
    """The CQL2 filter (OGC 19-079r2 §6, OGC 21-065r2)."""
    language = given.get("filter-lang", "cql2-text")
    if language not in ("cql2-text", "cql2-json"):
        raise InvalidInput(
            "filter-lang is cql2-text or cql2-json.", "filter-lang ist cql2-text oder cql2-json."
        )
    system = _crs(given.get("filter-crs"), settings, "filter-crs")
    text = given.get("filter")
    if text is None:
        return Everything()
    from allmende.interfaces.ogcapi.filtering import parse

    return parse(text, language, system, entity)


def is_searched(query: Query) -> bool:
    """Whether every row has to be looked at to count: there is more than a box."""
    searched = not isinstance(query.where, Everything) or query.time is not None
    return searched or bool(query.text) or query.as_of is not None
