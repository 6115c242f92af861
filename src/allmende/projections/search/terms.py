# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From the text of a query to what is looked for, at four widths.

exact      the words themselves, in German or English
wide       also synonyms, and compounds that have the word as a part
prefix     also words that begin so
substring  also words that contain it, and for a compound the records with its parts
"""

from __future__ import annotations

import re
from enum import IntEnum

from msgspec import Struct
from msgspec.structs import replace

from allmende.projections.search.analysis import (
    ENGLISH,
    GERMAN,
    STOP_WORDS,
    spellings,
    stem,
)
from allmende.projections.search.query import MAX_TEXT, MAX_WORDS
from allmende.projections.search.synonyms import synonyms
from allmende.projections.search.vocabulary import Vocabulary
from allmende.projections.search.words import FILLERS
from allmende.store.search import AllOf, AnyOf, Match, Phrase, Prefix, Stem

MAX_COMPOUNDS = 60
MAX_EXPANSIONS = 150
MIN_JOINED = 3  # letters of a word that a single letter is joined to
MIN_PREFIX = 4  # shorter stems begin words that have nothing to do with them

OR = frozenset({"OR", "ODER", "|"})

_PIECE = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')


class Width(IntEnum):
    """How widely a word is looked for."""

    EXACT = 0
    WIDE = 1
    PREFIX = 2
    SUBSTRING = 3


class Group(Struct, frozen=True):
    """A word of the query, or words that belong together: hyphenated, quoted, or an idiom."""

    text: str
    words: tuple[str, ...]  # folded
    joined: str = ""
    phrase: bool = False
    negative: bool = False
    others: tuple[Group, ...] = ()  # after OR: one of them will do

    @property
    def filler(self) -> bool:
        """Whether the words say nothing in a catalogue of data."""
        return all(word in FILLERS for word in self.words)


def parse(text: str) -> list[Group]:
    """The words of a query without stop words; those inside of quotation marks stay."""
    found: list[Group] = []
    either = False
    for piece in _PIECE.finditer(text[:MAX_TEXT]):
        if piece.group() in OR:
            either = bool(found)
            continue
        groups = [group for group in _groups(piece) if not _is_stop_word(group)]
        if either and groups:
            found[-1] = _either(found[-1], groups.pop(0))
            either = False
        found += groups
    return _idioms(found[:MAX_WORDS])


def match(group: Group, width: Width, vocabulary: Vocabulary) -> Match:
    """What is looked for. A quoted phrase has one width only."""
    if group.others:
        alternatives = (replace(group, others=()), *group.others)
        return _any_of([match(each, width, vocabulary) for each in alternatives])
    if group.phrase:
        return _phrase(group.words)
    options = [_all_of([_any_of(_word(word, width, vocabulary)) for word in group.words])]
    if group.joined:
        options += _word(group.joined, width, vocabulary)
    if len(group.words) > 1 and width >= Width.WIDE:
        options += _synonyms(_stems(group.words))
    return _any_of(options)


def all_of(matches: list[Match]) -> Match:
    """What has to be found together; there is at least one."""
    return _all_of(matches)


def stems(group: Group) -> set[str]:
    """German and English stems of the words."""
    own = {each for word in (*group.words, group.joined) if word for each in _both(word)}
    return own.union(*(stems(other) for other in group.others))


def stems_in(match_: Match) -> set[str]:
    """All whole stems that a match names."""
    if isinstance(match_, AllOf | AnyOf):
        return set().union(*(stems_in(part) for part in match_.parts))
    return {match_.stem} if isinstance(match_, Stem) else set()


# --- the words of a query --------------------------------------------------------------


def _groups(piece: re.Match[str]) -> list[Group]:
    minus, quoted, word = piece.groups()
    text = quoted if quoted is not None else word
    negative = bool(minus)
    found = [each.casefold() for each in spellings(text)]
    if not found:
        return []
    if quoted is not None:
        phrase = len(found) > 1
        return [Group(text, tuple(found), phrase=phrase, negative=negative)]
    if "-" in word.strip("-") and len(found) > 1:
        joined = "".join(each.casefold() for each in word.split("-"))
        parts = tuple(each for each in found if each != joined)
        return [Group(word, parts, joined=joined if joined.isalnum() else "", negative=negative)]
    return [Group(each, (each,), negative=negative) for each in found]


def _either(left: Group, right: Group) -> Group:
    if left.negative or right.negative:
        return left
    return replace(left, text=f"{left.text} OR {right.text}", others=(*left.others, right))


def _is_stop_word(group: Group) -> bool:
    return not group.phrase and all(
        word in STOP_WORDS[GERMAN] or word in STOP_WORDS[ENGLISH] for word in group.words
    )


def _idioms(groups: list[Group]) -> list[Group]:
    """Pairs with synonyms (`public transport`) or a single letter (`u bahn`) become one group."""
    found: list[Group] = []
    for group in groups:
        pair = _pair(found[-1], group) if found else None
        if pair:
            found[-1] = pair
        else:
            found.append(group)
    return found


def _pair(left: Group, right: Group) -> Group | None:
    special = left.negative or right.negative or left.others or right.others
    if special or len(left.words) + len(right.words) != 2:
        return None
    words = left.words + right.words
    if len(words[0]) == 1 and len(words[1]) >= MIN_JOINED and "".join(words).isalpha():
        return Group(f"{left.text} {right.text}", words, joined="".join(words))  # u bahn
    if not any(key in synonyms() for key in _stems(words)):
        return None
    return Group(f"{left.text} {right.text}", words)


# --- what is looked for ----------------------------------------------------------------


def _word(word: str, width: Width, vocabulary: Vocabulary) -> list[Match]:
    found: list[Match] = [Stem(each) for each in _both(word)]
    if width >= Width.WIDE:
        found += _synonyms([(each,) for each in _both(word)])
        found += _compounds(word, vocabulary)
    if width >= Width.PREFIX:
        found += _beginning(word, vocabulary)
    if width >= Width.SUBSTRING:
        found += [Stem(each) for each in _shortest(vocabulary.containing(word))]
        parts = vocabulary.parts(word)
        found += [_all_of([Stem(part) for part in parts])] if parts else []
    return list(dict.fromkeys(found))


def _both(word: str) -> list[str]:
    return list(dict.fromkeys((stem(word, GERMAN), stem(word, ENGLISH))))


def _stems(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(stem(word, language) for word in words) for language in (GERMAN, ENGLISH)]


def _synonyms(keys: list[tuple[str, ...]]) -> list[Match]:
    known = synonyms()
    found = {other for key in keys for other in known.get(key, ())}
    return [Stem(each[0]) if len(each) == 1 else Phrase(each) for each in sorted(found)]


def _compounds(word: str, vocabulary: Vocabulary) -> list[Match]:
    found = vocabulary.compounds(stem(word, GERMAN))
    return [Stem(each) for each in _shortest(found)[:MAX_COMPOUNDS]]


def _beginning(word: str, vocabulary: Vocabulary) -> list[Match]:
    """The engine's own prefix search, and words whose stem has lost its umlaut or ending."""
    part = stem(word, GERMAN)
    if len(part) < MIN_PREFIX:
        return []
    others = {each for each in vocabulary.beginning(word) if not each.startswith(part)}
    return [Prefix(part), *(Stem(each) for each in _shortest(others))]


def _shortest(stems_: set[str]) -> list[str]:
    """The shortest words are the nearest to what was typed."""
    return sorted(stems_, key=lambda each: (len(each), each))[:MAX_EXPANSIONS]


def _phrase(words: tuple[str, ...]) -> Match:
    without_stop_words = [
        tuple(stem(word, language) for word in words if word not in STOP_WORDS[language])
        for language in (GERMAN, ENGLISH)
    ]
    kept = list(dict.fromkeys(each for each in without_stop_words if each)) or _stems(words)[:1]
    return _any_of([Phrase(each) if len(each) > 1 else Stem(each[0]) for each in kept])


def _any_of(parts: list[Match]) -> Match:
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _all_of(parts: list[Match]) -> Match:
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))
