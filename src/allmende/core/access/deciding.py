# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Deciding about requests: for who releases records of the organisation that owns the data."""

from __future__ import annotations

from collections.abc import Sequence

from allmende.core.access import letters
from allmende.core.access.asking import (
    MOST_GRANTS,
    WORDS_LONGEST,
    changed_meanwhile,
    checked_months,
    cleaned,
    decides,
    present,
)
from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.core.signin import DAY
from allmende.errors import LimitExceeded, NotAllowed
from allmende.policy import EVERY_ORGANISATION, Action, Scope, Subject, roles_for
from allmende.store import Connection, audit, now
from allmende.store import access as rows
from allmende.store.access import Request

QUEUE = 500
"""Requests that are shown at once."""
MONTH = 30 * DAY + DAY // 2  # a twelfth of 366 days


def cares(subject: Subject) -> bool:
    """Whether the subject decides about requests anywhere."""
    return bool(_places(subject))


def _places(subject: Subject) -> tuple[str, ...]:
    if Scope.CATALOGUE_WRITE not in subject.scopes:
        return ()
    return subject.organisations(*roles_for(Action.RELEASE))


def _narrowed(subject: Subject) -> Sequence[str] | None:
    places = _places(subject)
    if not places:
        raise refused(subject)
    return None if EVERY_ORGANISATION in places else places


async def queue(platform: Platform, subject: Subject) -> list[Request]:
    """Requests the subject decides about: those that wait first, the oldest at the top."""
    return await platform.store.read(rows.of_organisations, _narrowed(subject), QUEUE)


async def waiting(platform: Platform, subject: Subject) -> int:
    """How many requests wait for the subject; 0 for who decides nowhere."""
    if not cares(subject):
        return 0
    return await platform.store.read(rows.waiting, _narrowed(subject))


async def grant(
    platform: Platform, subject: Subject, ident: str, months: int, terms: str = ""
) -> None:
    """Opens the data to who asked, for 1 to 24 months, under terms in words.

    NotFound for whom it is none of their business, NotAllowed for one's own request, Conflict
    when it is decided already, LimitExceeded when the person has too many grants.
    """
    until = now() + checked_months(months) * MONTH
    text = cleaned(terms, 0, WORDS_LONGEST)
    await platform.store.write(_grant, platform.settings, subject, ident, until, text)


def _grant(
    db: Connection, settings: Settings, subject: Subject, ident: str, until: int, terms: str
) -> None:
    request = _mine(db, subject, ident)
    if request.account and len(rows.grants(db, request.account)) >= MOST_GRANTS:
        raise LimitExceeded(
            f"{MOST_GRANTS} datasets are open to this person already.",
            f"Dieser Person sind schon {MOST_GRANTS} Datensätze freigegeben.",
        )
    _settle(db, subject, request, rows.WAITING, status=rows.GRANTED, until=until, terms=terms)
    _tell(db, settings, subject, request, "granted", terms)


async def refuse(platform: Platform, subject: Subject, ident: str, reason: str) -> None:
    """Refuses a request with a reason. Errors as for `grant`."""
    await _decide(platform, subject, ident, "refused", reason)


async def revoke(platform: Platform, subject: Subject, ident: str, reason: str) -> None:
    """Closes the data again at once, with a reason. Errors as for `grant`."""
    await _decide(platform, subject, ident, "revoked", reason)


async def ask_back(platform: Platform, subject: Subject, ident: str, question: str) -> None:
    """Asks who asked; the request waits for the answer. Errors as for `grant`."""
    await _decide(platform, subject, ident, "question", question)


async def _decide(
    platform: Platform, subject: Subject, ident: str, action: str, words: str
) -> None:
    text = cleaned(words, 1, WORDS_LONGEST)
    await platform.store.write(_decided, platform.settings, subject, ident, action, text)


def _decided(
    db: Connection, settings: Settings, subject: Subject, ident: str, action: str, words: str
) -> None:
    request = _mine(db, subject, ident)
    if action == "question":
        if not rows.settle(db, ident, (rows.OPEN,), status=rows.ASKED):
            raise changed_meanwhile()
    elif action == "refused":
        _settle(db, subject, request, rows.WAITING, status=rows.REFUSED)
    else:
        _settle(db, subject, request, (rows.GRANTED,), status=rows.REVOKED)
    _tell(db, settings, subject, request, action, words)


def _settle(
    db: Connection, subject: Subject, request: Request, before: tuple[str, ...], **values: object
) -> None:
    if not rows.settle(db, request.id, before, decided=now(), decided_by=subject.id, **values):
        raise changed_meanwhile()


def _tell(
    db: Connection, settings: Settings, subject: Subject, before: Request, action: str, words: str
) -> None:
    rows.say(db, before.id, "owner", subject.id, action, words)
    audit.note(db, subject.id, f"access-{action}", before.id, before.organisation)
    letters.to_asker(db, settings, rows.find(db, before.id) or before, action)


def _mine(db: Connection, subject: Subject, ident: str) -> Request:
    request = present(db, subject, ident)
    if not decides(subject, request):
        raise NotAllowed(
            "Somebody else has to decide about your own request.",
            "Über den eigenen Antrag muss jemand anderes entscheiden.",
        )
    return request
