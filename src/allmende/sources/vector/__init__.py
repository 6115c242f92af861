# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows with geometry: GeoJSON, KML, GML, GeoPackage, Shapefile, FlatGeobuf, Parquet."""
