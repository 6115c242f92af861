# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The form in which parameters of checks are written, and how checks are said in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from allmende.core.sensing.quality_looking import Judging
from allmende.errors import InvalidInput
from allmende.model.sensing.quality import MOST_SECONDS, Checks
from allmende.portal import sensing_words as words
from allmende.portal.page import Page
from allmende.portal.words import words as words_of

HOUR = 3_600.0
NAMES = ("valid", "plausible", "step", "spike", "flat", "frozen", "stale", "interval")
RANGES = ("valid", "plausible")
TIMES = ("flat", "stale", "interval")  # written in hours, kept in seconds; interval in minutes
MODES = ("inherit", "own", "off")
LONGEST = 40  # characters of a number


@dataclass(frozen=True, slots=True)
class Entry:
    """One check in the form, and what holds now."""

    name: str
    mode: str
    values: dict[str, str]
    said: str  # what holds now, "" when it is not made
    inherited: str  # what would hold without an own parameter
    origin: str
    fields: list[str] = field(default_factory=list)


def seconds(name: str) -> float:
    """How many seconds the unit has in which the form takes a time."""
    return 60.0 if name == "interval" else HOUR


def entries(page: Page, it: Judging, unit: str, given: Mapping[str, str] | None) -> list[Entry]:
    """All checks, as they are kept or, with a form that was sent, as they were typed."""
    made = []
    for name in NAMES:
        fields = _fields(name)
        if given is None:
            mode, values = _kept(page, name, it.own)
        else:
            mode = given.get(f"mode.{name}", "inherit")
            values = {each: given.get(f"{name}.{each}", "")[:LONGEST] for each in fields}
        made.append(
            Entry(
                name,
                mode if mode in MODES else "inherit",
                values,
                said(page, name, it.checks, unit, it.interval),
                said(page, name, it.inherited, unit, None),
                it.origins.get(name, ""),
                fields,
            )
        )
    return made


def _fields(name: str) -> list[str]:
    if name in RANGES:
        return ["low", "high"]
    if name == "flat":
        return ["value", "change"]
    return [] if name == "frozen" else ["value"]


def _kept(page: Page, name: str, own: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    if name not in own:
        return "inherit", {}
    value = own[name]
    if value is None or value is False:
        return "off", {}
    if name in RANGES:
        return "own", {"low": _typed(page, value[0]), "high": _typed(page, value[1])}
    if name in TIMES:
        typed = {"value": _typed(page, value / seconds(name))}
        if name == "flat":
            typed["change"] = _typed(page, own.get("flat_change", 0.0))
        return "own", typed
    return "own", {} if name == "frozen" else {"value": _typed(page, value)}


def _typed(page: Page, value: float) -> str:
    text = f"{value:.12g}"
    return text.replace(".", ",") if page.language == "de" else text


def said(page: Page, name: str, checks: Checks, unit: str, interval: int | None) -> str:
    """What a check does, in words; "" when it is not made."""
    if name == "interval":
        known = interval or round((checks.interval or 0) * 1_000_000)
        return words.lasting(page, known) if known else ""
    value = getattr(checks, name)
    if value is None or value is False:
        return ""
    after = words.gap_before(unit) + unit

    def shown(number: float) -> str:
        return words.number(page, number) + after

    if name in RANGES:
        low, high = (words.number(page, each) for each in value)
        return str(page.words("checks.from-to", low=low, high=high)) + after
    if name == "frozen":
        return str(page.words("checks.frozen-on"))
    if name in TIMES:
        lasting = words.lasting(page, round(value * 1_000_000))
        if name == "flat" and checks.flat_change:
            return str(page.words("checks.flat-change", time=lasting, by=shown(checks.flat_change)))
        return lasting
    return shown(value)


def read(form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a form. InvalidInput when a number cannot be understood."""
    made: dict[str, Any] = {}
    for name in NAMES:
        mode = form.get(f"mode.{name}", "inherit")
        if mode == "off":
            made[name] = False if name == "frozen" else None
        elif mode == "own":
            made |= _own(name, form)
    if made.get("interval", 0) is None:
        del made["interval"]
    return made


def _own(name: str, form: Mapping[str, str]) -> dict[str, Any]:
    if name == "frozen":
        return {name: True}
    if name in RANGES:
        low, high = (_number(name, form.get(f"{name}.{each}", "")) for each in ("low", "high"))
        if not low < high:
            raise InvalidInput(
                f"“{_name(name, 'en')}” needs a first number that is smaller than the second.",
                f"„{_name(name, 'de')}“ braucht eine erste Zahl, die kleiner als die zweite ist.",
            )
        return {name: [low, high]}
    value = _number(name, form.get(f"{name}.value", ""))
    if name in TIMES:
        value *= seconds(name)
    if not 0 < value <= (MOST_SECONDS if name in TIMES else 1e15):
        raise InvalidInput(
            f"“{_name(name, 'en')}” needs a number above 0; a time is at most 31 days.",
            f"„{_name(name, 'de')}“ braucht eine Zahl über 0, als Zeit höchstens 31 Tage.",
        )
    if name == "flat" and form.get("flat.change", "").strip():
        return {name: value, "flat_change": _number(name, form["flat.change"])}
    return {name: value}


def _name(name: str, language: str) -> str:
    return str(words_of(language)(f"checks.name.{name}"))


def _number(name: str, text: str) -> float:
    """A number with a comma or a point before the decimals."""
    try:
        found = float(text.strip()[:LONGEST].replace("\N{MINUS SIGN}", "-").replace(",", "."))
    except ValueError:
        found = float("nan")
    if not abs(found) < 1e15:
        raise InvalidInput(
            f"“{_name(name, 'en')}” needs a number such as 12.5 in each of its fields.",
            f"„{_name(name, 'de')}“ braucht in jedem Feld eine Zahl, zum Beispiel 12,5.",
        )
    return found
