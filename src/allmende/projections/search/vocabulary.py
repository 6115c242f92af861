# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words that occur in the catalogue: prefixes, parts, compounds, near misses.

The vocabulary is held in memory (about 0.3 KiB a word) and follows the table of words. It
knows words of all records, also of those a subject may not see; whoever offers a word to
a person first asks the index whether a visible record contains it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from allmende.projections.search.analysis import GERMAN, stem, strip_accents
from allmende.projections.search.synonyms import synonyms

MIN_TYPED = 2  # beginnings shorter than this are not completed
MIN_PART = 4  # stems shorter than this are not looked for inside of other words
MIN_STEM_INSIDE = 5  # or chance is at work: gend(er) in jugend
MIN_SHORT_PART = 3  # but at the beginning of a compound: rad|weg, bus|linie
LINKS = ("", "s", "n", "en", "e", "es", "er", "ns")  # between the parts of a German compound
MAX_PARTS = 4
MIN_BEGINNING = 6  # words that begin with so long a stem are compounds of it
FRESH_LIMIT = 500  # words that are searched one by one before the big text is built anew


def key_of(word: str) -> str:
    """A folded word without accents; `ae`, `oe`, `ue` count as umlauts."""
    plain = strip_accents(word)
    return plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")


class _Text:
    """Many words as one text, for substring search at the speed of `str.find`."""

    def __init__(self) -> None:
        self._text = "\n"
        self._sorted: list[str] = []
        self._fresh: list[str] = []

    def add(self, words: list[str]) -> None:
        self._fresh += words
        if len(self._fresh) > FRESH_LIMIT:
            self._sorted = sorted({*self._sorted, *self._fresh})
            self._text = "\n" + "\n".join(self._sorted) + "\n"
            self._fresh = []

    def containing(self, part: str) -> Iterator[str]:
        text, place = self._text, self._text.find(part)
        while place >= 0:
            end = text.index("\n", place)
            yield text[text.rindex("\n", 0, place + 1) + 1 : end]
            place = text.find(part, end)
        yield from (word for word in self._fresh if part in word)

    def beginning(self, part: str) -> Iterator[str]:
        for place in range(bisect_left(self._sorted, part), len(self._sorted)):
            if not self._sorted[place].startswith(part):
                break
            yield self._sorted[place]
        yield from (word for word in self._fresh if word.startswith(part))


class Vocabulary:
    """All words seen, by stem and by their spelling without accents."""

    def __init__(self) -> None:
        self._spellings: dict[str, str] = {}  # stem -> the spelling seen first
        self._words: dict[str, tuple[str, str]] = {}  # key -> (stem, spelling)
        self._small: set[str] = set()  # stems that were seen in small letters
        self._key_text = _Text()

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, stem_: str) -> bool:
        return stem_ in self._spellings

    def add(self, words: Iterable[tuple[str, str, str]]) -> None:
        """Adds words as (stem, folded word, spelling)."""
        keys = []
        for stem_, word, spelling in words:
            if stem_ not in self._spellings:
                self._spellings[stem_] = spelling
            if spelling[:1].islower():
                self._small.add(stem_)
            key = key_of(word)
            if key not in self._words:
                self._words[key] = (stem_, spelling)
                keys.append(key)
        self._key_text.add(keys)

    def is_name(self, stem_: str) -> bool:
        """Whether the word was only seen with a capital letter: a German noun or a name."""
        return stem_ in self._spellings and stem_ not in self._small

    def beginning(self, word: str) -> set[str]:
        """Stems of the words that begin as the folded word does."""
        found: set[str] = set()
        for part in {key_of(word), stem(word, GERMAN)}:
            if len(part) >= MIN_TYPED:
                found.update(self._words[key][0] for key in self._key_text.beginning(part))
        return found

    def containing(self, word: str) -> set[str]:
        """Stems of the words that contain the folded word or its stem."""
        found: set[str] = set()
        for part, least in ((key_of(word), MIN_PART), (stem(word, GERMAN), MIN_STEM_INSIDE)):
            if len(part) >= least:
                found.update(self._words[key][0] for key in self._key_text.containing(part))
        return found

    def compounds(self, stem_: str) -> set[str]:
        """Stems of the compounds that have the stem as a part, the rest being known words.

        Known are the words of the catalogue and those that have synonyms. What follows a
        known stem of six letters at the beginning of a word need not be known.

        `verkehr` gives `strassenverkehr` and `verkehrszahl`; `bar` does not give `barmbek`.
        """
        if len(stem_) >= MIN_PART:
            candidates = self._key_text.containing(stem_)
        elif len(stem_) >= MIN_SHORT_PART:
            candidates = self._key_text.beginning(stem_)
        else:
            return set()
        found = {self._words[key][0] for key in candidates if self._is_compound(key, stem_)}
        return found - {stem_}

    def parts(self, word: str) -> tuple[str, ...]:
        """Stems of the known words a folded word is composed of; empty when it is not."""
        split = self._split(word, MAX_PARTS)
        return split if len(split) > 1 else ()

    def near(self, word: str, limit: int = 8) -> list[tuple[str, str]]:
        """Stem and spelling of the words most like a folded word, the nearest first.

        Up to one error in five letters, two in eleven, else three; not in the first letter.
        """
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        key = key_of(word)
        allowed = 1 if len(key) <= 5 else 2 if len(key) <= 11 else 3
        found = extract(
            key,
            self._words.keys(),
            scorer=OSA.distance,
            processor=None,
            score_cutoff=allowed,
            limit=4 * limit,
        )
        alike = [(distance, other) for other, distance, _ in found if other[:1] == key[:1]]
        alike.sort(key=lambda each: (each[0], abs(len(each[1]) - len(key)), each[1]))
        return [self._words[other] for _, other in alike[:limit]]

    def _is_compound(self, key: str, stem_: str) -> bool:
        head, _, tail = key.partition(stem_)
        if head and not self._is_head(head):
            return False
        if not head and len(stem_) >= MIN_BEGINNING and self._known(stem_):
            return True
        stem_tail = self._words[key][0].partition(stem_)[2]
        return not stem_tail or self._is_tail(tail) or self._is_tail(stem_tail)

    def _is_head(self, text: str) -> bool:
        return any(self._known(head) for head in _without_link(text))

    def _is_tail(self, text: str) -> bool:
        return any(self._known(text[len(link) :]) for link in LINKS if text.startswith(link))

    def _known(self, text: str) -> bool:
        if len(text) < MIN_SHORT_PART:
            return False
        return any(
            each in self._spellings or (each,) in synonyms() for each in (text, stem(text, GERMAN))
        )

    def _split(self, word: str, depth: int) -> tuple[str, ...]:
        if self._known(word) and depth < MAX_PARTS:
            return (stem(word, GERMAN),)
        if depth == 0:
            return ()
        for place in range(len(word) - MIN_PART, MIN_SHORT_PART - 1, -1):
            head = next((head for head in _without_link(word[:place]) if self._known(head)), None)
            tail = self._split(word[place:], depth - 1) if head else ()
            if head and tail:
                return (stem(head, GERMAN), *tail)
        return ()


def _without_link(text: str) -> Iterator[str]:
    """The text as it is and without each linking element it may end with."""
    for link in LINKS:
        if text.endswith(link) and len(text) - len(link) >= MIN_SHORT_PART:
            yield text[: len(text) - len(link)]
