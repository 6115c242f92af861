# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page on which a sensor is tried, as a browser without scripts sends it."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.portal.importing import ORIGIN, at_work, form_of, outside
from tests.support.lorawan import body

PATH = "/de/devices/try"
DESCRIPTION = """\
id: my-probe
title: {de: Meine Sonde, en: My probe}
maker: We
match: {}
codec: my-probe.js
fields:
  t: {property: air-temperature, plausible: [-30, 45]}
  h: {property: air-humidity}
"""
CODE = "function Decoder(bytes, port) { return {t: bytes[0] / 10 + port, extra: '<b>'}; }"


@pytest.fixture(scope="module")
def steward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The browser of a steward."""
    with at_work(tmp_path_factory.mktemp("try")) as made:
        yield made


def attempt(client: TestClient, path: str = PATH, **fields: str) -> tuple[int, str]:
    csrf = form_of(client.get(path).text, path)["csrf"]
    answer = client.post(path, data={"csrf": csrf, **fields}, headers=ORIGIN)
    return answer.status_code, answer.text


def rows(html: str) -> list[list[str]]:
    """The cells of the table of results, without their marks."""
    found = re.findall(r"<tr>(.*?)</tr>", html, re.S)[1:]
    return [
        [
            re.sub(r"<[^>]+>|\s+", " ", cell).strip()
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row)
        ]
        for row in found
    ]


def test_a_message_is_recognised_and_read(steward: TestClient) -> None:
    status, html = attempt(steward, message=body("chirpstack_uplink_2").decode())
    assert status == 200
    assert "Wetterstation S2120" in html
    cells = {row[1]: row for row in rows(html)}
    assert cells["pressure"][:5] == ["Luftdruck", "pressure", "1.005,4", "hPa", "plausibel"]
    assert cells["direction"][4] == "nicht geprüft"
    assert "2cf7f1c0443002c8" in html
    assert "-100 dBm, 8,5 dB" in html
    _, english = attempt(
        steward, "/en/devices/try", message=body("ttn_v3_uplink_soil").decode(), kind=""
    )
    cells = {row[1]: row for row in rows(english)}
    assert cells["temp_soil"][2:5] == ["95.9", "°C", "wrong"]


def test_a_payload_is_read_with_a_chosen_kind(steward: TestClient) -> None:
    _, html = attempt(
        steward, message="0C E5 0000 055E 052D 0023 10", port="2", kind="dragino-lse01"
    )
    assert [row[2] for row in rows(html)] == ["13,74", "13,25", "35"]
    _, html = attempt(steward, message="0CE5", port="9", kind="dragino-lse01")
    assert "sendet das Gerät keine Messwerte" in html
    _, html = attempt(steward, message="0CE5", port="2", kind="dragino-lse01")
    assert "expected are 11 bytes" in html
    _, html = attempt(steward, message="0CE5", port="2")
    assert "Keine Beschreibung passt" in html


def test_an_own_description_and_codec_are_tried(steward: TestClient) -> None:
    _, html = attempt(steward, message="0A", port="20", description=DESCRIPTION, code=CODE)
    assert rows(html)[0][:5] == ["Lufttemperatur", "t", "21", "°C", "plausibel"]
    assert "<code>h</code>" in html  # described, but not in the message
    assert "&lt;b&gt;" in html
    assert "function Decoder" in html


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"message": "hello"}, "ganze Nachricht in JSON"),
        ({"message": "{}"}, "keine Nachricht von The Things Stack"),
        ({"message": '{"deviceInfo": 7}'}, "Die Nachricht passt nicht"),
        ({"message": "00", "port": "999"}, "0 bis 255"),
        ({"message": "00", "kind": "nothing"}, "keine Beschreibung „nothing“"),
        ({"message": "00", "description": DESCRIPTION}, "Der Codec my-probe.js fehlt"),
        (
            {"message": "00", "description": DESCRIPTION.replace("air-h", "ear-h"), "code": CODE},
            "Zeile 8:",
        ),
    ],
)
def test_mistakes_are_told_and_nothing_is_lost(
    steward: TestClient, fields: dict[str, str], said: str
) -> None:
    status, html = attempt(steward, **fields)
    assert status in (400, 404, 422)
    assert 'role="alert"' in html
    assert said in html
    assert form_of(html, PATH)["message"] == fields["message"]


def test_hostile_code_is_stopped(steward: TestClient) -> None:
    code = "function Decoder() { while (true) {} }"
    status, html = attempt(steward, message="00", description=DESCRIPTION, code=code)
    assert status == 200
    assert "länger als 100 ms" in html


def test_a_known_kind_is_a_beginning(steward: TestClient) -> None:
    html = steward.get(f"{PATH}?kind=dragino-lse01").text
    form = form_of(html, PATH)
    assert form["description"].startswith("# SPDX")
    assert "decodeUplink" in form["code"]
    assert steward.get(f"{PATH}?kind=nothing").status_code == 404


def test_it_is_for_those_who_look_after_devices(steward: TestClient) -> None:
    with outside(steward):
        assert steward.get(PATH).status_code in (303, 401)
        assert steward.post(PATH, data={"message": "00"}, headers=ORIGIN).status_code in (303, 401)
    assert steward.post(PATH, data={"message": "00"}, headers=ORIGIN).status_code == 403
