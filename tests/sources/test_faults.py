# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Servers that fail, lie and go in circles: nothing stored is lost, everything is reported."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from tests.sources.conftest import City, Scenario
from tests.sources.servers import (
    Ckan,
    Handler,
    Hydra,
    Site,
    bomb,
    dataset,
    endless,
    failing,
    package,
    silent,
    truncated,
)

Play = Callable[[Scenario], None]


async def web_page(request: Request) -> Response:
    return Response(b"<!DOCTYPE html><html><body>Wartung</body></html>", media_type="text/html")


async def away(request: Request) -> Response:
    return RedirectResponse("http://169.254.169.254/latest/meta-data/")


async def half(request: Request) -> Response:
    return Response(b"@prefix dcat: <http://www.w3.org/ns/d", media_type="text/turtle")


async def broken(request: Request) -> Response:
    return PlainTextResponse("broken", status_code=500)


@pytest.mark.parametrize(
    ("second", "code", "limits"),
    [
        (broken, "source-status", {}),
        (truncated, "source-connection", {}),
        (half, "rdf-syntax", {}),
        (web_page, "source-html", {}),
        (away, "source-address-refused", {}),
        (endless, "source-too-large", {"max_bytes": 1_000_000}),
        (bomb, "source-too-large", {"max_bytes": 1_000_000}),
        (silent, "source-timeout", {"total_seconds": 0.3, "attempts": 1}),
    ],
)
def test_a_source_that_misbehaves_is_reported(
    play: Play, site: Site, second: Handler, code: str, limits: dict[str, Any]
) -> None:
    """The second page goes wrong: the first is kept, nothing is archived, the next run heals."""

    async def scenario(city: City) -> None:
        datasets = [dataset(n) for n in range(1, 5)]
        hydra = Hydra(site, "/catalog", datasets)
        await city.source(f"{site.address}/catalog", grace_days=0)
        await city.run()
        hydra.datasets = [dataset(1, title="Better"), *datasets[1:]]
        good = site.handlers["/catalog"]

        async def bad(request: Request) -> Response:
            return await (second if "page" in request.query_params else good)(request)

        site.handlers["/catalog"] = bad
        run = await city.run(limits=limits)
        assert (run.status, run.error["code"]) == ("incomplete", code)
        assert {"de", "en"} <= set(run.error)
        assert (run.counts.updated, run.counts.archived, run.counts.missing) == (1, 0, 0)
        assert len(await city.titles()) == 4
        site.handlers["/catalog"] = good
        assert (await city.run()).status == "complete"

    play(scenario)


def test_a_server_that_recovers_is_no_fault(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(n) for n in range(1, 4)])
        site.handlers["/catalog"] = failing(3, hydra.page)
        await city.source(f"{site.address}/catalog")
        run = await city.run()
        assert (run.status, run.counts.created, run.counts.requests) == ("complete", 3, 5)

    play(scenario)


def test_pages_in_a_circle_are_noticed(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(n) for n in range(1, 5)])
        hydra.loop = True
        await city.source(f"{site.address}/catalog")
        run = await city.run()
        assert (run.status, run.error["code"]) == ("incomplete", "source-loop")
        assert run.counts.created == 4

    play(scenario)


def test_a_server_that_ignores_the_page_is_noticed(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        ckan = Ckan(site, [package(n) for n in range(1, 101)])

        async def same(request: Request) -> Response:
            query = request.scope["query_string"]
            request.scope["query_string"] = query.replace(b"start=1", b"start=0&x=")
            return await ckan.package_search(Request(request.scope))

        ckan.total = 500
        site.handlers["/api/3/action/package_search"] = same
        await city.source(site.address, kind="ckan")
        run = await city.run()
        assert (run.status, run.error["code"]) == ("incomplete", "source-loop")
        assert run.counts.created == 100

    play(scenario)


def test_a_total_that_lies_keeps_the_rest(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(n) for n in range(1, 5)])
        await city.source(f"{site.address}/catalog", grace_days=0)
        await city.run()
        hydra.datasets, hydra.total = hydra.datasets[:3], 4
        run = await city.run()
        assert (run.status, run.error["code"]) == ("incomplete", "source-total")
        assert len(await city.titles()) == 4
        hydra.total = 2
        assert (await city.run()).status == "complete"

    play(scenario)


def test_a_source_that_is_away_has_failed(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        await city.source(f"{site.address}/catalog")
        run = await city.run()
        assert (run.status, run.error["code"]) == ("failed", "source-not-found")
        site.handlers["/catalog"] = web_page
        assert (await city.run()).error["code"] == "source-html"

    play(scenario)


def test_a_refusal_of_ckan_is_passed_on(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        answers = ['{"success": false, "error": {"message": "Wartung"}}', "[1]", "{"]
        codes = ["ckan-refused", "ckan-refused", "source-json"]
        for answer, code in zip(answers, codes, strict=True):
            for action in ("package_search", "package_list"):
                site.serve(f"/api/3/action/{action}", answer, "application/json")
            await city.source(site.address, kind="ckan")
            run = await city.run()
            assert (run.status, run.error["code"]) == ("failed", code)

    play(scenario)


def test_failure_and_recovery_are_logged_once(
    play: Play, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(city: City) -> None:
        await city.source(f"{site.address}/catalog")
        for _ in range(3):
            await city.run()
        Hydra(site, "/catalog", [dataset(1)])
        for _ in range(3):
            await city.run()

    with caplog.at_level(logging.INFO, logger="allmende.harvest"):
        play(scenario)
    said = [record.levelname for record in caplog.records]
    assert said == ["WARNING", "INFO"]
