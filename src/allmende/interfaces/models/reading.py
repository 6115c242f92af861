# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One model in the format that is asked for, and what differs between two versions."""

from collections.abc import Iterator

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections, models
from allmende.core.conditional import is_fresh, validators
from allmende.core.negotiation import Format
from allmende.core.operations import Parameter, operation
from allmende.errors import InvalidInput
from allmende.interfaces.models.formats import (
    OFFERS,
    PRODUCES,
    chosen,
    to_people,
    words_in,
)
from allmende.interfaces.models.tags import tag_of
from allmende.model.emit import Emitter, Place

NAME = Parameter("name", "path", "Id of the model, with or without an ending", {}, True)
VERSION = Parameter("version", "path", "1.0.0, with or without an ending such as .ttl", {}, True)
_MORE = (
    Parameter("f", "query", "The ending of a format, instead of Accept"),
    Parameter("lang", "query", "de or en: language of titles in formats that have only one"),
    Parameter("entity", "query", "The entity, for formats that know only one; the first if not"),
    Parameter("collection", "query", "Id of a collection, for clients, contexts and OpenAPI"),
)


@operation(
    "A model in its newest published version",
    tag="Models",
    parameters=(NAME, *_MORE),
    produces=PRODUCES,
)
async def latest(request: Request) -> Response:
    """The address of a model."""
    people = to_people(request)
    if people is not None:
        return people
    ident, offer, emitter = chosen(request, request.path_params["name"])
    return await _answer(request, ident, "", offer, emitter)


@operation(
    "A version of a model",
    about="JSON Schema, SHACL, JSON-LD context, OpenAPI, tables, clients and more from one model.",
    tag="Models",
    parameters=(NAME, VERSION, *_MORE),
    produces=PRODUCES,
)
async def version(request: Request) -> Response:
    """The address of a version."""
    people = to_people(request)
    if people is not None:
        return people
    number, offer, emitter = chosen(request, request.path_params["version"])
    return await _answer(request, request.path_params["name"], number, offer, emitter)


async def _answer(
    request: Request, ident: str, number: str, offer: Format, emitter: Emitter
) -> Response:
    platform, subject = request.app.state.platform, request.state.subject
    kept = await models.find(platform, subject, ident, number)
    place = await _place(request, kept)
    tag = tag_of(kept, offer.media_type, place)
    links = ", ".join(_links(request, kept, emitter))
    headers = {"vary": "Accept, Accept-Language", "link": links}
    headers |= validators(tag, kept.updated)
    headers["content-disposition"] = f'inline; filename="{_file_name(kept, emitter)}"'
    if emitter.name == "markdown":
        headers["content-language"] = place.language
    if is_fresh(request.headers, tag, kept.updated):
        return Response(status_code=304, headers=headers)
    body = emitter.emit(kept.model, place)
    return Response(body, headers=headers, media_type=offer.content_type)


async def _place(request: Request, kept: models.Kept) -> Place:
    """What the document speaks of. Raises NotFound for a collection that is not visible."""
    platform, subject = request.app.state.platform, request.state.subject
    entity = request.query_params.get("entity", "")
    if entity and entity not in {each.name for each in kept.model.entities}:
        raise InvalidInput(
            f"The model has no entity “{entity}”.", f"Das Modell hat keine Entität „{entity}“."
        )
    collection = request.query_params.get("collection", "")
    if collection:
        found = await collections.get(platform, subject, collection)
        entity = entity or found.entity.name
    else:
        used = await models.used_by(platform, subject, kept.id)
        collection = next((name for name, each in used.items() if each == kept.version), "")
    base = platform.settings.base_url
    return Place(base=base, collection=collection, entity=entity, language=words_in(request))


def _file_name(kept: models.Kept, emitter: Emitter) -> str:
    return f"{kept.id}-{kept.version}.{emitter.endings[0]}"


def _links(request: Request, kept: models.Kept, emitter: Emitter) -> Iterator[str]:
    """Canonical address, other formats, pages, and the chain of versions (RFC 5829)."""
    base = request.app.state.platform.settings.base_url
    path = f"/models/{kept.id}/{kept.version}"
    yield f'<{base}{path}>; rel="canonical"'
    yield f'<{base}/models/{kept.id}>; rel="latest-version"'
    for offer, each in OFFERS.items():
        if offer.endings and each is not emitter:
            yield f'<{base}{path}.{offer.endings[0]}>; rel="alternate"; type="{offer.media_type}"'
    for language in ("de", "en"):
        page = f"<{base}/{language}{path}>"
        yield f'{page}; rel="alternate"; type="text/html"; hreflang="{language}"'


@operation(
    "What differs between two versions of a model",
    tag="Models",
    parameters=(NAME, VERSION, Parameter("other", "path", "The newer version", {}, True)),
    produces=("application/json",),
)
async def difference(request: Request) -> Response:
    """Every change with its weight, and the version number it asks for."""
    platform, subject = request.app.state.platform, request.state.subject
    name, old, new = (request.path_params[each] for each in ("name", "version", "other"))
    new = new.removesuffix(".json")
    found = await models.difference(platform, subject, name, old, new)
    body = {
        "model": name,
        "from": old,
        "to": new,
        "level": found.level,
        "compatible": found.compatible,
        "required_version": found.required,
        "changes": found.changes,
    }
    return Response(json.encode(body), media_type="application/json")
