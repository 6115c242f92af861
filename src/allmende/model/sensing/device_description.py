# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The description of a kind of device: how it is recognised, decoded and understood.

This is all that a new kind of sensor needs, some twenty lines of YAML. The reference page
docs/reference/device-description.md explains every member.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from allmende.errors import InvalidRecord
from allmende.model.sensing.calibration import Calibration
from allmende.model.sensing.device_formula import formula
from allmende.model.sensing.device_properties import PROPERTIES, Known, unit_of
from allmende.model.sensing.device_words import said
from allmende.model.sensing.device_yaml import Fault, Faulty, Read, read_yaml
from allmende.model.sensing.specs import CATEGORY, COUNT, MEASUREMENT, TRUTH

MOST_FIELDS = 100
NETWORK, NORMALIZED = "network", "normalized"
TYPES = {"number": MEASUREMENT, "count": COUNT, "truth": TRUTH, "text": CATEGORY}
_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(s|min|h|d)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_LENGTH = re.compile(r"(-?\d+(?:\.\d+)?) ?(mm|cm|m)")
_METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0}
_PREFIX = re.compile(r"[0-9A-Fa-f]{6,16}")

Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
FieldName = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")]
Short = Annotated[str, Meta(min_length=1, max_length=200)]
Path = Annotated[str, Meta(min_length=1, max_length=200)]
Words = dict[Literal["de", "en"], Short]
Range = tuple[float, float]


class Match(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By what a device of the kind is known; the more certain a sign, the more it weighs."""

    eui: tuple[str, ...] = ()  # beginnings of the EUI, 6 to 16 digits
    fields: tuple[Path, ...] = ()  # the network's decoded object has all of these
    tags: dict[str, str] = {}  # all of these
    profiles: tuple[Short, ...] = ()  # one of these names of the device profile
    models: tuple[Short, ...] = ()  # one of these "brand/model"


class Own(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An observed property that has no short word."""

    iri: Annotated[str, Meta(pattern=r"^(https?://|urn:)\S{3,300}$")]
    de: Short
    en: Short


class Field(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"path": "from", "observed": "property"},
):
    """One series of results: where its value stands, what it means, how far it is believed."""

    observed: str | Own
    unit: str = ""  # UCUM; "" is the usual one of the property
    path: Path = ""  # in the decoded object; "" is the name of the field
    name: Words = {}
    type: Literal["number", "count", "truth", "text"] = "number"
    convert: str = ""  # formula with x
    depth: str = ""  # below ground: 30 cm
    height: str = ""  # above ground: 2 m
    valid: Range | None = None  # outside of it the value is wrong
    plausible: Range | None = None  # outside of it the value is doubtful
    missing: tuple[float | str, ...] = ()  # values that mean: nothing measured
    calibration: tuple[Calibration, ...] = ()

    @property
    def known(self) -> Known:
        """The observed property."""
        if isinstance(self.observed, Own):
            own = self.observed
            return Known(own.iri, own.en, own.de, "1")
        return PROPERTIES[self.observed]

    @property
    def unit_code(self) -> str:
        """The UCUM code of its results."""
        return self.unit or self.known.unit


class Battery(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"path": "from"}
):
    """Where the state of the battery stands, and from where on it is low."""

    path: Path
    unit: Literal["V", "mV", "%"] = "V"
    low: float | None = None


class Description(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of device. Texts are in German and English."""

    id: Id
    title: Words
    maker: Short
    model: str = ""
    about: Words = {}
    match: Match
    codec: Annotated[str, Meta(pattern=r"^(network|normalized|[a-z0-9][a-z0-9-]{0,62}\.js)$")]
    interval: str = ""
    ports: tuple[Annotated[int, Meta(ge=0, le=255)], ...] = ()  # other ports carry no results
    battery: Battery | None = None
    fields: Annotated[dict[FieldName, Field], Meta(min_length=1, max_length=MOST_FIELDS)]

    @property
    def seconds(self) -> float | None:
        """The interval in seconds, if it is regular."""
        return seconds(self.interval) if self.interval else None


class InvalidDescription(InvalidRecord):
    """A description is not usable; `findings` are `Fault`s with their lines."""

    code = "invalid-description"

    def __init__(self, faults: list[Fault]) -> None:
        first = faults[0]
        where_en = f"Line {first.line}: " if first.line else ""
        where_de = f"Zeile {first.line}: " if first.line else ""
        super().__init__(where_en + first.text["en"], where_de + first.text["de"])
        self.findings = faults


def read_description(text: str) -> Description:
    """A description from YAML. InvalidDescription tells all that can be told at once."""
    try:
        read = read_yaml(text)
    except Faulty as error:
        raise InvalidDescription([error.fault]) from error
    try:
        found = msgspec.convert(read.value, Description, strict=True)
    except msgspec.ValidationError as error:
        raise InvalidDescription(_misfits(read, error)) from error
    faults = [Fault(read.line(place), place, words) for place, words in _faults(found)]
    if faults:
        raise InvalidDescription(sorted(faults, key=lambda each: each.line))
    return found


def _misfits(read: Read, error: msgspec.ValidationError) -> list[Fault]:
    """What does not fit, with the names of fields, which the error itself does not tell."""
    fields = read.value.get("fields") if isinstance(read.value, dict) else None
    if ".fields[...]" not in str(error) or not isinstance(fields, dict):
        return [_misfit(read, str(error), "")]
    found: list[Fault] = []
    for name, values in fields.items():
        try:
            msgspec.convert(values, Field, strict=True)
        except msgspec.ValidationError as inner:
            found.append(_misfit(read, str(inner), f"fields.{name}"))
    return found or [_misfit(read, str(error), "")]


def _misfit(read: Read, message: str, above: str) -> Fault:
    place, member, words = said(message, Description, above)
    inside = f"{place}.{member}" if place and member else place or member
    return Fault(read.line(inside), place, words)


def seconds(text: str) -> float:
    """Seconds of `20 min`, `1 h`, `1 d`. ValueError otherwise."""
    found = _DURATION.fullmatch(text)
    if found is None or float(found[1]) <= 0:
        raise ValueError(text)
    return float(found[1]) * _SECONDS[found[2]]


def metres(text: str) -> float:
    """Metres of `30 cm`, `2 m`. ValueError otherwise."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return round(float(found[1]) * _METRES[found[2]], 6)


_Wrong = tuple[str, dict[str, str]]


def _faults(found: Description) -> list[_Wrong]:
    wrong: list[_Wrong] = []
    for at, start in enumerate(found.match.eui):
        if not _PREFIX.fullmatch(start):
            wrong.append(
                _say(
                    f"match.eui[{at}]",
                    f"“{start}” is not 6 to 16 hexadecimal digits",
                    f"„{start}“ sind nicht 6 bis 16 hexadezimale Ziffern",
                )
            )
    if found.interval:
        _try(wrong, "interval", seconds, found.interval, "20 min, 1 h, 1 d")
    for name, field in found.fields.items():
        _field_faults(wrong, f"fields.{name}", field)
    return wrong


def _field_faults(wrong: list[_Wrong], place: str, field: Field) -> None:
    if isinstance(field.observed, str) and field.observed not in PROPERTIES:
        known = ", ".join(sorted(PROPERTIES))
        wrong.append(
            _say(
                f"{place}.property",
                f"“{field.observed}” is no known property; known are {known}",
                f"„{field.observed}“ ist keine bekannte Größe; bekannt sind {known}",
            )
        )
        return
    _try(wrong, f"{place}.unit", unit_of, field.unit_code, "Cel, %, kPa, m/s")
    for name in ("depth", "height"):
        if getattr(field, name):
            _try(wrong, f"{place}.{name}", metres, getattr(field, name), "30 cm, 2 m")
    if field.convert:
        try:
            formula(field.convert)
        except ValueError as error:
            wrong.append(
                _say(
                    f"{place}.convert",
                    f"the formula is not usable: {error}",
                    f"die Formel ist nicht verwendbar: {error}",
                )
            )
    for name in ("valid", "plausible"):
        span = getattr(field, name)
        if span is not None and span[0] >= span[1]:
            wrong.append(
                _say(
                    f"{place}.{name}",
                    "the first value must be below the second",
                    "der erste Wert muss unter dem zweiten liegen",
                )
            )


def _try(wrong: list[_Wrong], place: str, reader: Any, text: str, like: str) -> None:
    try:
        reader(text)
    except ValueError:
        wrong.append(
            _say(
                place,
                f"“{text}” is not understood; write it like {like}",
                f"„{text}“ ist nicht verständlich; so wird es geschrieben: {like}",
            )
        )


def _say(place: str, en: str, de: str) -> _Wrong:
    return place, {"en": f"{place}: {en}.", "de": f"{place}: {de}."}
