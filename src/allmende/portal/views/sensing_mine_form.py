# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The form of an own sensor: from its fields to a wish and back."""

from __future__ import annotations

import re
from collections.abc import Mapping

from allmende.core.sensing.citizens import Sensor, Wish
from allmende.errors import InvalidInput
from allmende.model.sensing.citizen_kinds import CitizenKind
from allmende.model.sensing.citizen_places import HUNDRED

QUANTITY = "q-"
PUBLIC, INSIDE, NOT = "public", "inside", "not"
TELLING = frozenset({"noise", "carbon_dioxide"})
_NUMBER = r"(-?\d{1,3}(?:[.,]\d{1,12})?)\s*°?"
_PLACE = re.compile(rf"\s*{_NUMBER}\s*(?:[,;]\s*|\s+){_NUMBER}\s*")


def blank(kind: CitizenKind) -> dict[str, str]:
    """The fields of a new sensor: of a kit all is shared, but nothing that tells of people."""
    share = PUBLIC if len(kind.quantities) <= 8 else NOT
    chosen = {
        f"{QUANTITY}{each.key}": NOT if each.key in TELLING else share for each in kind.quantities
    }
    return {"detail": HUNDRED, "licence": "cc-by/4.0", **chosen}


def filled(sensor: Sensor) -> dict[str, str]:
    """The fields of a sensor as it is."""
    longitude, latitude = (sensor.exact or sensor.place)["coordinates"]
    chosen = dict.fromkeys((f"{QUANTITY}{key}" for key in sensor.shown), PUBLIC)
    chosen |= dict.fromkeys((f"{QUANTITY}{key}" for key in sensor.inside), INSIDE)
    return {
        "name": sensor.name,
        "place": f"{latitude}, {longitude}",
        "detail": sensor.detail,
        "keep-exact": "1" if sensor.exact else "",
        "licence": sensor.licence,
        "as": "name" if sensor.shown_as else "",
        "shown-as": sensor.shown_as,
        **chosen,
    }


def sent(form: Mapping[str, str]) -> dict[str, str]:
    """The fields as they were sent."""
    return dict(form)


def wish_of(kind: CitizenKind, form: Mapping[str, str]) -> Wish:
    """What the fields say. InvalidInput when the place cannot be read."""
    longitude, latitude = place_of(form.get("hit") or form.get("place", ""))
    chosen = {each.key: form.get(f"{QUANTITY}{each.key}", NOT) for each in kind.quantities}
    return Wish(
        kind=kind.id,
        name=form.get("name", ""),
        longitude=longitude,
        latitude=latitude,
        detail=form.get("detail", ""),
        licence=form.get("licence", ""),
        shown=tuple(key for key, value in chosen.items() if value == PUBLIC),
        inside=tuple(key for key, value in chosen.items() if value == INSIDE),
        shown_as=form.get("shown-as", "") if form.get("as") == "name" else "",
        keep_exact=form.get("keep-exact") == "1",
        eui=form.get("eui", ""),
        consent=form.get("consent") == "1",
    )


def place_of(text: str) -> tuple[float, float]:
    """Longitude and latitude from “50.9270, 11.5860”, the order that maps show."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise InvalidInput(
            "Write the place as two numbers, latitude first: 50.9270, 11.5860; or look for the "
            "address and choose it.",
            "Bitte den Ort als zwei Zahlen schreiben, die Breite zuerst: 50,9270, 11,5860; oder "
            "die Adresse suchen und auswählen.",
        )
    latitude, longitude = (float(each.replace(",", ".")) for each in found.groups())
    return longitude, latitude
