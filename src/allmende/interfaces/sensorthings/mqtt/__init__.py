# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""SensorThings over MQTT (OGC 18-088 clause 14), through a broker beside the platform."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from allmende.core.platform import Platform
from allmende.core.sensing import telling
from allmende.core.sensing.telling import Turn
from allmende.core.settings import Settings
from allmende.errors import AllmendeError

NAME = "mqtt"
REQ = "http://www.opengis.net/spec/iot_sensing/1.1/req"
CREATE = f"{REQ}/create-observations-via-mqtt/observations-creation"
UPDATES = f"{REQ}/receive-updates-via-mqtt/receive-updates"
RENEW_SECONDS = 10.0

log = logging.getLogger("allmende.mqtt")


def announced(settings: Settings) -> dict[str, Any]:
    """The members of serverSettings that name the broker; empty when there is none."""
    if not settings.mqtt_broker:
        return {}
    endpoints = {"endpoints": [settings.mqtt_public or settings.mqtt_broker]}
    found: dict[str, Any] = {}
    if settings.mqtt_token:
        found[CREATE] = endpoints
    if settings.mqtt_publish:
        found[UPDATES] = endpoints
    return found


@asynccontextmanager
async def running(platform: Platform) -> AsyncIterator[None]:
    """Speaks to the broker while the context is open; of several processes one does."""
    if not platform.settings.mqtt_broker:
        yield
        return
    task = asyncio.create_task(_run(platform))
    task.add_done_callback(_say_failure)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _say_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("MQTT has ended: %s", error, exc_info=error)


async def _run(platform: Platform) -> None:
    worker = secrets.token_hex(8)
    while True:
        turn = await telling.take_turn(platform, NAME, worker)
        if turn is None:
            await asyncio.sleep(RENEW_SECONDS)
            continue
        try:
            await _serve(platform, turn)
        except AllmendeError as error:
            log.error("MQTT pauses: %s", error)  # noqa: TRY400 - the sentence says it
            await asyncio.sleep(RENEW_SECONDS)
        finally:
            await asyncio.shield(telling.end_turn(platform, turn))


async def _serve(platform: Platform, turn: Turn) -> None:
    """Connects and works until another process has the turn."""
    from allmende.interfaces.sensorthings.mqtt.broker import Broker
    from allmende.interfaces.sensorthings.mqtt.publishing import publish
    from allmende.interfaces.sensorthings.mqtt.receiving import Receiver, topics

    settings = platform.settings
    broker = Broker(settings, topics(settings.mqtt_topic) if settings.mqtt_token else ())
    work = [asyncio.create_task(_keep_turn(platform, turn))]
    if settings.mqtt_publish:
        work.append(asyncio.create_task(publish(platform, broker, turn)))
    if settings.mqtt_token:
        work.append(asyncio.create_task(Receiver(platform, broker).run()))
    broker.start()
    try:
        done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.result()
    finally:
        for each in work:
            each.cancel()
        await asyncio.wait(work)
        await asyncio.to_thread(broker.stop)


async def _keep_turn(platform: Platform, turn: Turn) -> None:
    """Renews the turn; returns when another process has it."""
    while await telling.take_turn(platform, turn.name, turn.worker) is not None:
        await asyncio.sleep(RENEW_SECONDS)
