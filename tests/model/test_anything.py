# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Any mess of statements: no crash, nothing lost in silence, and what goes out is clean."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.model.roundtrip import unexplained

from allmende.model.catalogue import (
    Agent,
    Checksum,
    Dataset,
    Distribution,
    Identifier,
    Kind,
    Location,
    Node,
    Period,
    Relationship,
)
from allmende.model.catalogue import Statement as Rights
from allmende.model.namespaces import DCAT, XSD
from allmende.model.rdf import Graph, Statement, parse, read_catalogue, serialise, statements
from allmende.model.rdf.hash import structural_hash
from allmende.model.rdf.plan import plan_of
from allmende.model.rdf.terms import LANG_STRING, STRING, TYPE, Literal
from allmende.model.repair_iri import REPLACED

ROOT = "https://example.org/1"
NODES: tuple[type[Node], ...] = (
    Agent, Checksum, Dataset, Distribution, Identifier, Kind, Location, Period, Relationship,
    Rights,
)  # fmt: skip
properties = sorted({iri for cls in NODES for iri in plan_of(cls).by_iri} | set(REPLACED))
types = sorted({iri for cls in NODES for iri in cls.rdf_types} | {"https://e.org/Type"})
subjects = st.sampled_from(
    [ROOT, ROOT, ROOT, "_:a", "_:b", "https://e.org/x", "https://e.org/y",
     "https://e.org/z"]
)  # fmt: skip
iris = st.sampled_from(
    [ROOT, "_:a", "_:b", "https://e.org/x", "https://e.org/y", "https://e.org/z",
     "mailto:a@b.de", "https://e.org/a b",
     "https://www.dcat-ap.de/def/licenses/cc-zero", "nothing", "https://e.org/{"]
)  # fmt: skip
words = st.sampled_from(
    ["", " ", "2020", "31.12.2020", "CSV", "public", "de", "a@b.de", "https://e.org/z", "P1D",
     "7.0", "CC BY 4.0", "00FF", "POINT(1 2)", "Text", "9999-01-01", "www.jena.de", "+49 3641 490"]
)  # fmt: skip
literals = st.one_of(
    st.builds(Literal, words, st.none(), st.sampled_from([STRING, XSD + "date", XSD + "decimal"])),
    st.builds(Literal, words, st.sampled_from(["de", "en"]), st.just(LANG_STRING)),
)
lines = st.one_of(
    st.tuples(subjects, st.sampled_from(properties), st.one_of(iris, literals)),
    st.tuples(subjects, st.sampled_from(["https://e.org/p", "https://e.org/q"]), iris),
    st.tuples(subjects, st.just(TYPE), st.sampled_from(types)),
)
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def graph(statements_: list[Statement]) -> Graph:
    found = Graph()
    start: Statement = (ROOT, TYPE, DCAT + "Dataset")
    for subject, predicate, value in dict.fromkeys([start, *statements_]):
        found.subjects.setdefault(subject, []).append((predicate, value))
        if predicate == TYPE and isinstance(value, str):
            found.types.setdefault(subject, set()).add(value)
    return found


def codes(found: Any) -> list[tuple[str, str, str]]:
    return [(repair.code, repair.path, repair.before) for repair in found.repairs]


@relaxed
@given(st.lists(lines, max_size=12))
def test_nothing_is_lost_in_silence(given_lines: list[Statement]) -> None:
    for found in read_catalogue(graph(given_lines)).records:
        assert unexplained(found) == []


@relaxed
@given(st.lists(lines, max_size=12))
def test_what_goes_out_is_clean_and_stays_the_same(given_lines: list[Statement]) -> None:
    found = next(r for r in read_catalogue(graph(given_lines)).records if r.node == ROOT)
    first = statements(found.resource, ROOT)
    data = serialise(first, "n-triples")
    again = next(r for r in read_catalogue(parse(data, "nt")).records if r.node == ROOT)
    assert codes(again) == []
    second = statements(again.resource, ROOT)
    assert structural_hash(first, ROOT) == structural_hash(second, ROOT)
