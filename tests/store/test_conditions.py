# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Filters as SQL: the same answer on both engines and in Python, and no answer to nonsense."""

import itertools
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.filters import FIELDS, ROWS, SHAPES, found, prepare

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.cql2 import parse_text
from allmende.model.filter import (
    MAX_DEPTH,
    MAX_NODES,
    And,
    Array,
    Bounds,
    Call,
    Compare,
    Filter,
    In,
    Instant,
    IsNull,
    Like,
    Not,
    Or,
    Property,
    Span,
    matches,
)
from allmende.model.fold import accenti, casei
from allmende.model.geometry import spatial_prefilter
from allmende.model.shapes import read_geojson
from allmende.store import Store
from allmende.store.conditions import MAX_PATTERN, compile_filter
from allmende.store.connection import Session
from allmende.store.store import session_opener


@pytest.fixture
def db(engine: str) -> Iterator[Session]:
    Store.open(engine).close()
    opened = session_opener(engine)(False)
    prepare(opened)
    yield opened
    opened.close()


# --- the same answer everywhere ----------------------------------------------------------

TEXTS = st.sampled_from(
    [
        Property("name"),
        Property("other"),
        "Linde",
        "LINDE",
        "ölweide",
        "100 % _straße\\",
        "",
        "it's",
    ]
)
FOLDED = TEXTS | st.builds(
    lambda name, text: Call(name, (text,)), st.sampled_from(["casei", "accenti"]), TEXTS
)
PATTERNS = st.text(alphabet="%_\\LlnÖöß ae", max_size=5)
FACTS = [
    Property("height"), Property("pieces"), Property("built"), 0, 2, -7, 12.5, 0.1, 2024,
    Call("length", (Property("name"),)), Call("abs", (Property("pieces"),)),
    Call("floor", (Property("height"),)), Call("ceil", (Property("height"),)),
    Call("year", (Property("planted"),)), Call("month", (Property("seen"),)),
    Call("day", (Instant("2024-02-29"),)),
]  # fmt: skip
NUMBERS = st.recursive(
    st.sampled_from(FACTS),
    lambda inner: st.builds(
        lambda name, left, right: Call(name, (left, right)),
        st.sampled_from(["+", "-", "*", "/", "%", "div", "^"]),
        inner,
        inner,
    ),
    max_leaves=3,
)
MOMENTS = st.sampled_from(
    [
        Instant("2024-02-29"),
        Instant("2023-12-31"),
        Instant("2024-02-29T12:00:00.000Z"),
        Instant("1999-12-31T23:59:59.999Z"),
    ]
)
TIMES = st.sampled_from([Property("planted"), Property("seen"), Property("built")])
INSTANTS = TIMES | MOMENTS
SPANS = st.builds(Span, st.none() | INSTANTS, st.none() | INSTANTS)
ORDER = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
ARRAYS = st.just(Property("tags")) | st.lists(
    st.sampled_from(["a", "b", 1, True, 2.5, "c"]), max_size=3
).map(lambda items: Array(tuple(items)))


def calls(names: Any, *args: Any) -> st.SearchStrategy[Any]:
    return st.builds(lambda name, *given: Call(name, given), names, *args)


LEAVES = st.one_of(
    calls(ORDER, FOLDED, FOLDED),
    calls(ORDER, NUMBERS, NUMBERS),
    calls(ORDER, INSTANTS, MOMENTS),
    calls(ORDER, MOMENTS, INSTANTS),
    calls(ORDER, st.just(Property("alive")), st.booleans()),
    calls(ORDER, st.just(Property("opens")), st.sampled_from(["08:30:00", "12:00:00"])),
    calls(st.just("between"), NUMBERS, NUMBERS, NUMBERS),
    calls(st.just("between"), TIMES, MOMENTS, MOMENTS),
    calls(st.just("like"), FOLDED, PATTERNS),
    calls(st.just("in"), NUMBERS, st.lists(NUMBERS, max_size=3).map(lambda x: Array(tuple(x)))),
    calls(st.just("in"), INSTANTS, st.lists(MOMENTS, max_size=3).map(lambda x: Array(tuple(x)))),
    calls(st.just("isnull"), st.sampled_from([Property(name) for name in (*FIELDS, "tags")])),
    calls(st.sampled_from(["t_after", "t_before", "t_disjoint", "t_equals", "t_intersects"]),
          INSTANTS | SPANS, INSTANTS | SPANS),
    calls(st.sampled_from(["t_contains", "t_during", "t_finishedby", "t_finishes", "t_meets",
                           "t_metby", "t_overlappedby", "t_overlaps", "t_startedby", "t_starts"]),
          SPANS, SPANS),
    calls(st.sampled_from(["a_equals", "a_contains", "a_containedby", "a_overlaps"]),
          ARRAYS, ARRAYS),
    st.just(Property("alive")),
    st.builds(Compare, st.just("height"), ORDER, st.sampled_from([0.1, 3])),
    st.builds(Like, st.just("name"), PATTERNS),
    st.builds(In, st.just("name"), st.sampled_from([(), ("Linde", ""), ("x",)])),
    st.builds(IsNull, st.sampled_from(list(FIELDS))),
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts)))
        | calls(st.sampled_from(["=", "<>"]), inner, inner)
    ),
    max_leaves=4,
)


def test_python_and_the_database_agree(db: Session) -> None:
    @settings(max_examples=300, suppress_health_check=list(HealthCheck))
    @given(TREES)
    def agree(tree: Filter) -> None:
        assert found(db, tree) == [n for n, row in enumerate(ROWS) if matches(tree, row)]

    agree()


RELATIONS = ("intersects", "disjoint", "contains", "within", "touches", "crosses", "overlaps",
             "equals")  # fmt: skip
PLACES = (
    "POINT(1 1)",
    "POINT Z(2 2 5)",
    "LINESTRING(0 3,3 0)",
    "POLYGON((0 0,2 0,2 2,0 2,0 0))",
    "POLYGON((0 0,2 2,2 0,0 2,0 0))",
    "MULTIPOINT(1 1,2 2)",
    "BBOX(0,0,2,2)",
    "BBOX(1,1,1,1)",
    "BBOX(170,-5,-170,5)",
    "area",
)


def test_geometries_too(db: Session) -> None:
    records = [
        dict.fromkeys(("geom", "area"), read_geojson(each).wkb if each else None) for each in SHAPES
    ]
    wrong = []
    for relation, place in itertools.product(RELATIONS, PLACES):
        for text in (f"S_{relation}(geom, {place})", f"NOT S_{relation}({place}, geom)"):
            tree = parse_text(text)
            expected = [n for n, record in enumerate(records) if matches(tree, record)]
            if (given := found(db, tree, "place")) != expected:
                wrong.append(f"{text}: {given}, in Python {expected}")
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S_INTERSECTS(geom, BBOX(0,0,2,2))", [0, 1, 2, 3, 4, 5, 6]),
        ("S_INTERSECTS(geom, BBOX(170,-5,-170,5))", [5]),
        ("S_DISJOINT(geom, POINT(1 1))", [1]),
        ("S_WITHIN(geom, POLYGON((-1 -1,3 -1,3 3,-1 3,-1 -1)))", [0, 1, 2, 3, 4]),
        ("S_EQUALS(geom, POINT(1 1))", [0]),
        ("S_INTERSECTS(geom, GEOMETRYCOLLECTION(POINT(6 6),POINT(9 9)))", [6]),
        ("geom IS NULL", [7]),
    ],
)
def test_where_things_are(db: Session, text: str, expected: list[int]) -> None:
    assert found(db, parse_text(text), "place") == expected


def test_folding_is_the_same_for_every_letter(db: Session) -> None:
    letters = [
        chr(code)
        for code in (*range(1, 0x2C00), *range(0xFB00, 0xFB50))
        if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co") and code != ord("|")
    ]
    chunks = ["|".join(letters[at : at + 50]) for at in range(0, len(letters), 50)]
    different = []
    for name, function in (("casei", casei), ("accenti", accenti)):
        column = {"x": "x.x"}
        tree = Call("isnull", (Call(name, (Property("x"),)),))
        sql = compile_filter(tree, column, db.dialect).sql.removesuffix(" is null")
        for chunk in chunks:
            given = db.value(f"select {sql} from (select cast(:x as text) as x) as x", x=chunk)
            pairs = zip(function(chunk).split("|"), given.split("|"), strict=True)
            different += [pair for pair in pairs if pair[0] != pair[1]]
    assert different == []


# --- no answer to nonsense -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = 3", "The field “name” (a text) cannot be compared with a number (3)."),
        ("height > 'x'", "The field “height” (a number) cannot be compared with a text (x)."),
        ("height = planted", "The field “height” (a number) cannot be compared with the field"),
        ("planted = 3", "cannot be compared"),
        ("planted = 'x'", "“x” is no date and no time"),
        ("opens = '25:00'", "“25:00” is no time of day"),
        ("alive = 'x'", "cannot be compared"),
        ("tags = 'a'", "The field “tags” (a list) cannot be compared with a text (a)."),
        ("geom = 'a'", "cannot be compared"),
        ("details = 'a'", "The field “details” (an object) cannot"),
        ("name", "The field “name” (a text) is no condition"),
        ("height + 1", "A number is no condition"),
        ("name + 1 = 2", "The field “name” (a text) cannot be used with “+”"),
        ("casei(height) = 'x'", "cannot be given to CASEI, which takes a text"),
        ("height LIKE '1%'", "The field “height” (a number) cannot be searched with LIKE."),
        ("name LIKE other", "LIKE takes a pattern in quotes, not the field “other”"),
        ("s_intersects(name, POINT(1 1))", "S_INTERSECTS takes geometries, not the field “name”"),
        ("t_after(name, DATE('2024-01-01'))", "T_AFTER takes dates and times, not the field"),
        ("t_during(planted, INTERVAL('..', '..'))", "T_DURING takes intervals, not the field"),
        ("a_contains(name, ('x'))", "A_CONTAINS takes lists, not the field “name”"),
        ("a_contains(tags, ((1, 2), 3))", "A list to compare with holds texts"),
        ("s_within(geom, GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1)))", "S_WITHIN cannot"),
        ("nowhere = 1", "There is no field “nowhere”; known are: alive,"),
        ("t_after(INTERVAL(name, '..'), seen)", "T_AFTER takes dates and times"),
        ("name BETWEEN 1 AND 2", "cannot be compared"),
        ("(name = 'x') BETWEEN TRUE AND FALSE", "True or false cannot lie between two values."),
        ("name IN (1)", "cannot be compared"),
    ],
)
def test_what_does_not_fit_is_said(db: Session, text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        found(db, parse_text(text))
    assert sentence in caught.value.text["en"]
    assert caught.value.text["de"] != caught.value.text["en"]


@pytest.mark.parametrize("text", ["a\0b", "a\ud800"])
def test_texts_no_database_holds_are_refused(db: Session, text: str) -> None:
    for tree in (Compare("name", "=", text), Like("name", text), In("name", ("x", text))):
        with pytest.raises(InvalidInput):
            found(db, tree)


def test_limits(db: Session) -> None:
    deep: Filter = Compare("name", "=", "x")
    for _ in range(70):
        deep = Not(deep)
    with pytest.raises(LimitExceeded):
        found(db, deep)
    with pytest.raises(LimitExceeded):
        found(db, In("name", ("x",) * MAX_NODES))
    assert found(db, In("name", ("Linde",) * (MAX_NODES - 1))) == [0]
    assert found(db, Like("name", "%L_n" + "%" * (MAX_PATTERN - 4))) == [0]
    with pytest.raises(LimitExceeded):
        found(db, Like("name", "%" * (MAX_PATTERN + 1)))


@pytest.mark.parametrize(
    "text",
    [
        "height / 0 = 1",
        "1 / 0 = 1",
        "height % 0 = 1",
        "pieces div 0 = 1",
        "height ^ 1e300 > 1",
        "0 ^ -1 > height",
        "-8 ^ 0.5 > height",
        "9 ^ 9 ^ 9 ^ 9 ^ 9 > height",
    ],
)
def test_calculations_without_a_result_match_nothing(db: Session, text: str) -> None:
    assert found(db, parse_text(text)) == []


def test_numbers_beyond_64_bits_are_compared(db: Session) -> None:
    assert found(db, Compare("pieces", "<", 10**30)) == [0, 1, 2, 3]


def test_the_largest_filters_are_answered(db: Session) -> None:
    name = Compare("name", "=", "Linde")
    assert found(db, Or((name,) * (MAX_NODES - 1))) == [0]
    assert found(db, parse_text(" OR ".join(["name = 'Linde'"] * (MAX_NODES // 4)))) == [0]
    wide: Filter = name
    for level in range(MAX_DEPTH - 1):
        wide = (Or if level % 2 else And)((wide, *[name] * (MAX_NODES // MAX_DEPTH - 2)))
    assert found(db, wide) == [0]
    asked = Call("in", (Property("name"), Array(("Linde",) * (MAX_NODES - 3))))
    assert found(db, asked) == [0]
    mixed = Call("in", (Property("seen"), Array((Instant("2024-02-29"),) * 1000)))
    assert found(db, mixed) == [0]


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "%", "div", "^"])
def test_the_deepest_calculations_are_answered(db: Session, operator: str) -> None:
    for turned in (False, True):
        tree: Any = Property("height")
        for _ in range(MAX_DEPTH - 2):
            tree = Call(operator, (1, tree) if turned else (tree, 1))
        assert found(db, Call("=", (tree, tree))) is not None
    folded: Any = Property("name")
    for level in range(MAX_DEPTH - 2):
        folded = Call("accenti" if level % 2 else "casei", (folded,))
    assert found(db, Call("=", (folded, "linde"))) == [0]
    truth: Any = Property("alive")
    for _ in range(MAX_DEPTH - 2):
        truth = Call("=", (truth, True))
    assert found(db, truth) == [0, 2]


# --- the box for the spatial index -----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("s_intersects(geom, BBOX(1,2,3,4))", (1, 2, 3, 4)),
        ("s_within(POINT(1 2), geom) and name = 'x'", (1, 2, 1, 2)),
        ("s_within(geom, BBOX(0,0,9,9)) and s_intersects(geom, BBOX(8,8,9,9))", (8, 8, 9, 9)),
        ("s_equals(geom, POINT(1 2)) or s_crosses(geom, LINESTRING(3 3, 4 5))", (1, 2, 4, 5)),
        ("s_intersects(geom, BBOX(170,-1,-170,1))", (-180, -1, 180, 1)),
        ("s_equals(geom, POINT(1 2)) or name = 'x'", None),
        ("not s_equals(geom, POINT(1 2))", None),
        ("s_disjoint(geom, POINT(1 2))", None),
        ("s_equals(area, POINT(1 2))", None),
        ("name = 'x'", None),
    ],
)
def test_the_box_outside_of_which_nothing_matches(text: str, box: Any) -> None:
    assert spatial_prefilter(parse_text(text), "geom") == box


def test_the_box_leaves_out_no_match(db: Session) -> None:
    for relation, place in itertools.product(RELATIONS, PLACES[:-1]):
        tree = parse_text(f"S_{relation}(geom, {place})")
        box = spatial_prefilter(tree)
        if box is not None:
            near = And((tree, Call("s_intersects", (Property("geom"), Bounds(*box)))))
            assert found(db, near, "place") == found(db, tree, "place")
