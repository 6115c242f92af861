# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The end of citizens' sensors and accounts, and what people take along."""

import csv
import io
import zipfile
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from tests.support.citizens import (
    EXACT,
    PASSWORD,
    TABLES,
    everything,
    person,
    rows_of,
    send,
    sensor,
    wish,
)

from allmende.core import accounts
from allmende.core.platform import Platform
from allmende.core.sensing import citizens, citizens_ending
from allmende.errors import Conflict, NotAllowed
from allmende.policy import SYSTEM
from allmende.store import accounts as stored_accounts

Run = Callable[[Callable[[Platform], Awaitable[None]]], None]


def test_erasing_leaves_nothing(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        made = await sensor(platform, subject, shown_as="Erika M.", keep_exact=True)
        await send(platform, made.key, temperature=21.5)
        await citizens_ending.end(platform, subject, made.sensor.id, erase=True)
        for table in (*TABLES, "sense_party", "citizen_device", "obs.observation", "obs.state"):
            assert await rows_of(platform, table) in ("[]", "()"), table
        assert await send(platform, made.key, temperature=1) == 401

    run(scenario)


def test_ending_keeps_the_results(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        made = await sensor(platform, subject)
        await send(platform, made.key, temperature=21.5)
        await citizens_ending.end(platform, subject, made.sensor.id, erase=False)
        assert "21.5" in await everything(platform)
        with pytest.raises(Conflict):
            await citizens.renew_key(platform, subject, made.sensor.id)
        with pytest.raises(Conflict):
            await citizens.change(platform, subject, made.sensor.id, wish())

    run(scenario)


@pytest.mark.parametrize("erase", [True, False])
def test_a_deleted_account_is_nowhere(run: Run, erase: bool) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        made = await sensor(platform, subject, shown_as="Erika M.", keep_exact=True)
        await send(platform, made.key, temperature=21.5)
        with pytest.raises(NotAllowed):
            await citizens_ending.delete_account(platform, subject, "wrong", erase=erase)
        await citizens_ending.delete_account(platform, subject, PASSWORD, erase=erase)
        assert await platform.store.read(stored_accounts.account, subject.id) is None
        text = await everything(platform)
        for table in (*TABLES, "sense_party", "citizen_device", "citizen_code", "mail", "account"):
            text += await rows_of(platform, table)
        assert not [
            each
            for each in (subject.id, "erika@example.org", "Erika M.", str(EXACT[1]))
            if each in text
        ]
        assert ("21.5" in await everything(platform)) is not erase
        assert await send(platform, made.key, temperature=1) == 401

    run(scenario)


def test_an_account_that_an_administrator_deletes_takes_its_keys_along(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        made = await sensor(platform, subject, shown_as="Erika M.")
        await accounts.set_active(platform, SYSTEM, subject.id, active=False)
        assert await send(platform, made.key, temperature=1) == 401
        await accounts.delete_account(platform, SYSTEM, subject.id)
        assert await send(platform, made.key, temperature=1) == 401
        assert "Erika M." not in await everything(platform)
        assert subject.id not in await rows_of(platform, "citizen_device")

    run(scenario)


def test_an_export_has_everything(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        made = await sensor(platform, subject, keep_exact=True)
        await send(platform, made.key, temperature=21.5, noise=45)
        packed = b"".join([each async for each in citizens_ending.export(platform, subject)])
        with zipfile.ZipFile(io.BytesIO(packed)) as found:
            person_ = msgspec.json.decode(found.read("account.json"))
            sensors = msgspec.json.decode(found.read("sensors.json"))
            table = found.read(f"sensor-{made.sensor.id}-noise.csv").decode()
        assert person_["login"] == "erika@example.org"
        assert sensors[0]["exact"]["coordinates"] == list(EXACT)
        read = list(csv.DictReader(io.StringIO(table)))
        assert [each["result"] for each in read] in (["45"], ["45.0"])
        assert made.key.encode() not in packed

    run(scenario)
