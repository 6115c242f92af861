# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which kind of document an answer is: by ending, by `f=`, or by Accept."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from allmende.core.negotiation import (
    Format,
    by_ending,
    language,
    negotiate,
    not_acceptable,
    wants_html,
)
from allmende.model.emit import EMITTERS, Emitter

OFFERS: dict[Format, Emitter] = {
    Format(each.media_type, each.endings): each for each in EMITTERS.values()
}
_PUBLISHED = next(iter(OFFERS.values()))
# What programs say that know a kind only by a general name; endings belong to the first.
OFFERS |= {
    Format("application/json"): _PUBLISHED,
    Format("application/sql"): EMITTERS["postgis"],
    Format("application/openapi+json"): EMITTERS["openapi"],
    Format("text/x-typescript"): EMITTERS["typescript"],
    Format("application/xml"): EMITTERS["ecore"],
}
PRODUCES = tuple(each.media_type for each in EMITTERS.values())
HTML = Format("text/html", ("html",))


def chosen(request: Request, path: str) -> tuple[str, Format, Emitter]:
    """The path without its ending, and what is asked for. Raises NotAcceptable with the list."""
    path, offer = by_ending(path, OFFERS)
    wanted = request.query_params.get("f")
    if offer is None and wanted:
        offer = by_ending(f"x.{wanted}", OFFERS)[1]
        if offer is None:
            raise not_acceptable(OFFERS)
    offer = offer or negotiate(request.headers.get("accept"), tuple(OFFERS))
    if offer is None:
        raise not_acceptable(each for each in OFFERS if each.endings)
    return path, offer, OFFERS[offer]


def to_people(request: Request) -> Response | None:
    """Leads a browser that asks for the bare address, or for .html, to the page."""
    path, page = by_ending(request.url.path, [HTML])
    formal = by_ending(path, OFFERS)[1] is not None or "f" in request.query_params
    browser = wants_html(request.headers.get("accept")) and not formal
    if page is None and not browser:
        return None
    wanted = language(request.headers.get("accept-language"))
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"vary": "Accept, Accept-Language"}
    return RedirectResponse(f"/{wanted}{quote(path)}{query}", 303, headers)


def words_in(request: Request) -> str:
    """The language of the words in a document: `lang`, else by Accept-Language, else English."""
    named = request.query_params.get("lang")
    if named in ("de", "en"):
        return named
    return language(request.headers.get("accept-language"), ("en", "de"))
