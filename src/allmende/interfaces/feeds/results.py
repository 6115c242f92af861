# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Any search of the catalogue as a feed: Atom, RSS or JSON Feed."""

from __future__ import annotations

from urllib.parse import urlencode

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, pages
from allmende.core import search as searching
from allmende.core.catalogue import Record
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.operations import Parameter, operation
from allmende.core.platform import ADDRESS_PARTS, Platform
from allmende.core.search_address import PARAMETERS, known_values, query_of
from allmende.errors import InvalidInput
from allmende.interfaces.feeds.forms import LANG, PRODUCES, FeedForm, form_named, language_of
from allmende.model.catalogue import ResourceKind, local
from allmende.model.feed import Feed, Found, Item
from allmende.model.plain import plain

TAG = "feeds"
ENTRIES = 50
MAX_ENTRIES = 100
MAX_PAGES = 200
MAX_TEXT = 2_000  # characters of a description
_SIZES = (
    Parameter("limit", "query", f"Entries, {ENTRIES} if not given, at most {MAX_ENTRIES}"),
    Parameter("page", "query", "Number of the page, from 1"),
)


@operation(
    "A search as a feed",
    about="What was changed last stands first, unless sort says otherwise.",
    tag=TAG,
    parameters=(LANG, *PARAMETERS, *_SIZES),
    produces=PRODUCES,
)
async def datasets(request: Request) -> Response:
    """The addresses /feeds/de/datasets.atom, .rss and .json; the parameters of /datasets."""
    form, language = form_named(request.path_params["ending"]), language_of(request)
    platform, subject = request.app.state.platform, request.state.subject
    limit, page = (
        _number(request, "limit", ENTRIES, MAX_ENTRIES),
        _number(request, "page", 1, MAX_PAGES),
    )
    given = request.query_params
    known_values(given)
    query = query_of(given, limit=limit, offset=(page - 1) * limit, language=language)
    query = structs.replace(query, counted=())
    if not given.get("sort"):
        query = structs.replace(query, sort="updated")
    state = await pages.state_of(platform)
    tag = etag(state.sequence, form.ending, language, repr(query), pages.policy_key(subject))
    headers = {"vary": "Authorization, Cookie", **validators(tag, state.at)}
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    found = await searching.search(platform, subject, query, asked=False)
    more = found.total > page * limit and page < MAX_PAGES
    feed = Feed(
        address=address_of(request),
        title=_title(platform, query.text),
        language=language,
        home=_home(request, language),
        author=platform.settings.site_name,
        items=[item(platform, each, language) for each in found.records],
        next=_next(request, page + 1) if more else "",
        icon=f"{platform.settings.base_url}/favicon.ico",
        found=Found(found.total, query.offset + 1, limit),
    )
    return answer(form, feed, headers)


def answer(form: FeedForm, feed: Feed, headers: dict[str, str]) -> Response:
    """The feed in the form."""
    return Response(form.write(feed), headers=headers, media_type=form.content_type)


def item(platform: Platform, record: Record, language: str) -> Item:
    """A record as an entry."""
    resource = record.resource
    publisher, address = resource.publisher, catalogue.address(platform, record)
    words = resource.keyword.get(language) or next(iter(resource.keyword.values()), [])
    return Item(
        ident=address,
        title=local(resource.title, language) or record.id,
        text=plain(local(resource.description, language))[:MAX_TEXT],
        link=page_address(platform, record.kind, record.id, language),
        updated=record.updated,
        published=record.created,
        author=local(publisher.name, language) if publisher else "",
        words=tuple(words[:20]),
        data=(("text/turtle", f"{address}.ttl"), ("application/json", f"{address}.json")),
    )


def page_address(platform: Platform, kind: ResourceKind, ident: str, language: str) -> str:
    """The page for people in the language."""
    return f"{platform.settings.base_url}/{language}/{ADDRESS_PARTS[kind]}/{ident}"


def address_of(request: Request) -> str:
    """The public address of this very answer."""
    base: str = request.app.state.platform.settings.base_url
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{base}{request.url.path}{query}"


def _title(platform: Platform, text: str) -> str:
    name = platform.settings.site_name
    return f"{name}: {text}" if text else name


def _pairs(request: Request) -> list[tuple[str, str]]:
    return [each for each in request.query_params.multi_items() if each[0] not in ("page", "limit")]


def _home(request: Request, language: str) -> str:
    """The page with the same search for people."""
    base = f"{request.app.state.platform.settings.base_url}/{language}/datasets"
    pairs = _pairs(request)
    return f"{base}?{urlencode(pairs)}" if pairs else base


def _next(request: Request, page: int) -> str:
    pairs = [each for each in request.query_params.multi_items() if each[0] != "page"]
    base: str = request.app.state.platform.settings.base_url
    return f"{base}{request.url.path}?{urlencode([*pairs, ('page', str(page))])}"


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= most):
        raise InvalidInput(
            f"{name} has to be a number from 1 to {most}.",
            f"{name} muss eine Zahl von 1 bis {most} sein.",
        )
    return int(text)
