# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The functions of filters in SQL: expressions on PostgreSQL, Python functions on SQLite.

In SQLite a geometry is a GeoPackage blob, see store/collections/blobs.
"""

from __future__ import annotations

from functools import lru_cache, partial
from struct import Struct, error
from typing import Any

import apsw
import msgspec

from allmende.model.evaluate import array_relation
from allmende.model.fold import MARKS, SIGMA, STROKES, accenti, casei
from allmende.model.relations import SPATIAL, Prepared, relate, relate_to
from allmende.store.collections.blobs import from_blob
from allmende.store.sensing import places

ARRAYS = ("a_equals", "a_contains", "a_containedby", "a_overlaps")

_HEAD = 8
_BOX = Struct("<4d")
_XY = Struct("<2d")
_POINTS = {_HEAD + 21: b"\x01\x01\x00\x00\x00", _HEAD + 29: b"\x01\xe9\x03\x00\x00"}

POSTGRES = {
    "casei": (
        '(normalize(translate(replace(lower(normalize({0}, NFKC) collate "und-x-icu"), '
        f"'ß', 'ss'), '{SIGMA[0]}', '{SIGMA[1]}'), NFKC) collate \"C\")"
    ),
    "accenti": (
        f"(normalize(translate(regexp_replace(normalize({{0}}, NFKD), '{MARKS}', '', 'g'), "
        f"'{STROKES[0]}', '{STROKES[1]}'), NFKC) collate \"C\")"
    ),
}
PLAIN = {
    "casei": "casei({0})",
    "accenti": "accenti({0})",
    "length": "length({0})",
    "abs": "abs({0})",
    "floor": "floor({0})",
    "ceil": "ceil({0})",
    "year": "cast(substr({0}, 1, 4) as integer)",
    "month": "cast(substr({0}, 6, 2) as integer)",
    "day": "cast(substr({0}, 9, 2) as integer)",
}


def register(db: apsw.Connection) -> None:
    """Makes the functions known to a connection of SQLite."""
    for name, function in (("casei", casei), ("accenti", accenti)):
        db.create_scalar_function(name, partial(_text, function), 1, deterministic=True)
    for name in ARRAYS:
        db.create_scalar_function(name, partial(_array, name), 2, deterministic=True)
    for name in SPATIAL:
        db.create_scalar_function(name, partial(_spatial, name), 2, deterministic=True)
    db.create_scalar_function("in_box", in_box, 5, deterministic=True)
    places.register(db)


def _text(function: Any, given: Any) -> Any:
    return None if given is None else function(str(given))


def _array(name: str, left: str | None, right: str | None) -> bool | None:
    if left is None or right is None:
        return None
    return array_relation(name, _decoded(left), _decoded(right))


@lru_cache(maxsize=512)
def _decoded(text: str) -> Any:
    return msgspec.json.decode(text)


# --- geometries ------------------------------------------------------------------------


def wkb_part(blob: bytes) -> bytes:
    """The WKB inside a GeoPackage blob; WKB itself stays as it is."""
    found = from_blob(blob) if blob.startswith(b"GP") else blob
    return found or b""


def _spatial(name: str, blob: bytes | None, other: Prepared | bytes | None) -> bool | None:
    """Whether the relation holds of the literal and the blob, or of two blobs."""
    if blob is None or other is None:
        return None
    try:
        if isinstance(other, Prepared):
            return relate_to(other, name, wkb_part(blob))
        return relate(name, wkb_part(blob), wkb_part(other))
    except (error, IndexError):
        return None


@lru_cache(maxsize=16)
def _box(west: float, south: float, east: float, north: float) -> Prepared:
    import shapely

    return Prepared(shapely.to_wkb(shapely.box(west, south, east, north)))


def in_box(*given: Any) -> bool | None:
    """Whether a blob meets the box west, south, east, north.

    Points and envelopes are read from the bytes; other geometries are looked at exactly.
    """
    blob, west, south, east, north = given
    if blob is None:
        return None
    try:
        if _POINTS.get(len(blob)) == blob[_HEAD : _HEAD + 5]:
            x, y = _XY.unpack_from(blob, _HEAD + 5)
            return bool(west <= x <= east and south <= y <= north)
        if blob[3] & 0b1111 in (0b0011, 0b0101, 0b0111, 0b1001):
            left, right, low, high = _BOX.unpack_from(blob, _HEAD)
            if right < west or left > east or high < south or low > north:
                return False
            if west <= left and right <= east and south <= low and high <= north:
                return True
        return relate_to(_box(west, south, east, north), "s_intersects", wkb_part(blob))
    except (error, IndexError):
        return None
