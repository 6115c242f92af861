# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The form of a rule of retention: what people type, and the rule that it means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from allmende.errors import InvalidRecord
from allmende.model.sensing.retention import GRAINS, Figures, Policy

LONGEST = 500
_NO_NAME = re.compile(r"[^a-z0-9]+")
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Form:
    """The texts of the form. `known` is the short name of a rule that is changed."""

    known: str = ""
    title_de: str = ""
    title_en: str = ""
    organisation: str = ""
    origin: str = ""
    observed: str = ""
    kind: str = ""
    thing: str = ""
    stream: str = ""
    datastream: str = ""
    unit: str = "days"  # ever, days or hours
    length: str = ""
    then: str = "archive"
    archive_years: str = ""
    hour: str = ""
    hour_years: str = ""
    day: str = ""
    day_years: str = ""
    month: str = ""
    month_years: str = ""
    least: str = ""
    hold: str = ""
    note_de: str = ""
    note_en: str = ""
    reason: str = ""
    deed: str = "preview"

    def policy(self) -> Policy:
        """The rule. InvalidRecord when a number is none."""
        length = _number(self.length) if self.unit != "ever" else None
        if self.unit != "ever" and length is None:
            raise InvalidRecord(
                "Say how long single values are kept.",
                "Bitte angeben, wie lange Einzelwerte aufbewahrt werden.",
            )
        return Policy(
            id=self.known or _short_name(self.title_de or self.title_en),
            title=_texts(self.title_de, self.title_en),
            organisation=self.organisation,
            origin=self.origin,
            observed=self.observed,
            kind=self.kind,
            thing=self.thing,
            stream=self.stream,
            datastream=_number(self.datastream) or 0,
            days=length if self.unit == "days" else None,
            hours=length if self.unit == "hours" else None,
            then=cast(Literal["archive", "delete"], self.then),
            archive_years=_number(self.archive_years) if self.then == "archive" else None,
            figures=tuple(
                Figures(grain, _number(getattr(self, f"{grain}_years")))
                for grain in GRAINS
                if getattr(self, grain)
            ),
            least=_number(self.least) or 0,
            hold=bool(self.hold),
            note=_texts(self.note_de, self.note_en),
        )


START = Form(hour="on", day="on")


def read(fields: Mapping[str, str]) -> Form:
    """The form that was sent; what is not known is passed over."""
    given = {
        name: " ".join(fields.get(name.replace("_", "-"), "").split())[:LONGEST]
        for name in Form.__dataclass_fields__
    }
    given["unit"] = given["unit"] if given["unit"] in ("ever", "days", "hours") else "ever"
    given["then"] = "delete" if given["then"] == "delete" else "archive"
    return Form(**given)


def filled(policy: Policy) -> Form:
    """The form of a rule."""
    kept = {each.grain: each.years for each in policy.figures}
    grains = {grain: "on" if grain in kept else "" for grain in GRAINS}
    years = {f"{grain}_years": _text(kept.get(grain)) for grain in GRAINS}
    length = policy.hours if policy.hours is not None else policy.days
    unit = "hours" if policy.hours is not None else "ever" if policy.days is None else "days"
    return Form(
        known=policy.id,
        title_de=policy.title.get("de", ""),
        title_en=policy.title.get("en", ""),
        organisation=policy.organisation,
        origin=policy.origin,
        observed=policy.observed,
        kind=policy.kind,
        thing=policy.thing,
        stream=policy.stream,
        datastream=_text(policy.datastream or None),
        unit=unit,
        length=_text(length),
        then=policy.then,
        archive_years=_text(policy.archive_years),
        least=_text(policy.least or None),
        hold="on" if policy.hold else "",
        note_de=policy.note.get("de", ""),
        note_en=policy.note.get("en", ""),
        **grains,
        **years,
    )


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _texts(de: str, en: str) -> dict[str, str]:
    return {tag: text for tag, text in (("de", de), ("en", en)) if text}


def _number(text: str) -> int | None:
    """A whole number, also with the grouping of either language; None for nothing."""
    plain = text.replace(".", "").replace(",", "").replace("\N{NO-BREAK SPACE}", "")
    if not plain:
        return None
    if plain.isascii() and plain.isdecimal() and len(plain) < 8:
        return int(plain)
    raise InvalidRecord(
        f"“{text[:40]}” is no whole number.", f"„{text[:40]}“ ist keine ganze Zahl."
    )


def _short_name(title: str) -> str:
    """Small letters, digits and hyphens from a title."""
    plain = unicodedata.normalize("NFKD", title.lower().translate(_PLAIN))
    return _NO_NAME.sub("-", plain.encode("ascii", "ignore").decode()).strip("-")[:60]
