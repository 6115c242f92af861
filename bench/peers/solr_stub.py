# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Answers like Solr, at once and without searching: the best case for a program that needs it.

Solr itself cannot be had from the package registries; figures of a peer that stands on
this are therefore a lower bound of what the peer takes.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

DOCUMENTS: dict[str, dict[str, Any]] = {}
_SCHEMA = b'<?xml version="1.0"?><schema name="ckan-2.11" version="1.6"></schema>'
_FACETS = {"organization": ["bench", 200], "tags": ["Jena", 40, "Bremen", 30]}


class Handler(BaseHTTPRequestHandler):
    """The few addresses that a client library asks."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Schema or search."""
        parts = urlsplit(self.path)
        if "schema" in parts.path or "admin/file" in parts.path:
            self._send(_SCHEMA, "application/xml")
        else:
            self._answer(_select(parse_qs(parts.query)))

    def do_POST(self) -> None:
        """Search by form, or an update."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "/select" in self.path:
            self._answer(_select(parse_qs(body.decode())))
            return
        if body.lstrip().startswith(b"<add"):
            _add(ElementTree.fromstring(body))  # noqa: S314 - from the peer under test
        elif body.lstrip().startswith((b"[", b"{")):
            for document in json.loads(body) if body.lstrip().startswith(b"[") else []:
                DOCUMENTS[document["id"]] = document
        self._answer({"responseHeader": {"status": 0}})

    def _answer(self, content: dict[str, Any]) -> None:
        self._send(json.dumps(content).encode(), "application/json")

    def _send(self, body: bytes, media_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


def _add(root: ElementTree.Element) -> None:
    for element in root.iter("doc"):
        document: dict[str, Any] = {}
        for each in element.iter("field"):
            document[each.get("name", "")] = each.text or ""
        DOCUMENTS[document["id"]] = document


def _select(query: dict[str, list[str]]) -> dict[str, Any]:
    asked = " ".join(query.get("q", []) + query.get("fq", []))
    wanted = re.search(r'(?<![a-z_])(?:name|id):"?([A-Za-z0-9_-]+)"?', asked)
    documents = list(DOCUMENTS.values())
    if wanted:
        name = wanted.group(1)
        documents = [d for d in documents if name in (d.get("name"), d.get("id"))]
    rows = int(query.get("rows", ["10"])[0])
    return {
        "responseHeader": {"status": 0},
        "response": {"numFound": len(documents), "start": 0, "docs": documents[:rows]},
        "facet_counts": {"facet_fields": _FACETS, "facet_queries": {}},
        "highlighting": {},
    }


def serve() -> str:
    """Starts the stub on a free port of this machine; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/solr/ckan"
