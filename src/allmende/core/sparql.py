# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""SPARQL 1.1 queries over the public catalogue.

    form = form_of(text)                       # which formats there are to choose from
    async with await query(platform, subject, text, format="csv") as result:
        result.rows; await result.read()

The data is what anybody may see, whoever asks: one named graph per record under the
record's address, and a default graph that merges them. A query sees every change that was
committed before it.
"""

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from weakref import WeakKeyDictionary

from msgspec import Struct

from allmende.core.negotiation import Format
from allmende.core.platform import Platform
from allmende.core.sparql_errors import failure_of, unready
from allmende.core.sparql_source import CatalogueSource
from allmende.errors import InvalidInput, NotAllowed
from allmende.policy import Scope, Subject
from allmende.projections.rdf import (
    Ask,
    Form,
    Limits,
    Projection,
    Result,
    Unready,
    form_of,
    update_refused,
)

__all__ = [
    "FORMATS",
    "GRAPH_FORMATS",
    "TABLE_FORMATS",
    "Form",
    "SparqlResult",
    "State",
    "close",
    "form_of",
    "formats_for",
    "query",
    "start",
    "state",
    "update_refused",
]

TABLE_FORMATS: dict[str, Format] = {
    "json": Format("application/sparql-results+json", ("json", "srj")),
    "xml": Format("application/sparql-results+xml", ("xml", "srx")),
    "csv": Format("text/csv", ("csv",)),
    "tsv": Format("text/tab-separated-values", ("tsv",)),
}
GRAPH_FORMATS: dict[str, Format] = {
    "turtle": Format("text/turtle", ("ttl",)),
    "rdfxml": Format("application/rdf+xml", ("rdf", "xml")),
    "jsonld": Format("application/ld+json", ("jsonld", "json")),
    "ntriples": Format("application/n-triples", ("nt",)),
}
FORMATS = TABLE_FORMATS | GRAPH_FORMATS
PIECE = 1 << 16


class SparqlResult(Struct):
    """An answer: form of the query, format, rows (or triples), seconds, size in bytes.

    Its body is read once, as a whole or in pieces; then, or unread, it has to be closed.
    """

    form: Form
    format: str
    rows: int
    seconds: float
    size: int
    sequence: int  # number of the newest change the answer knows of
    _result: Result

    @property
    def content_type(self) -> str:
        """Media type of the body, with the character set where there is one."""
        return FORMATS[self.format].content_type

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body in pieces of 64 KiB."""
        with self._result.file as file:
            while piece := file.read(PIECE):
                yield piece

    def close(self) -> None:
        """Lets go of the body."""
        self._result.file.close()

    async def __aenter__(self) -> "SparqlResult":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def formats_for(form: Form) -> dict[str, Format]:
    """The formats an answer of this form can have, by their short names, best first."""
    return GRAPH_FORMATS if form.gives_graph else TABLE_FORMATS


async def query(
    platform: Platform,
    subject: Subject,
    text: str,
    *,
    format: str | None = None,
    default_graphs: Sequence[str] = (),
    named_graphs: Sequence[str] = (),
) -> SparqlResult:
    """The answer to a SPARQL 1.1 query in a format of `formats_for`, JSON or Turtle if None.

    `default_graphs` and `named_graphs` replace the dataset, FROM included (SPARQL 1.1
    Protocol §2.1.4). Raises InvalidInput (not a query), NotAllowed (update, federation),
    LimitExceeded (text or answer too large), DeadlineExceeded (time, memory), Busy (queue).
    """
    _check_scope(subject)
    form = form_of(text)
    chosen = format or next(iter(formats_for(form)))
    _check_format(form, chosen)
    projection = _projection(platform)
    limits, base = projection.limits, platform.settings.base_url + "/"
    ask = Ask(
        text,
        chosen,
        limits.seconds,
        limits.bytes,
        limits.rows,
        list(default_graphs),
        list(named_graphs),
        base,
    )
    try:
        result = await projection.ask(ask)
    except Unready as error:
        raise unready(error) from error
    reply = result.reply
    if reply.failure is not None:
        result.file.close()
        raise failure_of(reply, text, limits)
    size, sequence = result.size, result.sequence
    return SparqlResult(form, chosen, reply.rows, reply.seconds, size, sequence, result)


def _check_scope(subject: Subject) -> None:
    if Scope.CATALOGUE_READ not in subject.scopes and Scope.ADMIN not in subject.scopes:
        raise NotAllowed(
            "The token may not read the catalogue.", "Das Token darf den Katalog nicht lesen."
        )


def _check_format(form: Form, name: str) -> None:
    if name not in formats_for(form):
        raise InvalidInput(
            f"The answer to {form.upper()} has no format “{name}”.",
            f"Die Antwort auf {form.upper()} gibt es nicht im Format „{name}“.",
        )


class State(Struct, frozen=True):
    """What is loaded: number of the newest change in it, graphs and triples at the last load."""

    sequence: int  # -1 before the first load
    graphs: int
    triples: int


def state(platform: Platform) -> State:
    """What the store for SPARQL holds now."""
    projection = _projection(platform)
    return State(projection.sequence, projection.graphs, projection.triples)


async def start(platform: Platform) -> None:
    """Loads the data, so that the first query need not wait; or brings it up to date."""
    await _projection(platform).update()


async def close(platform: Platform) -> None:
    """Ends the processes that answer queries, if any run."""
    projection = _PROJECTIONS.pop(platform, None)
    if projection is not None:
        await projection.close()


_PROJECTIONS: WeakKeyDictionary[Platform, Projection] = WeakKeyDictionary()


def _projection(platform: Platform) -> Projection:
    projection = _PROJECTIONS.get(platform)
    if projection is None:
        settings = platform.settings
        limits = Limits(seconds=settings.sparql_seconds, rows=settings.sparql_rows)
        projection = _PROJECTIONS[platform] = Projection(CatalogueSource(platform), limits)
    return projection
