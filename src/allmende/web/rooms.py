# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What each room brings to the application: the one place that knows all of them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from starlette.routing import BaseRoute, Route

from allmende import apps, interfaces
from allmende.core import (
    memory,
    revalidating,
    scoring_upkeep,
    search,
    sparql,
    usage_counting,
    work,
    worker,
)
from allmende.core.jobs import Registry
from allmende.core.platform import Platform
from allmende.core.sensing import (
    citizens,
    codecs,
    deriving,
    devices_intake,
    devices_mqtt,
    importing_serving,
)
from allmende.core.signin import authenticate_session, authenticate_token
from allmende.demo import sensing_soil
from allmende.errors import NotAuthenticated
from allmende.interfaces.sensorthings import later, mqtt
from allmende.interfaces.sensorthings.mqtt.broker import Broker
from allmende.policy import ANONYMOUS, Subject
from allmende.portal.routes import routes as pages
from allmende.portal.views.errors import error_page
from allmende.sources.citizen import webhook as citizen
from allmende.sources.lorawan import webhook
from allmende.web import files, sitemap
from allmende.web.app import Rooms
from allmende.web.entrance import Entrance, api, favicon
from allmende.web.errors import Encoder
from allmende.web.signin import Credentials

log = logging.getLogger("allmende.web")


def rooms() -> Rooms:
    """Routes of all rooms, who signs in, how errors look, and the work in the background."""
    protocols = list(interface_modules())
    return Rooms(
        routes=lambda _platform: routes(protocols),
        authenticate=authenticate,
        encoders=encoders(protocols),
        page=error_page,
        work=background,
    )


def interface_modules() -> Sequence[ModuleType]:
    """Every protocol: a folder of `interfaces` with `routes()` and, if it has an error shape
    of its own, `ENCODERS` by address prefix.
    """
    names = sorted(found.name for found in iter_modules(interfaces.__path__) if found.ispkg)
    return [import_module(f"allmende.interfaces.{name}") for name in names]


def app_modules() -> Sequence[ModuleType]:
    """Every city application: a folder of `apps` with `routes()` and, if it has work in the
    background, `handle(registry)`.
    """
    names = sorted(found.name for found in iter_modules(apps.__path__) if found.ispkg)
    return [import_module(f"allmende.apps.{name}") for name in names]


def registry() -> Registry:
    """Every kind of job of the program and of its applications."""
    made = work.registry()
    made.handle(sensing_soil.REPLAY, sensing_soil.replay)
    for app in app_modules():
        if hasattr(app, "handle"):
            app.handle(made)
    return made


def routes(protocols: Sequence[ModuleType]) -> Sequence[BaseRoute]:
    """Every address except those about the program itself; the first that fits answers."""
    found: list[BaseRoute] = [*pages()]
    for app in app_modules():
        found += app.routes()
    entrance = Entrance(found)
    for protocol in protocols:
        found += protocol.routes()
    return [
        entrance,
        *found,
        *citizen.routes(),
        *webhook.routes(),
        *files.routes(),
        Route("/api", api),
        Route("/favicon.ico", favicon),
        Route("/sitemap.xml", sitemap.sitemap),
        Route("/sitemaps/{number:int}.xml", sitemap.part),
    ]


def encoders(protocols: Sequence[ModuleType]) -> Mapping[str, Encoder]:
    """The error shapes of all protocols by address prefix."""
    found: dict[str, Encoder] = {}
    for protocol in protocols:
        found.update(getattr(protocol, "ENCODERS", {}))
    return found


async def authenticate(platform: Platform, shown: Credentials) -> Subject:
    """The subject of a token, which must be valid, or of a session, which may have ended."""
    if shown.kind == "token" and shown.secret.startswith(citizens.KEY_PREFIX):
        return await citizens.authenticate(platform, shown.secret)
    if shown.kind == "token":
        return await authenticate_token(platform, shown.secret)
    try:
        return await authenticate_session(platform, shown.secret)
    except NotAuthenticated:
        return ANONYMOUS


@asynccontextmanager
async def background(platform: Platform) -> AsyncIterator[None]:
    """The search index made ready, the jobs, and the processes that answer SPARQL queries."""
    ready = asyncio.create_task(_make_ready(platform))
    ready.add_done_callback(_say_failure)
    try:
        async with usage_counting.working(platform), serving(platform):
            yield
    finally:
        ready.cancel()
        await asyncio.wait([ready])
        await later.close(platform)
        await sparql.close(platform)
        await codecs.close(platform)


@asynccontextmanager
async def serving(platform: Platform) -> AsyncIterator[None]:
    """The jobs and what is taken in and sent on, where the settings want it."""
    if not platform.settings.jobs:
        yield
        return
    async with (
        worker.working(platform, registry()),
        devices_intake.working(platform),
        deriving.working(platform),
        listening(platform),
    ):
        yield


async def _make_ready(platform: Platform) -> None:
    """What follows from records, where it is missing or was made by an older program."""
    await search.make_ready(platform)
    memory.settled()
    await revalidating.rebuild(platform)
    await scoring_upkeep.rebuild(platform)


@asynccontextmanager
async def listening(platform: Platform) -> AsyncIterator[None]:
    """What is taken from brokers and passed on to them."""
    async with (
        mqtt.running(platform),
        devices_mqtt.running(platform, Broker, webhook.handle),
        importing_serving.running(platform, Broker),
    ):
        yield


def _say_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("search and findings could not be made ready: %s", error, exc_info=error)
