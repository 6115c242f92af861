# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Entity tags and conditional requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.conditional import etag, http_date, is_fresh, require_match, tags, validators
from allmende.errors import PreconditionFailed

TAG = etag("trees", 3, "text/turtle")
NOON = 1_700_000_000_500_000


def test_tags_are_strong_quoted_and_distinct():
    assert TAG.startswith('"')
    assert TAG.endswith('"')
    assert etag("trees", 3, "text/turtle") == TAG
    assert etag("trees", 4, "text/turtle") != TAG
    assert etag("a", "b") != etag("ab")


def test_validators():
    assert validators(TAG) == {"etag": TAG}
    expected = "Tue, 14 Nov 2023 22:13:20 GMT"
    assert validators(TAG, NOON) == {"etag": TAG, "last-modified": expected}
    assert http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, False),
        ({"if-none-match": TAG}, True),
        ({"if-none-match": f'"x", W/{TAG}'}, True),
        ({"if-none-match": TAG.replace('"', "")}, False),
        ({"if-none-match": f'{TAG[:-1]}--gzip"'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"x"', "if-modified-since": http_date(NOON)}, False),
        ({"if-modified-since": http_date(NOON)}, True),
        ({"if-modified-since": http_date(NOON - 1_000_000)}, False),
        ({"if-modified-since": "yesterday"}, False),
    ],
)
def test_is_fresh(headers, fresh):
    assert is_fresh(headers, TAG, NOON) is fresh


@pytest.mark.parametrize(
    ("headers", "tag"),
    [
        ({}, TAG),
        ({"if-match": TAG}, TAG),
        ({"if-match": "*"}, TAG),
        ({"if-none-match": "*"}, None),
        ({"if-none-match": '"x"'}, TAG),
    ],
)
def test_a_write_that_knows_the_state_passes(headers, tag):
    require_match(headers, tag)


@pytest.mark.parametrize(
    ("headers", "tag"),
    [
        ({"if-match": '"x"'}, TAG),
        ({"if-match": f"W/{TAG}"}, TAG),
        ({"if-match": "*"}, None),
        ({"if-match": TAG}, None),
        ({"if-none-match": "*"}, TAG),
        ({"if-none-match": TAG}, TAG),
    ],
)
def test_a_write_on_an_old_state_is_refused(headers, tag):
    with pytest.raises(PreconditionFailed):
        require_match(headers, tag)


@given(st.text(max_size=100))
def test_any_header_can_be_read(header):
    assert isinstance(tags(header), list)
    is_fresh({"if-modified-since": header}, TAG, NOON)
