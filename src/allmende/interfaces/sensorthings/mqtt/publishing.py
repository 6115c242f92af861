# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Telling everybody what happens to public data (OGC 18-088 clause 14.2).

Driven by the outbox and the journal: the place up to which the broker has everything is
stored after the broker said so. When it or the program was away, it goes on from there.
"""

from __future__ import annotations

from allmende.core.bell import bell
from allmende.core.platform import Platform
from allmende.core.sensing import telling
from allmende.core.sensing.telling import Turn
from allmende.interfaces.sensorthings.mqtt.broker import Broker
from allmende.interfaces.sensorthings.mqtt.topics import messages
from allmende.interfaces.sensorthings.writing import root_of

BREATH_SECONDS = 0.02
"""In which news gather: to note that they were told costs a commit."""


async def publish(platform: Platform, broker: Broker, turn: Turn) -> None:
    """Publishes for ever; returns when another process has the turn."""
    settings = platform.settings
    async with bell(platform.store, breath=BREATH_SECONDS) as rung:
        while True:
            await broker.connected.wait()
            news = await telling.news(platform, turn)
            if (news.event, news.entry) == (turn.event, turn.entry):
                await rung()
                continue
            sent = [
                broker.publish(topic, payload)
                for topic, payload in messages(
                    news, settings.mqtt_topic, root_of(platform), settings.mqtt_select
                )
            ]
            await broker.passed_on(sent)
            following = await telling.advance(platform, turn, news)
            if following is None:
                return
            more = max(news.event - turn.event, news.entry - turn.entry) >= telling.BATCH
            turn = following
            if not more:
                await rung()
