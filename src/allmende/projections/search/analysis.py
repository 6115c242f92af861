# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From text to stems: folding, words, German and English stemming. Pure functions.

The same steps run over records and over queries:

1. Unicode NFKC and case folding (`ß` becomes `ss`, `NO₂` becomes `no2`), gender marks go
   (`Einwohner*innen` is `einwohner`).
2. Words are runs of letters and digits. A hyphenated word with a part of one or two
   letters is also kept joined (`S-Bahn` gives `s`, `bahn`, `sbahn`).
3. Snowball stem of the text's language, German if no other is named, then accents go.
   Snowball's German rules read `ae`, `oe`, `ue` as umlauts, so `Baeume`, `Bäume` and `Baum`
   share one stem.

Stems contain only letters and digits, no blanks and no quotes; the store relies on it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from allmende.projections.search.words import (
    ENGLISH_STOP_WORDS,
    GERMAN_STOP_WORDS,
    IRREGULAR,
)

MAX_WORD = 64  # longer runs of letters are hashes or base64, nobody looks for them
GERMAN = "de"
ENGLISH = "en"
STOP_WORDS = {GERMAN: GERMAN_STOP_WORDS, ENGLISH: ENGLISH_STOP_WORDS}

_WORD = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*")
_HYPHEN = re.compile(r"[-‐‑]")
_GENDER = re.compile(r"(?<=\w{3})(?:[*:·_]|/-?)innen\b")
_FEMININE = re.compile(r"(?<=\w{2}(?:er|or|nt|st))innen$")
_LOAN_PLURAL = re.compile(r"(?<=\w{2}[^aeoulg][aoy])s$")
_PLAIN = str.maketrans("äöüáàâéèêíîóôúûçñ", "aouaaaeeeiioouucn")  # the usual ones, quickly
_ACCENTED = re.compile(r"[^\x00-\x7f]+")
_DIGIT = re.compile(r"\d")
_SNOWBALL = {GERMAN: "german", ENGLISH: "english"}
_CACHE_LIMIT = 200_000


class Word(NamedTuple):
    """A word as it was written, folded, and the stem it is found by ("" for a stop word)."""

    spelling: str
    surface: str
    stem: str


def fold(text: str) -> str:
    """Text in lower case and compatibility form, without gender marks."""
    return _compatible(text).casefold()


def _compatible(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _GENDER.sub("", text)


def strip_accents(word: str) -> str:
    """The word without diacritics: `haüser` becomes `hauser`."""
    if word.isascii():
        return word
    return _ACCENTED.sub(_without_accents, word.translate(_PLAIN))


def _without_accents(letters: re.Match[str]) -> str:
    separated = unicodedata.normalize("NFD", letters.group())
    return "".join(char for char in separated if not unicodedata.combining(char))


def language_of(tag: str) -> str:
    """`de` or `en` for a language tag; every language without a stemmer counts as German."""
    return ENGLISH if tag.partition("-")[0].lower() == ENGLISH else GERMAN


def spellings(text: str) -> Iterator[str]:
    """The words of a text in order: parts of hyphenated words apart, joined ones at the end."""
    joined = []
    for word in _WORD.findall(_compatible(text)):
        if word.isalnum():
            yield word
            continue
        parts = _HYPHEN.split(word)
        yield from parts
        if min(len(part.casefold()) for part in parts) <= 2:
            joined.append("".join(parts))
    yield from joined


def words(text: str, language: str) -> list[Word]:
    """The words of a text with their stems in `de` or `en`, without stop words, in order."""
    known = _known(language)
    found = []
    for spelling in spellings(text):
        word = known.get(spelling)
        if word is None:
            word = _learn(known, spelling, language)
        if word.stem:
            found.append(word)
    return found


def stem(surface: str, language: str) -> str:
    """The stem of one folded word in `de` or `en`; words with digits stay as they are."""
    if len(surface) <= 2 or _DIGIT.search(surface):
        return strip_accents(surface)
    if language == GERMAN:
        surface = IRREGULAR.get(surface, surface)
        surface = _FEMININE.sub("", surface)
        surface = _LOAN_PLURAL.sub("", surface)
    return strip_accents(_stemmer(language)(surface))


def _learn(known: dict[str, Word], spelling: str, language: str) -> Word:
    surface = spelling.casefold()
    skip = len(surface) > MAX_WORD or surface in STOP_WORDS[language]
    word = Word(spelling, surface, "" if skip else stem(surface, language))
    if len(known) >= _CACHE_LIMIT:
        known.clear()
    known[spelling] = word
    return word


@cache
def _known(language: str) -> dict[str, Word]:
    return {}


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    import Stemmer  # 1 ms, and only needed once something is indexed or searched

    stem_word: Callable[[str], str] = Stemmer.Stemmer(_SNOWBALL[language]).stemWord
    return stem_word
