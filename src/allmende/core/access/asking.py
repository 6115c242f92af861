# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asking for the data of a dataset, and following one's own requests."""

from __future__ import annotations

import re
import secrets
from typing import Literal

from msgspec import Struct

from allmende.core import catalogue
from allmende.core.access import letters
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.core.signin import DAY
from allmende.errors import (
    Conflict,
    InvalidInput,
    LimitExceeded,
    NotAuthenticated,
    NotFound,
    TooManyRequests,
)
from allmende.model.catalogue import ResourceKind
from allmende.policy import Action, Level, Status, Subject, may, why
from allmende.store import Connection, accounts, audit, now
from allmende.store import access as rows
from allmende.store.access import Request, Said
from allmende.store.records import Record

KINDS = ("research", "education", "public", "business", "journalism", "private", "other")
"""What data are wanted for, in broad."""
LANGUAGES = ("de", "en")
SHORTEST, LONGEST = 20, 4_000  # characters of a purpose
WORDS_LONGEST = 4_000
MOST_MONTHS = 24
MOST_WAITING = 10
"""Requests of one person that may wait at a time."""
A_DAY = 10
"""Requests of one person in a day."""
MOST_GRANTS = 100
"""Datasets that may be open to one person at a time."""
REST_DAYS = 7
"""Days after a refusal before the same person may ask for the same dataset again."""
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")

Standing = Literal["open", "readable", "granted", "waiting", "sign-in", "ask", "closed"]


class State(Struct, frozen=True):
    """How somebody stands to the data of a dataset, with the request that matters, if any.

    `open` for everybody, `readable` by a role, `granted` for a time, `waiting` for a decision;
    `sign-in` before one can `ask`; `closed` when there is nothing to ask for.
    """

    code: Standing
    request: Request | None = None


class Talk(Struct, frozen=True):
    """A request with all that was said; `owner` is whether the subject decides about it.

    `name` and `login` are those of who asked, for who decides; empty when they are gone.
    """

    request: Request
    said: list[Said]
    owner: bool
    name: str
    login: str


async def standing(platform: Platform, subject: Subject, record: Record) -> State:
    """How the subject stands to the data of a dataset it sees."""
    if record.status != Status.PUBLISHED or record.kind != ResourceKind.DATASET:
        return State("closed")
    if record.data_access == Level.OPEN:
        return State("open")
    reason = why(subject, record.policy_fields(), "data")
    if reason is not None and reason != "granted":
        return State("readable")
    if subject.kind == "anonymous":
        return State("sign-in")
    if subject.kind != "user":
        return State("closed")
    own = await platform.store.read(rows.of_account, subject.id, record.id)
    if reason == "granted":
        return State("granted", next((each for each in own if each.status == rows.GRANTED), None))
    live = next((each for each in own if each.status in rows.WAITING), None)
    return State("waiting", live) if live else State("ask", own[0] if own else None)


async def ask(
    platform: Platform,
    subject: Subject,
    dataset: str,
    kind: str,
    purpose: str,
    months: int,
    language: str = "de",
) -> Request:
    """Asks for the data of a dataset for some months; both sides get a letter.

    NotAuthenticated for who is not signed in, NotFound for a hidden dataset, Conflict when the
    data are readable already, a request waits, or one was refused in the last seven days;
    InvalidInput for a purpose that is missing, too short or too long; LimitExceeded and
    TooManyRequests when there are too many requests.
    """
    person(subject)
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, dataset)
    state = await standing(platform, subject, record)
    if state.code != "ask":
        raise _not_now(state.code)
    text = cleaned(purpose, SHORTEST, LONGEST)
    if kind not in KINDS or language not in LANGUAGES:
        raise InvalidInput("Choose what for from the list.", "Bitte wählen Sie den Zweck.")
    request = Request(
        id=f"a-{secrets.token_hex(8)}",
        dataset=dataset,
        organisation=record.organisation,
        account=subject.id,
        purpose_kind=kind,
        purpose=text,
        months=checked_months(months),
        language=language,
        status=rows.OPEN,
        created=now(),
        changed=now(),
        decided=None,
        decided_by=None,
        until=None,
        terms="",
        reminded=None,
    )
    await platform.store.write(_ask, platform.settings, request)
    return request


def _ask(db: Connection, settings: Settings, request: Request) -> None:
    own = rows.of_account(db, request.account or "")
    if sum(each.status in rows.WAITING for each in own) >= MOST_WAITING:
        raise LimitExceeded(
            f"{MOST_WAITING} of your requests wait already.",
            f"Es warten schon {MOST_WAITING} Ihrer Anträge.",
        )
    if sum(each.created > now() - DAY for each in own) >= A_DAY:
        raise TooManyRequests(
            f"At most {A_DAY} requests a day; try again tomorrow.",
            f"Höchstens {A_DAY} Anträge am Tag; bitte morgen noch einmal.",
            retry_after=DAY // 1_000_000,
        )
    for each in own:
        if each.dataset == request.dataset:
            _check_before(each)
    rows.add(db, request)
    audit.note(db, request.account or "", "access-ask", request.id, request.organisation)
    letters.to_asker(db, settings, request, "received")
    letters.to_deciders(db, settings, request, "asked-for")


def _check_before(earlier: Request) -> None:
    if earlier.status in rows.WAITING:
        raise _not_now("waiting")
    rest = (earlier.decided or 0) + REST_DAYS * DAY - now()
    if earlier.status == rows.REFUSED and rest > 0:
        raise Conflict(
            f"Your request was refused; you can ask again in {rest // DAY + 1} days.",
            f"Ihr Antrag wurde abgelehnt; in {rest // DAY + 1} Tagen können Sie neu fragen.",
        )


async def mine(platform: Platform, subject: Subject) -> list[Request]:
    """The subject's own requests, the newest first."""
    return await platform.store.read(rows.of_account, person(subject))


async def one(platform: Platform, subject: Subject, ident: str) -> Talk:
    """A request for who made it or who decides; NotFound for everybody else."""
    if subject.kind == "anonymous":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    return await platform.store.read(_one, subject, ident)


def _one(db: Connection, subject: Subject, ident: str) -> Talk:
    request = present(db, subject, ident)
    owner = decides(subject, request)
    asker = accounts.account(db, request.account) if owner and request.account else None
    name, login = (asker.name, asker.login) if asker else ("", "")
    return Talk(request, rows.said(db, ident), owner, name, login)


async def answer(platform: Platform, subject: Subject, ident: str, words: str) -> None:
    """Answers a question of the owner; the request waits for a decision again."""
    text = cleaned(words, 1, WORDS_LONGEST)
    await platform.store.write(_answer, platform.settings, subject, ident, text)


def _answer(db: Connection, settings: Settings, subject: Subject, ident: str, words: str) -> None:
    request = own(db, subject, ident)
    if not rows.settle(db, ident, (rows.ASKED,), status=rows.OPEN):
        raise changed_meanwhile()
    rows.say(db, ident, "asker", subject.id, "answer", words)
    audit.note(db, subject.id, "access-answer", ident, request.organisation)
    letters.to_deciders(db, settings, request, "answer")


async def withdraw(platform: Platform, subject: Subject, ident: str) -> None:
    """Takes one's own request back, or gives a grant back before its time is over."""
    await platform.store.write(_withdraw, subject, ident)


def _withdraw(db: Connection, subject: Subject, ident: str) -> None:
    request = own(db, subject, ident)
    over = rows.ENDED if request.status == rows.GRANTED else rows.WITHDRAWN
    if not rows.settle(db, ident, (*rows.WAITING, rows.GRANTED), status=over):
        raise changed_meanwhile()
    rows.say(db, ident, "asker", subject.id, "withdrawn", "")
    audit.note(db, subject.id, "access-withdraw", ident, request.organisation)


def days_left(request: Request) -> int:
    """Days, begun ones counted, until a grant is over; 0 for what is not granted."""
    if request.status != rows.GRANTED or request.until is None:
        return 0
    return max(0, -((now() - request.until) // DAY))


# --- what several of them need -------------------------------------------------------


def person(subject: Subject) -> str:
    """The account of a signed-in person; NotAuthenticated for everybody else."""
    if subject.kind != "user":
        raise NotAuthenticated(
            "Please sign in first; requests belong to an account.",
            "Bitte melden Sie sich zuerst an; Anträge gehören zu einem Konto.",
        )
    return subject.id


def decides(subject: Subject, request: Request) -> bool:
    """Whether the subject decides about a request; nobody does about their own."""
    return request.account != subject.id and may(subject, Action.RELEASE, request.organisation)


def present(db: Connection, subject: Subject, ident: str) -> Request:
    """A request the subject may see. NotFound."""
    found = rows.find(db, ident)
    mine = found is not None and subject.kind == "user" and found.account == subject.id
    if found is None or not (mine or decides(subject, found)):
        raise NotFound("There is no such request.", "Diesen Antrag gibt es nicht.")
    return found


def own(db: Connection, subject: Subject, ident: str) -> Request:
    """A request of the subject itself. NotFound for any other."""
    found = present(db, subject, ident)
    if found.account != subject.id:
        raise NotFound("There is no such request.", "Diesen Antrag gibt es nicht.")
    return found


def cleaned(text: str, shortest: int, longest: int) -> str:
    """Words of a person without control characters. InvalidInput when too short or long."""
    found = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not shortest <= len(found) <= longest:
        raise InvalidInput(
            f"Please write {shortest} to {longest} characters.",
            f"Bitte schreiben Sie {shortest} bis {longest} Zeichen.",
        )
    return found


def checked_months(months: int) -> int:
    """A number of months from 1 to 24. InvalidInput."""
    if not 1 <= months <= MOST_MONTHS:
        raise InvalidInput(
            f"Choose 1 to {MOST_MONTHS} months.", f"Bitte 1 bis {MOST_MONTHS} Monate wählen."
        )
    return months


def changed_meanwhile() -> Conflict:
    """The error when a request is not in the state any more in which this is possible."""
    return Conflict(
        "The request has changed meanwhile; please load the page again.",
        "Der Antrag hat sich inzwischen geändert; bitte laden Sie die Seite neu.",
    )


def _not_now(code: str) -> Conflict:
    if code == "waiting":
        return Conflict(
            "Your request for these data waits for a decision already.",
            "Ihr Antrag auf diese Daten wartet schon auf eine Entscheidung.",
        )
    return Conflict(
        "There is nothing to ask for: you can read these data already, or nobody can now.",
        "Hier gibt es nichts zu beantragen: Sie können die Daten schon lesen, oder zurzeit "
        "kann es niemand.",
    )
