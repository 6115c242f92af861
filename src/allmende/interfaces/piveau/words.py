# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Vocabularies as SKOS and organisations as FOAF, read from what the platform has."""

from collections.abc import Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import accounts
from allmende.core.accounts import Organisation
from allmende.core.operations import Parameter, operation
from allmende.errors import InvalidInput, Unsupported
from allmende.interfaces.piveau.asking import value_type, window
from allmende.interfaces.piveau.finding import missing, signed_in, who
from allmende.interfaces.piveau.lists import PAGING, TAG, as_json
from allmende.interfaces.piveau.syntax import MEDIA_TYPES, answer, named
from allmende.model.namespaces import DCT, FOAF, SKOS
from allmende.model.rdf import Graph, Literal, Statement, format_name, parse
from allmende.model.rdf.terms import LANG_STRING, TYPE
from allmende.model.vocabulary import Vocabulary, names, vocabulary

ORG = "http://www.w3.org/ns/org#"
NAME = Parameter("ident", "path", "Id", {}, True)
BASE = "/api/hub/repo"
PRODUCES = ("application/json", *MEDIA_TYPES)
_NAMED = (FOAF + "name", SKOS + "prefLabel", DCT + "title")


# --- vocabularies --------------------------------------------------------------------


def vocabulary_iri(found: Vocabulary) -> str:
    """The IRI of a list: the base of its concepts without the last sign."""
    return found.base.rstrip("/#")


@operation("The vocabularies", tag=TAG, parameters=PAGING, produces=PRODUCES)
async def vocabularies(request: Request) -> Response:
    """IRIs, ids or the lists themselves."""
    offset, limit = window(request)
    chosen = names()[offset : offset + limit]
    wanted = value_type(request)
    if wanted == "metadata":
        lines = [line for name in chosen for line in _skos(vocabulary(name))]
        return await answer(request, lines)
    iris = [vocabulary_iri(vocabulary(name)) for name in chosen]
    return as_json(iris if wanted == "uriRefs" else chosen, len(names()))


@operation("One vocabulary as SKOS", tag=TAG, parameters=(NAME,), produces=MEDIA_TYPES)
async def one_vocabulary(request: Request) -> Response:
    """The scheme and its concepts with German and English names."""
    return await answer(request, _skos(known_vocabulary(named(request, "ident"))))


def known_vocabulary(name: str) -> Vocabulary:
    """The vocabulary of that name. NotFound."""
    if name not in names():
        raise missing(name)
    return vocabulary(name)


@operation("Change a vocabulary", tag=TAG, secured=True)
async def fixed(request: Request) -> Response:
    """501: the lists belong to the program, so that all parts of it agree."""
    signed_in(request)
    raise Unsupported(
        "Vocabularies come with the program and are renewed with it; they cannot be uploaded.",
        "Wertelisten gehören zum Programm und werden mit ihm erneuert; sie lassen sich nicht "
        "hochladen.",
        code="vocabulary-fixed",
    )


def _skos(found: Vocabulary) -> list[Statement]:
    scheme = vocabulary_iri(found)
    lines: list[Statement] = [(scheme, TYPE, SKOS + "ConceptScheme")]
    lines += _texts(scheme, DCT + "title", found.title)
    for concept in found:
        lines.append((concept.iri, TYPE, SKOS + "Concept"))
        lines.append((concept.iri, SKOS + "inScheme", scheme))
        lines.append((concept.iri, SKOS + "notation", Literal(concept.code)))
        lines += _texts(concept.iri, SKOS + "prefLabel", concept.labels)
        if concept.broader:
            broader = concept.broader
            lines.append((concept.iri, SKOS + "broader", _full(found, broader)))
    return lines


def _full(found: Vocabulary, name: str) -> str:
    return name if name in found.concepts else found.base + name


def _texts(subject: str, verb: str, texts: dict[str, str]) -> list[Statement]:
    return [
        (subject, verb, Literal(text) if tag == "und" else Literal(text, tag, LANG_STRING))
        for tag, text in texts.items()
    ]


# --- organisations -------------------------------------------------------------------


def organisation_iri(request: Request, ident: str) -> str:
    """The IRI of an organisation: its address at the hub."""
    base = request.app.state.platform.settings.base_url
    return f"{base}{BASE}/organizations/{quote(ident)}"


@operation("Organisations", tag=TAG, parameters=PAGING, produces=PRODUCES)
async def organisations(request: Request) -> Response:
    """IRIs, ids or descriptions; names of organisations are public."""
    platform, subject = who(request)
    found = await accounts.organisations(platform, subject)
    offset, limit = window(request)
    chosen = found[offset : offset + limit]
    wanted = value_type(request)
    if wanted == "metadata":
        return await answer(request, _foaf(request, chosen))
    if wanted == "uriRefs":
        return as_json([organisation_iri(request, each.id) for each in chosen], len(found))
    return as_json([each.id for each in chosen], len(found))


@operation("One organisation", tag=TAG, parameters=(NAME,), produces=MEDIA_TYPES)
async def one_organisation(request: Request) -> Response:
    """Its names and the organisation it belongs to."""
    return await answer(request, _foaf(request, [await _organisation(request)]))


@operation(
    "Create or change an organisation",
    tag=TAG,
    parameters=(NAME,),
    consumes=MEDIA_TYPES,
    secured=True,
)
async def put_organisation(request: Request) -> Response:
    """201 or 204; for administrators of it, of the one above, or of everything."""
    platform, subject = signed_in(request)
    ident = request.path_params["ident"]
    known = {each.id: each for each in await accounts.organisations(platform, subject)}
    name, parent = _described(request, await request.body())
    if parent is None and ident in known:
        parent = known[ident].parent
    await accounts.save_organisation(platform, subject, ident, name, parent)
    headers = {"location": organisation_iri(request, ident)}
    return Response(status_code=204 if ident in known else 201, headers=headers)


def _described(request: Request, body: bytes) -> tuple[dict[str, str], str | None]:
    """Names and the id of the parent that a body tells. Raises InvalidInput without a name."""
    declared = request.headers.get("content-type", "").partition(";")[0] or "text/turtle"
    graph: Graph = parse(body, format_name(declared))
    found: dict[str, str] = {}
    parent = None
    for pairs in graph.subjects.values():
        for verb, value in pairs:
            if verb in _NAMED and isinstance(value, Literal):
                found.setdefault(value.language or "und", value.value)
            elif verb in (ORG + "subOrganizationOf", ORG + "unitOf") and isinstance(value, str):
                parent = value.rstrip("/").rpartition("/")[2]
    if not found:
        raise InvalidInput(
            "The organisation needs a name (foaf:name).",
            "Die Organisation braucht einen Namen (foaf:name).",
        )
    return found, parent


@operation("Delete an organisation", tag=TAG, parameters=(NAME,), secured=True)
async def delete_organisation(request: Request) -> Response:
    """501: records and people belong to it."""
    signed_in(request)
    await _organisation(request)
    raise Unsupported(
        "Organisations cannot be deleted by programs, because records and people belong to them.",
        "Organisationen lassen sich nicht durch Programme löschen, denn Einträge und Personen "
        "gehören zu ihnen.",
        code="organisation-stays",
    )


async def _organisation(request: Request) -> Organisation:
    platform, subject = who(request)
    ident = named(request, "ident")
    for each in await accounts.organisations(platform, subject):
        if each.id == ident:
            return each
    raise missing(ident)


def _foaf(request: Request, found: Sequence[Organisation]) -> list[Statement]:
    lines: list[Statement] = []
    for each in found:
        iri = organisation_iri(request, each.id)
        lines += [(iri, TYPE, FOAF + "Organization"), (iri, TYPE, ORG + "Organization")]
        lines.append((iri, DCT + "identifier", Literal(each.id)))
        lines += _texts(iri, FOAF + "name", each.name)
        if each.parent:
            above = organisation_iri(request, each.parent)
            lines.append((iri, ORG + "subOrganizationOf", above))
    return lines


# --- actions -------------------------------------------------------------------------


@operation("Call an action (JSON-RPC 2.0)", tag=TAG, secured=True)
async def action(request: Request) -> Response:
    """No action is offered: what a hub does in the background is done with every write here."""
    signed_in(request)
    raise Unsupported(
        "No actions are offered: search, quality and history are up to date after every write.",
        "Aktionen gibt es nicht: Suche, Qualität und Verlauf sind nach jedem Schreiben aktuell.",
        code="no-actions",
    )
