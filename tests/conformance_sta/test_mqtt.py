# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""req/create-observations-via-mqtt, req/receive-updates-via-mqtt (18-088 clause 14)."""

from __future__ import annotations

import json
import os
import queue
import time
from collections.abc import Iterator
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from tests.conformance_sta.conftest import Subject
from tests.conformance_sta.service import (
    RUN,
    Service,
    World,
    at,
    feature,
    requirement,
    thing,
)

TOPIC = os.environ.get("STA_MQTT_TOPIC", "v1.1")
PATIENCE = 30.0


class Mqtt:
    """A client that keeps what it hears."""

    def __init__(self, broker: str) -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.subscribed: queue.Queue[None] = queue.Queue()
        self.client = Client(CallbackAPIVersion.VERSION2)
        if user := os.environ.get("STA_MQTT_USER"):
            self.client.username_pw_set(user, os.environ.get("STA_MQTT_PASSWORD"))
        self.client.on_message = lambda _c, _u, message: self.heard.put(
            (message.topic, json.loads(message.payload))
        )
        self.client.on_subscribe = lambda *_: self.subscribed.put(None)
        host, _, port = broker.partition(":")
        self.client.connect(host, int(port or 1883))
        self.client.loop_start()

    def listen(self, topic: str) -> None:
        self.client.subscribe(topic, 1)
        self.subscribed.get(timeout=PATIENCE)

    def say(self, topic: str, body: Any) -> None:
        self.client.publish(topic, json.dumps(body), 1).wait_for_publish(PATIENCE)


@pytest.fixture
def mqtt(tested: Subject) -> Iterator[Mqtt]:
    if not tested.broker:
        pytest.skip("no broker: set STA_MQTT, or install mosquitto for our own program")
    found = Mqtt(tested.broker)
    yield found
    found.client.disconnect()
    found.client.loop_stop()


def below(sta: Service, address: str) -> str:
    return f"{TOPIC}/{address.removeprefix(sta.root).strip('/')}"


def stored(sta: Service, address: str, result: float) -> bool:
    return bool(sta.values(f"{address}/Observations", filter=f"result eq {result}"))


@requirement("create-observations-via-mqtt/observations-creation")
def test_create_observations_via_mqtt(sta: Service, world: World, mqtt: Mqtt) -> None:
    until = time.monotonic() + PATIENCE
    linked = {"@iot.id": sta.get(world.other)["@iot.id"]}
    for result, topic, more in (
        (501, f"{below(sta, world.other)}/Observations", {}),
        (502, f"{TOPIC}/Observations", {"Datastream": linked}),
    ):
        mqtt.say(topic, {"phenomenonTime": at(20), "result": result, **more})
        while not stored(sta, world.other, result):
            assert time.monotonic() < until, topic
            time.sleep(0.1)


@requirement("create-observations-via-mqtt/observations-creation")
def test_create_observations_via_mqtt_with_feature(sta: Service, world: World, mqtt: Mqtt) -> None:
    """14.1: the message is what would be sent over HTTP, with entities inside it."""
    until = time.monotonic() + PATIENCE
    body = {"phenomenonTime": at(20), "result": 503, "FeatureOfInterest": feature("by mqtt")}
    mqtt.say(f"{below(sta, world.other)}/Observations", body)
    while not stored(sta, world.other, 503):
        assert time.monotonic() < until
        time.sleep(0.1)
    (found,) = sta.values(
        f"{world.other}/Observations", filter="result eq 503", expand="FeatureOfInterest"
    )
    assert found["FeatureOfInterest"]["name"] == f"{RUN} by mqtt"


@requirement("create-observations-via-mqtt/observations-creation")
def test_create_observations_via_mqtt_survives_nonsense(
    sta: Service, world: World, mqtt: Mqtt
) -> None:
    """What cannot be stored leaves the service able to store what comes next."""
    topic = f"{below(sta, world.other)}/Observations"
    until = time.monotonic() + PATIENCE
    for body in ("no object", {"result": {}, "phenomenonTime": "never"}, [1]):
        mqtt.say(topic, body)
    mqtt.say(topic, {"phenomenonTime": at(20), "result": 504})
    while not stored(sta, world.other, 504):
        assert time.monotonic() < until
        time.sleep(0.1)


@requirement("receive-updates-via-mqtt/receive-updates")
def test_receive_updates_via_mqtt_of_new_entities(sta: Service, world: World, mqtt: Mqtt) -> None:
    mqtt.listen(f"{TOPIC}/Things")
    mqtt.listen(f"{TOPIC}/Observations")
    sta.make("Things", thing("heard"))
    sta.make(f"{world.other}/Observations", {"phenomenonTime": at(22), "result": 602})
    heard = set()
    while heard != {"thing", "observation"}:
        topic, body = mqtt.heard.get(timeout=PATIENCE)
        if topic.endswith("Things") and body.get("name") == f"{RUN} heard":
            heard.add("thing")
        elif topic.endswith("Observations") and body.get("result") == 602:
            assert "@iot.selfLink" in body
            heard.add("observation")


@requirement("receive-updates-via-mqtt/receive-updates")
def test_receive_updates_via_mqtt_are_announced(sta: Service) -> None:
    """The root document names the addresses at which the broker listens."""
    settings = sta.start()["serverSettings"]
    names = [name for name in settings if name.endswith("/receive-updates")]
    assert names
    assert settings[names[0]]["endpoints"]


@requirement("receive-updates-via-mqtt/receive-updates")
def test_receive_updates_via_mqtt(sta: Service, world: World, mqtt: Mqtt) -> None:
    topics = {
        "entities": f"{below(sta, world.other)}/Observations",
        "entity": below(sta, world.thing),
        "property": f"{below(sta, world.thing)}/description",
        "selected": f"{below(sta, world.other)}/Observations?$select=result",
    }
    for topic in topics.values():
        mqtt.listen(topic)
    sta.make(f"{world.other}/Observations", {"phenomenonTime": at(21), "result": 601})
    assert sta.ask("PATCH", world.thing, json={"description": "told"}).is_success
    heard: dict[str, Any] = {}
    while heard.keys() != set(topics.values()):
        topic, body = mqtt.heard.get(timeout=PATIENCE)
        if body.get("result", 601) == 601:
            heard[topic] = body
    assert heard[topics["entities"]]["phenomenonTime"].startswith("2025-03-01T21:00:00")
    assert heard[topics["entity"]]["description"] == "told"
    assert heard[topics["property"]] == {"description": "told"}
    assert heard[topics["selected"]] == {"result": 601}
