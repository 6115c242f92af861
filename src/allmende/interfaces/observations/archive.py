# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The archive by months: what there is of it for whoever asks, and each month as Parquet."""

from __future__ import annotations

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.operations import Parameter, operation
from allmende.core.sensing import exporting
from allmende.errors import NotFound
from allmende.interfaces.observations.files import JSON, PARQUET, VARY, file, whole

THING = Parameter("thing", "query", "Id of a thing: only its datastreams")


@operation("Months of the archive of observations", tag="Observations", parameters=(THING,))
async def listing(request: Request) -> Response:
    """The address /observations/archive."""
    platform, thing = request.app.state.platform, _thing(request)
    found = await exporting.months(platform, request.state.subject, thing)
    base, more = platform.settings.base_url, "" if thing is None else f"?thing={thing}"
    items = [
        {
            "month": f"{each.month // 100}-{each.month % 100:02}",
            "datastreams": each.streams,
            "observations": each.observations,
            "address": f"{base}/observations/archive/"
            f"{each.month // 100}-{each.month % 100:02}.parquet{more}",
        }
        for each in found
    ]
    return Response(json.encode({"items": items}), headers=VARY, media_type=JSON)


@operation(
    "A month of the archive of observations",
    about="Sorted by datastream and time. At most 5,000,000 observations.",
    tag="Observations",
    parameters=(Parameter("month", "path", "The month in UTC: 2024-06"), THING),
    produces=(PARQUET,),
    seconds="upload_seconds",
)
async def month(request: Request) -> Response:
    """The address /observations/archive/{month}.parquet."""
    text = request.path_params["month"]
    year, _, number = text.partition("-")
    if not (len(text) == 7 and f"{year}{number}".isdecimal() and 1 <= int(number) <= 12):
        raise NotFound(
            "A month is written 2024-06.",
            "Ein Monat wird so geschrieben: 2024-06.",
        )
    platform = request.app.state.platform
    path = await exporting.month(
        platform, request.state.subject, int(f"{year}{number}"), _thing(request)
    )
    return file(path, f"observations-{text}.parquet")


def _thing(request: Request) -> int | None:
    given = request.query_params.get("thing", "")
    return whole(given, "thing") if given else None
