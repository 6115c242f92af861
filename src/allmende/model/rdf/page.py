# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A catalogue, or one page of it, as RDF: members, catalogue records and Hydra paging."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from allmende.model.catalogue import Catalog, CatalogRecord, DataService, Resource
from allmende.model.namespaces import DCAT, HYDRA, XSD
from allmende.model.rdf.terms import TYPE, Literal, Statement
from allmende.model.rdf.write import node_statements, statements


@dataclass(frozen=True, slots=True)
class Member:
    """A resource of the catalogue with its address and, if wanted, its catalogue record."""

    resource: Resource
    iri: str
    record: CatalogRecord | None = None
    record_iri: str | None = None  # default: the address of the resource with `#record`


@dataclass(frozen=True, slots=True)
class Page:
    """Addresses of a page and its neighbours (Hydra Core: hydra:PartialCollectionView)."""

    iri: str
    total: int
    per_page: int
    first: str | None = None
    previous: str | None = None
    next: str | None = None
    last: str | None = None


def member_property(resource: Resource) -> str:
    """The property by which a catalogue lists the resource (DCAT 3 §6.3)."""
    if isinstance(resource, Catalog):
        return DCAT + "catalog"
    return DCAT + ("service" if isinstance(resource, DataService) else "dataset")


def catalogue_statements(
    catalogue: Catalog,
    iri: str,
    members: Sequence[Member],
    page: Page | None = None,
    *,
    strict: bool = True,
) -> Iterator[Statement]:
    """The catalogue with links to its members, the members, their records and the paging."""
    if page is not None:
        yield from page_statements(page)
    described = statements(catalogue, iri, strict=strict, scope="c")
    own = [line for line in described if line[0] == iri]
    yield from own
    for member in members:
        yield iri, member_property(member.resource), member.iri
        if member.record is not None:
            yield iri, DCAT + "record", _record_iri(member)
    yield from (line for line in described if line[0] != iri)
    yield from member_statements(members, strict=strict)


def member_statements(members: Iterable[Member], *, strict: bool = True) -> Iterator[Statement]:
    """Everything about the members alone; blank nodes of different members never meet."""
    for number, member in enumerate(members):
        yield from statements(member.resource, member.iri, strict=strict, scope=f"m{number}")
        if member.record is not None:
            record_iri = _record_iri(member)
            yield from node_statements(member.record, record_iri, scope=f"r{number}")


def page_statements(page: Page) -> Iterator[Statement]:
    """Paging in today's Hydra terms and in the older ones that harvesters still read."""
    number = XSD + "integer"
    yield page.iri, TYPE, HYDRA + "PartialCollectionView"
    yield page.iri, TYPE, HYDRA + "PagedCollection"
    yield page.iri, HYDRA + "totalItems", Literal(str(page.total), None, number)
    yield page.iri, HYDRA + "itemsPerPage", Literal(str(page.per_page), None, number)
    for name in ("first", "previous", "next", "last"):
        address = getattr(page, name)
        if address is not None:
            yield page.iri, HYDRA + name, address
            yield page.iri, f"{HYDRA}{name}Page", Literal(address)


def _record_iri(member: Member) -> str:
    return member.record_iri or f"{member.iri}#record"
