# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a source says about a thing it measures with, so that all entities can be made at once.

A key names a thing or a stream for its source, for ever ("lorawan:8cf95720000d4a69",
"water-tension-30"). Registering the same keys again changes what differs and makes
nothing twice.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
COUNT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_CountObservation"
CATEGORY = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_CategoryObservation"
TRUTH = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_TruthObservation"
ANY = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Observation"
COMPLEX = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_ComplexObservation"

TYPES = (MEASUREMENT, COUNT, CATEGORY, TRUTH, ANY)

Origin = Literal["official", "citizen", "derived", "replay"]


class Unit(Struct, frozen=True, kw_only=True):
    """unitOfMeasurement: name, symbol, and the UCUM code as its definition."""

    name: str | None = None
    symbol: str | None = None
    definition: str | None = None


class PropertySpec(Struct, frozen=True, kw_only=True):
    """What is observed. The definition (an IRI) is its key; the same one is used by all."""

    definition: str
    name: str
    description: str = ""


class SensorSpec(Struct, frozen=True, kw_only=True):
    """The instrument or procedure. The key is its own and is shared by equal devices."""

    key: str
    name: str
    description: str = ""
    encoding: str = "text/html"
    metadata: Any = ""


class StreamSpec(Struct, frozen=True, kw_only=True):
    """A series of results of one property by one sensor."""

    key: str
    name: str
    property: PropertySpec
    sensor: SensorSpec
    unit: Unit = Unit()
    description: str = ""
    type: str = MEASUREMENT
    interval: float | None = None  # seconds between two observations, if it is regular
    properties: dict[str, Any] = {}
    access: str = ""  # open, internal or restricted; "" as the thing


class Place(Struct, frozen=True, kw_only=True):
    """Where the thing is: a GeoJSON geometry in CRS84 (longitude, latitude)."""

    geometry: dict[str, Any]
    name: str = ""
    description: str = ""


class ThingSpec(Struct, frozen=True, kw_only=True):
    """A thing with its place and its streams."""

    key: str
    name: str
    organisation: str
    streams: tuple[StreamSpec, ...]
    place: Place | None = None
    description: str = ""
    properties: dict[str, Any] = {}
    access: str = "open"
    origin: Origin = "official"
    party: int | None = None
    license: int | None = None
