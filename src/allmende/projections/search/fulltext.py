# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which visible records have the words of a query, in how wide a sense, and how well.

Each word is looked for exactly and in the wide sense first, as a prefix or part of words
only when nothing visible has it. When nothing has all words together, every word is
widened; after that the words without which something is found are left out, and the
answer says so. "Visible" matters: a fallback must not tell that a hidden record has a word.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from msgspec import Struct
from pyroaring import BitMap

from allmende.projections.search.query import Mode
from allmende.projections.search.terms import Group, Width, all_of, match, parse, stems
from allmende.projections.search.vocabulary import Vocabulary
from allmende.store.connection import Connection
from allmende.store.search import Match, matching, scores

CACHED_MATCHES = 400
CACHED_SCORES = 40
MOST_SCORED = 5_000  # records whose scores are kept for a match
FEW = 20  # records that may answer a part of a query however many there are
COMMON = 0.05  # share of all records above which a word says too little by itself
MODES: dict[Width, Mode] = {
    Width.WIDE: "stem",
    Width.PREFIX: "prefix",
    Width.SUBSTRING: "substring",
}


class TextHits(Struct, frozen=True, kw_only=True):
    """The records that have the words, and the expressions to rank them by."""

    records: BitMap
    mode: Mode
    groups: list[Group]
    exact: Match | None = None
    wide: Match | None = None
    ignored: tuple[Group, ...] = ()
    unknown: tuple[Group, ...] = ()  # words that nothing visible has in any sense


class _Word(Struct):
    """One group on its way through the widths."""

    group: Group
    width: Width
    match: Match
    records: BitMap


Lookup = Callable[[Match], BitMap]
Scores = Callable[[Match, bool], Mapping[int, float]]


class MatchCache:
    """Records and scores of the last matches; empty again as soon as something has changed.

    Who goes to the next page or chooses a facet asks for the same words again.
    """

    def __init__(self) -> None:
        self._sequence = -1
        self._found: OrderedDict[Match, BitMap] = OrderedDict()
        self._scored: OrderedDict[tuple[Match, bool], Mapping[int, float]] = OrderedDict()

    def forget(self) -> None:
        """Drops everything."""
        self._found.clear()
        self._scored.clear()

    def lookup(self, db: Connection, sequence: int) -> Lookup:
        """A function that finds the records of a match in this state of the index."""
        if sequence != self._sequence:
            self.forget()
            self._sequence = sequence

        def find(match_: Match) -> BitMap:
            found = self._found.get(match_)
            if found is None:
                found = self._found[match_] = BitMap(matching(db, match_))
                if len(self._found) > CACHED_MATCHES:
                    self._found.popitem(last=False)
            return found

        return find

    def scores(self, db: Connection) -> Scores:
        """A function that scores the records of a match, in titles and keywords only or in all
        fields, in the state of the index that `lookup` was last asked for."""

        def score(match_: Match, titles_only: bool) -> Mapping[int, float]:
            key = (match_, titles_only)
            found = self._scored.get(key)
            if found is None:
                found = dict(scores(db, match_, titles_only=titles_only))
                if len(found) <= MOST_SCORED:
                    self._scored[key] = found
                if len(self._scored) > CACHED_SCORES:
                    self._scored.popitem(last=False)
            return found

        return score


def find(text: str, visible: BitMap, vocabulary: Vocabulary, lookup: Lookup) -> TextHits:
    """The visible records that have the words of a text."""
    groups = parse(text)
    wanted = [group for group in groups if not group.negative]
    if not wanted:
        hits = TextHits(records=visible, mode="all", groups=[])
    else:
        hits = _find(wanted, visible, vocabulary, lookup)
    refused = [lookup(match(group, Width.EXACT, vocabulary)) for group in groups if group.negative]
    if refused:
        hits = _without(hits, BitMap.union(*refused))
    return hits


def _find(groups: list[Group], visible: BitMap, vocabulary: Vocabulary, lookup: Lookup) -> TextHits:
    def widened(group: Group, width: Width) -> _Word:
        found = match(group, width, vocabulary)
        return _Word(group, width, found, lookup(found) & visible)

    words = [_narrowest(group, widened) for group in groups]
    unknown = tuple(word.group for word in words if not word.records)
    records = _together(words)
    for width in (Width.PREFIX, Width.SUBSTRING):
        if records or len(groups) == 1:
            break
        words = [word if word.width >= width else widened(word.group, width) for word in words]
        records = _together(words)
    if records:
        return _hits(words, records, unknown, vocabulary)
    return _partial(words, unknown, len(visible), vocabulary)


def _narrowest(group: Group, widened: Callable[[Group, Width], _Word]) -> _Word:
    for width in (Width.WIDE, Width.PREFIX):
        word = widened(group, width)
        if word.records:
            return word
    return widened(group, Width.SUBSTRING)


def _together(words: list[_Word]) -> BitMap:
    return BitMap.intersection(*(word.records for word in words))


def _hits(
    words: list[_Word], records: BitMap, unknown: tuple[Group, ...], vocabulary: Vocabulary
) -> TextHits:
    groups = [word.group for word in words]
    exact = all_of([match(group, Width.EXACT, vocabulary) for group in groups])
    return TextHits(
        records=records,
        mode=MODES[max(word.width for word in words)],
        groups=groups,
        exact=exact,
        wide=all_of([word.match for word in words]),
        unknown=unknown,
    )


def _partial(
    words: list[_Word], unknown: tuple[Group, ...], visible: int, vocabulary: Vocabulary
) -> TextHits:
    """Keeps the words that say most, nouns and rare ones first, while something has them together.

    Words that very many records have do not answer a query by themselves.
    """
    groups = [word.group for word in words]
    known = [word for word in words if word.records and not word.group.filler]
    known.sort(key=lambda word: (not _is_name(word.group, vocabulary), len(word.records)))
    kept: list[_Word] = []
    records = BitMap()
    for word in known:
        together = records & word.records if kept else word.records
        if together:
            kept.append(word)
            records = together
    if not kept or len(records) > max(FEW, visible * COMMON):
        return TextHits(records=BitMap(), mode="none", groups=groups, unknown=unknown)
    return TextHits(
        records=records,
        mode="partial",
        groups=[word.group for word in kept],
        exact=all_of([match(word.group, Width.EXACT, vocabulary) for word in kept]),
        wide=all_of([word.match for word in kept]),
        ignored=tuple(word.group for word in words if all(word is not each for each in kept)),
        unknown=unknown,
    )


def _is_name(group: Group, vocabulary: Vocabulary) -> bool:
    return any(vocabulary.is_name(stem) for stem in stems(group))


def _without(hits: TextHits, refused: BitMap) -> TextHits:
    records = hits.records - refused
    return TextHits(
        records=records,
        mode=hits.mode if records else "none",
        groups=hits.groups,
        exact=hits.exact,
        wide=hits.wide,
        ignored=hits.ignored,
        unknown=hits.unknown,
    )
