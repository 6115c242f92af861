# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""/search and /scroll: one question to the catalogue, answered as hub-search does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import accounts, originals, pages
from allmende.core import search as searching
from allmende.core.catalogue import Record
from allmende.core.operations import Parameter, operation
from allmende.core.search import SearchQuery, SearchResult, Sort
from allmende.errors import InvalidInput
from allmende.interfaces.piveau.finding import who
from allmende.interfaces.piveau.search import facets
from allmende.interfaces.piveau.search.asked import Asked, asked_of, from_token, token
from allmende.interfaces.piveau.search.documents import document, narrowed
from allmende.interfaces.piveau.search.terms import concepts
from allmende.model.catalogue import ResourceKind, Text
from allmende.model.filter import Compare, Filter, In, Nothing, all_of
from allmende.policy import EVERY_ORGANISATION, Action, roles_for

TAG = "piveau hub-search"
KINDS = {
    "dataset": ResourceKind.DATASET,
    "catalogue": ResourceKind.CATALOG,
    "dataservice": ResourceKind.SERVICE,
    "datasetseries": ResourceKind.SERIES,
    "series": ResourceKind.SERIES,
}
_SORTS = ("relevance", "modified", "issued", "title")
_RIGHTS = {"edit": Action.WRITE, "publish": Action.RELEASE, "delete": Action.RELEASE}
_PARAMETERS = tuple(
    Parameter(name, "query", about)
    for name, about in (
        ("q", "Words; in quotes they follow each other, a minus excludes"),
        ("filters", "dataset, catalogue, dataservice, datasetseries, vocabulary, organization"),
        ("facets", 'JSON: {"catalog": ["demo"], "categories": ["envi"]}'),
        ("facetOperator", "AND or OR (default) between values of a facet"),
        ("facetGroupOperator", "AND (default) or OR between facets"),
        ("page", "Number of the page, from 0"),
        ("limit", "Results per page, 10 if not given, at most 1000"),
        ("sort", "relevance, modified, issued or title, with +asc or +desc"),
        ("bboxMinLon", "West in degrees; with bboxMinLat, bboxMaxLon, bboxMaxLat"),
        ("minDate", "Date; with maxDate and dateType issued, modified (default) or temporal"),
        ("includes", "The fields of the results, with commas"),
        ("countOnly", "true: only the number"),
        ("scroll", "true: with a scroll id for the next part"),
        ("searchAfter", "true: with pitId and searchAfterSort for the next part"),
    )
)


@operation("Search the hub", tag=TAG, parameters=_PARAMETERS)
async def search(request: Request) -> Response:
    """The address /search by GET."""
    return await _answer(request, await asked_of(request))


@operation("Search the hub", tag=TAG, consumes=("application/json",), reads=True)
async def search_post(request: Request) -> Response:
    """The address /search by POST."""
    return await _answer(request, await asked_of(request))


@operation("The next part of a search", tag=TAG, parameters=(Parameter("scrollId", "query", "Id"),))
async def scroll(request: Request) -> Response:
    """The address /scroll."""
    asked = from_token(request.query_params.get("scrollId", ""))
    return as_json({"result": await _result(request, asked, scrolling=True)})


def as_json(body: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(json.encode(body), status, media_type="application/json")


async def _answer(request: Request, asked: Asked) -> Response:
    if asked.pit_id and asked.search_after_sort:
        asked = from_token(asked.pit_id)
        asked.search_after = True
    return as_json({"result": await _result(request, asked, scrolling=asked.scroll)})


async def _result(request: Request, asked: Asked, *, scrolling: bool) -> dict[str, Any]:
    others = [each for each in asked.types if each in ("vocabulary", "organization")]
    if others and not any(each in KINDS for each in asked.types):
        return await _words(request, asked, others)
    found = await records_for(request, asked)
    body: dict[str, Any] = {"index": ",".join(asked.types), "count": found.total}
    if asked.count_only:
        return body
    titles = await catalogue_titles(request, found)
    wanted = _aggregated(asked)
    if wanted:
        body["facets"] = facets.counted(found, wanted, titles)
    told = _documents(request, asked, found)
    body["results"] = [narrowed(each, asked.includes) for each in told]
    if found.suggestions:
        body["suggestions"] = found.suggestions
    following = token(asked, asked.start + asked.limit)
    if scrolling:
        body["scrollId"] = following
    if asked.search_after:
        body["pitId"] = following
        body["searchAfterSort"] = [str(asked.start + len(found.records))]
    return body


def _documents(request: Request, asked: Asked, found: SearchResult) -> Iterable[dict[str, Any]]:
    platform = request.app.state.platform
    for record in found.records:
        told = document(platform, record)
        if asked.filter_distributions and "distributions" in told:
            told["distributions"] = facets.fitting(told["distributions"], asked.facets)
        yield told


async def records_for(request: Request, asked: Asked) -> SearchResult:
    """The records a search finds, with what is counted. Raises InvalidInput."""
    platform, subject = who(request)
    kinds = tuple(dict.fromkeys(KINDS[each] for each in asked.types if each in KINDS))
    sort, backwards = order(asked)
    box = asked.search_params.bounding_box
    temporal = asked.date_type == "temporal"
    free = asked.global_aggregation and asked.facet_group_operator == "AND"
    chosen = facets.chosen(asked.facets, await _children(request, asked))
    text = asked.q.strip()
    query = SearchQuery(
        text="" if asked.autocomplete or text == "*" else text,
        kinds=kinds,
        facets=chosen if free else {},
        all_values=frozenset(chosen if free and asked.facet_operator == "AND" else ()),
        where=await _where(request, asked, none=not kinds),
        bbox=(box.min_lon, box.min_lat, box.max_lon, box.max_lat) if box else None,
        start=_day(asked.search_params.min_date) if temporal else None,
        end=_day(asked.search_params.max_date) if temporal else None,
        sort=sort,
        backwards=backwards,
        limit=0 if asked.count_only else asked.limit,
        offset=asked.start,
        counted=tuple(facets.FACETS[name][0] for name in _aggregated(asked)),
        language=platform.settings.language,
    )
    return await searching.search(platform, subject, query)


def _aggregated(asked: Asked) -> list[str]:
    """The facets that are counted."""
    if not asked.aggregation or asked.count_only:
        return []
    if asked.aggregation_all_fields and not asked.aggregation_fields:
        return list(facets.FACETS)
    return list(dict.fromkeys(facets.known(name) for name in asked.aggregation_fields))


def order(asked: Asked) -> tuple[Sort, bool]:
    """Field and whether it is turned round; by relevance for words, else the newest first."""
    given = asked.sort[0] if asked.sort else ""
    name, _, direction = given.replace(" ", "+").partition("+")
    name = name.rpartition("catalog_record.")[2].partition(".")[0]
    name = name or ("relevance" if asked.q.strip() else "modified")
    if name not in _SORTS or direction not in ("", "asc", "desc"):
        raise InvalidInput(
            f"sort is one of {', '.join(_SORTS)} with +asc or +desc.",
            f"sort ist eines von {', '.join(_SORTS)} mit +asc oder +desc.",
        )
    ascending = direction == "asc"
    backwards = not ascending if name == "title" else ascending
    if name == "title" and not direction:
        backwards = True  # a hub's default is descending
    return cast(Sort, name), backwards and name != "relevance"


async def _where(request: Request, asked: Asked, *, none: bool) -> Filter:
    platform, subject = who(request)
    if none or asked.country_data:
        return Nothing()
    parts: list[Filter] = [originals.CURRENT]
    free = asked.global_aggregation and asked.facet_group_operator == "AND"
    chosen = facets.condition(
        facets.flags(asked.facets) if free else asked.facets,
        asked.facet_operator,
        asked.facet_group_operator,
        await _children(request, asked),
    )
    parts += [chosen] if chosen is not None else []
    if asked.autocomplete:
        titles = await searching.complete(platform, subject, asked.q, asked.limit)
        parts.append(In("title", tuple(titles)) if titles else Nothing())
    if asked.date_type != "temporal":
        parts += _between(asked)
    services = {str(each).lower() for each in asked.facets.get("dataServices", ())}
    if asked.data_services or "true" in services:
        idents = await originals.with_services(platform, subject)
        parts.append(In("id", tuple(idents)) if idents else Nothing())
    permissions = [each for each in asked.access_control_permissions if each in _RIGHTS]
    if permissions and "view" not in asked.access_control_permissions:
        roles = {role for each in permissions for role in roles_for(_RIGHTS[each])}
        own = subject.organisations(*roles)
        if EVERY_ORGANISATION not in own:
            parts.append(In("organisation", own) if own else Nothing())
    parts += scored(asked)
    return all_of(*parts)


def _between(asked: Asked) -> list[Filter]:
    """The dates as conditions; the last day belongs to the range."""
    start, end = _day(asked.search_params.min_date), _day(asked.search_params.max_date)
    parts: list[Filter] = []
    if start:
        parts.append(Compare(asked.date_type, ">=", start))
    if end:
        parts.append(Compare(asked.date_type, "<=", end))
    return parts


def _day(given: str | None) -> str | None:
    """The day of a date-time. Raises InvalidInput."""
    if not given:
        return None
    from datetime import date

    try:
        return date.fromisoformat(given[:10]).isoformat()
    except ValueError as error:
        raise InvalidInput(
            f"“{given[:30]}” is no date; write 2026-05-31 or 2026-05-31T00:00:00Z.",
            f"„{given[:30]}“ ist kein Datum; bitte 2026-05-31 oder 2026-05-31T00:00:00Z schreiben.",
        ) from error


def scored(asked: Asked) -> list[Filter]:
    """The range of quality points as a condition."""
    found: list[Filter] = []
    if asked.min_scoring is not None:
        found.append(Compare("points", ">=", asked.min_scoring))
    if asked.max_scoring is not None:
        found.append(Compare("points", "<=", asked.max_scoring))
    return found


async def _children(request: Request, asked: Asked) -> dict[str, list[str]]:
    """Organisations below each one, when they are asked for as well."""
    if not asked.include_children:
        return {}
    platform, subject = who(request)
    every = await accounts.organisations(platform, subject)
    above = {each.id: each.parent for each in every}
    found: dict[str, list[str]] = {}
    for each in above:
        parent, seen = above[each], {each}
        while parent and parent not in seen:
            found.setdefault(parent, []).append(each)
            seen.add(parent)
            parent = above.get(parent)
    return found


async def catalogue_titles(request: Request, found: SearchResult) -> dict[str, Text]:
    """The titles of the catalogues that are counted."""
    platform, subject = who(request)
    idents = [each.value for each in found.facets.get("catalogue", ())]
    named: dict[str, Record] = await pages.catalogues_of(platform, subject, idents)
    return {ident: record.resource.title for ident, record in named.items()}


async def _words(request: Request, asked: Asked, types: list[str]) -> dict[str, Any]:
    """Concepts of vocabularies and organisations whose names contain the words."""
    platform, subject = who(request)
    wanted = asked.q.strip().casefold().strip("*")
    found: list[dict[str, Any]] = concepts(asked.vocabulary) if "vocabulary" in types else []
    if "organization" in types:
        every = await accounts.organisations(platform, subject)
        found += [{"id": each.id, "title": each.name} for each in every]
    fitting = [
        each
        for each in found
        if any(wanted in str(text).casefold() for text in (each["id"], *each["title"].values()))
    ]
    part = fitting[asked.start : asked.start + asked.limit]
    return {"index": ",".join(types), "count": len(fitting), "facets": [], "results": part}
