# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which service is tested, and the table of requirements at the end.

STA_URL       root of the service, with its version; without it our own program is started
STA_AUTH      value of the header Authorization for reading and writing
STA_MQTT      host:port of the broker, STA_MQTT_USER and STA_MQTT_PASSWORD where it asks
STA_MQTT_TOPIC  what its topics begin with, v1.1 unless given
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.conformance_sta.service import Service, World
from tests.faults.running import ROOT, place
from tests.support.mosquitto import Mosquitto, find_broker

ALWAYS = ("datamodel", "resource-path", "request-data")
_outcomes: dict[str, list[str]] = defaultdict(list)


class Subject:
    """The service and its broker, `host:port` or empty."""

    def __init__(self, service: Service, broker: str) -> None:
        self.service, self.broker = service, broker


@pytest.fixture(scope="session")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """The service of STA_URL, or our own in a process of its own."""
    with ExitStack() as stack:
        if address := os.environ.get("STA_URL", ""):
            service = Service(address, os.environ.get("STA_AUTH", ""))
            yield Subject(service, os.environ.get("STA_MQTT", ""))
            service.client.close()
            return
        folder = tmp_path_factory.mktemp("sta")
        where = place("", folder)
        more = {}
        broker = _broker(folder)
        if broker is not None:
            stack.callback(broker.stop)
            more = {"ALLMENDE_MQTT_BROKER": broker.address, "ALLMENDE_MQTT_TOKEN": where.token}
        server = stack.enter_context(where.serving(**more))
        service = Service(f"http://127.0.0.1:{server.port}{ROOT}", f"Bearer {where.token}")
        stack.callback(service.client.close)
        yield Subject(service, f"127.0.0.1:{broker.port}" if broker else "")


def _broker(folder: Path) -> Mosquitto | None:
    program = find_broker()
    if program is None:
        return None
    found = Mosquitto(program, folder / "broker")
    found.start()
    return found


@pytest.fixture(scope="session")
def sta(tested: Subject) -> Service:
    """The service."""
    return tested.service


@pytest.fixture(scope="session")
def world(sta: Service) -> Iterator[World]:
    """What reading is tested with."""
    made = World(sta)
    yield made
    with suppress(AssertionError):
        made.remove()


@pytest.fixture(scope="session")
def announced(sta: Service) -> str:
    """All classes that the service lists, one a line."""
    return "\n".join(sta.announced())


@pytest.fixture(autouse=True)
def _offered(request: pytest.FixtureRequest, announced: str) -> None:
    """Classes that a service need not offer are tested when it says that it does."""
    name = getattr(request.function, "__requirement__", "").partition("/")[0]
    if name not in ALWAYS and f"/{name}" not in announced:
        pytest.skip(f"the service does not list {name}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Notes how the tests of each requirement ended."""
    report = yield
    name = getattr(getattr(item, "function", None), "__requirement__", "")
    if name and (report.when == "call" or report.outcome != "passed"):
        _outcomes[name].append(report.outcome)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each class, and the requirements that are not met."""
    if not _outcomes:
        return
    terminalreporter.section("OGC 18-088 by requirement class")
    classes: dict[str, list[str]] = defaultdict(list)
    for name in _outcomes:
        classes[name.partition("/")[0]].append(name)
    for name, requirements in classes.items():
        count = {word: 0 for word in ("met", "not met", "not offered")}
        for each in requirements:
            count[_verdict(each)] += 1
        said = ", ".join(f"{number} {word}" for word, number in count.items() if number)
        terminalreporter.write_line(f"{name:28} {said}")
        for each in requirements:
            if _verdict(each) == "not met":
                terminalreporter.write_line(f"  not met: {each}")


def _verdict(name: str) -> str:
    found = set(_outcomes[name])
    if "failed" in found:
        return "not met"
    return "met" if "passed" in found else "not offered"
