# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Figures of intervals and points for charts at the address of a Datastream's Observations.

Not a part of the standard: `?interval=PT1H&aggregate=mean,min,max` and `?decimate=500`.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.sensing import querying_figures
from allmende.core.sensing.querying_found import Found
from allmende.errors import InvalidInput
from allmende.interfaces.sensorthings import answers
from allmende.interfaces.sensorthings.asking import Asked, Figures
from allmende.interfaces.sensorthings.encode import Names
from allmende.interfaces.sensorthings.encode_observations import observation_texts
from allmende.interfaces.sensorthings.writing import platform_of, root_of, subject_of
from allmende.model.sensing.entities import TYPES, Kind
from allmende.model.sensing.observation import Bucket
from allmende.model.sensing.odata.times import show_time
from allmende.model.sensing.path import Path

_READ = {
    "mean": lambda each: each.mean,
    "min": lambda each: each.min,
    "max": lambda each: each.max,
    "sum": lambda each: each.sum,
    "n": lambda each: each.n,
    "first": lambda each: each.first,
    "last": lambda each: each.last,
}


async def answer(request: Request, path: Path, ask: Asked) -> Response:
    """Figures, or fewer points."""
    _check(ask)
    if ask.figures is not None:
        return await _figures(request, path, ask, ask.figures)
    found = await querying_figures.points(
        platform_of(request), subject_of(request), path, ask.options.filter, ask.decimate
    )
    page = Found()
    if found is not None:
        page.add(*found)
    names = Names(TYPES[Kind.OBSERVATION], ask.options)
    base = f"{root_of(platform_of(request))}/Observations"
    texts = observation_texts(page, names, [], base)
    return answers.as_json('{"value":[' + ",".join(texts) + "]}")


def _check(ask: Asked) -> None:
    options = ask.options
    if ask.figures is not None and ask.decimate:
        raise InvalidInput(
            "Take interval or decimate, not both.", "Bitte interval oder decimate, nicht beides."
        )
    if options.orderby or options.skip or options.top is not None or options.expand:
        raise InvalidInput(
            "interval and decimate go with $filter and $select only.",
            "Zu interval und decimate passen nur $filter und $select.",
        )
    if ask.decimate and ask.format != "json":
        raise InvalidInput("decimate gives JSON.", "decimate liefert JSON.")


async def _figures(request: Request, path: Path, ask: Asked, wanted: Figures) -> Response:
    found = await querying_figures.intervals(
        platform_of(request), subject_of(request), path, ask.options.filter, wanted.grain
    )
    rows = [_row(each, wanted) for each in found]
    if ask.format == "CSV":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(["start", *wanted.methods])
        writer.writerows(list(row.values()) for row in rows)
        return Response(out.getvalue(), media_type="text/csv; charset=utf-8")
    if ask.format != "json":
        raise InvalidInput("Figures are JSON or CSV.", "Figuren gibt es als JSON oder CSV.")
    body: dict[str, Any] = {"value": rows}
    if ask.options.count:
        body = {"@iot.count": len(rows), **body}
    return Response(json.encode(body), media_type="application/json")


def _row(bucket: Bucket, wanted: Figures) -> dict[str, Any]:
    return {
        "start": show_time(bucket.start),
        **{name: _READ[name](bucket) for name in wanted.methods},
    }
