# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Real queries over real titles: how many find nothing (see bench/relevance.py)."""

from pathlib import Path

import pytest
from bench import relevance

from allmende.model.filter import Everything
from allmende.projections.search.query import SearchQuery
from allmende.store.migrate import migrate
from allmende.store.store import session_opener

pytestmark = pytest.mark.usefixtures("shared_data")


def test_few_of_the_real_queries_find_nothing(shared_data: Path, tmp_path: Path) -> None:
    catalogue = shared_data / "catalogue"
    terms = relevance.queries(catalogue / "berlin_searchterms.json.xz", 990)
    records = relevance.titles(catalogue / "musterdatenkatalog10.json.gz")
    assert (len(terms), len(records)) == (990, 11_012)
    session = session_opener(tmp_path)(False)
    migrate(session)
    projection = relevance.indexed(session, records)
    modes = dict[str, int]()
    for term, _ in terms:
        query = SearchQuery(text=term, limit=0, counted=())
        found = projection.index.search(session, Everything(), query)
        modes[found.mode] = modes.get(found.mode, 0) + 1
    session.close()
    # Plain words: 49.5 % find nothing. Answers that leave words out do not count as found.
    assert (modes["none"] + modes["partial"]) / len(terms) <= 0.30
    assert modes["none"] / len(terms) <= 0.25
    assert modes["stem"] / len(terms) >= 0.68
