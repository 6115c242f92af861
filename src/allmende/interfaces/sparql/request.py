# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A query out of an HTTP request (SPARQL 1.1 Protocol §2.1), and the format it asks for."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request

from allmende.core import sparql
from allmende.core.negotiation import Format, negotiate, not_acceptable
from allmende.errors import InvalidInput, LimitExceeded

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
MAX_FIELDS = 100  # parameters of one request

_ALIASES: dict[str, tuple[Format, ...]] = {  # what clients ask for besides the registered names
    "json": (Format("application/json"),),
    "xml": (Format("application/xml"), Format("text/xml")),
    "ntriples": (Format("text/plain"),),
    "jsonld": (Format("application/json"),),
    "rdfxml": (Format("application/xml"),),
}


class Query(Struct, frozen=True):
    """What a client asks: the text, the dataset and the name of a format, all as sent."""

    text: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None


async def read(request: Request) -> Query:
    """The query of a GET, of a POSTed form or of a POSTed text.

    Raises InvalidInput, NotAllowed for an update, HTTPException 415.
    """
    pairs = _pairs(request.url.query)
    if request.method != "POST":
        return _query(pairs)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        return _query(pairs + _pairs(await _text(request)))
    if kind == QUERY:
        return _query([*pairs, ("query", await _text(request))])
    if kind == UPDATE:
        raise sparql.update_refused()
    raise HTTPException(415)


def _query(pairs: Sequence[tuple[str, str]]) -> Query:
    def all_of(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in pairs if key == name)

    if all_of("update"):
        raise sparql.update_refused()
    texts, formats = all_of("query"), all_of("format") + all_of("output")
    if len(texts) > 1:
        raise InvalidInput(
            "The parameter query stands there more than once.",
            "Der Parameter query steht mehrfach da.",
        )
    graphs, named = all_of("default-graph-uri"), all_of("named-graph-uri")
    for iri in graphs + named:
        if ":" not in iri or any(character in ' <>"{}|\\^`' for character in iri):
            raise InvalidInput(f"“{iri}” is no IRI.", f"„{iri}“ ist keine IRI.")
    return Query(texts[0] if texts else None, graphs, named, formats[0] if formats else None)


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise _not_utf8() from error
    except ValueError as error:
        raise LimitExceeded(
            f"The request has more than {MAX_FIELDS} parameters.",
            f"Die Anfrage hat mehr als {MAX_FIELDS} Parameter.",
        ) from error


async def _text(request: Request) -> str:
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise _not_utf8() from error


def _not_utf8() -> InvalidInput:
    return InvalidInput("The query is not UTF-8.", "Die Anfrage ist nicht in UTF-8 kodiert.")


def choose_format(form: sparql.Form, asked: str | None, accept: str | None) -> tuple[str, str]:
    """Short name and content type of the answer: by the parameter, else by Accept.

    Raises InvalidInput for an unknown parameter, NotAcceptable for Accept.
    """
    formats = sparql.formats_for(form)
    if asked is not None:
        for name, offer in formats.items():
            if asked.lower() in (name, offer.media_type, *offer.endings):
                return name, offer.content_type
        known = ", ".join(formats)
        raise InvalidInput(
            f"There is no format “{asked}” for {form.upper()}; there are: {known}.",
            f"Für {form.upper()} gibt es kein Format „{asked}“; es gibt: {known}.",
        )
    names = {offer: name for name, offer in formats.items()}
    for name in formats:
        for alias in _ALIASES.get(name, ()):
            names[alias] = name
    chosen = negotiate(accept, list(names))
    if chosen is None:
        raise not_acceptable(formats.values())
    return names[chosen], chosen.content_type
