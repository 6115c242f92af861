# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Feedback on datasets: public comments and questions, private notes, answers, what was done.

Whoever sees a dataset may say something about it and reads what was published. Who looks
after it (stewards and administrators of its organisation) reads everything, publishes,
answers and closes. Texts are plain: nothing in them is ever read as HTML.
"""

from __future__ import annotations

from contextlib import suppress

from msgspec import Struct

from allmende.core import catalogue, mail
from allmende.core.following_words import said
from allmende.core.participation import (
    cares,
    line_of,
    owner_address,
    participation,
    take,
    text_of,
)
from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import Busy, Conflict, InvalidInput, LimitExceeded, NotFound
from allmende.model.catalogue import ResourceKind, local
from allmende.model.filter import Everything, Filter, In, all_of
from allmende.policy import EVERY_ORGANISATION, Subject, read_condition
from allmende.store import Connection, accounts, audit, feedback, now
from allmende.store.feedback import Answer, Feedback
from allmende.store.records import Record

__all__ = ["KINDS", "OUTCOMES", "STATES", "Answer", "Feedback"]

KINDS = ("error", "wish", "question")
STATES = ("waiting", "open", "closed", "refused")
OUTCOMES = ("done", "answered", "not-done")
LONGEST = 5_000
PAGE = 50
MOST_WAITING = 100  # of one dataset that nobody has looked at
MOST_ANSWERS = 100
DAY = 86_400 * 1_000_000
ADDRESSES_KEPT = 90 * DAY
TEXT, NAME = ("Text", "Text"), ("Name", "Name")
KIND_WORDS = {
    "error": {"de": "Fehler", "en": "error"},
    "wish": {"de": "Wunsch", "en": "wish"},
    "question": {"de": "Frage", "en": "question"},
}
OUTCOME_WORDS = {
    "": {"de": "", "en": ""},
    "done": {"de": "Ergebnis: umgesetzt.\n", "en": "Outcome: done.\n"},
    "answered": {"de": "Ergebnis: beantwortet.\n", "en": "Outcome: answered.\n"},
    "not-done": {"de": "Ergebnis: wird nicht umgesetzt.\n", "en": "Outcome: will not be done.\n"},
}


class Said(Struct, frozen=True, kw_only=True):
    """What somebody says about a dataset; name and e-mail address may be empty."""

    kind: str
    text: str
    private: bool = False
    name: str = ""
    email: str = ""
    language: str = "de"


def is_open(settings: Settings) -> bool:
    """Whether feedback can be given."""
    return participation(settings).feedback != "off"


async def say(
    platform: Platform, subject: Subject, dataset: str, given: Said, network: str
) -> Feedback:
    """Keeps feedback on a dataset and tells its owner.

    Public feedback waits until somebody has looked at it, unless the settings say otherwise.
    Raises NotFound, InvalidInput, TooManyRequests, LimitExceeded when a hundred wait already.
    """
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, dataset)
    settings = platform.settings
    if not is_open(settings):
        raise NotFound("This page does not exist.", "Diese Seite gibt es nicht.")
    if given.kind not in KINDS or given.language not in ("de", "en"):
        raise InvalidInput("There is no such choice.", "Diese Auswahl gibt es nicht.")
    direct = given.private or cares(subject, record.organisation)
    if participation(settings).feedback == "open":
        direct = True
    made = Feedback(
        record=record.key,
        kind=given.kind,
        private=given.private,
        text=text_of(given.text, TEXT, least=3, most=LONGEST),
        name=line_of(given.name, NAME),
        email=mail.checked_address(given.email) if given.email.strip() else "",
        account=subject.id if subject.kind == "user" else None,
        language=given.language,
        state="open" if direct else "waiting",
    )
    take(platform, subject, network)
    made.id = await platform.store.write(_say, settings, record, made)
    return made


def _say(db: Connection, settings: Settings, record: Record, made: Feedback) -> int:
    if feedback.waiting(db, made.record) >= MOST_WAITING:
        raise LimitExceeded(
            f"{MOST_WAITING} messages about this dataset wait to be read; try again later.",
            f"Zu diesem Datensatz warten schon {MOST_WAITING} Rückmeldungen; bitte später.",
        )
    ident = feedback.add(db, made)
    language = settings.language
    _letter(
        db,
        settings,
        owner_address(record, settings),
        said(
            "feedback",
            language,
            title=local(record.resource.title, language) or record.id,
            kind=KIND_WORDS[made.kind][language],
            text=made.text,
            link=f"{settings.base_url}/{language}/feedback/{ident}",
        ),
    )
    return ident


def _letter(db: Connection, settings: Settings, to: str, letter: tuple[str, str]) -> None:
    """Puts a letter in, if there are letters; what was said is kept even if none goes."""
    if to and mail.possible(settings):
        with suppress(Busy, InvalidInput):
            mail.put(db, to, *letter)


# --- reading -------------------------------------------------------------------------


async def of_dataset(platform: Platform, subject: Subject, dataset: str) -> list[Feedback]:
    """What was published about a dataset, the newest first; NotFound when it is not seen."""
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, dataset)
    return await of_record(platform, record)


async def of_record(platform: Platform, record: Record, limit: int = PAGE) -> list[Feedback]:
    """The same of a record that was read for the subject already; without names of accounts."""
    found = await platform.store.read(feedback.of_record, record.key, limit)
    return [_bare(each) for each in found]


def _bare(each: Feedback) -> Feedback:
    """As everybody sees it."""
    each.email, each.account = "", None
    each.answers = [Answer(answer.at, "", answer.text) for answer in each.answers]
    return each


async def one(platform: Platform, subject: Subject, ident: int) -> Feedback:
    """One piece of feedback, for who looks after the dataset. NotFound for everybody else."""
    found = await platform.store.read(feedback.find, read_condition(subject), ident)
    if found is None or not cares(subject, found.organisation):
        raise NotFound(
            "There is no such feedback here, or you may not see it.",
            "Diese Rückmeldung gibt es hier nicht, oder Sie dürfen sie nicht sehen.",
        )
    return found


async def inbox(
    platform: Platform, subject: Subject, state: str = "", before: int = 1 << 53
) -> list[Feedback]:
    """Feedback on the datasets the subject looks after, the newest first, fifty at a time.

    `state` is one of STATES, or empty for what is not finished. NotAllowed for others.
    """
    organisations = [each for each in subject.roles if cares(subject, each)]
    if not organisations:
        raise refused(subject)
    states = [state] if state in STATES else ["waiting", "open"]
    condition = all_of(read_condition(subject), _owned(organisations))
    return await platform.store.read(feedback.inbox, condition, states, before, PAGE)


def _owned(organisations: list[str]) -> Filter:
    if EVERY_ORGANISATION in organisations:
        return Everything()
    return In("organisation", tuple(sorted(organisations)))


async def names(platform: Platform, found: list[Feedback]) -> dict[str, str]:
    """The names of the accounts that have answered, by id; for who looks after the dataset."""
    actors = sorted({answer.actor for each in found for answer in each.answers})
    return await platform.store.read(accounts.names, actors)


# --- what the owner does -------------------------------------------------------------


async def publish(platform: Platform, subject: Subject, ident: int) -> None:
    """Lets everybody who sees the dataset read it. Conflict for a private note."""
    found = await one(platform, subject, ident)
    if found.private or found.state not in ("waiting", "refused"):
        raise Conflict(
            "Only public feedback that waits can be published.",
            "Nur öffentliche Rückmeldungen, die warten, lassen sich veröffentlichen.",
        )
    await platform.store.write(_move, subject, found, "open", "")


async def refuse(platform: Platform, subject: Subject, ident: int) -> None:
    """Takes it out of sight; it is deleted after 90 days."""
    found = await one(platform, subject, ident)
    await platform.store.write(_move, subject, found, "refused", "")


async def reopen(platform: Platform, subject: Subject, ident: int) -> None:
    """Goes on with something that was closed."""
    found = await one(platform, subject, ident)
    if found.state != "closed":
        raise Conflict("It is not closed.", "Die Rückmeldung ist nicht abgeschlossen.")
    await platform.store.write(_move, subject, found, "open", "")


async def answer(
    platform: Platform, subject: Subject, ident: int, text: str, outcome: str = ""
) -> None:
    """Answers, publishes what waited, and with an outcome closes; the person gets a letter.

    To close, the text may be empty. InvalidInput, Conflict when it was refused.
    """
    found = await one(platform, subject, ident)
    if outcome and outcome not in OUTCOMES:
        raise InvalidInput("There is no such choice.", "Diese Auswahl gibt es nicht.")
    if found.state == "refused" or len(found.answers) >= MOST_ANSWERS:
        raise Conflict(
            "This cannot be answered any more.", "Darauf kann nicht mehr geantwortet werden."
        )
    plain = text_of(text, TEXT, least=0 if outcome else 3, most=LONGEST)
    await platform.store.write(_answer, platform.settings, subject, found, plain, outcome)


def _move(db: Connection, subject: Subject, found: Feedback, state: str, outcome: str) -> None:
    feedback.set_state(db, found.id, state, outcome)
    deed = f"feedback-{state}"
    audit.note(db, subject.id, deed, f"{found.dataset} {found.id}", found.organisation)


def _answer(
    db: Connection,
    settings: Settings,
    subject: Subject,
    found: Feedback,
    text: str,
    outcome: str,
) -> None:
    if text:
        feedback.answer(db, found.id, subject.id, text)
        target = f"{found.dataset} {found.id}"
        audit.note(db, subject.id, "feedback-answer", target, found.organisation)
    state = "closed" if outcome else "open"
    if state != found.state or outcome != found.outcome:
        _move(db, subject, found, state, outcome)
    language = found.language
    letter = said(
        "answer",
        language,
        title=found.dataset,
        text=text,
        outcome=OUTCOME_WORDS[outcome][language],
        link=f"{settings.base_url}/{language}/datasets/{found.dataset}",
    )
    _letter(db, settings, found.email, letter)


def tidy(db: Connection) -> None:
    """Forgets addresses and what was refused when it is long over."""
    feedback.forget_addresses(db, now() - ADDRESSES_KEPT)
