# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The address of the map says everything it shows, and nothing in it can break the page."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from allmende.portal.map_state import MAX_CHOSEN, MAX_FILTERS, MAX_LAYERS, State, View, read

SINGLE = ["table", "sort", "page", "size", "lat", "lon", "z", "bbox", "at", "q", "base", "group"]
REPEATED = ["layer", "add", "o.trees", "f.trees.height.from", "feature"]
OTHERS = ["all", "view", "up", "down", "shown", "based"]
NAMES = st.sampled_from([*SINGLE, *REPEATED, *OTHERS])
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["trees", "1", "-1", "1e9", "nan", "inf", "50.9", "trees/1", "1,2,3,4"]),
)


@given(st.lists(st.tuples(NAMES, TEXTS), max_size=20))
def test_whatever_the_address_says_it_reads_the_same_again(pairs: list[tuple[str, str]]) -> None:
    state = read(QueryParams(pairs))
    again = read(QueryParams(urlencode(state.pairs())))
    assert read(QueryParams(urlencode(again.pairs()))) == again
    assert again.pairs() == state.pairs()


def test_a_full_address() -> None:
    state = read(
        QueryParams(
            "layer=trees&layer=roads&o.trees=60&f.trees.height.from=3&table=roads&sort=-name&page=2"
            "&lat=50.9&lon=11.5&z=12.5&bbox=11,50,12,51&feature=trees/a/b&at=50.1,11.2&base=0"
        )
    )
    assert state.layers == ("trees", "roads")
    assert state.opacity_of("trees") == 60
    assert state.opacity_of("roads") == 100
    assert state.filters_of("trees") == [("height.from", "3")]
    assert state.view == View(50.9, 11.5, 12.5)
    assert state.bbox == (11, 50, 12, 51)
    assert state.chosen == (("trees", "a/b"),)
    assert state.at == (50.1, 11.2)
    assert (state.table, state.sort, state.page, state.base) == ("roads", "-name", 2, False)


@pytest.mark.parametrize(
    ("query", "layers"),
    [
        ("layer=a&layer=b&layer=c&up=c", ("a", "c", "b")),
        ("layer=a&layer=b&layer=c&up=a", ("a", "b", "c")),
        ("layer=a&layer=b&layer=c&down=a", ("b", "a", "c")),
        ("layer=a&layer=b&down=b", ("a", "b")),
        ("layer=a&add=b&layer=c", ("b", "a", "c")),
        ("layer=a&layer=a&layer=A+B", ("a",)),
        ("layer=a&up=nothing", ("a",)),
    ],
)
def test_layers_move_as_the_buttons_say(query: str, layers: tuple[str, ...]) -> None:
    assert read(QueryParams(query)).layers == layers


def test_a_sent_form_without_a_layer_means_none() -> None:
    state = read(QueryParams("shown=1"))
    assert state.given
    assert not state.base
    assert ("layer", "") in state.pairs()
    assert not read(QueryParams("")).given
    assert read(QueryParams("shown=1&based=1")).base


def test_all_rows_means_no_box() -> None:
    state = read(QueryParams("all=1&bbox=11,50,12,51"))
    assert state.whole
    assert state.bbox is None


@pytest.mark.parametrize(
    "box", ["", "1,2,3", "2,1,1,2", "1,2,1,3", "a,b,c,d", "nan,0,1,1", "1,2,3,4,5"]
)
def test_a_wrong_box_is_none(box: str) -> None:
    assert read(QueryParams({"bbox": box})).bbox is None


def test_what_is_too_much_is_left_out() -> None:
    many = [("layer", f"l{n}") for n in range(100)]
    many += [("f.a.b", str(n)) for n in range(1, 200)] + [("feature", f"a/{n}") for n in range(50)]
    state = read(QueryParams(many))
    assert len(state.layers) == MAX_LAYERS
    assert len(state.filters) == MAX_FILTERS
    assert len(state.chosen) == MAX_CHOSEN


def test_a_form_carries_what_has_no_field_of_its_own() -> None:
    state = read(QueryParams("layer=a&f.a.b=1&o.a=5&sort=x&lat=1&lon=2&z=3&feature=a/1&page=4"))
    assert dict(state.hidden_pairs()).keys() == {"sort", "lat", "lon", "z", "feature"}
    assert State().pairs() == []
