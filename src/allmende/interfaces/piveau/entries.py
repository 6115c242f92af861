# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is known about a record: its entry, its revisions and what differs between them.

All of it obeys the rights of whoever asks and works with every role.
"""

from itertools import pairwise

import pyoxigraph
from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, pages
from allmende.core.catalogue import Record, Revision
from allmende.core.operations import Parameter, operation
from allmende.core.scoring_graph import graph
from allmende.interfaces.piveau import graphs
from allmende.interfaces.piveau.asking import DATASETS, MEMBERS, number
from allmende.interfaces.piveau.finding import missing, record_of, who
from allmende.interfaces.piveau.lists import TAG
from allmende.interfaces.piveau.single import NAME
from allmende.interfaces.piveau.syntax import MEDIA_TYPES, answer, format_of, named
from allmende.model.rdf import Statement, serialise, statements, to_oxigraph

REVISION = Parameter("revision", "path", "{id}~{number}, as hub-search lists them", {}, True)
NUMBERS = (
    Parameter("revisionNumber1", "query", "The older revision; the one before if not given"),
    Parameter("revisionNumber2", "query", "The newer revision; the newest if not given"),
)
NAMED_GRAPHS = frozenset({"application/trig", "application/n-quads", "application/ld+json"})
MOST = 10**9


@operation("The catalogue record of a resource", tag=TAG, parameters=(NAME,), produces=MEDIA_TYPES)
async def record(request: Request) -> Response:
    """The dcat:CatalogRecord: since when the resource is here, and under which id it came."""
    platform, _ = who(request)
    found = await record_of(request, named(request, "ident"), MEMBERS)
    return await answer(request, graphs.entry(platform, found))


@operation(
    "The quality of a dataset",
    about="W3C DQV with the metrics of data.europa.eu and pv:scoring, the sum.",
    tag=TAG,
    parameters=(NAME, Parameter("historic", "query", "true: the points of earlier days as well")),
    produces=MEDIA_TYPES,
)
async def metrics(request: Request) -> Response:
    """The measurements of a dataset and its distributions."""
    platform, subject = who(request)
    found = await record_of(request, named(request, "ident"), DATASETS)
    past = request.query_params.get("historic") == "true"
    return await answer(request, await graph(platform, subject, found, past=past))


@operation("A revision of a dataset", tag=TAG, parameters=(REVISION,), produces=MEDIA_TYPES)
async def revision(request: Request) -> Response:
    """The dataset as it was after one change."""
    found, change = await _revision(request)
    return await answer(request, _statements(request, found, change), found.id, change.number)


@operation("The entry of a revision", tag=TAG, parameters=(REVISION,), produces=MEDIA_TYPES)
async def revision_record(request: Request) -> Response:
    """The dcat:CatalogRecord as it was after one change."""
    platform, _ = who(request)
    found, change = await _revision(request)
    return await answer(request, graphs.entry_of_revision(platform, found, change.at))


@operation(
    "What differs between two revisions of a dataset",
    about="JSON, TriG, N-Quads and JSON-LD tell what was added and what was removed; the other "
    "syntaxes hold what was added, or with part=removed what went.",
    tag=TAG,
    parameters=(NAME, *NUMBERS, Parameter("part", "query", "added or removed")),
    produces=MEDIA_TYPES,
)
async def diff(request: Request) -> Response:
    """Statements that came and went between two revisions."""
    platform, subject = who(request)
    found = await record_of(request, request.path_params["ident"], DATASETS)
    changes = await catalogue.revisions(platform, subject, found.kind, found.id)
    numbers = _numbers(request, [each.number for each in changes])
    states: list[list[Statement]] = []
    for each in numbers:
        if each == 0:
            states.append([])
            continue
        change = await catalogue.revision(platform, subject, found.kind, found.id, each)
        states.append(_statements(request, found, change))
    old, new = states
    added = [each for each in new if each not in set(old)]
    removed = [each for each in old if each not in set(new)]
    return await _answer_diff(request, found, numbers, added, removed)


def _numbers(request: Request, known: list[int]) -> tuple[int, int]:
    """The two revisions asked for; 0 is the empty state before the first."""
    newest = max(known)
    second = number(request, "revisionNumber2", newest, 1, MOST)
    earlier = next((a for b, a in pairwise(known) if b == second), 0)
    return number(request, "revisionNumber1", earlier, 0, MOST), second


async def _answer_diff(
    request: Request,
    found: Record,
    numbers: tuple[int, int],
    added: list[Statement],
    removed: list[Statement],
) -> Response:
    chosen = format_of(request).media_type
    if chosen == "application/json":
        body: dict[str, object] = {
            "id": found.id,
            "revisionNumber1": numbers[0],
            "revisionNumber2": numbers[1],
            "added": _lines(added),
            "removed": _lines(removed),
        }
        return Response(json.encode(body), media_type=chosen)
    if chosen not in NAMED_GRAPHS:
        gone = request.query_params.get("part") == "removed"
        return await answer(request, removed if gone else added)
    place = f"{catalogue.address(request.app.state.platform, found)}#"
    quads = [
        pyoxigraph.Quad(
            each.subject, each.predicate, each.object, pyoxigraph.NamedNode(place + part)
        )
        for part, lines in (("added", added), ("removed", removed))
        for each in to_oxigraph(lines)
    ]
    syntax = {
        "application/trig": pyoxigraph.RdfFormat.TRIG,
        "application/n-quads": pyoxigraph.RdfFormat.N_QUADS,
        "application/ld+json": pyoxigraph.RdfFormat.JSON_LD,
    }[chosen]
    return Response(pyoxigraph.serialize(quads, format=syntax), media_type=chosen)


def _lines(found: list[Statement]) -> list[str]:
    return serialise(found, "n-triples").decode().splitlines()


async def _revision(request: Request) -> tuple[Record, Revision]:
    return await revision_of(request, named(request, "revision"))


async def revision_of(request: Request, name: str) -> tuple[Record, Revision]:
    """The record and the change that `{id}~{number}` names. NotFound."""
    platform, subject = who(request)
    ident, tilde, digits = name.rpartition("~")
    if not tilde or not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise missing(name)
    found = await record_of(request, ident, MEMBERS)
    change = await catalogue.revision(platform, subject, found.kind, found.id, int(digits))
    return found, change


def _statements(request: Request, record: Record, change: Revision) -> list[Statement]:
    if change.resource is None:
        return []
    platform = request.app.state.platform
    iri = pages.iri_of(platform, record)
    return statements(change.resource, iri, scope=f"r{record.key}n")
