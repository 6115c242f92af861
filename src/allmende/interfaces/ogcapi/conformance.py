# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The conformance classes this API declares; docs/reference/ogc-api.md names a test for each."""

from __future__ import annotations

from collections.abc import Mapping

from allmende.interfaces.ogcapi.tiles import CONFORMANCE

SPEC = "http://www.opengis.net/spec"

_CLASSES: Mapping[str, tuple[str, ...]] = {
    "ogcapi-common-1/1.0": ("core", "landing-page", "json", "oas30"),
    "ogcapi-common-2/1.0": ("collections",),
    "ogcapi-features-1/1.0": ("core", "geojson", "oas30"),
    "ogcapi-features-2/1.0": ("crs",),
    "ogcapi-features-3/1.0": (
        "queryables",
        "queryables-query-parameters",
        "filter",
        "features-filter",
    ),
    "ogcapi-features-4/1.0": (
        "create-replace-delete",
        "update",
        "optimistic-locking-etags",
        "optimistic-locking-timestamps",
        "features",
    ),
    "ogcapi-features-5/1.0": (
        "schemas",
        "core-roles-features",
        "returnables-and-receivables",
        "queryables",
        "sortables",
    ),
    "json-fg-1/1.0": ("core", "types-schemas"),
    "cql2/1.0": (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "accent-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
        "temporal-functions",
        "array-functions",
        "property-property",
        "functions",
        "arithmetic",
    ),
    "ogcapi-records-1/1.0": (
        "record-core",
        "record-collection",
        "record-core-query-parameters",
        "records-api",
        "cql-filter",
        "json",
    ),
    "ogcapi-styles-1/0.0": ("core", "mapbox-styles"),
}


def classes() -> list[str]:
    """The URIs of all classes."""
    own = [f"{SPEC}/{part}/conf/{name}" for part, names in _CLASSES.items() for name in names]
    return [*own, *CONFORMANCE]
