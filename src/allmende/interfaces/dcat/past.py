# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The past of records for programs: revisions, differences, mementos (RFC 7089), undo, archive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from msgspec import Struct, json
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from allmende.core import catalogue, departures, history
from allmende.core.asking import renamed
from allmende.core.catalogue import Outcome, Record, Revision
from allmende.core.conditional import http_date, require_match, validators
from allmende.core.history import Author, Step
from allmende.core.negotiation import Format, by_ending, choose
from allmende.core.operations import Parameter, operation
from allmende.core.payload import decode_json
from allmende.core.platform import ADDRESS_PARTS, Platform
from allmende.errors import InvalidInput, NotFound
from allmende.interfaces.dcat.handlers import FORMATS, JSON, PRODUCES, respond, to_people
from allmende.model.catalogue import ResourceKind

LINKS = "application/link-format"
_PAIR = re.compile(r"([0-9]{1,9})\.\.\.([0-9]{1,9})")
_ID = Parameter("id", "path", "Id of the record", {}, True)
_MATCH = Parameter("If-Match", "header", "The ETag of the history, so that nothing is lost", {})
KINDS = {part: kind for kind, part in ADDRESS_PARTS.items()}


class Reason(Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is done; `replaced_by` is a web address, for what is archived."""

    reason: str = ""
    replaced_by: str = ""


def _asked(request: Request) -> tuple[ResourceKind, str]:
    part, ident = request.url.path.split("/")[1], request.path_params["id"]
    return KINDS[part], ident


@operation(
    "Revisions of a record",
    about="Newest first, as far as the subject would have seen each state. `author` and "
    "`released_by` are for people of the organisation.",
    tag="DCAT",
    parameters=(_ID,),
)
async def listing(request: Request) -> Response:
    """The address /{kind}/{id}/history, with or without .json; the ETag is for If-Match."""
    if not request.url.path.endswith(".json"):
        people = to_people(request, request.url.path)
        if people is not None:
            return people
    kind, ident = _asked(request)
    platform, subject = request.app.state.platform, request.state.subject
    record = await catalogue.get(platform, subject, kind, ident)
    steps = await history.steps(platform, subject, kind, ident)
    body = {
        "address": catalogue.address(platform, record),
        "revision": record.revision,
        "revisions": [_step(platform, record, each) for each in steps],
    }
    return _json(body, {"vary": "Accept, Authorization, Cookie", **validators(tag_of(record))})


def tag_of(record: Record) -> str:
    """The entity tag of the newest revision of a record, the same in every format."""
    return f'"{record.kind}-{record.id}-{record.revision}"'


def _step(platform: Platform, record: Record, step: Step) -> dict[str, Any]:
    return {
        "number": step.number,
        "at": _exact(step.at),
        "deed": step.deed,
        "reason": step.reason,
        "status": step.status,
        "metadata_access": step.metadata_access,
        "data_access": step.data_access,
        "author": _author(step.author),
        "released_by": _author(step.released_by),
        "state": f"{catalogue.address(platform, record)}/history/{step.number}",
    }


def _exact(microseconds: int) -> str:
    """ISO 8601 in UTC with all digits: `?as-of=` with it gives this very state."""
    seconds, rest = divmod(microseconds, history.SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:06}Z"


def _author(author: Author | None) -> dict[str, str] | None:
    return None if author is None else {"kind": author.kind, "name": author.name}


@operation(
    "One state of a record, or what differs between two",
    about="`3` or `3.ttl` is the record as revision 3 left it (a memento, RFC 7089); `3...5` "
    "is a list of differences, field by field, lists and distributions item by item.",
    tag="DCAT",
    parameters=(_ID, Parameter("what", "path", "3, 3.ttl, 3...5 or 3...5.json", {}, True)),
    produces=PRODUCES,
)
async def one(request: Request) -> Response:
    """The addresses /{kind}/{id}/history/3 and /{kind}/{id}/history/3...5."""
    kind, ident = _asked(request)
    what = request.path_params["what"]
    pair = _PAIR.fullmatch(what.removesuffix(".json"))
    known = FORMATS if pair is None else (JSON,)
    people = to_people(request, request.url.path, known) if not what.endswith(".json") else None
    if people is not None:
        return people
    if pair is not None:
        return await _difference(request, kind, ident, int(pair[1]), int(pair[2]))
    name, chosen = choose(what, request.headers.get("accept"), FORMATS)
    if not name.isdecimal() or len(name) > 9:
        raise NotFound("There is no such state.", "Diesen Stand gibt es nicht.")
    platform, subject = request.app.state.platform, request.state.subject
    then = await history.at_revision(platform, subject, kind, ident, int(name))
    return await memento(request, then, chosen)


async def memento(request: Request, then: Record, chosen: Format) -> Response:
    """A state of a record with the headers of a memento (RFC 7089 §2.1.1, §2.2)."""
    response = await respond(request, then, chosen)
    response.headers["memento-datetime"] = http_date(then.updated)
    return response


async def _difference(
    request: Request, kind: ResourceKind, ident: str, old: int, new: int
) -> Response:
    platform, subject = request.app.state.platform, request.state.subject
    found = await history.compare(platform, subject, kind, ident, old, new)
    body = {
        "address": catalogue.address(platform, found.record),
        "from": _side(found.old),
        "to": _side(found.new),
        "changes": found.changes,
    }
    return _json(body, {"vary": "Accept, Authorization, Cookie"})


def _side(change: Revision) -> dict[str, Any]:
    return {"number": change.number, "at": _exact(change.at), "reason": change.reason}


def _json(body: dict[str, Any], headers: dict[str, str]) -> Response:
    return Response(json.encode(body), headers=headers, media_type="application/json")


@operation(
    "The times of a record (TimeMap)",
    about="RFC 7089 §5: every state one may see, as links.",
    tag="DCAT",
    parameters=(_ID,),
    produces=(LINKS,),
)
async def timemap(request: Request) -> Response:
    """The address /{kind}/{id}/timemap."""
    kind, ident = _asked(request)
    platform, subject = request.app.state.platform, request.state.subject
    record = await catalogue.get(platform, subject, kind, ident)
    steps = await history.steps(platform, subject, kind, ident)
    address = catalogue.address(platform, record)
    lines = [
        f'<{address}>; rel="original timegate"',
        f'<{address}/timemap>; rel="self"; type="{LINKS}"',
        *_mementos(address, steps),
    ]
    headers = {"vary": "Authorization, Cookie"}
    return Response(",\n".join(lines) + "\n", headers=headers, media_type=LINKS)


def _mementos(address: str, steps: Sequence[Step]) -> list[str]:
    lines = []
    for place, step in enumerate(reversed(steps)):
        ends = (("first", place == 0), ("last", place == len(steps) - 1))
        relation = " ".join([name for name, is_so in ends if is_so] + ["memento"])
        at = http_date(step.at)
        lines.append(f'<{address}/history/{step.number}>; rel="{relation}"; datetime="{at}"')
    return lines


async def of_another_time(
    request: Request, kind: ResourceKind, ident: str, chosen: Format
) -> Response | None:
    """The answer to `?as-of=` (the state itself) or Accept-Datetime (302 to a memento).

    RFC 7089 §4.1.1, pattern 1.1: the record is its own TimeGate. None when neither is asked.
    """
    platform, subject = request.app.state.platform, request.state.subject
    renamed(request.query_params, history.OTHER_NAMES)
    if "as-of" in request.query_params:
        zone = platform.settings.timezone
        moment = history.moment_of(request.query_params["as-of"], zone)
        then = await history.as_of(platform, subject, kind, ident, moment)
        return await memento(request, then, chosen)
    wanted = request.headers.get("accept-datetime")
    return None if wanted is None else await _nearest(request, kind, ident, wanted)


async def _nearest(request: Request, kind: ResourceKind, ident: str, wanted: str) -> Response:
    """The last state one may see before the moment, else the first (RFC 7089 §4.5.3)."""
    try:
        at = parsedate_to_datetime(wanted)
        moment = int(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * history.SECOND)
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidInput(
            "Accept-Datetime is a date like: Thu, 31 May 2007 20:35:00 GMT.",
            "Accept-Datetime ist ein Datum wie: Thu, 31 May 2007 20:35:00 GMT.",
        ) from error
    platform, subject = request.app.state.platform, request.state.subject
    record = await catalogue.get(platform, subject, kind, ident)
    steps = await history.steps(platform, subject, kind, ident)
    before = [each.number for each in steps if each.at <= moment + history.SECOND - 1]
    number = before[0] if before else steps[-1].number
    address = catalogue.address(platform, record)
    ending = by_ending(request.url.path, FORMATS)[1]
    suffix = f".{ending.endings[0]}" if ending is not None else ""
    links = f'<{address}>; rel="original timegate", <{address}/timemap>; rel="timemap"'
    headers = {"vary": "accept-datetime, Accept", "link": links}
    return RedirectResponse(f"{address}/history/{number}{suffix}", 302, headers)


# --- writing -------------------------------------------------------------------------------


@operation(
    "Restore an older state",
    about="A new revision with the content of the older one; 202 with the address of a working "
    "copy where somebody else has to release it. JSON: {reason}.",
    tag="DCAT",
    parameters=(_ID, Parameter("number", "path", "Number of the revision", {}, True), _MATCH),
    consumes=("application/json",),
    secured=True,
)
async def restore(request: Request) -> Response:
    """POST /{kind}/{id}/history/{number}/restore."""
    kind, ident = _asked(request)
    platform, subject = request.app.state.platform, request.state.subject
    given = await _reason(request)
    record = await catalogue.get(platform, subject, kind, ident)
    require_match(request.headers, tag_of(record))
    made = await history.restore(
        platform,
        subject,
        kind,
        ident,
        request.path_params["number"],
        expected_revision=record.revision,
        reason=given.reason,
    )
    if isinstance(made, Outcome):
        return Response(json.encode({"revision": made.revision}), media_type="application/json")
    body = {"working_copy": made.id}
    base = platform.settings.base_url
    headers = {"location": f"{base}/en/releases/{made.id}"}
    return Response(json.encode(body), 202, headers, media_type="application/json")


@operation(
    "Archive a record",
    about="The record leaves the catalogue and can be taken back. Its address answers 410 with "
    "the reason and what replaces it. JSON: {reason, replaced_by}.",
    tag="DCAT",
    parameters=(_ID, _MATCH),
    consumes=("application/json",),
    secured=True,
)
async def archive(request: Request) -> Response:
    """POST /{kind}/{id}/archive."""
    kind, ident = _asked(request)
    platform, subject = request.app.state.platform, request.state.subject
    given = await _reason(request)
    record = await catalogue.get(platform, subject, kind, ident)
    require_match(request.headers, tag_of(record))
    made = await departures.archive(
        platform,
        subject,
        kind,
        ident,
        given.reason,
        replaced_by=given.replaced_by,
        expected_revision=record.revision,
    )
    return Response(json.encode({"revision": made.revision}), media_type="application/json")


async def _reason(request: Request) -> Reason:
    body = await request.body()
    if not body.strip():
        return Reason()
    found: Reason = decode_json(body, request.app.state.platform.settings, Reason)
    return found
