# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How many real queries find nothing, at each width of the search, and what the rest finds.

Queries: the search terms of the Berlin data portal, 2019 to 2022 (BerlinOnline, CC BY 3.0 DE),
the most frequent ones without regard to case. Records: 11,012 titles of German municipalities
from the Musterdatenkatalog, and the four real catalogues. Queries of one city over records
of others: only differences between the widths mean something.

    python -m bench.relevance [--data ../shared/data/catalogue] [--top 990] [--show 50]
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from allmende.model.catalogue import Dataset, ResourceKind
from allmende.model.filter import Everything
from allmende.projections.search.analysis import fold
from allmende.projections.search.fulltext import MatchCache, find
from allmende.projections.search.projection import SearchProjection
from allmende.projections.search.query import SearchQuery
from allmende.projections.search.terms import Width, all_of, match, parse
from allmende.store import search as stored
from allmende.store.connection import Connection, Session
from allmende.store.migrate import migrate
from allmende.store.records import Entry
from allmende.store.store import session_opener
from bench.synthetic import entries, folder

Terms = list[tuple[str, int]]


def queries(path: Path, top: int) -> Terms:
    """The most frequent terms with their impressions."""
    content = json.loads(lzma.decompress(path.read_bytes()))
    counted: Counter[str] = Counter()
    for month in content["stats"]["months"].values():
        for term, numbers in month["terms"].items():
            counted[term.strip().lower()] += numbers["impressions"]
    return counted.most_common(top)


def titles(path: Path) -> list[Entry]:
    """The titles of the Musterdatenkatalog as datasets."""
    rows = json.loads(gzip.decompress(path.read_bytes()))
    return [
        Entry(
            kind=ResourceKind.DATASET,
            resource=Dataset(title={"de": row["name"]}),
            organisation=row["org"],
        )
        for row in rows
    ]


def indexed(session: Session, records: Iterable[Entry]) -> SearchProjection:
    """A search over the records, with keys from 1."""
    projection = SearchProjection()
    session.begin_write()
    for key, entry in enumerate(records, 1):
        projection.write(session, key, entry, projection.analyse(entry))
    session.commit()
    projection.index.refresh(session)
    return projection


def plain_search(records: list[Entry]) -> Callable[[str], bool]:
    """Whether all words of a query, as they are, stand in one record: the base line."""
    found: dict[str, set[int]] = {}
    for key, entry in enumerate(records):
        resource = entry.resource
        words = [*resource.title.values(), *resource.description.values()]
        words += [word for given in resource.keyword.values() for word in given]
        for word in re.findall(r"\w+", " ".join(words).lower()):
            found.setdefault(word, set()).add(key)

    def has(query: str) -> bool:
        sets = [found.get(word, set()) for word in re.findall(r"\w+", query.lower())]
        return bool(sets and set.intersection(*sets))

    return has


def widths(db: Connection, projection: SearchProjection) -> dict[str, Callable[[str], bool]]:
    """For each width, whether a query finds something."""
    index = projection.index
    vocabulary, visible = index._vocabulary, index.visible(db, Everything())
    lookup = MatchCache().lookup(db, 0)

    def exact(query: str) -> bool:
        groups = [group for group in parse(query) if not group.negative]
        wanted = all_of([match(group, Width.EXACT, vocabulary) for group in groups])
        return bool(groups and stored.matching(db, wanted))

    def modes(*allowed: str) -> Callable[[str], bool]:
        def has(query: str) -> bool:
            hits = find(query, visible, vocabulary, lookup)
            return bool(hits.records) and hits.mode in allowed

        return has

    return {
        "stems": exact,
        "+ synonyms, compounds": modes("stem"),
        "+ prefix": modes("stem", "prefix"),
        "+ parts of words": modes("stem", "prefix", "substring"),
        "+ some words left out": modes("stem", "prefix", "substring", "partial"),
    }


def report(name: str, records: list[Entry], terms: Terms, show: int) -> None:
    """Prints the zero-hit rate of each width."""
    with tempfile.TemporaryDirectory() as folder:
        session = session_opener(folder)(False)
        migrate(session)
        projection = indexed(session, records)
        print(f"\n{name}: {len(records):,} records, {len(terms):,} queries")
        searches = {"plain words": plain_search(records), **widths(session, projection)}
        total = sum(number for _, number in terms)
        for label, search in searches.items():
            started = time.perf_counter()
            missed = [(term, number) for term, number in terms if not search(term)]
            impressions = sum(number for _, number in missed)
            milliseconds = (time.perf_counter() - started) * 1000 / len(terms)
            print(
                f"  {label:24} {len(missed) / len(terms):6.1%} find nothing, "
                f"{impressions / total:6.1%} by impressions, {milliseconds:6.2f} ms a query"
            )
        _show(session, projection, terms, show)
        session.close()


def _show(session: Session, projection: SearchProjection, terms: Terms, show: int) -> None:
    """Prints the first hits, to be judged by eye: common queries, and those only wider found."""
    results = [
        (term, projection.index.search(session, Everything(), SearchQuery(text=term, limit=3)))
        for term, _ in terms
    ]
    wider = [(term, found) for term, found in results if found.mode not in ("stem", "none")]
    for heading, chosen in (("most frequent", results[:show]), ("only wider", wider[:show])):
        print(f"  -- {heading}")
        for term, found in chosen:
            shown = " | ".join(projection.index.facts(session)[key].title for key in found.keys)
            note = f" without {found.ignored}" if found.ignored else ""
            note += f" did you mean {found.suggestions}" if found.suggestions else ""
            print(f"  {fold(term):30} {found.total:5} {found.mode:9}{note} {shown[:150]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=folder())
    parser.add_argument("--top", type=int, default=990)
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    terms = queries(given.data / "berlin_searchterms.json.xz", given.top)
    report(
        "Musterdatenkatalog", titles(given.data / "musterdatenkatalog10.json.gz"), terms, given.show
    )
    report("Four catalogues", list(entries(500)), terms, given.show)


if __name__ == "__main__":
    main()
