# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Content negotiation: media types, endings, languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.negotiation import (
    Format,
    by_ending,
    choose,
    language,
    negotiate,
    parse_accept,
    wants_html,
)
from allmende.errors import NotAcceptable

HTML = Format("text/html")
TURTLE = Format("text/turtle", ("ttl",))
JSONLD = Format("application/ld+json", ("jsonld",))
XML = Format("application/rdf+xml", ("rdf", "xml"))
ALL = (HTML, TURTLE, JSONLD, XML)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, HTML),
        ("", HTML),
        ("*/*", HTML),
        ("text/turtle", TURTLE),
        ("TEXT/Turtle; Charset=UTF-8", TURTLE),
        ("text/*", HTML),
        ("text/*, text/html;q=0", TURTLE),
        ("application/*;q=0.5, text/turtle;q=0.4", JSONLD),
        ("text/turtle, */*", TURTLE),
        ("text/turtle;q=0.5, */*;q=0.1", TURTLE),
        (FIREFOX, HTML),
        ("image/png", None),
        ("text/html;q=0", None),
        ("text/turtle;q=high", None),
        ("nonsense", None),
        (",,;q=1,text/turtle", TURTLE),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', JSONLD),
    ],
)
def test_negotiate(accept, expected):
    assert negotiate(accept, ALL) == expected


def test_a_parameter_of_the_offer_can_be_asked_for():
    offers = (Format('application/ld+json;profile="https://example.org/p,q"'), JSONLD)
    assert negotiate('application/ld+json; profile="https://example.org/p,q"', offers) is offers[0]
    assert negotiate("application/ld+json", offers) is offers[0]
    assert negotiate('application/ld+json; profile="other"', offers) is JSONLD


@pytest.mark.parametrize(
    ("path", "stem", "offer"),
    [
        ("/datasets/trees.ttl", "/datasets/trees", TURTLE),
        ("/datasets/a.b.jsonld", "/datasets/a.b", JSONLD),
        ("/datasets/v1.2", "/datasets/v1.2", None),
        ("/datasets/.ttl", "/datasets/.ttl", None),
        ("/datasets/trees", "/datasets/trees", None),
        ("trees.rdf", "trees", XML),
        ("trees.xml", "trees", XML),
    ],
)
def test_ending(path, stem, offer):
    assert by_ending(path, ALL) == (stem, offer)


def test_the_ending_wins_over_the_header():
    assert choose("/catalog.ttl", "text/html", ALL) == ("/catalog", TURTLE)
    assert choose("/catalog", "application/rdf+xml", ALL) == ("/catalog", XML)


def test_the_error_names_what_there_is():
    with pytest.raises(NotAcceptable) as caught:
        choose("/catalog", "image/png", ALL)
    assert "text/turtle (.ttl)" in str(caught.value)
    assert "Vorhanden sind" in caught.value.text["de"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (FIREFOX, True),
        ("text/html", True),
        ("*/*", False),
        (None, False),
        ("application/json", False),
        ("application/json, text/html;q=0.5", False),
        ("text/*", True),
    ],
)
def test_wants_html(accept, expected):
    assert wants_html(accept) is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "de"),
        ("", "de"),
        ("en", "en"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr, de-AT;q=0.7, en;q=0.3", "de"),
        ("fr", "de"),
        ("*", "de"),
        ("en;q=0", "de"),
        ("EN-us", "en"),
    ],
)
def test_language(header, expected):
    assert language(header) == expected


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=300))
def test_any_header_gives_an_answer(header):
    assert negotiate(header, ALL) in (*ALL, None)
    assert language(header) in ("de", "en")
    for each in parse_accept(header):
        assert 0.0 <= each.quality <= 1.0


def test_content_type():
    assert TURTLE.content_type == "text/turtle; charset=utf-8"
    assert JSONLD.content_type == "application/ld+json"
