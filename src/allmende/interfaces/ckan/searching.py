# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Actions that find packages: package_search and the lists."""

from __future__ import annotations

from typing import Any, cast

from allmende.core import accounts, aliases, search
from allmende.core.search import SearchQuery, SearchResult
from allmende.errors import InvalidInput
from allmende.interfaces.ckan import solr
from allmende.interfaces.ckan.actions import action
from allmende.interfaces.ckan.call import Call
from allmende.interfaces.ckan.licences import licence_id, theme_name
from allmende.interfaces.ckan.package import View, package_of, view_of
from allmende.interfaces.ckan.refusals import Refused, SearchRefused, missing
from allmende.interfaces.ckan.terms import (
    DATASETS,
    FACETS,
    PUBLIC,
    STATES,
    escaped,
    like,
    meaning,
)
from allmende.model import uuids
from allmende.model.catalogue import ResourceKind, local
from allmende.model.filter import Compare, Filter, In, Like, all_of, any_of
from allmende.model.vocabulary import vocabulary
from allmende.policy import Level, Status

ROWS, MOST_ROWS = 10, 1_000
MOST_FACETS = 1_000  # values of one facet
MOST_START = 10_000_000
LIST_LIMIT = 100_000  # names of package_list
WEST_EAST, SOUTH_NORTH = 180.0, 90.0

SORTS: dict[str, tuple[str, bool]] = {
    "score": ("relevance", False),
    "relevance": ("relevance", False),
    "metadata_modified": ("updated", True),
    "metadata_created": ("created", True),
    "name": ("id", False),
    "id": ("id", False),
    "title": ("title", False),
    "title_string": ("title", False),
    "issued": ("issued", True),
    "modified": ("modified", True),
    "views_recent": ("updated", True),
    "views_total": ("updated", True),
}
"""Our order by CKAN's name of a field, and whether it begins with the newest by itself."""

PARAMETERS = frozenset(
    {"q", "fq", "fq_list", "sort", "rows", "start", "facet", "facet.mincount", "facet.limit",
     "facet.field", "include_drafts", "include_private", "include_deleted", "use_default_schema",
     "extras", "defType", "qf", "mm", "tie", "fl", "bf", "boost", "df", "q.op", "group", "bbox"}
)  # fmt: skip


async def viewed(call: Call) -> View:
    """The view packages are shown with."""
    return view_of(call.platform, await accounts.organisations(call.platform, call.subject))


@action()
async def package_search(call: Call) -> dict[str, Any]:
    """Datasets that answer a query, with counts of facets.

    q and fq in Solr's syntax, sort, rows (10, at most 1000), start, facet.field, facet.limit,
    facet.mincount, include_private, include_drafts, include_deleted, ext_bbox.
    """
    view = await viewed(call)
    query, asked = _query(call, view)
    try:
        result = await search.search(call.platform, call.subject, query)
    except InvalidInput as error:  # too long, too many conditions
        raise SearchRefused(error.text["en"], error.text["de"]) from error
    counted = {name: _counts(call, name, result, view) for name in asked}
    return {
        "count": result.total,
        "sort": call.text("sort") or "score desc, metadata_modified desc",
        "results": [package_of(record, view) for record in result.records],
        "facets": {name: {n: c for n, _, c in found} for name, found in counted.items()},
        "search_facets": {
            name: {
                "title": name,
                "items": [{"name": n, "display_name": d, "count": c} for n, d, c in found],
            }
            for name, found in counted.items()
        },
    }


def _query(call: Call, view: View) -> tuple[SearchQuery, list[str]]:
    unknown = [name for name in call.data if name not in PARAMETERS and not name.startswith("ext_")]
    if unknown:
        raise SearchRefused(f"Invalid search parameters: {unknown[:10]}")
    text, where = _conditions(call, view)
    sort, backwards = _order(call.text("sort"), text)
    asked = call.listed("facet.field") if call.flag("facet", True) else []
    counted = dict.fromkeys(FACETS[name] for name in asked if name in FACETS)
    query = SearchQuery(
        text=text,
        kinds=(ResourceKind.DATASET,),
        where=where,
        bbox=_box(call),
        sort=cast(Any, sort),
        backwards=backwards,
        limit=call.whole("rows", ROWS, MOST_ROWS),
        offset=call.whole("start", 0, MOST_START),
        language=view.language,
        counted=tuple(counted),
        facet_limit=_facet_limit(call),
    )
    return query, asked


def _conditions(call: Call, view: View) -> tuple[str, Filter]:
    """The words to look for, and everything else as one condition."""
    mean = meaning(list(view.organisations))
    parts = [visible(call)]
    text = call.text("q").strip()
    try:
        if not solr.is_plain(text):
            parts.append(solr.parse(text, mean))
            text = ""
        filters = [*call.listed("fq_list"), *call.listed("fq")]
        parts += [solr.parse(each, mean) for each in filters]
    except (SearchRefused, Refused):
        raise
    except InvalidInput as error:
        raise SearchRefused(error.text["en"], error.text["de"]) from error
    return text.replace("*", " ").strip(), all_of(*parts)


def visible(call: Call) -> Filter:
    """What CKAN shows unless asked for more: published and open to everybody."""
    parts: list[Filter] = []
    states = [Status.PUBLISHED]
    if call.flag("include_drafts"):
        states.append(Status.DRAFT)
    if call.flag("include_deleted"):
        states.append(Status.ARCHIVED)
    if len(states) < len(STATES):
        parts.append(In("status", tuple(states)))
    if not call.flag("include_private"):
        parts.append(Compare("metadata_access", "=", Level.OPEN))
    return all_of(*parts)


def _order(sort: str, text: str) -> tuple[str, bool]:
    """The first order named that we know; ties are in the order of creation."""
    for part in sort.split(","):
        name, _, way = part.strip().partition(" ")
        if way.strip().lower() not in ("", "asc", "desc"):
            raise SearchRefused('Invalid "sort" parameter: the order is asc or desc')
        if name in SORTS and (text or SORTS[name][0] != "relevance"):
            found, newest_first = SORTS[name]
            downwards = way.strip().lower() == "desc"
            return found, downwards != newest_first and found != "relevance"
    return "relevance" if text else "updated", False


def _facet_limit(call: Call) -> int:
    if str(call.data.get("facet.limit", "")).strip() == "-1":
        return MOST_FACETS
    return call.whole("facet.limit", 50, MOST_FACETS)


def _box(call: Call) -> tuple[float, float, float, float] | None:
    """`ext_bbox` as ckanext-spatial names it: west, south, east, north in degrees."""
    more = call.data.get("extras")
    within = more.get("ext_bbox") if isinstance(more, dict) else None
    given = call.data.get("ext_bbox") or call.data.get("bbox") or within
    if not given:
        return None
    try:
        numbers = given.split(",") if isinstance(given, str) else given
        west, south, east, north = (float(each) for each in numbers)
    except (TypeError, ValueError, AttributeError) as error:
        raise SearchRefused("ext_bbox is west,south,east,north in degrees") from error
    inside = abs(west) <= WEST_EAST and abs(east) <= WEST_EAST
    if not (inside and -SOUTH_NORTH <= south <= north <= SOUTH_NORTH):
        raise SearchRefused("ext_bbox is west,south,east,north in degrees")
    return west, south, east, north


def _counts(call: Call, name: str, result: SearchResult, view: View) -> list[tuple[str, str, int]]:
    """Name, title and number of the values of a facet; empty for one nobody has filled."""
    least = call.whole("facet.mincount", 1)
    found = result.facets.get(FACETS.get(name, ""), [])
    named = (_named(name, each.value, view) for each in found if each.count >= least)
    counts = [each.count for each in found if each.count >= least]
    return [(*pair, number) for pair, number in zip(named, counts, strict=True)]


def _named(name: str, value: str, view: View) -> tuple[str, str]:
    if name in ("organization", "owner_org"):
        known = view.organisations.get(value)
        shown = uuids.named("organisation", value) if name == "owner_org" else value
        return shown, local(known.name, view.language) if known else value
    if name == "groups":
        return theme_name(value) or value, vocabulary("data-theme").label(value, view.language)
    if name in ("license_id", "license"):
        return licence_id(value), vocabulary("licence").label(value, view.language)
    return value, value


# --- lists -----------------------------------------------------------------------------


@action()
async def package_list(call: Call) -> list[str]:
    """Names of all public datasets; limit and offset."""
    limit = call.whole("limit", LIST_LIMIT, LIST_LIMIT)
    where = all_of(PUBLIC, DATASETS)
    offset = call.whole("offset", 0, MOST_START)
    return await aliases.ids(call.platform, call.subject, where, limit, offset)


@action()
async def current_package_list_with_resources(call: Call) -> list[dict[str, Any]]:
    """Public datasets, the last changed first; limit (10, at most 1000), offset or page."""
    limit = call.whole("limit", ROWS, MOST_ROWS)
    page = call.whole("page", 1, MOST_START)
    offset = call.whole("offset", max(0, page - 1) * limit, MOST_START)
    view = await viewed(call)
    query = SearchQuery(
        kinds=(ResourceKind.DATASET,),
        where=PUBLIC,
        sort="updated",
        limit=limit,
        offset=offset,
        counted=(),
    )
    result = await search.search(call.platform, call.subject, query)
    return [package_of(record, view) for record in result.records]


@action()
async def package_autocomplete(call: Call) -> list[dict[str, str]]:
    """Datasets whose title or name contains q: name, title; limit (10, at most 100)."""
    typed = (call.text("q") or call.text("incomplete")).strip()
    if not typed:
        raise missing("q")
    pattern = f"%{like(escaped(typed[:200]))}%"
    query = SearchQuery(
        kinds=(ResourceKind.DATASET,),
        where=all_of(PUBLIC, any_of(Like("title", pattern), Like("id", pattern.lower()))),
        sort="title",
        limit=call.whole("limit", ROWS, 100),
        counted=(),
    )
    view = await viewed(call)
    result = await search.search(call.platform, call.subject, query)
    found = [package_of(record, view) for record in result.records]
    return [
        {
            "name": each["name"],
            "title": each["title"],
            "match_field": "title",
            "match_displayed": f"{each['title']} ({each['name']})",
        }
        for each in found
    ]


@action()
async def resource_search(call: Call) -> dict[str, Any]:
    """Resources by name, description or format: query is field:value, or a list of them.

    order_by, offset and limit are read. Looks among the 1000 datasets that fit best.
    """
    wanted = [_pair(each) for each in call.listed("query")]
    if not wanted:
        raise missing("query")
    view = await viewed(call)
    formats = tuple(text.upper() for name, text in wanted if name == "format")
    words = " ".join(text for name, text in wanted if name != "format")
    query = SearchQuery(
        text=words,
        kinds=(ResourceKind.DATASET,),
        where=all_of(PUBLIC, *(Compare("format", "=", each) for each in formats)),
        limit=MOST_ROWS,
        counted=(),
    )
    result = await search.search(call.platform, call.subject, query)
    found = [
        each
        for record in result.records
        for each in package_of(record, view)["resources"]
        if all(text.lower() in str(each.get(name) or "").lower() for name, text in wanted)
    ]
    order = call.text("order_by")
    if order in ("id", "name", "format", "url", "description", "created"):
        found.sort(key=lambda each: str(each.get(order) or ""))
    start = call.whole("offset", 0)
    return {"count": len(found), "results": found[start:][: call.whole("limit", MOST_ROWS)]}


def _pair(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise Refused(query="Must be <field>:<value> pair(s)")
    if name not in ("name", "description", "format"):
        raise Refused(query=f'Field "{name[:40]}" not recognised in resource_search.')
    return name, value.strip()


@action()
async def format_autocomplete(call: Call) -> list[str]:
    """Formats of resources that begin so, in small letters; limit (5, at most 100)."""
    typed = call.needed("q").upper()
    where = all_of(PUBLIC, DATASETS)
    found = await search.values(call.platform, call.subject, "format", where)
    fitting = sorted(
        (each for each in found if typed in each), key=lambda each: (-found[each], each)
    )
    return [each.lower() for each in fitting[: call.whole("limit", 5, 100)]]
