# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The document of a rule: what goes in, what is counted, what is written, who is told.

Rules are TOML; docs/reference/rule-language.md explains every member. `read_rule` gives a rule
whose expressions, names, units and durations are known to be right.
"""

from __future__ import annotations

import re
import tomllib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from allmende.errors import InvalidRecord
from allmende.model.sensing.device_properties import OWN, PROPERTIES
from allmende.model.sensing.device_words import said
from allmende.model.sensing.rule_language import FUNCTIONS, WORDS, Misread, Node, names, parse
from allmende.model.sensing.units import SCALES

LARGEST = 9_900  # characters of a document
MOST_INPUTS = 20
MOST_STEPS = 50
MOST_OUTPUTS = 20
MOST_LEVELS = 20
MOST_ALERTS = 20
MOST_TARGETS = 10
LONGEST_WINDOW = 31 * 86_400 * 1_000_000  # µs

Text = dict[str, str]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Short = Annotated[str, Meta(min_length=1, max_length=200)]
Words = dict[Literal["de", "en"], Short]
Expression = Annotated[str, Meta(min_length=1, max_length=2_000)]
Take = Literal["last", "mean", "min", "max", "sum", "count"]
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_DURATION = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?")
_TARGET = re.compile(
    r"mailto:[^\s@,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}|https?://\S{4,400}|mqtt:[A-Za-z0-9_/.-]{1,200}"
)
_EACH = re.compile(r"stream|thing|area|property:[A-Za-z0-9_.-]{1,60}")


class Input(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"observed": "property"}
):
    """Which datastreams a name stands for, and which of their results are taken."""

    observed: str = ""  # short word or IRI of what they observe
    rule: str = ""  # or: the rule that writes them
    output: str = ""  # … and its output
    stream: str = ""  # pattern of the stream's key, with *
    thing: str = ""  # pattern of the thing's key, with *
    unit: str = ""  # UCUM; results are converted to it
    take: Take = "last"
    over: str = "P1D"  # how far back results are looked for

    @property
    def window(self) -> int:
        """The window in µs."""
        return microseconds(self.over)


class Level(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of several grades: the first whose condition is met, or that has none."""

    code: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    below: float | None = None
    to: float | None = None
    when: str = ""
    label: Words = {}
    colour: Annotated[str, Meta(pattern=r"^(#[0-9a-f]{6})?$")] = ""


class Output(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"observed": "property"}
):
    """A datastream that the rule writes."""

    value: str = ""
    name: Words = {}
    observed: str = ""  # short word or IRI; "" is a name of its own
    unit: str = "1"
    type: Literal["number", "text", "truth"] = "number"
    levels: Annotated[tuple[Level, ...], Meta(max_length=MOST_LEVELS)] = ()
    hysteresis: Annotated[float, Meta(ge=0)] = 0.0
    missing: Annotated[str, Meta(pattern=r"^([a-z0-9][a-z0-9-]{0,40})?$")] = ""

    @property
    def kind(self) -> str:
        """number, text or truth."""
        return "text" if self.levels else self.type


class Alert(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to tell when something is so, and when it is over."""

    id: Id
    when: Expression
    clear: str = ""  # over when this is so; "" is when `when` is not so
    level: Literal["note", "warning", "severe"] = "warning"
    text: Words
    to: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MOST_TARGETS)]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule."""

    title: Words
    about: Words = {}
    each: str = "thing"
    areas: str = ""  # collection whose polygons are meant by each = "area"
    area_name: str = "name"  # field of the collection
    access: Literal["", "open", "internal", "restricted"] = ""
    inputs: Annotated[dict[str, Input], Meta(min_length=1, max_length=MOST_INPUTS)]
    let: Annotated[dict[str, Expression], Meta(max_length=MOST_STEPS)] = {}
    outputs: Annotated[dict[Id, Output], Meta(max_length=MOST_OUTPUTS)] = {}
    alerts: Annotated[tuple[Alert, ...], Meta(max_length=MOST_ALERTS)] = ()

    @property
    def sources(self) -> frozenset[str]:
        """Ids of the rules whose outputs go in."""
        return frozenset(each.rule for each in self.inputs.values() if each.rule)


class Program(Struct, frozen=True):
    """A rule with its expressions as trees."""

    rule: Rule
    steps: dict[str, Node]
    values: dict[str, Node]  # of outputs
    levels: dict[str, tuple[Node | None, ...]]  # conditions of levels, of outputs
    alerts: dict[str, tuple[Node, Node | None]]


class Fault(Struct, frozen=True):
    """What is wrong at which member."""

    place: str
    text: Text


class InvalidRule(InvalidRecord):
    """A rule is not usable; `findings` are `Fault`s."""

    code = "invalid-rule"

    def __init__(self, faults: list[Fault]) -> None:
        first = faults[0]
        lead = f"{first.place}: " if first.place else ""
        super().__init__(lead + first.text["en"], lead + first.text["de"])
        self.findings = faults


def microseconds(text: str) -> int:
    """µs of an ISO 8601 duration of days, hours, minutes and seconds. ValueError otherwise."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError(text)
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000_000


def property_iri(text: str) -> str:
    """The IRI of a short word, or the IRI itself."""
    known = PROPERTIES.get(text)
    return known.iri if known else text


def own_iri(rule: str, output: str) -> str:
    """The IRI of an output that names no property."""
    return f"{OWN}rule:{rule}:{output}"


def read_rule(text: str) -> Program:
    """A rule from TOML. InvalidRule tells everything that is wrong with it."""
    if len(text) > LARGEST:
        raise InvalidRule(
            [
                _fault(
                    "",
                    f"The document is longer than {LARGEST} characters.",
                    f"Das Dokument ist länger als {LARGEST} Zeichen.",
                )
            ]
        )
    try:
        given = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise InvalidRule(
            [_fault("", f"This is not TOML: {error}.", f"Das ist kein TOML: {error}.")]
        ) from error
    except RecursionError as error:
        raise InvalidRule(
            [_fault("", "It is nested too deeply.", "Es ist zu tief verschachtelt.")]
        ) from error
    try:
        rule = msgspec.convert(given, Rule, strict=True)
    except msgspec.ValidationError as error:
        place, _, told = said(str(error), Rule)
        bare = {tag: text.removeprefix(f"{place}: ") for tag, text in told.items()}
        upper = {tag: text[:1].upper() + text[1:] for tag, text in bare.items()}
        raise InvalidRule([Fault(place, upper)]) from error
    return _Check(rule).program()


def _fault(place: str, en: str, de: str) -> Fault:
    return Fault(place, {"en": en, "de": de})


class _Check:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.faults: list[Fault] = []
        self.known: set[str] = set(rule.inputs)

    def program(self) -> Program:
        rule = self.rule
        self.head()
        for name, each in rule.inputs.items():
            self.name(f"inputs.{name}", name)
            self.input(f"inputs.{name}", each)
        steps: dict[str, Node] = {}
        for name, text in rule.let.items():
            self.name(f"let.{name}", name, new=True)
            steps[name] = self.tree(f"let.{name}", text)
            self.known.add(name)
        values, levels = {}, {}
        for ident, output in rule.outputs.items():
            self.output(f"outputs.{ident}", output)
            values[ident] = (
                self.tree(f"outputs.{ident}.value", output.value)
                if output.value
                else parse("missing")
            )
            levels[ident] = tuple(
                self.tree(f"outputs.{ident}.levels", level.when) if level.when else None
                for level in output.levels
            )
        alerts = {each.id: self.alert(f"alerts.{each.id}", each) for each in rule.alerts}
        if len(alerts) < len(rule.alerts):
            self.say(
                "alerts", "Two alerts have the same id.", "Zwei Meldungen haben dieselbe Kennung."
            )
        if not rule.outputs and not rule.alerts:
            self.say(
                "",
                "A rule needs an output or an alert.",
                "Eine Regel braucht eine Ausgabe oder eine Meldung.",
            )
        if self.faults:
            raise InvalidRule(self.faults)
        return Program(rule, steps, values, levels, alerts)

    def say(self, place: str, en: str, de: str) -> None:
        self.faults.append(_fault(place, en, de))

    def head(self) -> None:
        if not _EACH.fullmatch(self.rule.each):
            self.say(
                "each",
                "Write stream, thing, area or property:NAME.",
                "Bitte stream, thing, area oder property:NAME schreiben.",
            )
        if (self.rule.each == "area") != bool(self.rule.areas):
            self.say(
                "areas",
                'Areas are named by a collection, and only with each = "area".',
                'Flächen nennt eine Sammlung, und nur bei each = "area".',
            )
        if self.rule.each == "stream" and len(self.rule.inputs) > 1:
            self.say(
                "inputs",
                'With each = "stream" there is one input.',
                'Bei each = "stream" gibt es nur eine Eingabe.',
            )

    def name(self, place: str, name: str, *, new: bool = False) -> None:
        if (
            not _NAME.fullmatch(name)
            or name in WORDS
            or name in FUNCTIONS
            or (new and name in self.known)
        ):
            self.say(
                place,
                f"“{name[:60]}” cannot be a name here.",
                f"„{name[:60]}“ kann hier kein Name sein.",
            )

    def input(self, place: str, each: Input) -> None:
        if bool(each.observed) == bool(each.rule) or bool(each.rule) != bool(each.output):
            self.say(
                place,
                "Name what is observed by property, or a rule and its output.",
                "Bitte property nennen oder eine Regel (rule) und ihre Ausgabe (output).",
            )
        if each.observed and ":" not in each.observed and each.observed not in PROPERTIES:
            self.say(
                f"{place}.property",
                f"“{each.observed[:60]}” is no known property and no IRI.",
                f"„{each.observed[:60]}“ ist keine bekannte Größe und keine IRI.",
            )
        self.unit(f"{place}.unit", each.unit)
        try:
            length = microseconds(each.over)
        except ValueError:
            length = 0
        if not 0 < length <= LONGEST_WINDOW:
            self.say(
                f"{place}.over",
                "Write a duration such as PT6H or P7D, at most P31D.",
                "Bitte eine Dauer wie PT6H oder P7D angeben, höchstens P31D.",
            )

    def unit(self, place: str, unit: str) -> None:
        if unit and unit not in SCALES:
            self.say(
                place,
                f"“{unit[:40]}” is no known unit; write its UCUM code such as kPa, Cel, mm.",
                f"„{unit[:40]}“ ist keine bekannte Einheit; bitte als UCUM-Code wie kPa, Cel, mm.",
            )

    def output(self, place: str, output: Output) -> None:
        self.unit(f"{place}.unit", output.unit)
        if not output.value and not all(each.when for each in output.levels[:-1]):
            self.say(
                place,
                "An output needs a value, or levels with conditions.",
                "Eine Ausgabe braucht einen Wert oder Stufen mit Bedingungen.",
            )
        if not output.value and not output.levels:
            self.say(
                place,
                "An output needs a value, or levels with conditions.",
                "Eine Ausgabe braucht einen Wert oder Stufen mit Bedingungen.",
            )
        if output.missing and output.kind != "text":
            self.say(
                f"{place}.missing",
                "Only texts and levels can say that a value is missing.",
                "Nur Texte und Stufen können sagen, dass ein Wert fehlt.",
            )
        limits = [
            each.below if each.to is None else each.to for each in output.levels if not each.when
        ]
        numbers = [each for each in limits if each is not None]
        if numbers != sorted(numbers) or None in limits[:-1]:
            self.say(
                f"{place}.levels",
                "The limits of levels grow from one to the next; only the last has none.",
                "Die Grenzen der Stufen wachsen von einer zur nächsten; nur die letzte hat keine.",
            )
        if output.hysteresis and any(each.when for each in output.levels):
            self.say(
                f"{place}.hysteresis",
                "Only levels with limits have a hysteresis.",
                "Nur Stufen mit Grenzwerten haben eine Hysterese.",
            )

    def alert(self, place: str, each: Alert) -> tuple[Node, Node | None]:
        for target in each.to:
            if not _TARGET.fullmatch(target):
                self.say(
                    f"{place}.to",
                    f"“{target[:80]}” is not mailto:…, https://… or mqtt:TOPIC.",
                    f"„{target[:80]}“ ist nicht mailto:…, https://… oder mqtt:THEMA.",
                )
        clear = self.tree(f"{place}.clear", each.clear) if each.clear else None
        return self.tree(f"{place}.when", each.when), clear

    def tree(self, place: str, text: str) -> Node:
        try:
            found = parse(text)
        except Misread as error:
            self.faults.append(Fault(place, error.text))
            return parse("missing")
        for name in dict.fromkeys(names(found)):
            if name not in self.known:
                known = ", ".join(sorted(self.known))
                self.say(
                    place,
                    f"“{name}” is not known here; known are {known}.",
                    f"„{name}“ ist hier nicht bekannt, nur {known}.",
                )
        return found


def described(rule: Rule) -> dict[str, Any]:
    """A rule as plain JSON, for the metadata of its procedure."""
    found: dict[str, Any] = msgspec.to_builtins(rule)
    return found
