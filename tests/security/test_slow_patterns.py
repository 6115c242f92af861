# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Patterns of models cannot stop the platform, however many ways there are to match them."""

import pytest

from allmende.model.pattern import MAX_TEXT, compiled, longest

SLOW = (
    r"(a|a)*b",
    r"(a|a|a|a)*b",
    r"(a|ab|b)*c",
    r"([a-z]|\w)+!",
    r"(a?){30}a{30}",
    "a?" * 30 + "a" * 30,
    "a{0,3}" * 20 + "b",
    r"(.*a){20}b",
    r"(a+){10}b",
    r"(((a+)+)+)+b",
    r"(a?b?c?a?)*d",
    "a*" * 12 + "b",
    r"(\w+\s?)*!",
    r"(?:(?:a|a){1,50})*b",
)


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_with_many_ways_is_tried_on_short_texts_only(pattern: str) -> None:
    most = longest(pattern)
    assert most < 100
    assert compiled(pattern).fullmatch("a" * most) is None


@pytest.mark.parametrize(
    "pattern",
    [
        r"(Mo|Di|Mi|Do|Fr|Sa|So)(, (Mo|Di|Mi|Do|Fr|Sa|So))*",
        r"[A-ZÄÖÜ][a-zäöüß-]+ \d{1,4}[a-z]?",
        r"\d{4}-\d{2}-\d{2}",
        r"[a-z]+?@[a-z]+",
    ],
)
def test_usual_patterns_are_tried_on_usual_texts(pattern: str) -> None:
    assert longest(pattern) == MAX_TEXT
