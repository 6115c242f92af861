# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Vocabularies as hub-search gives them: lists of ids, and terms with their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from allmende.core.operations import Parameter, operation
from allmende.interfaces.piveau.finding import missing
from allmende.interfaces.piveau.words import known_vocabulary
from allmende.model.vocabulary import Concept, names, vocabulary

TAG = "piveau hub-search"
NAME = Parameter("name", "path", "Id of the vocabulary", {}, True)


def concepts(wanted: Sequence[str]) -> list[dict[str, Any]]:
    """The terms of the vocabularies, of all when none is named."""
    chosen = [name for name in names() if not wanted or name in wanted]
    return [{**term(each), "vocabulary": name} for name in chosen for each in vocabulary(name)]


def term(concept: Concept) -> dict[str, Any]:
    """One term."""
    return {"id": concept.code, "resource": concept.iri, "title": dict(concept.labels)}


def _as_json(body: Any) -> Response:
    from msgspec import json

    return Response(json.encode(body), media_type="application/json")


@operation("The vocabularies", tag=TAG)
async def listing(_request: Request) -> Response:
    """Their ids."""
    return _as_json(list(names()))


@operation("One vocabulary", tag=TAG, parameters=(NAME,))
async def one(request: Request) -> Response:
    """Its terms."""
    found = known_vocabulary(request.path_params["name"])
    terms = [term(each) for each in found]
    return _as_json({"success": True, "result": {"id": found.name, "vocab": terms}})


@operation("A term by its IRI", tag=TAG, parameters=(NAME, Parameter("resource", "query", "IRI")))
async def by_iri(request: Request) -> Response:
    """The term with this IRI or one that means the same."""
    found = known_vocabulary(request.path_params["name"])
    iri = request.query_params.get("resource", "")
    return _term(found.get(iri), iri)


@operation("A term", tag=TAG, parameters=(NAME, Parameter("ident", "path", "Code", {}, True)))
async def by_id(request: Request) -> Response:
    """The term with this code."""
    found = known_vocabulary(request.path_params["name"])
    ident = request.path_params["ident"]
    fitting = (each for each in found if each.code.lower() == ident.lower())
    return _term(next(fitting, None), ident)


def _term(concept: Concept | None, name: str) -> Response:
    if concept is None:
        raise missing(name[:200])
    return _as_json({"success": True, "result": term(concept)})
