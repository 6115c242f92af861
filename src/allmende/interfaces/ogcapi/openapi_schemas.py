# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The schemas of answers in the OpenAPI document, the same in versions 3.0 and 3.1."""

from __future__ import annotations

from typing import Any

Said = dict[str, Any]

_TEXT: Said = {"type": "string"}
_WHOLE: Said = {"type": "integer"}
_ANY: Said = {"type": "object"}
_COUNT: Said = {"type": "integer", "minimum": 0}
_MOMENT: Said = {"type": "string", "format": "date-time"}


def schemas() -> Said:
    """All schemas by name."""
    return {
        "object": _ANY,
        "file": {"type": "string", "format": "binary"},
        "link": _object("href", "rel", href=_TEXT, rel=_TEXT, type=_TEXT, title=_TEXT),
        "landingPage": _object("links", title=_TEXT, description=_TEXT, links=_list("link")),
        "confClasses": _object("conformsTo", conformsTo={"type": "array", "items": _TEXT}),
        "collections": _object(
            "links", "collections", links=_list("link"), collections=_list("collection")
        ),
        "collection": _object(
            "id", "links", id=_TEXT, title=_TEXT, description=_TEXT, links=_list("link")
        ),
        "feature": _object(
            "type",
            "geometry",
            "properties",
            type=_only("Feature"),
            id=_TEXT,
            geometry=_ANY,
            properties=_ANY,
            links=_list("link"),
        ),
        "featureCollection": _object(
            "type",
            "features",
            type=_only("FeatureCollection"),
            features=_list("feature"),
            links=_list("link"),
            timeStamp=_MOMENT,
            numberMatched=_COUNT,
            numberReturned=_COUNT,
        ),
        "problem": _object(type=_TEXT, title=_TEXT, status=_WHOLE, detail=_TEXT, code=_TEXT),
    }


def _object(*required: str, **properties: Said) -> Said:
    found: Said = {"type": "object", "properties": properties}
    return found | ({"required": list(required)} if required else {})


def _list(name: str) -> Said:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _only(value: str) -> Said:
    return {"type": "string", "enum": [value]}
