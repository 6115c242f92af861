# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model as SHACL shapes in Turtle, with names and descriptions in every language.

The shapes fit the RDF that the JSON-LD context of the same model makes. Expectations
(`plausible`, open code lists) are shapes of their own with `sh:severity sh:Warning`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.json_ld import DATATYPES, has_concepts
from allmende.model.emit.place import Place, nested
from allmende.model.namespaces import DCT, OWL, RDF, RDFS, XSD

SH = "http://www.w3.org/ns/shacl#"
QUDT_UCUM = "http://qudt.org/schema/qudt/ucumCode"
_PREFIXES = {"sh": SH, "rdf": RDF, "rdfs": RDFS, "xsd": XSD, "dct": DCT, "owl": OWL}
_UNSAFE = {ord(char): f"%{ord(char):02X}" for char in '<>"{}|^`\\ \t\n\r'}


def emit(model: Model, place: Place) -> str:
    """The shapes of all entities."""
    lines = [f"@prefix {name}: <{iri}> ." for name, iri in _PREFIXES.items()]
    lines += ["", *_block(iri(place.model(model)), _about(model))]
    for entity in model.entities:
        lines += ["", *_block(_shape(model, entity, place), _node(model, entity, place))]
        lines += ["", *_block(iri(place.class_iri(model, entity)), _class(entity))]
    return "\n".join(lines) + "\n"


def iri(text: str) -> str:
    """An IRI in Turtle; characters it may not have are percent-encoded."""
    return f"<{text.translate(_UNSAFE)}>"


def quoted(text: str, language: str = "") -> str:
    """A string in Turtle, whose escapes are those of JSON."""
    tag = f"@{language}" if language and language != "und" else ""
    return json.dumps(text) + tag if text.isascii() else _raw(text) + tag


def _raw(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _block(subject: str, statements: Iterable[str]) -> Iterator[str]:
    yield subject
    found = [f"    {each}" for each in statements]
    yield from (f"{each} ;" for each in found[:-1])
    yield found[-1] + " ."


def _texts(predicate: str, text: Mapping[str, str]) -> Iterator[str]:
    values = [quoted(each, language) for language, each in text.items()]
    if values:
        yield f"{predicate} {', '.join(values)}"


def _about(model: Model) -> Iterator[str]:
    yield "a owl:Ontology"
    yield from _texts("rdfs:label", model.title)
    yield from _texts("rdfs:comment", model.description)
    if model.licence:
        yield f"dct:license {iri(model.licence)}"
    yield f"owl:versionInfo {quoted(model.version)}"


def _class(entity: Entity) -> Iterator[str]:
    yield "a rdfs:Class, owl:Class"
    yield from _texts("rdfs:label", entity.title or {"und": entity.name})
    yield from _texts("rdfs:comment", entity.description)


def _shape(model: Model, entity: Entity, place: Place) -> str:
    return iri(f"{place.model(model)}#{entity.name}Shape")


def _node(model: Model, entity: Entity, place: Place) -> Iterator[str]:
    yield "a sh:NodeShape"
    yield f"sh:targetClass {iri(place.class_iri(model, entity))}"
    yield from _texts("rdfs:label", entity.title)
    for number, field in enumerate(entity.fields, 1):
        yield _property(_rules(model, entity, field, place, number))
        expected = list(_expectations(field))
        if expected:
            path = f"sh:path {iri(place.property_iri(model, entity, field))}"
            yield _property([path, "sh:severity sh:Warning", *expected])


def _property(parts: Iterable[str]) -> str:
    return "sh:property [ " + " ;\n        ".join(parts) + " ]"


def _rules(model: Model, entity: Entity, field: Field, place: Place, number: int) -> Iterator[str]:
    yield f"sh:path {iri(place.property_iri(model, entity, field))}"
    yield from _texts("sh:name", field.title or {"und": field.name})
    yield from _texts("sh:description", field.description)
    yield f"sh:order {number}"
    if field.unit:
        yield f"{iri(QUDT_UCUM)} {quoted(field.unit)}"
    if field.required:
        yield "sh:minCount 1"
    if not field.many:
        yield "sh:maxCount 1"
    yield from _kind(model, field, place)
    yield from _limits(field, field.minimum, field.maximum)
    if field.codes and not field.open_codes:
        yield _listed(field)
    if field.pattern:
        yield f"sh:pattern {quoted(f'^(?:{field.pattern})$')}"
    if field.min_length is not None:
        yield f"sh:minLength {field.min_length}"
    if field.max_length is not None:
        yield f"sh:maxLength {field.max_length}"


def _kind(model: Model, field: Field, place: Place) -> Iterator[str]:
    inner = nested(model, field)
    if inner is not None:
        yield "sh:nodeKind sh:BlankNodeOrIRI"
        yield f"sh:node {_shape(model, inner, place)}"
    elif field.type is FieldType.URI or has_concepts(field):
        yield "sh:nodeKind sh:IRI"
    else:
        yield f"sh:datatype {iri(DATATYPES.get(field.type, RDF + 'JSON'))}"


def _limits(field: Field, minimum: Any, maximum: Any) -> Iterator[str]:
    if minimum is not None:
        yield f"sh:minInclusive {_literal(field, minimum)}"
    if maximum is not None:
        yield f"sh:maxInclusive {_literal(field, maximum)}"


def _expectations(field: Field) -> Iterator[str]:
    if field.plausible is not None:
        yield from _limits(field, field.plausible.minimum, field.plausible.maximum)
    if field.codes and field.open_codes:
        yield _listed(field)


def _listed(field: Field) -> str:
    if has_concepts(field):
        values = [iri(each.iri) for each in field.codes]
    else:
        values = [_literal(field, each.code) for each in field.codes]
    return f"sh:in ( {' '.join(values)} )"


def _literal(field: Field, value: Any) -> str:
    """A value of a field as a typed literal; numbers of xsd:double in canonical form."""
    kind = DATATYPES.get(field.type, XSD + "string").removeprefix(XSD)
    return f"{quoted(str(value))}^^xsd:{kind}" if kind != "string" else quoted(str(value))
