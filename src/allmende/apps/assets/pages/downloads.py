# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The figures of the overview for programs: /assets.json and /assets.csv."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from allmende.apps.assets.figures import AXES, Chosen, Cube, Line, cube, lines, read, total
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.formats.cells import inert
from allmende.core.operations import Parameter, operation

PARAMETERS = tuple(
    Parameter(name, "query", about)
    for name, about in (
        ("kind", "Code of a kind, `none` for assets without one"),
        ("district", "Name of a district, `none` for assets outside of all"),
        ("condition", "`1` to `5`, `none` for assets whose condition is unknown"),
        ("status", "`in-use` unless told, `planned`, `given-up`, `removed`, `all`"),
        ("responsible_unit", "Name of the responsible unit"),
        ("ownership", "Code of the ownership"),
    )
)
VARY = "Cookie, Authorization"


@operation(
    "Urban assets counted by kind, district and condition, as JSON",
    tag="assets",
    parameters=PARAMETERS,
)
async def as_json(request: Request) -> Response:
    """Counts, shares, average age; sums of money for those who may see them."""
    made, chosen = await _asked(request)
    headers = _headers(request, made, "json")
    if is_fresh(request.headers, headers["etag"]):
        return Response(status_code=304, headers=headers)
    by_kind = lines(made, chosen, "kind")
    body = {
        "filter": {name: getattr(chosen, name) for name in AXES if getattr(chosen, name)},
        "total": _figures(made, total(by_kind), total(by_kind).sums.count),
        "by_kind": _listed(made, by_kind, "kind"),
        "by_district": _listed(made, lines(made, chosen, "district"), "district"),
    }
    return Response(msgspec.json.encode(body), headers=headers, media_type="application/json")


@operation(
    "Urban assets counted by kind, district and condition, as CSV",
    tag="assets",
    parameters=PARAMETERS,
    produces=("text/csv",),
)
async def as_csv(request: Request) -> Response:
    """One line for each kind and each district."""
    made, chosen = await _asked(request)
    headers = _headers(request, made, "csv")
    if is_fresh(request.headers, headers["etag"]):
        return Response(status_code=304, headers=headers)
    found = [
        {"by": axis, "value": line.pop(axis), **line}
        for axis in ("kind", "district")
        for line in _listed(made, lines(made, chosen, axis), axis)
    ]
    text = StringIO(newline="")
    names = ["by", "value", *_figures(made, total([]), 0)]
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows({**line, "value": inert(str(line["value"] or ""))} for line in found)
    headers["content-disposition"] = 'attachment; filename="assets.csv"'
    return Response(text.getvalue().encode(), headers=headers, media_type="text/csv")


async def _asked(request: Request) -> tuple[Cube, Chosen]:
    made = await cube(request.app.state.platform, request.state.subject)
    return made, read(request.query_params)


def _headers(request: Request, made: Cube, form: str) -> dict[str, str]:
    seen = made.collection
    year = datetime.now(UTC).year
    tag = etag(form, seen.number, seen.batch, sorted(seen.levels), year, request.url.query)
    return {"vary": VARY, **validators(tag)}


def _listed(made: Cube, found: list[Line], axis: str) -> list[dict[str, Any]]:
    whole = total(found).sums.count
    return [{axis: line.value, **_figures(made, line, whole)} for line in found]


def _figures(made: Cube, line: Line, whole: int) -> dict[str, Any]:
    age = line.sums.age(datetime.now(UTC).year)
    figures: dict[str, Any] = {
        "count": line.sums.count,
        "share": round(line.sums.count / whole, 6) if whole else None,
        "average_age": round(age, 2) if age is not None else None,
        "with_age": line.sums.dated,
        **{f"condition_{grade}": line.grades.get(grade, 0) for grade in range(1, 6)},
        "condition_unknown": line.grades.get(None, 0),
    }
    for name in made.money:
        number, amount = line.sums.money.get(name, (0, 0.0))
        figures |= {name: round(amount, 2) if number else None, f"with_{name}": number}
    return figures
