# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Folding, words and stems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.projections.search.analysis import ENGLISH, GERMAN, spellings, stem, words
from allmende.projections.search.synonyms import synonyms


def stems(text: str, language: str = GERMAN) -> list[str]:
    return [word.stem for word in words(text, language)]


@pytest.mark.parametrize(
    "alike",
    [
        "Haus Häuser haeuser HÄUSER",
        "Baum Bäume Baeume baum",
        "Straße Strasse Straßen STRASSEN",
        "Parkplatz Parkplätze Parkplaetze",
        "Köln Koeln",
        "Kita Kitas",
        "Museum Museen",
        "Einwohner Einwohnerinnen Einwohner*innen Einwohner:innen Einwohner/-innen EinwohnerInnen",
        "Kreis Kreise",
        "Rathaus Rathäuser",
    ],
)
def test_forms_of_a_german_word_share_a_stem(alike: str) -> None:
    assert len({tuple(stems(form)) for form in alike.split(" ")}) == 1


def test_forms_of_an_english_word_share_a_stem() -> None:
    assert stems("tree trees", ENGLISH) == ["tree", "tree"]
    assert len(set(stems("city cities", ENGLISH))) == 1


def test_stop_words_of_the_text_s_own_language_go() -> None:
    assert stems("Die Bäume in der Stadt") == ["baum", "stadt"]
    assert stems("The trees of the city", ENGLISH) == ["tree", "citi"]


def test_digits_and_compatibility_forms() -> None:
    assert stems("NO₂ PM10 2021 B96") == ["no2", "pm10", "2021", "b96"]


def test_short_hyphenated_words_are_also_joined() -> None:
    assert list(spellings("S-Bahn-Netz und LOR-Planungsräume")) == [
        "S", "Bahn", "Netz", "und", "LOR", "Planungsräume", "SBahnNetz",
    ]  # fmt: skip


def test_hashes_are_no_words() -> None:
    assert stems("a" * 65) == []


@given(st.text(max_size=200), st.sampled_from([GERMAN, ENGLISH]))
def test_stems_are_letters_and_digits_only(text: str, language: str) -> None:
    for word in words(text, language):
        assert word.stem
        assert not any(char.isspace() or char in "\"'\\:&|!()*" for char in word.stem)


@given(st.text(alphabet="abcdeghinrstuäöüßéñ-", min_size=1, max_size=30))
def test_case_does_not_matter(text: str) -> None:
    assert stems(text) == stems(text.upper())


def test_stemming_a_plain_word_twice_is_harmless() -> None:
    assert stem(stem("verkehrszeichen", GERMAN), GERMAN) == stem("verkehrszeichen", GERMAN)


def test_synonyms_hold_in_both_directions() -> None:
    assert ("baum",) in synonyms()[("tree",)]
    assert ("tree",) in synonyms()[("baum",)]
    assert any(len(phrase) == 2 for phrase in synonyms()[("opnv",)])
