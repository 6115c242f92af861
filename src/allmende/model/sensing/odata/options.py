# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The query options of an address or of an $expand (OGC 18-088, 9.3.2 and 9.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from allmende.errors import InvalidInput, LimitExceeded, Unsupported
from allmende.model.sensing.entities import TYPES, EntityType
from allmende.model.sensing.odata.binding import condition, order
from allmende.model.sensing.odata.reading import read_filter, read_orderby
from allmende.model.sensing.odata.tree import ENDS, Node, Order

DEFAULT_TOP = 100
MAX_TOP = 10_000
MAX_EXPAND_DEPTH = 6
MAX_EXPANDS = 40
"""Relations that one request expands, on all levels."""
MAX_SKIP = 10_000_000

SYSTEM = ("$filter", "$count", "$orderby", "$skip", "$top", "$expand", "$select")
NESTED = frozenset(SYSTEM)

Pairs = tuple[tuple[str, str], ...]


class Options(Struct, frozen=True, kw_only=True):
    """What is asked for. Evaluated as filter, count, orderby, skip, top, then expand, select."""

    filter: Node | None = None
    count: bool = False
    orderby: tuple[Order, ...] = ()
    skip: int = 0
    top: int | None = None
    expand: tuple[Expand, ...] = ()
    select: tuple[str, ...] = ()
    after: str = ""  # where the page before ended
    given: tuple[tuple[str, str], ...] = ()  # as it was written

    @property
    def size(self) -> int:
        """Entities of a page."""
        return DEFAULT_TOP if self.top is None else min(self.top, MAX_TOP)


class Expand(Struct, frozen=True):
    """A relation whose entities are wanted too."""

    name: str
    options: Options


def read_options(pairs: Iterable[tuple[str, str]], entity: EntityType) -> Options:
    """Options for a kind of entity.

    Raises InvalidInput for what makes no sense or stands there twice, Unsupported for an
    option that begins with $ and is not known.
    """
    reader = _Reader()
    found = reader.options(pairs, entity, 1)
    return found


class _Reader:
    def __init__(self) -> None:
        self.expands = 0

    def options(self, pairs: Iterable[tuple[str, str]], entity: EntityType, level: int) -> Options:
        given: dict[str, Any] = {}
        for name, text in pairs:
            if name in given:
                raise InvalidInput(
                    f"The option {name} stands there more than once.",
                    f"Die Angabe {name} steht mehrfach da.",
                )
            given[name] = text
        found: dict[str, Any] = {}
        for name, text in given.items():
            read = _PLAIN.get(name)
            if read is not None:
                found[name.lstrip("$")] = read(text, entity)
            elif name == "$expand":
                found["expand"] = self.expand(text, entity, level)
            elif name == "$skiptoken":
                found["after"] = text
            else:
                raise unknown_option(name)
        return Options(given=tuple(given.items()), **found)

    def expand(self, text: str, entity: EntityType, level: int) -> tuple[Expand, ...]:
        if level > MAX_EXPAND_DEPTH:
            raise LimitExceeded(
                f"$expand goes deeper than {MAX_EXPAND_DEPTH} levels.",
                f"$expand geht tiefer als {MAX_EXPAND_DEPTH} Ebenen.",
            )
        found: dict[str, Expand] = {}
        for item in split(text, ","):
            each = self.item(item.strip(), entity, level)
            found[each.name] = merged(found[each.name], each) if each.name in found else each
        return tuple(found.values())

    def item(self, text: str, entity: EntityType, level: int) -> Expand:
        path, bracket, rest = text.partition("(")
        if bracket and not rest.endswith(")"):
            raise InvalidInput(
                f"$expand makes no sense: “{text[:60]}”.",
                f"$expand ist nicht verständlich: „{text[:60]}“.",
            )
        name, slash, deeper = path.strip().partition("/")
        link = entity.link(name)
        if link is None:
            known = ", ".join(each.name for each in entity.links)
            raise InvalidInput(
                f"{entity.kind} cannot be expanded by “{name[:60]}”; there are: {known}.",
                f"{entity.kind} hat „{name[:60]}“ nicht für $expand; es gibt: {known}.",
            )
        self.count()
        target = TYPES[link.target]
        if slash:
            inner = self.expand(deeper + bracket + rest, target, level + 1)
            given = (("$expand", deeper + bracket + rest),)
            return Expand(name, Options(expand=inner, given=given))
        if not bracket:
            return Expand(name, Options())
        pairs = [_pair(each) for each in split(rest[:-1], ";") if each.strip()]
        return Expand(name, self.options(pairs, target, level + 1))

    def count(self) -> None:
        self.expands += 1
        if self.expands > MAX_EXPANDS:
            raise LimitExceeded(
                f"$expand names more than {MAX_EXPANDS} relations.",
                f"$expand nennt mehr als {MAX_EXPANDS} Beziehungen.",
            )


def merged(one: Expand, other: Expand) -> Expand:
    """The same relation named twice, as in `Datastreams/Sensor,Datastreams/Observations`.

    Raises InvalidInput when both have options of their own.
    """
    bare = [replace(each.options, expand=(), given=()) for each in (one, other)]
    if bare[0] != Options() and bare[1] != Options():
        raise InvalidInput(
            f"$expand names “{one.name}” twice with options.",
            f"$expand nennt „{one.name}“ zweimal mit Angaben.",
        )
    inner: dict[str, Expand] = {}
    for each in (*one.options.expand, *other.options.expand):
        inner[each.name] = merged(inner[each.name], each) if each.name in inner else each
    options = bare[0] if bare[1] == Options() else bare[1]
    given = _joined(one.options.given, other.options.given)
    return Expand(one.name, replace(options, expand=tuple(inner.values()), given=given))


def _joined(one: Pairs, other: Pairs) -> Pairs:
    """What was written of both."""
    expands = ",".join(value for name, value in (*one, *other) if name == "$expand")
    rest = [pair for pair in (*one, *other) if pair[0] != "$expand"]
    return (*rest, ("$expand", expands)) if expands else tuple(rest)


def split(text: str, sign: str) -> list[str]:
    """The parts of a text between signs that stand outside of quotes and brackets.

    Raises InvalidInput when a bracket or quote is not closed.
    """
    parts: list[str] = []
    begin, level, quoted = 0, 0, False
    for at, char in enumerate(text):
        if char == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif char in "()":
            level += 1 if char == "(" else -1
        elif char == sign and level == 0:
            parts.append(text[begin:at])
            begin = at + 1
        if level < 0:
            break
    if level or quoted:
        raise InvalidInput(
            f"A bracket or quotation mark is not closed: “{text[:60]}”.",
            f"Eine Klammer oder ein Anführungszeichen ist nicht geschlossen: „{text[:60]}“.",
        )
    return [*parts, text[begin:]]


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.strip().partition("=")
    if not sign or name not in NESTED:
        raise unknown_option(name)
    return name, value


def unknown_option(name: str) -> Unsupported | InvalidInput:
    """The error for an option that is not known: 501 with $, 400 without (9.3.1)."""
    known = ", ".join(SYSTEM)
    if name.startswith("$"):
        return Unsupported(
            f"The option {name[:40]} is not offered; there are: {known}.",
            f"Die Angabe {name[:40]} wird nicht angeboten; es gibt: {known}.",
        )
    return InvalidInput(
        f"There is no option “{name[:40]}”; there are: {known}.",
        f"Die Angabe „{name[:40]}“ gibt es nicht; es gibt: {known}.",
    )


def _whole(name: str, most: int) -> Callable[[str, EntityType], int]:
    def read(text: str, _entity: EntityType) -> int:
        if not (text.isascii() and text.isdigit()) or len(text) > 12:
            raise InvalidInput(
                f"{name} is a whole number from 0 on, not “{text[:40]}”.",
                f"{name} ist eine ganze Zahl ab 0, nicht „{text[:40]}“.",
            )
        if int(text) > most:
            raise LimitExceeded(f"{name} is at most {most}.", f"{name} ist höchstens {most}.")
        return int(text)

    return read


def _truth(text: str, _entity: EntityType) -> bool:
    if text not in ("true", "false"):
        raise InvalidInput(
            f"$count is true or false, not “{text[:40]}”.",
            f"$count ist true oder false, nicht „{text[:40]}“.",
        )
    return text == "true"


def _select(text: str, entity: EntityType) -> tuple[str, ...]:
    names = tuple(each.strip() for each in text.split(","))
    for name in names:
        if name not in ENDS and not entity.attribute(name) and not entity.link(name):
            known = ["id", *(each.name for each in entity.attributes)]
            known += [link.name for link in entity.links]
            raise InvalidInput(
                f"{entity.kind} has nothing “{name[:60]}” to select; it has: {', '.join(known)}.",
                f"{entity.kind} hat kein „{name[:60]}“ für $select; es gibt: {', '.join(known)}.",
            )
    return names


_PLAIN: dict[str, Callable[[str, EntityType], Any]] = {
    "$filter": lambda text, entity: condition(read_filter(text), entity),
    "$orderby": lambda text, entity: order(read_orderby(text), entity),
    "$count": _truth,
    "$skip": _whole("$skip", MAX_SKIP),
    "$top": _whole("$top", 10**9),
    "$select": _select,
}
