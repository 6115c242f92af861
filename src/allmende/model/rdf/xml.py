# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What RDF/XML cannot say: some characters (XML 1.0 §2.2) and properties without an XML name."""

from __future__ import annotations

import re

_XML_NAME = re.compile(r"[A-Za-z_][\w.-]*\Z")
_NO_XML = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D})
_NO_XML_WIDE = re.compile(rb"\xef\xbf[\xbe\xbf]")  # U+FFFE, U+FFFF


def is_writable(predicate: str) -> bool:
    """Whether the property's IRI ends in something that can be the name of an element."""
    tail = predicate[max(predicate.rfind("/"), predicate.rfind("#"), predicate.rfind(":")) + 1 :]
    return _XML_NAME.match(tail) is not None


def cleaned(document: bytes) -> bytes:
    """The document without the characters that no XML document may hold."""
    return _NO_XML_WIDE.sub(b"", document.translate(None, _NO_XML))
