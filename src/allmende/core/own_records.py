# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The records of one's own organisations with their problems."""

from __future__ import annotations

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.errors import NotAllowed, NotAuthenticated
from allmende.model.filter import Everything, Filter, In, all_of
from allmende.policy import EVERY_ORGANISATION, Role, Subject, read_condition
from allmende.store import Connection, catalogue
from allmende.store import own_records as store
from allmende.store.own_records import OwnRow, Sort, Trouble, Wanted
from allmende.store.records import Record

__all__ = ["LIMIT", "Listed", "OwnRow", "Sort", "Trouble", "Wanted", "caring", "listing"]

LIMIT = 500  # of one page
_CARING = (Role.CONTRIBUTOR, Role.STEWARD, Role.GATEKEEPER, Role.ADMINISTRATOR)


class Listed(Struct, frozen=True):
    """One page: how many there are in all, and each record with what is wrong with it."""

    total: int
    rows: list[tuple[Record, OwnRow]]


def caring(subject: Subject) -> bool:
    """Whether the subject looks after records of some organisation."""
    return bool(subject.organisations(*_CARING))


async def listing(
    platform: Platform, subject: Subject, wanted: Wanted, *, limit: int = 25, offset: int = 0
) -> Listed:
    """The records of the subject's organisations that it may see.

    Raises NotAuthenticated, NotAllowed for those who look after none.
    """
    if subject.kind == "anonymous":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    if not caring(subject):
        raise NotAllowed(
            "You look after no records. Ask the administrator of your organisation.",
            "Sie betreuen keine Einträge. Bitte fragen Sie die Verwaltung Ihrer Organisation.",
        )
    condition = all_of(read_condition(subject), _own(subject))
    return await platform.store.read_slow(
        _listing, condition, wanted, min(limit, LIMIT), max(offset, 0)
    )


def _own(subject: Subject) -> Filter:
    organisations = subject.organisations(*_CARING)
    if EVERY_ORGANISATION in organisations:
        return Everything()
    return In("organisation", organisations)


def _listing(db: Connection, condition: Filter, wanted: Wanted, limit: int, offset: int) -> Listed:
    total, rows = store.listing(db, condition, wanted, limit, offset)
    records = {
        record.key: record
        for record in catalogue.by_keys(db, condition, [each.key for each in rows])
    }
    return Listed(total, [(records[each.key], each) for each in rows if each.key in records])
