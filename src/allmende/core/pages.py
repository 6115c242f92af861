# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Catalogues as documents: their records in pages, with the catalogues they stand in."""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Iterable
from urllib.parse import urlsplit

from msgspec import Struct

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.core.platform import Platform
from allmende.errors import NotFound
from allmende.model.catalogue import Catalog, CatalogRecord, ResourceKind
from allmende.model.filter import Compare, Filter, Not, all_of
from allmende.policy import Subject, read_condition
from allmende.projections.rdf.entry import catalogue_record, date_time, subject_iri
from allmende.projections.rdf.protocol import Membership
from allmende.store import Connection, events
from allmende.store import catalogue as rows

__all__ = [
    "Root",
    "Slice",
    "State",
    "catalogues_of",
    "date_time",
    "entry",
    "everything_of",
    "iri_of",
    "policy_key",
    "root_of",
    "slice_of",
    "state_of",
]


KEYS = "pages"
MOST_KEPT = 8
"""Lists of keys, at 8 bytes a record."""


class Root(Struct, frozen=True):
    """A catalogue as the root of a document: itself, its address, and which records it has.

    `record` is None for the platform as a whole when it has no catalogue of its own.
    """

    catalogue: Catalog
    address: str
    iri: str
    members: Filter
    whole: bool  # the platform with everything in it, and not one catalogue's own records
    record: Record | None = None


class Slice(Struct, frozen=True):
    """One page of records and how many there are in all."""

    total: int
    records: list[Record]


def iri_of(platform: Platform, record: Record) -> str:
    """The IRI a record is spoken of with: its own if it brought one, else its address."""
    return subject_iri(record.resource, catalogue.address(platform, record))


def entry(platform: Platform, record: Record) -> CatalogRecord:
    """The record's entry in the catalogue: since when, and under which id at its source."""
    source = record.original_id or ""
    return catalogue_record(
        iri_of(platform, record),
        Membership(
            record.created,
            record.updated,
            identifier=record.original_id,
            source=source if urlsplit(source).scheme in ("http", "https") else None,
        ),
    )


def policy_key(subject: Subject) -> str:
    """Equal for subjects that may see the same records; for keeping encoded pages."""
    return repr(read_condition(subject))


async def root_of(platform: Platform, subject: Subject, ident: str | None) -> Root:
    """The catalogue with this id, or with None the platform as a whole. Raises NotFound."""
    if ident is not None:
        record = await catalogue.get(platform, subject, ResourceKind.CATALOG, ident)
        return _root(platform, record, Compare("catalogue", "=", record.id), whole=False)
    own = platform.settings.catalogue
    itself = all_of(Compare("kind", "=", ResourceKind.CATALOG), Compare("id", "=", own))
    try:
        record = await catalogue.get(platform, subject, ResourceKind.CATALOG, own)
    except NotFound:
        address = f"{platform.settings.base_url}/catalog"
        name = Catalog(title={"und": platform.settings.site_name})
        return Root(name, address, address, Not(itself), True)
    return _root(platform, record, Not(itself), whole=True)


def _root(platform: Platform, record: Record, members: Filter, *, whole: bool) -> Root:
    if not isinstance(record.resource, Catalog):
        raise TypeError(f"{record.id} is no catalogue")
    address = catalogue.address(platform, record)
    return Root(record.resource, address, iri_of(platform, record), members, whole, record)


class State(Struct, frozen=True):
    """A state of the catalogue: number of its newest change and when that was, in µs UTC."""

    sequence: int
    at: int


async def state_of(platform: Platform) -> State:
    """The state the catalogue is in now; whatever is derived from it may be kept as long."""
    return await platform.store.read(_state)


def _state(db: Connection) -> State:
    sequence = events.last_sequence(db)
    newest = events.events_after(db, sequence - 1, 1)
    return State(sequence, newest[0].at if newest else 0)


async def slice_of(
    platform: Platform, subject: Subject, where: Filter, offset: int, limit: int
) -> Slice:
    """The visible records from `offset` on in the order in which they came, at most `limit`."""
    condition = all_of(read_condition(subject), where)
    kept = platform.caches.setdefault(KEYS, {})
    return await platform.store.read(_slice, kept, condition, offset, limit)


Kept = dict[tuple[int, str], "array[int]"]


def _slice(db: Connection, kept: Kept, condition: Filter, offset: int, limit: int) -> Slice:
    keys = _keys(db, kept, condition)
    return Slice(len(keys), rows.by_keys(db, condition, keys[offset : offset + limit]))


def _keys(db: Connection, kept: Kept, condition: Filter) -> array[int]:
    """The keys in their order, kept as long as nothing changes: who asks for one page asks for
    the next one too."""
    asked = (events.last_sequence(db), repr(condition))
    keys = kept.get(asked)
    if keys is None:
        keys = array("q", rows.keys(db, condition))
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[asked] = keys
    return keys


def everything_of(platform: Platform, subject: Subject, where: Filter) -> AsyncIterator[Record]:
    """All visible records, read in pages while they are used."""
    return catalogue.each(platform, subject, where=where)


async def catalogues_of(
    platform: Platform, subject: Subject, idents: Iterable[str]
) -> dict[str, Record]:
    """The visible ones of these catalogues by their ids."""
    found = {}
    for ident in set(idents):
        try:
            found[ident] = await catalogue.get(platform, subject, ResourceKind.CATALOG, ident)
        except NotFound:
            continue
    return found
