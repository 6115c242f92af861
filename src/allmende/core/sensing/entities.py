# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing things, datastreams and all other entities (18-088 clause 10, STAplus).

Every write is one `Operation` on a path; several of them can be one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing import changing, making, removing
from allmende.core.sensing.checking import ID
from allmende.core.sensing.checking import ident as read_id
from allmende.core.sensing.unit import Owner, Unit, check_writer
from allmende.errors import InvalidInput, NotFound
from allmende.model.sensing.entities import TYPES, Kind, Link
from allmende.model.sensing.path import Path, parse
from allmende.policy import Subject
from allmende.store import Connection
from allmende.store.sensing.entities import STREAMS

__all__ = [
    "Done",
    "Method",
    "Operation",
    "change",
    "check_writer",
    "create",
    "perform",
    "perform_all",
    "remove",
    "remove_observations",
]

Method = Literal["create", "merge", "replace", "patch", "delete", "link", "unlink"]


class Operation(Struct, kw_only=True):
    """A change: how, on what address below the root of the service, with which JSON.

    `name` is how later operations of the same transaction refer to what this one makes:
    as `$name` at the beginning of their path or as an id in their body.
    """

    method: Method
    path: str
    body: Any = None
    name: str = ""


class Done(Struct, frozen=True):
    """What an operation did, and to which entity."""

    method: Method
    kind: Kind
    id: int

    @property
    def address(self) -> str:
        """The path of the entity: Things(1)."""
        return f"{TYPES[self.kind].collection}({self.id})"


async def perform(platform: Platform, subject: Subject, operation: Operation) -> Done:
    """Does one operation, durably when it returns.

    Raises NotFound for what the subject cannot see, NotAllowed, InvalidInput, Conflict,
    LimitExceeded.
    """
    return (await perform_all(platform, subject, [operation]))[0]


async def perform_all(
    platform: Platform, subject: Subject, operations: Sequence[Operation]
) -> list[Done]:
    """Does operations one after the other, all of them or none."""
    return await platform.store.write(_perform, subject, operations, platform.settings.timezone)


def _perform(
    db: Connection, subject: Subject, operations: Sequence[Operation], zone: str
) -> list[Done]:
    unit = Unit(db, subject, zone)
    named: dict[str, Done] = {}
    found = []
    for each in operations:
        done = _one(unit, _with_names(each, named))
        found.append(done)
        if each.name:
            named[each.name] = done
    return found


def _one(unit: Unit, operation: Operation) -> Done:
    path = parse(operation.path)
    return _METHODS[operation.method](unit, path, operation)


def _with_names(operation: Operation, named: Mapping[str, Done]) -> Operation:
    """The operation with `$name` replaced by what was made under this name."""
    path, body = operation.path, operation.body
    first, slash, rest = path.lstrip("/").partition("/")
    if first.startswith("$"):
        if first[1:] not in named:
            raise NotFound(
                f"Nothing was made under the name {first[:60]} before.",
                f"Unter dem Namen {first[:60]} wurde vorher nichts angelegt.",
            )
        path = named[first[1:]].address + slash + rest
    if named and body is not None:
        body = _replaced(body, {f"${name}": done.id for name, done in named.items()})
    return Operation(method=operation.method, path=path, body=body, name=operation.name)


def _replaced(body: Any, ids: Mapping[str, int]) -> Any:
    if isinstance(body, list):
        return [_replaced(each, ids) for each in body]
    if not isinstance(body, dict):
        return body
    return {
        name: ids.get(value, value)
        if name == ID and isinstance(value, str)
        else _replaced(value, ids)
        for name, value in body.items()
    }


# --- the methods -----------------------------------------------------------------------------


def _create(unit: Unit, path: Path, operation: Operation) -> Done:
    kind, given, context = _collection(unit, path)
    ident = making.create(unit, kind, operation.body, given, context)
    return Done("create", kind, ident)


def _collection(unit: Unit, path: Path) -> tuple[Kind, dict[str, int], Owner | None]:
    """The kind to make, and what the address links it with."""
    if path.rest or not path.many:
        raise InvalidInput(
            "New entities are sent to a collection.", "Neues wird an eine Sammlung gesendet."
        )
    kind, link = path.last.entity.kind, path.last.link
    if link is None:
        return kind, {}, None
    first = path.steps[0]
    if kind == Kind.OBSERVATION and len(path.steps) == 2 and first.id is not None:
        stream = first.entity.kind
        if stream in STREAMS and unit.may_observe(stream, first.id):
            return kind, {str(stream): first.id}, None  # who writes need not be able to read
    above, ident = unit.resolve(Path(path.steps[:-1]))
    owner = Owner.of(unit.seen(above, ident))
    return kind, {making.back(TYPES[above], link): ident}, owner


def _change(unit: Unit, path: Path, operation: Operation) -> Done:
    kind, ident = _entity(unit, path)
    method = operation.method
    assert method in ("merge", "replace", "patch")  # noqa: S101
    changing.change(unit, kind, ident, operation.body, method)
    return Done(method, kind, ident)


def _delete(unit: Unit, path: Path, _operation: Operation) -> Done:
    kind, ident = _entity(unit, path)
    removing.remove(unit, kind, ident)
    return Done("delete", kind, ident)


def _entity(unit: Unit, path: Path) -> tuple[Kind, int]:
    if path.rest or path.many:
        raise InvalidInput(
            "This address is no single entity.", "Diese Adresse ist kein einzelner Eintrag."
        )
    return unit.resolve(path)


def _link(unit: Unit, path: Path, operation: Operation) -> Done:
    kind, ident, link = _linked(unit, path)
    found = unit.writable(kind, ident)
    other = _referred(link, operation.body)
    if link.many:
        changing.connect(unit, found, link, [other])
    else:
        changing.change(unit, kind, ident, {link.name: {ID: other}}, "merge")
    return Done("link", kind, ident)


def _unlink(unit: Unit, path: Path, operation: Operation) -> Done:
    kind, ident, link = _linked(unit, path)
    other = path.last.id
    if other is None and operation.body is not None:
        other = _referred(link, operation.body)
    if other is None and link.many:
        raise InvalidInput(
            f"Say which of the {link.name}: {link.name}(1)/$ref.",
            f"Bitte angeben, welche der {link.name}: {link.name}(1)/$ref.",
        )
    changing.disconnect(unit, kind, ident, link, other)
    return Done("unlink", kind, ident)


def _linked(unit: Unit, path: Path) -> tuple[Kind, int, Link]:
    """The entity and its link that an address …/Locations/$ref names."""
    link = path.last.link
    if path.rest != ("$ref",) or link is None:
        raise InvalidInput(
            "Links are written at addresses as Things(1)/Locations/$ref.",
            "Verknüpfungen schreibt man an Adressen wie Things(1)/Locations/$ref.",
        )
    kind, ident = unit.resolve(Path(path.steps[:-1]))
    return kind, ident, link


def _referred(link: Link, body: Any) -> int:
    """The id in the body of a $ref: as @iot.id, or as an address in @odata.id or @iot.selfLink."""
    given = body if isinstance(body, dict) else {}
    if ID in given:
        return read_id(given[ID])
    address = next(
        (given[name] for name in ("@odata.id", "@iot.selfLink", "url") if name in given), ""
    )
    try:
        path = parse(str(address).rpartition("/")[2])
    except NotFound:
        path = None
    if path is None or path.last.id is None or path.last.entity.kind != link.target:
        raise InvalidInput(
            f'Name one of the {TYPES[link.target].collection}: {{"@iot.id": 1}}.',
            f'Bitte eines der {TYPES[link.target].collection} nennen: {{"@iot.id": 1}}.',
        )
    return path.last.id


_METHODS: dict[Method, Callable[[Unit, Path, Operation], Done]] = {
    "create": _create,
    "merge": _change,
    "replace": _change,
    "patch": _change,
    "delete": _delete,
    "link": _link,
    "unlink": _unlink,
}


# --- for other rooms ---------------------------------------------------------------------------


async def create(platform: Platform, subject: Subject, kind: Kind, body: Mapping[str, Any]) -> int:
    """Makes an entity from the members that the standard names, with those inside it; its id."""
    operation = Operation(method="create", path=TYPES[kind].collection, body=dict(body))
    return (await perform(platform, subject, operation)).id


async def change(
    platform: Platform, subject: Subject, kind: Kind, ident: int, body: Mapping[str, Any]
) -> None:
    """Changes the members of an entity that are given."""
    path = f"{TYPES[kind].collection}({ident})"
    await perform(platform, subject, Operation(method="merge", path=path, body=dict(body)))


async def remove(platform: Platform, subject: Subject, kind: Kind, ident: int) -> None:
    """Deletes an entity with all that cannot be without it."""
    path = f"{TYPES[kind].collection}({ident})"
    await perform(platform, subject, Operation(method="delete", path=path))


async def remove_observations(platform: Platform, subject: Subject, idents: list[int]) -> int:
    """Deletes observations, all or none, and measures their datastreams anew; how many."""

    def work(db: Connection) -> int:
        return removing.remove_observations(Unit(db, subject, platform.settings.timezone), idents)

    return await platform.store.write(work)
