# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages between the serving process, the keeper of the store and its answerers.

Control messages are JSON in packets that keep their borders (SOCK_SEQPACKET); what is
long travels over a stream whose end is passed along with the message. On an answerer's
stream a frame is two big-endian lengths, a JSON head and a body.
"""

import struct
from enum import StrEnum

from msgspec import Raw, Struct, json

FRAME = struct.Struct(">IQ")
PACKET = 4096  # longest control message in bytes
NOTHING = Raw(b"null")


class Membership(Struct, omit_defaults=True):
    """What the platform itself knows of a record; times in microseconds UTC."""

    issued: int
    modified: int
    catalogue: str | None = None  # IRI of the public catalogue it belongs to
    identifier: str | None = None  # at its source
    source: str | None = None  # address it was harvested from


class Graph(Struct, omit_defaults=True):
    """One named graph: a resource of the catalogue, or nothing when it is to be removed.

    `iri` names the graph and is the address of the resource; `resource` is its canonical
    JSON, `kind` one of ResourceKind; `more` holds further statements as N-Triples lines.
    """

    iri: str
    kind: str = ""
    resource: Raw = NOTHING
    membership: Membership | None = None
    more: list[str] = []

    @property
    def gone(self) -> bool:
        """Whether the graph is to be removed."""
        return not self.kind and not self.more


class Order(Struct, omit_defaults=True):
    """What the serving process wants of the keeper; a socket comes with `load` and `fork`."""

    do: str  # "load" | "fork" | "kill"
    id: int
    memory: int = 0  # bytes an answerer may add to the store


class Report(Struct, omit_defaults=True):
    """What the keeper tells: it is ready, has loaded, or an answerer has ended."""

    what: str  # "ready" | "loaded" | "ended"
    id: int = 0
    triples: int = 0
    graphs: int = 0
    refused: list[str] = []  # first lines of what could not be loaded, shortened
    signal: int = 0  # that ended an answerer; 0 when it left by itself


class Ask(Struct, omit_defaults=True):
    """A query with its limits: seconds of wall time, bytes and rows (or triples) of answer.

    Empty lists of graphs mean the default dataset; `format` is a key of answer.FORMATS.
    """

    text: str
    format: str
    seconds: float
    bytes: int
    rows: int
    default_graphs: list[str] = []
    named_graphs: list[str] = []
    base: str | None = None


class Failure(StrEnum):
    """Why there is no answer."""

    SYNTAX = "syntax"
    EVALUATION = "evaluation"
    BYTES = "bytes"
    ROWS = "rows"
    TIME = "time"
    MEMORY = "memory"
    CRASH = "crash"


class Reply(Struct, omit_defaults=True):
    """The head of an answer: rows and seconds, or why there is none."""

    rows: int = 0
    seconds: float = 0.0
    failure: Failure | None = None
    message: str = ""


def frame(head: Struct, body: bytes = b"") -> bytes:
    """The bytes of a head before its body, which the caller sends after it."""
    text = json.encode(head)
    return FRAME.pack(len(text), len(body)) + text
