# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Foreign servers for tests: real HTTP on loopback, in a thread, obedient or broken at will."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from allmende.core.fetch import Fetcher, FetchLimits

Handler = Callable[[Request], Awaitable[Response]]
LOOPBACK = ("127.0.0.0/8", "::1/128")
QUICK = FetchLimits(
    allow_private=LOOPBACK,
    allow_files=True,
    max_bytes=20_000_000,
    idle_seconds=5.0,
    total_seconds=10.0,
    delay_seconds=0.0,
    back_off_seconds=0.0,
    contact="https://allmende.test",
)


class Site:
    """A server whose answers a test decides; `log` lists the paths with queries asked for."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.log: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.address = ""

    def __call__(self, path: str) -> Callable[[Handler], Handler]:
        """Decorator: answer this path."""

        def keep(handler: Handler) -> Handler:
            self.handlers[path] = handler
            return handler

        return keep

    def serve(
        self, path: str, body: bytes | str, media_type: str = "text/plain", **headers: str
    ) -> str:
        """Answer the path with this body; its address."""

        async def handler(request: Request) -> Response:
            return Response(body, media_type=media_type, headers=headers)

        self.handlers[path] = handler
        return self.address + path

    async def answer(self, request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        self.log.append(request.url.path + query)
        self.headers.append(dict(request.headers))
        handler = self.handlers.get(request.url.path)
        if handler is None:
            return PlainTextResponse("nothing here", status_code=404)
        return await handler(request)


@contextmanager
def running_site() -> Iterator[Site]:
    """A site on a free port of this machine."""
    site = Site()
    app = Starlette(routes=[Route("/{path:path}", site.answer)])
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none", loop="asyncio")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    site.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield site
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        listener.close()


def fetcher(**changes: Any) -> Fetcher:
    """A fetcher that may call this machine and never waits."""
    from dataclasses import replace

    async def no_sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    return Fetcher(replace(QUICK, **changes), sleep=no_sleep)


# --- misbehaviour --------------------------------------------------------------------


def failing(times: int, handler: Handler, status: int = 500, **headers: str) -> Handler:
    """Fails so many times, then answers like the handler."""
    left = [times]

    async def answer(request: Request) -> Response:
        if left[0] > 0:
            left[0] -= 1
            return PlainTextResponse("broken", status_code=status, headers=headers)
        return await handler(request)

    return answer


async def endless(request: Request) -> Response:
    """A body without end."""

    async def parts() -> AsyncIterator[bytes]:
        while not await request.is_disconnected():
            yield b"# more and more\n" * 4096

    return StreamingResponse(parts(), media_type="text/turtle")


async def silent(request: Request) -> Response:
    """A body that stops without ending."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"# one line, and then\n"
        await asyncio.Event().wait()

    return StreamingResponse(parts(), media_type="text/turtle")


async def truncated(request: Request) -> Response:
    """Fewer bytes than announced."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"<a> <b> "

    return StreamingResponse(parts(), media_type="text/turtle", headers={"content-length": "900"})


async def bomb(request: Request) -> Response:
    """A small answer that unpacks to a hundred megabytes."""
    body = gzip.compress(b"\0" * 100_000_000, 9)
    return Response(body, headers={"content-encoding": "gzip"}, media_type="text/turtle")


# --- protocols -----------------------------------------------------------------------


class Ckan:
    """A CKAN portal with the packages given."""

    def __init__(self, site: Site, packages: list[dict[str, Any]]) -> None:
        self.packages = packages
        self.total: int | None = None
        self.search = True
        site.handlers["/api/3/action/package_search"] = self.package_search
        site.handlers["/api/3/action/package_list"] = self.package_list
        site.handlers["/api/3/action/package_show"] = self.package_show

    async def package_search(self, request: Request) -> Response:
        if not self.search:
            error = {"__type": "Authorization Error", "message": "Access denied"}
            return JSONResponse({"success": False, "error": error})
        start = int(request.query_params.get("start", 0))
        rows = min(int(request.query_params.get("rows", 10)), 1000)
        count = len(self.packages) if self.total is None else self.total
        results = self.packages[start : start + rows]
        return JSONResponse({"success": True, "result": {"count": count, "results": results}})

    async def package_list(self, request: Request) -> Response:
        start, rows = (int(request.query_params.get(n, 0)) for n in ("offset", "limit"))
        names = [package["name"] for package in self.packages]
        return JSONResponse({"success": True, "result": names[start : start + rows]})

    async def package_show(self, request: Request) -> Response:
        for package in self.packages:
            if package["name"] == request.query_params["id"]:
                return JSONResponse({"success": True, "result": package})
        return JSONResponse({"success": False, "error": {"message": "Not found"}}, 404)


class Hydra:
    """A DCAT catalogue in pages of Turtle; one text per dataset."""

    def __init__(self, site: Site, path: str, datasets: list[str], per_page: int = 2) -> None:
        self.site, self.path, self.datasets, self.per_page = site, path, datasets, per_page
        self.total: int | None = None
        self.word = "next"
        self.loop = False
        site.handlers[path] = self.page

    async def page(self, request: Request) -> Response:
        number = int(request.query_params.get("page", 1))
        shown = self.datasets[(number - 1) * self.per_page : number * self.per_page]
        total = len(self.datasets) if self.total is None else self.total
        lines = [
            "@prefix dcat: <http://www.w3.org/ns/dcat#> .",
            "@prefix dct: <http://purl.org/dc/terms/> .",
            "@prefix hydra: <http://www.w3.org/ns/hydra/core#> .",
            "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .",
            '<https://city.test/> a dcat:Catalog ; dct:title "City"@en .',
            f"<{self.site.address}{self.path}?page={number}> a hydra:PagedCollection ;",
            f" hydra:totalItems {total} .",
            *shown,
        ]
        if self.loop or number * self.per_page < len(self.datasets):
            following = 1 if self.loop and number > 1 else number + 1
            here, there = (
                f"<{self.site.address}{self.path}?page={n}>" for n in (number, following)
            )
            lines.append(f"{here} hydra:{self.word} {there} .")
        return Response("\n".join(lines), media_type="text/turtle")


def dataset(number: int, *, title: str = "", identifier: str = "", modified: str = "") -> str:
    """A dataset in Turtle."""
    lines = [
        f"<https://city.test/dataset/{number}> a dcat:Dataset ;",
        f' dct:title "{title or f"Dataset {number}"}"@en ; dct:description "About {number}"@en',
    ]
    if identifier:
        lines.append(f' ; dct:identifier "{identifier}"')
    if modified:
        lines.append(f' ; dct:modified "{modified}"^^xsd:date')
    return "".join(lines) + " ."


def package(number: int, **changes: Any) -> dict[str, Any]:
    """A package as a German portal gives it."""
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "name": f"datensatz-{number}",
        "title": f"Datensatz {number}",
        "notes": f"Beschreibung {number}",
        "state": "active",
        "private": False,
        "license_id": "dl-de-zero-2.0",
        "metadata_modified": f"2024-01-{number % 28 + 1:02d}T10:00:00.000000",
        "organization": {"name": "stadt", "title": "Stadt Beispiel"},
        "groups": [{"name": "umwelt-und-klima"}],
        "tags": [{"name": "Bäume", "display_name": "Bäume"}],
        "extras": [{"key": "contributorID", "value": '["http://dcat-ap.de/def/contributors/x"]'}],
        "resources": [
            {
                "id": f"r{number}",
                "name": "Tabelle",
                "url": f"https://stadt.test/{number}.csv",
                "format": "CSV",
            }
        ],
        **changes,
    }


def as_json(value: Any) -> str:
    return json.dumps(value)
