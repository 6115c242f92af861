# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Full text, vocabulary, change sequence and missed queries of the search.

Text arrives already stemmed (see projections/search/analysis.py): stems contain letters
and digits only. A match tree says what to look for; it becomes an FTS5 expression on
SQLite and a tsquery on PostgreSQL. Both engines keep the same five fields, PostgreSQL as
the four weights it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from allmende.store.connection import Connection

FIELDS = ("title", "keyword", "publisher", "description", "distribution")
WEIGHTS = "ABCCD"  # PostgreSQL's weight of each field
BM25 = "10.0, 6.0, 2.0, 2.0, 1.0"  # importance of each field on SQLite
TS_RANK = "{0.1, 0.2, 0.6, 1.0}"  # the same for the weights D, C, B, A
TS_RANK_NORMALIZATION = 1  # long texts count less
MAX_POSITIONS = 250  # of one stem in one document; PostgreSQL keeps 256
MAX_POSITION = 16_000  # PostgreSQL knows positions up to 16,383


class Stem(Struct, frozen=True, tag=True):
    """The text contains a word with this stem."""

    stem: str


class Prefix(Struct, frozen=True, tag=True):
    """The text contains a word whose stem begins so."""

    stem: str


class Phrase(Struct, frozen=True, tag=True):
    """The stems follow each other in one field."""

    stems: tuple[str, ...]


class AllOf(Struct, frozen=True, tag=True):
    """Every part matches; there is at least one."""

    parts: tuple[Match, ...]


class AnyOf(Struct, frozen=True, tag=True):
    """At least one part matches; there is at least one."""

    parts: tuple[Match, ...]


Match = Stem | Prefix | Phrase | AllOf | AnyOf


class Document(Struct, frozen=True):
    """What is stored of one resource: stems per field (see FIELDS), words, facts as JSON."""

    texts: tuple[list[str], list[str], list[str], list[str], list[str]]
    words: list[tuple[str, str, str]]  # stem, folded word, spelling
    facts: str


class Miss(Struct, frozen=True):
    """A query that found nothing, and how often."""

    query: str
    number: int


def index(db: Connection, key: int, document: Document) -> None:
    """Stores or replaces what is searched of a resource; seen as soon as this commits."""
    sequence = _touch(db, key, document.facts)
    _engine(db).put_text(db, key, document.texts)
    words = msgspec.json.encode(document.words).decode()
    db.run(_engine(db).put_words, words=words, sequence=sequence)


def remove(db: Connection, key: int) -> None:
    """Forgets a resource; other processes hear of it through the sequence."""
    _touch(db, key, None)
    db.run(f"delete from search_text where {_engine(db).key} = :key", key=key)


def _touch(db: Connection, key: int, facts: str | None) -> int:
    sequence = db.value(
        "insert into search_document (key, sequence, facts) values (:key, "
        "(select coalesce(max(sequence), 0) + 1 from search_document), :facts) "
        "on conflict (key) do update set sequence = excluded.sequence, facts = excluded.facts "
        "returning sequence",
        key=key,
        facts=facts,
    )
    return int(sequence)


def sequence(db: Connection) -> int:
    """Number of the newest change; 0 when there is none."""
    return int(db.value("select coalesce(max(sequence), 0) from search_document"))


def changes(db: Connection, after: int) -> list[tuple[int, str | None]]:
    """Key and facts (None: removed) of every resource that changed after a sequence number."""
    rows = db.rows(
        "select key, facts from search_document where sequence > :after order by sequence",
        after=after,
    )
    return [(key, facts) for key, facts in rows]


def new_words(db: Connection, after: int) -> list[tuple[str, str, str]]:
    """Stem, folded word and spelling of words first seen after a sequence number."""
    rows = db.rows(
        "select stem, word, spelling from search_word where sequence > :after", after=after
    )
    return [(stem, word, spelling) for stem, word, spelling in rows]


def matching(db: Connection, match: Match, *, titles_only: bool = False) -> list[int]:
    """Keys of all resources that match in titles and keywords, or in all fields; unordered."""
    engine = _engine(db)
    expression = engine.expression(match, titles_only=titles_only)
    return engine.matching(db, expression)


def scores(db: Connection, match: Match, *, titles_only: bool = False) -> list[tuple[int, float]]:
    """Key and score (larger is better) of resources that match, in titles and keywords only or
    in all fields."""
    engine = _engine(db)
    expression = engine.expression(match, titles_only=titles_only)
    return [(key, score) for key, score in db.rows(engine.scores, expression=expression)]


def rows_here(db: Connection, keys: Sequence[int]) -> dict[int, int]:
    """How many rows the collections of these datasets hold, by key; those that have some."""
    if not keys:
        return {}
    rows = db.rows(
        "select resource.key, sum(c.rows) from resource join geo.collection as c "
        "on c.dataset = resource.id where resource.kind = 'dataset' "
        f"and {db.dialect.any_of('resource.key', 'keys')} group by resource.key",
        keys=db.dialect.list_value(keys),
    )
    return {key: int(number) for key, number in rows}


def indexed_keys(db: Connection) -> set[int]:
    """Keys of all resources that have a text in the index."""
    return {key for (key,) in db.rows(f"select {_engine(db).key} from search_text")}


def drop_unused_words(db: Connection) -> int:
    """Forgets words that no resource contains any more; the number of words. Slow: a scan."""
    engine = _engine(db)
    for statement in engine.before_drop:
        db.run(statement)
    return db.run(f"delete from search_word where stem not in ({engine.all_terms})")


def state(db: Connection, name: str) -> str | None:
    """What was noted about the index, like the version of its analysis."""
    value = db.value("select value from search_state where name = :name", name=name)
    return str(value) if value is not None else None


def set_state(db: Connection, name: str, value: str) -> None:
    """Notes something about the index."""
    db.run(
        "insert into search_state (name, value) values (:name, :value) "
        "on conflict (name) do update set value = excluded.value",
        name=name,
        value=value,
    )


def add_miss(db: Connection, day: int, query: str, most: int) -> None:
    """Counts a query that found nothing; `day` in days since 1970-01-01 UTC.

    When the day has `most` different queries, a new one is not noted any more.
    """
    counted = db.run(
        "update search_miss set number = number + 1 where day = :day and query = :query",
        day=day,
        query=query,
    )
    if not counted and misses_of(db, day) < most:
        db.run(
            "insert into search_miss (day, query, number) values (:day, :query, 1)",
            day=day,
            query=query,
        )


def misses_of(db: Connection, day: int) -> int:
    """How many different queries are noted for a day."""
    return int(db.value("select count(*) from search_miss where day = :day", day=day))


def misses(db: Connection, since: int, at_least: int, limit: int) -> list[Miss]:
    """The most frequent missed queries since a day."""
    rows = db.rows(
        "select query, sum(number) as total from search_miss where day >= :since "
        "group by query having sum(number) >= :at_least order by total desc, query limit :limit",
        since=since,
        at_least=at_least,
        limit=limit,
    )
    return [Miss(query, int(number)) for query, number in rows]


def forget_misses(db: Connection, before: int) -> int:
    """Deletes missed queries of days before the given one; the number of rows."""
    return db.run("delete from search_miss where day < :before", before=before)


class _Engine(Protocol):
    """What differs between the two full-text engines."""

    key: str
    scores: str
    put_words: str
    all_terms: str
    before_drop: tuple[str, ...]

    def put_text(self, db: Connection, key: int, texts: Iterable[list[str]]) -> None: ...

    def matching(self, db: Connection, expression: str) -> list[int]: ...

    def expression(self, match: Match, *, titles_only: bool = False) -> str: ...


_KEYS = msgspec.json.Decoder(list[int])
_PUT_WORDS = (
    "insert into search_word (stem, word, spelling, sequence) "
    "select {value} ->> 0, {value} ->> 1, {value} ->> 2, :sequence from {elements} "
    "on conflict (stem, word) do nothing"
)


class _SQLite:
    key = "rowid"
    scores = (
        f"select rowid, -bm25(search_text, {BM25}) from search_text "
        "where search_text match :expression"
    )
    # "where true" keeps the parser from reading ON CONFLICT as a join condition
    put_words = _PUT_WORDS.format(value="value", elements="json_each(:words) where true")
    all_terms = "select term from search_term"
    before_drop: tuple[str, ...] = ("insert into search_text (search_text) values ('optimize')",)

    def put_text(self, db: Connection, key: int, texts: Iterable[list[str]]) -> None:
        columns = {name: " ".join(stems) for name, stems in zip(FIELDS, texts, strict=True)}
        db.run(
            f"insert or replace into search_text (rowid, {', '.join(FIELDS)}) "
            f"values (:key, {', '.join(':' + name for name in FIELDS)})",
            key=key,
            **columns,
        )

    def matching(self, db: Connection, expression: str) -> list[int]:
        """All keys as one value: half the time of as many rows."""
        keys = db.value(
            "select json_group_array(rowid) from search_text where search_text match :expression",
            expression=expression,
        )
        return _KEYS.decode(keys)

    def expression(self, match: Match, *, titles_only: bool = False) -> str:
        text = self._render(match)
        return f"{{title keyword}} : ({text})" if titles_only else text

    def _render(self, match: Match) -> str:
        match match:
            case Stem(stem):
                return f'"{stem}"'
            case Prefix(stem):
                return f'"{stem}"*'
            case Phrase(stems):
                return '"' + " ".join(stems) + '"'
            case AllOf(parts):
                return "(" + " AND ".join(map(self._render, parts)) + ")"
            case AnyOf(parts):
                return "(" + " OR ".join(map(self._render, parts)) + ")"


class _Postgres:
    key = "key"
    scores = (
        f"select key, ts_rank('{TS_RANK}', document, cast(:expression as tsquery), "
        f"{TS_RANK_NORMALIZATION}) from search_text "
        "where document @@ cast(:expression as tsquery)"
    )
    put_words = _PUT_WORDS.format(
        value="value", elements="jsonb_array_elements(cast(:words as jsonb)) as each (value)"
    )
    all_terms = "select word from ts_stat('select document from search_text')"
    before_drop: tuple[str, ...] = ()

    def put_text(self, db: Connection, key: int, texts: Iterable[list[str]]) -> None:
        db.run(
            "insert into search_text (key, document) values (:key, cast(:document as tsvector)) "
            "on conflict (key) do update set document = excluded.document",
            key=key,
            document=_tsvector(texts),
        )

    def matching(self, db: Connection, expression: str) -> list[int]:
        rows = db.rows(
            "select key from search_text where document @@ cast(:expression as tsquery)",
            expression=expression,
        )
        return [key for (key,) in rows]

    def expression(self, match: Match, *, titles_only: bool = False) -> str:
        return self._render(match, "AB" if titles_only else "")

    def _render(self, match: Match, weights: str) -> str:
        match match:
            case Stem(stem):
                return f"'{stem}'" + (f":{weights}" if weights else "")
            case Prefix(stem):
                return f"'{stem}':*{weights}"
            case Phrase(stems):
                parts: tuple[Match, ...] = tuple(map(Stem, stems))
                return self._join(parts, " <-> ", weights)
            case AllOf(parts):
                return self._join(parts, " & ", weights)
            case AnyOf(parts):
                return self._join(parts, " | ", weights)

    def _join(self, parts: tuple[Match, ...], word: str, weights: str) -> str:
        return "(" + word.join(self._render(part, weights) for part in parts) + ")"


def _tsvector(texts: Iterable[list[str]]) -> str:
    """The text form of a tsvector, with positions that leave a gap between fields."""
    places: dict[str, list[str]] = {}
    position = 1
    for stems, weight in zip(texts, WEIGHTS, strict=True):
        for stem in stems:
            found = places.setdefault(stem, [])
            if len(found) < MAX_POSITIONS:
                found.append(f"{min(position, MAX_POSITION)}{weight}")
            position += 1
        position += 10
    return " ".join(f"'{stem}':{','.join(where)}" for stem, where in places.items())


_ENGINES: dict[str, _Engine] = {"sqlite": _SQLite(), "postgres": _Postgres()}


def _engine(db: Connection) -> _Engine:
    return _ENGINES[db.dialect.name]
