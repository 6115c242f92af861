# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What all answers of the OGC API have in common: addresses, links, formats, freshness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct, json
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.negotiation import Format, language, negotiate, not_acceptable, wants_html
from allmende.core.platform import Platform
from allmende.errors import InvalidInput
from allmende.model.document import Text
from allmende.policy import Subject

JSON = Format("application/json", ("json",))
GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
HTML = "text/html"
VARY = {"vary": "Accept, Accept-Language"}

MAX_HEADER = 3_000  # characters of the Link header; the document has all of them

Link = dict[str, Any]


class Asked(Struct, frozen=True):
    """Who asks, in which language, and where the API is."""

    request: Request
    platform: Platform
    subject: Subject
    language: str
    root: str  # address of the API, without a slash at the end

    def at(self, *parts: str) -> str:
        """An address below the API."""
        return "/".join((self.root, *(_quoted(part) for part in parts)))

    def page(self, path: str, wanted: str = "") -> str:
        """The address of a page for people."""
        return f"{self.platform.settings.base_url}/{wanted or self.language}{path}"

    def said(self, text: Text | None) -> str:
        """A text in the language of the client, else in any."""
        found = text or {}
        return found.get(self.language) or found.get("en") or next(iter(found.values()), "")


@lru_cache(maxsize=4_096)
def _quoted(part: str) -> str:
    return quote(part, safe="")


def asked(request: Request) -> Asked:
    """What handlers need to know of a request."""
    platform = request.app.state.platform
    own = platform.settings.language
    known = (own, *(name for name in ("de", "en") if name != own))
    wanted = language(request.headers.get("accept-language"), known)
    root = f"{platform.settings.base_url}/ogc"
    return Asked(request, platform, request.state.subject, wanted, root)


class Raw(Response):
    """An answer whose headers are bytes already; `kind` is the media type of its body."""

    def __init__(
        self, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"", kind: str = ""
    ) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.raw_headers = headers
        if kind:
            self.raw_headers = [
                *headers,
                (b"content-type", kind.encode()),
                (b"content-length", b"%d" % len(body)),
            ]


def link(href: str, rel: str, kind: str = "", title: str = "", **more: Any) -> Link:
    """A link object (OGC 17-069r4 §7.2, RFC 8288)."""
    found: Link = {"href": href, "rel": rel}
    if kind:
        found["type"] = kind
    if title:
        found["title"] = title
    return found | more


def people(ask: Asked, path: str, title: str) -> list[Link]:
    """Links to the page for people in both languages."""
    return [
        link(ask.page(path, name), "alternate", HTML, title, hreflang=name) for name in ("de", "en")
    ]


def header(links: Iterable[Link]) -> str:
    """Links as the value of a Link header, the way onwards first, as many as a header bears."""
    said, left = [], MAX_HEADER
    for each in sorted(links, key=lambda each: each["rel"] not in ("next", "self")):
        kind = f'; type="{each["type"]}"' if "type" in each else ""
        text = f'<{each["href"]}>; rel="{each["rel"]}"{kind}'
        left -= len(text) + 2
        if left >= 0:
            said.append(text)
    return ", ".join(said)


def check_names(request: Request, known: Iterable[str], repeatable: Iterable[str] = ()) -> None:
    """Raises InvalidInput for a parameter nobody knows (OGC 17-069r4 §7.5.1) or given twice."""
    allowed, many, seen = set(known), set(repeatable), set()
    for name, _ in request.query_params.multi_items():
        if name not in allowed | many:
            names = ", ".join(sorted(allowed | many))
            raise InvalidInput(
                f"There is no parameter “{name[:80]}” here; there are: {names}.",
                f"Den Parameter „{name[:80]}“ gibt es hier nicht; es gibt: {names}.",
                code="unknown-parameter",
            )
        if name in seen and name not in many:
            raise InvalidInput(
                f"The parameter {name} stands there more than once.",
                f"Der Parameter {name} steht mehrfach da.",
            )
        seen.add(name)


def to_people(ask: Asked, path: str) -> Response | None:
    """Leads a browser to the page in its language."""
    request = ask.request
    wanted = request.query_params.get("f")
    if wanted != "html" and (wanted or not wants_html(request.headers.get("accept"))):
        return None
    chosen = language(request.headers.get("accept-language"))
    return RedirectResponse(f"/{chosen}{path}", 303, VARY)


def chosen(ask: Asked, formats: Sequence[Format]) -> Format:
    """The format that the parameter f or the Accept header asks for.

    Raises InvalidInput for an unknown f, NotAcceptable for Accept.
    """
    wanted = ask.request.query_params.get("f")
    if wanted is None:
        found = negotiate(ask.request.headers.get("accept"), formats)
        if found is None:
            raise not_acceptable(formats)
        return found
    for each in formats:
        if wanted in each.endings or wanted == each.media_type:
            return each
    names = ", ".join(sorted({ending for each in formats for ending in each.endings} | {"html"}))
    raise InvalidInput(
        f"There is no format “{wanted[:40]}” here; f is one of: {names}.",
        f"Das Format „{wanted[:40]}“ gibt es hier nicht; f ist eines von: {names}.",
    )


def plain(ask: Asked, formats: Sequence[Format] = (JSON,), names: Iterable[str] = ("f",)) -> Format:
    """The format of an answer that knows no parameters besides f, or these."""
    check_names(ask.request, names)
    return chosen(ask, formats)


def answer(
    ask: Asked,
    body: Mapping[str, Any],
    kind: str = JSON.media_type,
    *,
    changed: int | None = None,
    links: Iterable[Link] = (),
) -> Response:
    """A JSON document with validators made from its content, or 304."""
    encoded = json.encode(body)
    tag = etag(kind, encoded)
    headers = {**VARY, "content-language": ask.language, **validators(tag, changed)}
    said = header(links)
    if said:
        headers["link"] = said
    if is_fresh(ask.request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(encoded, headers=headers, media_type=kind)


def with_query(address: str, pairs: Iterable[tuple[str, Any]]) -> str:
    """An address with a query, if there are any pairs."""
    given = list(pairs)
    return f"{address}?{urlencode(given, safe=',:/')}" if given else address
