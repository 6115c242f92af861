# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How long observations are kept: rules for classes of datastreams, and which rule is in force.

A rule says how long single observations stay, what becomes of them then, and which figures
stay for how long. Of several rules that fit a datastream the one that names it most closely is
in force: a single datastream before a pattern of keys, then the kind of the thing, the observed
property, the origin, the organisation, and last a rule for everything. A hold goes before all.

Rules
- Single observations of a trace (where something or somebody went) stay 24 hours at most and are
  never archived, whatever a rule says; figures of fewer than five are suppressed.
- Without a rule everything is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from allmende.model.sensing.calendar import DAY, HOUR
from allmende.model.sensing.observation import Bucket
from allmende.model.sensing.specs import COUNT

Text = dict[str, str]
Grain = Literal["hour", "day", "month"]
GRAINS: tuple[Grain, ...] = ("hour", "day", "month")

TRACE_HOURS = 24
TRACE_LEAST = 5
MOST_DAYS = 36_600
MOST_YEARS = 100
LONGEST = 500
"""Characters of a title, a pattern or a reason."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Figures(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Figures of intervals (n, good, sum, min, max, mean, first, last); None is for ever."""

    grain: Grain
    years: int | None = None


class Policy(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule. What says which datastreams it is for is "" (or 0) where it says nothing.

    `days` and `hours` are how long single observations stay; neither is for ever.
    """

    id: str
    title: Text
    organisation: str = ""
    origin: str = ""  # official, citizen, derived or replay
    observed: str = msgspec.field(default="", name="property")  # IRI of the observed property
    kind: str = ""  # member `kind` of the properties of the thing
    thing: str = ""  # key of the thing; * stands for any characters
    stream: str = ""  # key of the datastream in its thing, in the same way
    datastream: int = 0
    days: int | None = None
    hours: int | None = None
    then: Literal["archive", "delete"] = "archive"
    archive_years: int | None = None
    figures: tuple[Figures, ...] = ()
    least: int = 0  # figures of fewer observations (or of a smaller count) are suppressed
    hold: bool = False  # nothing goes
    note: Text = {}  # why: purpose, legal basis

    @property
    def raw(self) -> int | None:
        """How long single observations stay, in µs; None is for ever."""
        if self.hours is not None:
            return self.hours * HOUR
        return None if self.days is None else self.days * DAY

    def years(self, grain: Grain) -> int | Literal["no"] | None:
        """How long figures stay; "no" when they are not kept."""
        for each in self.figures:
            if each.grain == grain:
                return each.years
        return "no"


class Described(Struct, frozen=True, kw_only=True):
    """What rules ask of a datastream."""

    id: int
    organisation: str = ""
    origin: str = ""
    observed: str = ""
    kind: str = ""
    thing: str = ""
    key: str = ""
    type: str = ""
    trace: bool = False


class Rule(Struct, frozen=True, kw_only=True):
    """A policy with its version; version 0 is one of the program itself."""

    policy: Policy
    version: int = 0


KEPT = Rule(policy=Policy(id="", title={"de": "Alles wird aufbewahrt", "en": "Everything is kept"}))
TRACES = Rule(
    policy=Policy(
        id="traces",
        title={"de": "Spuren", "en": "Traces"},
        hours=TRACE_HOURS,
        then="delete",
        figures=(Figures("hour"), Figures("day")),
        least=TRACE_LEAST,
    )
)


def fits(policy: Policy, of: Described) -> bool:
    """Whether a rule is for a datastream."""
    if policy.datastream:
        return policy.datastream == of.id
    equal = (
        (policy.organisation, of.organisation),
        (policy.origin, of.origin),
        (policy.observed, of.observed),
        (policy.kind, of.kind),
    )
    patterns = ((policy.thing, of.thing), (policy.stream, of.key))
    return all(not wanted or wanted == given for wanted, given in equal) and all(
        not wanted or fnmatchcase(given, wanted) for wanted, given in patterns
    )


def closeness(policy: Policy) -> tuple[int, ...]:
    """How closely a rule names a datastream; the greatest is in force."""
    return (
        int(policy.hold),
        int(policy.datastream > 0),
        int(bool(policy.thing)) + int(bool(policy.stream)),
        len(policy.thing) + len(policy.stream),
        int(bool(policy.kind)),
        int(bool(policy.observed)),
        int(bool(policy.origin)),
        int(bool(policy.organisation)),
    )


def in_force(rules: Iterable[Rule], of: Described) -> Rule:
    """The rule for a datastream, with the bounds of traces."""
    fitting = [each for each in rules if fits(each.policy, of)]
    if not fitting:
        return TRACES if of.trace else KEPT
    found = max(fitting, key=lambda each: (closeness(each.policy), each.policy.id))
    return bounded(found) if of.trace else found


def bounded(rule: Rule) -> Rule:
    """The same rule for a trace."""
    policy = rule.policy
    if policy.hold:
        return rule
    raw = policy.raw
    hours = TRACE_HOURS if raw is None else min(raw // HOUR, TRACE_HOURS)
    least = max(policy.least, TRACE_LEAST)
    return replace(rule, policy=replace(policy, days=None, hours=hours, then="delete", least=least))


def too_long_for_trace(policy: Policy) -> bool:
    """Whether a rule would keep single observations of a trace longer than 24 hours."""
    raw = policy.raw
    return not policy.hold and (raw is None or raw > TRACE_HOURS * HOUR or policy.then == "archive")


def shown(buckets: Sequence[Bucket], least: int, kind: str) -> list[Bucket]:
    """The figures that do not tell of too few; of counts the sum says how many they were."""
    if not least:
        return list(buckets)
    return [each for each in buckets if _told(each, kind) >= least]


def _told(bucket: Bucket, kind: str) -> float:
    return (bucket.sum or 0.0) if kind == COUNT else bucket.n


def problems(policy: Policy) -> list[Text]:
    """What is wrong with a rule."""
    found = [
        *_said(
            _ID.fullmatch(policy.id) is None,
            "The short name has small letters, digits and hyphens.",
            "Der Kurzname besteht aus Kleinbuchstaben, Ziffern und Bindestrichen.",
        ),
        *_said(
            not any(text.strip() for text in policy.title.values()),
            "The rule needs a title.",
            "Die Regel braucht einen Titel.",
        ),
        *_said(
            any(len(text) > LONGEST for text in _texts(policy)),
            f"A text is longer than {LONGEST} characters.",
            f"Ein Text ist länger als {LONGEST} Zeichen.",
        ),
        *_said(
            policy.hold and not any(text.strip() for text in policy.note.values()),
            "A hold needs its reason.",
            "Eine Aufbewahrungspflicht braucht ihren Grund.",
        ),
    ]
    return found + _length_problems(policy)


def _length_problems(policy: Policy) -> list[Text]:
    raw = policy.raw
    years = [each.years for each in policy.figures]
    lengths = [each for each in (*years, policy.archive_years) if each is not None]
    return [
        *_said(
            policy.days is not None and policy.hours is not None,
            "Give days or hours, not both.",
            "Bitte Tage oder Stunden angeben, nicht beides.",
        ),
        *_said(
            raw is not None and not HOUR <= raw <= MOST_DAYS * DAY,
            f"Single values are kept for 1 hour to {MOST_DAYS:,} days.",
            f"Einzelwerte werden 1 Stunde bis {MOST_DAYS} Tage aufbewahrt.",
        ),
        *_said(
            any(not 1 <= each <= MOST_YEARS for each in lengths),
            f"Years go from 1 to {MOST_YEARS}; leave it empty for “for ever”.",
            f"Jahre gehen von 1 bis {MOST_YEARS}; leer heißt „dauerhaft“.",
        ),
        *_said(
            raw is not None and any(each * 365 * DAY < raw for each in lengths),
            "Figures and archive are kept at least as long as single values.",
            "Zusammenfassungen und Archiv bleiben mindestens so lange wie Einzelwerte.",
        ),
        *_said(
            len({each.grain for each in policy.figures}) < len(policy.figures),
            "Each kind of figures is named once.",
            "Jede Art von Zusammenfassung wird nur einmal genannt.",
        ),
        *_said(
            not 0 <= policy.least <= 1_000,
            "The smallest number goes from 0 to 1,000.",
            "Die Mindestzahl geht von 0 bis 1000.",
        ),
        *_said(
            policy.hours is not None and policy.then == "archive",
            "What is kept for hours only is deleted; whole months go into the archive.",
            "Was nur Stunden aufbewahrt wird, wird gelöscht; ins Archiv kommen ganze Monate.",
        ),
        *_said(
            policy.least > 0 and policy.then == "archive",
            "Suppressing small numbers makes no sense while single values stay in the archive.",
            "Kleine Zahlen zu unterdrücken hilft nicht, wenn Einzelwerte ins Archiv kommen.",
        ),
    ]


def _texts(policy: Policy) -> list[str]:
    named = (policy.origin, policy.observed, policy.kind, policy.thing, policy.stream)
    return [*named, *policy.title.values(), *policy.note.values()]


def _said(wrong: bool, en: str, de: str) -> list[Text]:
    return [{"en": en, "de": de}] if wrong else []


def from_toml(text: str) -> list[Policy]:
    """The rules of a document: `[[policy]]` tables with the members of `Policy`.

    ValueError with a sentence when it cannot be read.
    """
    import tomllib

    document = tomllib.loads(text)
    return msgspec.convert(document.get("policy", []), list[Policy])


def to_toml(rules: Sequence[Rule]) -> str:
    """The rules as the document that `from_toml` reads."""
    parts = []
    for rule in rules:
        plain: dict[str, Any] = msgspec.to_builtins(rule.policy)
        lines = ["[[policy]]", f"# version {rule.version}"]
        lines += [f"{name} = {_toml(value)}" for name, value in plain.items()]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + ("\n" if parts else "")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{name} = {_toml(each)}" for name, each in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return msgspec.json.encode(value).decode()
