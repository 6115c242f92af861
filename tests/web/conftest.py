# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An application with small routes of its own, to try every layer of the web room."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from allmende import errors
from allmende.core.conditional import etag, is_fresh, require_match, validators
from allmende.core.operations import Parameter, operation
from allmende.core.payload import decode_json, read_form
from allmende.core.platform import Platform
from allmende.core.problems import Problem
from allmende.core.settings import Settings
from allmende.policy import Subject
from allmende.web.app import Application, Rooms
from allmende.web.signin import Credentials

BASE = "http://127.0.0.1:8000"
LONG = "Allmende " * 500
PERSON = Subject(kind="user", id="u1", name="Ada")
PROGRAM = Subject(kind="token", id="t1", name="importer")
TAG = etag("thing", 1)
UPDATED = 1_700_000_000_000_000


@operation("A thing", tag="things", produces=("text/plain",))
async def thing(request: Request) -> Response:
    headers = validators(TAG, UPDATED)
    if is_fresh(request.headers, TAG, UPDATED):
        return Response(status_code=304, headers=headers)
    return Response(LONG, media_type="text/plain", headers=headers)


async def change(request: Request) -> Response:
    require_match(request.headers, TAG)
    body = await request.body()
    return JSONResponse({"bytes": len(body), "subject": request.state.subject.kind})


@operation("Ask by POST", reads=True, consumes=("application/x-www-form-urlencoded",))
async def ask(request: Request) -> Response:
    return JSONResponse({"bytes": len(await request.body())})


@operation("Send a file", body_limit="upload_limit", seconds="upload_seconds", secured=True)
async def upload(request: Request) -> Response:
    return JSONResponse({"bytes": len(await request.body())})


@operation(
    "Look", parameters=(Parameter("q", "query", "Words", {"type": "string", "maxLength": 9}),)
)
async def json_body(request: Request) -> Response:
    settings = request.app.state.settings
    return JSONResponse({"got": decode_json(await request.body(), settings)})


async def form(request: Request) -> Response:
    found = await read_form(request, request.app.state.settings)
    return JSONResponse({"fields": sorted(found)})


async def page(request: Request) -> Response:
    return HTMLResponse(f"<p>{LONG}</p>")


async def failing(request: Request) -> Response:
    raise ZeroDivisionError("inner secret")


async def refuse(request: Request) -> Response:
    raise getattr(errors, request.path_params["name"])("What to do.", "Was zu tun ist.")


async def teapot(request: Request) -> Response:
    raise HTTPException(415)


async def slow(request: Request) -> Response:
    try:
        await asyncio.Event().wait()
    finally:
        request.app.state.cancelled = True
    return Response()


async def stream(request: Request) -> Response:
    async def parts() -> AsyncIterator[str]:
        for number in range(3):
            yield f"{number} {LONG}"

    return StreamingResponse(parts(), media_type="text/plain")


async def stalling(request: Request) -> Response:
    async def parts() -> AsyncIterator[str]:
        yield "first"
        await asyncio.Event().wait()

    return StreamingResponse(parts(), media_type="text/plain")


async def image(request: Request) -> Response:
    return Response(LONG.encode(), media_type="image/png")


async def file(request: Request) -> Response:
    return FileResponse(Path(__file__), media_type="text/x-python")


async def open_policy(request: Request) -> Response:
    return HTMLResponse("x", headers={"Content-Security-Policy": "default-src 'self'"})


ROUTES: tuple[tuple[str, Callable[..., Any], list[str]], ...] = (
    ("/thing", thing, ["GET"]),
    ("/change", change, ["POST", "PUT"]),
    ("/ask", ask, ["GET", "POST"]),
    ("/upload", upload, ["POST"]),
    ("/json", json_body, ["POST"]),
    ("/form", form, ["POST"]),
    ("/de/page", page, ["GET"]),
    ("/failing", failing, ["GET"]),
    ("/refuse/{name}", refuse, ["GET"]),
    ("/teapot", teapot, ["GET"]),
    ("/slow", slow, ["GET", "POST"]),
    ("/stream", stream, ["GET"]),
    ("/stalling", stalling, ["GET"]),
    ("/image", image, ["GET"]),
    ("/file", file, ["GET"]),
    ("/open-policy", open_policy, ["GET"]),
)


def routes(platform: Platform) -> list[Any]:
    found: list[Any] = [Route(path, fn, methods=methods) for path, fn, methods in ROUTES]
    nested = [Route("/{id}", refuse_nested), Route("/", page)]
    return [*found, Mount("/nested", routes=nested), Mount("/protocol", routes=[])]


async def refuse_nested(request: Request) -> Response:
    raise errors.NotFound("Nested.")


async def authenticate(platform: Platform, shown: Credentials) -> Subject:
    if shown.secret == "unknown":
        raise errors.NotAuthenticated("The token is not known.")
    return PROGRAM if shown.kind == "token" else PERSON


def protocol_error(request: Request, problem: Problem) -> Response:
    return JSONResponse({"success": False, "code": problem.code}, problem.status)


async def error_page(request: Request, problem: Problem) -> Response:
    return HTMLResponse(f"<h1>{problem.title}</h1>", problem.status)


ROOMS = Rooms(
    routes=routes,
    authenticate=authenticate,
    encoders={"/protocol": protocol_error},
    page=error_page,
)

Start = Callable[..., TestClient]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts an application with these settings; gives a client on its own network address."""
    with ExitStack() as stack:

        def begin(rooms: Rooms = ROOMS, **changes: Any) -> TestClient:
            settings = Settings(**{"data": tmp_path / "data", "base_url": BASE, **changes})
            app = Application(settings, rooms)
            client = TestClient(
                app, BASE, raise_server_exceptions=False, client=("127.0.0.1", 50_000)
            )
            return stack.enter_context(client)

        yield begin


@pytest.fixture
def client(start: Start) -> TestClient:
    """A client of an application with the default settings."""
    return start()
