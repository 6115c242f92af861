# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Themes, high-value categories and keywords for a record, from its words and from its like.

for each in await suggest(platform, subject, resource, ident): each.field, each.value
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Literal

from msgspec import Struct

from allmende.core import search
from allmende.core.platform import Platform
from allmende.core.search import SearchQuery
from allmende.errors import AllmendeError
from allmende.model.catalogue import Resource, ResourceKind, Text
from allmende.model.vocabulary import vocabulary
from allmende.policy import Subject
from allmende.projections.search.analysis import language_of, words

Why = Literal["words", "similar"]
SIMILAR = 20  # records that are looked at
ASKED = 12  # words of a title that are searched for
LONGEST = 5_000  # characters of a description that are looked at
MOST = {"theme": 3, "hvd_category": 3, "keyword": 8}
LEAST_SHARE = 0.25  # of the weight of similar records
SHORT = 4  # letters of a word that may stand for a concept on its own


class Suggestion(Struct, frozen=True):
    """A value for a field: an address or a keyword with its language, and where it is from."""

    field: str
    value: str
    why: Why
    language: str = "de"


async def suggest(
    platform: Platform, subject: Subject, resource: Resource, ident: str = ""
) -> list[Suggestion]:
    """Suggestions the record does not have yet, the surest first within each field.

    `ident` is the record's own id, which is not compared with itself. Similar records are
    those the subject may see.
    """
    own = _stems(_texts(resource))
    if not own:
        return []
    title = _stems((*resource.title.items(), *_keywords_of(resource)))
    like = await _similar(platform, subject, resource, ident)
    found = [
        *_concepts("theme", "data-theme", resource.theme, own, title, like),
        *_concepts("hvd_category", "hvd-category", resource.hvd_category, own, title, ()),
        *_keywords(resource, own, like),
    ]
    return found


def _texts(resource: Resource) -> Iterator[tuple[str, str]]:
    """Language and text of everything that says what the record is about."""
    for text in (resource.title, resource.description):
        yield from ((tag, each[:LONGEST]) for tag, each in text.items())
    yield from _keywords_of(resource)


def _keywords_of(resource: Resource) -> Iterator[tuple[str, str]]:
    for tag, each in resource.keyword.items():
        yield tag, " ".join(each)[:LONGEST]


def _stems(texts: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(word.stem for tag, text in texts for word in words(text, language_of(tag)))


@cache
def _labels(name: str) -> tuple[tuple[str, tuple[frozenset[str], ...]], ...]:
    """The stems of each name of each concept of a vocabulary."""
    found = []
    for concept in vocabulary(name):
        named = [(tag, text) for tag, text in concept.labels.items()]
        alone = [stems for pair in named if (stems := _stems([pair]))]
        found.append((concept.iri, tuple(alone)))
    return tuple(found)


def _named(name: str, own: frozenset[str], title: frozenset[str]) -> Iterator[str]:
    """Concepts one of whose names is there with all its words; one word must be telling.

    A name of a single word has to stand in the title or among the keywords.
    """
    for iri, labels in _labels(name):
        if any(stems <= (own if len(stems) > 1 else title) for stems in labels) or any(
            len(stem) > SHORT for stems in labels if len(stems) <= 3 for stem in stems & title
        ):
            yield iri


def _concepts(
    field: str,
    name: str,
    have: list[str],
    own: frozenset[str],
    title: frozenset[str],
    like: Iterable[tuple[float, Resource]],
) -> list[Suggestion]:
    found: dict[str, Suggestion] = {}
    for iri in _named(name, own, title):
        found.setdefault(iri, Suggestion(field, iri, "words"))
    weights: dict[str, float] = {}
    total = 0.0
    for weight, other in like:
        total += weight
        for iri in getattr(other, field):
            weights[iri] = weights.get(iri, 0.0) + weight
    for iri, weight in sorted(weights.items(), key=lambda pair: -pair[1]):
        if total and weight / total >= LEAST_SHARE and vocabulary(name).has(iri):
            found.setdefault(iri, Suggestion(field, iri, "similar"))
    return [each for each in found.values() if each.value not in have][: MOST[field]]


def _keywords(
    resource: Resource, own: frozenset[str], like: Iterable[tuple[float, Resource]]
) -> list[Suggestion]:
    """Keywords of similar records: first those whose words the record has itself."""
    have = {word.casefold() for each in resource.keyword.values() for word in each}
    counts: Counter[tuple[str, str]] = Counter()
    for _, other in like:
        counts.update({(tag, word) for tag, each in other.keyword.items() for word in each})
    told, often = [], []
    for (tag, word), number in counts.most_common():
        language = "de" if tag == "und" else tag
        if word.casefold() in have or len(word) > 60:
            continue
        have.add(word.casefold())
        stems = _stems([(language, word)])
        if stems and stems <= own:
            told.append(Suggestion("keyword", word, "words", language))
        elif number >= 3:
            often.append(Suggestion("keyword", word, "similar", language))
    return [*told, *often][: MOST["keyword"]]


async def _similar(
    platform: Platform, subject: Subject, resource: Resource, ident: str
) -> list[tuple[float, Resource]]:
    """Datasets that have words of the title, the most like first, with a weight."""
    asked = _question(resource.title)
    if not asked:
        return []
    query = SearchQuery(text=asked, kinds=(ResourceKind.DATASET,), limit=SIMILAR + 1, counted=())
    try:
        result = await search.search(platform, subject, query)
    except AllmendeError as error:
        if error.status >= 500:
            raise
        return []
    others = [each for each in result.records if each.id != ident][:SIMILAR]
    return [(1 / (place + 2), each.resource) for place, each in enumerate(others)]


def _question(title: Text) -> str:
    """Any of the words of the title."""
    for tag, text in title.items():
        found = dict.fromkeys(word.surface for word in words(text, language_of(tag)))
        plain = [word for word in found if word.isalnum() and len(word) > 2 and word != "or"]
        if plain:
            return " OR ".join(plain[:ASKED])
    return ""
