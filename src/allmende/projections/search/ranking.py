# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The order of relevance.

The engine scores (BM25 on SQLite, ts_rank on PostgreSQL, titles before keywords before
texts). The words themselves count more than compounds and synonyms. The best are then
ordered anew by how much of their title was asked for, and a little by how recent they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pyroaring import BitMap

from allmende.projections.search.analysis import ENGLISH, GERMAN, words
from allmende.projections.search.document import Facts
from allmende.projections.search.fulltext import TextHits
from allmende.projections.search.terms import stems
from allmende.store.connection import Connection
from allmende.store.search import Match, scores

MANY = 3_000  # above this many hits only titles and keywords are scored
REORDERED = 100  # of the best records
WIDE_WEIGHT = 0.5  # of a compound or synonym against the word itself
STEM_WEIGHT = 0.6  # of a title word that has only the stem in common (Park, parken)
TITLE_WEIGHT = 1.0  # a title that was asked for completely doubles the score
RECENCY_WEIGHT = 0.1
RECENT_YEARS = 10


class _Asked(NamedTuple):
    """The folded words of a query and their stems."""

    words: frozenset[str]
    stems: frozenset[str]


Rest = Callable[[BitMap], list[int]]  # orders the records that have no score


def ranked(
    db: Connection, hits: TextHits, selection: BitMap, facts: dict[int, Facts], rest: Rest
) -> list[int]:
    """Keys of a selection of the hits, the most relevant first."""
    score = _scores(db, hits, selection)
    best = sorted(score, key=lambda key: (-score[key], key))
    best[:REORDERED] = _reordered(best[:REORDERED], score, hits, facts)
    unscored = selection - BitMap(best)
    return best + rest(unscored) if unscored else best


def _scores(db: Connection, hits: TextHits, selection: BitMap) -> dict[int, float]:
    many = len(hits.records) > MANY
    found: dict[int, float] = {}
    for expression, weight in ((hits.wide, WIDE_WEIGHT), (hits.exact, 1.0)):
        if expression is not None:
            _add(found, db, expression, weight, selection, many)
    return found


def _add(
    found: dict[int, float],
    db: Connection,
    expression: Match,
    weight: float,
    selection: BitMap,
    many: bool,
) -> None:
    for key, score in scores(db, expression, titles_only=many):
        if key in selection:
            found[key] = max(found.get(key, 0.0), weight * score)


def _reordered(
    keys: list[int], score: dict[int, float], hits: TextHits, facts: dict[int, Facts]
) -> list[int]:
    asked = _Asked(
        frozenset(word for group in hits.groups for word in (*group.words, group.joined)),
        frozenset(stem for group in hits.groups for stem in stems(group)),
    )
    newest = max((_year(facts[key]) for key in keys), default=0)

    def better(key: int) -> float:
        age = min(newest - _year(facts[key]), RECENT_YEARS)
        recent = 1 + RECENCY_WEIGHT * (1 - age / RECENT_YEARS)
        return score[key] * recent * (1 + TITLE_WEIGHT * _coverage(facts[key], asked))

    return sorted(keys, key=lambda key: (-better(key), key))


def _coverage(record: Facts, asked: _Asked) -> float:
    """Which share of the words of a title was asked for, for the best of its titles."""
    return max((_share(title, asked) for title in record.titles), default=0.0)


def _share(title: str, asked: _Asked) -> float:
    best = 0.0
    for language in (GERMAN, ENGLISH):
        given = words(title, language)
        found = sum(
            1.0 if word.surface in asked.words else STEM_WEIGHT if word.stem in asked.stems else 0.0
            for word in given
        )
        best = max(best, found / len(given) if given else 0.0)
    return best


def _year(record: Facts) -> int:
    return int(record.modified[:4] or 0)
