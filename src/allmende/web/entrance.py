# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bare addresses: `/datasets/trees` is one thing, for people and for programs.

A browser that asks a bare address for HTML is sent on to the page in its language, when
there is a page; everybody else goes on to the interfaces.
"""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from allmende.core.negotiation import language, wants_html
from allmende.core.operations import operation
from allmende.portal.static_files import static
from allmende.web.heads import said

LANGUAGES = ("de", "en")
ENDINGS = frozenset(
    ("csv", "geojson", "json", "jsonld", "n3", "nq", "nt", "rdf", "trig", "ttl", "txt", "xml")
)
TEMPLATE = "(to a page)"
INTERFACES = {
    "description": "/openapi.json",
    "catalogue": "/catalog",
    "datasets": "/datasets",
    "collections": "/ogc",
    "rows": "/data",
    "models": "/models",
    "sparql": "/sparql",
    "health": "/health",
    "sitemap": "/sitemap.xml",
}


class Entrance(BaseRoute):
    """Fits every bare address that has a page, when the client wants a page."""

    def __init__(self, pages: Sequence[BaseRoute]) -> None:
        self.pages = [page for page in pages if isinstance(page, Route)]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """FULL when the address has a page and the client asks for HTML."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return Match.NONE, {}
        path = scope["path"]
        if path.rpartition(".")[2] in ENDINGS:
            return Match.NONE, {}
        if path != "/" and not wants_html(said(scope, b"accept")):
            return Match.NONE, {}
        return (Match.FULL, {}) if self.has_page(path) else (Match.NONE, {})

    def has_page(self, path: str) -> bool:
        """Whether there is a page at the path below a language."""
        if path.split("/")[1] in LANGUAGES:
            return False
        scope = {"type": "http", "method": "GET", "path": f"/{LANGUAGES[0]}{path}"}
        return any(page.matches(scope)[0] is Match.FULL for page in self.pages)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the client on (303), with its query."""
        scope["state"]["template"] = TEMPLATE
        await to_page(Request(scope))(scope, receive, send)


@operation("Where the interfaces for programs begin", tag="system")
async def api(request: Request) -> Response:
    """The interfaces as JSON; a browser is sent on to the page for developers."""
    if wants_html(request.headers.get("accept")):
        return to_page(request, "/developers")
    base = request.app.state.settings.base_url
    links = {name: f"{base}{path}" for name, path in INTERFACES.items()}
    return Response(msgspec.json.encode(links), media_type="application/json")


async def favicon(request: Request) -> Response:
    """The picture of the site, for programs that only know the old address."""
    return RedirectResponse(static("favicon.svg"), 303)


def to_page(request: Request, path: str = "") -> Response:
    """A redirect to the page of this or another bare address, in the client's language."""
    tongue = language(request.headers.get("accept-language"), _first(request))
    query = f"?{request.url.query}" if request.url.query else ""
    raw = request.scope.get("raw_path") or request.url.path.encode()
    path = path or raw.partition(b"?")[0].decode("latin-1")
    return RedirectResponse(f"/{tongue}{path}{query}", 303, {"vary": "Accept, Accept-Language"})


def _first(request: Request) -> tuple[str, ...]:
    """The languages, the one of the settings first."""
    default = request.app.state.settings.language
    return (default, *(each for each in LANGUAGES if each != default))
