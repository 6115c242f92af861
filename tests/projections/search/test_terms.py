# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From the text of a query to what is looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.projections.search.query import MAX_WORDS
from allmende.projections.search.terms import Group, Width, all_of, match, parse, stems, stems_in
from allmende.projections.search.vocabulary import Vocabulary
from allmende.store.search import AllOf, AnyOf, Phrase, Prefix, Stem

NOTHING = Vocabulary()


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("Bäume in Jena", [Group("bäume", ("bäume",)), Group("jena", ("jena",))]),
        ("die der und", []),
        ("v 20", [Group("v", ("v",)), Group("20", ("20",))]),
        ("-Jena", [Group("jena", ("jena",), negative=True)]),
        ('"Stadt Jena"', [Group("Stadt Jena", ("stadt", "jena"), phrase=True)]),
        ('-"Stadt Jena"', [Group("Stadt Jena", ("stadt", "jena"), phrase=True, negative=True)]),
        ("S-Bahn", [Group("S-Bahn", ("s", "bahn"), joined="sbahn")]),
        ("u bahn", [Group("u bahn", ("u", "bahn"), joined="ubahn")]),
        ("public transport", [Group("public transport", ("public", "transport"))]),
        ("", []),
        ("OR luft", [Group("luft", ("luft",))]),
        (
            "luft ODER wind OR",
            [Group("luft OR wind", ("luft",), others=(Group("wind", ("wind",)),))],
        ),
        ('"', []),
    ],
)
def test_words_phrases_and_exclusions(text: str, groups: list[Group]) -> None:
    assert parse(text) == groups


@given(st.text(max_size=500))
def test_no_text_breaks_the_parser(text: str) -> None:
    groups = parse(text)
    assert len(groups) <= MAX_WORDS
    for group in groups:
        for width in Width:
            match(group, width, NOTHING)


def test_widths_grow() -> None:
    vocabulary = Vocabulary()
    vocabulary.add([("baumkatast", "baumkataster", "Baumkataster"), ("baum", "baum", "Baum")])
    vocabulary.add([("strassenbaum", "straßenbaum", "Straßenbaum")])
    (group,) = parse("Bäume")
    assert match(group, Width.EXACT, vocabulary) == AnyOf((Stem("baum"), Stem("baume")))
    wide = stems_in(match(group, Width.WIDE, vocabulary))
    assert {"baum", "tree", "baumkatast", "strassenbaum"} <= wide
    prefix = match(group, Width.PREFIX, vocabulary)
    assert isinstance(prefix, AnyOf)
    assert Prefix("baum") in prefix.parts


def test_a_compound_is_also_looked_for_by_its_parts() -> None:
    vocabulary = Vocabulary()
    vocabulary.add([("bezirk", "bezirke", "Bezirke"), ("grenz", "grenzen", "Grenzen")])
    (group,) = parse("Bezirksgrenzen")
    found = match(group, Width.SUBSTRING, vocabulary)
    assert isinstance(found, AnyOf)
    assert AllOf((Stem("bezirk"), Stem("grenz"))) in found.parts


def test_phrases_are_not_widened_and_skip_stop_words() -> None:
    (group,) = parse('"Stadt an der Saale"')
    expected = (Phrase(("stadt", "saal")), Phrase(("stadt", "der", "saal")))
    assert match(group, Width.SUBSTRING, NOTHING) == AnyOf(expected)


def test_stems_of_a_group() -> None:
    (group,) = parse("S-Bahnen")
    assert {"s", "bahn", "sbahn"} <= stems(group)
    assert all_of([Stem("a")]) == Stem("a")
