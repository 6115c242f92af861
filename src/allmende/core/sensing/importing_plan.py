# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From the records of a described source to things and results, record after record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from allmende.core.sensing import importing_values as values
from allmende.core.sensing.importing_mapping import Description, LongPart, StreamPart, wrong
from allmende.core.sensing.importing_times import Clock, NoTime
from allmende.core.sensing.importing_types import (
    Item,
    Material,
    Note,
    Problem,
    Row,
    Skipped,
    over,
    problem,
    short,
)
from allmende.core.sensing.importing_words import (
    key_of,
    named_unit,
    point,
    stream,
    word_of,
)
from allmende.model.sensing.calendar import SECOND
from allmende.model.sensing.device_formula import formula
from allmende.model.sensing.observation import Flag
from allmende.model.sensing.specs import (
    CATEGORY,
    COUNT,
    MEASUREMENT,
    TRUTH,
    SensorSpec,
    StreamSpec,
    ThingSpec,
)
from allmende.model.units import ucum

Get = Callable[[Any], Any]
Getter = Callable[[str], Get]
"""Gives for a column or path the function that takes its value out of a record."""

TYPES = {"number": MEASUREMENT, "count": COUNT, "text": CATEGORY, "truth": TRUTH}
LONGEST_KEY = 200
PLAIN = ("0", "ok")
"""States that mean nothing special."""
_BRACES = re.compile(r"\{([^{}]{1,200})\}")


class _Stream(Struct):
    """A stream made ready: how its result is taken, and what it is."""

    key: str
    place: str
    spec: StreamSpec
    take: Get
    read: values.Read
    status: Get | None = None
    time: Get | None = None
    valid: tuple[float, float] | None = None
    replaced: dict[str, Any] = {}
    convert: Callable[[float], float] | None = None


class Plan:
    """A description made ready for the records of one source."""

    def __init__(self, told: Description, material: Material, getter: Getter) -> None:
        self.told, self.material, self.getter = told, material, getter
        part = told.time
        self.clock = Clock(told.zone or material.zone, part.form, part.twice)
        self.takes = [getter(each) for each in part.columns if each]
        self.issued = getter(part.issued) if part.issued else None
        self.length = round(part.interval * SECOND)
        self.missing = values.NOTHING | {_form(each) for each in told.missing}
        self.absent = {each for each in told.missing if isinstance(each, float)}
        self.source = key_of(told.source or told.name or "source")
        self.ident = self._template(told.thing.id)
        self.sensor = SensorSpec(
            key=f"{self.source}/{key_of(told.sensor.name) or 'sensor'}",
            name=told.sensor.name or told.name or self.source,
            description=told.sensor.description,
            metadata=told.sensor.link or told.sensor.description,
        )
        wide = {} if told.long else told.streams
        self.streams = [self._stream(key, each) for key, each in wide.items()]
        self.long = told.long and _Long(self, told.long)
        self.known: dict[str, set[str]] = {}
        self.skipped = 0

    def items(self, line: int, record: Any) -> Iterator[Item]:
        """What one record says."""
        ident = short(self.ident(record)).strip()
        if not ident and self.told.thing.id:
            yield problem(line, "The thing has no id.", "Das Ding hat keine Kennung.", "thing.id")
            return
        try:
            time = self._time(record, ident) if self.takes else None
            issued = self._other_time(self.issued, record)
        except NoTime as error:
            yield Problem(line, error.text, ", ".join(self.told.time.columns))
            return
        found = self.long.streams(record) if self.long else self.streams
        key = f"{self.source}:{ident}" if ident else self.source
        known = self.known.get(key)
        if known is None or any(each.key not in known for each in found):
            yield self._thing(key, record, found)
        for each in found:
            yield from self._row(line, key, each, record, time, issued)

    def end(self) -> Iterator[Item]:
        """What is to be said when all records were read."""
        if self.skipped:
            yield Skipped(self.skipped)
        if self.clock.doubtful:
            yield _doubtful(self.clock)

    # --- times ---------------------------------------------------------------------------

    def _time(self, record: Any, series: str) -> int:
        given = [take(record) for take in self.takes]
        if len(given) == 1:
            return self.clock.read(given[0], series)
        return self.clock.read(" ".join(str(each).strip() for each in given), series)

    def _other_time(self, take: Get | None, record: Any) -> int | None:
        given = take(record) if take else None
        return None if given in (None, "") else self.clock.read(given, "\0issued")

    # --- results -------------------------------------------------------------------------

    def _row(
        self, line: int, key: str, each: _Stream, record: Any, time: int | None, issued: int | None
    ) -> Iterator[Item]:
        given = each.take(record)
        if given is None or (isinstance(given, str | int | float) and _form(given) in self.missing):
            self.skipped += 1
            return
        try:
            result = self._result(each, given)
            if each.time is not None:
                time = self._other_time(each.time, record)
        except (values.NoValue, NoTime) as error:
            yield Problem(line, error.text, each.place)
            return
        if result is None:
            self.skipped += 1
            return
        if time is None:
            yield problem(
                line, "The result has no time.", "Das Ergebnis hat keinen Zeitpunkt.", each.place
            )
            return
        flag, rule, quality = self._state(each, record, result)
        if flag is None:
            self.skipped += 1
            return
        begin = time - self.length if self.told.time.marks == "end" else time
        yield Row(
            thing=key, stream=each.key, time=begin, result=result, line=line,
            end=begin + self.length if self._lasts else None, result_time=issued,
            flag=flag, rule=rule, quality=quality,
        )  # fmt: skip

    @property
    def _lasts(self) -> bool:
        return self.length > 0 and self.told.time.marks != "point"

    def _result(self, each: _Stream, given: Any) -> Any:
        if each.replaced:
            given = each.replaced.get(str(given).strip(), given)
        found = each.read(given)
        if self.absent and not isinstance(found, str) and found in self.absent:
            return None
        if each.convert is None:
            return found
        try:
            return each.read(each.convert(float(found)))  # type: ignore[arg-type]
        except (ValueError, TypeError) as error:
            raise values.NoValue(str(error), str(error)) from error

    def _state(self, each: _Stream, record: Any, result: Any) -> tuple[int | None, str, Any]:
        """Flag (None: there is no result), the rule it is from, and the quality as given."""
        if each.valid and not _within(result, each.valid):
            return Flag.BAD, "valid-range", None
        state = each.status(record) if each.status else None
        if state is None or state == "":
            return Flag.UNCHECKED, "", None
        plain = _form(state) in PLAIN
        named = self.told.states.get(str(state).strip(), "unchecked" if plain else "suspect")
        if named == "missing":
            return None, "", None
        flag = values.FLAGS[named]
        return flag, "status" if flag else "", None if plain else {"status": state}

    # --- things and streams --------------------------------------------------------------

    def _thing(self, key: str, record: Any, found: list[_Stream]) -> ThingSpec:
        part = self.told.thing
        limits = self.material.limits
        known = self.known.setdefault(key, set())
        known.update(each.key for each in found)
        if len(self.known) > limits.things:
            raise over("things", limits.things)
        if len(known) > limits.streams:
            raise over("streams", limits.streams)
        name = short(self._template(part.name)(record)).strip()
        return ThingSpec(
            key=key,
            name=name or self.told.name or key,
            description=self._template(part.description)(record)[:1_000],
            organisation="",
            origin=part.origin,
            properties=dict(part.properties),
            place=point(
                self._degrees(part.longitude, record), self._degrees(part.latitude, record), name
            ),
            streams=tuple(each.spec for each in found),
        )

    def _degrees(self, given: float | str | None, record: Any) -> Any:
        if isinstance(given, str):
            given = self._template(given)(record).replace(",", ".")
        return given

    def _template(self, text: str) -> Callable[[Any], str]:
        parts = _BRACES.split(text)
        if len(parts) == 1:
            return lambda _record: text
        takes = [self.getter(each) for each in parts[1::2]]

        def filled(record: Any) -> str:
            found = [take(record) for take in takes]
            said = ["" if each is None else str(each) for each in found]
            return "".join(a + b for a, b in zip(parts[::2], [*said, ""], strict=True))

        return filled

    def _stream(self, key: str, part: StreamPart) -> _Stream:
        place = part.from_ or key
        name, code = named_unit(place)
        return self.made(
            key, part, part.name or name, (code or None) if part.unit is None else part.unit
        )

    def made(self, key: str, part: StreamPart, name: str, code: str | None) -> _Stream:
        """A stream ready to be read."""
        place = part.from_ or key
        word = part.property or word_of(name)
        try:
            spec = stream(
                key[:LONGEST_KEY], word, self.sensor, self.material.language,
                name=part.name or (name if not part.property else ""), code=code,
                type=TYPES[part.type], interval=self.told.time.interval or None,
            )  # fmt: skip
        except ValueError as error:
            said = f"streams.{key}.unit: {code}"
            raise wrong(said, said) from error
        symbol = (spec.unit.definition or "").rpartition("#")[2]
        return _Stream(
            key=spec.key, place=place, spec=spec, take=self.getter(place),
            read=values.reader(part.type, self.told.decimal, symbol),
            status=self.getter(part.status) if part.status else None,
            time=self.getter(part.time) if part.time else None,
            valid=part.valid, replaced=dict(part.values),
            convert=formula(part.convert) if part.convert else None,
        )  # fmt: skip


class _Long:
    """The streams of a table with one line for each result, made when they first show up."""

    def __init__(self, plan: Plan, part: LongPart) -> None:
        self.plan, self.part = plan, part
        self.name = plan.getter(part.property)
        self.unit = plan.getter(part.unit) if part.unit else None
        self.found: dict[str, _Stream] = {}
        self.told = {each.from_ or key: (key, each) for key, each in plan.told.streams.items()}

    def streams(self, record: Any) -> list[_Stream]:
        name = short(self.name(record) or "").strip()
        if not name or (self.told and name not in self.told):
            return []
        there = self.found.get(name)
        if there is None:
            if len(self.found) >= self.plan.material.limits.streams:
                raise over("streams", self.plan.material.limits.streams)
            there = self.found[name] = self._made(name, record)
        return [there]

    def _made(self, name: str, record: Any) -> _Stream:
        key, part = self.told.get(name, (key_of(name) or "value", StreamPart()))
        written = str(self.unit(record) or "") if self.unit else ""
        plain, code = named_unit(name)
        given = StreamPart(
            from_=self.part.value, property=part.property, name=part.name, type=part.type,
            status=self.part.status, convert=part.convert, valid=part.valid, values=part.values,
        )  # fmt: skip
        usual = (ucum(written) or code or None) if part.unit is None else part.unit
        return self.plan.made(key, given, part.name or plain, usual)


def _within(result: Any, valid: tuple[float, float]) -> bool:
    return not isinstance(result, int | float) or valid[0] <= result <= valid[1]


def _form(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value.strip().casefold() if isinstance(value, str) else str(value)


def _doubtful(clock: Clock) -> Note:
    how = {
        "order": ("by the order of the lines", "nach der Reihenfolge der Zeilen"),
        "first": ("as the first", "als die erste"),
        "second": ("as the second", "als die zweite"),
        "refuse": ("not at all", "gar nicht"),
    }[clock.twice]
    return Note(
        {
            "en": f"{clock.doubtful} times lie in an hour that exists twice in {clock.name}; they "
            f"were read {how[0]}.",
            "de": f"{clock.doubtful} Zeiten liegen in einer Stunde, die es in {clock.name} zweimal "
            f"gibt; gelesen wurden sie {how[1]}.",
        }
    )
