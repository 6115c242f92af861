# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measurements as people of a language write them: numbers, units, times, how long ago."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from allmende.core.sensing.listing import unit_of
from allmende.core.sensing.staleness import is_stale
from allmende.model.sensing import calendar
from allmende.model.sensing.device_properties import PROPERTIES
from allmende.model.sensing.observation import Flag, Observation
from allmende.model.sensing.specs import Unit
from allmende.portal import sensing_levels
from allmende.portal.charts.ticks import Kind
from allmende.portal.map_values import UNITS
from allmende.portal.page import Page
from allmende.portal.words import LOCALES

MAX_RESULT = 200  # characters of a result that is no number
MAX_LIST = 20  # results of one MultiDatastream
NARROW = "\N{NARROW NO-BREAK SPACE}"
REPLAYED = " (mit Wiedergabe/with replay)"
"""The end of names of derived datastreams into which replayed messages go."""
_BY_IRI = {each.iri: each for each in PROPERTIES.values()}
_SKELETONS: dict[Kind, str] = {
    "second": "Hms",
    "minute": "Hm",
    "hour": "Hm",
    "day": "dMMM",
    "month": "yMMM",
    "year": "y",
}


@dataclass(frozen=True, slots=True)
class When:
    """A moment: as a machine reads it, as a date, and how long ago."""

    iso: str
    absolute: str
    ago: str


@dataclass(frozen=True, slots=True)
class Latest:
    """The last value of a datastream."""

    text: str
    unit: str
    when: When
    flag: str  # the name of the quality flag
    stale: bool
    number: float | None = None
    colour: str = ""  # of a level
    labels: str = ""  # JSON for the script: what codes stand for


def title(page: Page, stream: Any) -> str:
    """The name of a datastream, in English where one is known; else what it observes.

    One that old messages go into which are played again says so.
    """
    found = _title(page, stream)
    bare = found.removesuffix(REPLAYED)
    derived = '"rule":' in (stream.properties or "")
    if bare == found and not (derived and '"replay":true' in stream.properties):
        return found
    return f"{bare} ({page.words('sense.with-replay')})"


def _title(page: Page, stream: Any) -> str:
    known = _BY_IRI.get(stream.property_definition or "") if page.language == "en" else None
    if known is not None and stream.name == known.de:
        return known.en
    if page.language == "en" and '"name_en"' in (stream.properties or ""):
        try:
            found = json.loads(stream.properties).get("name_en")
        except (ValueError, AttributeError):
            found = None
        if found and isinstance(found, str):
            return found[:MAX_RESULT]
    return str(stream.name or stream.property_name or stream.id)


def property_name(page: Page, name: str, definition: str) -> str:
    """The name of an observed property, in English where one is known."""
    known = _BY_IRI.get(definition) if page.language == "en" else None
    if known is not None and name == known.de:
        return known.en
    bare = name.removesuffix(REPLAYED)
    return name if bare == name else f"{bare} ({page.words('sense.with-replay')})"


def observed(page: Page, stream: Any) -> tuple[str, str]:
    """The name and the description of what a datastream observes, in the language of the page.

    A description that is but the name in German and in English is no description.
    """
    name, told = stream.property_name or "", stream.property_description or ""
    german, _, english = told.partition(" / ")
    if english and german == name:
        return (english if page.language == "en" else german), ""
    return property_name(page, name, stream.property_definition or ""), told


def unit_text(stream: Any) -> str:
    """The unit as people write it: its symbol, else what its UCUM code stands for."""
    return symbol(unit_of(stream))


def symbol(unit: Unit) -> str:
    """A unit as people write it; "" for plain counts."""
    if unit.symbol and unit.symbol != "1":  # plain counts have no unit
        return unit.symbol[:30]
    code = (unit.definition or "").rpartition("/")[2]
    if code in ("1", "#1"):
        return ""
    return UNITS.get(code, "") or (unit.name or "")[:30]


def gap_before(unit: str) -> str:
    """The room between a number and its unit: none before a degree sign alone."""
    return "" if unit in ("", "°") else NARROW


def number(page: Page, value: float, digits: int = 6) -> str:
    """A number with at most so many digits that tell something; very large or small as powers."""
    if not isfinite(value):
        return "–"
    if value and not 1e-5 <= abs(value) < 1e12:
        text = f"{value:.3g}"
        return text.replace(".", ",") if page.language == "de" else text
    shown = float(f"{value:.{digits}g}") if abs(value) < 10**digits else float(round(value))
    return page.words.exact(shown + 0.0)


def axis_number(page: Page) -> Callable[[float, int], str]:
    """How a number beside an axis is written, with so many decimals."""
    from babel.numbers import format_decimal

    def said(value: float, decimals: int) -> str:
        if decimals > 6 or abs(value) >= 1e7:
            return number(page, value, 4)
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        return format_decimal(round(value, decimals) + 0.0, pattern, locale=LOCALES[page.words.tag])

    return said


def clock(page: Page) -> Callable[[int, Kind], str]:
    """How a place on an axis of time is written, in the city's zone."""
    from babel.dates import format_skeleton, get_timezone

    zone, locale = get_timezone(page.platform.settings.timezone), LOCALES[page.words.tag]

    def said(time: int, kind: Kind) -> str:
        at = calendar.moment(time).astimezone(zone)
        midnight = kind in ("hour", "minute") and at.hour == 0 and at.minute == 0
        return format_skeleton(_SKELETONS["day" if midnight else kind], at, locale=locale)

    return said


def moment(page: Page, time: int, *, seconds: bool = False) -> str:
    """Date and time in the city's zone."""
    from babel.dates import format_datetime, get_timezone

    german = "d. MMMM y, HH:mm" if page.language == "de" else "d MMMM y, HH:mm"
    return format_datetime(
        calendar.moment(time),
        german + (":ss" if seconds else ""),
        tzinfo=get_timezone(page.platform.settings.timezone),
        locale=LOCALES[page.words.tag],
    )


def short(page: Page, time: int) -> str:
    """Date and time to the second, in figures, for tables."""
    from babel.dates import format_datetime, get_timezone

    return format_datetime(
        calendar.moment(time),
        "dd.MM.y, HH:mm:ss" if page.language == "de" else "dd/MM/y, HH:mm:ss",
        tzinfo=get_timezone(page.platform.settings.timezone),
        locale=LOCALES[page.words.tag],
    )


def ago(page: Page, time: int, at: int) -> str:
    """How long ago: `vor 5 Minuten`."""
    from babel.dates import format_timedelta

    delta = timedelta(microseconds=time - at)
    return format_timedelta(
        delta, threshold=0.95, add_direction=True, locale=LOCALES[page.words.tag]
    )


def lasting(page: Page, micros: int) -> str:
    """How long something lasts: `3 Stunden`."""
    from babel.dates import format_timedelta

    return format_timedelta(
        timedelta(microseconds=micros), threshold=1.2, locale=LOCALES[page.words.tag]
    )


def when(page: Page, time: int, at: int) -> When:
    """A moment as it is shown."""
    iso = calendar.moment(time).isoformat().replace("+00:00", "Z")
    return When(iso, moment(page, time), ago(page, time, at))


def result(page: Page, value: Any) -> str:
    """A result of any kind as text, without its unit."""
    match value:
        case None:
            return "–"
        case bool():
            return str(page.words("value.yes" if value else "value.no"))
        case int() | float():
            return number(page, float(value), 10)
        case str():
            return value[:MAX_RESULT]
        case list():
            return "; ".join(result(page, each) for each in value[:MAX_LIST])
        case _:
            return json.dumps(value, ensure_ascii=False)[:MAX_RESULT]


def latest(page: Page, stream: Any, found: Observation | None, at: int) -> Latest | None:
    """The last value with its unit, time and quality; None when there is none."""
    if found is None:
        return None
    numeric = isinstance(found.result, int | float) and not isinstance(found.result, bool)
    known = sensing_levels.levels(page, stream.properties)
    level = known.get(found.result) if isinstance(found.result, str) else None
    worked_out = '"rule":' in (stream.properties or "")  # more digits than were measured
    digits = 4 if worked_out else 6
    text = number(page, float(found.result), digits) if numeric else result(page, found.result)  # type: ignore[arg-type]
    return Latest(
        sensing_levels.said(page, known, found.result) or text,
        unit_text(stream) if numeric else "",
        when(page, found.time, at),
        flag_name(found.flag),
        is_stale(stream.interval, found.time, at),
        float(found.result) if numeric else None,  # type: ignore[arg-type]
        level.colour if level else "",
        sensing_levels.script(page, known),
    )


def flag_name(flag: int) -> str:
    """The name of a quality flag, in small letters: the end of its sentence's key."""
    return Flag(flag).name.lower() if flag in list(Flag) else "unchecked"


def web(text: str | None) -> str:
    """The text when it is an address that a page may link to, else nothing."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc else ""
