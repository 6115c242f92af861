# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages of devices from their arrival to observations: once, whatever happens."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.lorawan import KINDS, uplink
from tests.support.platforms import run_scenario, settings_for

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import codecs, devices, devices_intake
from allmende.core.sensing.devices import Adoption, Source
from allmende.core.sensing.devices_library import library
from allmende.errors import Busy, InvalidInput, NotAllowed, NotFound
from allmende.model.sensing.observation import Flag
from allmende.model.sensing.uplink import Uplink
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store.sensing import uplinks

STEWARD = Subject(kind="user", id="u1", roles={"jena": frozenset({Role.STEWARD})})
OTHER = Subject(kind="user", id="u2", roles={"gera": frozenset({Role.STEWARD})})
READER = Subject(kind="user", id="u3", roles={"jena": frozenset({Role.READER})})
MINUTE = 60_000_000
SOIL = "chirpstack_uplink_7"
POINT = {"type": "Point", "coordinates": [11.5861, 50.9272]}


def scenario(
    engine: str, folder: Path, work: Callable[[Platform, Source], Awaitable[None]], **options: Any
) -> None:
    async def run(platform: Platform) -> None:
        secret = await devices.create_source(
            platform, STEWARD, "net", "chirpstack", "jena", **options
        )
        source = await devices.open_source(platform, ANONYMOUS, "net", secret)
        try:
            await work(platform, source)
        finally:
            await codecs.close(platform)

    run_scenario(settings_for(engine, folder), run)


async def send(platform: Platform, source: Source, *messages: Uplink) -> list[str]:
    found = [await devices_intake.receive(platform, source, each) for each in messages]
    await devices_intake.drain(platform)
    return list(found)


def later(counter: int, minutes: float, name: str = SOIL) -> Uplink:
    first = uplink(name)
    return replace(first, counter=counter, time=first.time + int(minutes * MINUTE))


async def streams(platform: Platform, subject: Subject = SYSTEM) -> dict[int, int]:
    """How many observations each stream has."""
    found = await sensing.latest(platform, subject, None)
    return {stream: state.n for stream, state in found.items()}


def test_an_unknown_device_waits_and_is_taken_in(engine: str, tmp_path: Path) -> None:
    async def work(platform: Platform, source: Source) -> None:
        assert await send(platform, source, later(1, 0), later(2, 60)) == ["accepted"] * 2
        assert await streams(platform) == {}
        (unknown,) = await devices.devices(platform, STEWARD, "unknown")
        assert unknown.problem is not None
        assert "solidos-teros21" in unknown.problem["de"]
        kept = await devices.messages(platform, STEWARD, unknown.id)
        assert [each.state for each in kept] == ["quarantined"] * 2
        given = Adoption(kind="solidos-teros21", name="Linde 7", place=POINT)
        taken = await devices.adopt(platform, STEWARD, unknown.id, given)
        assert (taken.status, taken.name, taken.problem) == ("active", "Linde 7", None)
        assert await devices_intake.drain(platform) == 2
        assert list((await streams(platform)).values()) == [2, 2, 2, 2]
        known = await devices.device(platform, STEWARD, unknown.id)
        assert (known.battery, known.battery_low, known.rssi, known.snr) == (3.57, False, -115, -4)
        assert known.thing is not None
        assert [each.state for each in await devices.messages(platform, STEWARD, known.id)] == [
            "done",
            "done",
        ]

    scenario(engine, tmp_path, work)


def test_a_message_counts_once_whatever_comes(engine: str, tmp_path: Path) -> None:
    async def work(platform: Platform, source: Source) -> None:
        await send(platform, source, *(later(each, each) for each in (1, 2, 5)))
        again = [later(each, each) for each in (1, 2, 5, 5)]
        assert await send(platform, source, *again) == ["repeated"] * 4
        late = later(3, 3)
        assert await send(platform, source, late) == ["accepted"]
        assert list((await streams(platform)).values()) == [4, 4, 4, 4]
        (device,) = await devices.devices(platform, STEWARD)
        assert (device.uplinks, device.repeated, device.lost, device.counter) == (4, 4, 1, 5)
        assert await devices.gaps(platform, STEWARD, device.id) == [(late.session, 4, 4)]

    scenario(engine, tmp_path, work, adopt=True)


def test_what_was_heard_survives_a_restart(engine: str, tmp_path: Path) -> None:
    async def before(platform: Platform, source: Source) -> None:
        await devices_intake.receive(platform, source, later(1, 0))

    async def after(platform: Platform) -> None:
        source = (await devices.sources(platform, STEWARD))[0]
        assert await devices_intake.drain(platform) == 1  # it waited
        assert await devices_intake.receive(platform, source, later(1, 0)) == "repeated"
        assert list((await streams(platform)).values()) == [1, 1, 1, 1]
        await codecs.close(platform)

    scenario(engine, tmp_path, before, adopt=True)
    run_scenario(settings_for(engine, tmp_path), after)


def test_work_that_is_done_twice_stores_once(engine: str, tmp_path: Path) -> None:
    """A process may end after the observations are stored and before the message is settled."""

    async def work(platform: Platform, source: Source) -> None:
        await send(platform, source, later(1, 0))
        (device,) = await devices.devices(platform, STEWARD)

        def back(db: Any) -> None:
            uplinks.put(db, source.id, device.id, 0, kept.body, "waiting")

        kept = (await devices.messages(platform, STEWARD, device.id))[0]
        await platform.store.write(back)
        assert await devices_intake.drain(platform) == 1
        assert list((await streams(platform)).values()) == [1, 1, 1, 1]

    scenario(engine, tmp_path, work, adopt=True)


def test_a_device_that_counts_anew_is_heard(engine: str, tmp_path: Path) -> None:
    async def work(platform: Platform, source: Source) -> None:
        await send(platform, source, later(700, 0), later(701, 60))
        assert await send(platform, source, later(0, 120), later(1, 180)) == ["accepted"] * 2
        old = later(700, 0)
        assert await send(platform, source, old) == ["repeated"]
        (device,) = await devices.devices(platform, STEWARD)
        assert (device.uplinks, device.lost) == (4, 0)

    scenario(engine, tmp_path, work, adopt=True)


def test_all_captured_devices_are_recognised_and_measure(engine: str, tmp_path: Path) -> None:
    async def work(platform: Platform, source: Source) -> None:
        assert library(platform).faults == {}
        assert await send(platform, source, *map(uplink, KINDS)) == ["accepted"] * len(KINDS)
        found = {each.eui: each for each in await devices.devices(platform, STEWARD)}
        for name, kind in KINDS.items():
            device = found[uplink(name).eui]
            assert (device.kind, device.status, device.problem) == (kind, "active", None), name
        state = await sensing.latest(platform, SYSTEM, None)
        assert sum(each.n for each in state.values()) == 36
        assert {each.flag for each in state.values()} == {
            Flag.UNCHECKED,
            Flag.GOOD,
            Flag.SUSPECT,
            Flag.BAD,
        }

    scenario(engine, tmp_path, work, adopt=True)


def test_one_bad_message_costs_no_good_one(engine: str, tmp_path: Path) -> None:
    async def work(platform: Platform, source: Source) -> None:
        short = replace(later(2, 60), payload=b"\x01")
        simulated = replace(later(3, 120), simulated=True)
        future = replace(later(4, 0), time=4_000_000_000_000_000)
        await send(platform, source, later(1, 0), short, simulated, future, later(5, 240))
        assert list((await streams(platform)).values()) == [2, 2, 2, 2]
        (device,) = await devices.devices(platform, STEWARD)
        kept = await devices.messages(platform, STEWARD, device.id)
        problems = [each.problem["en"] for each in kept if each.problem]
        assert "ten minutes" in problems[0]
        assert "simulated" in problems[1]
        assert "expected are 11 bytes" in problems[2]

    scenario(engine, tmp_path, work, adopt=True)


def test_a_calibrated_device_keeps_its_raw_values(engine: str, tmp_path: Path) -> None:
    async def work(platform: Platform, source: Source) -> None:
        await send(platform, source, later(1, 0))
        (device,) = await devices.devices(platform, STEWARD)
        special = {
            "fields": {
                "temp_1": {
                    "name": "Boden 30 cm",
                    "depth": "30 cm",
                    "calibration": [{"from": "2025-01-01", "linear": [0.5, 1]}],
                }
            }
        }
        given = Adoption(kind="solidos-teros21", settings=special)
        device = await devices.adopt(platform, STEWARD, device.id, given)
        await devices_intake.drain(platform)
        assert device.thing is not None
        streams = await devices_intake._streams(
            platform, device, library(platform).kind("solidos-teros21")
        )
        (found,) = await sensing.series(platform, SYSTEM, streams["temp_1"], None, None)
        assert found.result == pytest.approx(21.1)
        assert found.parameters == {"raw": 20.6, "calibration": "linear 2025-01-01"}
        wrong = {"fields": {"temp_1": {"calibration": [{"linear": [1]}]}}}
        with pytest.raises(InvalidInput, match="linear"):
            await devices.adopt(platform, STEWARD, device.id, replace(given, settings=wrong))

    scenario(engine, tmp_path, work)


def test_devices_are_for_those_who_look_after_them(engine: str, tmp_path: Path) -> None:
    async def work(platform: Platform, source: Source) -> None:
        await send(platform, source, later(1, 0))
        (device,) = await devices.devices(platform, STEWARD)
        given = Adoption(kind="solidos-teros21")
        for stranger in (OTHER, READER, ANONYMOUS):
            assert await devices.devices(platform, stranger) == []
            assert await devices.sources(platform, stranger) == []
            for ask in (devices.device, devices.messages, devices.gaps, devices.retire):
                with pytest.raises(NotFound):
                    await ask(platform, stranger, device.id)
            with pytest.raises(NotFound):
                await devices.adopt(platform, stranger, device.id, given)
            with pytest.raises(NotFound):
                await devices.open_source(platform, stranger, "net", "guess")
            with pytest.raises(NotAllowed):
                await devices.create_source(platform, stranger, "mine", "tts", "jena")
        await devices.adopt(platform, STEWARD, device.id, replace(given, access="restricted"))
        await devices_intake.drain(platform)
        assert await streams(platform, ANONYMOUS) == {}
        assert len(await streams(platform, STEWARD)) == 4

    scenario(engine, tmp_path, work)


def test_a_retired_device_is_not_read(engine: str, tmp_path: Path) -> None:
    async def work(platform: Platform, source: Source) -> None:
        await send(platform, source, later(1, 0))
        (device,) = await devices.devices(platform, STEWARD)
        await devices.retire(platform, STEWARD, device.id)
        await send(platform, source, later(2, 60))
        assert list((await streams(platform)).values()) == [1, 1, 1, 1]

    scenario(engine, tmp_path, work, adopt=True)


def test_the_place_of_a_device_can_be_told_coarsely() -> None:
    near = devices.coarse([11.58612, 50.92718], 500)
    assert near == devices.coarse([11.58630, 50.92710], 500)
    assert abs(near[0] - 11.58612) * 70_000 < 500
    assert abs(near[1] - 50.92718) * 111_320 < 500


def test_nothing_grows_without_limit(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplinks, "MOST_UNKNOWN", 2)
    monkeypatch.setattr(uplinks, "KEPT_OF_UNKNOWN", 3)
    monkeypatch.setattr(uplinks, "KEPT_UNREADABLE", 3)
    monkeypatch.setattr(devices_intake, "MOST_WAITING", 4)

    async def work(platform: Platform, source: Source) -> None:
        for each in range(6):
            await send(platform, source, later(each, each * 60))
        (device,) = await devices.devices(platform, STEWARD)
        assert len(await devices.messages(platform, STEWARD, device.id)) == 3
        await send(platform, source, uplink("chirpstack_uplink_1"))
        with pytest.raises(Busy, match="2 devices"):
            await send(platform, source, uplink("chirpstack_uplink_2"))
        for _ in range(6):
            await devices_intake.refuse(platform, source, b"{", InvalidInput("no JSON"))
        assert len(await devices.unreadable(platform, STEWARD, "net")) == 3
        for each in range(4):
            await devices_intake.receive(platform, source, later(10 + each, 600 + each * 60))
        with pytest.raises(Busy, match="wait"):
            await devices_intake.receive(platform, source, later(20, 2_000))

    scenario(engine, tmp_path, work)


def test_the_city_has_kinds_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "devices"
    folder.mkdir(parents=True)
    text = (
        "id: my-probe\ntitle: {de: Sonde, en: Probe}\nmaker: We\nmatch: {profiles: [Probe]}\n"
        "codec: my-probe.js\nfields:\n  t: {property: air-temperature}\n"
    )
    (folder / "my-probe.yaml").write_text(text, "utf-8")
    (folder / "broken.yaml").write_text("id: X", "utf-8")

    async def work(platform: Platform, source: Source) -> None:
        found = library(platform)
        assert set(found.faults) == {"broken.yaml", "my-probe.yaml"}  # its codec is missing
        (folder / "my-probe.js").write_text("function Decoder(b) { return {t: b[0]}; }", "utf-8")
        assert library(platform).kind("my-probe").own
        message = replace(later(1, 0), profile="Probe", payload=b"\x15")
        await send(platform, source, message)
        (state,) = (await sensing.latest(platform, SYSTEM, None)).values()
        assert state.value == 21
        with pytest.raises(NotFound):
            library(platform).kind("nothing")

    scenario(str(tmp_path / "store"), tmp_path, work, adopt=True)


def test_normalized_values_need_no_codec(engine: str, tmp_path: Path) -> None:
    normal = (
        {"soil": {"moisture": 21.5, "temperature": 12}, "time": "2026-01-01T00:00:00Z"},
        {"soil": {"moisture": 22.5}, "time": "2026-01-01T01:00:00Z"},
    )

    async def work(platform: Platform, source: Source) -> None:
        message = replace(later(1, 0), normalized=normal, profile="unknown")
        await send(platform, source, message)
        (device,) = await devices.devices(platform, STEWARD)
        await devices.adopt(platform, STEWARD, device.id, Adoption(kind="tts-normalized"))
        await devices_intake.drain(platform)
        state = await sensing.latest(platform, SYSTEM, None)
        assert sorted(each.n for each in state.values() if each.n) == [1, 2]

    scenario(engine, tmp_path, work)
