# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The use cases of the catalogue. Each takes the subject; there is no read without one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from allmende.core.catalogue_writing import Unit, put_units
from allmende.core.discretion import discreet, shown
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, NotFound
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Compare, Everything, Filter, all_of
from allmende.policy import Status, Subject, read_condition, why
from allmende.store import catalogue, events
from allmende.store.events import Event
from allmende.store.records import (
    Entry,
    Outcome,
    Record,
    Revision,
    entry_of,
)

__all__ = [
    "Entry",
    "Event",
    "Outcome",
    "Record",
    "Revision",
    "address",
    "count",
    "each",
    "entry_of",
    "explain",
    "find_by_iri",
    "get",
    "put",
    "put_many",
    "release",
    "revision",
    "revisions",
    "sequence",
    "source_rdf",
]

PAGE = 200


def address(platform: Platform, record: Record) -> str:
    """The public address of a record, in which a person or a program finds it."""
    return platform.address(record.kind, record.id)


# --- reading -------------------------------------------------------------------------


async def get(platform: Platform, subject: Subject, kind: ResourceKind, ident: str) -> Record:
    """The record at this address. NotFound when there is none or the subject may not see it."""
    condition = read_condition(subject)
    record = await platform.store.read(catalogue.find, condition, kind, ident)
    if record is None:
        raise _not_found(ident)
    return record


async def find_by_iri(platform: Platform, subject: Subject, iri: str) -> Record | None:
    """The first visible record with this IRI."""
    return await platform.store.read(catalogue.by_iri, read_condition(subject), iri)


async def each(
    platform: Platform,
    subject: Subject,
    *,
    kind: ResourceKind | None = None,
    where: Filter | None = None,
    after: int = 0,
) -> AsyncIterator[Record]:
    """Every visible record in the order of keys, read in pages; the catalogue may change."""
    condition = all_of(read_condition(subject), _of_kind(kind), where or Everything())
    while records := await platform.store.read(catalogue.page, condition, after, PAGE):
        for record in records:
            yield record
        after = records[-1].key


async def count(
    platform: Platform,
    subject: Subject,
    *,
    kind: ResourceKind | None = None,
    where: Filter | None = None,
) -> int:
    """How many records the subject may see."""
    condition = all_of(read_condition(subject), _of_kind(kind), where or Everything())
    return await platform.store.read(catalogue.count, condition)


async def revisions(
    platform: Platform, subject: Subject, kind: ResourceKind, ident: str
) -> list[Revision]:
    """The changes of a record, newest first, as far as the subject might see each state.

    Who sees the record today does not thereby see what it was as a draft or while it was
    closed (`core/discretion.py`). Ids of those who made the changes are for insiders.
    """
    record = await get(platform, subject, kind, ident)
    found = await platform.store.read(catalogue.revisions, record.key)
    return [discreet(subject, record, each) for each in found if shown(subject, record, each)]


async def revision(
    platform: Platform, subject: Subject, kind: ResourceKind, ident: str, number: int
) -> Revision:
    """The state of a record after one change; NotFound as for `revisions`."""
    record = await get(platform, subject, kind, ident)
    found = await platform.store.read(catalogue.revision, kind, record.key, number)
    if found is None or not shown(subject, record, found):
        raise _not_found(f"{ident} ({number})")
    return discreet(subject, record, found)


async def source_rdf(
    platform: Platform, subject: Subject, kind: ResourceKind, ident: str
) -> bytes | None:
    """The N-Triples the record was made from, or None when it was not harvested."""
    record = await get(platform, subject, kind, ident)
    return await platform.store.read(catalogue.source_rdf, record.key)


def explain(subject: Subject, record: Record) -> str | None:
    """Code of the policy's reason why the subject sees the record (texts: `REASONS`)."""
    return why(subject, record.policy_fields())


async def sequence(platform: Platform) -> int:
    """Number of the newest committed change; a new number means something has changed."""
    return await platform.store.read(events.last_sequence)


def _of_kind(kind: ResourceKind | None) -> Filter:
    return Compare("kind", "=", kind) if kind else Everything()


def _not_found(ident: str) -> NotFound:
    return NotFound(
        f"There is no “{ident}” here, or you may not see it.",
        f"„{ident}“ gibt es hier nicht, oder Sie dürfen es nicht sehen.",
    )


# --- writing -------------------------------------------------------------------------


async def put(platform: Platform, subject: Subject, entry: Entry) -> Outcome:
    """Creates or changes a record with revision, search index and event in one transaction.

    An entry with `original_id` meets the record of the same catalogue, kind and original
    id, any other the record with its id. Raises NotAuthenticated, NotAllowed,
    InvalidRecord, PreconditionFailed.
    """
    (result,) = await put_many(platform, subject, [entry])
    if isinstance(result, AllmendeError):
        raise result
    return result


async def put_many(
    platform: Platform, subject: Subject, entries: Sequence[Entry]
) -> list[Outcome | AllmendeError]:
    """Writes many entries in one transaction; an entry that may not be written fails alone."""
    units = [Unit(platform, subject, entry) for entry in entries]
    return await platform.store.write(put_units, units)


async def release(
    platform: Platform,
    subject: Subject,
    kind: ResourceKind,
    ident: str,
    status: Status,
    reason: str = "",
) -> Outcome:
    """Publishes, hides (back to draft) or archives a record without touching its content."""
    record = await get(platform, subject, kind, ident)
    entry = entry_of(record)
    entry.status, entry.reason = status, reason
    return await put(platform, subject, entry)
