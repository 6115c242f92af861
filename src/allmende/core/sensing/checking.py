# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a client sends as an entity, checked against its kind and turned into columns."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from allmende.core.sensing import places
from allmende.errors import InvalidInput
from allmende.model.sensing import moments
from allmende.model.sensing.entities import Attribute, EntityType, Kind, Link
from allmende.model.sensing.path import MOST_ID
from allmende.model.sensing.specs import COMPLEX, TYPES
from allmende.policy import Level

ORGANISATION = "@allmende.organisation"
ACCESS = "@allmende.access"
ID = "@iot.id"
LONGEST_TEXT = 1_000_000  # characters of one property
LONGEST_NAME = 1_000
MOST_PROPERTIES = 256  # ObservedProperties of a MultiDatastream


class Ref(Struct, frozen=True):
    """A link to an entity that is there; with what stands beside its id."""

    id: int
    body: dict[str, Any] = {}


Target = Ref | dict[str, Any]


class Checked(Struct):
    """An entity as columns; links by name; whose it shall be and how open, if that was said."""

    columns: dict[str, Any] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    links: dict[str, list[Target]] = field(default_factory=dict)
    organisation: str | None = None
    access: Level | None = None


def check(entity: EntityType, body: Any, *, partial: bool = False) -> Checked:
    """An entity as it came from JSON; `partial` for a PATCH, which may leave out anything.

    Computed properties and control information are passed over (18-088 §10.2). Raises
    InvalidInput that names what is missing, unknown or of the wrong type.
    """
    if not isinstance(body, dict):
        raise InvalidInput(
            f"A {entity.kind} has to be a JSON object.",
            f"{entity.kind} muss ein JSON-Objekt sein.",
        )
    found = Checked()
    for name, value in body.items():
        _member(entity, found, name, value)
    if not partial:
        _complete(entity, found)
        places.place(found.columns)
    return found


def _member(entity: EntityType, found: Checked, name: str, value: Any) -> None:
    attribute = entity.attribute(name)
    link = entity.link(name)
    if attribute is not None:
        if not attribute.computed:
            found.columns[attribute.column] = _value(entity, attribute, value)
            found.names.append(name)
    elif link is not None:
        found.links[name] = targets(entity, link, value)
    elif name == ORGANISATION:
        found.organisation = _short(name, value)
    elif name == ACCESS:
        found.access = _level(value)
    elif "@" not in name and name != "id":
        known = [each.name for each in entity.attributes]
        known += [each.name for each in entity.links]
        raise InvalidInput(
            f"A {entity.kind} has no “{name[:60]}”; it has: {', '.join(known)}.",
            f"{entity.kind} hat kein „{name[:60]}“, sondern: {', '.join(known)}.",
        )


def _complete(entity: EntityType, found: Checked) -> None:
    """Raises InvalidInput when something mandatory is not there."""
    for attribute in entity.attributes:
        if attribute.required and attribute.name not in found.names:
            raise _missing(entity, attribute.name)
        if attribute.column and not attribute.computed:
            found.columns.setdefault(attribute.column, None)
    if entity.kind == Kind.MULTI_DATASTREAM:
        found.columns["observation_type"] = COMPLEX


def _missing(entity: EntityType, name: str) -> InvalidInput:
    return InvalidInput(
        f"A {entity.kind} needs {name}.", f"{entity.kind} braucht {name}.", code="missing-property"
    )


def missing_link(entity: EntityType, link: Link) -> InvalidInput:
    """The error for a mandatory link that was not given."""
    return _missing(entity, link.name)


def targets(entity: EntityType, link: Link, value: Any) -> list[Target]:
    """What a member of the body links to: entities that are there, or such to make."""
    if value is None and not link.required:
        return []
    items = value if link.many and isinstance(value, list) else [value]
    if link.many != isinstance(value, list) or not all(isinstance(each, dict) for each in items):
        form, german = ("a list of objects", "eine Liste von Objekten")
        if not link.many:
            form, german = ("an object", "ein Objekt")
        raise InvalidInput(
            f"{entity.kind}/{link.name} has to be {form}.",
            f"{entity.kind}/{link.name} muss {german} sein.",
        )
    return [target(each) for each in items]


def target(given: dict[str, Any]) -> Target:
    """A link to what is there when an id is given, else the entity to make."""
    if ID not in given:
        return given
    rest = {name: value for name, value in given.items() if "@" not in name}
    return Ref(ident(given[ID]), rest)


def ident(given: Any) -> int:
    """An @iot.id; those of this service are integers."""
    if isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) < 17:
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= MOST_ID:
        raise InvalidInput(
            f"“{str(given)[:40]}” is no {ID} of this service; ids are integers.",
            f"„{str(given)[:40]}“ ist keine {ID} dieses Dienstes; Kennungen sind ganze Zahlen.",
        )
    return given


# --- values ----------------------------------------------------------------------------------


def _value(entity: EntityType, attribute: Attribute, value: Any) -> Any:
    if value is None:
        if attribute.required:
            raise _missing(entity, attribute.name)
        return None
    if attribute.name == "observationType":
        return observation_type(value)
    if attribute.column in ("unit", "data_types"):
        return _encoded(attribute.name, _of_stream(entity, attribute, value))
    match attribute.type:
        case "text":
            return _short(attribute.name, value, LONGEST_TEXT)
        case "time":
            return moments.moment(value)
        case "json":
            if not isinstance(value, dict):
                raise InvalidInput(
                    f"{attribute.name} has to be a JSON object.",
                    f"{attribute.name} muss ein JSON-Objekt sein.",
                )
            return _encoded(attribute.name, value)
        case _:
            return _encoded(attribute.name, value)


def _short(name: str, value: Any, longest: int = LONGEST_NAME) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise InvalidInput(f"{name} has to be a text.", f"{name} muss Text sein.")
    if len(value) > longest:
        raise InvalidInput(
            f"{name} has more than {longest} characters.",
            f"{name} hat mehr als {longest} Zeichen.",
        )
    return value


def _encoded(name: str, value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(
            f"{name} has more than {LONGEST_TEXT} characters.",
            f"{name} hat mehr als {LONGEST_TEXT} Zeichen.",
        )
    return text


def _level(value: Any) -> Level:
    if value not in tuple(Level):
        raise InvalidInput(
            f"{ACCESS} is open, internal or restricted.",
            f"{ACCESS} ist open, internal oder restricted.",
        )
    return Level(value)


def observation_type(value: Any) -> str:
    """The observationType of a datastream, one of the types of O&M (18-088 table 8-12)."""
    if value not in TYPES:
        raise InvalidInput(
            f"“{str(value)[:120]}” is no observationType; known are: {', '.join(TYPES)}.",
            f"„{str(value)[:120]}“ ist kein observationType; es gibt: {', '.join(TYPES)}.",
        )
    return str(value)


def _of_stream(entity: EntityType, attribute: Attribute, value: Any) -> Any:
    if entity.kind == Kind.DATASTREAM:
        return _unit(value)
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_PROPERTIES:
        raise InvalidInput(
            f"{attribute.name} has to be a list of 1 to {MOST_PROPERTIES} items.",
            f"{attribute.name} muss eine Liste mit 1 bis {MOST_PROPERTIES} Einträgen sein.",
        )
    if attribute.column == "data_types":
        return [observation_type(each) for each in value]
    return [_unit(each) for each in value]


def _unit(value: Any) -> Any:
    if not isinstance(value, dict) or not {"name", "symbol", "definition"} >= set(value):
        raise InvalidInput(
            "unitOfMeasurement has to be an object with name, symbol and definition.",
            "unitOfMeasurement muss ein Objekt mit name, symbol und definition sein.",
        )
    if not all(each is None or isinstance(each, str) for each in value.values()):
        raise InvalidInput(
            "name, symbol and definition of a unit are texts or null.",
            "name, symbol und definition einer Einheit sind Text oder null.",
        )
    return value
