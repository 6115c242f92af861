# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Any RDF in, a report out; the profiles and their shapes."""

from typing import Any

from msgspec import json
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from allmende.core import validating
from allmende.core.negotiation import (
    Format,
    by_ending,
    choose,
    language,
    negotiate,
    not_acceptable,
    wants_html,
)
from allmende.core.operations import Parameter, operation
from allmende.core.payload import check_json
from allmende.core.validating import Report, Result
from allmende.errors import InvalidInput
from allmende.model.rdf import format_name
from allmende.model.rdf.terms import Literal

JSON = Format("application/json", ("json",))
RDF = (
    Format("text/turtle", ("ttl",)),
    Format("application/ld+json", ("jsonld",)),
    Format("application/rdf+xml", ("rdf", "xml")),
    Format("application/n-triples", ("nt",)),
)
ANSWERS = (JSON, *RDF)
CONSUMES = (*(offer.media_type for offer in RDF), "application/trig", "application/n-quads")
PROFILE = Parameter(
    "profile", "query", f"One of {', '.join(validating.NAMES)}, or several with commas"
)


@operation("Profiles that can be asked for", tag="Validation", produces=("application/json",))
async def about(request: Request) -> Response:
    """The profiles with the addresses of their shapes; browsers are led to the form."""
    if wants_html(request.headers.get("accept")):
        chosen = language(request.headers.get("accept-language"))
        headers = {"vary": "Accept, Accept-Language"}
        return RedirectResponse(f"/{chosen}/validate", 303, headers)
    base = request.app.state.platform.settings.base_url
    found = [
        {
            "id": each.name,
            "title": each.title,
            "version": each.version,
            "shapes": f"{base}/validate/shapes/{each.name}.ttl",
        }
        for each in validating.known()
    ]
    content = {"default": list(validating.DEFAULT), "profiles": found}
    return Response(json.encode(content), media_type="application/json", headers=_VARY)


_VARY = {"vary": "Accept"}


@operation(
    "Check RDF against profiles",
    about="Nothing is kept. The answer is a SHACL validation report, in JSON with sentences "
    "that say what to do. Links are not followed and vocabularies not downloaded.",
    tag="Validation",
    parameters=(
        PROFILE,
        Parameter("syntax", "query", "Syntax of the body, instead of its Content-Type"),
        Parameter("format", "query", "json, ttl, jsonld, rdf or nt instead of Accept"),
    ),
    consumes=CONSUMES,
    produces=tuple(offer.media_type for offer in ANSWERS),
)
async def validate(request: Request) -> Response:
    """Checks the body. InvalidInput, LimitExceeded or DeadlineExceeded say why not."""
    chosen = _answer_format(request)
    names = validating.named(request.query_params.get("profile"))
    syntax = _syntax(request)
    settings = request.app.state.platform.settings
    body = await request.body()
    if syntax == "json-ld":
        check_json(body, settings.json_depth, settings.json_values)
    limits = validating.Limits(size=settings.body_limit)
    report = await validating.document(body, syntax, names, limits)
    if chosen is JSON:
        content = json.encode(as_json(report))
    else:
        content = validating.report_file(report, chosen.media_type)
    return Response(content, media_type=chosen.content_type, headers=_VARY)


def _answer_format(request: Request) -> Format:
    asked = request.query_params.get("format")
    if asked:
        found = by_ending(f"x.{asked}", ANSWERS)[1]
        if found is None:
            raise InvalidInput(
                f"There is no format “{asked}”; there are json, ttl, jsonld, rdf and nt.",
                f"Ein Format „{asked}“ gibt es nicht; es gibt json, ttl, jsonld, rdf und nt.",
            )
        return found
    chosen = negotiate(request.headers.get("accept"), ANSWERS)
    if chosen is None:
        raise not_acceptable(ANSWERS)
    return chosen


def _syntax(request: Request) -> str:
    """The syntax of the body; InvalidInput when it is not said or not known."""
    said = request.query_params.get("syntax") or request.headers.get("content-type", "")
    if not said:
        raise InvalidInput(
            f"Say which syntax the body has in Content-Type: {', '.join(CONSUMES)}.",
            f"Bitte die Syntax des Rumpfes in Content-Type nennen: {', '.join(CONSUMES)}.",
            code="unknown-rdf-syntax",
        )
    return format_name(said)


def as_json(report: Report) -> dict[str, Any]:
    """The report for programs and people."""
    return {
        "conforms": report.conforms,
        "profiles": list(report.profiles),
        "statements": report.statements,
        "unreadLines": report.unread,
        "violations": report.count("Violation"),
        "warnings": report.count("Warning"),
        "hints": report.count("Info"),
        "complete": not report.cut,
        "results": [_result(each) for each in report.results],
    }


def _result(each: Result) -> dict[str, Any]:
    value = each.value.value if isinstance(each.value, Literal) else each.value
    return {
        "severity": each.severity.lower(),
        "focus": each.focus,
        "path": each.path,
        "value": value,
        "component": each.component,
        "shape": each.source,
        "text": each.message,
    }


@operation(
    "The rules of a profile as SHACL",
    tag="Validation",
    parameters=(Parameter("name", "path", "Name of a profile, with an ending or not", {}, True),),
    produces=tuple(offer.media_type for offer in RDF),
)
async def shapes(request: Request) -> Response:
    """The file of shapes that every check of this profile is made from."""
    name, chosen = choose(request.path_params["name"], request.headers.get("accept"), RDF)
    content = validating.shapes_file(name, chosen.media_type)
    return Response(content, media_type=chosen.content_type, headers=_VARY)
