# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The machine forms of what a page shows: name, media type and address of each."""

from dataclasses import dataclass

from allmende.core.catalogue import Record
from allmende.portal import addresses
from allmende.portal.page import Page
from allmende.portal.search_form import SearchForm

RDF_FORMS = (
    ("Turtle", "text/turtle", "ttl"),
    ("RDF/XML", "application/rdf+xml", "rdf"),
    ("JSON-LD", "application/ld+json", "jsonld"),
    ("N-Triples", "application/n-triples", "nt"),
    ("TriG", "application/trig", "trig"),
    ("JSON", "application/json", "json"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """One machine form."""

    name: str
    media_type: str
    address: str
    feed: bool = False


def of_record(record: Record, page: Page) -> list[Form]:
    """The endings under which a record can be had."""
    path = addresses.thing(record.kind, record.id)
    return [Form(name, type_, f"{path}.{ending}") for name, type_, ending in RDF_FORMS]


def of_search(page: Page, form: SearchForm) -> list[Form]:
    """The same search for machines."""
    return []
