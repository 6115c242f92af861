# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bitmaps against the same questions asked record by record."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from allmende.errors import InvalidInput
from allmende.model.filter import (
    And,
    Compare,
    Everything,
    Filter,
    In,
    IsNull,
    Like,
    Not,
    Nothing,
    Or,
    matches,
)
from allmende.projections.search import bitmaps
from allmende.projections.search.bitmaps import Bitmaps
from allmende.projections.search.orders import Order

FIELDS = st.sampled_from(["status", "organisation", "metadata_access"])
WORDS = st.sampled_from(["draft", "published", "jena", "gera", "open"])
OPERATORS: Any = st.sampled_from(["=", "<>", "<", ">="])

LEAVES: Any = st.one_of(
    st.builds(Compare, FIELDS, OPERATORS, WORDS),
    st.builds(In, FIELDS, st.lists(WORDS, max_size=3).map(tuple)),
    st.builds(Like, FIELDS, st.sampled_from(["%e%", "j_na", "%"])),
    st.builds(IsNull, FIELDS),
    st.just(Everything()),
    st.just(Nothing()),
)
TREES: Any = st.recursive(
    LEAVES,
    lambda part: st.one_of(
        st.builds(And, st.lists(part, max_size=3).map(tuple)),
        st.builds(Or, st.lists(part, max_size=3).map(tuple)),
        st.builds(Not, part),
    ),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(FIELDS, WORDS), max_size=12)


@given(RECORDS, TREES)
def test_a_filter_selects_the_records_that_match_it(
    records: list[dict[str, str]], tree: Filter
) -> None:
    made = Bitmaps()
    for key, record in enumerate(records, 1):
        made.put(key, {name: (value,) for name, value in record.items()})
    expected = [key for key, record in enumerate(records, 1) if matches(tree, dict(record))]
    assert list(made.evaluate(tree)) == expected


def test_a_filter_over_an_unknown_field_is_refused() -> None:
    with pytest.raises(InvalidInput, match="title"):
        Bitmaps().evaluate(Compare("title", "=", "x"))


KEYWORDS = st.lists(st.integers(0, 30).map(str), max_size=6, unique=True)


@given(st.lists(KEYWORDS, max_size=40), st.sets(st.integers(1, 40)), st.integers(1, 5))
def test_counts_are_right_on_both_ways(
    records: list[list[str]], selected: set[int], limit: int
) -> None:
    made = Bitmaps()
    for key, keywords in enumerate(records, 1):
        made.put(key, {"keyword": keywords})
    selection = BitMap(selected) & made.everything
    counter = Counter(value for key in selection for value in records[key - 1])
    expected = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:limit]
    for count in (made._count_values, made._count_records):
        assert [(c.value, c.count) for c in count("keyword", selection, limit)] == expected


@given(st.lists(st.tuples(st.integers(1, 9), KEYWORDS), max_size=60), st.integers(1, 3))
def test_counts_stay_right_while_records_change(
    changes: list[tuple[int, list[str]]], limit: int
) -> None:
    made, truth = Bitmaps(), dict[int, list[str]]()
    for key, keywords in changes:
        if keywords:
            made.put(key, {"keyword": keywords})
            truth[key] = keywords
        else:
            made.remove(key)
            truth.pop(key, None)
        counter = Counter(value for values in truth.values() for value in values)
        expected = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:limit]
        found = made._count_values("keyword", made.everything, limit)
        assert [(each.value, each.count) for each in found] == expected


def test_a_chosen_value_stays_in_the_list() -> None:
    made = Bitmaps()
    made.put(1, {"format": ["CSV"]})
    counts = made.count("format", BitMap([1]), 10, ["PDF", "CSV"])
    assert [(each.value, each.count) for each in counts] == [("CSV", 1), ("PDF", 0)]


VALUES = st.dictionaries(st.integers(1, 40), st.sampled_from(["", "a", "b", "2021"]))


@given(st.lists(VALUES, max_size=5), st.booleans(), st.sets(st.integers(1, 40)))
def test_an_order_is_always_sorted(
    changes: list[dict[int, str]], descending: bool, selected: set[int]
) -> None:
    order, truth = Order(descending=descending), dict[int, str]()
    for values in changes:
        order.put_many(values)
        truth.update(values)
    for key in list(truth)[:3]:
        order.remove(key)
        del truth[key]
    having = sorted(((value, key) for key, value in truth.items() if value), reverse=descending)
    expected = [key for _, key in having] + sorted(k for k, v in truth.items() if not v)
    assert order.page(BitMap(truth), 0, 100) == expected
    chosen = [key for key in expected if key in selected]
    assert order.page(BitMap(selected) & BitMap(truth), 1, 3) == chosen[1:4]


def test_many_values_at_once_and_one_by_one_give_the_same() -> None:
    values = {key: str(key % 17) for key in range(1, bitmaps.MAX_SLACK * 5)}
    many, few = Order(), Order()
    many.put_many(values)
    for key, value in values.items():
        few.put_many({key: value})
    everything = BitMap(values)
    assert many.page(everything, 0, 999) == few.page(everything, 0, 999)
    assert many.page(everything, 0, 5) == few.page(BitMap(everything), 0, 5)
