# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A shelf never holds more than its limit, and what was used last stays."""

from hypothesis import given
from hypothesis import strategies as st

from allmende.projections.tiles.shelf import Shelf


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 40))))
def test_the_limit_holds(things: list[tuple[int, int]]) -> None:
    shelf = Shelf[int](60)
    weights: dict[int, int] = {}
    for key, weight in things:
        shelf.put(key, weight, weight)
        weights[key] = weight
        assert shelf.get(key) == weight
        there = [key for key in weights if shelf.get(key) is not None]
        assert shelf.size == sum(weights[key] for key in there)
        assert shelf.size <= 60
        assert len(shelf) == len(there)


def test_what_was_not_used_for_longest_goes() -> None:
    shelf = Shelf[str](30)
    for name in "abc":
        shelf.put(name, name, 10)
    shelf.get("a")
    shelf.put("d", "d", 10)
    assert [shelf.get(name) for name in "abcd"] == ["a", None, "c", "d"]


def test_something_too_heavy_stands_alone() -> None:
    shelf = Shelf[str](30)
    shelf.put("light", "light", 10)
    shelf.put("heavy", "heavy", 100)
    assert (shelf.get("light"), shelf.get("heavy")) == (None, "heavy")
    shelf.put("light", "light", 10)
    assert (shelf.get("light"), shelf.size) == ("light", 10)
