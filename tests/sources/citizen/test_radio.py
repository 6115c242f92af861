# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A citizen's radio device in the city's network, with captured messages."""

from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace
from tests.support.citizens import STEWARD, person, sensor
from tests.support.lorawan import uplink

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import (
    citizens_care,
    citizens_ending,
    codecs,
    devices,
    devices_intake,
)
from allmende.core.sensing.citizens_kinds import kind_of
from allmende.core.sensing.devices import Adoption, Source
from allmende.errors import Conflict, NotAllowed
from allmende.model.sensing.uplink import Uplink
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store import Connection

Run = Callable[[Callable[[Platform], Awaitable[None]]], None]
SOIL = "chirpstack_uplink_7"
KIND = "solidos-teros21"
BOTH = Subject(
    kind="user",
    id="b",
    roles={"jena": frozenset({Role.STEWARD}), "citizens": frozenset({Role.STEWARD})},
)


async def network(platform: Platform) -> Source:
    secret = await devices.create_source(platform, SYSTEM, "net", "chirpstack", "jena")
    return await devices.open_source(platform, ANONYMOUS, "net", secret)


async def hear(platform: Platform, source: Source, counter: int) -> None:
    first = uplink(SOIL)
    message: Uplink = replace(first, counter=counter, time=first.time + counter * 3_600_000_000)
    await devices_intake.receive(platform, source, message)
    await devices_intake.drain(platform)


def radio(run: Run, scenario: Callable[[Platform], Awaitable[None]]) -> None:
    async def whole(platform: Platform) -> None:
        try:
            await scenario(platform)
        finally:
            await codecs.close(platform)

    run(whole)


def test_it_is_admitted_measures_what_was_chosen_and_goes_without_a_trace(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        source, erika = await network(platform), await person(platform)
        kind = kind_of(platform, KIND)
        first, *_ = (each.key for each in kind.quantities)
        made = await sensor(
            platform, erika, kind=KIND, eui=uplink(SOIL).eui.upper(), shown=(first,), inside=()
        )
        assert (made.key, made.sensor.status) == ("", "waiting")
        with pytest.raises(Conflict):
            await citizens_care.admit(platform, BOTH, made.sensor.id)
        await hear(platform, source, 1)
        with pytest.raises(NotAllowed):
            await citizens_care.admit(platform, STEWARD, made.sensor.id)
        await citizens_care.admit(platform, BOTH, made.sensor.id)
        await hear(platform, source, 2)
        states = await citizens_ending.states(platform, erika, made.sensor.id)
        assert {key: state.n for key, state in states.items()} == {first: 1}
        public = await sensing.visible_streams(platform, ANONYMOUS)
        assert len(public) == 1
        await citizens_ending.end(platform, erika, made.sensor.id, erase=True)

        def left(db: Connection) -> list[int]:
            tables = ("sense_device", "sense_uplink", "sense_session", "sense_thing")
            return [int(db.value(f"select count(*) from {each}")) for each in tables]

        assert await platform.store.read(left) == [0, 0, 0, 0]

    radio(run, scenario)


def test_a_device_of_the_city_is_not_taken_over(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        source, erika = await network(platform), await person(platform)
        await hear(platform, source, 1)
        (known,) = await devices.devices(platform, SYSTEM)
        point = {"type": "Point", "coordinates": [11.5, 50.9]}
        await devices.adopt(platform, SYSTEM, known.id, Adoption(kind=KIND, place=point))
        kind = kind_of(platform, KIND)
        claimed = await sensor(
            platform, erika, kind=KIND, eui=known.eui, shown=(kind.quantities[0].key,), inside=()
        )
        with pytest.raises(Conflict):
            await citizens_care.admit(platform, BOTH, claimed.sensor.id)
        await citizens_ending.end(platform, erika, claimed.sensor.id, erase=True)
        (still,) = await devices.devices(platform, SYSTEM)
        assert (still.status, still.origin, still.name) == ("active", "official", known.name)

    radio(run, scenario)


def test_an_eui_is_registered_once(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        kind = kind_of(platform, KIND)
        values = {"kind": KIND, "eui": "0011223344556677", "inside": ()}
        shown = (kind.quantities[0].key,)
        await sensor(platform, await person(platform), shown=shown, **values)
        other = await person(platform, "max@example.org")
        with pytest.raises(Conflict):
            await sensor(platform, other, shown=shown, **values)

    radio(run, scenario)
