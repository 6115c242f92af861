# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is passed on to everybody when something happens: public entities and observations.

A follower reads the outbox and the journal from where it got to last time. What it did not
pass on is still there after a pause, as long as the journal holds it (the newest million of
entries, `keeping.ENTRIES_KEPT`) and the outbox (`event_days`).
"""

from __future__ import annotations

from msgspec import Struct, field

from allmende.core.platform import Platform
from allmende.core.sensing import making, querying, querying_found, querying_pages
from allmende.core.sensing import querying_series as series
from allmende.core.sensing.following import Happened, happened
from allmende.core.sensing.querying import Answer, Level
from allmende.core.sensing.querying_sight import Eyes
from allmende.core.sensing.registering import TOPIC as THING
from allmende.core.sensing.unit import Unit
from allmende.errors import NotFound
from allmende.model.sensing.entities import TYPES, Kind
from allmende.model.sensing.observation import observation_id
from allmende.model.sensing.odata.options import MAX_TOP, Options
from allmende.model.sensing.path import Path, Step
from allmende.policy import ANONYMOUS
from allmende.store import Connection, events
from allmende.store.events import Event
from allmende.store.sensing import publishers, streams
from allmende.store.sensing.entities import TOPIC
from allmende.store.sensing.publishers import Turn

__all__ = [
    "Changed",
    "News",
    "Observed",
    "Turn",
    "advance",
    "end_turn",
    "news",
    "take_turn",
]

LEASE = 30 * 1_000_000
"""µs for which a process has the turn."""
BATCH = 200
"""Events and entries of the journal that are passed on together."""

Above = tuple[Kind, int, str]
"""A public entity that leads here: its kind, id and the name of its link."""


class Changed(Struct, frozen=True):
    """A public entity that was made or changed; `names` are the changed properties and links."""

    kind: Kind
    id: int
    created: bool
    names: tuple[str, ...]
    answer: Answer
    above: list[Above]


class Observed(Struct, frozen=True):
    """Public observations of one datastream that were made or changed."""

    kind: Kind
    stream: int
    level: Level
    ids: list[int]  # in the order of the level
    changed: frozenset[int]
    features: list[int | None]
    thing: int | None
    answer: Answer | None  # the datastream


class News(Struct):
    """What happened, and how far that reaches in the outbox and the journal."""

    event: int
    entry: int
    entities: list[Changed] = field(default_factory=list)
    observed: list[Observed] = field(default_factory=list)


async def take_turn(platform: Platform, name: str, worker: str) -> Turn | None:
    """Takes or keeps the turn to pass things on; None while another process has it."""
    return await platform.store.write(publishers.take_turn, name, worker, LEASE)


async def advance(platform: Platform, turn: Turn, news: News) -> Turn | None:
    """Notes that the news were passed on."""
    return await platform.store.write(publishers.advance, turn, news.event, news.entry, LEASE)


async def end_turn(platform: Platform, turn: Turn) -> None:
    """Lets another process go on at once."""
    await platform.store.write(publishers.end_turn, turn)


async def news(platform: Platform, turn: Turn) -> News:
    """What happened since; for everybody, so only what is public."""
    found = await platform.store.read(events.events_after, turn.event, BATCH)
    entry, observed = await happened(platform, ANONYMOUS, turn.entry, BATCH)
    told = News(found[-1].sequence if found else turn.event, entry)
    for kind, ident, created, names in _gathered(found):
        changed = await _changed(platform, kind, ident, created, names)
        if changed is not None:
            told.entities.append(changed)
    for stream, items in _by_stream(observed).items():
        answer = await _observed(platform, stream, items)
        if answer is not None:
            told.observed.append(answer)
    return told


def _gathered(found: list[Event]) -> list[tuple[Kind, int, bool, tuple[str, ...]]]:
    """Events of the same entity together, in the order of the first."""
    known: dict[tuple[Kind, int], tuple[bool, dict[str, None]]] = {}
    for event in found:
        if event.topic == THING:
            key, names = (Kind.THING, event.key), ""
        elif event.topic == TOPIC and event.action != "deleted":
            kind, _, names = event.id.partition(" ")
            key = (Kind(kind), event.key)
        else:
            continue
        created, gathered = known.get(key, (False, {}))
        gathered.update(dict.fromkeys(name for name in names.split(",") if name))
        known[key] = (created or event.action == "created", gathered)
    return [
        (kind, ident, created, tuple(names)) for (kind, ident), (created, names) in known.items()
    ]


async def _changed(
    platform: Platform, kind: Kind, ident: int, created: bool, names: tuple[str, ...]
) -> Changed | None:
    answer = await _entity(platform, kind, ident)
    if answer is None:
        return None
    above = await platform.store.read(_above, kind, ident)
    return Changed(kind, ident, created, names, answer, above)


async def _entity(platform: Platform, kind: Kind, ident: int) -> Answer | None:
    path = Path((Step(TYPES[kind], None, ident),))
    try:
        return await querying.query(platform, ANONYMOUS, path, Options())
    except NotFound:
        return None


def _above(db: Connection, kind: Kind, ident: int) -> list[Above]:
    """The public entities that lead to this one."""
    unit = Unit(db, ANONYMOUS, "")
    found: list[Above] = []
    for link in TYPES[kind].links:
        back = making.inverse(TYPES[kind], link)
        if back is None or not back.many or link.target == Kind.OBSERVATION:
            continue
        found += [
            (link.target, other, back.name)
            for other in unit.targets(kind, ident, link)
            if unit.find(link.target, other) is not None
        ]
    return found


# --- observations ----------------------------------------------------------------------------


def _by_stream(found: list[Happened]) -> dict[int, list[Happened]]:
    known: dict[int, list[Happened]] = {}
    for each in found:
        if each.action != "deleted":
            known.setdefault(each.datastream, []).append(each)
    return known


async def _observed(platform: Platform, stream: int, found: list[Happened]) -> Observed | None:
    read = await platform.store.read(_read, stream, found)
    if read is None:
        return None
    answer = await _entity(platform, read.kind, stream)
    return Observed(
        read.kind,
        stream,
        read.level,
        read.ids,
        read.changed,
        read.features,
        read.thing,
        answer,
    )


def _read(db: Connection, stream: int, found: list[Happened]) -> Observed | None:
    known = streams.of(db, [stream]).get(stream)
    if known is None:
        return None
    look = Eyes(ANONYMOUS).look(db)
    wanted = sorted({observation_id(stream, each.number) for each in found})
    options = Options(top=MAX_TOP)
    plan = series.planned(look, series.Scope(ids=tuple(wanted[:MAX_TOP])), None)
    page = querying_pages.page(look, plan, options, None)
    unit = Unit(db, ANONYMOUS, "")
    named = [
        feature
        for source, columns in page.parts
        for feature in querying_found.features_of(source, columns)
    ]
    public = {
        each: unit.find(Kind.FEATURE, each) is not None for each in set(named) if each is not None
    }
    return Observed(
        Kind.MULTI_DATASTREAM if known.multi else Kind.DATASTREAM,
        stream,
        Level(Kind.OBSERVATION, options, found=page),
        querying_found.ids_of(page),
        frozenset(
            observation_id(stream, each.number) for each in found if each.action == "changed"
        ),
        [each if each is not None and public[each] else None for each in named],
        known.thing if unit.find(Kind.THING, known.thing) is not None else None,
        None,
    )
