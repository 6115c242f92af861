# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Finding places by their address in a collection: “Markt 1”, “Marktstr. 3”, with slips.

The collection is any that has a field for the street (and best one for the house number);
which fields these are is told by their meaning (locn:, schema:) or their names. One without
a street is searched by its label. The index is made on first use and again after a write.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from anyio import Lock
from anyio.to_thread import run_sync
from msgspec import Struct
from msgspec.structs import replace

from allmende.core import collections
from allmende.core.collections import Collection, Row
from allmende.core.platform import Platform
from allmende.errors import NotFound
from allmende.model.document import Entity
from allmende.model.query import Query
from allmende.model.shapes import read_wkb
from allmende.policy import Subject

COLLECTION = "addresses"
MAX_TEXT = 100  # characters of a question
MAX_ROWS = 1_000_000  # of a collection that is indexed
LEAST = 72.0  # points of 100 that a street must reach
APART = 18.0  # points behind the best from which a place is not worth naming
SURE, SURE_APART = 97.0, 8.0  # when what was asked for is there, others have to be very like it
CACHE = "geocode"
MOST_KEPT = 4

_FIELDS = {
    "street": ("street", "thoroughfare", "thoroughfarename", "strasse", "streetname"),
    "number": ("housenumber", "number", "hausnummer", "hausnr", "locatordesignator"),
    "suffix": ("suffix", "housenumbersuffix", "zusatz", "hausnummernzusatz", "adressierungszusatz"),
    "postcode": ("postcode", "postalcode", "plz", "postleitzahl"),
    "place": ("city", "place", "locality", "addresslocality", "postname", "ort", "gemeinde"),
}
_SPLIT = re.compile(r"[^0-9a-z]+")
_NUMBER = re.compile(r"(\d{1,5})([a-z]?)\Z")
_ENDINGS = (("str", "strasse"), ("pl", "platz"))


class Place(Struct, frozen=True):
    """A place that was found: a house, or the middle of a street. Degrees, WGS 84.

    `missing` is the house number that was asked for and is not there: the place is another one.
    """

    label: str
    place: str
    lat: float
    lon: float
    id: str  # of the row; empty for a street
    exact: bool  # what was asked for, not something like it
    score: float
    missing: str = ""


class _House(Struct, frozen=True):
    number: str  # folded: "12a"
    label: str
    place: str
    lon: float
    lat: float
    id: str


@dataclass(slots=True)
class _Street:
    name: str
    houses: list[_House] = field(default_factory=list)


@dataclass(slots=True)
class Index:
    """The streets of a collection by their folded names."""

    streets: dict[str, _Street] = field(default_factory=dict)
    packed: dict[str, str] = field(default_factory=dict)  # folded name without gaps -> name


@dataclass(slots=True)
class Kept:
    """The indexes of a process; only one is made at a time."""

    lock: Lock
    made: dict[Any, Index] = field(default_factory=dict)


async def search(
    platform: Platform,
    subject: Subject,
    text: str,
    *,
    collection: str = COLLECTION,
    limit: int = 10,
) -> list[Place]:
    """Places for a text, best first; nothing when the collection is not there or hidden."""
    asked = fold(text[:MAX_TEXT])
    if len("".join(asked)) < 2:
        return []
    try:
        index = await _index(platform, subject, collection)
    except NotFound:
        return []
    return await run_sync(find, index, asked, limit)


async def _index(platform: Platform, subject: Subject, ident: str) -> Index:
    found = await collections.get(platform, subject, ident)
    kept: Kept = platform.caches.setdefault(CACHE, Kept(Lock()))
    key = (ident, found.number, found.batch, found.levels)
    async with kept.lock:
        if key not in kept.made:
            made = await _build(platform, subject, found)
            if len(kept.made) >= MOST_KEPT:
                kept.made.clear()
            kept.made[key] = made
        return kept.made[key]


async def _build(platform: Platform, subject: Subject, found: Collection) -> Index:
    names = fields_of(found.entity)
    index = Index()
    if "street" not in names or found.entity.geometry is None:
        return index
    query = Query(collection=found.id, fields=tuple(names.values()), limit=MAX_ROWS)
    async for rows in collections.each(platform, subject, query):
        await run_sync(_add_all, index, rows, names)
    index.packed = {name.replace(" ", ""): name for name in index.streets}
    return index


def fields_of(entity: Entity) -> dict[str, str]:
    """Which fields hold street, number, suffix, postcode and place; the label when no street."""
    found: dict[str, str] = {}
    for each in entity.plain:
        meant = re.split(r"[/#:]", each.iri)[-1] if each.iri else ""
        names = {_plain(each.name), _plain(meant)}
        for role, known in _FIELDS.items():
            if role not in found and names & set(known):
                found[role] = each.name
    if "street" not in found and entity.label:
        found["street"] = entity.label
    return found


def _plain(name: str) -> str:
    return "".join(fold(name))


def _add_all(index: Index, rows: list[Row], names: dict[str, str]) -> None:
    for row in rows:
        _add(index, row, names)


def _add(index: Index, row: Row, names: dict[str, str]) -> None:
    street = str(row.values.get(names["street"]) or "").strip()
    if not street or row.geometry is None:
        return
    west, south, east, north = read_wkb(row.geometry).box
    parts = [row.values.get(names[role]) for role in ("number", "suffix") if role in names]
    number = " ".join(str(part).strip() for part in parts if part not in (None, ""))
    where = [row.values.get(names[role]) for role in ("postcode", "place") if role in names]
    house = _House(
        "".join(fold(number)),
        f"{street} {number}".strip(),
        " ".join(str(part) for part in where if part),
        (west + east) / 2,
        (south + north) / 2,
        row.id,
    )
    key = " ".join(fold(street))
    index.streets.setdefault(key, _Street(street)).houses.append(house)


def fold(text: str) -> list[str]:
    """The words of a text as they are compared: `Marktstr.` and `Marktstraße` are the same."""
    low = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    bare = unicodedata.normalize("NFKD", low).encode("ascii", "ignore").decode()
    return [_whole(word) for word in _SPLIT.split(bare) if word]


def _whole(word: str) -> str:
    for ending, full in _ENDINGS:
        if word == ending or (word.endswith(ending) and len(word) > len(ending) + 2):
            return word.removesuffix(ending) + full
    return word


def find(index: Index, asked: list[str], limit: int) -> list[Place]:
    """Places of the index for folded words."""
    found: dict[tuple[str, str], Place] = {}
    for street, number, rest in _readings(asked):
        for key, score in _streets(index, street, 4 * limit):
            for each in _houses(index.streets[key], number, rest, score):
                known = found.get((each.label, each.id))
                if known is None or known.score < each.score:
                    found[each.label, each.id] = each
    best = sorted(found.values(), key=lambda p: (-p.score, len(p.label), p.label, p.id))
    if not best:
        return []
    apart = SURE_APART if best[0].score >= SURE else APART
    return [each for each in best[:limit] if each.score > best[0].score - apart]


def _readings(asked: list[str]) -> Iterable[tuple[str, str, list[str]]]:
    """Ways to read the words: all of them a street, or street, number and what follows."""
    words = [word for word in asked if not (word.isdigit() and len(word) == 5)]
    postcode = [word for word in asked if word not in words]
    if words:
        yield " ".join(words), "", postcode
    for at, word in enumerate(words[1:], 1):
        if not _NUMBER.match(word):
            continue
        after = words[at + 1 :]
        if after and len(after[0]) == 1 and after[0].isalpha():
            yield " ".join(words[:at]), word + after[0], [*postcode, *after[1:]]
        yield " ".join(words[:at]), word, [*postcode, *after]


def _streets(index: Index, asked: str, limit: int) -> list[tuple[str, float]]:
    """Streets that are like the text, with points up to 100."""
    from rapidfuzz import fuzz, process

    packed = asked.replace(" ", "")
    exact = packed in index.packed
    names = [packed] if exact else index.packed.keys()
    close = process.extract(packed, names, scorer=fuzz.ratio, score_cutoff=LEAST, limit=limit)
    found = {index.packed[name]: score for name, score, _ in close}
    for name, key in index.packed.items():
        score = _begun(packed, asked, name, key)
        if score > found.get(key, 0.0):
            found[key] = score
    return sorted(found.items(), key=lambda each: -each[1])[:limit]


def _begun(packed: str, asked: str, name: str, key: str) -> float:
    """Points for what is still being typed: the beginning of the name or of a word in it."""
    from rapidfuzz import fuzz

    if name.startswith(packed):
        return 90.0 + 9.0 * len(packed) / len(name)
    if f" {asked}" in key:
        return 85.0
    if len(packed) >= 5 and packed[0] == name[0]:
        score = 0.92 * fuzz.ratio(packed, name[: len(packed)], score_cutoff=LEAST / 0.92)
        return float(score)
    return 0.0


def _houses(street: _Street, number: str, rest: list[str], score: float) -> Iterable[Place]:
    """The street itself, or its houses with the number; the nearest when there is none."""
    houses = street.houses
    if rest:
        matching = [each for each in houses if _fits(each, rest)]
        houses, score = (matching, score) if matching else (houses, score - 10)
    if not number:
        if len(houses) == 1 and not houses[0].number:
            yield _place(houses[0], score, exact=score >= 99)
        else:
            yield _middle(street, houses, score)
        return
    same = [each for each in houses if each.number == number]
    if same:
        for each in same[:5]:
            yield _place(each, score + 5, exact=score >= 99)
        return
    begun = [each for each in houses if each.number.startswith(number)]
    for each in sorted(begun, key=lambda h: len(h.number))[:5]:
        yield replace(_place(each, score, exact=False), missing=number)
    if not begun and houses:
        near = min(houses, key=lambda h: _apart(h.number, number))
        yield replace(_place(near, score - 1, exact=False), missing=number)


def _fits(house: _House, rest: list[str]) -> bool:
    words = fold(house.place)
    return all(any(word.startswith(each) for word in words) for each in rest)


def _apart(one: str, other: str) -> int:
    def value(text: str) -> int:
        found = re.match(r"\d{1,5}", text)
        return int(found[0]) if found else 100_000

    return abs(value(one) - value(other))


def _place(house: _House, score: float, *, exact: bool) -> Place:
    return Place(house.label, house.place, house.lat, house.lon, house.id, exact, score)


def _middle(street: _Street, houses: list[_House], score: float) -> Place:
    """A street: the house nearest to the middle of all, so that the point lies in the street."""
    lon = sum(each.lon for each in houses) / len(houses)
    lat = sum(each.lat for each in houses) / len(houses)
    near = min(houses, key=lambda each: (each.lon - lon) ** 2 + (each.lat - lat) ** 2)
    return Place(street.name, near.place, near.lat, near.lon, "", score >= 99, score)
