# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The query page: a SPARQL query by form, its answer as a table, without scripts."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from allmende.core import sparql
from allmende.errors import AllmendeError
from allmende.portal.examples import QUERIES
from allmende.portal.page import Crumb, Page
from allmende.portal.present import web

MAX_ROWS = 200
MAX_GRAPH = 20_000  # characters of a graph that are shown


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a result: text, its address when it is an IRI, its language."""

    text: str
    address: str | None
    lang: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query: a table, a truth value or a graph as Turtle."""

    columns: list[str]
    rows: list[list[Cell]]
    left_out: int
    truth: bool | None
    graph: str
    seconds: float


async def query(page: Page) -> Response:
    """The form, with the answer when there is a query."""
    params = page.request.query_params
    text = params.get("query", "")
    answer, error = None, ""
    if text.strip():
        try:
            answer = await _answer(page, text)
        except AllmendeError as raised:
            if raised.status == 500:
                raise
            error, page = raised.text[page.language], page.with_status(raised.status)
    title = str(page.words("nav.sparql"))
    return page.render(
        "sparql.html",
        title=title,
        crumbs=[Crumb(str(page.words("developers.title")), page.at("/developers")), Crumb(title)],
        text=text or QUERIES["newest"],
        queries=[(name, page.at("/sparql", [("query", code)])) for name, code in QUERIES.items()],
        answer=answer,
        error=error,
        downloads=_downloads(text) if answer else [],
    )


def _downloads(text: str) -> list[tuple[str, str]]:
    names = sparql.formats_for(sparql.form_of(text))
    return [
        (name.upper(), f"/sparql?{urlencode({'query': text, 'format': name})}") for name in names
    ]


async def _answer(page: Page, text: str) -> Answer:
    graphs = page.request.query_params
    result = await sparql.query(
        page.platform,
        page.subject,
        text,
        default_graphs=graphs.getlist("default-graph-uri"),
        named_graphs=graphs.getlist("named-graph-uri"),
    )
    form, seconds = result.form, round(result.seconds, 3)
    body = await result.read()
    if form.gives_graph:
        return Answer([], [], 0, None, body.decode()[:MAX_GRAPH], seconds)
    return _table(json.loads(body), seconds)


def _table(document: dict[str, Any], seconds: float) -> Answer:
    """The rows of SPARQL 1.1 Query Results JSON §3."""
    if "boolean" in document:
        return Answer([], [], 0, bool(document["boolean"]), "", seconds)
    columns: list[str] = document["head"]["vars"]
    bindings = document["results"]["bindings"]
    rows = [[_cell(row.get(name)) for name in columns] for row in bindings[:MAX_ROWS]]
    return Answer(columns, rows, max(len(bindings) - MAX_ROWS, 0), None, "", seconds)


def _cell(binding: dict[str, str] | None) -> Cell:
    if binding is None:
        return Cell("", None, None)
    text = binding["value"]
    address = web(text) if binding["type"] == "uri" else None
    return Cell(text, address, binding.get("xml:lang"))
