# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of devices and networks, as a browser without scripts sends their forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.portal.importing import ORIGIN, at_work, form_of, outside
from tests.support.lorawan import body, changed, uplink

from allmende.core.platform import Platform
from allmende.core.sensing import codecs, devices_intake

SOIL = "chirpstack_uplink_7"
NETWORKS = "/de/devices/networks"


@pytest.fixture(scope="module")
def steward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The browser of a steward of a city with a network that has sent some messages."""
    with at_work(tmp_path_factory.mktemp("devices")) as made:
        secret = add_network(made, "funk", "chirpstack")
        for count in (1, 2, 5):
            send(made, secret, changed(SOIL, fCnt=count))
        send(made, secret, b'{"deviceInfo": "<b>"}')
        drain(made)
        yield made


def add_network(client: TestClient, ident: str, kind: str, **more: str) -> str:
    """Makes a network; its secret from the page."""
    given = form_of(client.get(NETWORKS).text, NETWORKS)
    fields = given | {
        "id": ident,
        "kind": kind,
        "title": "Funknetz",
        "organisation": "jena",
        **more,
    }
    answer = client.post(NETWORKS, data=fields, headers=ORIGIN)
    assert answer.status_code == 200, answer.text
    [secret] = re.findall(r"X-Allmende-Secret: (ami_[\w-]+)", answer.text)
    return str(secret)


def send(client: TestClient, secret: str, content: bytes, ident: str = "funk") -> int:
    headers = {"x-allmende-secret": secret, "accept": "application/json"}
    return client.post(f"/ingest/{ident}", content=content, headers=headers).status_code


def drain(client: TestClient) -> None:
    platform: Platform = client.app.state.platform  # type: ignore[attr-defined]

    async def work() -> None:
        await devices_intake.drain(platform)
        await codecs.close(platform)

    client.portal.call(work)  # type: ignore[union-attr]


def eui_of(client: TestClient) -> str:
    """The EUI of the device that has gaps, which the list shows."""
    eui = uplink(SOIL).eui
    assert f'href="/de/devices/{eui}"' in client.get("/de/devices?trouble=gaps").text
    return eui


def test_a_device_waits_is_taken_in_and_retired(steward: TestClient) -> None:
    listed = steward.get("/de/devices").text
    assert "1 Gerät wartet auf Aufnahme." in listed
    eui = eui_of(steward)
    path = f"/de/devices/{eui}"
    page = steward.get(path).text
    assert "noch nicht aufgenommen; es könnte sein: solidos-teros21" in page
    assert "Zähler 3 bis 4 (2 Nachrichten)" in page
    form = form_of(page, path)
    assert form["kind"] == "solidos-teros21"

    def post(**more: str) -> Any:
        return steward.post(path, data={**form, "do": "adopt", **more}, headers=ORIGIN)

    wrong = post(latitude="91", longitude="11,5", name="Linde 7")
    assert wrong.status_code == 400
    assert "Länge und Breite in Grad" in wrong.text
    assert 'value="Linde 7"' in wrong.text
    assert "Geräteart wählen" in post(kind="").text
    assert post(kind="none").status_code == 404
    assert "Einstellungen des Geräts passen nicht" in post(settings='{"x": 1}').text
    good = post(
        name="Linde 7", latitude="50,92345", longitude="11.58612", blur="500", access="internal",
        settings='{"fields": {}}',
    )  # fmt: skip
    assert (good.status_code, good.headers["location"]) == (303, f"{path}?done=adopted")
    drain(steward)
    page = steward.get(f"{path}?done=adopted").text
    assert "Das Gerät ist aufgenommen." in page
    assert "Saugspannung" in page or "kPa" in page
    kept = form_of(page, path)
    assert (kept["latitude"], kept["longitude"], kept["blur"]) == ("50,92345", "11,58612", "500")
    thing = re.search(r'href="(/de/things/\d+)"', page)
    assert thing
    told = steward.get(thing[1]).text
    assert "Linde 7" in told
    assert "50,9234" not in told
    assert "50,92" in told
    with outside(steward):
        assert steward.get(thing[1]).status_code == 404
    change_and_retire(steward, path, kept, thing[1])


def change_and_retire(steward: TestClient, path: str, kept: dict[str, str], thing: str) -> None:
    """Corrects the place of a device that is in use, shows it to everybody, takes it out."""
    moved = steward.post(
        path, data={**kept, "do": "adopt", "latitude": "50,935", "access": "open"}, headers=ORIGIN
    )
    assert moved.headers["location"].endswith("done=changed")
    assert form_of(steward.get(path).text, path)["latitude"] == "50,935"
    with outside(steward):
        assert steward.get(thing).status_code == 200

    assert steward.post(path, data={**kept, "do": "retire"}, headers=ORIGIN).status_code == 303
    assert "stillgelegt" in steward.get(path).text
    found = steward.get("/de/devices?status=retired&q=linde&trouble=gaps").text
    assert "Linde 7" in found
    assert "Kein Gerät passt" in steward.get("/de/devices?status=active&page=99").text


def test_english_pages_speak_english(steward: TestClient) -> None:
    page = steward.get("/en/devices").text
    assert "last heard" in page
    assert "retired" in steward.get(f"/en/devices/{eui_of(steward)}").text
    assert "Add a network" in steward.get("/en/devices/networks").text


def test_networks_are_made_looked_at_and_revoked(steward: TestClient) -> None:
    page = steward.get(f"{NETWORKS}/funk").text
    assert "&lt;b&gt;" in page
    assert "<b>" not in page.partition("<main")[2].partition("<pre")[2].partition("</pre")[0]
    assert "ami_" not in page
    form = form_of(steward.get(NETWORKS).text, NETWORKS)
    for fields in ({"id": "Funk!"}, {"id": "funk"}, {"id": "neu", "kind": "x"}):
        given = {**form, "kind": "tts", "organisation": "jena", **fields}
        answer = steward.post(NETWORKS, data=given, headers=ORIGIN)
        assert answer.status_code in (400, 409), fields
        assert 'role="alert"' in answer.text
        assert "ami_" not in answer.text
    other = steward.post(
        NETWORKS, data={**form, "id": "fremd", "organisation": "gera"}, headers=ORIGIN
    )
    assert other.status_code == 403
    secret = add_network(steward, "weg", "tts", adopt="1")
    assert send(steward, secret, body("ttn_v3_uplink_noise"), "weg") == 202
    path = f"{NETWORKS}/weg"
    csrf = form_of(steward.get(path).text, f"{path}/revoke")["csrf"]
    assert steward.post(f"{path}/revoke", data={"csrf": "x"}, headers=ORIGIN).status_code == 403
    assert steward.post(f"{path}/revoke", data={"csrf": csrf}, headers=ORIGIN).status_code == 303
    assert send(steward, secret, body("ttn_v3_uplink_noise"), "weg") == 404
    assert "Widerrufen am" in steward.get(path).text


def test_nobody_else_gets_in(steward: TestClient) -> None:
    eui = eui_of(steward)
    with outside(steward):
        for path in ("/de/devices", f"/de/devices/{eui}", NETWORKS, f"{NETWORKS}/funk"):
            answer = steward.get(path)
            assert (answer.status_code, answer.headers["location"][:9]) == (303, "/de/login"), path
        for path in (f"/de/devices/{eui}", NETWORKS, f"{NETWORKS}/funk/revoke"):
            assert steward.post(path, data={"csrf": ""}, headers=ORIGIN).status_code == 401, path
    assert steward.get("/de/devices/0000000000000001").status_code == 404
    assert steward.get("/de/devices/xyz").status_code == 404
    assert steward.get(f"{NETWORKS}/none").status_code == 404


def test_writings_of_an_eui_lead_to_the_same_page(steward: TestClient) -> None:
    eui = eui_of(steward)
    written = "-".join(eui[at : at + 2] for at in range(0, 16, 2)).upper()
    assert steward.get(f"/de/devices/{written}").status_code == 200


def test_the_account_leads_to_devices(steward: TestClient) -> None:
    assert 'href="/de/devices"' in steward.get("/de/account").text
