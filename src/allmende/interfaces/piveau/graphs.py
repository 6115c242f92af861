# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records as statements: the resource, its catalogue record, and lists with Hydra paging."""

from collections.abc import Sequence

from allmende.core import catalogue, pages
from allmende.core.catalogue import Record
from allmende.core.platform import Platform
from allmende.model.catalogue import CatalogRecord
from allmende.model.namespaces import DCAT, HYDRA
from allmende.model.rdf import Statement, node_statements, statements
from allmende.model.rdf.page import Page, member_property, page_statements
from allmende.model.rdf.terms import TYPE


def resource(platform: Platform, record: Record) -> list[Statement]:
    """What the record says about its subject."""
    return statements(record.resource, pages.iri_of(platform, record), scope=f"r{record.key}n")


def entry_name(platform: Platform, record: Record) -> str:
    """The IRI of the record's entry in the catalogue."""
    return catalogue.address(platform, record) + "#record"


def entry(platform: Platform, record: Record) -> list[Statement]:
    """The record's entry: since when it is here, and under which id it came."""
    return node_statements(pages.entry(platform, record), entry_name(platform, record))


def entry_of_revision(platform: Platform, record: Record, at: int) -> list[Statement]:
    """The entry as it was after a change at `at` (µs UTC)."""
    told: CatalogRecord = pages.entry(platform, record)
    told.modified = pages.date_time(at)
    return node_statements(told, entry_name(platform, record))


def whole(platform: Platform, record: Record) -> list[Statement]:
    """The resource with its entry."""
    return resource(platform, record) + entry(platform, record)


def listed(
    platform: Platform,
    root: Record | None,
    records: Sequence[Record],
    page: Page,
    *,
    legacy: bool = False,
) -> list[Statement]:
    """A part of a list: paging, the catalogue it is of with its links, and the records."""
    found = _paging(page, legacy)
    if root is not None:
        found += resource(platform, root)
        parent = pages.iri_of(platform, root)
        for record in records:
            subject = pages.iri_of(platform, record)
            found.append((parent, member_property(record.resource), subject))
            found.append((parent, DCAT + "record", entry_name(platform, record)))
    for record in records:
        found += whole(platform, record)
    return found


def _paging(page: Page, legacy: bool) -> list[Statement]:
    """Today's terms of Hydra, or only those of its old PagedCollection."""
    found = list(page_statements(page))
    if not legacy:
        return found
    new = {HYDRA + name for name in ("first", "previous", "next", "last")}
    view = (TYPE, HYDRA + "PartialCollectionView")
    return [each for each in found if each[1] not in new and each[1:] != view]
