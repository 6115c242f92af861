# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The hash of a record: equal for equal graphs, different when anything is said differently."""

from hypothesis import given
from hypothesis import strategies as st

from allmende.model.rdf import Literal, parse, read_catalogue
from allmende.model.rdf.hash import structural_hash
from allmende.model.rdf.terms import Statement, is_blank

ROOT = "https://example.org/1"
nodes = st.sampled_from([ROOT, "https://example.org/2", "_:a", "_:b", "_:c", "_:d"])
objects = st.one_of(nodes, st.sampled_from(["x", "y"]).map(Literal))
graphs = st.lists(st.tuples(nodes, st.sampled_from(["p:1", "p:2"]), objects), max_size=14)


def renamed(line: Statement) -> Statement:
    subject, predicate, value = line
    swap = {"_:a": "_:z9", "_:b": "_:a", "_:c": "_:b", "_:d": "_:c"}
    new = swap.get(value, value) if isinstance(value, str) else value
    return swap.get(subject, subject), predicate, new


@given(graphs, st.randoms())
def test_order_and_labels_do_not_matter(lines: list[Statement], random: object) -> None:
    other = [renamed(line) for line in lines]
    random.shuffle(other)  # type: ignore[attr-defined]
    assert structural_hash(lines, ROOT) == structural_hash(other, ROOT)


@given(graphs)
def test_another_statement_changes_the_hash(lines: list[Statement]) -> None:
    more = [*lines, (ROOT, "p:3", Literal("new"))]
    assert structural_hash(lines, ROOT) != structural_hash(more, ROOT)


def test_circles_end() -> None:
    ring: list[Statement] = [(f"_:{n}", "p:1", f"_:{(n + 1) % 50}") for n in range(50)]
    first = structural_hash([(ROOT, "p:2", "_:0"), *ring], ROOT)
    assert first == structural_hash([*reversed(ring), (ROOT, "p:2", "_:0")], ROOT)
    assert all(is_blank(line[0]) for line in ring)


def found(data: str) -> tuple[str, str]:
    prefixes = "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> "
    record = read_catalogue(parse((prefixes + data).encode(), "turtle")).records[0]
    return record.hash, record.original_id


def test_unchanged_record_without_address_keeps_hash_and_id() -> None:
    one = '[] a dcat:Dataset ; dct:title "A", "B"@de ; dct:temporal [ dcat:startDate "2020" ] .'
    two = '_:q dct:temporal _:p ; dct:title "B"@de, "A" . _:p dcat:startDate "2020" . _:q a dcat:Dataset .'  # noqa: E501
    assert found(one) == found(two)
    changed = one.replace("2020", "2021")
    assert found(changed)[0] != found(one)[0]
    assert found(changed)[1] == found(one)[1]


def test_two_records_of_one_title_get_two_ids() -> None:
    data = b"""PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
        [] a dcat:Dataset ; dct:title "A" ; dct:description "1" .
        [] a dcat:Dataset ; dct:title "A" ; dct:description "2" ."""
    records = read_catalogue(parse(data, "turtle")).records
    assert len({record.original_id for record in records}) == 2


def test_members_do_not_change_the_hash_of_a_catalogue() -> None:
    prefix = b"PREFIX dcat: <http://www.w3.org/ns/dcat#> <https://e.org/c> a dcat:Catalog "
    one = read_catalogue(parse(prefix + b"; dcat:dataset <https://e.org/1> .", "turtle"))
    two = read_catalogue(parse(prefix + b"; dcat:dataset <https://e.org/2> .", "turtle"))
    assert one.catalogues[0].hash == two.catalogues[0].hash
