# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The features of bench/feature_data.py where the peers read them: PostGIS and a GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from bench import feature_data
from bench.feature_data import KINDS

COLUMNS = {"integer": "integer", "number": "float8", "text": "text", "date": "date"}
SHAPES = {"trees": "Point", "buildings": "Polygon"}
TYPES = {"integer": "i4", "number": "f8", "text": "O", "date": "M8[D]"}


def fill_postgis(db: psycopg.Connection[Any]) -> None:
    """Tables with a key and a spatial index, analysed."""
    for name, kinds in KINDS.items():
        columns = ", ".join(f"{each} {COLUMNS[kind]}" for each, kind in kinds.items())
        db.execute(
            f"create table {name} ({columns}, geom geometry({SHAPES[name]}, 4326), "
            "primary key (number))"
        )
        places, values = feature_data.layer(name)
        rows = zip(*(values[each] for each in kinds), strict=True)
        with db.cursor().copy(f"copy {name} from stdin") as copy:
            for place, row in zip(places, rows, strict=True):
                copy.write_row((*row, _with_srid(feature_data.wkb(place))))
        db.execute(f"create index on {name} using gist (geom)")
    db.execute("vacuum analyze")
    db.execute("checkpoint")


def _with_srid(wkb: bytes) -> str:
    """EWKB in hexadecimal digits."""
    kind = int.from_bytes(wkb[1:5], "little") | 0x20000000
    return (wkb[:1] + kind.to_bytes(4, "little") + (4326).to_bytes(4, "little") + wkb[5:]).hex()


def fill_geopackage(path: Path) -> None:
    """Layers with a spatial index; `fid` is the same as `number`."""
    import pyogrio

    for name, kinds in KINDS.items():
        places, values = feature_data.layer(name)
        known = [np.array([each is None for each in values[field]]) for field in kinds]
        pyogrio.raw.write(
            path,
            np.array([feature_data.wkb(place) for place in places], dtype=object),
            [_array(values[field], kind) for field, kind in kinds.items()],
            list(kinds),
            field_mask=known,
            layer=name,
            driver="GPKG",
            geometry_type=SHAPES[name],
            crs="EPSG:4326",
            append=path.exists(),
        )


def _array(values: list[Any], kind: str) -> Any:
    if kind == "text":
        return np.array(values, dtype=object)
    if kind == "date":
        return np.array(values, dtype="M8[D]")
    return np.array([0 if each is None else each for each in values], dtype=TYPES[kind])
