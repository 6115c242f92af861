# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The public catalogue as RDF in memory, for SPARQL.

    serving process ── control (sequenced packets) ──▶ keeper: owns the store
          │                                               │ fork, copy on write
          └────────── one stream per answerer ──────────▶ answerer: one query at a time

The keeper is a process of its own, so that the serving process never holds the store, and
so that nothing a query does can hurt it. Queries run in answerers forked from the keeper:
they share its memory, may add only a fixed amount to it, can open no file and no
connection, and are ended by the kernel when their time is up. Reasons and measurements:
docs/decisions/0010-sparql-isolation.md.

`protocol`  messages between the three
`keeper`    the process with the store        `graphs`  the store itself
`answer`    the forked process of a query     `words`   what kind of query a text is
`service`   the serving process's side
"""

from allmende.projections.rdf.protocol import Ask, Failure, Graph, Membership, Reply
from allmende.projections.rdf.service import Limits, Projection, Result, Source, Unready
from allmende.projections.rdf.words import Form, form_of, update_refused

__all__ = [
    "Ask",
    "Failure",
    "Form",
    "Graph",
    "Limits",
    "Membership",
    "Projection",
    "Reply",
    "Result",
    "Source",
    "Unready",
    "form_of",
    "update_refused",
]
