# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the shared definitions of the Smart Data Models hold, in our own words.

Nearly every one of those schemas begins with `allOf` of remote definitions. They are few and
stable; so they are written here and nothing has to be fetched. Known by the last part of
their address.
"""

from __future__ import annotations

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_URI: dict[str, Any] = {"type": "string", "format": "uri"}
_ID: dict[str, Any] = {"type": "string", "maxLength": 256}
_GEOMETRY: dict[str, Any] = {"x-geometry": "Geometry"}


def _texts(**described: str) -> dict[str, Any]:
    return {name: {**_TEXT, "description": about} for name, about in described.items()}


def _object(properties: dict[str, Any], title: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": properties}
    return found | ({"title": title} if title else {})


ADDRESS = _object(
    _texts(
        streetAddress="Street and house number",
        addressLocality="Town",
        addressRegion="Region, such as the federal state",
        addressCountry="Country",
        postalCode="Postcode",
        postOfficeBoxNumber="Number of the post office box",
        streetNr="House number",
        district="District of the town",
    ),
    "Address",
)
OPENING_HOURS = _object(
    {
        **_texts(dayOfWeek="Day of the week"),
        "opens": {**_TEXT, "description": "Opening time"},
        "closes": {**_TEXT, "description": "Closing time"},
        "validFrom": _MOMENT,
        "validThrough": _MOMENT,
    },
    "OpeningHours",
)
CONTACT = _object(
    {
        **_texts(contactType="What the contact is for", name="Name"),
        "email": {**_TEXT, "format": "email", "description": "E-mail address"},
        "telephone": {**_TEXT, "description": "Telephone number", "x-personal": True},
        "url": _URI,
    },
    "ContactPoint",
)
DEFINITIONS: dict[str, dict[str, Any]] = {
    "GSMA-Commons": _object(
        {
            "id": {**_ID, "description": "Identifier"},
            "dateCreated": {**_MOMENT, "description": "When the record was made"},
            "dateModified": {**_MOMENT, "description": "When the record was changed last"},
            **_texts(
                source="Where the data are from",
                name="Name",
                alternateName="Another name",
                description="Description",
                dataProvider="Who provides the data",
            ),
            "owner": {"type": "array", "items": _ID, "description": "Identifiers of the owners"},
            "seeAlso": {"type": "array", "items": _URI, "description": "More about it"},
        }
    ),
    "Location-Commons": _object(
        {
            "location": {**_GEOMETRY, "description": "Where it is"},
            "address": ADDRESS,
            **_texts(areaServed="The area it is for"),
        }
    ),
    "PhysicalObject-Commons": _object(
        {
            **_texts(color="Colour"),
            "image": {**_URI, "description": "A picture"},
            "annotations": {"type": "array", "items": _TEXT, "description": "Remarks"},
        }
    ),
    "DateTime-Commons": _object(
        {"openingHoursSpecification": {"type": "array", "items": OPENING_HOURS}}
    ),
    "Contact-Commons": _object({"contactPoint": CONTACT}),
    "Person-Commons": _object(
        {
            name: {**_TEXT, "description": about, "x-personal": True}
            for name, about in {
                "additionalName": "Middle name",
                "familyName": "Family name",
                "givenName": "Given name",
                "telephone": "Telephone number",
                "email": "E-mail address",
            }.items()
        }
    ),
    "Extensible-Commons": _object({}),
    "EntityIdentifierType": _ID,
    "email": {**_TEXT, "format": "email"},
    "userAlias": _TEXT,
    "tag": _TEXT,
    "timeInstant": _MOMENT,
    "dateObserved": _MOMENT,
    "dateYearLess": _TEXT,
    "categoryType": {"type": "array", "items": _TEXT},
    "ownerType": {"type": "array", "items": _ID},
    "address": ADDRESS,
    "openingHoursSpecification": {"type": "array", "items": OPENING_HOURS},
    "contactPoint": CONTACT,
}
_SHAPES = {
    kind.lower(): kind
    for kind in (
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
        "GeometryCollection",
        "Geometry",
    )
}


def known(address: str) -> dict[str, Any] | None:
    """The definition behind a remote address, None when it is not known here."""
    last = address.rstrip("/").rpartition("/")[2]
    if "common-schema" in address:
        return DEFINITIONS.get(last)
    if "geojson" in address.lower() or "geometry" in address.lower():
        kind = _SHAPES.get(last.removesuffix(".json").lower())
        kind = kind or _SHAPES.get(last.removesuffix(".json").lower().removesuffix("geometry"))
        return {"x-geometry": kind} if kind else None
    return None
