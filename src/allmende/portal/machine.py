# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The machine forms of what a page shows: name, media type and address of each."""

from dataclasses import dataclass

from allmende.core.catalogue import Record
from allmende.model.catalogue import ResourceKind
from allmende.portal import addresses
from allmende.portal.search_form import SearchForm

RDF_FORMS = (
    ("Turtle", "text/turtle", "ttl"),
    ("RDF/XML", "application/rdf+xml", "rdf"),
    ("JSON-LD", "application/ld+json", "jsonld"),
    ("N-Triples", "application/n-triples", "nt"),
    ("TriG", "application/trig", "trig"),
    ("JSON", "application/json", "json"),
)

OTHER_FORMS = (
    ("schema.org", "application/ld+json", "schema.jsonld"),
    ("Croissant", "application/ld+json", "croissant.json"),
)

SEARCH_FORMS = (
    ("JSON", "application/json", "json"),
    ("CSV", "text/csv", "csv"),
    ("Turtle", "text/turtle", "ttl"),
    ("RDF/XML", "application/rdf+xml", "rdf"),
    ("JSON-LD", "application/ld+json", "jsonld"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """One machine form."""

    name: str
    media_type: str
    address: str


def of_record(record: Record) -> list[Form]:
    """The endings under which a record can be had."""
    path = addresses.thing(record.kind, record.id)
    found = [Form(name, type_, f"{path}.{ending}") for name, type_, ending in RDF_FORMS]
    if record.kind is not ResourceKind.DATASET:
        return found
    return found + [Form(name, type_, f"{path}/{ending}") for name, type_, ending in OTHER_FORMS]


def of_search(form: SearchForm) -> list[Form]:
    """The same search for programs."""
    path, pairs = "/datasets", form.at_page(1).pairs()
    return [
        Form(name, type_, addresses.with_query(f"{path}.{ending}", pairs))
        for name, type_, ending in SEARCH_FORMS
    ]
