# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Licences that ask for permission ("Erlaubnisvorbehalt"): asked for, decided, public, for a time.

A reservation is only possible on a ground that the law gives (`model/licensing.toml`). Whoever
asks for it does not decide about it. While it lasts, the files of the dataset have a closed
licence; when it ends they fall back to what they had, or to what the rules say.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from allmende.core import catalogue, licences
from allmende.core.access import letters
from allmende.core.access.asking import WORDS_LONGEST, checked_months, cleaned
from allmende.core.access.deciding import MONTH
from allmende.core.licences import advice
from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.core.signin import DAY
from allmende.errors import Conflict, InvalidInput, NotAllowed, NotFound
from allmende.model import licensing
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.model.licensing import Ground
from allmende.policy import SYSTEM, Action, Subject, may, read_condition
from allmende.store import Connection, accounts, audit, now
from allmende.store import licences as rows
from allmende.store.licences import Reservation
from allmende.store.records import Record

__all__ = ["JOB_KIND", "Reservation", "ask", "decide", "grounds", "job", "listing", "withdraw"]

JOB_KIND = "licence-reservations"
BEFORE = 30 * DAY
"""How long before its end people are reminded."""
SHORTEST, LISTED = 20, 500

_LETTERS: dict[str, dict[str, tuple[str, str]]] = {
    "asked": {
        "de": (
            "Erlaubnisvorbehalt beantragt: {title}",
            "Für „{title}“ wird ein Erlaubnisvorbehalt beantragt. Bitte entscheiden Sie:\n{page}",
        ),
        "en": (
            "Reservation asked for: {title}",
            "A licence that asks for permission is wanted for “{title}”. Please decide:\n{page}",
        ),
    },
    "decided": {
        "de": (
            "Über den Erlaubnisvorbehalt ist entschieden: {title}",
            "Über den Erlaubnisvorbehalt für „{title}“ ist entschieden:\n{page}",
        ),
        "en": (
            "The reservation is decided: {title}",
            "The reservation for “{title}” is decided:\n{page}",
        ),
    },
    "ending": {
        "de": (
            "Erlaubnisvorbehalt endet bald: {title}",
            "Der Erlaubnisvorbehalt für „{title}“ endet am {until}. Danach sind die Daten wieder "
            "offen. Ein neuer muss neu begründet werden:\n{page}",
        ),
        "en": (
            "Reservation ends soon: {title}",
            "The reservation for “{title}” ends on {until}. After that the data are open again. "
            "A new one has to be explained anew:\n{page}",
        ),
    },
    "ended": {
        "de": (
            "Erlaubnisvorbehalt ist zu Ende: {title}",
            "Der Erlaubnisvorbehalt für „{title}“ ist zu Ende; die Daten sind wieder "
            "offen:\n{page}",
        ),
        "en": (
            "Reservation is over: {title}",
            "The reservation for “{title}” is over; the data are open again:\n{page}",
        ),
    },
}


async def grounds(platform: Platform, record: Record) -> list[Ground]:
    """The grounds on which a reservation for a dataset may be asked for; none where none fits."""
    return licensing.grounds((await licences.advise(platform, record)).case)


async def ask(
    platform: Platform,
    subject: Subject,
    dataset: str,
    ground: str,
    reason: str,
    months: int,
    language: str = "de",
) -> Reservation:
    """Asks for a reservation for 1 to 24 months; for stewards of the dataset.

    NotFound, NotAllowed; InvalidInput when the law does not give this ground for these data or
    the reason is too short; Conflict when there is one already.
    """
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, dataset)
    if not may(subject, Action.WRITE, record.organisation):
        raise refused(subject)
    text = cleaned(reason, SHORTEST, WORDS_LONGEST)
    if ground not in {each.code for each in await grounds(platform, record)}:
        raise _no_ground()
    made = Reservation(
        id=f"v-{secrets.token_hex(8)}",
        dataset=dataset,
        organisation=record.organisation,
        ground=ground,
        reason=text,
        asked_by=subject.id,
        asked=now(),
        months=checked_months(months),
        language=language if language in ("de", "en") else "de",
        status=rows.OPEN,
        decided=None,
        decided_by=None,
        decision="",
        until=None,
        reminded=None,
        before=[],
    )
    await platform.store.write(_ask, platform.settings, made)
    return made


def _ask(db: Connection, settings: Settings, made: Reservation) -> None:
    if rows.live(db, made.dataset) is not None:
        raise Conflict(
            "There is a reservation for this dataset already.",
            "Für diesen Datensatz gibt es schon einen Vorbehalt.",
        )
    rows.add(db, made)
    audit.note(db, made.asked_by, "reservation-ask", made.id, made.organisation)
    for person in letters.deciders(db, made.organisation):
        if person.id != made.asked_by:
            _put(db, settings, person, made, "asked", settings.language)


async def decide(
    platform: Platform, subject: Subject, ident: str, approve: bool, decision: str
) -> None:
    """Approves or refuses with a reason that everybody may read.

    For who releases records of the organisation, but not for who asked (NotAllowed). Conflict
    when it is decided already.
    """
    text = cleaned(decision, SHORTEST, WORDS_LONGEST)
    if approve:
        await _check_ground(platform, await platform.store.read(_present, ident))
    made = await platform.store.write(_decide, platform.settings, subject, ident, approve, text)
    if approve:
        await _close(platform, made)


def _decide(
    db: Connection, settings: Settings, subject: Subject, ident: str, approve: bool, decision: str
) -> Reservation:
    made = _present(db, ident)
    if not may(subject, Action.RELEASE, made.organisation):
        raise refused(subject)
    if made.asked_by == subject.id:
        raise NotAllowed(
            "Somebody else has to decide about what you asked for.",
            "Über Ihren eigenen Antrag muss jemand anderes entscheiden.",
        )
    changes: dict[str, Any] = {
        "status": rows.APPROVED if approve else rows.REFUSED,
        "decided": now(),
        "decided_by": subject.id,
        "decision": decision,
    }
    if approve:
        changes["until"] = now() + made.months * MONTH
    if not rows.settle(db, ident, rows.OPEN, **changes):
        raise _changed()
    audit.note(db, subject.id, f"reservation-{changes['status']}", ident, made.organisation)
    made = _present(db, ident)
    _to_who_asked(db, settings, made, "decided")
    return made


async def _check_ground(platform: Platform, made: Reservation) -> None:
    """The data may have become high-value, or their owner another one, since it was asked for."""
    record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, made.dataset)
    if made.ground not in {each.code for each in await grounds(platform, record)}:
        raise _no_ground()


async def withdraw(platform: Platform, subject: Subject, ident: str) -> None:
    """Takes a wish back, or ends a reservation early; for stewards of the dataset."""
    made = await platform.store.read(_present, ident)
    if not may(subject, Action.WRITE, made.organisation):
        raise refused(subject)
    if made.status == rows.APPROVED:
        await _open(platform, made)
        await platform.store.write(_end, platform.settings, made, subject.id, rows.ENDED)
    else:
        await platform.store.write(_end, platform.settings, made, subject.id, rows.WITHDRAWN)


async def listing(platform: Platform, subject: Subject) -> list[Reservation]:
    """Reservations for the datasets the subject sees; wishes only for who works there.

    Who asked and who decided is only told to who may decide.
    """
    from msgspec.structs import replace

    found = await platform.store.read(rows.listing, read_condition(subject), LISTED)
    shown = []
    for each in found:
        inside = may(subject, Action.RELEASE, each.organisation)
        if inside or may(subject, Action.WRITE, each.organisation):
            shown.append(each)
        elif each.status not in (rows.OPEN, rows.WITHDRAWN):
            shown.append(replace(each, asked_by="", decided_by=None))
    return shown


# --- what happens by itself ----------------------------------------------------------


async def job(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Opens again what is over, closes what was not closed when it was decided, and reminds of
    what ends within thirty days."""
    for each in await platform.store.read(rows.unapplied):
        await _close(platform, each)
    for each in await platform.store.read(rows.over):
        await _open(platform, each)
        await platform.store.write(_end, platform.settings, each, "system", rows.ENDED)
    await platform.store.write(_remind, platform.settings)


def _remind(db: Connection, settings: Settings) -> None:
    for each in rows.ending(db, now() + BEFORE):
        if rows.settle(db, each.id, rows.APPROVED, reminded=now()):
            _to_who_asked(db, settings, each, "ending")
            for person in letters.deciders(db, each.organisation):
                if person.id != each.asked_by:
                    _put(db, settings, person, each, "ending", settings.language)


def _end(db: Connection, settings: Settings, made: Reservation, by: str, status: str) -> None:
    if not rows.settle(db, made.id, made.status, status=status):
        raise _changed()
    audit.note(db, by, f"reservation-{status}", made.id, made.organisation)
    if status == rows.ENDED:
        _to_who_asked(db, settings, made, "ended")


async def _close(platform: Platform, made: Reservation) -> None:
    """Gives the files the closed licence and remembers what they had."""
    record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, made.dataset)
    said = await licences.owner(platform, record.organisation)
    found = advice(record, said, made.ground)
    await _licensed(platform, record, [found.decision.licence], f"reservation: {made.decision}")
    await platform.store.write(rows.remember, made.id, _licences(record))


async def _open(platform: Platform, made: Reservation) -> None:
    """Gives the files back what they had when that was open, else what the rules say."""
    record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, made.dataset)
    said = await licences.owner(platform, record.organisation)
    found = advice(record, said)
    now_open = [each for each in made.before if _is_open(each)]
    whole = bool(made.before) and len(now_open) == len(_licences(record)) == len(made.before)
    back = now_open if whole else [found.decision.licence]
    await _licensed(platform, record, back, "reservation: over")


async def _licensed(platform: Platform, record: Record, back: list[str], reason: str) -> None:
    entry = catalogue.entry_of(record)
    entry.resource = licences.licensed(record, back)
    entry.reason = reason[:500]
    entry.expected_revision = None
    await catalogue.put(platform, SYSTEM, entry)


def _licences(record: Record) -> list[str]:
    resource = record.resource
    files = resource.distribution if isinstance(resource, Dataset) else []
    return [each.license or resource.license or "" for each in files] or [resource.license or ""]


def _is_open(licence: str) -> bool:
    terms = licensing.terms(licence)
    return terms is not None and terms.open


def _present(db: Connection, ident: str) -> Reservation:
    found = rows.find(db, ident)
    if found is None:
        raise NotFound("There is no such reservation.", "Diesen Vorbehalt gibt es nicht.")
    return found


def _no_ground() -> InvalidInput:
    return InvalidInput(
        "The law does not allow a reservation on this ground for these data.",
        "Das Recht erlaubt für diese Daten keinen Vorbehalt aus diesem Grund.",
    )


def _changed() -> Conflict:
    return Conflict(
        "This reservation is decided already; please load the page again.",
        "Über diesen Vorbehalt ist schon entschieden; bitte laden Sie die Seite neu.",
    )


def _to_who_asked(db: Connection, settings: Settings, made: Reservation, code: str) -> None:
    person = accounts.account(db, made.asked_by)
    if person is not None and person.active:
        _put(db, settings, person, made, code, made.language)


def _put(
    db: Connection,
    settings: Settings,
    person: accounts.Account,
    made: Reservation,
    code: str,
    language: str,
) -> None:
    tag = language if language in ("de", "en") else "de"
    subject, text = _LETTERS[code][tag]
    title = letters.title_of(db, made.dataset, tag)
    until = letters.day(made.until, tag) if made.until else ""
    words = subject.format(title=title), text.format(title=title, until=until, page="{page}")
    letters.put(db, settings, person, words, f"{settings.base_url}/{tag}/licences/reservations")
