# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The kinds of sources of measurements: every folder of `allmende.sources` that brings some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import cast

from allmende.core.harvest.readers import Manifest
from allmende.core.harvest.readers import manifests as every
from allmende.core.sensing.importing_types import Item, Reader, Row, problem
from allmende.errors import InvalidInput
from allmende.model.sensing.calendar import DAY, moment

LOOKED_AT = 4_096  # bytes at the beginning that tell what a source is
SET = 946_684_800_000_000  # 2000-01-01: before it, a clock was never set


@cache
def manifests() -> dict[str, Manifest]:
    """Every folder that brings observations, in alphabetical order."""
    return {name: each for name, each in every().items() if each.brings == "observations"}


@cache
def kinds() -> dict[str, str]:
    """Every kind and the module that reads it."""
    return {
        name: f"allmende.sources.{folder}.{module}"
        for folder, manifest in sorted(manifests().items())
        for name, module in manifest.formats.items()
    }


def known(kind: str) -> str:
    """The kind. InvalidInput when there is none of this name."""
    if kind not in kinds():
        there = ", ".join(sorted(kinds()))
        raise InvalidInput(
            f"There is no kind of measurements “{kind[:60]}”; known are {there}.",
            f"Die Art von Messwerten „{kind[:60]}“ gibt es nicht; bekannt sind {there}.",
            code="measurements-kind",
        )
    return kind


def reader(kind: str) -> Reader:
    """The reader of a kind. InvalidInput when there is none."""
    return cast(Reader, import_module(kinds()[known(kind)]).read)


def told(data: bytes, name: str = "") -> str:
    """The kind that the beginning of the content or the name shows. InvalidInput otherwise."""
    head = data[:LOOKED_AT] + name.rpartition("/")[2].encode()
    for manifest in manifests().values():
        for kind, signs in manifest.signs.items():
            if any(sign.encode() in head for sign in signs):
                return kind
    path = name.partition("?")[0].lower().removesuffix(".gz").removesuffix(".xz")
    for manifest in manifests().values():
        if path.endswith(tuple(manifest.recognise)):
            return next(iter(manifest.formats))
    raise InvalidInput(
        "What kind of measurements this is cannot be told; name it with --kind.",
        "Welche Art von Messwerten das ist, ist nicht zu erkennen; bitte mit --kind angeben.",
        code="measurements-kind",
    )


def bounded(
    items: Iterable[Item], now: int, *, earliest: int = SET, forecast: bool = False
) -> Iterator[Item]:
    """The same without results from before a clock was set or from the future (µs UTC)."""
    latest = now + DAY if now and not forecast else 2**62
    for item in items:
        if type(item) is Row and not earliest <= item.time <= latest:
            yield _untimely(item, earliest)
        else:
            yield item


def _untimely(row: Row, earliest: int) -> Item:
    shown = f"{moment(row.time):%Y-%m-%d %H:%M}"
    if row.time < earliest:
        first = f"{moment(earliest):%Y-%m-%d}"
        return problem(
            row.line,
            f"The time {shown} UTC is before {first}; the clock of the device was not set.",
            f"Die Zeit {shown} UTC liegt vor dem {first}; die Uhr des Geräts war nicht gestellt.",
            row.stream,
        )
    return problem(
        row.line,
        f"The time {shown} UTC is more than a day in the future.",
        f"Die Zeit {shown} UTC liegt mehr als einen Tag in der Zukunft.",
        row.stream,
    )
