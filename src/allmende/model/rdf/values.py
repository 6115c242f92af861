# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One RDF object → one value of a field, with the repairs it needed.

A converter gets the reading of the record, the field, the object and its path. It returns
None when the object does not fit; the reading then keeps the statement in `extra`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from allmende.model import dates, repair_iri
from allmende.model.catalogue import Identifier, Kind, Location, Node, Range, Statement
from allmende.model.namespaces import DCAT, DCT, FOAF, GEO, RDF, RDFS, SKOS, VCARD, XSD
from allmende.model.rdf.plan import FieldPlan, plan_of
from allmende.model.rdf.terms import STRING, Literal, Object
from allmende.model.repair_concept import better_concept, concept_from_text

if TYPE_CHECKING:
    from allmende.model.rdf.record import Reading

_EMAIL = frozenset({FOAF + "mbox", VCARD + "hasEmail"})
_TELEPHONE = frozenset({VCARD + "hasTelephone"})
_TAG = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*\Z")
_INTEGER = re.compile(r"\+?(\d{1,18})(?:\.0*)?\Z")
_DURATION = re.compile(
    r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?\Z"
)
_HEX = re.compile(r"(?:[0-9a-f]{2})+\Z")
DROPPED: Any = object()  # the value says nothing: neither kept nor set aside
_INTEGERS = frozenset({XSD + "nonNegativeInteger"})


def wording(reading: Reading, value: Object, path: str) -> tuple[str, str] | None:
    """A language tag (or `und`) and a text; None for a blank node."""
    if isinstance(value, str):
        if value.startswith("_:"):
            return None
        reading.repair("iri-for-literal", path, value, value)
        return "und", value
    text, language, datatype = value
    if language is None:
        if datatype != STRING:
            reading.repair("text-datatype", path, f"{text}^^{datatype}", text)
        return "und", text
    language = language.replace("_", "-")
    if not _TAG.match(language):
        reading.repair("language-tag-invalid", path, f"{text}@{value.language}", text)
        return "und", text
    if language in reading.graph.upper_tags:
        reading.repair("language-tag-case", path, reading.graph.upper_tags[language], language)
    return language, text


def _literal(reading: Reading, field: FieldPlan, value: Object, path: str) -> str | None:
    if isinstance(value, str):
        if value.startswith("_:"):
            return None
        reading.repair("iri-for-literal", path, value, value)
        return value
    if value.datatype != STRING or value.language:
        reading.repair("literal-datatype", path, _typed(value), value.value)
    return value.value


def _typed(value: Literal) -> str:
    return f"{value.value}@{value.language}" if value.language else f"{value[0]}^^{value.datatype}"


def _date(reading: Reading, field: FieldPlan, value: Object, path: str) -> Any:
    if not isinstance(value, Literal):
        return None
    found = dates.iso(value.value)
    if found is None:
        return None
    if field.iri == DCAT + "endDate" and found.startswith("9999"):
        reading.repair("open-end", path, value.value)
        return DROPPED
    if found != value.value:
        reading.repair("date-format", path, value.value, found)
    elif value.datatype != dates.datatype(found):
        reading.repair("date-datatype", path, _typed(value), found)
    return found


def _duration(reading: Reading, field: FieldPlan, value: Object, path: str) -> str | None:
    if not isinstance(value, Literal):
        return None
    text = value.value.strip()
    if not _DURATION.match(text):
        return None
    if text != value.value or value.datatype != XSD + "duration":
        reading.repair("duration-datatype", path, _typed(value), text)
    return text


def _decimal(reading: Reading, field: FieldPlan, value: Object, path: str) -> float | None:
    if not isinstance(value, Literal):
        return None
    text = value.value.strip()
    try:
        number = float(text if "." in text else text.replace(",", "."))
    except ValueError:
        return None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    if value.datatype != XSD + "decimal" or text != value.value or "," in text:
        reading.repair("number-format", path, _typed(value), str(number))
    return number


def _integer(reading: Reading, field: FieldPlan, value: Object, path: str) -> int | None:
    if not isinstance(value, Literal):
        return None
    match = _INTEGER.match(value.value.strip())
    if match is None:
        return None
    number = int(match.group(1))
    if value.value != str(number) or value.datatype not in _INTEGERS:
        reading.repair("number-format", path, _typed(value), str(number))
    return number


def _hex(reading: Reading, field: FieldPlan, value: Object, path: str) -> str | None:
    if not isinstance(value, Literal):
        return None
    text = value.value.strip().lower()
    if not _HEX.match(text):
        return None
    if text != value.value or value.datatype != XSD + "hexBinary":
        reading.repair("hex-form", path, _typed(value), text)
    return text


def geometry_datatype(text: str) -> str:
    """The GeoSPARQL datatype of a geometry literal by its first character."""
    start = text.lstrip()[:6]
    if start.startswith("{"):
        return GEO + "geoJSONLiteral"
    if start.startswith("<") and not start.startswith("<http"):
        return GEO + "gmlLiteral"
    return GEO + "wktLiteral"


def _geometry(reading: Reading, field: FieldPlan, value: Object, path: str) -> str | None:
    if not isinstance(value, Literal):
        return None
    wanted = geometry_datatype(value.value)
    if value.datatype != wanted:
        reading.repair("geometry-datatype", path, _typed(value), wanted)
    return value.value


def _iri(reading: Reading, field: FieldPlan, value: Object, path: str) -> str | None:
    if isinstance(value, Literal):
        return _iri_from_text(reading, field, value, path)
    if value.startswith("_:"):
        inner = reading.graph.first(value, VCARD + "hasValue")
        found = _iri(reading, field, inner, path) if inner is not None else None
        reading.leave(reading.subject, field.iri, value)
        return found
    if field.iri in _EMAIL and not value.startswith("mailto:"):
        address = repair_iri.email(value)
        if address is not None:
            reading.repair("email-without-mailto", path, value, address)
            return address
    return reading.iri(value, path)


def _iri_from_text(reading: Reading, field: FieldPlan, value: Literal, path: str) -> str | None:
    if field.iri in _EMAIL:
        found, code = repair_iri.email(value.value), "email-without-mailto"
    elif field.iri in _TELEPHONE:
        found, code = repair_iri.telephone(value.value), "phone-without-tel"
    else:
        found, code = None, ""
    if found is None:
        found, code = repair_iri.from_text(value.value), "literal-for-iri"
    if found is not None:
        reading.repair(code, path, value.value, found)
    return found


def _concept(reading: Reading, field: FieldPlan, value: Object, path: str) -> str | None:
    if isinstance(value, Literal):
        return _concept_from_text(reading, field, value.value, path)
    if value.startswith("_:"):
        reading.leave(reading.subject, field.iri, value)
        label = _label(reading, value)
        return _concept_from_text(reading, field, label, path) if label else None
    better = better_concept(field.vocabulary, value)
    if better is not None:
        reading.repair("vocabulary-iri", path, value, better)
        return better
    return reading.iri(value, path)


def _concept_from_text(reading: Reading, field: FieldPlan, text: str, path: str) -> str | None:
    found = repair_iri.cleaned(text) if "://" in text and " " not in text.strip() else None
    if found is not None:
        found = better_concept(field.vocabulary, found) or found
        reading.repair("literal-for-iri", path, text, found)
        return found
    found = concept_from_text(field.vocabulary, text)
    if found is not None:
        reading.repair("text-for-concept", path, text, found)
    return found


def _label(reading: Reading, node: str) -> str | None:
    for name in (RDFS + "label", SKOS + "prefLabel", DCT + "title", RDF + "value"):
        value = reading.graph.first(node, name)
        if isinstance(value, Literal):
            return value.value
    return None


_TEXT_FIELDS = ("name", "fn", "label")


def _node(reading: Reading, field: FieldPlan, value: Object, path: str) -> Node | None:
    cls = field.node or Node
    if not isinstance(value, Literal):
        return reading.node(cls, value, path, field.type)
    node = _node_from_text(cls, value)
    if node is not None:
        reading.repair("literal-for-node", path, value.value, "")
    return node


def _node_from_text(cls: type[Node], value: Literal) -> Node | None:
    iri = repair_iri.from_text(value.value) if "://" in value.value else None
    if iri is not None and cls in (Statement, Location):
        return cls(iri=iri)
    if cls is Identifier:
        return Identifier(notation=value.value)
    address = repair_iri.email(value.value) if cls is Kind else None
    if address is not None:
        return Kind(email=[address])
    for name in _TEXT_FIELDS:
        if name in plan_of(cls).by_name:
            node = cls()
            setattr(node, name, {value.language or "und": value.value})
            return node
    return None


def _checked(convert: Converter) -> Converter:
    """The converter for values that are not empty."""

    def checked(reading: Reading, field: FieldPlan, value: Object, path: str) -> Any:
        if isinstance(value, Literal) and not value.value.strip():
            reading.repair("empty-value", path, value.value)
            return DROPPED
        return convert(reading, field, value, path)

    return checked


Converter = Callable[["Reading", FieldPlan, Object, str], Any]
_CONVERTERS: dict[Range, Converter] = {
    Range.LITERAL: _literal,
    Range.DATE: _date,
    Range.DURATION: _duration,
    Range.DECIMAL: _decimal,
    Range.INTEGER: _integer,
    Range.HEX: _hex,
    Range.GEOMETRY: _geometry,
    Range.IRI: _iri,
    Range.CONCEPT: _concept,
    Range.NODE: _node,
}
CONVERTERS = {range_: _checked(convert) for range_, convert in _CONVERTERS.items()}
