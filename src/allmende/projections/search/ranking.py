# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The order of relevance.

The engine scores the words themselves (BM25 on SQLite, ts_rank on PostgreSQL, titles before
keywords before texts). A record that has only a compound or a synonym comes after the good
hits when its title or a keyword has it, but before those that have the word in a text only;
else at the end; when there are very many hits, after all that have the word in title or
keyword. The best are then ordered anew by how much of their title was asked for, and a little
by how recent they are and by how many rows of theirs can be looked at right here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import log10
from typing import NamedTuple

from pyroaring import BitMap

from allmende.projections.search.analysis import ENGLISH, GERMAN, words
from allmende.projections.search.document import Facts
from allmende.projections.search.fulltext import Scores, TextHits
from allmende.projections.search.terms import stems, stems_in
from allmende.projections.search.words import FILLERS
from allmende.store.connection import Connection
from allmende.store.search import Match, matching

MANY = 1_000  # above this many hits only titles and keywords are scored
REORDERED = 60  # of the best records
WIDE_TITLE = 0.5  # score of a title with a compound or synonym, against the best record
ABOVE_TEXT = 1.05  # the same, against the best record that has the word in a text only
WIDE_TEXT = 0.05  # the same for other fields
STEM_WEIGHT = 0.6  # of a title word that has only the stem in common (Park, parken)
WIDE_WEIGHT = 0.4  # of a title word that is a compound or synonym
TITLE_WEIGHT = 1.0  # a title that was asked for completely doubles the score
RECENCY_WEIGHT = 0.1
RECENT_YEARS = 10
ROWS_WEIGHT = 0.03  # for each power of ten of the rows of a dataset's collections


class _Asked(NamedTuple):
    """The folded words of a query, their stems, and those of compounds and synonyms."""

    words: frozenset[str]
    stems: frozenset[str]
    wide: frozenset[str]


class Known(NamedTuple):
    """What the order asks the index for."""

    scores: Scores
    rest: Callable[[BitMap, int], list[int]]  # the first of the records that have no score
    rows: Callable[[list[int]], Mapping[int, int]]  # how many everybody may look at, by key


def ranked(
    db: Connection,
    hits: TextHits,
    selection: BitMap,
    facts: dict[int, Facts],
    known: Known,
    number: int,
) -> list[int]:
    """The `number` most relevant keys of a selection of the hits, the best first."""
    score = _scores(db, hits, selection, number, known.scores)
    best = sorted(sorted(score), key=score.__getitem__, reverse=True)  # equal ones by key
    first = best[:REORDERED]
    best[:REORDERED] = _reordered(first, score, hits, facts, known.rows(first))
    if len(best) < number:
        best += known.rest(selection - BitMap(best), number - len(best))
    return best[:number]


def _scores(
    db: Connection, hits: TextHits, selection: BitMap, number: int, scores: Scores
) -> dict[int, float]:
    exact = _scored(scores, hits.exact, hits, selection)
    if not exact:
        return _scored(scores, hits.wide, hits, selection)
    many = len(hits.records) > MANY
    enough = len(selection) if not many else number
    if hits.wide is not None and len(exact) < enough:
        best = max(exact.values())
        in_title = BitMap(matching(db, hits.wide, titles_only=True))
        wide_title = 0.0
        if not many:
            in_texts = max((exact[key] for key in exact.keys() - in_title), default=0.0)
            wide_title = max(WIDE_TITLE * best, ABOVE_TEXT * in_texts)
        for key in selection & in_title:
            exact.setdefault(key, wide_title)
        if not many:
            for key in selection - in_title:
                exact.setdefault(key, WIDE_TEXT * best)
    return exact


def _scored(
    scores: Scores, expression: Match | None, hits: TextHits, selection: BitMap
) -> dict[int, float]:
    if expression is None:
        return {}
    found = scores(expression, len(hits.records) > MANY)
    if BitMap(found).issubset(selection):
        return dict(found)
    return {key: score for key, score in found.items() if key in selection}


def _reordered(
    keys: list[int],
    score: dict[int, float],
    hits: TextHits,
    facts: dict[int, Facts],
    rows: Mapping[int, int],
) -> list[int]:
    asked = _Asked(
        frozenset(word for group in hits.groups for word in (*group.words, group.joined)),
        frozenset(stem for group in hits.groups for stem in stems(group)),
        frozenset(stems_in(hits.wide) if hits.wide is not None else ()),
    )
    newest = max((_year(facts[key]) for key in keys), default=0)

    def better(key: int) -> float:
        age = min(newest - _year(facts[key]), RECENT_YEARS)
        recent = 1 + RECENCY_WEIGHT * (1 - age / RECENT_YEARS)
        here = 1 + ROWS_WEIGHT * log10(1 + rows.get(key, 0))
        return score[key] * recent * here * (1 + TITLE_WEIGHT * _coverage(facts[key], asked))

    return sorted(keys, key=lambda key: (-better(key), key))


def _coverage(record: Facts, asked: _Asked) -> float:
    """Which share of the telling words of a title was asked for, for the best of its titles."""
    return max((_share(title, asked) for title in record.titles), default=0.0)


def _share(title: str, asked: _Asked) -> float:
    return _share_in(title, GERMAN, asked) or _share_in(title, ENGLISH, asked)


def _share_in(title: str, language: str, asked: _Asked) -> float:
    """The parts of the words (1 for the very word) by the number of words that say something."""
    found, telling = 0.0, 0
    for surface, stem, says in _title_words(title, language):
        if surface in asked.words:
            part = 1.0
        elif stem in asked.stems:
            part = STEM_WEIGHT
        else:
            part = WIDE_WEIGHT if stem in asked.wide else 0.0
        found += part
        telling += says or part > 0
    return found / telling if telling else 0.0


@lru_cache(maxsize=16_384)
def _title_words(title: str, language: str) -> tuple[tuple[str, str, bool], ...]:
    """Surface and stem of each word, and whether it says something."""
    return tuple(
        (word.surface, word.stem, word.surface not in FILLERS) for word in words(title, language)
    )


def _year(record: Facts) -> int:
    return int(record.modified[:4] or 0)
