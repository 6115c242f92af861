# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""oEmbed 1.0: what another site puts into its page for the address of a dataset."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue
from allmende.core.negotiation import language
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.errors import InvalidInput, NotFound
from allmende.model.catalogue import ResourceKind, local
from allmende.model.embed import HEIGHT, LEAST_HEIGHT, LEAST_WIDTH, WIDTH, frame
from allmende.model.feed import XML, clean
from allmende.model.plain import line
from allmende.policy import ANONYMOUS

TAG = "feeds"
CACHE_AGE = 3_600  # seconds
_PATH = re.compile(r"(?:/(de|en))?/datasets/([^/]+)/?\Z")
_MOST = 10_000  # pixels


@operation(
    "What to put into a page for a dataset (oEmbed)",
    tag=TAG,
    parameters=(
        Parameter("url", "query", "Address of a dataset or of its page here", required=True),
        Parameter("format", "query", "json (if not given) or xml"),
        Parameter("maxwidth", "query", "Most pixels across"),
        Parameter("maxheight", "query", "Most pixels down"),
    ),
    produces=("application/json", "text/xml"),
)
async def oembed(request: Request) -> Response:
    """The address /oembed; only of what everybody may see."""
    given = request.query_params
    form = given.get("format", "json")
    if form not in ("json", "xml"):
        return Response("format is json or xml.\n", 501, media_type="text/plain")
    platform = request.app.state.platform
    tongue, ident = _named(platform, given.get("url", ""), request.headers.get("accept-language"))
    record = await catalogue.get(platform, ANONYMOUS, ResourceKind.DATASET, ident)
    width = _size(given.get("maxwidth"), "maxwidth", WIDTH, LEAST_WIDTH)
    height = _size(given.get("maxheight"), "maxheight", HEIGHT, LEAST_HEIGHT)
    title = line(local(record.resource.title, tongue)) or record.id
    publisher = record.resource.publisher
    base = platform.settings.base_url
    said: dict[str, Any] = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "author_name": line(local(publisher.name, tongue)) if publisher else "",
        "provider_name": platform.settings.site_name,
        "provider_url": base,
        "cache_age": CACHE_AGE,
        "width": width,
        "height": height,
        "html": frame(base, tongue, record.id, title, width, height),
    }
    said = {name: value for name, value in said.items() if value}
    headers = {"vary": "Accept-Language", "cache-control": f"public, max-age={CACHE_AGE}"}
    if form == "json":
        return Response(json.encode(said), headers=headers, media_type="application/json")
    parts = "".join(f"<{name}>{clean(str(value))}</{name}>\n" for name, value in said.items())
    return Response(f"{XML}<oembed>\n{parts}</oembed>\n", headers=headers, media_type="text/xml")


def _named(platform: Platform, url: str, accepted: str | None) -> tuple[str, str]:
    """Language and id of the dataset an address names. Raises NotFound for another one."""
    base = platform.settings.base_url
    try:
        path = urlsplit(url).path if url.startswith(f"{base}/") else ""
    except ValueError:
        path = ""
    path = path.removeprefix(urlsplit(base).path)
    found = _PATH.match(path)
    if found is None:
        raise NotFound(
            f"Only addresses of datasets can be embedded, such as {base}/datasets/trees.",
            f"Einbetten lassen sich nur Adressen von Datensätzen, etwa {base}/datasets/trees.",
            code="no-such-page",
        )
    return found[1] or language(accepted), unquote(found[2])


def _size(text: str | None, name: str, usual: int, least: int) -> int:
    if text is None:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) <= _MOST):
        raise InvalidInput(
            f"{name} is a number of pixels.", f"{name} ist eine Zahl von Bildpunkten."
        )
    return max(min(int(text), usual), least)
