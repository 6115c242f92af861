# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules that lead other spellings of a concept to the IRI its vocabulary gives it."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=8192)
def better_concept(vocabulary: str, iri: str) -> str | None:
    """The valid IRI for a variant of it; None when it is valid already or unknown."""
    return None


@lru_cache(maxsize=8192)
def concept_from_text(vocabulary: str, text: str) -> str | None:
    """The concept a text names without doubt; None when none or several fit."""
    return None
