# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An RDF document → a page of records, for every kind of source that answers in RDF."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import anyio.to_thread

from allmende.core.address_names import shown
from allmende.core.fetch import Body
from allmende.core.harvest.types import Content, Fault, Page, SourceRecord, fault, record_hash
from allmende.errors import AllmendeError, InvalidInput, SourceUnavailable
from allmende.model.rdf import (
    CatalogueDocument,
    FoundRecord,
    format_name,
    parse,
    read_catalogue,
)

ACCEPT = (
    "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.8, "
    "application/ld+json;q=0.7, application/trig;q=0.6, */*;q=0.1"
)
VERSION = 1  # part of every hash: a better codec rewrites the records
_VAGUE = frozenset(
    {"text/plain", "application/json", "application/xml", "text/xml", "application/octet-stream"}
)
_TRIPLE = re.compile(rb"\s*(?:<[^>\s]*>|_:\S+)\s+<[^>\s]*>\s+(?:<|_:|\").*\.\s*$")
_PACKED = (".gz", ".xz", ".bz2")


async def rdf_page(token: str, body: Body) -> Page:
    """The same as `parse_page`, in a worker thread: a large document takes seconds."""
    return await anyio.to_thread.run_sync(parse_page, token, body)


def parse_page(token: str, body: Body) -> Page:
    """The page a document is, with Hydra's next page and total.

    InvalidInput with the line when the syntax is broken, SourceUnavailable for a web page.
    """
    document = read_document(body)
    paging = document.paging
    if urlsplit(body.address).scheme not in ("http", "https"):
        paging = None  # a file is complete; the page it names lies on some server
    following = paging.next if paging else None
    return Page(
        token=token,
        content_hash=body.hash,
        records=records(document, body),
        next_token=urljoin(body.address, following) if following else None,
        total=paging.total if paging else None,
        etag=body.etag,
        last_modified=body.last_modified,
    )


def read_document(body: Body) -> CatalogueDocument:
    """Parse a body in the syntax declared, else named by the ending, else seen in the bytes."""
    base = body.address if urlsplit(body.address).scheme in ("http", "https") else None
    seen = sniff(body.data)
    if seen == "html":
        raise SourceUnavailable(
            f"{shown(body.address)} is a web page, not RDF; check the address of the catalogue.",
            f"{shown(body.address)} ist eine Webseite und kein RDF; bitte die Adresse prüfen.",
            code="source-html",
        )
    named = declared(body) or seen or "rdf-xml"
    try:
        return read_catalogue(parse(body.data, named, base))
    except InvalidInput:
        if seen is None or seen == named:
            raise
        return read_catalogue(parse(body.data, seen, base))


def declared(body: Body) -> str | None:
    """The syntax by media type, or by the ending of the address when the type says little."""
    path = urlsplit(body.address).path.lower() if "//" in body.address else body.address.lower()
    for ending in _PACKED:
        path = path.removesuffix(ending)
    guesses = [] if body.content_type in _VAGUE else [body.content_type]
    if "." in path.rpartition("/")[2]:
        guesses.append(path.rpartition(".")[2])
    for guess in guesses:
        try:
            return format_name(guess)
        except InvalidInput:
            continue
    return None


def sniff(data: bytes) -> str | None:
    """The syntax the first bytes show: a name of `model.rdf.FORMATS`, `html`, or None."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = head[:1024].lower()
    if lower.startswith((b"<!doctype html", b"<html")):
        return "html"
    if lower.startswith((b"<?xml", b"<rdf:", b"<!--")) or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "html" if b"<html" in lower and b"rdf:rdf" not in lower else "rdf-xml"
    if head.startswith((b"{", b"[")) and (b'"@' in data[:100_000] or head.startswith(b"{")):
        return "json-ld"
    if lower.startswith((b"@prefix", b"prefix ", b"@base", b"base ")):
        return "turtle"
    lines = [line for line in head.split(b"\n")[:20] if line.strip() and not line.startswith(b"#")]
    if lines and _TRIPLE.match(lines[0]):
        return "n-triples"
    return "turtle" if lines and lines[0].lower().startswith((b"@prefix", b"prefix ")) else None


def records(document: CatalogueDocument, body: Body) -> Iterator[SourceRecord | Fault]:
    """Catalogues (outer ones first), then their records; broken ones as faults."""
    lines = body.data.split(b"\n") if document.problems else []
    for problem in document.problems:
        where = f"line {problem.line}" if problem.line else shown(body.address)
        raw = lines[problem.line - 1] if problem.line else b""
        en, de = f"Broken line: {problem.message}", f"Fehlerhafte Zeile: {problem.message}"
        yield fault("rdf-line", en, de, place=where, raw=raw)
    del lines
    root = _single_root(document)
    waiting = deque((*_outer_first(document.catalogues), *document.records))
    document.catalogues, document.records = [], []
    while waiting:  # what has been handed over is not kept here
        found = waiting.popleft()
        try:
            yield _record(found, root)
        except AllmendeError as error:
            yield Fault(
                code=error.code, text=error.text, original_id=found.original_id, place=found.node
            )


def _record(found: FoundRecord, root: str | None) -> SourceRecord:
    return SourceRecord(
        original_id=found.original_id,
        kind=found.kind,
        hash=record_hash(VERSION, found.hash, found.catalogue),
        content=lambda: Content(found.resource, found.repairs, found.source),
        parent=None if found.catalogue == root else found.catalogue,
        is_root=found.original_id == root and found.catalogue is None,
    )


def _single_root(document: CatalogueDocument) -> str | None:
    """Original id of the catalogue that is the document's own; None when there are several."""
    roots = [found.original_id for found in document.catalogues if found.catalogue is None]
    return roots[0] if len(roots) == 1 else None


def _outer_first(catalogues: list[FoundRecord]) -> list[FoundRecord]:
    placed: dict[str, FoundRecord] = {}
    waiting = list(catalogues)
    while waiting:
        inner = {found.original_id for found in waiting}
        ready = [found for found in waiting if found.catalogue not in inner] or waiting
        placed.update({found.original_id: found for found in ready})
        waiting = [found for found in waiting if found.original_id not in placed]
    return list(placed.values())
