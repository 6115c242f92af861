# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Citizens and their sensors: whose is whose, what is told, what goes when it is to go."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.support.citizens import (
    EXACT,
    OTHER_STEWARD,
    ROOT,
    STEWARD,
    TABLES,
    client,
    everything,
    person,
    rows_of,
    send,
    sensor,
    traces,
    wish,
)

from allmende.core import accounts, sensing
from allmende.core.platform import Platform
from allmende.core.sensing import citizens, citizens_care, citizens_ending
from allmende.core.sensing import entities as writing
from allmende.errors import (
    InvalidInput,
    LimitExceeded,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from allmende.model.sensing.citizen_places import DETAILS, told
from allmende.model.sensing.observation import Flag
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject, may
from allmende.policy.access import Action
from allmende.store.sensing import citizen_things

Run = Callable[[Callable[[Platform], Awaitable[None]]], None]


@pytest.mark.parametrize("detail", ["100m", "1km"])
def test_the_exact_place_is_in_no_answer_and_in_no_public_row(run: Run, detail: str) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform), detail=detail, keep_exact=True)
        assert await send(platform, made.key, temperature=21.5) == 201
        text = await everything(platform)
        assert "Balkon" in text
        for table in TABLES:
            text += await rows_of(platform, table)
        assert not [each for each in traces() if each in text]
        coordinates = made.sensor.place["coordinates"]
        assert str(coordinates[0]) in text

    run(scenario)


def test_a_place_that_becomes_coarser_leaves_no_trace(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        made = await sensor(platform, subject, detail="exact")
        assert await send(platform, made.key, temperature=21.5) == 201
        assert str(EXACT[0]) in await everything(platform)
        await citizens.change(platform, subject, made.sensor.id, wish(detail="1km"))
        assert await send(platform, made.key, temperature=22.5) == 201
        text = await everything(platform)
        for table in TABLES:
            text += await rows_of(platform, table)
        assert not [each for each in traces() if each in text]
        async with client(platform) as http:
            history = (await http.get(f"{ROOT}/HistoricalLocations")).json()["value"]
            assert len(history) == 1

    run(scenario)


def test_the_exact_place_is_kept_only_on_wish_and_shown_to_nobody_else(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        kept = await sensor(platform, subject, keep_exact=True)
        not_kept = await sensor(platform, subject)
        assert kept.sensor.exact is not None
        assert not_kept.sensor.exact is None
        assert all(each.exact is None for each in await citizens_care.every(platform, STEWARD))
        await citizens_ending.end(platform, subject, kept.sensor.id, erase=False)
        assert (await citizens.one(platform, subject, kept.sensor.id)).exact is None
        assert str(EXACT[1]) not in await rows_of(platform, "citizen_device")

    run(scenario)


@pytest.mark.parametrize("detail", DETAILS[:2])
def test_all_places_of_a_square_are_told_alike(detail: str) -> None:
    middle = told(*EXACT, detail)
    assert told(*middle, detail) == middle
    size = {"100m": 0.0004, "1km": 0.004}[detail]
    near = {told(middle[0] + dx, middle[1] + dy, detail)
            for dx in (-size, 0, size) for dy in (-size, 0, size)}  # fmt: skip
    assert near == {middle}


def test_somebody_elses_sensor_is_absent(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        erika = await person(platform)
        max_ = await person(platform, "max@example.org")
        ident = (await sensor(platform, erika)).sensor.id
        for attempt in (
            citizens.one(platform, max_, ident),
            citizens.change(platform, max_, ident, wish(name="mine")),
            citizens.renew_key(platform, max_, ident),
            citizens_ending.end(platform, max_, ident, erase=True),
            citizens_ending.states(platform, max_, ident),
        ):
            with pytest.raises(NotFound) as caught:
                await attempt
            assert str(ident) in caught.value.text["en"]
        with pytest.raises(NotFound):
            await citizens.one(platform, max_, 999)
        assert not await citizens.mine(platform, max_)
        assert (await citizens.one(platform, erika, ident)).name == "Balkon"

    run(scenario)


def test_a_citizen_has_no_other_right(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        erika = await person(platform)
        assert erika.roles == {"citizens": frozenset({Role.CITIZEN})}
        for action in Action:
            assert may(erika, action, "citizens") == (action == Action.OBSERVE_OWN)
            assert not may(erika, action, "jena")
        made = await sensor(platform, erika)
        assert made.sensor.thing is not None
        streams = await platform.store.read(citizen_things.streams, made.sensor.thing)
        assert await sensing.visible_streams(platform, erika) == await sensing.visible_streams(
            platform, ANONYMOUS
        )
        assert streams["noise"] not in await sensing.visible_streams(platform, erika)
        body = {"name": "x", "description": ""}
        for operation in (
            writing.Operation(method="create", path="Things", body=body),
            writing.Operation(method="merge", path=f"Things({made.sensor.thing})", body=body),
            writing.Operation(method="delete", path=f"Things({made.sensor.thing})"),
        ):
            with pytest.raises(NotAllowed):
                await writing.perform(platform, erika, operation)
        for attempt in (
            accounts.grant(platform, erika, erika.id, "citizens", Role.STEWARD),
            accounts.accounts_of(platform, erika, "citizens"),
            citizens_care.every(platform, erika),
            citizens_care.hide(platform, erika, made.sensor.id, "why"),
        ):
            with pytest.raises(NotAllowed):
                await attempt

    run(scenario)


@pytest.mark.parametrize("subject", [ANONYMOUS, OTHER_STEWARD, STEWARD, SYSTEM])
def test_without_the_role_there_are_no_own_sensors(run: Run, subject: Subject) -> None:
    async def scenario(platform: Platform) -> None:
        with pytest.raises((NotAllowed, NotAuthenticated)):
            await sensor(platform, subject)
        with pytest.raises((NotAllowed, NotAuthenticated)):
            await citizens.mine(platform, subject)
        if subject not in (STEWARD, SYSTEM):
            with pytest.raises((NotAllowed, NotAuthenticated)):
                await citizens_care.every(platform, subject)

    run(scenario)


@pytest.mark.parametrize(
    "changes",
    [
        {"consent": False},
        {"name": ""},
        {"name": "x" * 101},
        {"shown_as": "x" * 61},
        {"kind": "unknown"},
        {"licence": "mine"},
        {"detail": "2m"},
        {"detail": "district"},
        {"shown": (), "inside": ()},
        {"shown": ("gold",)},
        {"longitude": float("nan")},
        {"latitude": 91.0},
        {"kind": "tektelic-kiwi", "eui": "x"},
    ],
)
def test_what_does_not_fit_is_said(run: Run, changes: dict[str, Any]) -> None:
    async def scenario(platform: Platform) -> None:
        with pytest.raises(InvalidInput):
            await sensor(platform, await person(platform), **changes)

    run(scenario)


def test_there_are_as_many_sensors_as_allowed(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        first = await sensor(platform, subject)
        await sensor(platform, subject)
        with pytest.raises(LimitExceeded):
            await sensor(platform, subject)
        await citizens_ending.end(platform, subject, first.sensor.id, erase=True)
        await sensor(platform, subject)

    run(scenario)


def test_it_is_marked_as_a_citizens_sensor_everywhere(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        await sensor(platform, subject, shown_as="Erika M.")
        async with client(platform) as http:
            path = f"{ROOT}/Things?$expand=Party,Datastreams($expand=Party,License)"
            thing = (await http.get(path)).json()["value"][0]
            page = await http.get("/de/things", headers={"accept": "text/html"})
        assert thing["properties"]["origin"] == "citizen"
        assert thing["properties"]["keywords"] == ["Bürgersensor", "citizen sensor"]
        assert thing["Party"]["role"] == "individual"
        assert thing["Party"]["displayName"] == "Erika M."
        assert "erika@example.org" not in json.dumps(thing)
        assert subject.id not in json.dumps(thing)
        terms = {each["License"]["definition"] for each in thing["Datastreams"]}
        assert terms == {"https://creativecommons.org/publicdomain/zero/1.0/"}
        assert {each["name"] for each in thing["Datastreams"]} == {
            "Lufttemperatur",
            "Relative Luftfeuchte",
        }
        assert "Bürger" in page.text

    run(scenario)


def test_anonymous_sensors_cannot_be_told_apart_by_person(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        for login in ("erika@example.org", "max@example.org"):
            await sensor(platform, await person(platform, login))
        async with client(platform) as http:
            things = (await http.get(f"{ROOT}/Things?$expand=Party")).json()["value"]
        assert len({each["Party"]["@iot.id"] for each in things}) == 1

    run(scenario)


def test_a_steward_hides_and_the_person_reads_why(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        made = await sensor(platform, subject)
        await send(platform, made.key, temperature=21.5)
        with pytest.raises(InvalidInput):
            await citizens_care.hide(platform, STEWARD, made.sensor.id, " ")
        await citizens_care.hide(platform, STEWARD, made.sensor.id, "Steht in der Sonne")
        assert "Balkon" not in await everything(platform)
        told = await citizens.one(platform, subject, made.sensor.id)
        assert told.hidden == "Steht in der Sonne"
        await citizens.change(platform, subject, made.sensor.id, wish(detail="1km"))
        assert await send(platform, made.key, temperature=22) == 201
        assert "Balkon" not in await everything(platform)
        await citizens_care.show(platform, STEWARD, made.sensor.id)
        assert "Balkon" in await everything(platform)

    run(scenario)


def test_a_steward_flags_a_span(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        await send(platform, made.key, temperature=21.5, humidity=50)
        span = (0, 2**51)
        n = await citizens_care.flag(
            platform, STEWARD, made.sensor.id, *span, Flag.BAD, "temperature"
        )
        assert n == 1
        assert made.sensor.thing is not None
        streams = await platform.store.read(citizen_things.streams, made.sensor.thing)
        one = (await sensing.series(platform, SYSTEM, streams["temperature"]))[0]
        other = (await sensing.series(platform, SYSTEM, streams["humidity"]))[0]
        assert (one.flag, one.rule) == (Flag.BAD, "steward")
        assert other.flag == Flag.GOOD
        with pytest.raises(InvalidInput):
            await citizens_care.flag(platform, STEWARD, made.sensor.id, 5, 5, Flag.BAD)

    run(scenario)


def test_what_only_the_city_sees_is_hidden_with_its_place(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        made = await sensor(platform, subject, shown=(), inside=("noise",))
        await send(platform, made.key, noise=45)
        assert "Balkon" not in await everything(platform)
        assert str(made.sensor.place["coordinates"][0]) not in await everything(platform)
        assert made.sensor.thing is not None
        streams = await platform.store.read(citizen_things.streams, made.sensor.thing)
        assert streams["noise"] in await sensing.visible_streams(platform, STEWARD)
        await citizens.change(platform, subject, made.sensor.id, wish())
        assert "Balkon" in await everything(platform)

    run(scenario)
