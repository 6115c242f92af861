# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The past of a feature, and what changed in a collection since the client looked last."""

from __future__ import annotations

from typing import Any

from msgspec import Raw
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections, formats
from allmende.core.collections import Collection, RowRevision
from allmende.core.operations import Parameter, operation
from allmende.errors import InvalidInput
from allmende.interfaces.ogcapi import moments
from allmende.interfaces.ogcapi.common import (
    JSON,
    answer,
    asked,
    check_names,
    chosen,
    link,
    plain,
    with_query,
)
from allmende.interfaces.ogcapi.describing import ID
from allmende.interfaces.ogcapi.single import ROW

LIMIT = 1_000
MAX_LIMIT = 10_000


@operation(
    "All states of a feature",
    about="Newest first; a state holds from `since` to `until` (null: still).",
    tag="OGC API",
    parameters=(ID, ROW),
)
async def history(request: Request) -> Response:
    """The address /ogc/collections/{id}/items/{row}/history."""
    ask = asked(request)
    plain(ask)
    ident, row_id = request.path_params["id"], request.path_params["row"]
    collection = await collections.get(ask.platform, ask.subject, ident)
    states = await collections.history(ask.platform, ask.subject, ident, row_id)
    here = ask.at("collections", ident, "items", row_id)
    body = {
        "links": [link(f"{here}/history", "self", JSON.media_type), link(here, "latest-version")],
        "states": [_state(collection, row_id, each) for each in states],
    }
    return answer(ask, body)


def _state(collection: Collection, row_id: str, state: RowRevision) -> dict[str, Any]:
    shape = formats.shape_of(collection.id, collection.entity)
    place = formats.geometry_texts([state.geometry], shape)[0]
    feature = {
        "type": "Feature",
        "id": row_id,
        "geometry": Raw(place.encode()),
        "properties": {name: state.values.get(name) for name in shape.names},
    }
    found = {
        "revision": state.number,
        "since": moments.said(state.since),
        "until": moments.said(state.until) if state.until is not None else None,
        "deleted": state.deleted,
        "source": state.source,
        "feature": feature,
    }
    named = {"actor": state.actor, "reason": state.reason}
    return found | {name: value for name, value in named.items() if value}


@operation(
    "What changed in a collection",
    about="Oldest first, each feature once with what happened to it last. Ask again with the "
    "link next to hear of what comes after.",
    tag="OGC API",
    parameters=(
        ID,
        Parameter("after", "query", "The mark of the answer before; empty from the beginning"),
        Parameter("limit", "query", f"1 to {MAX_LIMIT}; {LIMIT} if not given"),
    ),
)
async def changes(request: Request) -> Response:
    """The address /ogc/collections/{id}/changes."""
    ask, ident = asked(request), request.path_params["id"]
    check_names(request, ("f", "after", "limit"))
    chosen(ask, (JSON,))
    limit = _limit(request.query_params.get("limit"))
    after = request.query_params.get("after", "")
    found, mark = await collections.changes(ask.platform, ask.subject, ident, after, limit)
    here = ask.at("collections", ident, "changes")
    pairs: list[tuple[str, Any]] = [("after", mark), ("limit", limit)]
    body = {
        "links": [
            link(with_query(here, request.query_params.multi_items()), "self", JSON.media_type),
            link(with_query(here, pairs), "next", JSON.media_type),
        ],
        "mark": mark,
        "more": len(found) == limit,
        "changes": [
            {
                "id": each.id,
                "action": each.action,
                "at": moments.said(each.at),
                "href": ask.at("collections", ident, "items", each.id),
            }
            for each in found
        ],
    }
    return answer(ask, body)


def _limit(text: str | None) -> int:
    if text is None:
        return LIMIT
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise InvalidInput("limit has to be a number from 1.", "limit muss eine Zahl ab 1 sein.")
    return min(int(text), MAX_LIMIT)
