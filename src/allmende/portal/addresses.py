# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of pages and of the machine forms of the same things."""

from collections.abc import Iterable
from urllib.parse import quote, urlencode

from allmende.model.catalogue import ResourceKind

PLURALS = {
    ResourceKind.CATALOG: "catalogues",
    ResourceKind.DATASET: "datasets",
    ResourceKind.SERIES: "series",
    ResourceKind.SERVICE: "dataservices",
}
RDF_ENDINGS = ("ttl", "rdf", "jsonld", "nt", "trig")
Pairs = Iterable[tuple[str, str]]


def with_query(path: str, pairs: Pairs) -> str:
    """The path with a query string, without one when there are no pairs."""
    query = urlencode(list(pairs))
    return f"{path}?{query}" if query else path


def thing(kind: ResourceKind, id: str) -> str:
    """The path of a resource, without language: `/datasets/trees`."""
    return f"/{PLURALS[kind]}/{quote(id, safe='')}"
