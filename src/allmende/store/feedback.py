# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What people say about datasets: comments, questions, private notes, and what was answered."""

from __future__ import annotations

from msgspec import Struct

from allmende.model.filter import Filter
from allmende.store.catalogue import COLUMNS
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection, Row, now


class Answer(Struct, frozen=True):
    """What somebody who looks after the dataset has answered; `at` in µs UTC."""

    at: int
    actor: str
    text: str


class Feedback(Struct, kw_only=True):
    """One thing that was said about a dataset, with its answers; times in µs UTC.

    `dataset` is the id, `record` the key, `organisation` the owner of the dataset.
    """

    id: int = 0
    record: int
    dataset: str = ""
    organisation: str = ""
    kind: str
    private: bool
    text: str
    name: str
    email: str
    account: str | None
    language: str
    state: str
    outcome: str = ""
    created: int = 0
    closed: int | None = None
    answers: list[Answer] = []


_SELECT = (
    "select feedback.id, feedback.record, resource.id, resource.organisation, feedback.kind, "
    "feedback.private, feedback.text, feedback.name, feedback.email, feedback.account, "
    "feedback.language, feedback.state, feedback.outcome, feedback.created, feedback.closed "
    "from feedback join resource on resource.key = feedback.record"
)


def _feedback(row: Row) -> Feedback:
    return Feedback(
        id=row[0],
        record=row[1],
        dataset=row[2],
        organisation=row[3],
        kind=row[4],
        private=bool(row[5]),
        text=row[6],
        name=row[7],
        email=row[8],
        account=row[9],
        language=row[10],
        state=row[11],
        outcome=row[12],
        created=row[13],
        closed=row[14],
    )


def add(db: Connection, said: Feedback) -> int:
    """Keeps what somebody has said; its number."""
    return int(
        db.value(
            "insert into feedback (record, kind, private, text, name, email, account, language, "
            "state, outcome, created) values (:record, :kind, :private, :text, :name, :email, "
            ":account, :language, :state, '', :at) returning id",
            record=said.record,
            kind=said.kind,
            private=int(said.private),
            text=said.text,
            name=said.name,
            email=said.email,
            account=said.account,
            language=said.language,
            state=said.state,
            at=now(),
        )
    )


def find(db: Connection, condition: Filter, ident: int) -> Feedback | None:
    """One by its number, when the condition allows its dataset."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    found = db.row(f"{_SELECT} where feedback.id = :id and {where.sql}", id=ident, **where.params)
    return _with_answers(db, [_feedback(found)])[0] if found else None


def of_record(db: Connection, record: int, limit: int) -> list[Feedback]:
    """What everybody may read of a dataset, the newest first."""
    rows = db.rows(
        f"{_SELECT} where feedback.record = :record and private = 0 "
        "and state in ('open', 'closed') order by feedback.id desc limit :limit",
        record=record,
        limit=limit,
    )
    return _with_answers(db, [_feedback(row) for row in rows])


def inbox(
    db: Connection, condition: Filter, states: list[str], before: int, limit: int
) -> list[Feedback]:
    """What was said about the datasets a condition allows, with numbers below one."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(
        f"{_SELECT} where {db.dialect.any_of('feedback.state', 'states')} "
        f"and feedback.id < :before and {where.sql} order by feedback.id desc limit :limit",
        states=db.dialect.list_value(states),
        before=before,
        limit=limit,
        **where.params,
    )
    return _with_answers(db, [_feedback(row) for row in rows])


def of_account(db: Connection, account: str) -> list[Feedback]:
    """What an account has said."""
    rows = db.rows(f"{_SELECT} where feedback.account = :id order by feedback.id", id=account)
    return _with_answers(db, [_feedback(row) for row in rows])


def _with_answers(db: Connection, found: list[Feedback]) -> list[Feedback]:
    for each in found:
        each.answers = [
            Answer(*row)
            for row in db.rows(
                "select at, actor, text from feedback_answer where feedback = :id order by id",
                id=each.id,
            )
        ]
    return found


def answer(db: Connection, ident: int, actor: str, text: str) -> None:
    """Adds an answer."""
    db.run(
        "insert into feedback_answer (feedback, at, actor, text) values (:id, :at, :actor, :text)",
        id=ident,
        at=now(),
        actor=actor,
        text=text,
    )


def set_state(db: Connection, ident: int, state: str, outcome: str = "") -> None:
    """Moves one on; closing notes when and how. Refusing takes the person out of it."""
    closed = now() if state in ("closed", "refused") else None
    db.run(
        "update feedback set state = :state, outcome = :outcome, closed = :closed where id = :id",
        id=ident,
        state=state,
        outcome=outcome,
        closed=closed,
    )


def waiting(db: Connection, record: int) -> int:
    """How much of a dataset waits for somebody to look at it."""
    return int(
        db.value(
            "select count(*) from feedback where record = :record and state = 'waiting'",
            record=record,
        )
    )


def forget_person(db: Connection, account: str, login: str) -> None:
    """Takes a person out: what nobody has published goes, of the rest name and address."""
    named = {"account": account, "login": login}
    mine = "(account = :account or email = :login)"
    db.run(f"delete from feedback where {mine} and (private = 1 or state = 'waiting')", **named)
    db.run(f"update feedback set name = '', email = '', account = null where {mine}", **named)


def forget_addresses(db: Connection, before: int) -> int:
    """Forgets the addresses of what was closed before a moment, and all that was refused."""
    db.run("delete from feedback where state = 'refused' and closed < :before", before=before)
    return db.run(
        "update feedback set email = '' where email <> '' and closed < :before", before=before
    )
