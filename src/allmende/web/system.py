# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses about the program itself: health, metrics, description, kinds of problems."""

import asyncio
import hmac
import os
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from allmende import __version__
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.core.problems import KINDS
from allmende.core.settings import Settings
from allmende.errors import AllmendeError, InvalidInput, NotAuthenticated, NotFound
from allmende.store import catalogue, jobs
from allmende.web import metrics
from allmende.web.metrics import Family, Requests, Sample
from allmende.web.routing import Place

CHECK_SECONDS = 2.0


Network = IPv4Network | IPv6Network


def routes(settings: Settings, requests: Requests, described: Sequence[Place]) -> list[BaseRoute]:
    """The addresses every Allmende has; `described` fills /openapi.json.

    Raises InvalidInput when `metrics_networks` holds something else.
    """
    system = System(settings, requests, described)
    return [
        Route("/health", system.ready),
        Route("/health/live", live),
        Route("/health/ready", system.ready),
        Route("/metrics", system.metrics),
        Route("/openapi.json", system.openapi),
        Route("/problems/{code}", kind_of_problem),
        Route("/robots.txt", robots),
    ]


class System:
    """Answers that need the state of the program."""

    def __init__(self, settings: Settings, requests: Requests, described: Sequence[Place]) -> None:
        self.settings = settings
        self.networks = [_network(each) for each in settings.metrics_networks]
        self.requests = requests
        self.described = described

    @operation("Whether the program is ready to serve", tag="system")
    async def ready(self, request: Request) -> Response:
        """200 when the store can be read and written, else 503 with what fails."""
        checks = await _checks(request.app.state.platform)
        fine = all(text == "ok" for text in checks.values())
        body = {"status": "ok" if fine else "failing", "version": __version__, "checks": checks}
        return _json(body, 200 if fine else 503)

    async def metrics(self, request: Request) -> Response:
        """Figures for Prometheus, for callers near by or with the token."""
        self._allow_metrics(request)
        held = await _held(request.app.state.platform)
        families = [*self.requests.families(), *metrics.process(), *held]
        body = metrics.text(families) + self.requests.histogram()
        return Response(body, headers={"content-type": metrics.CONTENT_TYPE})

    @operation("This description of the machine interfaces", tag="system")
    async def openapi(self, request: Request) -> Response:
        """OpenAPI 3.1, made from the routes."""
        from allmende.web.openapi import document

        return _json(document(self.described, self.settings))

    def _allow_metrics(self, request: Request) -> None:
        """Raise NotAuthenticated unless the caller is near by or shows the token.

        Behind a proxy that is not among `trusted_proxies` every caller looks near, so then
        only the token counts.
        """
        token = self.settings.metrics_token
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token and hmac.compare_digest(given.encode(), token.encode()):
            return
        passed_on = "x-forwarded-for" in request.headers and not self.settings.trusted_proxies
        caller = _address(request.client.host) if request.client else None
        if not passed_on and caller and any(caller in each for each in self.networks):
            return
        raise NotAuthenticated(
            "Metrics are for callers in metrics_networks or with the metrics_token.",
            "Messwerte gibt es nur für metrics_networks oder mit dem metrics_token.",
        )


@operation("Whether the program runs", tag="system")
async def live(request: Request) -> Response:
    """200 as long as the process answers at all."""
    return _json({"status": "ok", "version": __version__})


@operation(
    "What a kind of problem means",
    tag="system",
    parameters=(Parameter("code", "path", "The last part of the problem's type"),),
)
async def kind_of_problem(request: Request) -> Response:
    """Title and advice of one kind of problem in both languages."""
    code = request.path_params["code"]
    kind = KINDS.get(code)
    if kind is None:
        raise NotFound(f"There is no problem called {code}.", f"Es gibt kein Problem „{code}“.")
    return _json({"code": code, "status": kind.status, "title": kind.title, "advice": kind.advice})


async def robots(request: Request) -> Response:
    """What crawlers may visit: all but the endless combinations of facets, and the machinery."""
    base = request.app.state.settings.base_url
    lines = ["User-agent: *", "Allow: /static/", "Disallow: /sparql", "Disallow: /*?*"]
    return PlainTextResponse("\n".join([*lines, f"Sitemap: {base}/sitemap.xml", ""]))


async def _checks(platform: Platform) -> dict[str, str]:
    """What readiness depends on: `ok` or what is wrong, without any inside."""
    found = {}
    for name, ask in (("read", platform.store.read), ("write", platform.store.write)):
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await ask(_nothing)
        except TimeoutError:
            found[name] = "too slow"
        except AllmendeError as error:
            found[name] = error.code
        else:
            found[name] = "ok"
    return found


def _nothing(_connection: object) -> None:
    """Goes through the whole lane of a read or write and changes nothing."""


async def _held(platform: Platform) -> list[Family]:
    """What the store holds and has still to do."""
    resources = await platform.store.read(catalogue.counts)
    states = await platform.store.read(jobs.counts)
    label = {"version": __version__, "pid": str(os.getpid())}
    return [
        Family("allmende_info", "gauge", "Version and process.", [Sample(1, label)]),
        Family(
            "allmende_writes_waiting",
            "gauge",
            "Writes in the queue of this process.",
            [Sample(platform.store.writer.waiting)],
        ),
        Family("allmende_resources", "gauge", "Records by kind.", _by("kind", resources)),
        Family("allmende_jobs", "gauge", "Jobs by state.", _by("state", states)),
    ]


def _by(label: str, counts: Mapping[str, int]) -> list[Sample]:
    return [Sample(count, {label: str(name)}) for name, count in sorted(counts.items())]


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise InvalidInput(f"The setting metrics_networks holds {text}: {error}.") from error


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
