# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small city that measures: numbers with flags and a gap, counts, categories, hostile names."""

from __future__ import annotations

from math import sin

from msgspec.structs import replace
from tests.support.sensing import START, at, stream, thing

from allmende.core import accounts, sensing
from allmende.core.platform import Platform
from allmende.core.sensing.observing import MOST
from allmende.model.sensing.calendar import DAY, HOUR
from allmende.model.sensing.observation import Flag, Observation
from allmende.model.sensing.specs import (
    ANY,
    CATEGORY,
    COUNT,
    TRUTH,
    PropertySpec,
    SensorSpec,
    Unit,
)
from allmende.policy import SYSTEM

BAD = "<script>alert('x')</script> \"q\" & {{ 7 * 7 }}"
BIKES = PropertySpec(definition="urn:example:bikes", name="Bicycles")
STATE = PropertySpec(definition="urn:example:state", name="State")
HOSTILE = PropertySpec(definition="javascript:alert(1)", name=BAD, description=BAD)
QUARTER = HOUR // 4
DAYS = 20


async def fill(platform: Platform) -> dict[str, int]:
    """Ids of the datastreams by their keys, and of the things as `thing:<key>`."""
    await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
    specs = [
        thing(
            "station",
            stream("air", interval=900.0),
            replace(stream("count", kind=COUNT, interval=900.0), property=BIKES, unit=Unit()),
            replace(stream("state", kind=CATEGORY), property=STATE, unit=Unit()),
            replace(stream("door", kind=TRUTH), property=STATE, unit=Unit()),
            stream("empty"),
            stream("single"),
            replace(stream("odd", kind=ANY), unit=Unit()),
            stream("huge"),
            properties={"dataset": "nowhere", "Height": 155},
        ),
        _hostile(),
        thing("citizen", stream("c"), origin="citizen", place=at(11.6, 50.94)),
        thing("old", stream("r"), origin="replay"),
        thing("shut", stream("s"), access="restricted"),
    ]
    found: dict[str, int] = {}
    for spec in specs:
        made = await sensing.register(platform, SYSTEM, spec)
        found |= made.streams
        found[f"thing:{spec.key}"] = made.thing
    given = [*_air(found["air"]), *_others(found)]
    for begin in range(0, len(given), MOST):
        outcomes = await sensing.observe(platform, SYSTEM, given[begin : begin + MOST])
        assert all(each.problem is None for each in outcomes)
    return found


def _hostile():  # type: ignore[no-untyped-def]
    spec = thing("hostile", stream("h"), properties={BAD: BAD, "web": "javascript:alert(2)"})
    sensor = SensorSpec(key="h", name=BAD, description=BAD, metadata="javascript:alert(3)")
    unit = Unit(name=BAD, symbol="</text><script>", definition="javascript:alert(4)")
    bad = replace(
        spec.streams[0], name=BAD, description=BAD, property=HOSTILE, sensor=sensor, unit=unit
    )
    assert spec.place
    place = replace(spec.place, name=BAD, description=BAD)
    return replace(spec, name=BAD, description=BAD, streams=(bad,), place=place)


def _air(ident: int) -> list[Observation]:
    """Twenty days of quarter hours, the fifth of them missing, with values of every flag."""
    flags = {100: Flag.BAD, 101: Flag.SUSPECT, 102: Flag.INTERPOLATED, 103: Flag.GOOD}
    return [
        Observation(
            datastream=ident,
            time=START + at * QUARTER,
            result=999.0 if at == 100 else round(10 + 8 * sin(at / 15), 2),
            flag=flags.get(at, Flag.UNCHECKED),
        )
        for at in range(DAYS * 96)
        if not 4 * 96 <= at < 5 * 96
    ]


def _others(found: dict[str, int]) -> list[Observation]:
    given = [
        Observation(datastream=found["count"], time=START + at * QUARTER, result=at % 7)
        for at in range(960)
    ]
    for hour in range(200):
        time = START + hour * HOUR
        state = ("ok", BAD, "maintenance")[hour % 3]
        given.append(Observation(datastream=found["state"], time=time, result=state))
        given.append(Observation(datastream=found["door"], time=time, result=hour % 2 == 0))
    huge = (1e300, -1e300, 0.0, 1e-300, -5.0)
    given += [
        Observation(datastream=found["huge"], time=START + at * HOUR, result=value)
        for at, value in enumerate(huge)
    ]
    odd = ({"a": BAD}, [1, "x"], None, 7.5)
    given += [
        Observation(datastream=found["odd"], time=START + at * HOUR, result=value)
        for at, value in enumerate(odd)
    ]
    for key in ("single", "h", "c", "r", "s"):
        given.append(Observation(datastream=found[key], time=START + DAY, result=-3.25))
    return given
