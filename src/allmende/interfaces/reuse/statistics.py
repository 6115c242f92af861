# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How often datasets are used, as CSV (RFC 4180) and JSON."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, usage
from allmende.core.asking import only
from allmende.core.formats.cells import inert
from allmende.core.operations import Parameter, operation
from allmende.core.usage import FEWEST, LONGEST_DAYS, Number, Statistics, Uses
from allmende.errors import InvalidInput
from allmende.model.catalogue import local

FEW = f"<{FEWEST}"
COLUMNS = ("id", "title", "views", "downloads", "calls", "address")
VARY = {"vary": "Authorization, Cookie"}
ABOUT = (
    f"Numbers from 1 to {FEWEST - 1} are told as `{FEW}`. Robots and who asks not to be "
    "counted are left out. At most 1,000 datasets, the most used first, those you may see."
)
PARAMETERS = (Parameter("days", "query", f"Of the last days, 1 to {LONGEST_DAYS}; 30 unless said"),)


@operation(
    "How often datasets are used, as JSON",
    about=ABOUT,
    tag="Reuse",
    parameters=PARAMETERS,
)
async def as_json(request: Request) -> Response:
    """The addresses /statistics and /statistics.json."""
    found = await _found(request)
    platform = request.app.state.platform
    document = {
        "start": found.start,
        "end": found.end,
        "fewest": FEWEST,
        "total": _numbers(found.total),
        "datasets": [
            {
                "id": each.record.id,
                "title": each.record.resource.title,
                "address": catalogue.address(platform, each.record),
                **_numbers(each.uses),
            }
            for each in found.datasets
        ],
        "months": [{"month": month, **_numbers(uses)} for month, uses in found.months],
    }
    return Response(json.encode(document), 200, dict(VARY), "application/json")


@operation(
    "How often datasets are used, as CSV",
    about=ABOUT,
    tag="Reuse",
    parameters=PARAMETERS,
    produces=("text/csv",),
)
async def as_csv(request: Request) -> Response:
    """The address /statistics.csv."""
    found = await _found(request)
    platform = request.app.state.platform
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for each in found.datasets:
        title = local(each.record.resource.title, platform.settings.language)
        numbers = _numbers(each.uses)
        here = catalogue.address(platform, each.record)
        table.writerow([inert(each.record.id), inert(title), *numbers.values(), here])
    headers = {**VARY, "content-disposition": 'attachment; filename="statistics.csv"'}
    return Response(text.getvalue(), 200, headers, "text/csv; charset=utf-8")


async def _found(request: Request) -> Statistics:
    only(request.query_params, ("days",))
    text = request.query_params.get("days", "30")
    if not text.isdecimal() or len(text) > 5:
        raise InvalidInput("days has to be a number.", "days muss eine Zahl sein.")
    return await usage.statistics(request.app.state.platform, request.state.subject, int(text))


def _numbers(uses: Uses) -> dict[str, Any]:
    return {
        "views": _number(uses.view),
        "downloads": _number(uses.download),
        "calls": _number(uses.api),
    }


def _number(number: Number) -> int | str:
    return FEW if number is None else number
