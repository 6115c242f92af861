# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The changes of the whole catalogue in the order in which they were made, page by page.

A page holds a fixed range of changes, whoever asks; a subject sees of it what the policy
shows. So a page that is full never gets another change.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.errors import NotFound
from allmende.model.catalogue import Resource, ResourceKind
from allmende.policy import Subject, read_condition
from allmende.projections.rdf.entry import subject_iri
from allmende.store import Connection
from allmende.store import changes as stored
from allmende.store.changes import Change, Span

__all__ = ["PER_PAGE", "Member", "Overview", "Part", "Span", "latest", "overview", "part"]

PER_PAGE = 100
MAX_SPANS = 1_000  # pages an overview names, the newest

What = Literal["create", "update", "delete"]


class Member(Struct, frozen=True, kw_only=True):
    """One change as the subject sees it: what became of which record, `at` in µs UTC.

    `iri` is what the record is spoken of with, `address` where it is here; `resource` is
    the state after the change, None when the record went out of sight.
    """

    sequence: int
    at: int
    what: What
    kind: ResourceKind
    id: str
    number: int
    iri: str
    address: str
    title: dict[str, str]
    resource: Resource | None

    @property
    def name(self) -> str:
        """The IRI of the change itself."""
        return f"{self.address}#revision-{self.number or 'last'}"


class Part(Struct, frozen=True):
    """One page: its number from 1, whether it stays as it is and another follows, its changes.

    `next_from` is the time in µs UTC from which on the changes of the next page are.
    """

    number: int
    full: bool
    members: list[Member]
    next_from: int | None


class Overview(Struct, frozen=True):
    """The pages there are, those named with their times, and the number of the last."""

    last: int
    spans: list[Span]


async def overview(platform: Platform) -> Overview:
    """All pages of changes; what they hold depends on who reads them."""
    return await platform.store.read(_overview)


def _overview(db: Connection) -> Overview:
    last = _page_of(stored.last(db))
    return Overview(last, stored.spans(db, PER_PAGE, max(last - MAX_SPANS + 1, 1), last))


async def part(platform: Platform, subject: Subject, number: int) -> Part:
    """One page of changes as far as the subject may see them; NotFound after the last."""
    found = await platform.store.read_slow(_part, platform, subject, number)
    if found is None:
        raise NotFound(
            "There is no such page of changes; /ldes names those there are.",
            "Diese Seite mit Änderungen gibt es nicht; /ldes nennt alle.",
            code="no-such-page",
        )
    return found


def _part(db: Connection, platform: Platform, subject: Subject, number: int) -> Part | None:
    newest = stored.last(db)
    if number != 1 and not 1 <= number <= _page_of(newest):
        return None
    after, upto = (number - 1) * PER_PAGE, number * PER_PAGE
    found = stored.between(db, read_condition(subject), after, upto)
    following = stored.spans(db, PER_PAGE, number + 1, number + 1)
    return Part(
        number,
        newest > upto,
        [_member(platform, each) for each in found],
        following[0].first if following else None,
    )


async def latest(platform: Platform, subject: Subject, most: int) -> list[Member]:
    """What the subject may see of the last so many changes, the newest first."""
    return await platform.store.read_slow(_latest, platform, subject, most)


def _latest(db: Connection, platform: Platform, subject: Subject, most: int) -> list[Member]:
    newest = stored.last(db)
    found = stored.between(db, read_condition(subject), max(newest - most, 0), newest)
    return [_member(platform, each) for each in reversed(found)]


def _page_of(sequence: int) -> int:
    return max((sequence - 1) // PER_PAGE + 1, 1)


def _member(platform: Platform, change: Change) -> Member:
    address = platform.address(change.kind, change.id)
    what: What = "delete" if not change.shown else "update" if change.seen else "create"
    return Member(
        sequence=change.sequence,
        at=change.at,
        what=what,
        kind=change.kind,
        id=change.id,
        number=change.number,
        iri=subject_iri(change.resource, address),
        address=address,
        title=change.resource.title if change.shown else {},
        resource=change.resource if change.shown else None,
    )
