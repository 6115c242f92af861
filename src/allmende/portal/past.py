# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Differences between states of a record, told to people in their language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Literal

from allmende.model.catalogue import RESOURCE_TYPES, Location, Node
from allmende.model.differing import Change
from allmende.model.profile import field_label
from allmende.model.rdf.plan import plan_of
from allmende.model.vocabulary import vocabulary
from allmende.portal.coverage import bounding_box
from allmende.portal.facts import box_said
from allmende.portal.page import Page
from allmende.portal.present import web

MOST_WORDS = 2_000
"""Words of a text of which single changed words are marked; of longer ones all is shown."""
ALL_WORDS = 20_000
"""The same for all texts of a page together."""
MOST_CHANGES = 1_000
"""Differences on one page, those inside of things counted; programs get all of them."""
OWN_FIELDS = ("iri", "kind", "extra")
RULES = ("status", "metadata_access", "data_access", "legal_basis")
WHATS = ("added", "removed", "changed", "order")
SHAPES = ("bbox", "centroid")
DATES = ("issued", "modified", "start", "end")
_WORD = re.compile(r"\S+\s*|\s+")

Mark = Literal["same", "gone", "new"]


@dataclass(frozen=True, slots=True)
class Told:
    """A value for people: pieces with their marks, the address behind it, its language."""

    pieces: list[tuple[Mark, str]]
    address: str | None = None
    lang: str | None = None
    code: bool = False


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One difference: field, thing in it, what happened, before, after, and what is inside."""

    label: str
    what: str
    item: str
    language: str
    before: Told | None
    after: Told | None
    parts: list[ChangeView]


@dataclass(slots=True)
class _Room:
    """How much still fits on a page."""

    changes: int = MOST_CHANGES
    words: int = ALL_WORDS


def views(page: Page, changes: Iterable[Change]) -> list[ChangeView]:
    """The differences as the page shows them, at most 1,000 of them."""
    return _views(page, changes, _Room())


def count(changes: Iterable[Change]) -> int:
    """How many differences there are, those inside of things counted."""
    return sum(1 + count(each.parts) for each in changes)


def _views(page: Page, changes: Iterable[Change], room: _Room) -> list[ChangeView]:
    found = []
    for each in changes:
        if room.changes <= 0:
            break
        room.changes -= 1
        found.append(_view(page, each, room))
    return found


def _view(page: Page, change: Change, room: _Room) -> ChangeView:
    before, after = _pair(page, change, room)
    return ChangeView(
        label=label(page, change.field),
        what=change.what,
        item=change.item,
        language=language_name(page, change.language),
        before=before,
        after=after,
        parts=_views(page, change.parts, room),
    )


def label(page: Page, field: str) -> str:
    """What a field is called: as the profile has it, or one of the platform's own."""
    if field.startswith("record."):
        return str(page.words(f"past.rule.{field.removeprefix('record.')}"))
    if field in OWN_FIELDS:
        return str(page.words(f"past.field.{field}"))
    return field_label(field, page.language)


def language_name(page: Page, tag: str) -> str:
    """What a language is called in the language of the page; empty for a text without one."""
    if tag in ("", "und"):
        return ""
    from babel import Locale

    name = Locale.parse(page.language).languages.get(tag.partition("-")[0])
    return name or tag


def _pair(page: Page, change: Change, room: _Room) -> tuple[Told | None, Told | None]:
    """Before and after; of two texts the words that differ are marked."""
    before, after = change.before, change.after
    texts = isinstance(before, str) and isinstance(after, str)
    lang = change.language if change.language not in ("", "und", page.language) else None
    if texts and change.language:
        gone, new = _marked(str(before), str(after), room)
        return Told(gone, lang=lang), Told(new, lang=lang)
    was = None if before is None else _told(page, change.field, before, lang, "gone")
    return was, None if after is None else _told(page, change.field, after, lang, "new")


def _told(page: Page, field: str, value: str | float, lang: str | None, mark: Mark) -> Told:
    text = said(page, field, value)
    address = web(str(value)) if isinstance(value, str) else None
    return Told([(mark, text)], address, lang, code=field == "extra")


def said(page: Page, field: str, value: str | float) -> str:
    """One value in words: names of concepts, dates, sizes and numbers of the language."""
    words = page.words
    if field.startswith("record."):
        rule = field.removeprefix("record.")
        return str(value if rule == "legal_basis" else words(f"past.{rule}.{value}"))
    if isinstance(value, int | float):
        return words.size(int(value)) if field == "byte_size" else words.exact(value)
    if field in DATES:
        return words.date(value)
    if field in SHAPES and (box := bounding_box([Location(bbox=[value])])) is not None:
        return box_said(page, box, 6)
    if field == "temporal_resolution":
        return words.duration(value)
    if value.startswith(("mailto:", "tel:")):
        return value.partition(":")[2]
    return concept(field, value, page.language) or value


def concept(field: str, iri: str, language: str) -> str | None:
    """The name of a concept of one of the lists that values of the field come from."""
    for name in _lists().get(field, ()):
        found = vocabulary(name).get(iri)
        if found is not None:
            return found.label(language)
    return None


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    """Names of fields with the controlled vocabularies of their values."""
    found: dict[str, set[str]] = {}
    seen: set[type[Node]] = set()
    rest: list[type[Node]] = list(RESOURCE_TYPES.values())
    while rest:
        cls = rest.pop()
        if cls in seen:
            continue
        seen.add(cls)
        for field in plan_of(cls).by_name.values():
            if field.vocabulary:
                found.setdefault(field.name, set()).add(field.vocabulary)
            if field.node is not None:
                rest.append(field.node)
    return {name: tuple(sorted(lists)) for name, lists in found.items()}


def _marked(
    before: str, after: str, room: _Room
) -> tuple[list[tuple[Mark, str]], list[tuple[Mark, str]]]:
    room.words -= len(before.split()) + len(after.split())
    if room.words < 0:
        return [("gone", before)], [("new", after)]
    return marked(before, after)


def marked(before: str, after: str) -> tuple[list[tuple[Mark, str]], list[tuple[Mark, str]]]:
    """Two texts in pieces: what is the same, what is gone, what is new, word by word."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return [("gone", before)], [("new", after)]
    gone: list[tuple[Mark, str]] = []
    come: list[tuple[Mark, str]] = []
    bare = [each.strip() for each in old], [each.strip() for each in new]
    for what, a, b, c, d in SequenceMatcher(None, *bare).get_opcodes():
        if what == "equal":
            gone.append(("same", "".join(old[a:b])))
            come.append(("same", "".join(new[c:d])))
            continue
        if a < b:
            gone.append(("gone", "".join(old[a:b])))
        if c < d:
            come.append(("new", "".join(new[c:d])))
    return gone, come
