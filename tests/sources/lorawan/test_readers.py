# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Captured messages are read, and every shipped description understands its devices."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import lorawan
from tests.support.lorawan import KINDS, body, uplink

from allmende.core.sensing.codecs import Call, Codecs
from allmende.core.sensing.devices_library import SHIPPED, kind_of
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.device_mapping import mapped
from allmende.model.sensing.observation import Flag
from allmende.sources.lorawan import chirpstack, tts
from allmende.sources.lorawan.reading import network_of, of_topic, read

RENAMED = {"Bat": "BatV", "TempC_DS18B20": "temp_DS18B20"}  # one codec of the network for LSE01
DOUBLED = "_f"  # another repeats texts as numbers under names with this ending


def shipped(ident: str) -> Any:
    code = SHIPPED / f"{ident}.js"
    text = (SHIPPED / f"{ident}.yaml").read_text("utf-8")
    return kind_of(text, code.read_text("utf-8") if code.is_file() else None)


def decoded(name: str) -> Any:
    message, kind = uplink(name), shipped(KINDS[name])

    async def main() -> Any:
        codecs = Codecs()
        try:
            return await codecs.decode(kind.codec, [Call(message.payload, message.port)])
        finally:
            await codecs.close()

    return asyncio.run(main())[0]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_description_is_short_and_named_like_its_file(path: Any) -> None:
    assert shipped(path.stem).description.id == path.stem
    assert path.read_text("utf-8").count("\n") <= 30
    assert path.stem in {*KINDS.values(), "tts-normalized"}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_our_codec_gives_what_the_network_decoded(name: str) -> None:
    found, theirs = decoded(name).data, uplink(name).object
    assert theirs
    if KINDS[name] not in ("dragino-lse01", "dragino-lsph01"):
        assert found == theirs
        return
    for member, value in theirs.items():
        own = found.get(member, found.get(RENAMED.get(member, member.removesuffix(DOUBLED))))
        assert own == pytest.approx(float(value)), member


def results(name: str) -> dict[str, tuple[Any, int]]:
    kind, message = shipped(KINDS[name]), uplink(name)
    found = mapped(kind.description, decoded(name).data, message.time)
    assert found.problems == []
    return {each.field: (each.result, each.flag) for each in found.results}


def test_results_have_their_units_and_flags() -> None:
    weather = results("chirpstack_uplink_2")
    assert weather["pressure"] == (1005.4, Flag.GOOD)  # hPa; sent in Pa
    assert weather["direction"] == (354, Flag.UNCHECKED)
    soil = results("chirpstack_uplink_7")
    assert soil["potentialwater_2"] == (-1145.6, Flag.GOOD)
    assert results("chirpstack_uplink_3")["position"] == ("normal", Flag.UNCHECKED)
    assert results("ttn_v3_uplink_soil")["temp_soil"] == (95.9, Flag.BAD)
    assert results("chirpstack_uplink_5")["ph"] == (10.059, Flag.SUSPECT)


def test_the_best_gateway_is_the_quality_of_the_link() -> None:
    radio = uplink("chirpstack_uplink_6").radio
    assert (radio.gateways, radio.rssi, radio.snr, radio.spreading) == (5, -90, 10, 12)
    radio = uplink("ttn_v3_uplink_noise").radio
    assert (radio.gateways, radio.gateway, radio.frequency) == (1, "58a0cbfffe802a55", 867900000)


def test_who_sent_what_when() -> None:
    found = uplink("ttn_v3_uplink_lse01")
    assert (found.eui, found.counter, found.port) == ("a8404155f184bf7c", 7707, 2)
    assert (found.brand, found.model, found.session) == (
        "dragino",
        "lse01",
        "AYGk3dlMEBhbVYTiuZ/ipA==",
    )
    assert found.time == 1_665_576_723_420_960
    found = uplink("chirpstack_uplink_1")
    assert (found.eui, found.profile, found.session, found.counter) == (
        "a8404187d187106e",
        "Dragino_LSE01",
        "01acdec6",
        110,
    )
    assert found.tags == {"dev_type": "dragino_lse01"}


def tts_with(**members: Any) -> bytes:
    whole = msgspec.json.decode(body("ttn_v3_uplink_noise"))
    kept = {"end_device_ids": whole["end_device_ids"], "received_at": whole["received_at"]}
    return msgspec.json.encode(kept | members)


def test_other_events_of_the_things_stack() -> None:
    join = tts.read(tts_with(join_accept={"session_key_id": "k"}))
    assert (join.event, join.session, join.counter) == ("join", "k", None)
    spot = {"location": {"latitude": 50.9, "longitude": 11.6, "source": "SOURCE_GPS"}}
    solved = tts.read(tts_with(location_solved=spot))
    assert (solved.event, solved.place) == ("location", (11.6, 50.9))
    assert tts.read(tts_with(downlink_ack={})).event == "other"
    message = {"f_port": 1, "received_at": "2026-01-01T00:00:00Z"}
    first = tts.read(tts_with(uplink_message=message, simulated=True))
    assert (first.counter, first.simulated) == (0, True)  # a counter of 0 is left out
    normal = [{"soil": {"moisture": 20}}]
    both = message | {"f_cnt": 3, "normalized_payload": normal}
    assert tts.read(tts_with(uplink_message=both)).normalized == tuple(normal)


def test_topics_of_mqtt() -> None:
    found = of_topic(
        "application/5bb92de6/device/a8404187d187106e/event/up", body("chirpstack_uplink_1")
    )
    assert found.counter == 110
    found = of_topic("v3/app@ttn/devices/eui-e8e1e1000108a5f0/up", body("ttn_v3_uplink_noise"))
    assert found.network == "tts"
    status = b'{"deviceInfo": {"devEui": "a8404187d187106e"}, "time": "2026-01-01T00:00:00Z"}'
    assert of_topic("eu868/application/1/device/2/event/status", status).event == "other"
    with pytest.raises(InvalidInput, match="topic"):
        of_topic("homeassistant/sensor", b"{}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not valid JSON"),
        (b"[]", "deviceInfo is missing"),
        (b'{"deviceInfo": {}}', "devEui"),
        (b'{"deviceInfo": {"devEui": "xyz"}, "time": "2026-01-01T00:00:00Z"}', "devEui"),
        (b'{"deviceInfo": {"devEui": "a8404187d187106e"}, "time": "today"}', "time"),
        (lorawan.changed("chirpstack_uplink_1", data="%%%"), "base64"),
        (lorawan.changed("chirpstack_uplink_1", fCnt="many"), "fCnt"),
        (lorawan.changed("chirpstack_uplink_1", rxInfo=7), "rxInfo"),
    ],
)
def test_what_is_wrong_with_a_message_is_said(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as raised:
        chirpstack.read(content)
    assert raised.value.text["de"] != ""


def test_limits_of_messages() -> None:
    with pytest.raises(LimitExceeded, match="262144"):
        tts.read(b" " * 300_000)
    with pytest.raises(LimitExceeded):
        tts.read(b'{"end_device_ids":' + b"[" * 100)
    with pytest.raises(LimitExceeded, match="512"):
        chirpstack.read(lorawan.changed("chirpstack_uplink_1", data="A" * 1_000))


@given(st.binary(max_size=60) | st.sampled_from(sorted(KINDS)).map(body))
def test_any_body_is_a_message_or_a_reason(content: bytes) -> None:
    for kind in ("tts", "chirpstack"):
        try:
            found = read(kind, content)
        except InvalidInput:
            continue
        assert found.network == kind == network_of(content)
