# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A JSON-LD 1.1 context that makes RDF of the rows, as plain objects or as GeoJSON features.

In both cases the row's `id` is relative to the address of the rows. Geometries stay JSON
(`rdf:JSON`), because GeoJSON nests its coordinates deeper than RDF lists are of use.
"""

from __future__ import annotations

import json
from typing import Any

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.place import Place, nested
from allmende.model.namespaces import XSD

GEOJSON = "https://purl.org/geojson/vocab#"
DATATYPES: dict[FieldType, str] = {
    FieldType.STRING: XSD + "string",
    FieldType.INTEGER: XSD + "integer",
    FieldType.NUMBER: XSD + "double",
    FieldType.BOOLEAN: XSD + "boolean",
    FieldType.DATE: XSD + "date",
    FieldType.DATETIME: XSD + "dateTime",
    FieldType.TIME: XSD + "time",
    FieldType.YEAR: XSD + "integer",  # SPARQL and SHACL have no order of xsd:gYear
}


def emit(model: Model, place: Place) -> str:
    """The document."""
    return json.dumps({"@context": context(model, place)}, ensure_ascii=False, indent=2) + "\n"


def context(model: Model, place: Place) -> dict[str, Any]:
    """The context of the chosen entity; those inside others have their own within it."""
    entity = model.entity(place.entity)
    own = terms(model, entity, place, (entity.name,))
    around: dict[str, Any] = {
        "@version": 1.1,
        "@base": place.items(model) + "/",
        "id": "@id",
        "type": "@type",
        "Feature": place.class_iri(model, entity),
        "FeatureCollection": GEOJSON + "FeatureCollection",
        "features": GEOJSON + "features",
        "properties": "@nest",
        "geometry": {"@id": GEOJSON + "geometry", "@type": "@json"},
        "bbox": {"@id": GEOJSON + "bbox", "@type": "@json"},
    }
    kinds = {each.name: place.class_iri(model, each) for each in model.entities}
    return around | {name: iri for name, iri in kinds.items() if name not in around} | own


def terms(
    model: Model, entity: Entity, place: Place, above: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """A term for every field of an entity."""
    return {each.name: _term(model, entity, each, place, above) for each in entity.fields}


def _term(
    model: Model, entity: Entity, field: Field, place: Place, above: tuple[str, ...]
) -> dict[str, Any]:
    found: dict[str, Any] = {"@id": place.property_iri(model, entity, field)}
    inner = nested(model, field)
    if has_concepts(field):
        found["@type"] = "@vocab"
        found["@context"] = {str(each.code): each.iri for each in field.codes}
    elif field.type is FieldType.URI:
        found["@type"] = "@id"
    elif field.type is FieldType.STRING:
        pass  # is a string anyway
    elif field.type in DATATYPES:
        found["@type"] = DATATYPES[field.type]
    elif inner is None:
        found["@type"] = "@json"
    elif inner.name not in above:
        found["@context"] = terms(model, inner, place, (*above, inner.name))
    if field.many:
        found["@container"] = "@set"
    return found


def has_concepts(field: Field) -> bool:
    """Whether every value is a code that stands for an IRI, so that RDF has the IRI."""
    known = all(each.iri and isinstance(each.code, str) for each in field.codes)
    return bool(field.codes) and known and not field.open_codes
