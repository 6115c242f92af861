# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bringing measurements in, again and again, on both engines."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, get_args

import anyio
import pytest
from tests.sources.measurements.test_dwd import mosmix
from tests.sources.measurements.test_ilsa import LAYOUT, TOPIC, state
from tests.sources.servers import fetcher, running_site
from tests.support.platforms import run_scenario, settings_for

from allmende.core import sensing
from allmende.core.harvest.readers import Grade
from allmende.core.platform import Platform
from allmende.core.sensing import importing, importing_again, importing_kinds, importing_listening
from allmende.core.sensing.importing import Order
from allmende.core.sensing.importing_again import Repeat
from allmende.core.sensing.importing_types import Report
from allmende.core.work import registry
from allmende.errors import InvalidInput, NotAllowed, NotFound, SourceUnavailable
from allmende.model.sensing.observation import Flag
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Subject

STRANGER = Subject(kind="user", id="u", roles={"gera": frozenset({Role.STEWARD})})
GAUGE = Subject(
    kind="token",
    id="t",
    roles={"jena": frozenset({Role.CONTRIBUTOR})},
    scopes=frozenset({Scope.SENSORS_WRITE}),
)
CSV = Order(kind="csv", organisation="jena", source="haus.csv")
GRADES = get_args(Grade)


def table(*lines: str) -> bytes:
    """A table of one series."""
    return ("Zeit;Wert\n" + "".join(f"{line}\n" for line in lines)).encode()


HOURS = tuple(f"2024-05-01T{at:02}:00Z;{at}" for at in range(24))


async def only(platform: Platform, subject: Subject = ANONYMOUS) -> sensing.State:
    """What is known of the only series."""
    (state,) = (await sensing.latest(platform, subject)).values()
    return state


def numbers(report: Report) -> tuple[int, int, int, int]:
    """Created, corrected, repeated, refused."""
    return report.created, report.corrected, report.repeated, report.refused


def test_a_source_may_be_read_again_and_again(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        first = await importing.bring(platform, GAUGE, CSV, table(*HOURS[6:18]))
        assert numbers(first) == (12, 0, 0, 0)
        assert (first.things, first.streams) == (1, 1)
        again = await importing.bring(platform, GAUGE, CSV, table(*HOURS[6:18]))
        assert numbers(again) == (0, 0, 12, 0)
        more = table(*reversed(HOURS), "2024-05-01T03:00Z;99", "2024-05-01T07:00Z;77", "heute;5")
        report = await importing.bring(platform, GAUGE, CSV, more)
        assert numbers(report) == (12, 2, 12, 1)
        assert [each.line for each in report.problems] == [28]
        stream = (await only(platform)).datastream
        found = await sensing.series(platform, ANONYMOUS, stream)
        assert [each.result for each in found] == [
            99.0 if at == 3 else 77.0 if at == 7 else float(at) for at in range(24)
        ]
        once_more = await importing.bring(platform, GAUGE, CSV, table(*HOURS))
        assert numbers(once_more) == (0, 2, 22, 0)

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_a_trial_writes_nothing(tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        report = await importing.bring(platform, GAUGE, CSV, table(*HOURS, "x;1"), trial=True)
        assert (report.trial, report.results, report.refused) == (True, 24, 1)
        assert (report.created, await sensing.latest(platform, SYSTEM)) == (0, {})

    run_scenario(settings_for("sqlite", tmp_path), scenario)


def test_who_may_not_brings_nothing_and_closed_things_are_hidden(
    engine: str, tmp_path: Path
) -> None:
    async def scenario(platform: Platform) -> None:
        for subject in (STRANGER, ANONYMOUS):
            with pytest.raises(NotAllowed):
                await importing.bring(platform, subject, CSV, table(*HOURS))
        closed = Order(kind="csv", organisation="jena", source="haus.csv", access=Level.RESTRICTED)
        await importing.bring(platform, SYSTEM, closed, table(*HOURS))
        assert await sensing.latest(platform, ANONYMOUS) == {}
        stream = (await only(platform, SYSTEM)).datastream
        with pytest.raises(NotFound):
            await sensing.series(platform, ANONYMOUS, stream)
        other = Order(kind="csv", organisation="gera", source="haus.csv")
        await importing.bring(platform, STRANGER, other, table("2024-05-01T00:00Z;-1"))
        assert len(await sensing.latest(platform, SYSTEM)) == 2
        assert (await only(platform)).n == 1

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_of_forecasts_the_newest_stays(engine: str, tmp_path: Path) -> None:
    order = Order(
        kind="dwd-mosmix", organisation="jena", options={"elements": ["TTT"]}, source="m.kmz"
    )

    def issue(hour: int, value: str) -> bytes:
        return mosmix({"TTT": f"{value} - -"}, f"2026-10-19T{hour:02}:00:00.000Z")

    async def scenario(platform: Platform) -> None:
        for hour, value, expected in (
            (3, "280.15", (1, 0, 0, 0)),
            (9, "281.15", (0, 1, 0, 0)),
            (3, "280.15", (0, 0, 1, 0)),
        ):
            report = await importing.bring(platform, SYSTEM, order, issue(hour, value))
            assert numbers(report) == expected
        latest = (await only(platform)).observation
        assert latest is not None
        assert (latest.result, latest.flag) == (8.0, Flag.UNCHECKED)
        assert latest.result_time == latest.time - 3_600_000_000

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_states_need_the_layout(engine: str, tmp_path: Path) -> None:
    order = Order(kind="ilsa", organisation="jena", source=TOPIC)

    async def scenario(platform: Platform) -> None:
        body = json.dumps(state()).encode()
        early = await importing.bring(platform, SYSTEM, order, body)
        assert numbers(early) == (0, 0, 0, 1)
        assert "K3" in early.problems[0].text["de"]
        await importing.bring(platform, SYSTEM, order, LAYOUT)
        late = await importing.bring(platform, SYSTEM, order, body)
        assert numbers(late) == (1, 0, 0, 0)

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_messages_are_taken_as_they_come(tmp_path: Path) -> None:
    order = Order(kind="ilsa", organisation="jena")

    async def scenario(platform: Platform) -> None:
        session = importing_listening.Session(platform, SYSTEM, order)
        await session.take("5g/ilsa/K440/config/retained", LAYOUT)
        report = await session.take(TOPIC, json.dumps(state()).encode())
        assert numbers(report) == (1, 0, 0, 0)
        report = await session.take(TOPIC, b"\xff{")
        assert numbers(report) == (1, 0, 0, 1)
        report = await session.take("5g/ilsa/K440/thermal", b"25.6")
        assert (report.created, report.problems) == (2, [])
        with pytest.raises(NotAllowed):
            importing_listening.Session(platform, STRANGER, order)

    run_scenario(settings_for("sqlite", tmp_path), scenario)


def test_a_broker_is_listened_to(tmp_path: Path) -> None:
    from paho.mqtt import publish
    from tests.support.mosquitto import Mosquitto, find_broker

    program = find_broker()
    if program is None:
        pytest.skip("needs mosquitto")
    options = {
        "kind": "json",
        "source": "haus",
        "thing": {"id": "{@topic[1]}"},
        "time": {"from": "ts"},
        "streams": {"t": {"property": "air-temperature"}},
    }
    order = Order(kind="json", organisation="jena", options=options)
    broker = Mosquitto(program, tmp_path / "broker")

    async def scenario(platform: Platform) -> None:
        done = anyio.Event()
        reports: list[tuple[int, int]] = []

        def told(report: Report) -> None:
            reports.append((report.created, report.refused))
            if report.created == 2:
                done.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(
                importing_listening.listen,
                platform, SYSTEM, order, f"{broker.address}/haus/%2B/klima", told,
            )  # fmt: skip
            with anyio.fail_after(20):
                while not done.is_set():
                    await anyio.to_thread.run_sync(_publish, publish, broker.port)
                    await anyio.sleep(0.05)
            tasks.cancel_scope.cancel()
        assert reports[-1][1] > 0
        assert len(await sensing.latest(platform, ANONYMOUS)) == 2

    broker.start()
    try:
        run_scenario(settings_for("sqlite", tmp_path), scenario)
    finally:
        broker.stop()


def _publish(publish: Any, port: int) -> None:
    """The same three messages; only the subscribed topic is heard, one is broken."""
    body = json.dumps({"ts": 1790848800, "t": 21.5})
    messages = [
        ("haus/a/klima", "kaputt", 1, False),
        ("haus/a/klima", body, 1, False),
        ("haus/b/klima", body, 1, False),
        ("haus/c/licht", body, 1, False),
    ]
    publish.multiple(messages, hostname="127.0.0.1", port=port)


@pytest.mark.parametrize(
    "address", ["mqtt://", "mqtt://host", "mqtt://a:b@host/t", "mqtt://host:99999/t", "mqtt:///t"]
)
def test_addresses_of_brokers(address: str) -> None:
    with pytest.raises(InvalidInput):
        importing_listening.where(address)
    found = importing_listening.where("mqtts://stadt@host/a/%2B/%23")
    assert (found.port, found.secure, found.user, found.topic) == (8883, True, "stadt", "a/+/#")


def test_an_address_is_fetched_on_a_schedule(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        assert importing_again.JOB_KIND in registry().handlers
        repeat = Repeat(address=address, order=CSV, rule="every 10m")
        await importing_again.plan(platform, GAUGE, repeat)
        (kept,) = await importing_again.planned(platform, GAUGE)
        assert kept == repeat
        assert await importing_again.planned(platform, STRANGER) == []
        async with fetcher() as fetch:
            report = await importing_again.run(platform, GAUGE, kept, fetch)
            assert numbers(report) == (24, 0, 0, 0)
            site.serve("/haus.csv", table(*HOURS, "2024-05-02T00:00Z;5"), "text/csv")
            report = await importing_again.run(platform, GAUGE, kept, fetch)
            assert numbers(report) == (1, 0, 24, 0)
            gone = Repeat(address=address + "x", order=CSV, rule="every 10m")
            with pytest.raises(SourceUnavailable):
                await importing_again.run(platform, GAUGE, gone, fetch)
        with pytest.raises(NotAllowed):
            await importing_again.stop(platform, STRANGER, repeat)
        assert await importing_again.stop(platform, GAUGE, repeat)
        assert not await importing_again.stop(platform, GAUGE, repeat)

    with running_site() as site:
        address = site.serve("/haus.csv", table(*HOURS), "text/csv")
        run_scenario(settings_for(engine, tmp_path), scenario)


def test_a_schedule_needs_an_address_a_rule_and_a_kind(tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        for repeat in (
            Repeat(address="/etc/passwd", order=CSV, rule="every 10m"),
            Repeat(address="https://a.test", order=CSV, rule="manchmal"),
            Repeat(address="https://a.test", order=Order(organisation="jena"), rule="every 10m"),
        ):
            with pytest.raises(InvalidInput):
                await importing_again.plan(platform, SYSTEM, repeat)
        with pytest.raises(NotAllowed):
            await importing_again.plan(
                platform, STRANGER, Repeat(address="https://a.test", order=CSV, rule="every 10m")
            )

    run_scenario(settings_for("sqlite", tmp_path), scenario)


def test_many_lines_are_stored_in_parts(tmp_path: Path) -> None:
    start = 1_704_067_200
    lines = [f"{start + at * 60},{at % 300},0" for at in range(45_000)]
    body = ("t,a,a-status\n" + "\n".join(lines) + "\n").encode()
    order = Order(
        kind="csv",
        organisation="jena",
        options=tomllib.loads('[time]\nfrom = "t"\nform = "unix"\n'),
    )

    async def scenario(platform: Platform) -> None:
        seen: list[int] = []
        report = await importing.bring(platform, SYSTEM, order, body, seen.append)
        assert (report.created, seen[-1], len(seen)) == (45_000, 45_000, 3)
        again = await importing.bring(platform, SYSTEM, order, body)
        assert numbers(again) == (0, 0, 45_000, 0)
        assert (await only(platform)).n == 45_000

    run_scenario(settings_for("sqlite", tmp_path), scenario)


@pytest.mark.parametrize("folder", importing_kinds.manifests())
def test_a_kind_keeps_the_promises_of_its_manifest(folder: str, repository: Path) -> None:
    manifest = importing_kinds.manifests()[folder]
    claimed = GRADES[: GRADES.index(manifest.grade) + 1]
    assert (manifest.id, set(manifest.evidence)) == (folder, set(claimed))
    for tests in manifest.evidence.values():
        for test in tests:
            file, _, name = test.partition("::")
            assert f"def {name}(" in (repository / file).read_text("utf-8"), test
    for kind in manifest.formats:
        assert callable(importing_kinds.reader(kind))
    assert set(manifest.signs) <= set(manifest.formats)


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b'[{"ice_id": 1', "", "ice"),
        (b"sensor_id;sensor_type;location", "a.csv", "sensor-community"),
        (b"a,b\n", "https://a.test/x.csv?y=1", "csv"),
        (b"PK\x03\x04", "MOSMIX_L_LATEST_10554.kmz", "dwd-mosmix"),
        (b"PK\x03\x04", "10minutenwerte_TU_02444_now.zip", "dwd-station"),
        (b'{"lots": [', "", "parking"),
    ],
)
def test_a_kind_is_told_from_the_content(head: bytes, name: str, kind: str) -> None:
    assert importing_kinds.told(head, name) == kind
    with pytest.raises(InvalidInput):
        importing_kinds.told(b"{}", "a.json")
    with pytest.raises(InvalidInput):
        importing_kinds.reader("csw")
