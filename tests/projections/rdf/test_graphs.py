# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
import re
import subprocess
import sys

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, json

from allmende.model.catalogue import Agent, Dataset, Kind
from allmende.projections.rdf.graphs import GraphStore
from allmende.projections.rdf.protocol import Graph, Membership

NAME = "http://xmlns.com/foaf/0.1/name"
CITY = f'<urn:city> <{NAME}> "Jena" .'


def graph(number: int, *more: str) -> Graph:
    return Graph(f"urn:g{number}", more=[f'<urn:s{number}> <{NAME}> "{number}" .', *more])


def merged(store: GraphStore) -> set[str]:
    return {str(quad.triple) for quad in store.store.quads_for_pattern(None, None, None, DEFAULT)}


DEFAULT = ox.DefaultGraph()


def test_a_statement_of_many_graphs_is_one_statement_of_the_default_graph() -> None:
    store = GraphStore()
    store.load([graph(1, CITY), graph(2, CITY)])
    (row,) = store.store.query(f"SELECT (COUNT(*) AS ?n) {{ <urn:city> <{NAME}> ?name }}")  # type: ignore[misc]
    assert row["n"].value == "1"
    assert store.graphs == 2


def test_a_shared_statement_goes_with_the_last_graph_that_holds_it() -> None:
    store = GraphStore()
    store.load([graph(1, CITY), graph(2, CITY)])
    store.load([Graph("urn:g1")])
    assert len(merged(store)) == 2
    store.load([Graph("urn:g2"), Graph("urn:never-there")])
    assert len(store.store) == 0
    assert store.graphs == 0


def test_anonymous_nodes_of_two_graphs_are_two_nodes() -> None:
    store = GraphStore()
    line = f'_:a <{NAME}> "somebody" .'
    store.load([Graph("urn:g1", more=[line]), Graph("urn:g2", more=[line])])
    assert len(merged(store)) == 2


def test_a_broken_record_costs_only_itself() -> None:
    store = GraphStore()
    broken = Graph("urn:g2", more=["<urn:s> no statement ."])
    refused = store.load([graph(1), broken, graph(3), Graph("no iri", more=[CITY])])
    assert len(refused) == 2
    assert refused[0].startswith("urn:g2: ")
    assert store.graphs == 2


def resource(number: int, landing_page: str) -> Graph:
    content = Dataset(
        title={"de": f'Titel "{number}"\n\u0007'},
        publisher=Agent(iri="urn:city", name={"de": "Jena"}),
        contact_point=[Kind(fn={"de": "Amt"})],
        landing_page=[landing_page],
    )
    raw = Raw(json.encode(content))
    return Graph(
        f"http://x/{number}", "dataset", raw, Membership(1_000_000, 2_000_000, "http://x/c", "id")
    )


def said(store: GraphStore) -> list[str]:
    """All statements in order, without the names of anonymous nodes."""
    return sorted(re.sub(r"_:\w+", "_:", str(quad)) for quad in store.store)


def test_the_first_load_and_a_change_write_the_same_statements() -> None:
    good = [resource(number, "http://x/page") for number in range(5)]
    bad = resource(9, "http://x/with blank")  # is mended, one by one
    for graphs in (good, [*good, bad]):
        first, changed = GraphStore(), GraphStore()
        assert first.load(graphs) == []
        changed.load([graph(1)])
        changed.load([Graph("urn:g1"), *graphs])
        assert said(first) == said(changed)
        assert first.names == changed.names == {each.iri for each in graphs}
        first.load([Graph(each.iri) for each in graphs])
        assert len(first.store) == 0


def test_the_store_starts_no_thread_that_a_fork_would_lose() -> None:
    lines = subprocess.run(
        [sys.executable, "-c", _LOADING], capture_output=True, text=True, check=True
    ).stdout
    assert lines.split() == ["1", "1"]


_LOADING = """
import os
from allmende.projections.rdf.graphs import GraphStore
from allmende.projections.rdf.protocol import Graph
from msgspec import Raw
print(len(os.listdir("/proc/self/task")))
store = GraphStore()
store.load(Graph(f"urn:{n}", "dataset", Raw(b'{"title": {"de": "x"}}')) for n in range(2000))
list(store.store.query("SELECT * {?s ?p ?o . ?s ?q ?r} ORDER BY ?o"))
print(len(os.listdir("/proc/self/task")))
"""

changes = st.lists(
    st.tuples(st.integers(0, 3), st.none() | st.sets(st.integers(0, 4), min_size=1)), max_size=12
)


@given(changes)
def test_the_default_graph_is_always_the_merge_of_all_graphs(
    changes: list[tuple[int, set[int] | None]],
) -> None:
    store, expected = GraphStore(), dict[int, set[int]]()
    for number, statements in changes:
        lines = [f"<urn:s> <urn:p> <urn:o{each}> ." for each in sorted(statements or ())]
        store.load([Graph(f"urn:g{number}", more=lines)])
        expected.pop(number, None)
        if statements:
            expected[number] = statements
    union = set().union(*expected.values())
    assert len(merged(store)) == len(union)
    assert len(store.store) == len(union) + sum(map(len, expected.values()))
    assert store.graphs == len(expected)
