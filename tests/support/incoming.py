# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a reader of measurements makes of some bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from allmende.core.sensing.importing_kinds import reader
from allmende.core.sensing.importing_types import (
    Limits,
    Material,
    Note,
    Problem,
    Row,
    Skipped,
)
from allmende.model.sensing.calendar import micros
from allmende.model.sensing.specs import StreamSpec, ThingSpec

NOW = micros(datetime(2026, 10, 20, tzinfo=UTC))


@dataclass
class Found:
    """The items of a source by their sort."""

    things: dict[str, ThingSpec] = field(default_factory=dict)
    streams: dict[tuple[str, str], StreamSpec] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    missing: int = 0

    def result(self, stream: str, at: int = 0) -> Any:
        """A result of a stream."""
        return [row.result for row in self.rows if row.stream == stream][at]

    def texts(self) -> str:
        """All problems in both languages."""
        return "\n".join(f"{each.text['en']} {each.text['de']}" for each in self.problems)


def found(
    kind: str, data: bytes | str, options: dict[str, Any] | None = None, **more: Any
) -> Found:
    """The items of content of a kind."""
    body = data.encode() if isinstance(data, str) else data
    limits = more.pop("limits", Limits())
    material = Material(body, options=options or {}, limits=limits, now=NOW, **more)
    return sorted_out(reader(kind)(material))


def sorted_out(items: Any) -> Found:
    """Items by their sort; things come before their results."""
    made = Found()
    for item in items:
        match item:
            case Row():
                made.rows.append(item)
            case ThingSpec():
                made.things.setdefault(item.key, item)
                for stream in item.streams:
                    made.streams[item.key, stream.key] = stream
            case Problem():
                assert set(item.text) == {"en", "de"}
                made.problems.append(item)
            case Skipped():
                made.missing += item.count
            case Note():
                made.notes.append(item)
    return made


def utc(text: str) -> int:
    """µs UTC of an ISO 8601 time."""
    return micros(datetime.fromisoformat(text).astimezone(UTC))
