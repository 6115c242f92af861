# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""RDF/XML is always well-formed; what it cannot say is left out."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from allmende.model.rdf import Literal, serialise

SUBJECT = "https://example.org/s"


@pytest.mark.parametrize("text", ["a\x00b", "a\x1fb", "a\ufffeb", "a\uffffb", "tab\tline\n"])
def test_forbidden_characters_do_not_break_the_document(text: str) -> None:
    document = serialise([(SUBJECT, "https://example.org/p", Literal(text))], "rdf-xml")
    root = ElementTree.fromstring(document)  # noqa: S314 - our own output
    (value,) = (each.text for each in root.iter("{https://example.org/}p"))
    assert value is not None
    assert value.replace("\r", "") in (text, "ab")


@pytest.mark.parametrize("name", ["https://example.org/1", "https://example.org/", "urn:x:9a"])
def test_properties_without_an_xml_name_are_left_out(name: str) -> None:
    lines = [
        (SUBJECT, name, Literal("lost")),
        (SUBJECT, "https://example.org/p", Literal("kept")),
    ]
    document = serialise(lines, "rdf-xml")
    ElementTree.fromstring(document)  # noqa: S314 - our own output
    assert b"kept" in document
    assert b"lost" not in document
