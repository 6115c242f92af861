# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The models there are, and search in them."""

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import models
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.negotiation import Format, negotiate, not_acceptable
from allmende.core.operations import Parameter, operation
from allmende.errors import InvalidInput
from allmende.interfaces.models.formats import to_people
from allmende.model.emit import EMITTERS

JSON = Format("application/json", ("json",))
LONGEST = 500  # characters of a search
MOST = 1_000  # models in one answer


@operation(
    "The models of this platform",
    about="Every word of q has to occur in names, titles or descriptions of model or fields.",
    tag="Models",
    parameters=(
        Parameter("q", "query", "Words, German or English"),
        Parameter("limit", "query", f"At most {MOST}", {"type": "integer"}),
        Parameter("offset", "query", "How many to pass over", {"type": "integer"}),
    ),
)
async def many(request: Request) -> Response:
    """The list with title, versions, formats and the collections that use each."""
    people = to_people(request)
    if people is not None:
        return people
    json_wanted = request.url.path.endswith(".json") or request.query_params.get("f") == "json"
    if not json_wanted and negotiate(request.headers.get("accept"), [JSON]) is None:
        raise not_acceptable([JSON])
    platform, subject = request.app.state.platform, request.state.subject
    text = request.query_params.get("q", "")
    if len(text) > LONGEST:
        raise InvalidInput(
            f"q has more than {LONGEST} characters.", f"q hat mehr als {LONGEST} Zeichen."
        )
    offset, limit = _number(request, "offset", 0, 10**9), _number(request, "limit", 100, MOST)
    found = await models.listing(platform, subject, text)
    base = platform.settings.base_url
    body = json.encode(
        {
            "total": len(found),
            "items": [_item(base, each) for each in found[offset : offset + limit]],
            "formats": [_format(each) for each in EMITTERS],
        }
    )
    tag = etag(body)
    headers = {"vary": "Accept"} | validators(tag)
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text[:12]) <= most):
        raise InvalidInput(
            f"{name} has to be a whole number of at most {most}.",
            f"{name} muss eine ganze Zahl von höchstens {most} sein.",
        )
    return int(text)


def _format(name: str) -> dict[str, object]:
    found = EMITTERS[name]
    return {
        "name": name,
        "endings": found.endings,
        "media_type": found.media_type,
        "title": found.title,
    }


def _item(base: str, info: models.ModelInfo) -> dict[str, object]:
    return {
        "id": info.id,
        "address": f"{base}/models/{info.id}",
        "version": info.version,
        "versions": info.versions,
        "title": info.title,
        "description": info.description,
        "organisation": info.organisation,
        "status": info.status,
        "used_by": info.used_by,
        "created": _time(info.created),
        "changed": _time(info.changed),
    }


def _time(microseconds: int) -> str:
    from datetime import UTC, datetime

    text = datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")
