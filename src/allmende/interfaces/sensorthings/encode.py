# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Entities as JSON texts (OGC 18-088, 8.1 control information and 8.2).

Every level of an answer is written at once, the deepest first; an entity that many others
share is written once and then only copied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring as quoted

from allmende.core.sensing.querying import Branch, Level
from allmende.interfaces.sensorthings.encode_observations import observation_body, observation_texts
from allmende.interfaces.sensorthings.tokens import next_links, write_token
from allmende.model.sensing.entities import TYPES, Attribute, EntityType, Kind
from allmende.model.sensing.odata.options import Options
from allmende.model.sensing.odata.times import show_period, show_time

STREAMS = (Kind.DATASTREAM, Kind.MULTI_DATASTREAM)
HERE = "\0"  # stands for the address of an entity in what is prepared

Fragment = Callable[[int, str], str]
"""The text of a relation of an entity, from its id and its address."""


class Names:
    """Which members of an entity are shown."""

    def __init__(self, entity: EntityType, options: Options) -> None:
        select = set(options.select)
        every = not select
        expanded = {each.name for each in options.expand}
        self.id = every or bool(select & {"id", "@iot.id"})
        self.self_link = every or "@iot.selfLink" in select
        self.attributes = [each for each in entity.attributes if every or each.name in select]
        self.links = [
            each.name
            for each in entity.links
            if each.name not in expanded and (every or each.name in select)
        ]

    def tail(self) -> str:
        """The navigation links of what is not expanded."""
        return "".join(f',"{name}@iot.navigationLink":"{HERE}/{name}"' for name in self.links)


def texts(level: Level, root: str) -> list[str]:
    """The entities of a level, one JSON object each."""
    entity = TYPES[level.kind]
    names = Names(entity, level.options)
    fragments = [_fragment(each, root) for each in level.branches]
    if level.kind == Kind.OBSERVATION:
        return observation_texts(level.found, names, fragments, f"{root}/{entity.collection}")
    return _entities(level, entity, names, fragments, f"{root}/{entity.collection}")


def body(level: Level, root: str) -> bytes | memoryview:
    """The entities of a level as JSON objects with commas between them."""
    if level.kind == Kind.OBSERVATION and not level.branches:
        entity = TYPES[level.kind]
        names = Names(entity, level.options)
        whole = observation_body(level.found, names, f"{root}/{entity.collection}")
        if whole is not None:
            return whole
    return ",".join(texts(level, root)).encode()


def _entities(
    level: Level,
    entity: EntityType,
    names: Names,
    fragments: Sequence[Fragment],
    base: str,
) -> list[str]:
    layout = level.layout
    if layout is None:
        return []
    shows = [
        (
            f',"{each.name}":',
            _shower(entity, each),
            layout.fields[each.name],
            _spanned(entity, each),
        )
        for each in names.attributes
    ]
    tail = names.tail()
    found = []
    for row in level.rows:
        ident = row[0]
        here = f"{base}({ident})"
        parts = []
        if names.id:
            parts.append(f',"@iot.id":{ident}')
        if names.self_link:
            parts.append(f',"@iot.selfLink":"{here}"')
        for prefix, show, at, spanned in shows:
            value = row[at]
            if value is None:
                continue
            parts.append(prefix)
            parts.append(show(value, row[at + 1]) if spanned else show(value))
        for fragment in fragments:
            parts.append(fragment(ident, here))
        parts.append(tail.replace(HERE, here))
        found.append("{" + "".join(parts)[1:] + "}")
    return found


def _spanned(entity: EntityType, attribute: Attribute) -> bool:
    return entity.kind in STREAMS and attribute.type == "interval"


def _shower(entity: EntityType, attribute: Attribute) -> Callable[..., str]:
    """What turns a stored value into JSON."""
    if _spanned(entity, attribute):
        return _period
    return _SHOWERS[attribute.type]


def _period(start: int, end: int) -> str:
    return f'"{show_period(start, end)}"'


def _as_it_is(text: str) -> str:
    return text


_SHOWERS: dict[str, Callable[..., str]] = {
    "text": quoted,
    "json": _as_it_is,
    "any": _as_it_is,
    "geometry": _as_it_is,
    "number": str,
    "time": lambda time: f'"{show_time(time)}"',
}


# --- relations that are expanded -----------------------------------------------------------------


def _fragment(branch: Branch, root: str) -> Fragment:
    below = texts(branch.level, root)
    name, owned = branch.link.name, branch.owned
    if not branch.link.many:
        ready = {at: f',"{name}":{text}' for at, text in enumerate(below)}

        def one(ident: int, _here: str) -> str:
            place = owned.get(ident)
            return "" if place is None else ready[place[0]]

        return one
    return _many(branch, below)


def _many(branch: Branch, below: list[str]) -> Fragment:
    name, owned, after, counts = branch.link.name, branch.owned, branch.after, branch.counts
    options = branch.level.options
    between = next_links(options.given)

    def many(ident: int, here: str) -> str:
        begin, end = owned.get(ident, (0, 0))
        inside = below[begin] if end - begin == 1 else ",".join(below[begin:end])
        said = f',"{name}":[{inside}]'
        if options.count:
            said += f',"{name}@iot.count":{counts.get(ident, 0)}'
        if ident in after:
            link = f"{here}/{name}{between}{write_token(after[ident])}"
            said += f',"{name}@iot.nextLink":{quoted(link)}'
        return said

    return many
