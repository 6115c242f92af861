# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CKAN's DataStore, read only: datastore_search and datastore_info (CKAN 2.11 API, version 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections
from allmende.core.collections import Collection
from allmende.core.formats import geometry_texts, shape_of
from allmende.core.operations import Parameter, operation
from allmende.core.payload import decode_json, read_form
from allmende.core.problems import Problem
from allmende.core.usage_counting import used
from allmende.errors import InvalidInput, NotFound
from allmende.interfaces.query.conditions import (
    MAX_LIMIT,
    any_value,
    contains,
    equals,
    field_of,
    order,
)
from allmende.model.document import Entity, Field, FieldType
from allmende.model.filter import Array, Call, Filter, IsNull, Property, all_of, any_of
from allmende.model.query import MAX_OFFSET, Query

LIMIT = 100
SEARCH, INFO = "datastore_search", "datastore_info"
TYPES = {
    FieldType.INTEGER: "int",
    FieldType.YEAR: "int",
    FieldType.NUMBER: "numeric",
    FieldType.BOOLEAN: "bool",
    FieldType.DATE: "date",
    FieldType.DATETIME: "timestamp",
    FieldType.TIME: "time",
    FieldType.GEOMETRY: "json",
    FieldType.OBJECT: "json",
}
NAMES = {400: "Validation Error", 401: "Authorization Error", 403: "Authorization Error",
         404: "Not Found Error", 413: "Validation Error", 422: "Validation Error"}  # fmt: skip
CONFLICT = 409  # what CKAN answers to what it cannot validate
TRUE = ("true", "1", "yes", "t", "on")


class Given(msgspec.Struct):
    """The parameters of datastore_search, as CKAN names them."""

    resource_id: str = ""
    id: str = ""
    filters: dict[str, Any] = {}
    q: str | dict[str, str] = ""
    limit: int = LIMIT
    offset: int = 0
    fields: list[str] = []
    sort: str = ""
    include_total: bool = True
    distinct: bool = False
    plain: bool = True
    records_format: str = "objects"


@operation(
    "CKAN DataStore: rows of a collection",
    about="resource_id is the id of a collection. See docs/reference/query.md.",
    tag="CKAN",
    parameters=(
        Parameter("resource_id", "query", "Id of the collection", required=True),
        Parameter("filters", "query", 'JSON object: {"species": "Linde", "year": [1990, 1991]}'),
        Parameter("q", "query", "Words, or a JSON object with a text for each field"),
        Parameter("limit", "query", "1 to 10000; 100 if not given"),
        Parameter("offset", "query", "Rows to pass over"),
        Parameter("fields", "query", "Fields to give, separated by commas"),
        Parameter("sort", "query", "species asc, height desc"),
        Parameter("include_total", "query", "false: without the number of all rows"),
        Parameter("records_format", "query", "objects or lists"),
    ),
    consumes=("application/json", "application/x-www-form-urlencoded"),
    reads=True,
)
async def search(request: Request) -> Response:
    """The action datastore_search."""
    given = await _given(request)
    collection = await _collection(request, given)
    query = _query(given, collection)
    platform, subject = request.app.state.platform, request.state.subject
    page = await collections.page(platform, subject, query)
    names = given.fields or ["_id", *(each.name for each in collection.entity.fields)]
    records = _records(page.rows[: given.limit], collection, names)
    result: dict[str, Any] = {
        "include_total": given.include_total,
        "limit": given.limit,
        "offset": given.offset,
        "records_format": given.records_format,
        "resource_id": collection.id,
        "total_estimation_threshold": None,
        "records": records if given.records_format == "objects" else [
            list(each.values()) for each in records
        ],
        "fields": [_field(name, collection.entity) for name in names],
        "_links": _links(given, collection.id),
    }  # fmt: skip
    if given.include_total:
        result["total"] = await collections.count(platform, subject, query)
        result["total_was_estimated"] = False
    used(request.scope, collection.id, "collection")
    return _answer(request, SEARCH, result)


@operation(
    "CKAN DataStore: the fields of a collection",
    tag="CKAN",
    parameters=(Parameter("id", "query", "Id of the collection", required=True),),
    consumes=("application/json", "application/x-www-form-urlencoded"),
    reads=True,
)
async def info(request: Request) -> Response:
    """The action datastore_info."""
    collection = await _collection(request, await _given(request))
    fields = [
        _field(each.name, collection.entity)
        | {
            "schema": {
                "notnull": each.required,
                "native_type": TYPES.get(each.type, "text"),
                "is_index": each.name in collection.entity.key,
                "uniquekey": collection.entity.key == [each.name],
            },
            "info": {
                "label": next(iter(each.title.values()), each.name),
                "notes": next(iter(each.description.values()), ""),
                "unit": each.unit,
            },
        }
        for each in collection.entity.fields
    ]
    meta = {
        "id": collection.id,
        "count": collection.count,
        "table_type": "BASE TABLE",
        "aliases": [],
    }
    return _answer(request, INFO, {"meta": meta, "fields": fields})


# --- the request ---------------------------------------------------------------------


async def _given(request: Request) -> Given:
    settings = request.app.state.platform.settings
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and kind not in ("application/x-www-form-urlencoded",):
        body = await request.body()
        sent = decode_json(body, settings) if body.strip() else {}
    elif request.method == "POST":
        sent = _texts(await read_form(request, settings))
    else:
        sent = _texts(request.query_params)
    if not isinstance(sent, dict):
        raise InvalidInput("The body is a JSON object.", "Der Rumpf ist ein JSON-Objekt.")
    if isinstance(sent.get("fields"), str):
        sent["fields"] = [part.strip() for part in sent["fields"].split(",") if part.strip()]
    if isinstance(sent.get("q"), str) and sent["q"].lstrip().startswith("{"):
        sent["q"] = decode_json(sent["q"].encode(), settings)
    if isinstance(sent.get("filters"), str):
        sent["filters"] = decode_json(sent["filters"].encode(), settings) if sent["filters"] else {}
    try:
        return msgspec.convert(sent, Given, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"Parameters: {error}.", f"Parameter: {error}.") from error


def _texts(pairs: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: text for name, text in pairs.items() if isinstance(text, str) and text != ""
    }
    for name in ("include_total", "distinct", "plain"):
        if name in found:
            found[name] = found[name].lower() in TRUE
    return found


async def _collection(request: Request, given: Given) -> Collection:
    ident = given.resource_id or given.id
    if not ident:
        raise InvalidInput("resource_id: Missing value", "resource_id: fehlt")
    try:
        return await collections.get(request.app.state.platform, request.state.subject, ident)
    except NotFound as error:
        raise NotFound(
            f"Not found: Resource “{ident[:80]}” was not found.",
            f"Not found: Die Ressource „{ident[:80]}“ gibt es nicht.",
        ) from error


def _query(given: Given, collection: Collection) -> Query:
    entity = collection.entity
    if given.distinct or given.records_format not in ("objects", "lists"):
        raise InvalidInput(
            "distinct is not offered, and records_format is objects or lists.",
            "distinct gibt es nicht, und records_format ist objects oder lists.",
        )
    if not 0 <= given.limit <= MAX_LIMIT or not 0 <= given.offset <= MAX_OFFSET:
        raise InvalidInput(
            f"limit is 0 to {MAX_LIMIT}, offset 0 to {MAX_OFFSET}.",
            f"limit ist 0 bis {MAX_LIMIT}, offset 0 bis {MAX_OFFSET}.",
        )
    for name in given.fields:
        if name != "_id":
            field_of(name, entity)
    words, wanted = _words(given, entity)
    return Query(
        collection=collection.id,
        where=all_of(*_filters(given.filters, entity), *wanted),
        text=words,
        order=order(_sorted(given.sort), entity),
        offset=given.offset,
        limit=max(1, given.limit),
    )


def _filters(filters: Mapping[str, Any], entity: Entity) -> list[Filter]:
    found = []
    for name, wanted in filters.items():
        field = field_of(name, entity)
        values = wanted if isinstance(wanted, list) else [wanted]
        found.append(any_of(*(_equal(field, each) for each in values)))
    return found


def _equal(field: Field, wanted: Any) -> Filter:
    if wanted is None:
        return IsNull(field.name)
    if isinstance(wanted, bool):
        wanted = str(wanted).lower()
    if not isinstance(wanted, str | int | float):
        raise InvalidInput(
            f"filters: {field.name} takes texts, numbers and lists of them.",
            f"filters: {field.name} nimmt Texte, Zahlen und Listen davon.",
        )
    if field.type is FieldType.NUMBER and not isinstance(wanted, str):
        return any_value(field.name, [float(wanted)])
    if field.many:
        return Call("a_contains", (Property(field.name), Array((wanted,))))
    return equals(field, str(wanted))


def _words(given: Given, entity: Entity) -> tuple[str, list[Filter]]:
    """Words for all text fields, or conditions on some."""
    if isinstance(given.q, str):
        return given.q.replace(":*", ""), []
    found = [
        contains(field_of(name, entity), text.replace(":*", ""))
        for name, text in given.q.items()
        if text
    ]
    return "", found


def _sorted(text: str) -> list[str]:
    """`a desc, b` as `-a`, `b`."""
    found = []
    for part in text.split(","):
        name, _, way = part.strip().partition(" ")
        name = name.strip('"')
        if name and name != "_id":
            found.append(f"-{name}" if way.strip().lower().startswith("desc") else name)
    return found


# --- the answer ----------------------------------------------------------------------


def _records(
    rows: list[collections.Row], collection: Collection, names: list[str]
) -> list[dict[str, Any]]:
    placed = collection.entity.geometry
    wanted = placed.name if placed is not None and placed.name in names else ""
    texts = (
        geometry_texts([row.geometry for row in rows], shape_of(collection.id, collection.entity))
        if wanted
        else []
    )
    found = []
    for at, row in enumerate(rows):
        values: dict[str, Any] = {**row.values, "_id": row.fid}
        if wanted:
            values[wanted] = msgspec.Raw(texts[at].encode())
        found.append({name: values.get(name) for name in names})
    return found


def _field(name: str, entity: Entity) -> dict[str, Any]:
    if name == "_id":
        return {"id": "_id", "type": "int"}
    field = entity.find(name)
    kind = TYPES.get(field.type, "text") if field else "text"
    return {"id": name, "type": f"_{kind}" if field and field.many else kind}


def _links(given: Given, ident: str) -> dict[str, str]:
    base: dict[str, Any] = {"resource_id": ident}
    if given.filters:
        base["filters"] = msgspec.json.encode(given.filters).decode()
    if given.q:
        base["q"] = given.q if isinstance(given.q, str) else msgspec.json.encode(given.q).decode()
    if given.fields:
        base["fields"] = ",".join(given.fields)
    if given.sort:
        base["sort"] = given.sort
    base["limit"] = given.limit
    start = f"/api/3/action/{SEARCH}?{urlencode(base)}"
    return {"start": start, "next": f"{start}&offset={given.offset + given.limit}"}


def _answer(request: Request, action: str, result: Mapping[str, Any]) -> Response:
    body = {"help": _help(request, action), "success": True, "result": result}
    headers = {"vary": "Authorization, Cookie"}
    return Response(msgspec.json.encode(body), headers=headers, media_type="application/json")


def failed(request: Request, problem: Problem) -> Response:
    """An error as CKAN's action API says it."""
    action = request.url.path.rpartition("/")[2]
    kind = NAMES.get(problem.status, "Internal Server Error")
    error = {"__type": kind, "message": problem.detail}
    body = {"help": _help(request, action), "success": False, "error": error}
    status = CONFLICT if problem.status in (400, 422) else problem.status
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def _help(request: Request, action: str) -> str:
    base = request.app.state.platform.settings.base_url
    return f"{base}/api/3/action/help_show?{urlencode({'name': action})}"
