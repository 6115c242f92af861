# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Moments as Solr writes them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.interfaces.ckan.moments import moment
from allmende.interfaces.ckan.refusals import SearchRefused

START = "2024-01-31T12:34:56.789Z"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("", "2024-01-31T12:34:56.789"),
        ("+1MONTH", "2024-02-29T12:34:56.789"),
        ("-1YEAR", "2023-01-31T12:34:56.789"),
        ("-2MONTHS", "2023-11-30T12:34:56.789"),
        ("+11MONTHS", "2024-12-31T12:34:56.789"),
        ("+1DAY-2HOURS+3MINUTES", "2024-02-01T10:37:56.789"),
        ("/SECOND", "2024-01-31T12:34:56"),
        ("/HOUR", "2024-01-31T12:00:00"),
        ("/DAY+6HOURS", "2024-01-31T06:00:00"),
        ("/MONTH", "2024-01-01T00:00:00"),
        ("/YEAR+1MONTH/DAY", "2024-02-01T00:00:00"),
        ("+10MILLIS", "2024-01-31T12:34:56.799"),
    ],
)
def test_steps(steps: str, expected: str) -> None:
    wanted = datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert moment(START + steps) == round(wanted.timestamp() * 1_000_000)


def test_dates_and_zones() -> None:
    assert moment("1970-01-02") == 86_400_000_000
    assert moment("1970-01-01T02:00:00+02:00") == 0
    before = datetime.now(UTC).timestamp() * 1_000_000
    assert before - 1 <= moment("now") <= datetime.now(UTC).timestamp() * 1_000_000 + 1


@given(st.text(alphabet="NOW+-/0123456789DAYSMONTHREU:TZ ", max_size=40))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    for given_ in (text, "NOW" + text):
        try:
            found = moment(given_)
        except SearchRefused:
            continue
        assert isinstance(found, int)
