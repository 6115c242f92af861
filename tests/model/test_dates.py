# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dates in all the spellings that were seen, and none that do not exist."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.dates import datatype, iso


@pytest.mark.parametrize(
    ("given", "expected", "kind"),
    [
        ("2021", "2021", "gYear"),
        ("2021-01", "2021-01", "gYearMonth"),
        ("2021-01-05", "2021-01-05", "date"),
        ("2021-01-05Z", "2021-01-05Z", "date"),
        ("2021-01-05T12:00:00+01:00", "2021-01-05T12:00:00+01:00", "dateTime"),
        ("2021-01-28 GMT 01:51:03.34919300", "2021-01-28T01:51:03.349193Z", "dateTime"),
        ("2021-01-28 01:51", "2021-01-28T01:51:00", "dateTime"),
        ("2021-01-28T01:51:03+0100", "2021-01-28T01:51:03+01:00", "dateTime"),
        ("2021-1-5 1:02:03 UTC", "2021-01-05T01:02:03Z", "dateTime"),
        ("31.12.2020", "2020-12-31", "date"),
        ("1. 2. 2020", "2020-02-01", "date"),
        ("31.12.2020, 12:30 Uhr", "2020-12-31T12:30:00", "dateTime"),
        ("2020/12/31", "2020-12-31", "date"),
        ("20201231", "2020-12-31", "date"),
        ("20201231T101112Z", "2020-12-31T10:11:12Z", "dateTime"),
        (" 2021-01-05 ", "2021-01-05", "date"),
        ("2021-01-05T24:00:00", "2021-01-05T24:00:00", "dateTime"),
    ],
)
def test_spellings(given: str, expected: str, kind: str) -> None:
    found = iso(given)
    assert found == expected
    assert (datatype(found) or "").endswith("#" + kind)


@pytest.mark.parametrize(
    "given",
    ["", "gestern", "2021-02-30", "30.02.2021", "2021-13", "2021-01-05T25:00:00", "12/31/2020"],
)
def test_what_is_no_date(given: str) -> None:
    assert iso(given) is None


@given(st.datetimes())
def test_every_real_time_is_accepted(moment: datetime.datetime) -> None:
    assert iso(moment.isoformat()) is not None
    assert iso(str(moment)) == moment.isoformat().rstrip("0").rstrip(".") or moment.microsecond == 0
    assert iso(moment.date().isoformat()) == moment.date().isoformat()


@given(st.text(max_size=40))
def test_any_text_is_answered(text: str) -> None:
    found = iso(text)
    assert found is None or iso(found) == found
