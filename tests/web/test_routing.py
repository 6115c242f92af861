# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Finding a route by its fixed parts gives what looking at all routes in order gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, Router
from starlette.testclient import TestClient

from allmende.web.routing import MOST_KEPT, ByPath

PATHS = (
    "/", "/a", "/a/", "/a/b", "/{x}", "/{x}/b", "/a/{x}", "/a/{x}/b", "/a/{x}/b/{y}",
    "/a/{x}/b.{ending}", "/{x}/{y}/c", "/a/b/c/", "/f/{rest:path}", "/f/{rest:path}/c",
    "/a/{x}/b/{y}/c",
)  # fmt: skip
LONG = "/n" * 14


def _route(path: str, methods: tuple[str, ...] = ("GET",)) -> Route:
    async def endpoint(request: Request) -> JSONResponse:
        return JSONResponse([path, request.method, request.path_params])

    return Route(path, endpoint, methods=list(methods))


ROUTES = [
    *(_route(path) for path in PATHS),
    _route("/a/{x}", ("PUT",)),
    _route(LONG),
    Mount("/m", routes=[_route("/a"), _route("/{x}/b")]),
    _route("/c/{x}/c"),
    _route("/{rest:path}", ("DELETE",)),
]
BY_PATH = ByPath(ROUTES)


def _answers(app, method: str, path: str) -> tuple[int, str, str]:
    client = TestClient(app, follow_redirects=False)
    answer = client.request(method, path)
    return answer.status_code, answer.text, answer.headers.get("location", "")


PART = st.sampled_from(["a", "b", "c", "f", "m", "n", "z", "b.csv", "%2F", ""])


@given(
    method=st.sampled_from(["GET", "PUT", "DELETE"]),
    parts=st.lists(PART, max_size=7),
)
def test_the_same_route_as_with_all_of_them(method, parts):
    path = "/" + "/".join(parts)
    if path.startswith("//"):
        path = "/z" + path[1:]  # two slashes begin a host's name
    assert _answers(BY_PATH, method, path) == _answers(Router(ROUTES), method, path)


@pytest.mark.parametrize("path", [LONG, LONG + "/", LONG + "/n", "/f" + LONG + "/c", "/m/z/b/"])
def test_long_and_mounted_addresses(path):
    assert _answers(BY_PATH, "GET", path) == _answers(Router(ROUTES), "GET", path)


def test_what_strangers_ask_for_is_not_remembered_without_end():
    finder = ByPath([_route("/" + "/".join(f"w{n}" for n in range(6)))])
    client = TestClient(finder)
    for number in range(300):
        client.get(f"/other{number}/w1/{number}")
    assert len(finder.routers) == 1  # words of no route make no difference
    finder.routers.update({(("x",), str(number)): Router() for number in range(MOST_KEPT)})
    client.get("/w0")
    assert len(finder.routers) == 1
