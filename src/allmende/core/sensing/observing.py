# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing observations: who may, what is wrong with them, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from allmende.core.platform import Platform
from allmende.core.sensing import citizens_limits, quality
from allmende.core.sensing.reading import condition
from allmende.core.sensing.registering import not_allowed
from allmende.errors import InvalidRecord, LimitExceeded, NotFound
from allmende.model.filter import Filter
from allmende.model.sensing.checking import Text, flagged, problem
from allmende.model.sensing.observation import Observation, split_id
from allmende.policy import Action, Subject, may, may_add
from allmende.store import Connection, now
from allmende.store.sensing import observations, reading, streams
from allmende.store.sensing.observations import Repeated

MOST = 20_000
"""Observations of one call; a caller with more cuts them."""


class Outcome(Struct, frozen=True):
    """What became of an observation; `id` is 0 when it was refused."""

    id: int
    status: Literal["created", "repeated", "corrected", "refused"]
    problem: Text | None = None


async def observe(
    platform: Platform,
    subject: Subject,
    given: Sequence[Observation],
    *,
    repeated: Repeated = "add",
    together: bool = False,
) -> list[Outcome]:
    """Stores observations, durably when it returns; what became of each, in their order.

    Each is judged alone, unless they belong `together`: then the first that is refused
    raises InvalidRecord and nothing is stored. NotFound for a datastream that the subject
    cannot see, NotAllowed for one it may not write to; LimitExceeded above 20,000.
    """
    if len(given) > MOST:
        raise LimitExceeded(
            f"At most {MOST:,} observations are taken at once; send them in parts.",
            f"Höchstens {MOST} Beobachtungen auf einmal; bitte in Teilen senden.",
        )
    zone = platform.settings.timezone
    return await platform.store.write(
        observe_within, subject, condition(subject), given, zone, repeated, together
    )


def observe_within(
    db: Connection,
    subject: Subject,
    seen: Filter,
    given: Sequence[Observation],
    zone: str,
    repeated: Repeated,
    together: bool,
) -> list[Outcome]:
    """The same as a part of a transaction; `seen` is the subject's condition on streams."""
    found = writable(db, subject, seen, {each.datastream for each in given}, adding=True)
    return store(db, subject, found, given, zone, repeated, together=together)


def store(
    db: Connection,
    subject: Subject,
    found: Mapping[int, streams.Stream],
    given: Sequence[Observation],
    zone: str,
    repeated: Repeated,
    *,
    together: bool,
) -> list[Outcome]:
    """Judges and stores observations of datastreams that `writable` has found."""
    moment = now()
    own = citizens_limits.refused(db, subject.own, given, moment) if subject.own else {}
    outcomes: list[Outcome | None] = []
    fine: list[Observation] = []
    for at, each in enumerate(given):
        stream = found[each.datastream]
        parts = stream.parts if stream.multi else 0
        wrong = own.get(at) or problem(each, stream.type, parts)
        if wrong is None:
            flagged(each, moment)
            fine.append(each)
            outcomes.append(None)
        else:
            if together:
                raise InvalidRecord(wrong["en"], wrong["de"])
            outcomes.append(Outcome(0, "refused", wrong))
    quality.arrive(db, fine, moment)
    stored = iter(observations.insert(db, fine, zone, repeated))
    return [each or _outcome(next(stored)) for each in outcomes]


def writable(
    db: Connection, subject: Subject, seen: Filter, idents: set[int], *, adding: bool = False
) -> dict[int, streams.Stream]:
    """The datastreams, all of which the subject sees and may write to, or only add to."""
    found = streams.of(db, list(idents))
    if len(found) < len(idents):
        raise unknown_stream(min(idents - found.keys()))
    closed = [
        each
        for each in found.values()
        if not may(subject, Action.OBSERVE, each.organisation)
        and not (adding and may_add(subject, each.organisation, each.thing))
    ]
    if closed:
        hidden = [each.id for each in closed]
        denied = {each.organisation for each in closed}
        visible = streams.seen(db, seen, hidden)
        if len(visible) < len(hidden):
            raise unknown_stream(min(set(hidden) - set(visible)))
        raise not_allowed(min(denied))
    return found


def _outcome(stored: observations.Stored) -> Outcome:
    if stored.status == "late":
        return Outcome(
            0,
            "refused",
            {
                "en": "The observation is older than what is kept of this datastream; only "
                "aggregates of that time remain.",
                "de": "Die Beobachtung ist älter als das, was von diesem Datenstrom einzeln "
                "aufbewahrt wird; aus dieser Zeit bleiben nur Zusammenfassungen.",
            },
        )
    return Outcome(stored.id, stored.status)


async def change(
    platform: Platform, subject: Subject, ident: int, changes: Mapping[str, Any]
) -> Observation:
    """Sets members of an observation (see `Observation`); its state afterwards.

    NotFound, NotAllowed; InvalidRecord when it cannot be stored so.
    """
    zone = platform.settings.timezone
    return await platform.store.write(
        change_within, subject, condition(subject), ident, changes, zone
    )


def change_within(
    db: Connection,
    subject: Subject,
    seen: Filter,
    ident: int,
    changes: Mapping[str, Any],
    zone: str,
) -> Observation:
    """The same as a part of a transaction."""
    old = reading.one(db, ident)
    if old is None:
        raise unknown_observation(ident)
    try:
        stream = writable(db, subject, seen, {old.datastream})[old.datastream]
    except NotFound:
        raise unknown_observation(ident) from None
    new = replace(old, **changes)
    wrong = problem(new, stream.type, stream.parts if stream.multi else 0)
    if wrong is not None:
        raise InvalidRecord(wrong["en"], wrong["de"])
    observations.change(db, ident, new, zone)
    return new


async def remove(platform: Platform, subject: Subject, idents: Sequence[int]) -> int:
    """Deletes observations, all or none; how many. NotFound, NotAllowed."""
    zone = platform.settings.timezone
    return await platform.store.write(
        remove_within, subject, condition(subject), list(idents), zone
    )


def remove_within(
    db: Connection, subject: Subject, seen: Filter, idents: Sequence[int], zone: str
) -> int:
    """The same as a part of a transaction."""
    writable(db, subject, seen, {split_id(each)[0] for each in idents})
    removed = observations.delete(db, idents, zone)
    if len(idents) == 1 and not removed:
        raise unknown_observation(idents[0])
    return removed


def unknown_stream(ident: int) -> NotFound:
    """The refusal for a datastream that is not there or not to be seen."""
    return NotFound(
        f"There is no datastream with the id {ident}.",
        f"Es gibt keinen Datenstrom mit der Kennung {ident}.",
    )


def unknown_observation(ident: int) -> NotFound:
    """The refusal for an observation that is not there or not to be seen."""
    return NotFound(
        f"There is no observation with the id {ident}.",
        f"Es gibt keine Beobachtung mit der Kennung {ident}.",
    )
