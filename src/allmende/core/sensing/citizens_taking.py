# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Taking in a message of a citizen's sensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, InvalidRecord, NotAllowed
from allmende.model.sensing.observation import Flag, Observation
from allmende.policy import Subject
from allmende.store import Connection, now
from allmende.store.sensing import citizen_things
from allmende.store.sensing import citizens as rows

Text = dict[str, str]
FLAGS = {Flag.UNCHECKED: "unchecked", Flag.GOOD: "good", Flag.SUSPECT: "suspect", Flag.BAD: "bad"}


class Taken(Struct, frozen=True, kw_only=True):
    """What became of a message: results by quantity with their flag, and what was not taken."""

    time: int
    taken: dict[str, str]
    refused: dict[str, Text]
    unknown: list[str]


async def take(
    platform: Platform,
    subject: Subject,
    time: int | None,
    values: Mapping[str, Any],
    unknown: Sequence[str] = (),
) -> Taken:
    """Stores the values of a message, durably when it returns; the same one again is nothing new.

    InvalidRecord when none of it can be taken, TooManyRequests; NotAllowed without a key.
    """
    if subject.own is None:
        raise NotAllowed(
            "This address is for the key of a sensor.",
            "Diese Adresse ist für den Schlüssel eines Sensors.",
        )
    streams = await platform.store.read(citizen_things.streams, subject.own.thing)
    moment = now() if time is None else time
    known = [name for name in values if name in streams]
    strange = [*unknown, *(name[:60] for name in values if name not in streams)]
    given = [
        Observation(datastream=streams[name], time=moment, result=values[name]) for name in known
    ]
    try:
        outcomes = await sensing.observe(platform, subject, given, repeated="skip")
    except AllmendeError as error:
        await _heard(platform, subject.own.device, 0, len(given), error.text)
        raise
    refused = {
        name: outcome.problem
        for name, outcome in zip(known, outcomes, strict=True)
        if outcome.problem is not None
    }
    problem = next(iter(refused.values()), None)
    if not known:
        problem = _nothing(strange, sorted(streams))
    fine = len(known) - len(refused)
    await _heard(platform, subject.own.device, fine, len(refused), problem)
    if problem is not None and not fine:
        raise InvalidRecord(problem["en"], problem["de"])
    taken = {
        name: FLAGS.get(Flag(each.flag), "unchecked")
        for name, each in zip(known, given, strict=True)
        if name not in refused
    }
    return Taken(time=moment, taken=taken, refused=refused, unknown=strange)


async def _heard(
    platform: Platform, device: int, taken: int, refused: int, problem: Text | None
) -> None:
    def note(db: Connection) -> None:
        rows.heard(db, device, taken, refused, problem)

    await platform.store.write(note)


def _nothing(strange: Sequence[str], known: Sequence[str]) -> Text:
    said, wanted = ", ".join(strange)[:200] or "–", ", ".join(known)[:400]
    return {
        "en": f"The message has {said}; this sensor measures {wanted}.",
        "de": f"Die Nachricht hat {said}; dieser Sensor misst {wanted}.",
    }
