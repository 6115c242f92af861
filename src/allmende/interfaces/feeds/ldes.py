# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The changes of the catalogue as a linked data event stream, as DCAT-AP Feeds asks for.

Each member is an activity (as:Create, as:Update, as:Delete) about a record; what the record
said after it stands in the named graph with the activity's IRI. The stream comes in pages
(TREE hypermedia); a page that is full is never changed again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from anyio import to_thread
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import changes, pages
from allmende.core.changes import Member, Overview, Part
from allmende.core.conditional import etag, is_fresh
from allmende.core.negotiation import Format, choose
from allmende.core.operations import Parameter, operation
from allmende.errors import NotFound
from allmende.model.catalogue import Resource
from allmende.model.namespaces import DCT, PREFIXES, XSD
from allmende.model.rdf import Literal, Statement, serialise, statements
from allmende.model.rdf.terms import TYPE

TAG = "feeds"
LDES = "https://w3id.org/ldes#"
TREE = "https://w3id.org/tree#"
AS = "https://www.w3.org/ns/activitystreams#"
TRIG = Format("application/trig", ("trig",))
N_QUADS = Format("application/n-quads", ("nq",))
FORMATS = (TRIG, N_QUADS)
SPACES = PREFIXES | {"as": AS, "ldes": LDES, "tree": TREE}
ACTIVITIES = {"create": AS + "Create", "update": AS + "Update", "delete": AS + "Delete"}
FOREVER = "public, max-age=86400, immutable"
SHORTLY = "public, max-age=60"
_F = TypeVar("_F", Overview, Part)
_PREFIX_LINES = re.compile(rb"\A(?:@prefix [^\n]*\n)*")


class Quads(Struct, frozen=True):
    """Statements of the default graph, and of named ones."""

    plain: list[Statement]
    named: list[tuple[str, list[Statement]]]


@operation(
    "The stream of all changes: where its pages are",
    about="A linked data event stream (LDES) of activities about records, as DCAT-AP Feeds has it.",
    tag=TAG,
    produces=tuple(each.media_type for each in FORMATS),
)
async def stream(request: Request) -> Response:
    """The addresses /ldes, /ldes.trig and /ldes.nq."""
    _, chosen = choose(request.url.path, request.headers.get("accept"), FORMATS)
    found = await changes.overview(request.app.state.platform)
    return _answer(request, _body(_view, _base(request), found, chosen), chosen, full=False)


@operation(
    "A page of the stream of all changes",
    tag=TAG,
    parameters=(Parameter("page", "path", "Number of the page, from 1", {}, True),),
    produces=tuple(each.media_type for each in FORMATS),
)
async def page(request: Request) -> Response:
    """The addresses /ldes/1, /ldes/2, …; with .trig or .nq at the end that syntax."""
    name, chosen = choose(request.path_params["page"], request.headers.get("accept"), FORMATS)
    if not (name.isascii() and name.isdecimal() and len(name) < 10):
        raise NotFound("A page has a number, such as /ldes/1.", "Eine Seite hat eine Nummer.")
    platform, subject = request.app.state.platform, request.state.subject
    found = await changes.part(platform, subject, int(name))
    body = await to_thread.run_sync(_body, _part, _base(request), found, chosen)
    return _answer(request, body, chosen, full=found.full)


def _base(request: Request) -> str:
    return f"{request.app.state.platform.settings.base_url}/ldes"


def _body(made: Callable[[str, _F], Quads], base: str, found: _F, chosen: Format) -> bytes:
    quads = made(base, found)
    return _trig(quads) if chosen == TRIG else _n_quads(quads)


def _answer(request: Request, body: bytes, chosen: Format, *, full: bool) -> Response:
    tag = etag(body)
    known = request.state.subject.kind != "anonymous"
    caching = "private, no-cache" if known else FOREVER if full else SHORTLY
    headers = {"vary": "Accept, Authorization, Cookie", "etag": tag, "cache-control": caching}
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=chosen.media_type)


# --- statements ----------------------------------------------------------------------


def _stream(base: str) -> list[Statement]:
    name = f"{base}#stream"
    return [
        (name, TYPE, LDES + "EventStream"),
        (name, LDES + "timestampPath", AS + "published"),
        (name, LDES + "versionOfPath", AS + "object"),
        (name, TREE + "view", base),
    ]


def _view(base: str, found: Overview) -> Quads:
    """The root node: every page with its times; older ones follow from the first by links."""
    lines = [*_stream(base), (base, TYPE, TREE + "Node")]
    named = {each.page for each in found.spans}
    if 1 not in named:
        lines += _relation(base, f"{base}/1", "Relation", 1, None)
    for each in found.spans:
        target, number = f"{base}/{each.page}", each.page
        lines += _relation(base, target, "GreaterThanOrEqualToRelation", 2 * number, each.first)
        if number < found.last:  # the last page still grows
            lines += _relation(base, target, "LessThanOrEqualToRelation", 2 * number + 1, each.last)
    return Quads(lines, [])


def _relation(
    node: str, target: str, kind: str, number: int, at: int | None
) -> Iterable[Statement]:
    name = f"_:r{number}"
    yield node, TREE + "relation", name
    yield name, TYPE, TREE + kind
    yield name, TREE + "node", target
    if at is not None:
        yield name, TREE + "path", AS + "published"
        yield name, TREE + "value", _time(at)


def _part(base: str, found: Part) -> Quads:
    node = f"{base}/{found.number}"
    lines = [*_stream(base), (node, TYPE, TREE + "Node"), (node, DCT + "isPartOf", base)]
    if found.full:
        kind = "Relation" if found.next_from is None else "GreaterThanOrEqualToRelation"
        lines += _relation(node, f"{base}/{found.number + 1}", kind, 1, found.next_from)
    named = []
    for each in found.members:
        lines += [(f"{base}#stream", TREE + "member", each.name), *_activity(each)]
        if each.resource is not None:
            named.append((each.name, _payload(each, each.resource)))
    return Quads(lines, named)


def _activity(member: Member) -> Iterable[Statement]:
    yield member.name, TYPE, ACTIVITIES[member.what]
    yield member.name, AS + "object", member.iri
    yield member.name, AS + "published", _time(member.at)


def _payload(member: Member, resource: Resource) -> list[Statement]:
    return list(statements(resource, member.iri, scope=f"c{member.sequence}n"))


def _time(at: int) -> Literal:
    seconds, rest = divmod(at, 1_000_000)
    text = f"{pages.date_time(seconds * 1_000_000)[:-1]}.{rest:06}Z"
    return Literal(text, None, XSD + "dateTime")


# --- syntaxes ------------------------------------------------------------------------


def _trig(quads: Quads) -> bytes:
    """TriG 1.1: a block for each named graph after the statements of the default graph."""
    head = "".join(f"@prefix {name}: <{SPACES[name]}> .\n" for name in sorted(SPACES)).encode()
    parts = [head, _turtle(quads.plain)]
    for name, lines in quads.named:
        parts += [f"\n<{name}> {{\n".encode(), _turtle(lines), b"}\n"]
    return b"".join(parts)


def _turtle(lines: Sequence[Statement]) -> bytes:
    return _PREFIX_LINES.sub(b"", serialise(lines, "turtle", SPACES), count=1)


def _n_quads(quads: Quads) -> bytes:
    """N-Quads 1.1: the lines of N-Triples, in named graphs with the graph's name."""
    found = [serialise(quads.plain, "n-triples")]
    for name, lines in quads.named:
        graph = f" <{name}> .\n".encode()
        text = serialise(lines, "n-triples")
        found.append(b"".join(each[:-2] + graph for each in text.splitlines(keepends=True)))
    return b"".join(found)
