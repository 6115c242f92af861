# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which service is tested, and the table of requirements at the end.

STA_URL       root of the service, with its version; without it our own program is started
STA_AUTH      value of the header Authorization for reading and writing
STA_MQTT      host:port of the broker, STA_MQTT_USER and STA_MQTT_PASSWORD where it asks
STA_MQTT_TOPIC  what its topics begin with, v1.1 unless given
STA_CLASSES   classes to test though the service does not list them, with commas between
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.conformance_sta.service import Moments, Places, Service, World
from tests.faults.running import ROOT, place
from tests.support.mosquitto import Mosquitto, find_broker

ALWAYS = ("datamodel", "resource-path", "request-data")
ANYWAY = os.environ.get("STA_CLASSES", "")
VERDICTS = ("met", "not met", "not tested", "not offered")


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
def moments(world: World) -> Moments:
    """Times to ask about."""
    return Moments(world)


@pytest.fixture(scope="session")
def places(world: World, sta: Service) -> Places:
    """Shapes to ask about."""
    return Places(sta)


@pytest.fixture(scope="session")
def announced(sta: Service) -> str:
    """All classes that the service lists, one a line."""
    return "\n".join([*sta.announced(), *(f"/{name}" for name in ANYWAY.split(",") if name)])


@pytest.fixture(autouse=True)
def _offered(request: pytest.FixtureRequest, announced: str) -> None:
    """Classes that a service need not offer are tested when it says that it does."""
    name = getattr(request.function, "__requirement__", "").partition("/")[0]
    if name not in ALWAYS and f"/{name}" not in announced:
        pytest.skip(f"the service does not list {name}")


class Ended(NamedTuple):
    """How a test ended: passed, failed, skipped, or error before it began."""

    test: str
    how: str
    why: str


_ended: dict[str, list[Ended]] = defaultdict(list)  # by requirement


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Notes how the tests of each requirement ended."""
    report = yield
    name = getattr(getattr(item, "function", None), "__requirement__", "")
    if not name or (report.when != "call" and report.outcome == "passed"):
        return report
    if report.when == "teardown":
        return report
    how = "error" if report.when == "setup" and report.outcome == "failed" else report.outcome
    why = str(call.excinfo.value) if call.excinfo is not None else ""
    _ended[name].append(Ended(item.name, how, " ".join(why.split())[:160]))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A line for each class; below it what is not met, with the reasons."""
    if not _ended:
        return
    terminalreporter.section("OGC 18-088 by requirement class")
    for line in _table():
        terminalreporter.write_line(line)


def _table() -> Iterator[str]:
    classes: dict[str, list[str]] = defaultdict(list)
    for name in _ended:
        classes[name.partition("/")[0]].append(name)
    for name, requirements in classes.items():
        verdicts = [_verdict(each) for each in requirements]
        said = [f"{verdicts.count(each)} {each}" for each in VERDICTS if each in verdicts]
        tests = [each.how for one in requirements for each in _ended[one] if each.how != "skipped"]
        passed = f" ({tests.count('passed')} of {len(tests)} tests)" if tests else ""
        yield f"{name:28} {', '.join(said)}{passed}"
        for requirement in requirements:
            yield from _wrong(requirement)


def _wrong(requirement: str) -> Iterator[str]:
    verdict = _verdict(requirement)
    if verdict in ("met", "not offered"):
        return
    tests = [each for each in _ended[requirement] if each.how != "skipped"]
    wrong = [each for each in tests if each.how != "passed"]
    yield f"  {verdict}: {requirement} ({len(tests) - len(wrong)} of {len(tests)} tests)"
    for each in wrong:
        yield f"    {each.test}: {each.why}"


def _verdict(name: str) -> str:
    found = {each.how for each in _ended[name]}
    if "failed" in found:
        return "not met"
    if "error" in found:
        return "not tested"
    return "met" if "passed" in found else "not offered"
