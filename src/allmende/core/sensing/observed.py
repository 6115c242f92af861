# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations as clients send them, with what the service adds (18-088 §10.2).

Without phenomenonTime it is now; without resultTime there is none; without a feature of
interest it is the place of the thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, field

from allmende.core.sensing import checking, observing
from allmende.core.sensing.checking import Target
from allmende.core.sensing.results import fitted, fitted_parts
from allmende.core.sensing.unit import Unit
from allmende.errors import InvalidInput, InvalidRecord
from allmende.model.sensing import moments
from allmende.model.sensing.entities import TYPES, Kind
from allmende.model.sensing.observation import Observation
from allmende.store import now
from allmende.store.sensing import entities, features

ENTITY = TYPES[Kind.OBSERVATION]
MEMBERS = {
    "phenomenonTime": "time",
    "result": "result",
    "resultTime": "result_time",
    "resultQuality": "quality",
    "validTime": "valid",
    "parameters": "parameters",
}
"""Properties of the standard and members of `Observation`."""


class Draft(Struct):
    """An observation before its links are known."""

    values: dict[str, Any]
    links: dict[str, list[Target]] = field(default_factory=dict)


def read(body: Any, *, partial: bool = False) -> Draft:
    """An observation from JSON. Raises InvalidInput that says what is wrong."""
    if not isinstance(body, dict):
        raise InvalidInput(
            "An Observation has to be a JSON object.",
            "Eine Observation muss ein JSON-Objekt sein.",
        )
    if "result" not in body and not partial:
        raise InvalidInput(
            "An Observation needs result.", "Observation braucht result.", code="missing-property"
        )
    draft = Draft({})
    for name, value in body.items():
        if name in MEMBERS:
            draft.values.update(member(name, value))
        else:
            _other(draft, name, value)
    return draft


def _other(draft: Draft, name: str, value: Any) -> None:
    link = ENTITY.link(name)
    if link is not None:
        draft.links[name] = checking.targets(ENTITY, link, value)
    elif "@" not in name and name != "id":
        known = [*MEMBERS, *(each.name for each in ENTITY.links)]
        raise InvalidInput(
            f"An Observation has no “{name[:60]}”; it has: {', '.join(known)}.",
            f"Observation hat kein „{name[:60]}“, sondern: {', '.join(known)}.",
        )


def member(name: str, value: Any) -> dict[str, Any]:
    """One property as members of `Observation`."""
    if name == "phenomenonTime":
        if value is None:
            return {}
        time, end = moments.span(value)
        return {"time": time, "end": end}
    if value is None:
        return {MEMBERS[name]: None}
    if name == "resultTime":
        return {"result_time": moments.moment(value)}
    if name == "validTime":
        return {"valid": moments.interval(value)}
    if name == "parameters" and not isinstance(value, dict):
        raise InvalidInput(
            "parameters has to be a JSON object.", "parameters muss ein JSON-Objekt sein."
        )
    return {MEMBERS[name]: value}


class Aimed(Struct):
    """A draft whose datastream is known; `feature` is the id of its own feature, if any."""

    draft: Draft
    stream: int
    feature: int | None = None


def add(unit: Unit, aimed: Sequence[Aimed]) -> list[int]:
    """Stores observations, all or none; their ids. Raises InvalidRecord, NotFound, NotAllowed."""
    db = unit.db
    streams = {each.stream: unit.stream(each.stream) for each in aimed}
    known = {ident: stream for ident, stream in streams.items() if stream is not None}
    moved = features.defaults(db, known)
    types = entities.data_types(db, [each.id for each in known.values() if each.multi])
    moment = now()
    found: list[Observation] = []
    for each in aimed:
        values = each.draft.values
        stream = known.get(each.stream)
        if stream is not None:
            values["result"] = fit_to(values["result"], stream.type, types.get(stream.id))
        if each.feature is None:
            each.feature = moved.get(each.stream)
        values.setdefault("time", moment)
        found.append(Observation(datastream=each.stream, feature=each.feature, **values))
    try:
        done = observing.observe_within(
            db, unit.subject, unit.data, found, unit.zone, "add", together=True
        )
    except InvalidRecord as error:
        raise InvalidInput(error.text["en"], error.text["de"]) from error
    used: dict[int, set[int]] = {}
    for one in found:
        if one.feature is not None:
            used.setdefault(one.datastream, set()).add(one.feature)
    features.note(db, used)
    return [_stored(each) for each in done]


def _stored(outcome: observing.Outcome) -> int:
    if outcome.problem is not None:
        raise InvalidInput(outcome.problem["en"], outcome.problem["de"])
    return outcome.id


def fit_to(result: Any, kind: str, parts: list[str] | None) -> Any:
    """A result as a stream of this type, or with these parts, wants it."""
    return fitted(result, kind) if parts is None else fitted_parts(result, parts)
