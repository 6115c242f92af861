# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Findings of records, and the profiles of a catalogue."""

from typing import Any

from msgspec import Struct, json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, validating
from allmende.core.catalogue import Record
from allmende.core.operations import Parameter, operation
from allmende.core.payload import decode_json
from allmende.core.platform import ADDRESS_PARTS
from allmende.core.validating import Checked
from allmende.errors import NotFound
from allmende.model.catalogue import ResourceKind

KINDS = {part: kind for kind, part in ADDRESS_PARTS.items()}
_ID = Parameter("id", "path", "Id of the record", {}, True)


class Choice(Struct, forbid_unknown_fields=True):
    """The body of a choice of profiles; none gives it back to the program."""

    profiles: list[str]


@operation(
    "What was found in a record when it was last written",
    tag="Validation",
    parameters=(
        Parameter("kind", "path", f"One of {', '.join(KINDS)}", {}, True),
        _ID,
    ),
)
async def findings(request: Request) -> Response:
    """The findings, for whoever sees the record; those of a catalogue with the sums of its
    records."""
    kind = KINDS.get(request.path_params["kind"])
    if kind is None:
        raise NotFound(
            f"There are findings of {', '.join(KINDS)}.",
            f"Befunde gibt es zu {', '.join(KINDS)}.",
        )
    platform, subject = request.app.state.platform, request.state.subject
    record = await catalogue.get(platform, subject, kind, request.path_params["id"])
    content = _content(record, await validating.of_record(platform, record))
    if kind is ResourceKind.CATALOG:
        content["profiles"] = await validating.chosen(platform, subject, record.id)
        content["records"] = await validating.sums(platform, subject, record.id)
    return _json(content)


def _content(record: Record, found: Checked) -> dict[str, Any]:
    return {
        "id": record.id,
        "title": record.resource.title,
        "revision": record.revision,
        "checkedFor": found.profiles,
        "violations": found.violations,
        "warnings": found.warnings,
        "hints": found.hints,
        "findings": [
            {
                "severity": each.severity,
                "path": each.path,
                "value": each.value,
                "check": each.check,
                "shape": each.shape,
                "text": each.text,
            }
            for each in found.findings
        ],
    }


@operation(
    "The profiles the records of a catalogue have to meet",
    about='PUT takes {"profiles": ["govdata"]} and checks all records of the catalogue anew.',
    tag="Validation",
    parameters=(_ID,),
    consumes=("application/json",),
)
async def profiles(request: Request) -> Response:
    """Reads or sets the choice; setting is for those who may write the catalogue."""
    platform, subject = request.app.state.platform, request.state.subject
    ident = request.path_params["id"]
    content: dict[str, Any] = {}
    if request.method == "PUT":
        choice: Choice = decode_json(await request.body(), platform.settings, Choice)
        content["checked"] = await validating.choose(platform, subject, ident, choice.profiles)
    content["profiles"] = await validating.chosen(platform, subject, ident)
    return _json(content)


def _json(content: dict[str, Any]) -> Response:
    return Response(json.encode(content), media_type="application/json")
