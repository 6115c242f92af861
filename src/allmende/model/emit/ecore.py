# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model as an Ecore package (EMF 2), for modelling tools and Java generators."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import quoteattr

from allmende.model.document import Code, Entity, Field, FieldType, Model
from allmende.model.emit.place import Place, class_name, nested, title, words

_ECORE = "ecore:EDataType http://www.eclipse.org/emf/2002/Ecore#//"
_TYPES = {
    FieldType.STRING: _ECORE + "EString",
    FieldType.INTEGER: _ECORE + "ELong",
    FieldType.NUMBER: _ECORE + "EDouble",
    FieldType.BOOLEAN: _ECORE + "EBoolean",
    FieldType.DATE: _ECORE + "EDate",
    FieldType.DATETIME: _ECORE + "EDate",
    FieldType.TIME: _ECORE + "EString",
    FieldType.YEAR: _ECORE + "EInt",
    FieldType.URI: _ECORE + "EString",
    FieldType.GEOMETRY: "#//GeoJSON",
    FieldType.OBJECT: "#//JSON",
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DOCUMENTATION = "http://www.eclipse.org/emf/2002/GenModel"


def emit(model: Model, place: Place) -> str:
    """The package as XMI."""
    own = place.names(model)
    prefix = re.sub(r"[^a-z0-9]", "", model.id) or "model"
    prefix = prefix if prefix[0].isalpha() else f"m{prefix}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<ecore:EPackage xmi:version="2.0" xmlns:xmi="http://www.omg.org/XMI"',
        '    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
        '    xmlns:ecore="http://www.eclipse.org/emf/2002/Ecore"',
        f'    name="{prefix}" nsURI={_text(place.model(model))} nsPrefix="{prefix}">',
    ]
    about = words(model.description, place.language) or words(model.title, place.language)
    lines += _documented(about, own, {"version": model.version, "licence": model.licence})
    for entity in model.entities:
        lines += _class(model, entity, own, place.language)
        lines += [line for each in entity.fields for line in _enum(entity, each)]
    for name in ("GeoJSON", "JSON"):
        lines.append(_open("eClassifiers", "ecore:EDataType", name=_data_type(model, name),
                           instanceClassName="java.lang.String") + "/>")  # fmt: skip
    return "\n".join([*lines, "</ecore:EPackage>"]) + "\n"


def _data_type(model: Model, name: str) -> str:
    taken = {class_name(each.name) for each in model.entities}
    return name + "_" if name in taken else name


def _text(text: str) -> str:
    """An attribute's value; characters XML cannot hold are left out."""
    return quoteattr(_NOT_XML.sub("", text))


def _open(element: str, kind: str, **attributes: str) -> str:
    listed = "".join(f" {name}={_text(value)}" for name, value in attributes.items() if value)
    return f'  <{element} xsi:type="{kind}"{listed}'


def _documented(about: str, source: str, details: Mapping[str, object]) -> Iterator[str]:
    kept = {name: str(value) for name, value in details.items() if value not in (None, "", False)}
    documented = {"documentation": about} if about else {}
    for where, pairs in ((DOCUMENTATION, documented), (source, kept)):
        if pairs:
            yield f"    <eAnnotations source={_text(where)}>"
            for key, value in pairs.items():
                yield f'      <details key="{key}" value={_text(value)}/>'
            yield "    </eAnnotations>"


def _class(model: Model, entity: Entity, own: str, language: str) -> Iterator[str]:
    yield _open("eClassifiers", "ecore:EClass", name=class_name(entity.name)) + ">"
    about = words(entity.description, language) or title(entity, language)
    yield from _documented(about, own, {"iri": entity.iri, "key": " ".join(entity.key)})
    for field in entity.fields:
        yield from _feature(model, entity, field, own, language)
    yield "  </eClassifiers>"


def _feature(model: Model, entity: Entity, field: Field, own: str, language: str) -> Iterator[str]:
    inner = nested(model, field)
    if inner:
        kind, more = "ecore:EReference", {"eType": f"#//{class_name(inner.name)}"}
        more["containment"] = "true"
    else:
        kind, more = "ecore:EAttribute", {"eType": _attribute_type(model, entity, field)}
        more["iD"] = "true" if entity.key == [field.name] else ""
    more["lowerBound"] = "1" if field.required else ""
    more["upperBound"] = "-1" if field.many else ""
    yield "  " + _open("eStructuralFeatures", kind, name=field.name, **more) + ">"
    parts = [words(field.title, language), words(field.description, language)]
    details = {
        "unit": field.unit,
        "iri": field.iri,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "pattern": field.pattern,
        "reference": field.reference,
        "visibility": str(field.shown_to) if field.shown_to != "public" else "",
    }
    yield from _documented(". ".join(each for each in parts if each), own, details)
    yield "    </eStructuralFeatures>"


def _is_enum(field: Field) -> bool:
    texts = all(isinstance(each.code, str) for each in field.codes)
    return bool(field.codes) and texts and not field.open_codes and field.type is FieldType.STRING


def _enum_name(entity: Entity, field: Field) -> str:
    return f"{class_name(entity.name)}_{class_name(field.name)}_Code"


def _attribute_type(model: Model, entity: Entity, field: Field) -> str:
    if _is_enum(field):
        return f"#//{_enum_name(entity, field)}"
    found = _TYPES[field.type]
    return f"#//{_data_type(model, found[3:])}" if found.startswith("#//") else found


def _enum(entity: Entity, field: Field) -> Iterator[str]:
    if not _is_enum(field):
        return
    yield _open("eClassifiers", "ecore:EEnum", name=_enum_name(entity, field)) + ">"
    names = _literal_names(field.codes)
    for number, (each, name) in enumerate(zip(field.codes, names, strict=True)):
        literal = f"value={_text(str(number))} literal={_text(str(each.code))}"
        yield f"    <eLiterals name={_text(name)} {literal}/>"
    yield "  </eClassifiers>"


def _literal_names(codes: list[Code]) -> list[str]:
    """Names for Java of the codes, each once."""
    found: list[str] = []
    for each in codes:
        name = re.sub(r"\W", "_", str(each.code), flags=re.ASCII) or "_"
        name = f"_{name}" if name[0].isdigit() else name
        while name in found:
            name += "_"
        found.append(name)
    return found
