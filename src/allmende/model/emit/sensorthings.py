# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How rows of an entity become entities of OGC SensorThings 1.1 (OGC 18-088 §8).

A row is a Thing with its Location; every numeric field with a unit is a Datastream of it
with an ObservedProperty. `{field}` stands for the row's value of that field.
"""

from __future__ import annotations

import json
from typing import Any

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.place import Place, is_public, line, title, words

MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
_NUMERIC = (FieldType.INTEGER, FieldType.NUMBER)


def emit(model: Model, place: Place) -> str:
    """The mapping as JSON."""
    return json.dumps(mapping(model, place), ensure_ascii=False, indent=2) + "\n"


def mapping(model: Model, place: Place) -> dict[str, Any]:
    """The mapping of the chosen entity as plain values; public fields only."""
    entity, language = model.entity(place.entity), place.language
    measured = [each for each in entity.plain if is_measured(each)]
    kept = [each for each in entity.plain if is_public(each) and each not in measured]
    thing: dict[str, Any] = {
        "@iot.id": "{" + "}~{".join(entity.key) + "}" if entity.key else "{id}",
        "name": f"{{{entity.label or (entity.key[0] if entity.key else 'id')}}}",
        "description": words(entity.description, language, title(entity, language)),
        "properties": {each.name: f"{{{each.name}}}" for each in kept},
    }
    if entity.geometry:
        thing["Locations"] = [_location(entity, entity.geometry)]
    streams = [_datastream(model, entity, each, place) for each in measured]
    return {"model": place.model(model), "entity": entity.name, "Thing": thing} | (
        {"Datastreams": streams} if streams else {}
    )


def is_measured(field: Field) -> bool:
    """Whether a field is a single public number with a unit."""
    plain = field.type in _NUMERIC and not field.many and not field.codes
    return plain and bool(field.unit) and is_public(field)


def _location(entity: Entity, field: Field) -> dict[str, str]:
    return {
        "name": f"{{{entity.label or field.name}}}",
        "description": field.name,
        "encodingType": "application/geo+json",
        "location": f"{{{field.name}}}",
    }


def _datastream(model: Model, entity: Entity, field: Field, place: Place) -> dict[str, Any]:
    name = title(field, place.language)
    about = words(field.description, place.language, name)
    found = {
        "name": name,
        "description": about,
        "observationType": MEASUREMENT,
        "unitOfMeasurement": {
            "name": line(field.unit),
            "symbol": line(field.unit),
            "definition": f"https://ucum.org/#{field.unit}",
        },
        "ObservedProperty": {
            "name": name,
            "definition": place.property_iri(model, entity, field),
            "description": about,
        },
        "result": f"{{{field.name}}}",
    }
    if entity.time:
        found["phenomenonTime"] = f"{{{entity.time.start or entity.time.end}}}"
    return found
