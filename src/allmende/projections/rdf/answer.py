# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The forked process that answers queries, one after another, and its confinement.

What holds it (all enforced by the kernel, so no library can get around them):

    memory       RLIMIT_DATA: the store's size at the fork plus the limit
    time         an interval timer whose signal ends the process
    network      RLIMIT_NOFILE 0: no file and no socket can be opened
    disk         RLIMIT_FSIZE 0: no file can be written
"""

import csv
import os
import resource
import signal
import socket
import time
from collections.abc import Iterable, Iterator
from io import BytesIO, StringIO

import pyoxigraph as ox
from msgspec import Raw, Struct, json

from allmende.model.namespaces import PREFIXES
from allmende.model.rdf import xml
from allmende.projections.rdf.protocol import FRAME, Ask, Failure, Reply, frame

GROWTH = 64 << 20  # bytes an answerer may keep after a query before it is replaced
NICENESS = 5

TABLES = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
SYNTAXES = {
    "turtle": ox.RdfFormat.TURTLE,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "ntriples": ox.RdfFormat.N_TRIPLES,
}


class _TooLarge(OSError):
    """The answer has passed its limit in bytes."""


class _TooMany(ValueError):
    """The answer has passed its limit in rows or triples."""


class _Bounded(BytesIO):
    """A buffer that refuses to grow over a number of bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self.limit:
            raise _TooLarge
        return super().write(data)


def serve(store: ox.Store, channel: socket.socket, memory: int) -> None:
    """Answers what comes over the channel until it closes or the process has grown too big."""
    status = confine(memory)
    full = data_size(status) + GROWTH
    with channel.makefile("rb") as stream:
        while head := stream.read(FRAME.size):
            length, _ = FRAME.unpack(head)
            ask = json.decode(stream.read(length), type=Ask)
            signal.setitimer(signal.ITIMER_REAL, ask.seconds)
            reply, body = answer(store, ask)
            signal.setitimer(signal.ITIMER_REAL, 0)
            channel.sendall(frame(reply, body))
            channel.sendall(body)
            if data_size(status) > full:
                return


def confine(memory: int) -> int:
    """Takes from this process all it does not need; gives a descriptor for `data_size`."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.nice(NICENESS)
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    status = os.open("/proc/self/statm", os.O_RDONLY)
    limit = data_size(status) + memory
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        resource.setrlimit(kind, (0, 0))
    return status


def data_size(status: int) -> int:
    """Bytes of private memory, the measure of RLIMIT_DATA, from an open /proc/self/statm."""
    return int(os.pread(status, 200, 0).split()[5]) * resource.getpagesize()


def answer(store: ox.Store, ask: Ask) -> tuple[Reply, bytes]:
    """Runs one query; the head says why there is no body when there is none."""
    start = time.perf_counter()
    try:
        body, rows = _run(store, ask)
    except _TooLarge:
        return Reply(failure=Failure.BYTES), b""
    except _TooMany:
        return Reply(failure=Failure.ROWS), b""
    except SyntaxError as error:
        return Reply(failure=Failure.SYNTAX, message=str(error)), b""
    except MemoryError:
        return Reply(failure=Failure.MEMORY), b""
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        return Reply(failure=Failure.EVALUATION, message=str(error)), b""
    return Reply(rows=rows, seconds=time.perf_counter() - start), body


def _run(store: ox.Store, ask: Ask) -> tuple[bytes, int]:
    chosen = bool(ask.default_graphs or ask.named_graphs)
    result = store.query(
        ask.text,
        base_iri=ask.base,
        prefixes=PREFIXES,
        default_graph=[ox.NamedNode(iri) for iri in ask.default_graphs] if chosen else None,
        named_graphs=[ox.NamedNode(iri) for iri in ask.named_graphs] if chosen else None,
    )
    output = _Bounded(ask.bytes)
    if isinstance(result, ox.QueryTriples):
        counted = _Counted(result, ask.rows)
        triples: Iterable[ox.Triple] = counted
        if ask.format == "rdfxml":
            triples = (each for each in counted if xml.is_writable(each.predicate.value))
        ox.serialize(triples, output, format=SYNTAXES[ask.format], prefixes=PREFIXES)
        body = output.getvalue()
        return xml.cleaned(body) if ask.format == "rdfxml" else body, counted.rows
    result.serialize(output, format=TABLES[ask.format])
    body = output.getvalue()
    if isinstance(result, ox.QueryBoolean):
        return body, 1
    rows = count_rows(body, ask.format)
    if rows > ask.rows:
        raise _TooMany
    return body, rows


class _Counted:
    """An iterable over triples that counts them and stops at too many."""

    def __init__(self, triples: ox.QueryTriples, limit: int) -> None:
        self.triples, self.limit, self.rows = triples, limit, 0

    def __iter__(self) -> Iterator[ox.Triple]:
        for triple in self.triples:
            self.rows += 1
            if self.rows > self.limit:
                raise _TooMany
            yield triple


class _Bindings(Struct):
    """The rows of a JSON answer, undecoded."""

    bindings: list[Raw]


class _Table(Struct):
    """A JSON answer."""

    results: _Bindings


def count_rows(body: bytes, format: str) -> int:
    """The number of solutions in a serialised table."""
    if format == "json":
        return len(json.decode(body, type=_Table).results.bindings)
    if format == "xml":
        return body.count(b"<result>")  # a text would have it as &lt;result>
    if format == "tsv":
        return body.count(b"\n") - 1  # line ends in texts are escaped
    lines = csv.reader(StringIO(body.decode(), newline=""))
    return sum(1 for _ in lines) - 1
