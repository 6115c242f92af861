# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations that clients publish (OGC 18-088 clause 14.1).

The broker decides who may publish; here they all have the rights of one service token
(setting `mqtt_token`). A message that cannot be stored is dropped with a line in the log,
one that came at a bad moment is tried again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from allmende.core.payload import decode_json
from allmende.core.platform import Platform
from allmende.core.sensing import entities
from allmende.core.sensing.entities import Operation
from allmende.core.signin import authenticate_token
from allmende.errors import AllmendeError, Busy, DeadlineExceeded, InvalidInput
from allmende.interfaces.sensorthings.mqtt.broker import Broker
from allmende.policy import Subject

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

TOGETHER = 256
"""Messages that are stored at the same time, in one transaction if possible."""
AGAIN_SECONDS = 2.0
SUBJECT_SECONDS = 60.0
LOGGED = 20
"""Refused messages a minute that are named in the log."""

log = logging.getLogger("allmende.mqtt")


def topics(prefix: str) -> list[str]:
    """Where clients publish: at all observations, or at those of a datastream."""
    return [f"{prefix}/Observations", f"{prefix}/+/Observations"]


class Receiver:
    """Stores what comes, as the subject of the token."""

    def __init__(self, platform: Platform, broker: Broker) -> None:
        self.platform, self.broker = platform, broker
        self.subject: Subject | None = None
        self.known_until = 0.0
        self.logged = 0

    async def run(self) -> None:
        """Takes messages for ever."""
        while True:
            batch = [await self.broker.received.get()]
            while len(batch) < TOGETHER and not self.broker.received.empty():
                batch.append(self.broker.received.get_nowait())
            subject = await self._subject()
            await asyncio.gather(*(self._one(subject, each) for each in batch))

    async def _subject(self) -> Subject:
        """Whose rights hold; waits while the token is not valid."""
        clock = asyncio.get_running_loop().time
        while self.subject is None or clock() >= self.known_until:
            try:
                self.subject = await authenticate_token(
                    self.platform, self.platform.settings.mqtt_token
                )
            except AllmendeError as error:
                self.subject = None
                log.error("the token of mqtt_token does not work: %s", error)  # noqa: TRY400
                await asyncio.sleep(SUBJECT_SECONDS)
            self.known_until, self.logged = clock() + SUBJECT_SECONDS, 0
        return self.subject

    async def _one(self, subject: Subject, message: MQTTMessage) -> None:
        while True:
            try:
                await self._store(subject, message)
            except (Busy, DeadlineExceeded):
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            except AllmendeError as error:
                self._refused(message, error)
            self.broker.done(message)
            return

    async def _store(self, subject: Subject, message: MQTTMessage) -> None:
        settings = self.platform.settings
        body: Any = decode_json(bytes(message.payload), settings)
        if not isinstance(body, dict):
            raise InvalidInput("it is no JSON object", "es ist kein JSON-Objekt")
        if "@iot.selfLink" in body:
            return  # what a service published, maybe this one
        path = message.topic.removeprefix(f"{settings.mqtt_topic}/")
        operation = Operation(method="create", path=path, body=body)
        await entities.perform(self.platform, subject, operation)

    def _refused(self, message: MQTTMessage, error: AllmendeError) -> None:
        self.logged += 1
        if self.logged <= LOGGED:
            log.warning("a message at %s is not taken: %s", message.topic[:200], error)
