# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""TrafiCam: a traffic camera that tells every road user ten times a second. Only figures of
intervals are stored: how many of a class, their mean speed, how many passages of a zone.

No track, number, position or time of a single road user is stored, shown or logged, also
not in the list of what cannot be read. Numbers are written as texts. A message does not say
which camera it is from; the options do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from allmende.core.sensing.importing_json import document, members, number, objects, text
from allmende.core.sensing.importing_kinds import bounded
from allmende.core.sensing.importing_mapping import options_of, wrong
from allmende.core.sensing.importing_times import Clock, NoTime
from allmende.core.sensing.importing_types import (
    Item,
    Material,
    Note,
    Row,
    over,
    problem,
    unreadable,
)
from allmende.core.sensing.importing_words import key_of, point, stream
from allmende.model.sensing.calendar import DAY, SECOND
from allmende.model.sensing.specs import COUNT, SensorSpec, StreamSpec, ThingSpec
from allmende.sources.traficam.aggregating import Aggregator, Figure

KIND = "traficam"
SENSOR = SensorSpec(key="traficam", name="TrafiCam", description="TrafiCam")
SHORTEST = 60  # seconds


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Which camera it is, how long an interval is (seconds), how many it must have at least."""

    camera: str = ""
    name: str = ""
    longitude: float | None = None
    latitude: float | None = None
    window: int = 900
    least: int = 0  # the setting least_counted, if that is more
    classes: dict[str, str] = field(default_factory=dict)  # number of a class: its name
    zones: dict[str, str] = field(default_factory=dict)


def read(material: Material) -> Iterator[Item]:
    """Figures of the intervals that the messages cover. InvalidInput when there are none."""
    return bounded(_items(material, checked(material)), material.now)


def checked(material: Material) -> Options:
    """The options. InvalidInput when one cannot be."""
    options = options_of(material.options, Options)
    if not key_of(options.camera):
        raise wrong("it does not name the camera", "sie nennt die Kamera nicht (camera)")
    if not SHORTEST <= options.window <= DAY // SECOND:
        raise wrong(f"window is {SHORTEST} to 86400", f"window liegt bei {SHORTEST} bis 86400")
    return options


def _items(material: Material, options: Options) -> Iterator[Item]:
    clock = Clock(material.zone)
    least = max(options.least, material.least)
    found = Aggregator(options.window * SECOND, least)
    made = _Figures(options, material.language)
    for line, message in enumerate(_messages(material), 1):
        if line > material.limits.rows:
            raise over("rows", material.limits.rows)
        if not take(found, message, clock):
            yield _unknown(line)
        elif line % 1_000 == 0:
            yield from made.items(found.closed())
    yield from made.items(found.rest())
    if found.withheld:
        yield Note(
            {
                "en": f"{found.withheld} figures were withheld: fewer than {least} road users, or "
                "an interval that the messages do not cover.",
                "de": f"{found.withheld} Werte wurden zurückgehalten: weniger als {least} "
                "Verkehrsteilnehmende, oder ein nicht ganz abgedeckter Zeitraum.",
            }
        )


def _messages(material: Material) -> Iterator[Any]:
    """The messages of a list, or one in each line."""
    data = material.data.lstrip()
    if data.startswith(b"["):
        yield from document(KIND, data)
    elif data.startswith(b"{"):
        for line in data.splitlines():
            if line.strip():
                yield document(KIND, line) if line.strip().startswith(b"{") else None
    else:
        raise unreadable(KIND, "messages in JSON are missing", "Nachrichten in JSON fehlen")


def _unknown(line: int) -> Item:
    return problem(
        line,
        "The message is no Data or Event message with a time.",
        "Die Nachricht ist keine Data- oder Event-Nachricht mit Zeitpunkt.",
    )


def take(found: Aggregator, message: Any, clock: Clock) -> bool:
    """Counts one message; False when it is none that is understood."""
    given = members(message)
    try:
        time = clock.read(given.get("time"))
    except NoTime:
        return False
    if given.get("messageType") == "Event":
        found.seen(time)
        zone = key_of(text(given.get("zoneId"), 40))
        if given.get("state") == "Begin" and zone:
            found.passage(time, f"zone-{zone}")
        return True
    if given.get("messageType") != "Data":
        return False
    found.seen(time)
    for _, each in objects(given.get("object")):
        ident, kind = text(each.get("id"), 40), key_of(text(each.get("classId"), 40))
        if ident and kind:
            found.road_user(time, ident, f"class-{kind}", number(each.get("speed")))
    return True


class _Feed:
    """Messages as they come; figures when an interval is over."""

    def __init__(self, material: Material) -> None:
        options = checked(material)
        self.clock = Clock(material.zone)
        self.found = Aggregator(options.window * SECOND, max(options.least, material.least))
        self.made = _Figures(options, material.language)

    def items(self, given: Material) -> Iterator[Item]:
        """Figures of intervals that are over, after one more message or a list of them."""
        for message in _messages(given):
            if not take(self.found, message, self.clock):
                yield _unknown(1)
        yield from bounded(self.made.items(self.found.closed()), given.now)


def feed(material: Material) -> _Feed:
    """Reads messages as they come, with the options of the material."""
    return _Feed(material)


class _Figures:
    """Figures as results; a stream is made known before its first."""

    def __init__(self, options: Options, language: str) -> None:
        self.options, self.language = options, language
        self.key = f"{KIND}:{key_of(options.camera)}"
        self.known: set[str] = set()

    def items(self, figures: Iterator[Figure]) -> Iterator[Item]:
        for each in figures:
            results = [(each.what, each.count)]
            if each.speed is not None:
                results.append((f"{each.what}-speed", each.speed))
            for key, result in results:
                if key not in self.known:
                    self.known.add(key)
                    yield self.thing(self.stream(key, each.what))
                yield Row(thing=self.key, stream=key, time=each.start, end=each.end, result=result)

    def thing(self, made: StreamSpec) -> ThingSpec:
        """The camera with one of its streams."""
        options = self.options
        german = self.language == "de"
        name = options.name or options.camera
        return ThingSpec(
            key=self.key,
            name=f"{'Verkehrskamera' if german else 'Traffic camera'} {name}",
            description=(
                "Nur Zahlen je Zeitraum, keine einzelnen Fahrten"
                if german
                else "Figures of intervals only, no single trips"
            ),
            organisation="",
            origin="derived",
            place=point(options.longitude, options.latitude, name),
            streams=(made,),
        )

    def stream(self, key: str, what: str) -> StreamSpec:
        """Counts of a class or zone, or mean speeds of a class."""
        options, german = self.options, self.language == "de"
        kind, _, number_of = what.partition("-")
        if kind == "zone":
            label = options.zones.get(number_of, f"Zone {number_of}")
        else:
            named = f"{'Klasse' if german else 'Class'} {number_of}"
            label = options.classes.get(number_of, named)
        speed = key.endswith("-speed")
        word = "vehicle-speed" if speed else "passages" if kind == "zone" else "vehicle-count"
        made = stream(
            key, word, SENSOR, self.language,
            **({} if speed else {"type": COUNT}),
            interval=float(options.window), properties={kind: number_of},
        )  # fmt: skip
        return replace(made, name=f"{label}: {made.name}")
