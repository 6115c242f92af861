# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Texts and files made to cost much time take time in proportion to their size.

With a quadratic pattern each of these would take minutes, so a failure is a test that hangs.
"""

import gzip

import pytest

from allmende.core.unpack import MEMBERS, unpack
from allmende.errors import AllmendeError, InvalidInput, NotAllowed, SourceUnavailable
from allmende.portal.markup import plain, rich
from allmende.projections.rdf.words import MAX_TEXT, Form, form_of

LONG = 50_000


@pytest.mark.parametrize("piece", [".", "-", "a.", "a-", ".a", '"', "'''a", "<", "(", "@a-"])
def test_a_query_without_sense_is_refused(piece: str) -> None:
    with pytest.raises(AllmendeError):
        form_of((piece * MAX_TEXT)[:MAX_TEXT])


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("PREFIX a.b: <urn:x> SELECT * {?s a.b:service ?o}", Form.SELECT),
        ("PREFIX : <urn:x> ASK {?s :SERVICE ?o.?o :load-1 2}", Form.ASK),
        ("SELECT * {?s ?p ?o.FILTER(?o>1.5)}", Form.SELECT),
    ],
)
def test_words_in_names_are_no_keywords(text: str, form: Form) -> None:
    assert form_of(text) is form


def test_federation_after_a_full_stop_is_refused() -> None:
    with pytest.raises(NotAllowed):
        form_of("SELECT * {?s ?p ?o.SERVICE <http://example.org/> {?s ?p ?o}}")
    with pytest.raises(InvalidInput):
        form_of("a:select {}")


@pytest.mark.parametrize("piece", ["<", "<a", "<h1", "[", "![", "[a](", "\n", " \n", "<script"])
def test_a_hostile_description_is_shortened(piece: str) -> None:
    text = (piece * LONG)[:LONG]
    assert len(plain(text)) <= 282
    rich(text)


def test_ordinary_marks_are_still_taken_out() -> None:
    assert plain("# Bäume\n\n - [Liste](https://example.org) <b>neu</b>") == "Bäume Liste neu"


def test_a_file_of_endless_empty_parts_is_refused() -> None:
    empty = gzip.compress(b"")
    with pytest.raises(SourceUnavailable) as refused:
        unpack(empty * (MEMBERS + 1), 1_000, "https://example.org/a.gz")
    assert refused.value.code == "source-encoding"
    assert unpack(gzip.compress(b"a") * 3, 1_000, "https://example.org/a.gz") == b"aaa"
