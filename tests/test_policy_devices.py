# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The policy matrix for radio devices and their networks: every role × every page and address."""

from __future__ import annotations

from pathlib import Path

import anyio
import msgspec
import pytest
from tests.support.lorawan import changed, uplink
from tests.test_policy_matrix import WHO, WRITERS, house_for

from allmende.core.platform import Platform
from allmende.core.sensing import devices, devices_intake
from allmende.core.sensing.devices import Device
from allmende.policy import ANONYMOUS, SYSTEM, Scope

# What stewards of devices see of one of their organisation; `{0}` is its EUI.
DEVICE_EUI = "8cf95720000d4a69"
DEVICE_DOORS = (
    "/de/devices",
    "/en/devices?status=unknown",
    "/de/devices/{0}",
    "/de/devices/networks",
    "/de/devices/networks/matrix",
)


async def add_device(platform: Platform) -> tuple[Device, str]:
    """An unknown device of Jena that has sent a message, and the secret of its network."""
    secret = await devices.create_source(
        platform, SYSTEM, "matrix", "chirpstack", "jena", title="matrix network"
    )
    source = await devices.open_source(platform, ANONYMOUS, "matrix", secret)
    message = msgspec.structs.replace(uplink("chirpstack_uplink_7"), name="matrix device")
    await devices_intake.receive(platform, source, message)
    return await devices.device_of(platform, SYSTEM, DEVICE_EUI), secret


@pytest.mark.parametrize("who", WHO)
def test_devices_and_networks_are_seen_by_those_who_look_after_them(
    engine: str, tmp_path: Path, who: str
) -> None:
    role = WHO[who]

    async def main() -> None:
        database = engine if engine.startswith("postgresql") else ""
        async with house_for(tmp_path, database, who, scopes=(Scope.SENSORS_WRITE,)) as house:
            await add_device(house.platform)
            for template in DEVICE_DOORS:
                path = template.format(DEVICE_EUI)
                answer = await house.client.get(path)
                shown = "matrix device" in answer.text or "matrix network" in answer.text
                assert shown == (role in WRITERS), path
                one = path.endswith((DEVICE_EUI, "/matrix"))
                absent = 404 if one else 200  # a steward of another organisation
                wanted = {"nobody": 401, "stranger": absent}.get(who, 403)
                assert answer.status_code == (200 if role in WRITERS else wanted), path

    anyio.run(main)


@pytest.mark.parametrize("who", WHO)
def test_messages_of_networks_are_taken_from_those_who_may_measure(
    engine: str, tmp_path: Path, who: str
) -> None:
    role = WHO[who]

    async def main() -> None:
        database = engine if engine.startswith("postgresql") else ""
        async with house_for(tmp_path, database, who, scopes=(Scope.SENSORS_WRITE,)) as house:
            _, secret = await add_device(house.platform)
            content = changed("chirpstack_uplink_7", fCnt=60_000)
            for path, wanted in (
                ("/ingest/matrix", 202 if role in WRITERS else 404),
                ("/ingest/none", 404),
            ):
                answer = await house.client.post(path, content=content)
                assert answer.status_code == wanted, path
            known = await house.client.post(
                "/ingest/matrix", content=content, headers={"x-allmende-secret": secret}
            )
            assert known.status_code == (200 if role in WRITERS else 202)

    anyio.run(main)
