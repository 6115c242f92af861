# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Did you mean …? and completion while typing, from visible records only."""

from __future__ import annotations

from pyroaring import BitMap

from allmende.projections.search.analysis import ENGLISH, GERMAN, fold, spellings, stem
from allmende.projections.search.bitmaps import Bitmaps
from allmende.projections.search.document import Facts
from allmende.projections.search.fulltext import Lookup, TextHits
from allmende.projections.search.terms import Group, all_of
from allmende.projections.search.vocabulary import Vocabulary, key_of
from allmende.store.search import AnyOf, Match, Prefix, Stem

MAX_CORRECTIONS = 3
MIN_CORRECTED = 4  # shorter words have too many neighbours
MAX_COMPLETED_RECORDS = 400


def corrections(
    hits: TextHits, text: str, visible: BitMap, vocabulary: Vocabulary, lookup: Lookup
) -> list[str]:
    """The text with words that nothing has replaced by similar ones that something has."""
    found: list[str] = []
    for group in hits.unknown:
        for spelling in _similar(group, visible, vocabulary, lookup):
            corrected = _replaced(text, group, spelling)
            if corrected and corrected not in found:
                found.append(corrected)
    return found[:MAX_CORRECTIONS]


def _similar(group: Group, visible: BitMap, vocabulary: Vocabulary, lookup: Lookup) -> list[str]:
    word = group.joined or group.words[0]
    if group.phrase or len(word) < MIN_CORRECTED:
        return []
    own = {stem(word, GERMAN), stem(word, ENGLISH)}
    found: dict[str, str] = {}
    for near, spelling in vocabulary.near(word):
        if near not in own and near not in found and lookup(Stem(near)) & visible:
            found[near] = spelling
    return list(found.values())[:MAX_CORRECTIONS]


def _replaced(text: str, group: Group, spelling: str) -> str:
    place = fold(text).find(group.text.casefold())
    if place < 0 or len(fold(text)) != len(text):
        return spelling
    return text[:place] + spelling + text[place + len(group.text) :]


def completions(
    text: str,
    limit: int,
    visible: BitMap,
    vocabulary: Vocabulary,
    lookup: Lookup,
    facts: dict[int, Facts],
    bitmaps: Bitmaps,
) -> list[str]:
    """Keywords and titles for a text whose last word may not be finished yet."""
    typed = [word.casefold() for word in spellings(text)]
    if not typed or len(typed[-1]) < 2:
        return []
    found = {value: None for value in _keywords(text, visible, bitmaps)}
    records = lookup(_completed(typed, vocabulary)) & visible
    for key in list(records)[:MAX_COMPLETED_RECORDS]:
        if _begins(facts[key].title, typed[-1]):
            found.setdefault(facts[key].title)
    start = fold(text).strip()
    ordered = sorted(found, key=lambda value: (not fold(value).startswith(start), len(value)))
    return [value for value in ordered if value][:limit]


def _begins(title: str, typed: str) -> bool:
    """Whether a word of the title begins with what was typed."""
    start = key_of(typed)
    return any(key_of(word.casefold()).startswith(start) for word in spellings(title))


def _completed(typed: list[str], vocabulary: Vocabulary) -> Match:
    *before, last = typed
    ends = sorted(vocabulary.beginning(last))[:100]
    last_word = AnyOf((Prefix(stem(last, GERMAN)), *(Stem(each) for each in ends)))
    words: list[Match] = [
        AnyOf(tuple(Stem(stem(word, language)) for language in (GERMAN, ENGLISH)))
        for word in before
    ]
    return all_of([*words, last_word])


def _keywords(text: str, visible: BitMap, bitmaps: Bitmaps) -> list[str]:
    start = fold(text).strip()
    return [
        value
        for value, records in bitmaps.values("keyword").items()
        if value.casefold().startswith(start) and records.intersect(visible)
    ]
