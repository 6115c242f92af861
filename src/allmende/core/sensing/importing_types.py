# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a reader of measurements is given, what it gives, and the report of an import.

A reader is one function in a module of `allmende.sources`:

    def read(material: Material) -> Iterator[Item]

It is pure: bytes go in, and in the order of the source come things with their streams,
their results and what cannot be used, each with its line. A thing comes before its first
result; it may come again when another of its streams shows up later. Readers run in a
worker thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.observation import Flag, Result
from allmende.model.sensing.specs import ThingSpec

Text = dict[str, str]

SHOWN = 60  # characters of a foreign value in a message


class Row(Struct, kw_only=True):
    """One result of one stream of one thing, by their keys. Times are µs UTC."""

    thing: str
    stream: str
    time: int
    result: Result
    line: int = 0
    end: int | None = None
    result_time: int | None = None
    flag: int = Flag.UNCHECKED
    rule: str = ""
    quality: Any = None
    parameters: dict[str, Any] | None = None


class Problem(Struct, frozen=True):
    """Why something cannot be used; `line` counts from 1 (for JSON: the record), 0 is all."""

    line: int
    text: Text
    place: str = ""  # column, member or stream


class Skipped(Struct, frozen=True):
    """So many places at which a source has no value and says so."""

    count: int


class Note(Struct, frozen=True):
    """What a person should know, though nothing was lost."""

    text: Text


Item = ThingSpec | Row | Problem | Skipped | Note


class Limits(Struct, frozen=True):
    """How much of a source is taken in; more is refused with the name of the limit."""

    unpacked_bytes: int = 300_000_000
    members: int = 1_000  # files inside a packed file
    rows: int = 5_000_000  # lines of a table or records of a document
    columns: int = 2_000
    things: int = 20_000
    streams: int = 500  # of one thing


@dataclass(slots=True)
class Material:
    """The content of a source and how to read it."""

    data: bytes
    name: str = ""  # file name, address or topic
    options: dict[str, Any] = field(default_factory=dict)
    zone: str = "Europe/Berlin"  # for local times without an offset
    language: str = "de"
    least: int = 5  # figures about fewer people or vehicles are not kept
    now: int = 0  # µs UTC
    limits: Limits = field(default_factory=Limits)


Reader = Callable[[Material], Iterator[Item]]


@dataclass(slots=True)
class Report:
    """What an import did. `problems` holds the first of them, `refused` counts all."""

    kind: str
    source: str
    trial: bool = False
    things: int = 0
    streams: int = 0
    results: int = 0
    created: int = 0
    corrected: int = 0
    repeated: int = 0
    refused: int = 0
    missing: int = 0  # places without a value
    first: int | None = None
    last: int | None = None
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)


def problem(line: int, en: str, de: str, place: str = "") -> Problem:
    """A problem with its sentence in both languages."""
    return Problem(line, {"en": en, "de": de}, place)


def short(value: Any) -> str:
    """A foreign value as it may stand in a message."""
    return str(value)[:SHOWN]


def over(name: str, limit: int) -> LimitExceeded:
    """The error for content that passes a limit."""
    return LimitExceeded(
        f"The source passes the limit {name} ({limit:,}); cut it into parts.",
        f"Die Quelle überschreitet die Grenze {name} ({limit}); bitte in Teile zerlegen.",
    )


def unreadable(kind: str, en: str, de: str) -> InvalidInput:
    """The error for content of which nothing can be read."""
    return InvalidInput(
        f"This is no source of the kind {kind}: {en}.",
        f"Das ist keine Quelle der Art {kind}: {de}.",
        code="measurements-unreadable",
    )
