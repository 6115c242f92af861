# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Values of fields as texts of a form and back: `shown(field, value)`, `taken(field, …)`.

A text that is what `shown` gave for the value that is there leaves the value as it is, so
that nothing is lost by merely saving a form. All names below are `field.part`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from allmende.model import dates
from allmende.model.catalogue import Location, Range
from allmende.model.namespaces import FOAF, VCARD
from allmende.model.rdf.plan import FieldPlan
from allmende.model.vocabulary import Vocabulary, vocabulary
from allmende.portal.coverage import bounding_box
from allmende.portal.editing.fields import FormField

State = Mapping[str, str]
BOXES = 20  # a list of so few values is shown as boxes to tick
SELECTED = 60  # one of so few is shown as a select; a longer list is searched by typing
MOST = 200  # values of one field
REFERRED = frozenset({"in_series", "access_service", "serves_dataset", "has_version", "source"})
"""Links to other records, which are found by typing their title."""
SIDES = ("west", "south", "east", "north")
TAG = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*\Z")
_MAIL = frozenset({FOAF + "mbox", VCARD + "hasEmail"})
_PHONE = frozenset({VCARD + "hasTelephone"})
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)\Z")
_DURATION = re.compile(
    r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?\Z"
)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+\Z")
_CODE = re.compile(r"[\w.+/-]+\Z")


@dataclass(slots=True)
class Faults:
    """What could not be read, by the name of the input: keys of sentences."""

    found: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, key: str) -> None:
        """The first fault of an input is kept."""
        self.found.setdefault(name, key)


def listing(plan: FieldPlan) -> Vocabulary | None:
    """The vocabulary of a field; None when its concepts come from no list of ours."""
    if plan.range is not Range.CONCEPT or not plan.vocabulary:
        return None
    return vocabulary(plan.vocabulary)


def ticked(form: FormField) -> bool:
    """Whether a field is a row of boxes."""
    found = listing(form.plan)
    return found is not None and form.plan.many and 0 < len(found) <= BOXES and not found.open


def chosen(form: FormField) -> bool:
    """Whether one value is chosen from a short list."""
    found = listing(form.plan)
    short = found is not None and 0 < len(found) <= SELECTED and not found.open
    return short and not form.plan.many


def clean(text: str) -> str:
    """A text as a browser sends it, with plain ends of lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


# --- shown ----------------------------------------------------------------------------------


def shown(form: FormField, value: Any, language: str) -> dict[str, str]:
    """The inputs of a field by the rest of their name (empty for the only one)."""
    plan = form.plan
    if plan.range is Range.TEXT:
        return {f".{tag}": clean(text) for tag, text in value.items()}
    if plan.range is Range.WORDS:
        return {f".{tag}": clean("\n".join(words)) for tag, words in value.items()}
    if plan.range is Range.GEOMETRY:
        return _sides(value, language)
    if ticked(form):
        return {f".{iri}": "1" for iri in value}
    if plan.many and (plan.range is Range.CONCEPT or plan.name in REFERRED):
        return {f".{n}": one(plan, each, language) for n, each in enumerate(value)}
    if plan.many:
        return {"": "\n".join(clean(one(plan, each, language)) for each in value)}
    return {"": "" if value is None else clean(one(plan, value, language))}


def _sides(value: list[str], language: str) -> dict[str, str]:
    box = bounding_box([Location(bbox=value)]) if value else None
    if box is None:
        return {}
    sign = "," if language == "de" else "."
    texts = (f"{part:.6f}".rstrip("0").rstrip(".").replace(".", sign) for part in box)
    return {f".{side}": text for side, text in zip(SIDES, texts, strict=True)}


def one(plan: FieldPlan, value: Any, language: str) -> str:
    """One value as a text that is understood when it comes back."""
    if plan.range is Range.CONCEPT:
        return _concept_text(plan, value, language)
    if plan.range is Range.DATE:
        day = _DAY.match(value)
        return f"{day[3]}.{day[2]}.{day[1]}" if day and language == "de" else str(value)
    if plan.range is Range.DECIMAL:
        text = f"{value:.10g}"
        return text.replace(".", ",") if language == "de" else text
    if plan.range is Range.IRI and value.startswith("_:"):
        return ""
    if plan.iri in _MAIL:
        return str(value).removeprefix("mailto:")
    if plan.iri in _PHONE:
        return str(value).removeprefix("tel:")
    return str(value)


def _concept_text(plan: FieldPlan, iri: str, language: str) -> str:
    known = listing(plan)
    concept = known.get(iri) if known else None
    if known is None or concept is None or concept.iri != iri or chosen_list(known):
        return iri
    for text in (concept.label(language), concept.label("en"), concept.code):
        if known.match(text) is concept:
            return text
    return iri


def chosen_list(known: Vocabulary) -> bool:
    """Whether a vocabulary is short enough for a select, whose values are addresses."""
    return 0 < len(known) <= SELECTED and not known.open


# --- taken ----------------------------------------------------------------------------------


def under(state: State, name: str) -> dict[str, str]:
    """What a form says of a field, by the rest of the names; empty texts are left out."""
    found = {}
    for key, text in state.items():
        if key == name or key.startswith(f"{name}."):
            rest = clean(text)
            if rest.strip():
                found[key[len(name) :]] = rest
    return found


def taken(
    form: FormField, before: Any, state: State, name: str, language: str, faults: Faults
) -> Any:
    """The value a form says; the one that was there when nothing was changed."""
    now = under(state, name)
    was = {rest: text for rest, text in shown(form, before, language).items() if text.strip()}
    if now == was:
        return before
    plan = form.plan
    reader = _Reader(form, before, name, language, faults)
    if plan.range is Range.TEXT:
        return {
            rest[1:]: before[rest[1:]] if text == was.get(rest) else text.strip()
            for rest, text in now.items()
            if TAG.match(rest[1:])
        }
    if plan.range is Range.WORDS:
        return {
            rest[1:]: before[rest[1:]] if text == was.get(rest) else _words(text)
            for rest, text in now.items()
            if TAG.match(rest[1:])
        }
    if plan.range is Range.GEOMETRY:
        return reader.box(now)
    if ticked(form):
        return reader.boxes(now)
    if plan.many:
        return reader.many(now)
    text = now.get("", "").strip()
    return reader.value(text, name) if text else None


def _words(text: str) -> list[str]:
    """One keyword a line; a single line of several is cut at commas and semicolons."""
    lines = text.split("\n")
    parts = lines if len(lines) > 1 else re.split(r"[,;]", text)
    found = [part.strip() for part in parts]
    return list(dict.fromkeys(part for part in found if part))[:MOST]


@dataclass(slots=True)
class _Reader:
    form: FormField
    before: Any
    name: str
    language: str
    faults: Faults

    def box(self, now: dict[str, str]) -> list[str]:
        sides: dict[str, float] = {}
        for side in SIDES:
            found = number(now.get(f".{side}", ""))
            edge = 180 if side in ("west", "east") else 90
            if found is None or not -edge <= found <= edge:
                if now:
                    self.faults.note(f"{self.name}.{side}", "edit.fault.degrees")
                continue
            sides[side] = found
        if len(sides) < len(SIDES):
            return [] if not now else list(self.before)
        if sides["west"] > sides["east"] or sides["south"] > sides["north"]:
            self.faults.note(f"{self.name}.west", "edit.fault.box")
            return list(self.before)
        return [rectangle(sides["west"], sides["south"], sides["east"], sides["north"])]

    def boxes(self, now: dict[str, str]) -> list[str]:
        known = listing(self.form.plan)
        wanted = {rest[1:] for rest in now}
        kept = [iri for iri in self.before if iri in wanted]
        new = [each.iri for each in known or () if each.iri in wanted and each.iri not in kept]
        return [*kept, *new]

    def many(self, now: dict[str, str]) -> list[Any]:
        """Each value that was there keeps its own spelling."""
        plan = self.form.plan
        old = {clean(one(plan, each, self.language)).strip(): each for each in self.before}
        found: list[Any] = []
        for rest, text in sorted(now.items(), key=_number_of):
            for line in text.split("\n"):
                given = line.strip()
                value = old.get(given) or (self.value(given, self.name + rest) if given else None)
                if value is not None and value not in found:
                    found.append(value)
        return found[:MOST]

    def value(self, text: str, name: str) -> Any:
        """One value, or None with a note of what is wrong."""
        plan = self.form.plan
        if plan.range is Range.CONCEPT:
            return self._concept(text, name)
        if plan.range is Range.IRI:
            return self._iri(text, name)
        read, key = _READERS.get(plan.range, (str, ""))
        found = read(text)
        if found is None:
            self.faults.note(name, key)
        return found

    def _iri(self, text: str, name: str) -> str | None:
        iri = self.form.plan.iri
        if iri in _MAIL:
            return self._mail(text, name)
        if iri in _PHONE:
            return "tel:" + re.sub(r"[^\d+]", "", text) if not text.startswith("tel:") else text
        if text.startswith("www."):
            text = f"https://{text}"
        if not _IRI.match(text) or text.lower().startswith(("javascript:", "data:", "vbscript:")):
            self.faults.note(name, "edit.fault.address")
            return None
        return text

    def _mail(self, text: str, name: str) -> str | None:
        bare = text.removeprefix("mailto:")
        if text.startswith(("http://", "https://")):
            return text
        if not re.fullmatch(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+", bare):
            self.faults.note(name, "edit.fault.mail")
            return None
        return f"mailto:{bare}"

    def _concept(self, text: str, name: str) -> str | None:
        known = listing(self.form.plan)
        if known is None or _IRI.match(text):
            return self._iri(text, name)
        found = known.match(text)
        if found is not None:
            return found.iri
        if known.open and _CODE.match(text):
            return known.base + text
        self.faults.note(name, "edit.fault.list")
        return None


def _number_of(item: tuple[str, str]) -> tuple[int, str]:
    rest = item[0].lstrip(".")
    return (int(rest), "") if rest.isdecimal() and len(rest) < 5 else (MOST, rest)


def number(text: str) -> float | None:
    """A number with comma or point; None when it is none."""
    bare = text.strip().replace(" ", "").replace(",", ".")
    return float(bare) if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", bare) else None


def whole(text: str) -> int | None:
    """A number without a sign and decimals; None when it is none."""
    bare = re.sub(r"[\s.,'\u00a0\u202f]", "", text)
    return int(bare) if re.fullmatch(r"\d{1,18}", bare) else None


def rectangle(west: float, south: float, east: float, north: float) -> str:
    """A bounding box as WKT, longitude first (CRS84)."""
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return "POLYGON((" + ",".join(f"{x} {y}" for x, y in corners) + "))"


def _span(text: str) -> str | None:
    return text if _DURATION.match(text) else None


def _hex(text: str) -> str | None:
    return text.lower() if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text) else None


_READERS: dict[Range, tuple[Callable[[str], Any], str]] = {
    Range.DATE: (dates.iso, "edit.fault.date"),
    Range.DURATION: (_span, "edit.fault.duration"),
    Range.DECIMAL: (number, "edit.fault.number"),
    Range.INTEGER: (whole, "edit.fault.whole"),
    Range.HEX: (_hex, "edit.fault.hex"),
}


def indices(state: Iterable[str], name: str) -> list[int]:
    """Numbers of the nodes a form speaks about."""
    begin = f"{name}."
    found = set()
    for key in state:
        if key.startswith(begin):
            part = key[len(begin) :].partition(".")[0]
            if part.isdecimal() and len(part) < 5:
                found.add(int(part))
    return sorted(found)
