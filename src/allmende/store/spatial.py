# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How geometries lie to each other, in SQL (OGC 21-065r2 §7.5, §7.6; see model/relations)."""

from __future__ import annotations

from typing import Any

from allmende.errors import InvalidInput
from allmende.model.filter import Bounds
from allmende.model.geometry import wkb_of
from allmende.model.relations import OF_COLLECTIONS, SWAPPED, Prepared
from allmende.store.expressions import Expressions, Term, misfit


def relation(sql: Expressions, name: str, left: Term, right: Term) -> str:
    """The condition of an `s_…` function; "" when both sides are constants."""
    for each in (left, right):
        if each.kind not in ("geometry", "any"):
            raise misfit(
                f"{name.upper()} takes geometries, not {{0}}.",
                f"{name.upper()} braucht Geometrien; gegeben ist {{0}}.",
                each,
            )
    if left.fixed and right.fixed:
        return ""
    if left.fixed:
        left, right, name = right, left, SWAPPED.get(name, name)
    if sql.on_postgres:
        return _on_postgis(sql, name, left, right)
    bounds = right.constant
    if name == "s_intersects" and isinstance(bounds, Bounds) and bounds.west <= bounds.east:
        sides = (bounds.west, bounds.south, bounds.east, bounds.north)
        return f"in_box({left.sql}, {', '.join(sql.bind(each) for each in sides)})"
    if not right.fixed:
        return f"{name}({left.sql}, {right.sql})"
    import apsw

    place = apsw.pyobject(_literal(name, right.constant))
    return f"{SWAPPED.get(name, name)}({left.sql}, {sql.bind(place)})"


def _on_postgis(sql: Expressions, name: str, left: Term, right: Term) -> str:
    """The box first, so that the index is used; an invalid geometry is repaired."""
    if name == "s_disjoint":
        return f"not ({_on_postgis(sql, 's_intersects', left, right)})"
    near, one = left.sql, _sound(left.sql)
    if right.fixed:
        wkb = _two_dimensional(_literal(name, right.constant))
        other = far = f"ST_GeomFromWKB({sql.bind(wkb)}, 4326)"
    else:
        far, other = right.sql, _sound(right.sql)
    test = f"ST_{name[2:].capitalize()}({one}, {other})"
    if name not in OF_COLLECTIONS:
        mixed = " or ".join(f"GeometryType({each}) = 'GEOMETRYCOLLECTION'" for each in {one, other})
        test = f"case when {mixed} then null else {test} end"
    return f"({near} && {far} and {test})"


def _sound(column: str) -> str:
    return f"case when ST_IsValid({column}) then {column} else ST_MakeValid({column}) end"


def _literal(name: str, given: Any) -> Prepared:
    place = Prepared(wkb_of(given))
    if place.mixed and name not in OF_COLLECTIONS:
        raise InvalidInput(
            f"{name.upper()} cannot be asked of a GEOMETRYCOLLECTION; S_INTERSECTS can.",
            f"{name.upper()} geht nicht mit GEOMETRYCOLLECTION, S_INTERSECTS geht.",
        )
    return place


def _two_dimensional(place: Prepared) -> bytes:
    import shapely

    found: bytes = shapely.to_wkb(shapely.force_2d(place.shape), byte_order=1)
    return found
