# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a reading request asks for: options, format, figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.requests import Request

from allmende.core.sensing.grains import Grain, read_grain
from allmende.errors import InvalidInput, LimitExceeded
from allmende.interfaces.sensorthings.tokens import read_token
from allmende.model.sensing.entities import EntityType, Kind
from allmende.model.sensing.odata.options import SYSTEM, Options, read_options

FORMATS = ("json", "dataArray", "CSV", "GeoJSON")
METHODS = ("mean", "min", "max", "sum", "n", "first", "last")
MAX_DECIMATED = 10_000
MAX_QUERY = 32_000
"""Characters behind the question mark."""

_HINTS = frozenset(name[1:] for name in SYSTEM)


class Figures(Struct, frozen=True):
    """Aggregates of intervals: their length in seconds or a period, and which figures."""

    grain: Grain
    methods: tuple[str, ...]


class Asked(Struct, frozen=True, kw_only=True):
    """A reading request below the root."""

    options: Options
    format: str = "json"
    after: list[Any] | None = None
    figures: Figures | None = None
    decimate: int = 0
    pairs: tuple[tuple[str, str], ...] = ()


def asked(request: Request, entity: EntityType) -> Asked:
    """Reads the query of a request for entities of a kind. Raises InvalidInput, Unsupported."""
    if len(request.url.query) > MAX_QUERY:
        raise LimitExceeded(
            f"The query has more than {MAX_QUERY} characters; send it as a part of a $batch.",
            f"Die Abfrage hat mehr als {MAX_QUERY} Zeichen; bitte als Teil eines $batch senden.",
        )
    pairs = tuple(parse_qsl(request.url.query, keep_blank_values=True))
    mine: dict[str, str] = {}
    options: list[tuple[str, str]] = []
    for name, value in pairs:
        if name.startswith("$") and name != "$resultFormat":
            options.append((name, value))
        elif name in _HINTS:
            raise InvalidInput(
                f"Write ${name} instead of {name}.", f"Bitte ${name} statt {name} schreiben."
            )
        else:
            mine[name] = value
    found = read_options(options, entity)
    return Asked(
        options=found,
        format=_format(mine, request, entity),
        after=read_token(found.after),
        figures=_figures(mine, entity),
        decimate=_decimate(mine, entity),
        pairs=pairs,
    )


def _format(mine: dict[str, str], request: Request, entity: EntityType) -> str:
    given = mine.get("$resultFormat")
    if given is None:
        accept = request.headers.get("accept", "").lower()
        if accept.startswith("text/csv"):
            return "CSV"
        return "GeoJSON" if accept.startswith("application/geo+json") else "json"
    for name in FORMATS:
        if given.lower() == name.lower():
            if name == "dataArray" and entity.kind != Kind.OBSERVATION:
                raise InvalidInput(
                    "$resultFormat=dataArray is for Observations.",
                    "$resultFormat=dataArray gibt es für Observations.",
                )
            return name
    raise InvalidInput(
        f"$resultFormat is one of {', '.join(FORMATS)}, not “{given[:40]}”.",
        f"$resultFormat ist eines von {', '.join(FORMATS)}, nicht „{given[:40]}“.",
    )


def _figures(mine: dict[str, str], entity: EntityType) -> Figures | None:
    if "interval" not in mine and "aggregate" not in mine:
        return None
    _only_observations("interval", entity)
    names = [each.strip() for each in mine.get("aggregate", "mean,min,max").split(",")]
    unknown = [each for each in names if each not in METHODS]
    if unknown:
        raise InvalidInput(
            f"aggregate knows {', '.join(METHODS)}, not “{unknown[0][:40]}”.",
            f"aggregate kennt {', '.join(METHODS)}, nicht „{unknown[0][:40]}“.",
        )
    return Figures(read_grain(mine.get("interval", "")), tuple(dict.fromkeys(names)))


def _decimate(mine: dict[str, str], entity: EntityType) -> int:
    text = mine.get("decimate")
    if text is None:
        return 0
    _only_observations("decimate", entity)
    if not text.isdigit() or not 3 <= int(text[:9]) <= MAX_DECIMATED:
        raise InvalidInput(
            f"decimate is a number from 3 to {MAX_DECIMATED}, not “{text[:20]}”.",
            f"decimate ist eine Zahl von 3 bis {MAX_DECIMATED}, nicht „{text[:20]}“.",
        )
    return int(text)


def _only_observations(name: str, entity: EntityType) -> None:
    if entity.kind != Kind.OBSERVATION:
        raise InvalidInput(
            f"{name} is for the Observations of a Datastream.",
            f"{name} gibt es für die Observations eines Datastreams.",
        )


Reader = Callable[[Request], Asked]
