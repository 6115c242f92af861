# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where a model is published, and the names and words that follow from it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from allmende.model.document import Entity, Field, FieldType, Model, Visibility

LANGUAGES = ("de", "en")


class Place(Struct, frozen=True, kw_only=True):
    """The server and the collection that a document speaks of, and the language of its words."""

    base: str = "http://127.0.0.1:8000"
    collection: str = ""  # id of a collection of this model; the model's id when empty
    entity: str = ""  # the entity meant by formats that know only one; the first when empty
    language: str = "en"

    def model(self, model: Model) -> str:
        """The address of this version of the model."""
        return f"{self.base}/models/{model.id}/{model.version}"

    def items(self, model: Model) -> str:
        """The address of the rows of the collection (OGC API Features)."""
        return f"{self.base}/ogc/collections/{self.collection or model.id}/items"

    def names(self, model: Model) -> str:
        """What the IRIs of the model's own classes and properties begin with."""
        return model.iri or f"{self.base}/models/{model.id}#"

    def class_iri(self, model: Model, entity: Entity) -> str:
        """The IRI of the kind of thing an entity describes."""
        return entity.iri or self.names(model) + entity.name

    def property_iri(self, model: Model, entity: Entity, field: Field) -> str:
        """The IRI of what a field means."""
        return field.iri or f"{self.names(model)}{entity.name}.{field.name}"


def words(text: Mapping[str, str], language: str = "en", otherwise: str = "") -> str:
    """A text in the language, else in English, German, any, else `otherwise`."""
    for each in (language, "en", "de", *text):
        if text.get(each):
            return text[each]
    return otherwise


def title(thing: Entity | Field, language: str = "en") -> str:
    """The title of an entity or field; its name when it has none."""
    return words(thing.title, language, thing.name)


def is_public(field: Field) -> bool:
    """Whether everybody who may read a row sees the field."""
    return field.shown_to is Visibility.PUBLIC


def always_there(field: Field) -> bool:
    """Whether every reader finds a value: required, and not hidden from the public."""
    return field.required and is_public(field)


def nested(model: Model, field: Field) -> Entity | None:
    """The entity that lies inside an object field; None for any JSON and for other types."""
    if field.type is not FieldType.OBJECT or not field.entity:
        return None
    return next((each for each in model.entities if each.name == field.entity), None)


def class_name(name: str) -> str:
    """The name of an entity as a class: with a capital letter."""
    return name[0].upper() + name[1:]


def line(text: str) -> str:
    """A text in one line without control characters, for remarks in code."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
