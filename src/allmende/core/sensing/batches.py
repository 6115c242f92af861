# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Batches that are answered later: who may ask for the answer, how long, and how many."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from allmende.core.platform import Platform
from allmende.errors import Conflict, NotFound, TooManyRequests
from allmende.policy import Subject
from allmende.store import Connection, now
from allmende.store.sensing import batches
from allmende.store.sensing.batches import Batch

KEPT_SECONDS = 3_600
"""How long a batch and its answer are kept, from when it was sent."""
SILENT_SECONDS = 300
"""After this time without a sign of work, a batch counts as interrupted."""
MOST_EACH = 10
"""Batches of one subject, with those whose answer is kept."""

_SECOND = 1_000_000


def _key(subject: Subject) -> str:
    return f"{subject.kind} {subject.id}"


async def begin(platform: Platform, subject: Subject) -> str:
    """Notes a new batch; its id. Raises TooManyRequests."""
    ident = secrets.token_urlsafe(24)
    await platform.store.write(_begin, ident, _key(subject))
    return ident


def _begin(db: Connection, ident: str, subject: str) -> None:
    moment = now()
    batches.forget(db, moment - KEPT_SECONDS * _SECOND)
    if batches.count(db, subject) >= MOST_EACH:
        raise TooManyRequests(
            f"There are {MOST_EACH} batches of yours; fetch their answers and DELETE them.",
            f"Es gibt schon {MOST_EACH} Stapel von Ihnen; bitte die Antworten abholen und die "
            "Stapel mit DELETE entfernen.",
        )
    batches.insert(db, ident, subject, moment)


async def goes_on(platform: Platform, ident: str) -> bool:
    """Says that a batch is worked on; False when it was given up meanwhile."""
    return await platform.store.write(batches.beat, ident, now())


async def finish(platform: Platform, ident: str, status: int, kind: str, body: bytes) -> None:
    """Keeps the answer to a batch: its status, media type and body."""
    await platform.store.write(batches.finish, ident, status, kind, body)


async def interrupt(platform: Platform, idents: Sequence[str]) -> None:
    """Notes that the work on batches has ended without an answer."""
    await platform.store.write(batches.interrupt, idents)


async def look(platform: Platform, subject: Subject, ident: str) -> Batch:
    """A batch of the subject, whose answer may still be missing.

    NotFound for one that is unknown, too old or somebody else's; Conflict when the work on it
    was interrupted.
    """
    since = now() - KEPT_SECONDS * _SECOND
    found = await platform.store.read(batches.get, ident, _key(subject), since)
    if found is None:
        raise _unknown()
    if not found.status and found.seen < now() - SILENT_SECONDS * _SECOND:
        raise Conflict(
            "The batch was interrupted; look at what was done of it before you send it again.",
            "Der Stapel wurde unterbrochen; bitte vor dem erneuten Senden nachsehen, was davon "
            "getan ist.",
            code="batch-interrupted",
        )
    return found


async def give_up(platform: Platform, subject: Subject, ident: str) -> None:
    """Forgets a batch and its answer; what is not done yet of it is left undone. NotFound."""
    if not await platform.store.write(batches.remove, ident, _key(subject)):
        raise _unknown()


def _unknown() -> NotFound:
    hours = KEPT_SECONDS // 3600
    return NotFound(
        f"There is no such batch of yours; answers are kept for {hours} hour.",
        f"Einen solchen Stapel von Ihnen gibt es nicht; Antworten bleiben {hours} Stunde.",
    )
