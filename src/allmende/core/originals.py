# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records by the names other systems know them by: original ids and parts of IRIs.

Archived records are passed over: for other systems they are deleted.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from allmende.core import catalogue as core
from allmende.core.catalogue import Record, entry_of
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, Conflict, InvalidInput, NotAllowed, NotAuthenticated
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Compare, Everything, Filter, In, all_of
from allmende.policy import SYSTEM, Action, Status, Subject, may, read_condition, roles_for
from allmende.store import accounts, catalogue, mentions
from allmende.store.slugs import slug

__all__ = [
    "CURRENT",
    "archive_all",
    "by_id",
    "by_original",
    "fresh_id",
    "home_of",
    "slug",
    "with_services",
    "with_tail",
    "written_back",
]

CURRENT: Filter = In("status", (Status.DRAFT, Status.PUBLISHED))
MOST = 20
CHUNK = 200


async def by_id(
    platform: Platform,
    subject: Subject,
    ident: str,
    kinds: Sequence[ResourceKind],
    catalogue_id: str | None = None,
) -> Record | None:
    """The visible record with this id, in the order of the kinds; None when there is none."""
    where = all_of(
        read_condition(subject),
        CURRENT,
        Compare("id", "=", ident),
        In("kind", tuple(map(str, kinds))),
        Compare("catalogue", "=", catalogue_id) if catalogue_id else Everything(),
    )
    found = await platform.store.read(catalogue.page, where, 0, len(ResourceKind))
    return min(found, key=lambda each: kinds.index(each.kind), default=None)


async def by_original(
    platform: Platform,
    subject: Subject,
    original_id: str,
    kinds: Sequence[ResourceKind],
    catalogue_id: str | None,
) -> Record | None:
    """The visible record with this original id in a catalogue, or in any if only one has it.

    Raises Conflict when several catalogues have it and none is named.
    """
    where = all_of(
        read_condition(subject),
        CURRENT,
        Compare("original_id", "=", original_id),
        In("kind", tuple(map(str, kinds))),
        Compare("catalogue", "=", catalogue_id) if catalogue_id else Everything(),
    )
    found = await platform.store.read(catalogue.page, where, 0, MOST)
    if len({each.catalogue for each in found}) > 1:
        raise _several(original_id)
    return min(found, key=lambda each: kinds.index(each.kind), default=None)


async def with_tail(platform: Platform, subject: Subject, tail: str) -> list[Record]:
    """Visible datasets that mention an IRI ending in `/tail` or `#tail`, at most 20.

    Looks through all documents, on a lane of its own.
    """
    where = all_of(read_condition(subject), CURRENT, Compare("kind", "=", ResourceKind.DATASET))
    return await platform.store.read_slow(mentions.ending_with, where, tail, MOST)


async def with_services(platform: Platform, subject: Subject) -> list[str]:
    """Ids of visible datasets that have a distribution with an access service, at most 5,000."""
    where = all_of(read_condition(subject), CURRENT, Compare("kind", "=", ResourceKind.DATASET))
    return await platform.store.read_slow(mentions.ids_with, where, '"access_service":', 5_000)


def fresh_id() -> str:
    """An original id for a record that came without one."""
    return secrets.token_hex(16)


def written_back(platform: Platform, record: Record, iri: str | None) -> bool:
    """Whether an IRI in a document is only the address the record got here."""
    return iri is not None and iri == platform.address(record.kind, record.id)


async def home_of(platform: Platform, subject: Subject, named: str | None) -> str:
    """The organisation a new catalogue of the subject belongs to: the named or its only one.

    For administrators of everything it is that of the platform's own catalogue. Raises
    NotAuthenticated, and InvalidInput when it has to be named or is unknown.
    """
    if subject.kind == "anonymous":
        raise NotAuthenticated(
            "Send a token to change the catalogue.",
            "Bitte senden Sie ein Token, um den Katalog zu ändern.",
        )
    known = {each.id for each in await platform.store.read(accounts.organisations)}
    own = [each for each in subject.organisations(*roles_for(Action.WRITE)) if each != "*"]
    if named or len(own) == 1:
        found = named or own[0]
    else:
        root = await by_id(platform, subject, platform.settings.catalogue, (ResourceKind.CATALOG,))
        only = next(iter(known)) if len(known) == 1 else ""
        found = root.organisation if root is not None else only
    if not found or (named and found not in known and found not in own):
        raise InvalidInput(
            "Name the organisation the catalogue belongs to: organization=…",
            "Bitte die Organisation nennen, der der Katalog gehört: organization=…",
            code="organisation-missing",
        )
    return found


async def archive_all(platform: Platform, subject: Subject, record: Record, reason: str) -> int:
    """Archives a catalogue with everything in it, catalogues too; how many records that were.

    All or nothing as far as rights go: raises NotAuthenticated or NotAllowed before the
    first change when the subject may not archive every one of them.
    """
    found, waiting = [record], [record]
    while waiting:
        inside = all_of(CURRENT, Compare("catalogue", "=", waiting.pop().id))
        members = [each async for each in core.each(platform, SYSTEM, where=inside)]
        found += members
        waiting += [each for each in members if each.kind is ResourceKind.CATALOG]
    _require_all(subject, found)
    for start in range(0, len(found), CHUNK):
        entries = [entry_of(each) for each in reversed(found[start : start + CHUNK])]
        for entry in entries:
            entry.status, entry.reason, entry.expected_revision = Status.ARCHIVED, reason, None
        for outcome in await core.put_many(platform, subject, entries):
            if isinstance(outcome, AllmendeError):
                raise outcome
    return len(found)


def _require_all(subject: Subject, records: Sequence[Record]) -> None:
    if all(may(subject, Action.RELEASE, each.organisation) for each in records):
        return
    if subject.kind == "anonymous":
        raise NotAuthenticated(
            "Send a token to change the catalogue.",
            "Bitte senden Sie ein Token, um den Katalog zu ändern.",
        )
    raise NotAllowed(
        "The catalogue has records of organisations in which you may not archive.",
        "Der Katalog hat Einträge von Organisationen, in denen Sie nicht archivieren dürfen.",
    )


def _several(ident: str) -> Conflict:
    return Conflict(
        f"Several catalogues have a record “{ident}”; name the catalogue.",
        f"Mehrere Kataloge haben einen Eintrag „{ident}“; bitte den Katalog nennen.",
        code="several-records",
    )
