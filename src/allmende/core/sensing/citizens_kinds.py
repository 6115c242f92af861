# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which kinds of sensors citizens can choose, under which licences, and the thing each becomes."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing.devices_library import library
from allmende.errors import InvalidInput
from allmende.model.sensing.citizen_kinds import (
    OWN_PROGRAM,
    SENSOR_COMMUNITY,
    CitizenKind,
    Quantity,
    of_description,
)
from allmende.model.sensing.device_properties import spec_of, unit_of
from allmende.model.sensing.specs import Place, SensorSpec, StreamSpec, ThingSpec
from allmende.policy import Level
from allmende.store.sensing.citizens import Sensor

KEYWORDS = ["Bürgersensor", "citizen sensor"]


class Licence(Struct, frozen=True):
    """Terms under which everybody may use the results."""

    name: str
    about: str
    definition: str


LICENCES: dict[str, Licence] = {
    "cc-zero": Licence(
        "CC0 1.0",
        "No rights reserved / ohne Bedingungen",
        "https://creativecommons.org/publicdomain/zero/1.0/",
    ),
    "cc-by/4.0": Licence(
        "CC BY 4.0",
        "Attribution / Namensnennung",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    "dl-zero-de/2.0": Licence(
        "Datenlizenz Deutschland – Zero – 2.0",
        "No conditions / ohne Bedingungen",
        "https://www.govdata.de/dl-de/zero-2-0",
    ),
    "dl-by-de/2.0": Licence(
        "Datenlizenz Deutschland – Namensnennung – 2.0",
        "Attribution / Namensnennung",
        "https://www.govdata.de/dl-de/by-2-0",
    ),
}


def kinds(platform: Platform) -> list[CitizenKind]:
    """Every kind: own programs, kits, and the radio devices that are described."""
    described = library(platform).kinds.values()
    radio = sorted((of_description(each.description) for each in described), key=_by_title)
    return [OWN_PROGRAM, SENSOR_COMMUNITY, *(each for each in radio if each.quantities)]


def _by_title(kind: CitizenKind) -> str:
    return kind.title["de"].casefold()


def kind_of(platform: Platform, ident: str) -> CitizenKind:
    """The kind with an id. InvalidInput when there is none."""
    found = next((each for each in kinds(platform) if each.id == ident), None)
    if found is None:
        raise InvalidInput(
            f"There is no kind of sensor “{ident[:60]}”; choose one of the list.",
            f"Eine Art von Sensor „{ident[:60]}“ gibt es nicht; bitte eine der Liste wählen.",
        )
    return found


def key_of(sensor: Sensor) -> str:
    """The key of the sensor's thing; it does not tell whose it is."""
    return f"citizen:{hashlib.sha256(f'{sensor.id} {sensor.consented}'.encode()).hexdigest()[:24]}"


def thing_of(
    sensor: Sensor, kind: CitizenKind, organisation: str, party: int, licence: int
) -> ThingSpec:
    """The thing of a sensor, with its place as it is told."""
    instrument = SensorSpec(
        key=f"citizen-kind:{kind.id}",
        name=kind.title["de"],
        description=kind.title["en"],
        encoding="text/plain",
        metadata=kind.id,
    )
    known = [kind.quantity(each) for each in sensor.quantities]
    streams = tuple(
        _stream(each, instrument, kind.interval, open_=each.key in sensor.shown)
        for each in known
        if each is not None
    )
    properties: dict[str, Any] = {
        "origin": "citizen",
        "keywords": KEYWORDS,
        "device-kind": kind.id,
        "placeDetail": sensor.detail,
        "license": LICENCES[sensor.licence].definition,
    }
    return ThingSpec(
        key=key_of(sensor),
        name=sensor.name,
        organisation=organisation,
        streams=streams,
        place=Place(geometry=sensor.place, name=sensor.place_name or sensor.name),
        description="Sensor einer Bürgerin oder eines Bürgers / a citizen's sensor",
        properties=properties,
        access=Level.OPEN if sensor.shown else Level.INTERNAL,
        origin="citizen",
        party=party,
        license=licence,
    )


def _stream(
    quantity: Quantity, instrument: SensorSpec, interval: float | None, *, open_: bool
) -> StreamSpec:
    properties: dict[str, Any] = {"name_en": quantity.name["en"], "origin": "citizen"}
    for word in ("valid", "plausible"):
        span = getattr(quantity, word)
        if span is not None:
            properties[word] = list(span)
    return StreamSpec(
        key=quantity.key,
        name=quantity.name["de"],
        property=spec_of(quantity.known),
        sensor=instrument,
        unit=unit_of(quantity.unit),
        description=f"{quantity.name['de']} / {quantity.name['en']}",
        type=quantity.type,
        interval=interval,
        properties=properties,
        access=Level.OPEN if open_ else Level.INTERNAL,
    )
