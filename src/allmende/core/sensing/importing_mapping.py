# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The description of a source of CSV or JSON: a TOML file, so that a new source needs no code.

See docs/reference/measurement-sources.md. Unknown members are refused, so that a slip of
the pen fails when the description is read.
"""

from __future__ import annotations

import re
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


SECRET_HEADERS = re.compile(r"(?i)authorization|cookie|.*(key|token|secret|password).*")
_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_VALUE = re.compile(r"[\x20-\x7e]{1,500}")
MOST_HEADERS = 20


class Access(Struct, frozen=True):
    """How a source is asked: headers of requests, the password of a broker."""

    headers: dict[str, str] = {}
    password: str = ""


def access_of(options: dict[str, Any]) -> Access:
    """Takes `headers` and `password` out of a description. InvalidInput when they are none, or
    a secret stands there in plain text instead of env:ALLMENDE_SOURCE_…"""
    found = options_of(
        {name: options.pop(name) for name in ("headers", "password") if name in options}, Access
    )
    if len(found.headers) > MOST_HEADERS:
        raise wrong(f"more than {MOST_HEADERS} headers", f"mehr als {MOST_HEADERS} Kopfzeilen")
    for name, value in found.headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise wrong(f"headers.{name[:60]}", f"headers.{name[:60]}")
        if SECRET_HEADERS.fullmatch(name) and not value.startswith("env:"):
            raise _plain(f"headers.{name}")
    if found.password and not found.password.startswith("env:"):
        raise _plain("password")
    return found


def _plain(place: str) -> InvalidInput:
    return wrong(
        f"{place} is a secret; write env:ALLMENDE_SOURCE_… and set it in the environment, or its "
        "file as ALLMENDE_SOURCE_…_FILE",
        f"{place} ist geheim; bitte env:ALLMENDE_SOURCE_… schreiben und in der Umgebung setzen, "
        "oder die Datei dazu als ALLMENDE_SOURCE_…_FILE",
    )


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
