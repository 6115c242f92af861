# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Data types and annotations of Ecore."""

from __future__ import annotations

import re

from allmende.model.bring.ecore_xml import Element
from allmende.model.document import FieldType

_KINDS: dict[FieldType, str] = {
    FieldType.STRING: """
        EString EChar ECharacterObject EByteArray String NormalizedString Token Name NCName
        QName Language ID IDREF HexBinary Base64Binary Duration GMonth GDay GMonthDay
        GYearMonth java.lang.String char java.lang.Character java.util.UUID java.util.Locale
        java.lang.CharSequence byte[]
    """,
    FieldType.INTEGER: """
        EInt EIntegerObject ELong ELongObject EShort EShortObject EByte EByteObject
        EBigInteger Int Integer Long Short Byte UnsignedInt UnsignedLong UnsignedShort
        UnsignedByte NonNegativeInteger PositiveInteger NegativeInteger NonPositiveInteger
        int long short byte java.lang.Integer java.lang.Long java.lang.Short java.lang.Byte
        java.math.BigInteger
    """,
    FieldType.NUMBER: """
        EDouble EDoubleObject EFloat EFloatObject EBigDecimal Double Float Decimal double
        float java.lang.Double java.lang.Float java.math.BigDecimal java.lang.Number
    """,
    FieldType.BOOLEAN: """
        EBoolean EBooleanObject Boolean boolean java.lang.Boolean
    """,
    FieldType.DATETIME: """
        EDate DateTime java.util.Date java.time.Instant java.time.LocalDateTime
        java.time.ZonedDateTime java.time.OffsetDateTime java.sql.Timestamp
        java.util.Calendar javax.xml.datatype.XMLGregorianCalendar Instant LocalDateTime
        Timestamp
    """,
    FieldType.DATE: """
        Date java.time.LocalDate java.sql.Date LocalDate
    """,
    FieldType.TIME: """
        Time java.time.LocalTime java.sql.Time LocalTime
    """,
    FieldType.YEAR: """
        GYear java.time.Year
    """,
    FieldType.URI: """
        AnyURI java.net.URI java.net.URL URI URL EURI
    """,
    FieldType.OBJECT: """
        EJavaObject EMap EEList EFeatureMap EObject JSON java.util.Map java.util.List
        java.lang.Object com.fasterxml.jackson.databind.JsonNode
    """,
}
_KNOWN = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_GEOMETRY = re.compile(r"geojson|(jts|geotools|geolatte|postgis)\.|\b(Geometry|GeoJson)\b", re.I)


def attribute_type(written: str, target: Element | None) -> FieldType | None:
    """The type of an attribute; None when its data type is not known."""
    last = re.split(r"[/#\s]", written)[-1]
    if target is None:
        return FieldType.GEOMETRY if _GEOMETRY.search(last) else _KNOWN.get(last)
    java = target.get("instanceClassName") or target.get("instanceTypeName")
    java = java.partition("<")[0]
    if _GEOMETRY.search(f"{target.get('name')} {java}"):
        return FieldType.GEOMETRY
    by_java, by_name = _KNOWN.get(java), _KNOWN.get(target.get("name"))
    return by_name if by_java in (None, FieldType.STRING) and by_name else by_java


def documentation(element: Element) -> str:
    """What the generator's annotation says about an element."""
    for each in element.all("eAnnotations"):
        if each.get("source").endswith("GenModel"):
            for detail in each.all("details"):
                if detail.get("key") == "documentation":
                    return detail.get("value")
    return ""


def hint(element: Element, key: str) -> str:
    """A detail of any annotation: unit, iri, pattern."""
    for each in element.all("eAnnotations"):
        for detail in each.all("details"):
            if detail.get("key").lower() == key:
                return detail.get("value").strip()[:500]
    return ""
