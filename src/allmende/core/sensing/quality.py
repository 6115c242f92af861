# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How far results are believed: judged when they arrive, and again when the next ones are known.

Parameters stand at the observed property and at the datastream (its own win), and in the
datastream's properties (`valid`, `plausible`, `quality`). Soil-water results are bad while the
soil at the same thing is frozen, unless somebody says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from allmende.core.platform import Platform
from allmende.core.sensing.reading import condition
from allmende.core.sensing.registering import not_allowed
from allmende.errors import InvalidInput, NotFound
from allmende.model.filter import Filter
from allmende.model.sensing.device_properties import PROPERTIES
from allmende.model.sensing.observation import Flag, Observation
from allmende.model.sensing.quality import Checks, Verdict, judge_arrival, merged, strictest
from allmende.model.sensing.specs import COUNT, MEASUREMENT
from allmende.policy import Action, Subject, may
from allmende.store import Connection
from allmende.store.sensing import quality as rows
from allmende.store.sensing import state, streams
from allmende.store.sensing.quality import Judged

HOUR = 3_600 * 1_000_000
HOLD = 3 * HOUR
"""How long (µs) a soil temperature says something about the soil."""
SOIL_TEMPERATURE = PROPERTIES["soil-temperature"].iri
DEFAULTS: dict[str, dict[str, Any]] = {
    PROPERTIES["soil-water-potential"].iri: {"frozen": True},
    PROPERTIES["soil-water-tension"].iri: {"frozen": True},
}
"""Checks of observed properties of which nobody has said anything."""


def checks_of(judged: Judged) -> Checks:
    """The checks of a datastream; none for results that are no numbers."""
    if judged.type not in (MEASUREMENT, COUNT) or judged.properties.get("origin") == "derived":
        return Checks()
    return merged(*sources_of(judged).values())


def sources_of(judged: Judged) -> dict[str, Mapping[str, Any]]:
    """Where parameters come from: the general ones, the observed property's, those that the
    datastream brought along, and its own, which win."""
    properties = judged.properties
    brought: dict[str, Any] = {
        name: properties[name] for name in ("valid", "plausible") if name in properties
    }
    own = properties.get("quality")
    return {
        "general": DEFAULTS.get(judged.definition, {}),
        "property": judged.of_property,
        "source": brought | (own if isinstance(own, dict) else {}),
        "own": judged.of_stream,
    }


def arrive(db: Connection, given: Sequence[Observation], now: int) -> None:
    """Flags results that nobody has judged; a part of the transaction that stores them."""
    known = _checks(db, {each.datastream for each in given})
    before: dict[int, tuple[int, float] | None] = {}
    frozen: dict[int, list[tuple[int, float]]] = {}
    for each in given:
        judged, checks = known.get(each.datastream, _NOTHING)
        number = type(each.result) in (int, float)
        if judged is None or not checks.any or not number or each.flag > Flag.GOOD:
            continue
        stream, value = each.datastream, float(each.result)  # type: ignore[arg-type]
        if checks.step is not None and stream not in before:
            before[stream] = _before(db, stream)
        said = judge_arrival(checks, value, each.time, before.get(stream), now)
        if checks.frozen:
            if stream not in frozen:
                frozen[stream] = _temperatures(db, judged)
            said = strictest([said, *_frozen(frozen[stream], each.time)])
        each.flag, each.rule = said
        if each.flag < Flag.BAD:
            before[stream] = (each.time, value)


_NOTHING: tuple[Judged | None, Checks] = (None, Checks())


def _checks(db: Connection, idents: set[int]) -> dict[int, tuple[Judged | None, Checks]]:
    """Datastreams with their checks, remembered where that is possible."""
    kept = db.kept
    if kept is None:
        return {ident: (each, checks_of(each)) for ident, each in rows.of(db, [*idents]).items()}
    missing = [ident for ident in idents if ("checks", ident) not in kept]
    if missing:
        found = rows.of(db, missing)
        for ident in missing:
            each = found.get(ident)
            kept["checks", ident] = _NOTHING if each is None else (each, checks_of(each))
    return {ident: kept["checks", ident] for ident in idents}


def _before(db: Connection, stream: int) -> tuple[int, float] | None:
    last = state.get(db, stream)
    if last.last_time is None or last.value is None or last.flag == Flag.BAD:
        return None
    return last.last_time, last.value


def _temperatures(db: Connection, judged: Judged) -> list[tuple[int, float]]:
    """Time and value of the newest soil temperatures beside a datastream."""
    found = state.of(db, beside(db, judged))
    return [
        (each.last_time, each.value)
        for each in found.values()
        if each.last_time is not None and each.value is not None and each.flag != Flag.BAD
    ]


def beside(db: Connection, judged: Judged) -> list[int]:
    """Soil temperatures at the same thing, of the same depth where both say theirs."""
    depth = judged.properties.get("depth_m")
    return [
        ident
        for ident, properties in rows.at_thing(db, judged.thing, SOIL_TEMPERATURE)
        if depth is None or properties.get("depth_m") in (None, depth)
    ]


def _frozen(temperatures: Sequence[tuple[int, float]], time: int) -> list[Verdict]:
    return [
        (int(Flag.BAD), "frozen")
        for at, value in temperatures
        if value <= 0 and abs(time - at) <= HOLD
    ]


# --- parameters -----------------------------------------------------------------------------


async def checks(platform: Platform, subject: Subject, stream: int) -> Checks:
    """The checks that hold for a datastream. NotFound."""
    found = await platform.store.read(_seen, condition(subject), stream)
    if found is None:
        raise _unknown(stream)
    return checks_of(found)


def _seen(db: Connection, seen: Filter, stream: int) -> Judged | None:
    return rows.of(db, [stream]).get(stream) if streams.seen(db, seen, [stream]) else None


async def set_checks(
    platform: Platform, subject: Subject, stream: int, given: Mapping[str, Any]
) -> Checks:
    """Sets the checks of a datastream; {} goes back to those of its property.

    NotFound, NotAllowed (who looks after the organisation may), InvalidInput.
    """
    kept = await checked_for(platform, subject, stream, given)
    await platform.store.write(lambda db: rows.put(db, kept, subject.id, stream=stream))
    return await checks(platform, subject, stream)


async def checked_for(
    platform: Platform, subject: Subject, stream: int, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Parameters that the subject may set for a datastream; errors as of `set_checks`."""
    found = await platform.store.read(_seen, condition(subject), stream)
    if found is None:
        raise _unknown(stream)
    _require(subject, found.organisation)
    return _checked(given)


async def set_property_checks(
    platform: Platform, subject: Subject, observed: int, given: Mapping[str, Any]
) -> None:
    """Sets the checks of all datastreams of an observed property of one's organisation."""
    found = await platform.store.read(rows.property_of, observed)
    if found is None:
        raise _unknown(observed)
    _require(subject, found[0])
    kept = _checked(given)
    await platform.store.write(lambda db: rows.put(db, kept, subject.id, observed=observed))


def _require(subject: Subject, organisation: str) -> None:
    if not (
        may(subject, Action.WRITE, organisation) and may(subject, Action.OBSERVE, organisation)
    ):
        raise not_allowed(organisation)


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        msgspec.convert(given, Checks, strict=True)
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidInput(
            f"The checks do not fit: {error}.", f"Die Prüfungen passen nicht: {error}."
        ) from error
    return dict(given)


def _unknown(ident: int) -> NotFound:
    return NotFound(
        f"There is no datastream with the id {ident}.",
        f"Es gibt keinen Datenstrom mit der Kennung {ident}.",
    )
