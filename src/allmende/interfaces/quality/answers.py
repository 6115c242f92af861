# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The quality of one dataset as DQV or JSON, and the figures of the city as JSON."""

from typing import Any
from urllib.parse import urlencode

from msgspec import json
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from allmende.core import catalogue, links, links_files, pages, scoring
from allmende.core.asking import one_of, only
from allmende.core.catalogue import Record
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.negotiation import Format, by_ending, choose, language, wants_html
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.core.scoring import Rating, Sum
from allmende.core.scoring_graph import NAMESPACES, graph
from allmende.errors import InvalidInput, NotFound
from allmende.model import rdf
from allmende.model.mqa import BANDS, DIMENSIONS, MOST, band
from allmende.model.mqa_words import BAND_WORDS, METRIC_WORDS

JSON = Format("application/json", ("json",))
RDF = (
    Format("text/turtle", ("ttl",)),
    Format("application/ld+json", ("jsonld",)),
    Format("application/rdf+xml", ("rdf", "xml")),
    Format("application/n-triples", ("nt",)),
    Format("application/trig", ("trig",)),
)
FORMATS = (*RDF, JSON)
FLAGS = ("true", "false")


@operation(
    "The quality score of a dataset",
    about="RDF with the W3C Data Quality Vocabulary: a measurement of each metric on the dataset "
    "or a distribution, and the sum as pv:scoring. JSON has also what was found in links and "
    "files, and, for those who may edit the dataset, what to do first.",
    tag="Quality",
    parameters=(
        Parameter("name", "path", "Id of the dataset", {}, True),
        Parameter("historic", "query", "true: the points of earlier days as well"),
    ),
    produces=tuple(offer.media_type for offer in FORMATS),
)
async def dataset(request: Request) -> Response:
    """The addresses /datasets/{id}/quality and .ttl, .jsonld, .rdf, .nt, .trig, .json."""
    name = request.path_params["name"]
    people = _to_people(request, f"/datasets/{name}/quality")
    if people is not None:
        return people
    if "ending" in request.path_params and by_ending(request.url.path, FORMATS)[1] is None:
        raise _no_such_form()
    _, chosen = choose(request.url.path, request.headers.get("accept"), FORMATS)
    platform, subject = request.app.state.platform, request.state.subject
    record, rating = await scoring.find(platform, subject, name)
    past = one_of("historic", request.query_params.get("historic", "false"), FLAGS) == "true"
    if chosen == JSON:
        content = await _as_json(request, record, rating, past=past)
        return _answer(request, json.encode(content), chosen)
    found = await graph(platform, subject, record, past=past)
    return _answer(request, rdf.serialise(found, chosen.media_type, NAMESPACES), chosen)


def _no_such_form() -> NotFound:
    return NotFound(
        "Quality comes as .ttl, .jsonld, .rdf, .nt, .trig and .json.",
        "Die Qualität gibt es als .ttl, .jsonld, .rdf, .nt, .trig und .json.",
        code="no-such-page",
    )


async def _as_json(
    request: Request, record: Record, rating: Rating, *, past: bool
) -> dict[str, Any]:
    platform, subject = request.app.state.platform, request.state.subject
    score = rating.score
    content: dict[str, Any] = {
        "id": record.id,
        "address": catalogue.address(platform, record),
        "points": score.points,
        "of": MOST,
        "band": score.band,
        "pending": round(score.pending, 1),
        "dimensions": _dimensions({str(k): v for k, v in score.dimensions.items()}),
        "metrics": _metrics(rating),
        "links": await _links(platform, record),
        "files": [
            {"address": each.address, "checked": pages.date_time(each.checked), "found": each.found}
            for each in (await links_files.of_record(platform, record)).values()
        ],
    }
    deeds = await scoring.advice(platform, subject, record)
    if deeds:
        content["advice"] = [
            {
                "key": each.key,
                "points": round(each.points, 1),
                "paths": each.paths,
                "title": each.title,
                "text": each.text,
            }
            for each in deeds
        ]
    if past:
        content["history"] = [
            {
                "day": scoring.day_of(each.day),
                "revision": each.revision,
                "points": each.points,
                "dimensions": _dimensions(each.dimensions),
            }
            for each in await scoring.history(platform, subject, record)
        ]
    return content


def _metrics(rating: Rating) -> list[dict[str, Any]]:
    return [
        {
            "metric": metric.name,
            "dimension": metric.dimension,
            "points": round(metric.points * value.share, 1),
            "of": metric.points,
            "fulfilled": value.have,
            "measured": value.of - value.pending,
            "items": value.of,
            "text": METRIC_WORDS[metric.name],
        }
        for metric, value in rating.score.pairs()
    ]


async def _links(platform: Platform, record: Record) -> list[dict[str, Any]]:
    known = await links.of_record(platform, record.resource)
    return [
        {
            "address": each.address,
            "answers": each.answers,
            "status": each.status,
            "trouble": each.trouble,
            "asked": pages.date_time(each.asked) if each.asked else None,
            "milliseconds": each.took,
            "target": each.target,
        }
        for each in known.values()
    ]


@operation(
    "Quality of the metadata: the city, each catalogue, each publisher",
    about="Means over the datasets that everybody may see. With catalogue or publisher only "
    "that one, with its days and with what each metric costs on average.",
    tag="Quality",
    parameters=(
        Parameter("catalogue", "query", "Id of a catalogue"),
        Parameter("publisher", "query", "Name of a publisher"),
    ),
)
async def city(request: Request) -> Response:
    """The addresses /quality and /quality.json."""
    people = _to_people(request, "/quality")
    if people is not None:
        return people
    only(request.query_params, ("catalogue", "publisher"))
    platform, subject = request.app.state.platform, request.state.subject
    scope, name = asked(
        request.query_params.get("catalogue"), request.query_params.get("publisher")
    )
    found = await scoring.overview(platform, subject, scope, name)
    content: dict[str, Any] = {
        "scope": scope,
        "name": name,
        **_sum(found.now),
        "bandsBeginAt": dict(BANDS),
        "days": [{"day": scoring.day_of(day), **_sum(each)} for day, each in found.days],
        "losses": await scoring.losses(platform, subject, scope, name),
    }
    if scope == "city":
        for other in ("catalogue", "publisher"):
            table = await scoring.table(platform, subject, other)
            content[other + "s"] = [{"name": each, **_sum(sums)} for each, sums in table.items()]
    return _answer(request, json.encode(content), JSON)


def asked(catalogue_id: str | None, publisher: str | None) -> tuple[scoring.Scope, str]:
    """The scope that a request names. InvalidInput for two at once."""
    if catalogue_id and publisher:
        raise InvalidInput(
            "Ask for a catalogue or a publisher, not for both.",
            "Bitte nach einem Katalog oder einer Organisation fragen, nicht nach beiden.",
        )
    if catalogue_id:
        return "catalogue", catalogue_id
    return ("publisher", publisher) if publisher else ("city", "")


def _sum(found: Sum) -> dict[str, Any]:
    return {
        "datasets": found.records,
        "points": round(found.points, 1),
        "of": MOST,
        "band": band(found.points),
        "bandTitle": BAND_WORDS[band(found.points)],
        "dimensions": _dimensions(found.dimensions),
        "bands": found.bands,
    }


def _dimensions(found: dict[str, float]) -> dict[str, dict[str, float]]:
    return {
        str(name): {"points": round(found[name], 1), "of": most}
        for name, most in DIMENSIONS.items()
    }


def _answer(request: Request, body: bytes, chosen: Format) -> Response:
    tag = etag(body)
    headers = {"vary": "Accept, Accept-Language", **validators(tag)}
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=chosen.content_type)


def _to_people(request: Request, path: str) -> Response | None:
    """Leads a browser that asks for the bare address to the page in its language."""
    named = by_ending(request.url.path, FORMATS)[1] is not None
    if named or not wants_html(request.headers.get("accept")):
        return None
    chosen = language(request.headers.get("accept-language"))
    pairs = urlencode(request.query_params.multi_items())
    headers = {"vary": "Accept, Accept-Language"}
    return RedirectResponse(f"/{chosen}{path}{'?' + pairs if pairs else ''}", 303, headers)
