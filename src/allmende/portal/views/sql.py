# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page for SQL: a query by form, its answer as a table or a file, the tables beside it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from allmende.core import sqlpage
from allmende.core.formats.cells import inert
from allmende.core.operations import operation
from allmende.core.sqlpage import DOWNLOAD, ROWS, SECONDS, Answer, Table
from allmende.errors import AllmendeError
from allmende.portal.markup import Said
from allmende.portal.page import Crumb, Page

SHOWN = 200  # characters of a cell on the page


@dataclass(frozen=True, slots=True)
class TableView:
    """A table one can ask, with its columns: name, type, title, unit."""

    name: str
    title: Said
    address: str
    count: str
    columns: list[tuple[str, str, str, str]]


@operation("", seconds="upload_seconds")
async def query(page: Page) -> Response:
    """The form, with the answer when there is a query."""
    known = await sqlpage.tables(page.platform, page.subject)
    params = page.request.query_params
    text, wanted = params.get("query", ""), params.get("format", "")
    if page.request.headers.get("sec-fetch-site") == "cross-site":
        text = ""  # a link on a foreign page does not make our people's queries run
    answer, error = None, ""
    if text.strip():
        try:
            most = DOWNLOAD if wanted in _FILES else ROWS
            answer = await sqlpage.query(page.platform, page.subject, text, most)
        except AllmendeError as raised:
            if raised.status in (401, 403, 500):
                raise
            error, page = raised.text[page.language], page.with_status(raised.status)
    if answer is not None and wanted in _FILES:
        return _FILES[wanted](answer)
    return _page(page, known, text, answer, error)


def _page(page: Page, known: list[Table], text: str, answer: Answer | None, error: str) -> Response:
    title = str(page.words("sql.title"))
    examples = _examples(page, known)
    return page.render(
        "sql.html",
        title=title,
        crumbs=[Crumb(title)],
        text=text or (examples[0][2] if examples else ""),
        error=error,
        columns=answer.columns if answer else [],
        rows=[[_cell(page, each) for each in row] for row in answer.rows] if answer else None,
        cut=bool(answer and answer.cut),
        seconds=page.words.number(answer.seconds) if answer else "",
        downloads=_downloads(page, text) if answer else [],
        tables=[_view(page, each) for each in known],
        examples=[(name, address) for name, address, _ in examples],
        most=ROWS,
        limit=page.words.number(SECONDS),
    )


def _cell(page: Page, value: Any) -> tuple[str, bool]:
    """A value as text, and whether it is a number."""
    if value is None:
        return "", False
    if isinstance(value, bool | int | float):
        return page.words.exact(value) if isinstance(value, float) else str(value), True
    text = str(value)
    return (text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"), False


def _view(page: Page, table: Table) -> TableView:
    columns = [
        (each.name, each.type, page.said(each.title).text, each.unit) for each in table.columns
    ]
    return TableView(
        table.name,
        page.said(table.title),
        page.at(f"/collections/{quote(table.collection)}"),
        page.words.number(table.count),
        columns,
    )


def _examples(page: Page, known: list[Table]) -> list[tuple[str, str, str]]:
    """Queries over the first table that fits: what they show, address, text."""
    found = []
    table = max(known, key=lambda each: each.count, default=None)
    if table is not None:
        found.append((page.words("sql.example-first"), f"select *\nfrom {table.name}\nlimit 20"))
        text = next((each.name for each in table.columns[1:] if each.type == "text"), "")
        if text:
            counted = (
                f"select {text}, count(*) as n\nfrom {table.name}\ngroup by {text}\norder by n desc"
            )
            found.append((page.words("sql.example-count"), counted))
    placed = next(
        (each for each in known if {"lon", "lat"} <= {c.name for c in each.columns}), None
    )
    if placed is not None:
        box = page.site.portal.bbox or (11.58, 50.92, 0.0, 0.0)
        lon, lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        near = (
            f"select id, round(metres(lon, lat, {lon:.4f}, {lat:.4f})) as m\n"
            f"from {placed.name}\norder by m\nlimit 10"
        )
        found.append((page.words("sql.example-near"), near))
    return [(str(name), page.at("/sql", [("query", text)]), text) for name, text in found]


def _downloads(page: Page, text: str) -> list[tuple[str, str]]:
    return [
        (name.upper(), f"{page.at('/sql')}?{urlencode({'query': text, 'format': name})}")
        for name in _FILES
    ]


def _csv(answer: Answer) -> Response:
    """RFC 4180, UTF-8; no cell that a spreadsheet takes for a formula."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([inert(name) for name in answer.columns])
    for row in answer.rows:
        writer.writerow([inert(each) if isinstance(each, str) else each for each in row])
    return _file(target.getvalue().encode(), "text/csv; charset=utf-8", "csv")


def _json(answer: Answer) -> Response:
    body = {"columns": answer.columns, "rows": answer.rows, "cut": answer.cut}
    return _file(json.dumps(body, ensure_ascii=False).encode(), "application/json", "json")


def _file(body: bytes, kind: str, ending: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="query.{ending}"',
        "cache-control": "private, no-store",
    }
    return Response(body, headers=headers, media_type=kind)


_FILES = {"csv": _csv, "json": _json}
