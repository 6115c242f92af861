# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Topics and messages of SensorThings over MQTT (OGC 18-088 clause 14).

v1.1/Datastreams                          a new or changed entity of a collection
v1.1/Things(1)/Datastreams                the same, below what it belongs to
v1.1/Datastreams(1)                       an entity that has changed
v1.1/Datastreams(1)/name                  one of its properties: {"name": …}
v1.1/Datastreams(1)/Observations?$select=result     selected properties of new ones
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import json
from msgspec.structs import replace

from allmende.core.sensing.telling import Changed, News, Observed
from allmende.interfaces.sensorthings.encode import texts
from allmende.model.sensing.entities import TYPES, Kind

Message = tuple[str, str]
"""Topic and payload, a JSON text."""


def messages(news: News, prefix: str, root: str, selections: Sequence[str]) -> Iterator[Message]:
    """The messages that tell what happened."""
    chosen = [tuple(part for part in each.split("+") if part) for each in selections]
    for changed in news.entities:
        for topic, payload in _of_entity(changed, root, chosen):
            yield f"{prefix}/{topic}", payload
    for observed in news.observed:
        for topic, payload in _of_observations(observed, root, chosen):
            yield f"{prefix}/{topic}", payload


def _of_entity(
    changed: Changed, root: str, selections: Sequence[tuple[str, ...]]
) -> Iterator[Message]:
    entity = TYPES[changed.kind]
    [whole] = texts(changed.answer.level, root)
    collections = [entity.collection]
    collections += [
        f"{TYPES[kind].collection}({ident})/{name}" for kind, ident, name in changed.above
    ]
    for topic in collections:
        yield topic, whole
    for names in selections:
        if not all(map(entity.attribute, names)):
            continue
        level = replace(changed.answer.level, options=_selecting(changed.answer.level, names))
        [part] = texts(level, root)
        for topic in collections:
            yield f"{topic}?$select={','.join(names)}", part
    here = f"{entity.collection}({changed.id})"
    yield here, whole
    members = json.decode(whole)
    for name in changed.names:
        if entity.attribute(name) is not None:
            yield f"{here}/{name}", _text({name: members.get(name)})


def _text(value: object) -> str:
    return json.encode(value).decode()


def _selecting(level: object, names: tuple[str, ...]) -> object:
    return replace(level.options, select=names)  # type: ignore[attr-defined]


def _of_observations(
    observed: Observed, root: str, selections: Sequence[tuple[str, ...]]
) -> Iterator[Message]:
    entity = TYPES[Kind.OBSERVATION]
    stream = f"{TYPES[observed.kind].collection}({observed.stream})"
    whole = texts(observed.level, root)
    parts = {}
    for names in selections:
        if all(map(entity.attribute, names)):
            level = replace(observed.level, options=_selecting(observed.level, names))
            parts[f"?$select={','.join(names)}"] = texts(level, root)
    for place, ident in enumerate(observed.ids):
        collections = ["Observations", f"{stream}/Observations"]
        for topic in collections:
            yield topic, whole[place]
            for select, told in parts.items():
                yield topic + select, told[place]
        if observed.thing is not None:
            yield f"Things({observed.thing})/{stream}/Observations", whole[place]
        if observed.features[place] is not None:
            yield f"FeaturesOfInterest({observed.features[place]})/Observations", whole[place]
        if ident in observed.changed:
            yield from _properties(f"Observations({ident})", whole[place])
    if observed.answer is not None:
        yield from _properties(
            stream, texts(observed.answer.level, root)[0], ("phenomenonTime", "resultTime")
        )


def _properties(here: str, whole: str, names: Sequence[str] = ()) -> Iterator[Message]:
    """An entity that has changed, and each of these or all of its properties."""
    yield here, whole
    for name, value in json.decode(whole).items():
        if (name in names) if names else "@" not in name:
            yield f"{here}/{name}", _text({name: value})
