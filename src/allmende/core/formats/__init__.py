# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows of a collection as GeoJSON, JSON-FG, CSV, XLSX, GeoPackage, FlatGeobuf or GeoParquet.

shape = shape_of("trees", entity, fields=("species",), crs=CRS84)
texts = features(rows, shape)                       # GeoJSON, one text a row
async for piece in document(CSV, shape, chunks): …  # a whole file
"""

from allmende.core.formats.document import (
    CSV,
    FILES,
    FLATGEOBUF,
    FORMATS,
    GEOJSON,
    GPKG,
    JSON_FG,
    PARQUET,
    XLSX,
    document,
    ready_document,
)
from allmende.core.formats.geojson import (
    features,
    fg_features,
    fg_head,
    geometry_texts,
    is_plain,
    text,
)
from allmende.core.formats.shape import Row, Shape, shape_of

__all__ = [
    "CSV",
    "FILES",
    "FLATGEOBUF",
    "FORMATS",
    "GEOJSON",
    "GPKG",
    "JSON_FG",
    "PARQUET",
    "XLSX",
    "Row",
    "Shape",
    "document",
    "features",
    "fg_features",
    "fg_head",
    "geometry_texts",
    "is_plain",
    "ready_document",
    "shape_of",
    "text",
]
