# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Alerts of rules: told once and when over, to people and programs, within limits."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.core.sensing.test_rules import (
    MEAN,
    MINUTE,
    READER,
    STRANGER,
    observed,
    put,
)
from tests.support.platforms import run_scenario, settings_for
from tests.support.postbox import Postbox, postbox
from tests.support.sensing import thing

from allmende.core import mail, sensing
from allmende.core.platform import Platform
from allmende.core.sensing import alert_sending, alerts, deriving
from allmende.core.work import registry
from allmende.model.sensing.observation import Observation
from allmende.policy import SYSTEM
from allmende.store import jobs, now

ALERT = (
    MEAN.replace('missing = "unknown"\n', "")
    + """
[[alerts]]
id = "frost"
when = "mean(t) < 273.15"
clear = "mean(t) > 275.15"
level = "severe"
text = { de = "Frost an {name}", en = "Frost at {name}" }
to = ["mailto:frost@example.org"MORE]
"""
)


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as found:
        yield found


def mailed(box: Postbox, **more: Any) -> dict[str, Any]:
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": box.port,
        "smtp_security": "none",
        "smtp_from": "daten@jena.example",
        **more,
    }


async def do_mail(platform: Platform) -> None:
    """Sends every waiting letter, the oldest first."""
    for job in reversed(await platform.store.read(jobs.jobs, "waiting", None, 100)):
        if job.kind == mail.JOB_KIND:
            await registry().handlers[job.kind](platform, job.arguments)


async def feel(platform: Platform, stream_: int, minute: int, celsius: float) -> None:
    time = now() - 50 * MINUTE + minute * MINUTE
    given = Observation(datastream=stream_, time=time, result=celsius)
    await sensing.observe(platform, SYSTEM, [given])
    await deriving.advance(platform)


def test_an_alert_is_told_once_and_when_it_is_over(
    engine: str, tmp_path: Path, box: Postbox
) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        await put(platform, "frost", ALERT.replace("MORE", ""))
        air = made.streams["air"]
        for minute, celsius in enumerate((3.0, -1.0, -2.0, 1.0, -3.0)):
            await feel(platform, air, minute, celsius)
        (alert,) = await alerts.listing(platform, READER, active=True)
        assert (alert.alert, alert.level, alert.told) == ("frost", "severe", 1)
        assert alert.message == {"de": "Frost an Thing one", "en": "Frost at Thing one"}
        assert await alerts.listing(platform, STRANGER) == []
        await feel(platform, air, 6, 4.0)
        assert await alerts.listing(platform, READER, active=True) == []
        await do_mail(platform)

    run_scenario(settings_for(engine, tmp_path, **mailed(box)), scenario)
    assert [each["Subject"] for each in box.letters] == [
        "Meldung: Mittel – Thing one",
        "Entwarnung: Mittel – Thing one",
    ]
    assert "Frost an Thing one" in box.text(0)
    assert "Frost at Thing one" in box.text(0)


def test_messages_are_limited_and_old_ones_are_not_told(
    engine: str, tmp_path: Path, box: Postbox
) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        await put(platform, "frost", ALERT.replace("MORE", ""))
        air = made.streams["air"]
        await sensing.observe(platform, SYSTEM, observed(air, (0, -5.0)))  # 2024
        await deriving.advance(platform)
        (alert,) = await alerts.listing(platform, READER)
        assert (alert.active, alert.told) == (True, 0)
        await feel(platform, air, 0, 9.0)
        for minute in range(1, 31):
            await feel(platform, air, minute, 9.0 if minute % 2 == 0 else -9.0)
        (alert,) = await alerts.listing(platform, READER)
        assert (alert.told, alert.withheld) == (alerts.MOST_AN_HOUR, 31 - alerts.MOST_AN_HOUR)

    run_scenario(settings_for(engine, tmp_path, **mailed(box)), scenario)


class Hook(BaseHTTPRequestHandler):
    """Keeps what it is sent; answers with the codes of its server, then with 204."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.bodies.append(json.loads(body))
        self.send_response(server.codes.pop(0) if server.codes else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def hook() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Hook)
    server.bodies, server.codes = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("private", [True, False])
def test_programs_are_told_and_told_again(tmp_path: Path, hook: Any, private: bool) -> None:
    from allmende.errors import SourceUnavailable

    hook.codes = [500]
    target = f"http://127.0.0.1:{hook.server_port}/hook"

    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        await put(platform, "frost", ALERT.replace("MORE", f', "{target}"'))
        await feel(platform, made.streams["air"], 0, -1.0)
        (job,) = [
            each
            for each in await platform.store.read(jobs.jobs, "waiting", None, 100)
            if each.kind == alerts.WEBHOOK
        ]
        with pytest.raises(SourceUnavailable):
            await alert_sending.call(platform, job.arguments)
        if private:
            await alert_sending.call(platform, job.arguments)

    run_scenario(settings_for("sqlite", tmp_path, harvest_private=private), scenario)
    assert len(hook.bodies) == (2 if private else 0)
    if private:
        body = hook.bodies[1]
        assert (body["rule"], body["alert"], body["state"]) == ("frost", "frost", "active")
        assert body["text"]["de"] == "Frost an Thing one"
