# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Equivalent words of German and English, read from `synonyms.txt` at first use."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from allmende.projections.search.analysis import ENGLISH, GERMAN, words

Stems = tuple[str, ...]  # one stem, or the stems of a phrase


@cache
def synonyms() -> dict[Stems, frozenset[Stems]]:
    """For the stems of a word or phrase, the stems of every word or phrase of its groups."""
    found: dict[Stems, set[Stems]] = {}
    for line in files(__package__).joinpath("synonyms.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        group = set().union(*(_stems(word) for word in line.split(",")))
        for stems in group:
            found.setdefault(stems, set()).update(group)
    return {stems: frozenset(group) for stems, group in found.items()}


def _stems(word: str) -> set[Stems]:
    """German and English stems, because the language of a record decides how it is stemmed."""
    both = {
        tuple(each.stem for each in words(word.strip(), language)) for language in (GERMAN, ENGLISH)
    }
    return {stems for stems in both if stems}
