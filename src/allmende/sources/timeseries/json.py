# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Any JSON over HTTP or MQTT, read by a description: where the records and their values stand.

Paths: `a.b`, `list[0]`, `list[key=value].b`. The records stand at `rows`: `lots[]` are the
members of a list, `stations.*` the values of an object, `[].data[]` lists within a list.
Within a record `^` is what it stands in (`^.name`, `^.^.name`), `@key` its name in an
object, `@topic[2]` the third level of an MQTT topic.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from allmende.core.sensing.importing_json import document
from allmende.core.sensing.importing_kinds import bounded
from allmende.core.sensing.importing_mapping import Description, described, wrong
from allmende.core.sensing.importing_plan import Get, Plan
from allmende.core.sensing.importing_types import Item, Material, over
from allmende.model.sensing.device_mapping import at_path
from allmende.model.sensing.moments import moment

DEEPEST = 8  # lists and objects within each other that `rows` goes through


class Record(Struct):
    """A value of the document with what it stands in."""

    value: Any
    above: Record | None = None
    key: str = ""


def read(material: Material) -> Iterator[Item]:
    """Things, results and faults of a document. InvalidInput when it is none."""
    told = described(material.options, "json")
    if not told.streams and told.long is None:
        raise wrong("it names no streams", "sie nennt keine Reihen (streams)")
    if not any(told.time.columns) and not all(each.time for each in told.streams.values()):
        raise wrong("it does not say where the time stands", "sie sagt nicht, wo die Zeit steht")
    return bounded(
        _items(material, told),
        material.now,
        earliest=moment(told.earliest),
        forecast=told.forecast,
    )


def _items(material: Material, told: Description) -> Iterator[Item]:
    whole = Record(document("json", material.data))
    topic = material.name.split("/")
    plan = Plan(told, material, lambda path: _getter(path, topic))
    for line, record in enumerate(records(whole, told.rows), 1):
        if line > material.limits.rows:
            raise over("rows", material.limits.rows)
        yield from plan.items(line, record)
    yield from plan.end()


def records(whole: Record, path: str) -> Iterator[Record]:
    """The records at a path, in the order of the document."""
    steps = _steps(path)
    if len(steps) > DEEPEST:
        raise wrong(f"rows goes deeper than {DEEPEST}", f"rows ist tiefer als {DEEPEST}")
    yield from _inside(whole, steps)


def _steps(path: str) -> list[tuple[str, str]]:
    """Pairs of a path to go and how to go on: each member (list), each value (object), end."""
    found: list[tuple[str, str]] = []
    here = ""
    for part in path.replace("[]", ".[]").split("."):
        if part in ("[]", "*"):
            found.append((here, part))
            here = ""
        elif part:
            here = f"{here}.{part}" if here else part
    return [*found, (here, "")] if here or not found else found


def _inside(record: Record, steps: list[tuple[str, str]]) -> Iterator[Record]:
    if not steps:
        yield record
        return
    (path, how), rest = steps[0], steps[1:]
    value = at_path(record.value, path) if path else record.value
    if how == "[]" and isinstance(value, list):
        for each in value:
            yield from _inside(Record(each, record), rest)
    elif how == "*" and isinstance(value, dict):
        for key, each in value.items():
            yield from _inside(Record(each, record, str(key)), rest)
    elif not how and value is not None:
        yield from _inside(Record(value, record) if path else record, rest)


def _getter(path: str, topic: list[str]) -> Get:
    if path.startswith("@topic"):
        inner = path.removeprefix("@topic")
        value = at_path(topic, inner) if inner else "/".join(topic)
        return lambda _record: value
    up = 0
    while path == "^" or path.startswith("^."):
        up, path = up + 1, path[2:]

    def take(record: Record) -> Any:
        here: Record | None = record
        for _ in range(up):
            here = here.above if here else None
        if here is None:
            return None
        if path == "@key":
            return here.key
        return at_path(here.value, path) if path else here.value

    return take
