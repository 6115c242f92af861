# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Networks and devices from the command line."""

import json
from pathlib import Path

from tests.support.lorawan import uplink
from tests.support.platforms import run_scenario
from tests.web.process import call

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import devices, devices_intake
from allmende.core.settings import Settings
from allmende.policy import ANONYMOUS


def device(folder: Path, *words: str, code: int = 0) -> dict:
    done = call("device", *words, "--data", folder, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_device_is_taken_in_on_the_command_line(tmp_path: Path) -> None:
    network = ("network", "net", "--kind", "chirpstack", "--organisation", "jena")
    made = device(tmp_path, *network)
    assert made["address"].endswith("/ingest/net")
    assert device(tmp_path, *network, code=2)["error"]["code"] == "conflict"

    async def heard(platform: Platform) -> None:
        source = await devices.open_source(platform, ANONYMOUS, "net", made["secret"])
        await devices_intake.receive(platform, source, uplink("chirpstack_uplink_7"))
        await devices_intake.drain(platform)

    run_scenario(Settings(data=tmp_path), heard)
    (unknown,) = device(tmp_path, "list", "--status", "unknown")["devices"]
    assert "solidos-teros21" in unknown["problem"]["de"]
    special = tmp_path / "special.json"
    special.write_text('{"fields": {"temp_1": {"depth": "30 cm"}}}', "utf-8")
    words = ("--kind", "solidos-teros21", "--longitude", "11.58", "--latitude", "50.93")
    eui = "8C-F9-57-20-00-0D-4A-69"
    taken = device(tmp_path, "adopt", eui, *words, "--settings", str(special))["device"]
    assert (taken["status"], taken["kind"]) == ("active", "solidos-teros21")

    async def measured(platform: Platform) -> None:
        found = await sensing.latest(platform, ANONYMOUS, None)
        assert sorted(each.value or 0 for each in found.values()) == [-1145.6, -875.9, 20.6, 21.5]

    run_scenario(Settings(data=tmp_path), measured)
    assert device(tmp_path, "adopt", "xyz", *words, code=2)["error"]["code"] == "invalid-input"


def test_kinds_that_are_not_usable_are_told(tmp_path: Path) -> None:
    assert {"id": "dragino-lse01", "own": False}.items() <= dict(
        next(each for each in device(tmp_path, "kinds")["kinds"] if each["id"] == "dragino-lse01")
    ).items()
    (tmp_path / "devices").mkdir()
    (tmp_path / "devices" / "wrong.yaml").write_text("id: wrong", "utf-8")
    assert "wrong.yaml" in device(tmp_path, "kinds", code=1)["faults"]


def test_networks_are_connected_and_revoked_and_devices_retired(tmp_path: Path) -> None:
    made = device(tmp_path, "network", "my-net", "--kind", "tts", "--organisation", "jena")

    async def heard(platform: Platform) -> None:
        source = await devices.open_source(platform, ANONYMOUS, "my-net", made["secret"])
        await devices_intake.receive(platform, source, uplink("ttn_v3_uplink_noise"))

    run_scenario(Settings(data=tmp_path), heard)
    broker = ("--topic", "v3/+/devices/+/up", "--broker", "mqtts://host:8883", "--user", "a@ttn")
    told = device(tmp_path, "connect", "my-net", *broker, "--storage", "https://host.example")
    assert told["secrets"] == ["ALLMENDE_NETWORK_MY_NET_PASSWORD", "ALLMENDE_NETWORK_MY_NET_KEY"]
    assert told["links"]["broker"]["address"] == "mqtts://host:8883"
    missing = device(tmp_path, "refill", "--hours", "2", code=1)
    assert "ALLMENDE_NETWORK_MY_NET_KEY" in missing["faults"][0]["de"]
    assert device(tmp_path, "connect", "my-net")["links"] == {}
    assert device(tmp_path, "refill")["devices"] == 0
    wrong = device(tmp_path, "connect", "my-net", "--topic", "#/a", code=2)
    assert wrong["error"]["code"] == "invalid-input"

    (known,) = device(tmp_path, "list")["devices"]
    assert device(tmp_path, "retire", known["eui"])["device"]["status"] == "retired"
    assert device(tmp_path, "revoke", "my-net")["revoked"]
    assert device(tmp_path, "connect", "my-net", code=2)["error"]["code"] == "not-found"
