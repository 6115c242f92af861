# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How an organisation stands in its records: the publisher and contact new ones begin with."""

from __future__ import annotations

from allmende.core.platform import Platform
from allmende.errors import NotAllowed, NotFound, PreconditionFailed
from allmende.policy import Action, Subject, may
from allmende.store import Connection, accounts, audit, publishers
from allmende.store.publishers import Publisher

__all__ = ["Publisher", "get", "save"]


async def get(platform: Platform, subject: Subject, organisation: str) -> Publisher:
    """Publisher and contact of an organisation; its name alone when nobody has said more.

    They stand in public records and are no secret. NotFound for an unknown organisation.
    """
    return await platform.store.read(_get, organisation)


def _get(db: Connection, organisation: str) -> Publisher:
    found = publishers.find(db, organisation)
    if found is not None:
        return found
    known = accounts.organisation(db, organisation)
    if known is None:
        raise NotFound(
            f"There is no organisation “{organisation}”.",
            f"Die Organisation „{organisation}“ gibt es nicht.",
        )
    made = Publisher(organisation=organisation)
    made.agent.name, made.contact.fn = dict(known.name), dict(known.name)
    return made


async def save(platform: Platform, subject: Subject, publisher: Publisher) -> Publisher:
    """Keeps publisher and contact; `publisher.revision` is the one they were read in.

    For those who publish for the organisation. Raises NotAllowed, NotFound,
    PreconditionFailed when somebody else has changed them.
    """
    return await platform.store.write(_save, subject, publisher)


def _save(db: Connection, subject: Subject, publisher: Publisher) -> Publisher:
    if not may(subject, Action.WRITE, publisher.organisation):
        raise NotAllowed(
            "Only stewards say how their organisation stands in records.",
            "Wie eine Organisation in Einträgen steht, legen ihre Datenverantwortlichen fest.",
        )
    current = _get(db, publisher.organisation)
    if current.revision != publisher.revision:
        raise PreconditionFailed(
            "Somebody has changed this meanwhile; load the page again.",
            "Das wurde inzwischen geändert; bitte laden Sie die Seite neu.",
        )
    made = Publisher(
        organisation=publisher.organisation,
        revision=current.revision + 1,
        agent=publisher.agent,
        contact=publisher.contact,
    )
    publishers.put(db, made, subject.id)
    audit.note(db, subject.id, "publisher-change", made.organisation, made.organisation)
    return made
