# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model document: what the data of a source are, said once.

A model has entities, an entity has fields. Everything else follows from it: the table a
collection is stored in, the checks of its rows, the forms, the addresses, JSON Schema,
SHACL, OpenAPI, clients and documentation. It is written as JSON or YAML by people, and
published as JSON Schema with `x-` keywords (`model/emit`).

Texts are dictionaries from language to text (`{"de": "Baumhöhe", "en": "Height"}`). Units
are UCUM codes (`m`, `cm`, `kPa`), meanings are IRIs. Names of fields are also the names of
columns and of properties in every interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from msgspec import Struct, field

from allmende.model.pattern import compiled

Text = dict[str, str]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CRS84H = "http://www.opengis.net/def/crs/OGC/0/CRS84h"

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}\Z")
IDENT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}\Z")


class FieldType(StrEnum):
    """What a value is. Values travel as JSON: dates and times as ISO 8601 text, UTC."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"  # YYYY-MM-DD
    DATETIME = "datetime"  # YYYY-MM-DDTHH:MM:SS.sssZ
    TIME = "time"  # HH:MM:SS
    YEAR = "year"  # an integer
    URI = "uri"
    GEOMETRY = "geometry"
    OBJECT = "object"  # an entity of the same model inside this one (`entity`), or any JSON


class GeometryType(StrEnum):
    """Kinds of simple features (OGC 06-103r4 §6.1); ANY takes all of them."""

    POINT = "Point"
    MULTIPOINT = "MultiPoint"
    LINESTRING = "LineString"
    MULTILINESTRING = "MultiLineString"
    POLYGON = "Polygon"
    MULTIPOLYGON = "MultiPolygon"
    GEOMETRYCOLLECTION = "GeometryCollection"
    ANY = "Geometry"


class Visibility(StrEnum):
    """Who sees a field of rows that may be read.

    public    everybody who may read the row
    internal  people with a role in the owning organisation
    personal  stewards, gatekeepers and administrators of the owning organisation
    """

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"


class Code(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a code list."""

    code: str | int
    title: Text = {}
    iri: str = ""


class Range(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Values that can be true; both ends belong to it. Dates as ISO 8601 text."""

    minimum: int | float | str | None = None
    maximum: int | float | str | None = None


class Field(Struct, kw_only=True, omit_defaults=True):
    """One property of an entity.

    `minimum` … `codes` are rules: a row that breaks one is refused and quarantined.
    `plausible` is an expectation: a value outside is kept as it is and flagged.
    """

    name: str
    type: FieldType = FieldType.STRING
    title: Text = field(default_factory=dict)
    description: Text = field(default_factory=dict)
    required: bool = False
    many: bool = False  # an array of such values
    unit: str = ""  # UCUM
    iri: str = ""  # what the field means
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    plausible: Range | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""  # regular expression of ECMA 262 that the whole text must match
    codes: list[Code] = field(default_factory=list)
    open_codes: bool = False  # a value outside the code list is flagged, not refused
    entity: str = ""  # type OBJECT: the entity of this model that lies inside
    reference: str = ""  # the value is the id of a row: of an entity or a collection
    geometry: GeometryType = GeometryType.ANY  # type GEOMETRY
    crs: str = CRS84  # type GEOMETRY: the CRS the source uses; stored as CRS84 lon, lat
    visibility: Visibility = Visibility.PUBLIC
    personal: bool = False  # personal data; never public, whatever `visibility` says
    role: Literal["", "dimension", "measure", "attribute"] = ""  # in a statistical cube

    @property
    def shown_to(self) -> Visibility:
        """The visibility in force."""
        return Visibility.PERSONAL if self.personal else self.visibility


class ValidTime(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields (date, datetime or year) that say when a row is true in the world.

    Without one of them that side is open; the same field twice is a moment.
    """

    start: str = ""
    end: str = ""


class Entity(Struct, kw_only=True, omit_defaults=True):
    """A kind of thing, such as a tree."""

    name: str
    title: Text = field(default_factory=dict)
    description: Text = field(default_factory=dict)
    iri: str = ""
    key: list[str] = field(default_factory=list)  # fields that together name a row
    label: str = ""  # field that a person knows a row by
    time: ValidTime | None = None
    fields: list[Field] = field(default_factory=list)

    def find(self, name: str) -> Field | None:
        """The field with this name."""
        return next((each for each in self.fields if each.name == name), None)

    @property
    def geometry(self) -> Field | None:
        """The field that places a row on the map: the first of type geometry."""
        return next((each for each in self.fields if each.type is FieldType.GEOMETRY), None)

    @property
    def plain(self) -> list[Field]:
        """The fields besides the geometry, in their order."""
        placed = self.geometry
        return [each for each in self.fields if each is not placed]


class Model(Struct, kw_only=True, omit_defaults=True):
    """A described model in one version. Collections take its first entity unless told."""

    id: str
    version: str = "1.0.0"  # semantic version: new major = rows have to be converted
    title: Text = field(default_factory=dict)
    description: Text = field(default_factory=dict)
    licence: str = ""  # IRI
    iri: str = ""  # what names in it begin with; the model's own address when empty
    source: str = ""  # where it was imported from
    changes: Text = field(default_factory=dict)  # what is new in this version
    entities: list[Entity] = field(default_factory=list)

    def entity(self, name: str = "") -> Entity:
        """The entity with this name, or the first one. KeyError when there is none."""
        for each in self.entities:
            if not name or each.name == name:
                return each
        raise KeyError(name)


def problems(model: Model) -> list[Text]:
    """What is wrong with the document itself; an empty list when it can be used."""
    return list(_problems(model))


def _problems(model: Model) -> Iterator[Text]:
    if not IDENT.match(model.id):
        yield _said(
            f"The id “{model.id}” is not usable: small letters, digits and hyphens.",
            f"Die Kennung „{model.id}“ geht nicht: Kleinbuchstaben, Ziffern und Bindestriche.",
        )
    if not VERSION.match(model.version):
        yield _said(
            f"The version “{model.version}” is not of the form 1.0.0.",
            f"Die Version „{model.version}“ hat nicht die Form 1.0.0.",
        )
    if not model.entities:
        yield _said("The model has no entity.", "Das Modell hat keine Entität.")
    names = [each.name for each in model.entities]
    yield from _twice(names, "model")
    for entity in model.entities:
        yield from _of_entity(entity, set(names))


def _of_entity(entity: Entity, entities: set[str]) -> Iterator[Text]:
    if not NAME.match(entity.name):
        yield _bad_name(entity.name)
    yield from _twice([each.name for each in entity.fields], entity.name)
    known = {each.name for each in entity.fields}
    times = (entity.time.start, entity.time.end) if entity.time else ()
    for name in (*entity.key, entity.label, *times):
        if name and name not in known:
            yield _said(
                f"{entity.name} names the field “{name}”, which it does not have.",
                f"{entity.name} nennt das Feld „{name}“, das es nicht gibt.",
            )
    for each in entity.fields:
        yield from _of_field(each, entity, entities)


def _of_field(each: Field, entity: Entity, entities: set[str]) -> Iterator[Text]:
    where = f"{entity.name}.{each.name}"
    if not NAME.match(each.name):
        yield _bad_name(where)
    if each.entity and each.entity not in entities:
        yield _said(
            f"{where} holds the entity “{each.entity}”, which the model does not have.",
            f"{where} enthält die Entität „{each.entity}“, die das Modell nicht hat.",
        )
    for low, high in _pairs(each):
        if low > high:
            yield _said(
                f"{where} can have no value: {low} as the smallest is larger than {high}.",
                f"{where} kann keinen Wert haben: {low} als kleinster ist größer als {high}.",
            )
    if each.pattern:
        try:
            compiled(each.pattern)
        except re.error as error:
            yield _said(
                f"The pattern of {where} cannot be read: {error}.",
                f"Das Muster von {where} ist nicht lesbar: {error}.",
            )


def closed_keys(entity: Entity) -> list[Text]:
    """Why rows cannot be kept by these key fields: whoever sees a row reads them in its id."""
    return [
        _said(
            f"“{each.name}” is a key field, so it can be read in the ids of the rows; make it "
            "public or choose another key.",
            f"„{each.name}“ ist Schlüsselfeld und steht damit in den Kennungen der Zeilen; bitte "
            "öffentlich machen oder einen anderen Schlüssel wählen.",
        )
        for each in entity.fields
        if each.name in entity.key and each.shown_to is not Visibility.PUBLIC
    ]


def _pairs(each: Field) -> Iterator[tuple[float, float]]:
    """Lower and upper limits that are numbers."""
    expected = each.plausible or Range()
    for low, high in (
        (each.minimum, each.maximum),
        (expected.minimum, expected.maximum),
        (each.min_length, each.max_length),
    ):
        if isinstance(low, int | float) and isinstance(high, int | float):
            yield low, high


def _twice(names: list[str], where: str) -> Iterator[Text]:
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            yield _said(
                f"“{name}” stands twice in {where} (large and small letters count as the same).",
                f"„{name}“ steht doppelt in {where} (Groß und Klein zählt gleich).",
            )
        seen.add(name.lower())


def _bad_name(name: str) -> Text:
    return _said(
        f"The name “{name}” is not usable: a letter, then letters, digits and _ (63 at most).",
        f"Der Name „{name}“ geht nicht: ein Buchstabe, dann Buchstaben, Ziffern und _ (höchstens "
        "63 Zeichen).",
    )


def _said(en: str, de: str) -> Text:
    return {"en": en, "de": de}
