# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules of retention: everybody reads them, stewards write them, each version stays."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing.reading import condition
from allmende.errors import InvalidRecord, NotAllowed, NotAuthenticated, NotFound
from allmende.model.filter import Filter
from allmende.model.sensing import retention as model
from allmende.model.sensing.retention import Described, Policy, Rule, Text
from allmende.model.sensing.retention_words import sentence
from allmende.policy import EVERY_ORGANISATION, Action, Subject, may
from allmende.store import Connection, audit, events, now
from allmende.store.sensing import releasing, retention, state, streams
from allmende.store.sensing.releasing import Due
from allmende.store.sensing.retention import Logged, Version

__all__ = [
    "Choices",
    "Due",
    "Logged",
    "Preview",
    "Told",
    "Version",
    "choices",
    "editable",
    "everything_due",
    "log",
    "of_streams",
    "of_thing",
    "preview",
    "rule",
    "rules",
    "save",
    "versions",
    "withdraw",
]

LOG = 200
"""Lines of the public log that are shown."""


class Told(Struct, frozen=True, kw_only=True):
    """What is in force for a datastream, said in German and English."""

    datastream: int
    policy: str  # "" where nothing is ruled
    version: int
    sentence: Text


class Preview(Struct, frozen=True, kw_only=True):
    """What a rule would do today to the datastreams that the subject sees."""

    streams: int  # for which it would be in force
    traces: int  # of which are traces, with their own bounds
    due: list[Due]

    @property
    def n(self) -> int:
        """Observations that would go."""
        return sum(each.n for each in self.due)


async def rules(platform: Platform, subject: Subject) -> list[Rule]:
    """The rules that are in force; they are public."""
    return await platform.store.read(retention.rules)


async def rule(platform: Platform, subject: Subject, ident: str) -> Rule:
    """One rule that is in force. NotFound."""
    for each in await rules(platform, subject):
        if each.policy.id == ident:
            return each
    raise NotFound(
        f"There is no rule “{ident}”.",
        f"Eine Regel „{ident}“ gibt es nicht.",
    )


async def versions(platform: Platform, subject: Subject, ident: str) -> list[Version]:
    """All versions of a rule, newest first; who wrote them is for signed-in people. NotFound."""
    found = await platform.store.read(retention.versions, ident)
    if not found:
        raise NotFound(
            f"There is no rule “{ident}”.",
            f"Eine Regel „{ident}“ gibt es nicht.",
        )
    if subject.kind == "anonymous":
        names = ("id", "version", "policy", "reason", "at")
        return [
            Version(author="", **{name: getattr(each, name) for name in names}) for each in found
        ]
    return found


async def log(platform: Platform, subject: Subject, limit: int = LOG) -> list[Logged]:
    """What the rules have done to datastreams the subject sees, newest first."""
    return await platform.store.read_slow(retention.logged, condition(subject), min(limit, LOG))


async def of_streams(
    platform: Platform, subject: Subject, idents: Sequence[int]
) -> dict[int, Told]:
    """What is in force for datastreams, by id; hidden ones are left out."""
    return await platform.store.read(_of_streams, condition(subject), list(idents))


async def of_thing(platform: Platform, subject: Subject, thing: int) -> list[Told]:
    """What is in force for the datastreams of a thing that the subject sees."""
    return await platform.store.read(_of_thing, condition(subject), thing)


def _of_streams(db: Connection, seen: Filter, idents: list[int]) -> dict[int, Told]:
    visible = streams.seen(db, seen, idents) if idents else []
    known = retention.rules(db)
    return {each.id: told(known, each) for each in retention.described(db, visible)}


def _of_thing(db: Connection, seen: Filter, thing: int) -> list[Told]:
    found = retention.of_thing(db, thing)
    visible = set(streams.seen(db, seen, [each.id for each in found])) if found else set()
    known = retention.rules(db)
    return [told(known, each) for each in found if each.id in visible]


def told(known: Sequence[Rule], of: Described) -> Told:
    """The rule for a datastream in words."""
    found = model.in_force(known, of)
    return Told(
        datastream=of.id,
        policy=found.policy.id,
        version=found.version,
        sentence=sentence(found.policy),
    )


# --- writing -----------------------------------------------------------------------------


def editable(subject: Subject, policy: Policy) -> bool:
    """Whether the subject may write this rule: stewards of its organisation, or of all."""
    return may(subject, Action.WRITE, policy.organisation or EVERY_ORGANISATION)


async def save(platform: Platform, subject: Subject, policy: Policy, reason: str) -> int:
    """Writes a rule; the number of its version.

    InvalidRecord says what is wrong with it; NotAuthenticated and NotAllowed.
    """
    _require(subject, policy)
    _require_sound(policy, reason)
    return await platform.store.write(_save, subject, policy, reason.strip())


def _save(db: Connection, subject: Subject, policy: Policy, reason: str) -> int:
    before = next((each for each in retention.rules(db) if each.policy.id == policy.id), None)
    if before is not None:
        if before.policy == policy:
            return before.version
        _require(subject, before.policy)
    _require_short_traces(db, policy)
    version = retention.put(db, policy.id, policy, policy.organisation, subject.id, reason)
    audit.note(db, subject.id, "retention", policy.id)
    events.emit(db, "retention", "written", version, policy.id)
    return version


async def withdraw(platform: Platform, subject: Subject, ident: str, reason: str) -> None:
    """Takes a rule out of force; its versions stay. NotFound, NotAllowed."""
    found = await rule(platform, subject, ident)
    _require(subject, found.policy)
    _require_sound(found.policy, reason)
    await platform.store.write(_withdraw, subject, found.policy, reason.strip())


def _withdraw(db: Connection, subject: Subject, policy: Policy, reason: str) -> None:
    version = retention.put(db, policy.id, None, policy.organisation, subject.id, reason)
    audit.note(db, subject.id, "retention-withdraw", policy.id)
    events.emit(db, "retention", "deleted", version, policy.id)


def _require(subject: Subject, policy: Policy) -> None:
    if editable(subject, policy):
        return
    if subject.kind == "anonymous":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    raise NotAllowed(
        "Stewards of the organisation write its rules, those of all organisations rules for all.",
        "Regeln einer Organisation schreiben deren Verwaltende, Regeln für alle nur wer alle "
        "Organisationen verwaltet.",
    )


def _require_sound(policy: Policy, reason: str) -> None:
    wrong = model.problems(policy)
    if not 0 < len(reason.strip()) <= model.LONGEST:
        wrong.append(
            {
                "en": "Say why, in at most 500 characters.",
                "de": "Bitte den Grund nennen, in höchstens 500 Zeichen.",
            }
        )
    if wrong:
        joined = {tag: " ".join(each[tag] for each in wrong) for tag in ("en", "de")}
        raise InvalidRecord(joined["en"], joined["de"])


def _require_short_traces(db: Connection, policy: Policy) -> None:
    """A rule that names a trace closely must not promise more than traces are kept."""
    if not model.too_long_for_trace(policy) or not (policy.datastream or policy.thing):
        return
    if any(each.trace and model.fits(policy, each) for each in retention.described(db)):
        raise InvalidRecord(
            f"The rule is for traces; their single values are kept {model.TRACE_HOURS} hours at "
            "most and never archived.",
            f"Die Regel gilt für Spuren; deren Einzelwerte bleiben höchstens {model.TRACE_HOURS} "
            "Stunden und kommen nie ins Archiv.",
        )


# --- looking ahead -----------------------------------------------------------------------


async def preview(platform: Platform, subject: Subject, policy: Policy) -> Preview:
    """What a rule would do if it were in force now. NotAllowed, InvalidRecord."""
    _require(subject, policy)
    _require_sound(policy, "preview")
    zone = platform.settings.timezone
    return await platform.store.read_slow(_preview, condition(subject), policy, zone)


def _preview(db: Connection, seen: Filter, policy: Policy, zone: str) -> Preview:
    others = [each for each in retention.rules(db) if each.policy.id != policy.id]
    mine = Rule(policy=policy)
    visible = set(streams.seen(db, seen, None))
    found = [
        each
        for each in retention.described(db)
        if each.id in visible and model.in_force([*others, mine], each).policy.id == policy.id
    ]
    return Preview(
        streams=len(found),
        traces=sum(each.trace for each in found),
        due=due(db, [*others, mine], found, now(), zone),
    )


def due(
    db: Connection, known: Sequence[Rule], found: Sequence[Described], moment: int, zone: str
) -> list[Due]:
    """What the rules would do now with single observations of these datastreams."""
    if not found:
        return []
    states = state.of(db, [each.id for each in found])
    listed = []
    for each in found:
        rule = model.in_force(known, each)
        until = releasing.cut(rule.policy, moment, zone)
        held = states.get(each.id)
        if until is None or held is None or not releasing.months_due(held, until):
            continue
        n, first = releasing.at_hand_before(db, each.id, until)
        if n and first is not None:
            action: releasing.Action = "archived" if rule.policy.then == "archive" else "deleted"
            listed.append(Due(each.id, action, first, until, n, rule.policy.id, rule.version))
    return listed


async def everything_due(platform: Platform, subject: Subject) -> list[Due]:
    """What the rules would do now to the datastreams the subject sees."""
    zone = platform.settings.timezone
    return await platform.store.read_slow(_everything_due, condition(subject), zone)


def _everything_due(db: Connection, seen: Filter, zone: str) -> list[Due]:
    visible = set(streams.seen(db, seen, None))
    found = [each for each in retention.described(db) if each.id in visible]
    return due(db, retention.rules(db), found, now(), zone)


class Choices(Struct, frozen=True, kw_only=True):
    """What a rule can name, among what the subject sees; each observed property with its name."""

    properties: list[tuple[str, str]]
    kinds: list[str]
    streams: dict[str, int]  # by the rule in force, "" for none


async def choices(platform: Platform, subject: Subject) -> Choices:
    """What a rule can name, and how many datastreams each rule is in force for."""
    return await platform.store.read_slow(_choices, condition(subject))


def _choices(db: Connection, seen: Filter) -> Choices:
    found = retention.classes(db, seen)
    known = retention.rules(db)
    counts: dict[str, int] = {}
    for each in found:
        name = model.in_force(known, each).policy.id
        counts[name] = counts.get(name, 0) + 1
    return Choices(
        properties=retention.properties(db, seen),
        kinds=sorted({each.kind for each in found if each.kind}),
        streams=counts,
    )
