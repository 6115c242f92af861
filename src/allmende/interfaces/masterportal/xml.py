# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""XML documents as nested tuples: a name, attributes, then texts and further tuples."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = {
    "csw": "http://www.opengis.net/cat/csw/2.0.2",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dct": "http://purl.org/dc/terms/",
    "gco": "http://www.isotc211.org/2005/gco",
    "gmd": "http://www.isotc211.org/2005/gmd",
    "ows": "http://www.opengis.net/ows",
    "ogc": "http://www.opengis.net/ogc",
    "xlink": "http://www.w3.org/1999/xlink",
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Node = tuple[Any, ...]


def node(name: str, /, *inside: Any, **attributes: str) -> Node:
    """An element; nothing, None and empty texts inside are passed over."""
    return (name, attributes, *(each for each in inside if each not in (None, "")))


def wrapped(*names: str, inside: Any) -> Node | None:
    """Elements around something, the first outermost; None round nothing."""
    if inside in (None, "", []):
        return None
    found: Any = inside
    for name in reversed(names):
        found = node(name, *(found if isinstance(found, list) else [found]))
    return found  # type: ignore[no-any-return]


def document(root: Node) -> bytes:
    """The document with all its namespaces."""
    name, attributes, *inside = root
    spaces = {f"xmlns:{prefix}": uri for prefix, uri in NAMESPACES.items()}
    text = _text((name, spaces | attributes, *inside))
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()


def _text(element: Any) -> str:
    if not isinstance(element, tuple):
        return escape(_CONTROL.sub("", str(element)))
    name, attributes, *inside = element
    said = "".join(
        f" {key.replace('__', ':')}={quoteattr(_CONTROL.sub('', value))}"
        for key, value in attributes.items()
    )
    content = "".join(_text(each) for each in inside)
    return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"
