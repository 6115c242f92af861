# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A thing with streams, as tests of measurements need it."""

from __future__ import annotations

from typing import Any

from allmende.model.sensing.specs import (
    MEASUREMENT,
    Place,
    PropertySpec,
    SensorSpec,
    StreamSpec,
    ThingSpec,
    Unit,
)

START = 1_718_873_318_000_000  # 2024-06-20T08:48:38Z
STEP = 900_000_000

TEMPERATURE = PropertySpec(
    definition="https://vocab.nerc.ac.uk/collection/P02/current/TEMP/",
    name="Temperature",
    description="Temperature of the air",
)
PROBE = SensorSpec(key="probe", name="Probe", description="A probe", metadata="https://example.org")


def stream(key: str = "air", *, kind: str = MEASUREMENT, **more: Any) -> StreamSpec:
    """A stream of temperatures."""
    return StreamSpec(
        key=key,
        name=f"Stream {key}",
        description="A stream",
        property=TEMPERATURE,
        sensor=PROBE,
        unit=Unit(name="degree Celsius", symbol="°C", definition="Cel"),
        type=kind,
        **more,
    )


def thing(key: str = "one", *streams: StreamSpec, **more: Any) -> ThingSpec:
    """A thing in the middle of Jena."""
    more.setdefault("organisation", "jena")
    more.setdefault("place", at(11.586, 50.927))
    return ThingSpec(
        key=key,
        name=f"Thing {key}",
        description="A thing",
        streams=streams or (stream(),),
        **more,
    )


def at(longitude: float, latitude: float) -> Place:
    """A point."""
    return Place(geometry={"type": "Point", "coordinates": [longitude, latitude]})
