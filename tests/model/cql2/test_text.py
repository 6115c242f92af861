# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CQL2 text and JSON: what is read, how, and what is refused."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.cql2 import from_json, parse_json, parse_text, to_text
from allmende.model.cql2.build import MAX_VERTICES
from allmende.model.cql2.from_json import MAX_LENGTH
from allmende.model.filter import (
    MAX_DEPTH,
    MAX_NODES,
    And,
    Array,
    Bounds,
    Call,
    Compare,
    Everything,
    In,
    Instant,
    IsNull,
    Like,
    Not,
    Or,
    Property,
    Span,
)

A, B = Property("a"), Property("b")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a = 1", Call("=", (A, 1))),
        ("a != 1.5", Call("<>", (A, 1.5))),
        ("a=.5", Call("=", (A, 0.5))),
        ("a = 9007199254740993", Call("=", (A, 9007199254740993))),
        ("a = 1e3", Call("=", (A, 1000))),
        ("a", A),
        ("TRUE", Everything()),
        ("not not a", Not(Not(A))),
        ("a or b and a", Or((A, And((B, A))))),
        ("(a or b) and a", And((Or((A, B)), A))),
        ("NOT a = 1", Not(Call("=", (A, 1)))),
        ("a = 'it''s'", Call("=", (A, "it's"))),
        (r"a = 'it\'s'", Call("=", (A, "it's"))),
        (r"a LIKE '50\%'", Call("like", (A, r"50\%"))),
        (r"a = '\\'", Call("=", (A, r"\\"))),
        ("a = 'straße 日本'", Call("=", (A, "straße 日本"))),
        ('"größe in m" > 3', Call(">", (Property("größe in m"), 3))),
        ('"a""b" > 3', Call(">", (Property('a"b'), 3))),
        ("größe > 3", Call(">", (Property("größe"), 3))),
        ("eo:cloud.x = 1", Call("=", (Property("eo:cloud.x"), 1))),
        ("a = -b", Call("=", (A, Call("*", (-1, B))))),
        ("a = 2 - -3", Call("=", (A, Call("-", (2, -3))))),
        ("a = 1 - 2 - 3", Call("=", (A, Call("-", (Call("-", (1, 2)), 3))))),
        ("a = 1 + 2 * 3 ^ 2", Call("=", (A, Call("+", (1, Call("*", (2, Call("^", (3, 2))))))))),
        ("a = 7 DIV 2", Call("=", (A, Call("div", (7, 2))))),
        ("a NOT BETWEEN 1 AND 2 AND b", And((Not(Call("between", (A, 1, 2))), B))),
        ("a IN (1, b)", Call("in", (A, Array((1, B))))),
        ("a IS NOT NULL", Not(Call("isnull", (A,)))),
        ("a_contains(a, ('x'))", Call("a_contains", (A, Array(("x",))))),
        ("a_contains(a, ())", Call("a_contains", (A, Array(())))),
        ("a = DATE('2024-02-29')", Call("=", (A, Instant("2024-02-29")))),
        (
            "a = TIMESTAMP('2024-02-29T23:30:00.1-01:00')",
            Call("=", (A, Instant("2024-03-01T00:30:00.100Z"))),
        ),
        (
            "t_before(INTERVAL('..', a), INTERVAL('2024-01-01', '..'))",
            Call("t_before", (Span(None, A), Span(Instant("2024-01-01"), None))),
        ),
        (
            "s_intersects(a, BBOX(170,-10,5,-170,10,9))",
            Call("s_intersects", (A, Bounds(170, -10, -170, 10))),
        ),
        ("date = 1 and point = 2", And((Call("=", (Property("date"), 1)),
                                        Call("=", (Property("point"), 2))))),
    ],
)  # fmt: skip
def test_text_becomes_a_tree_and_text_again(text: str, tree: Any) -> None:
    assert parse_text(text) == tree
    assert parse_text(to_text(tree)) == tree


def test_conditions_on_one_field_are_written_too() -> None:
    tree = And((Compare("a", ">", 1), In("a", (1, 2)), Like("b", "x%"), Not(IsNull("b"))))
    assert to_text(tree) == "(a > 1) AND (a IN (1, 2)) AND (b LIKE 'x%') AND (NOT (b IS NULL))"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "a =", "a = = 1", "a = b = c", "(a = 1", "a = 1)", "a = 'x", 'a = "x', "a IN ()",
        "a = NULL", "'x'", "1", "a b", "a = 1;drop", "f(a) = 1", "casei(a, b) = 1", "a NOT = 1",
        "a = DATE('2023-02-29')", "a = DATE('x')", "a = TIMESTAMP('2023-02-28')",
        "a = TIMESTAMP('0001-01-01T00:00:00+23:00')", "a = 1e999", "a = and", "t_after(a)",
        "s_intersects(a, POINT(1))", "s_intersects(a, POINT(1e999 2))", "s_within(a, POINT EMPTY)",
        "s_intersects(a, BBOX(1,2,3))", "s_intersects(a, BBOX(1,3,2,2))",
        "s_intersects(a, POLYGON((0 0,1 1)))", "s_intersects(a, LINESTRING(0 0))",
        "s_intersects(a, GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(1 2))))",
        "t_after(a, INTERVAL('2024-01-01'))", "t_after(a, INTERVAL(1, 2))", "a = 1 AND NOT",
        "a LIKE", "a BETWEEN 1", "a BETWEEN 1 AND", "a IS", "a IS NOT 1", "{", "a = ^",
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_text(text)


def test_the_place_of_a_mistake_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"character 7: “== 2”"):
        parse_text("a = 1 == 2")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "(" * 40 + "a = 1",
        "(" * 40 + "a = 1 b" + ")" * 40,
        "(" * 5_000 + "a" + ")" * 5_000,
        "NOT " * 5_000 + "a",
        "a = " + "-" * 5_000 + "1",
        "a = " + "- " * 5_000 + "b",
        "=".join(["a"] * 5_000),
        "^".join(["a"] * 500),
        "casei(" * 5_000,
        "a in (" * 5_000,
        "a OR b AND NOT c = -d * e ^ f + g - (" * 64,
        "a = '" + "''" * 50_000,
        "s_intersects(a, GEOMETRYCOLLECTION(" * 5_000,
        "s_intersects(a, POLYGON(" + "(" * 5_000,
        "interval(" * 5_000,
        " AND ".join(["a"] * (MAX_NODES + 1)),
        f"a IN ({','.join(['1'] * MAX_NODES)})",
        "a = '" + "x" * MAX_LENGTH + "'",
        f"s_intersects(a, LINESTRING({','.join(['1 2'] * (MAX_VERTICES + 1))}))",
    ],
    ids=range(20),
)
def test_hostile_texts_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_text(text)


def test_the_limits_themselves_are_allowed() -> None:
    inside = MAX_DEPTH - 2
    assert parse_text("NOT " * inside + "a = 1")
    assert parse_text("(" * MAX_DEPTH + "a = 1" + ")" * MAX_DEPTH)
    with pytest.raises(LimitExceeded):
        parse_text("NOT " * (inside + 1) + "a = 1")
    with pytest.raises(LimitExceeded):
        parse_text("(" * (MAX_DEPTH + 1) + "a = 1" + ")" * (MAX_DEPTH + 1))
    assert parse_text(f"a IN ({','.join(['1'] * (MAX_NODES - 3))})")


@pytest.mark.parametrize(
    "given",
    [
        None, 1, "x", [], {}, {"op": "="}, {"op": "=", "args": [{"property": "a"}, None]},
        {"op": "and", "args": [1]}, {"op": "x", "args": []}, {"op": "=", "args": [1]},
        {"property": 3}, {"op": "not", "args": [{"type": "Point", "coordinates": [1, "x"]}]},
        {"op": "s_within", "args": [{"property": "a"}, {"type": "Point", "coordinates": []}]},
        {"op": "s_within", "args": [{"property": "a"}, {"bbox": ["a", 1, 2, 3]}]},
        {"op": "=", "args": [{"property": "a"}, {"date": "2023-02-30"}]},
        {"op": "t_after", "args": [{"property": "a"}, {"interval": [1, 2]}]},
    ],
)  # fmt: skip
def test_json_that_is_no_filter_is_refused(given: Any) -> None:
    with pytest.raises(InvalidInput):
        from_json(given)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"op":"not","args":[' * 5_000, b"\xff"])
def test_hostile_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_json(text)


def test_json_and_text_are_the_same_tree() -> None:
    spans = '{"interval":["..",{"property":"a"}]},{"interval":["2024-01-01",".."]}'
    text = "T_DURING(INTERVAL('..', a), INTERVAL('2024-01-01','..'))"
    assert parse_json(f'{{"op":"t_during","args":[{spans}]}}') == parse_text(text)
    assert parse_json('{"op":"isNull","args":[{"property":"a"}]}') == parse_text("a IS NULL")


WORDS = """a b ( ) , 'x' '' 1 2.5 = <> < + - * / ^ % div AND OR NOT LIKE IN BETWEEN IS NULL TRUE
casei( DATE('2024-01-01') INTERVAL( t_after( a_overlaps( POINT(1_2) s_within( BBOX(1,2,3,4)"""


@given(st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join))
def test_any_text_is_a_filter_or_a_mistake(text: str) -> None:
    try:
        tree = parse_text(text)
    except InvalidInput:
        return
    assert parse_text(to_text(tree)) == tree


NUMBERS = st.recursive(
    st.sampled_from([A, B, 1, 2.5, -3]),
    lambda inner: st.builds(
        lambda name, left, right: Call(name, (left, right)),
        st.sampled_from(["+", "-", "*", "/", "^", "%", "div"]),
        inner,
        inner,
    ),
    max_leaves=6,
)
CONDITIONS = st.recursive(
    st.builds(lambda left, right: Call("<", (left, right)), NUMBERS, NUMBERS)
    | st.builds(lambda each: Call("isnull", (each,)), NUMBERS)
    | st.builds(lambda one, two, three: Call("between", (one, two, three)), *[NUMBERS] * 3),
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts)))
    ),
    max_leaves=6,
)


@given(CONDITIONS)
def test_another_parser_reads_what_we_write(tree: Any) -> None:
    judge = pytest.importorskip("cql2")
    text = to_text(tree)
    assert parse_text(text) == parse_text(to_text(parse_text(text)))
    assert flat(from_json(judge.parse_text(text).to_json())) == flat(parse_text(text))


def flat(tree: Any) -> Any:
    """The judge takes the brackets out of `a AND (b AND c)`."""
    if isinstance(tree, Not):
        return Not(flat(tree.part))
    if not isinstance(tree, And | Or):
        return tree
    kind, parts = type(tree), [flat(part) for part in tree.parts]
    inside = [part.parts if isinstance(part, kind) else (part,) for part in parts]
    return kind(tuple(itertools.chain.from_iterable(inside)))
