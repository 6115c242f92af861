# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The description of a source of CSV or JSON: a TOML file, so that a new source needs no code.

See docs/reference/measurement-sources.md. Unknown members are refused, so that a slip of
the pen fails when the description is read.
"""

from __future__ import annotations

import tomllib
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct, field

from allmende.core.sensing.importing_times import Twice
from allmende.errors import InvalidInput
from allmende.model.sensing.device_formula import formula
from allmende.model.sensing.device_words import said
from allmende.model.sensing.specs import Origin

MAX_BYTES = 200_000
MOST_STREAMS = 500

T = TypeVar("T")
Type = Literal["number", "count", "text", "truth"]
Degrees = float | str | None
Flagged = Literal["unchecked", "good", "suspect", "bad", "interpolated", "missing"]


class ThingPart(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What measures. In texts {column} or {path.to.member} stands for a value of the record."""

    id: str = ""
    name: str = ""
    description: str = ""
    longitude: Degrees = None
    latitude: Degrees = None
    origin: Origin = "official"
    properties: dict[str, Any] = {}


class TimePart(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When it was true. Several columns are joined with a blank between them."""

    from_: str | list[str] = field(name="from", default="")
    form: str = ""  # unix, unix-ms, or a pattern of strptime; else told from the text
    twice: Twice = "order"
    interval: float = 0  # seconds over which each result was counted or averaged
    marks: Literal["begin", "end", "point"] = "point"
    issued: str = ""  # where the resultTime stands, for instance of a forecast

    @property
    def columns(self) -> list[str]:
        """Where the parts of the time stand."""
        return [self.from_] if isinstance(self.from_, str) else self.from_


class StreamPart(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One stream: where its result stands, what it is, and in which unit (UCUM)."""

    from_: str = field(name="from", default="")  # else the name of the stream
    property: str = ""  # a word of the table, an IRI, or a name
    unit: str | None = None
    name: str = ""
    type: Type = "number"
    status: str = ""  # where its state stands
    time: str = ""  # where its own time stands
    convert: str = ""  # a formula of x, for instance "x / 100"
    valid: tuple[float, float] | None = None
    values: dict[str, Any] = {}  # replaces results


class LongPart(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table with one line for each result: which columns say what was measured."""

    property: str
    value: str
    unit: str = ""
    status: str = ""


class SensorPart(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The instrument."""

    name: str = ""
    description: str = ""
    link: str = ""


class Description(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The whole document."""

    kind: Literal["csv", "json"] = "csv"
    name: str = ""
    source: str = ""  # short name that begins the keys of its things; else the name
    zone: str = ""
    decimal: Literal["", ".", ","] = ""
    encoding: str = ""
    delimiter: str = ""
    skip: int | None = None  # lines above the heading
    missing: list[str | float] = []
    rows: str = ""  # JSON: where the records stand
    earliest: str = "2000-01-01"  # earlier times are those of a clock that was never set
    forecast: bool = False  # results may lie in the future
    topic: str = ""  # MQTT: which messages are meant
    states: dict[str, Flagged] = {}
    thing: ThingPart = ThingPart()
    time: TimePart = TimePart()
    sensor: SensorPart = SensorPart()
    long: LongPart | None = None
    streams: dict[str, StreamPart] = {}


def parse(data: bytes) -> dict[str, Any]:
    """The members of a TOML file. InvalidInput when it is none or larger than 200 kB."""
    if len(data) > MAX_BYTES:
        raise wrong(f"it has more than {MAX_BYTES} bytes", f"sie hat mehr als {MAX_BYTES} Bytes")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise wrong(f"{error}", f"{error}") from error


def described(options: dict[str, Any], kind: Literal["csv", "json"]) -> Description:
    """The description of a CSV or JSON source. InvalidInput says what is wrong in it."""
    found = options_of({"kind": kind, **options}, Description)
    if found.kind != kind:
        raise wrong(f"it is of the kind {found.kind}", f"sie ist von der Art {found.kind}")
    if len(found.streams) > MOST_STREAMS:
        raise wrong(f"more than {MOST_STREAMS} streams", f"mehr als {MOST_STREAMS} Reihen")
    for name, each in found.streams.items():
        if each.convert:
            try:
                formula(each.convert)
            except ValueError as error:
                place = f"streams.{name}.convert: {error}"
                raise wrong(place, place) from error
    return found


def options_of(options: dict[str, Any], kind: type[T]) -> T:
    """The options as a Struct; InvalidInput names what is unknown or of the wrong type."""
    try:
        return msgspec.convert(options, kind, strict=True)
    except msgspec.ValidationError as error:
        _, _, text = said(str(error), kind)
        raise wrong(text["en"].rstrip("."), text["de"].rstrip(".")) from error


def wrong(en: str, de: str) -> InvalidInput:
    """The error for a description that cannot be followed."""
    return InvalidInput(
        f"The description of the source is wrong: {en}.",
        f"Die Beschreibung der Quelle ist falsch: {de}.",
        code="measurements-description",
    )
