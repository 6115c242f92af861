# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How long observations are kept, for programs."""

from __future__ import annotations

from msgspec import json, to_builtins
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.operations import operation
from allmende.core.sensing import retaining
from allmende.model.sensing.retention import to_toml
from allmende.model.sensing.retention_words import sentence


@operation("The rules of retention of observations", tag="Observations")
async def as_json(request: Request) -> Response:
    """The address /retention.json: rules with their versions and sentences."""
    found = await retaining.rules(request.app.state.platform, request.state.subject)
    items = [
        {"version": each.version, "sentence": sentence(each.policy), **to_builtins(each.policy)}
        for each in found
    ]
    return Response(json.encode({"items": items}), media_type="application/json")


@operation(
    "The rules of retention of observations as a document",
    about="`allmende retain --rules FILE` reads it.",
    tag="Observations",
    produces=("application/toml",),
)
async def as_toml(request: Request) -> Response:
    """The address /retention.toml."""
    found = await retaining.rules(request.app.state.platform, request.state.subject)
    return Response(to_toml(found), media_type="application/toml")
