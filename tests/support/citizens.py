# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Citizens with sensors, and a client that speaks to the whole platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from allmende.core.platform import Platform
from allmende.core.sensing import citizens, citizens_joining
from allmende.core.sensing.citizens import Made, Wish
from allmende.core.signin import authenticate_session
from allmende.policy import SYSTEM, Role, Subject
from allmende.web.app import Application
from allmende.web.rooms import rooms

BASE = "http://127.0.0.1:8000"
PASSWORD = "Wiesen gehören allen zusammen 1887"
EXACT = (11.586123, 50.927456)
STEWARD = Subject(kind="user", id="s", roles={"citizens": frozenset({Role.STEWARD})})
OTHER_STEWARD = Subject(kind="user", id="o", roles={"jena": frozenset({Role.STEWARD})})


async def person(platform: Platform, login: str = "erika@example.org") -> Subject:
    """Somebody who was invited and has joined."""
    code = await citizens_joining.invite(platform, SYSTEM)
    session = await citizens_joining.use(platform, code, PASSWORD, login=login)
    return await authenticate_session(platform, session.token)


def wish(**changes: Any) -> Wish:
    """A thermometer in Jena, told to about 100 m."""
    values: dict[str, Any] = {
        "kind": "program",
        "name": "Balkon",
        "longitude": EXACT[0],
        "latitude": EXACT[1],
        "detail": "100m",
        "licence": "cc-zero",
        "shown": ("temperature", "humidity"),
        "inside": ("noise",),
        "consent": True,
    }
    return Wish(**values | changes)


async def sensor(platform: Platform, subject: Subject, **changes: Any) -> Made:
    """A sensor somebody has registered."""
    return await citizens.register(platform, subject, wish(**changes))


@asynccontextmanager
async def client(platform: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of all addresses."""
    app = Application(platform.settings, rooms(), platform)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made


def bearer(key: str) -> dict[str, str]:
    """The header with a key."""
    return {"authorization": f"Bearer {key}"}
