# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Prefixes, compounds, parts and near misses among the words of a catalogue."""

import pytest

from allmende.projections.search.analysis import GERMAN, words
from allmende.projections.search.vocabulary import FRESH_LIMIT, Vocabulary

TEXT = """
Verkehr Straßenverkehr Straße Verkehrszahlen Zahl Zählung Nahverkehr nah Bezirk Bezirksgrenzen
Grenze Barmbek Bar Rad Radweg Weg Radon Grundwasserstand Grund Wasser Stand Jugend Parkplatz
Bebauungsplan häufig Häuserblock Haus Block
"""


@pytest.fixture(params=[False, True], ids=["fresh", "sorted"])
def vocabulary(request: pytest.FixtureRequest) -> Vocabulary:
    made = Vocabulary()
    made.add((word.stem, word.surface, word.spelling) for word in words(TEXT, GERMAN))
    if request.param:
        made.add((f"x{n}", f"x{n}", f"x{n}") for n in range(FRESH_LIMIT + 1))
    return made


def test_compounds_have_the_word_and_otherwise_known_words(vocabulary: Vocabulary) -> None:
    assert vocabulary.compounds("verkehr") == {"strassenverkehr", "verkehrszahl", "nahverkehr"}
    assert vocabulary.compounds("grenz") == {"bezirksgrenz"}
    assert vocabulary.compounds("wass") == {"grundwasserstand"}
    assert vocabulary.compounds("haus") == {"hauserblock"}


def test_short_words_are_only_found_at_the_beginning_of_compounds(vocabulary: Vocabulary) -> None:
    assert vocabulary.compounds("rad") == {"radweg"}
    assert vocabulary.compounds("bar") == set()


def test_a_compound_falls_into_known_words(vocabulary: Vocabulary) -> None:
    assert vocabulary.parts("strassenbezirk") == ("strass", "bezirk")
    assert vocabulary.parts("bezirksgrenzen") == ("bezirk", "grenz")
    assert vocabulary.parts("verkehr") == ()
    assert vocabulary.parts("xyzzy") == ()


def test_beginnings_know_umlauts_in_every_spelling(vocabulary: Vocabulary) -> None:
    assert "hauserblock" in vocabulary.beginning("häuserb")
    assert "hauserblock" in vocabulary.beginning("haeuserb")
    assert "verkehrszahl" in vocabulary.beginning("verkehrsz")


def test_parts_of_words_are_not_left_to_chance(vocabulary: Vocabulary) -> None:
    assert "bebauungsplan" in vocabulary.containing("bauung")
    assert "jugend" not in vocabulary.containing("gender")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("parkplaz", "Parkplatz"), ("vekehr", "Verkehr"), ("bebaungsplan", "Bebauungsplan")],
)
def test_typing_errors_lead_to_words(vocabulary: Vocabulary, typed: str, meant: str) -> None:
    assert vocabulary.near(typed)[0][1] == meant


def test_the_first_letter_is_trusted(vocabulary: Vocabulary) -> None:
    assert vocabulary.near("gerkehr") == []


def test_nouns_are_known_by_their_capital(vocabulary: Vocabulary) -> None:
    assert vocabulary.is_name("verkehr")
    assert not vocabulary.is_name("haufig")
    assert not vocabulary.is_name("unknown")
