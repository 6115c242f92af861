# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is one's own: sessions, everything that is kept of a person, and its end.

The export and the erasure are those of GDPR Art. 15, 17 and 20.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from allmende.core.forgetting import forget
from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.signin import HOUR, digest_of
from allmende.errors import Conflict, NotFound
from allmende.policy import EVERY_ORGANISATION, Role, Subject
from allmende.store import (
    Connection,
    access,
    accounts,
    audit,
    feedback,
    following,
    identity,
    sessions,
    showcases,
    teams,
    working_copies,
)
from allmende.store.sensing import citizens, erasing
from allmende.store.sessions import ServiceToken, SignedIn
from allmende.store.working_copies import WorkingCopy


async def sessions_of(platform: Platform, subject: Subject) -> list[SignedIn]:
    """The sessions that have not ended, the one used last first."""
    idle = platform.settings.session_hours * HOUR
    return await platform.store.read(sessions.sessions_of, _person(subject), idle)


async def end_session(platform: Platform, subject: Subject, ident: str) -> None:
    """Ends one of the subject's own sessions by its id. NotFound for any other."""
    await platform.store.write(_end, _person(subject), ident)


def _end(db: Connection, account: str, ident: str) -> None:
    if not sessions.end_session(db, account, ident):
        raise NotFound("This session has ended.", "Diese Sitzung ist schon beendet.")
    audit.note(db, account, "session-end", account)


async def end_others(platform: Platform, subject: Subject, secret: str) -> None:
    """Ends every session of the subject but the one with this key."""
    await platform.store.write(_end_others, _person(subject), digest_of(secret))


def _end_others(db: Connection, account: str, but: bytes) -> None:
    sessions.close_sessions(db, account, but)
    identity.forget_steps(db, account)
    audit.note(db, account, "session-end", account)


# --- everything that is kept ---------------------------------------------------------


async def everything(platform: Platform, subject: Subject) -> dict[str, Any]:
    """All that is kept of a person, as JSON values; times as ISO 8601 in UTC. No secrets."""
    account = _person(subject)
    found = await platform.store.read_slow(_everything, account)
    await platform.store.write(audit.note, account, "export", account)
    return found


def _everything(db: Connection, ident: str) -> dict[str, Any]:
    person = accounts.account(db, ident)
    if person is None:
        raise NotFound("There is no such account.", "Dieses Konto gibt es nicht.")
    factor = identity.factor(db, ident)
    return {
        "account": {
            "id": person.id,
            "login": person.login,
            "name": person.name,
            "active": person.active,
            "created": _time(person.created),
            "passwordChanged": _time(person.password_changed),
        },
        "roles": {org: sorted(held) for org, held in person.roles.items()},
        "teams": [
            {"organisation": each.organisation, "name": each.name}
            for each in teams.teams_of(db, ident)
        ],
        "identities": [
            {"issuer": issuer, "subject": subject, "connected": _time(at)}
            for issuer, subject, at in accounts.identities_of(db, ident)
        ],
        "secondFactor": {
            "since": _time(factor.confirmed if factor else None),
            "recoveryCodesLeft": identity.recovery_codes_left(db, ident),
        },
        "passkeys": [
            {"name": each.name, "created": _time(each.created), "used": _time(each.used)}
            for each in identity.passkeys(db, ident)
        ],
        "sessions": [_session(each) for each in sessions.sessions_of(db, ident, 1 << 52)],
        "tokens": [_token(each) for each in sessions.tokens_of_account(db, ident)],
        "sensors": [_sensor(each) for each in citizens.of_account(db, ident)],
        "following": [_followed(each) for each in following.of_account(db, ident)],
        "feedback": [_feedback(each) for each in feedback.of_account(db, ident)],
        "showcases": [_showcase(each) for each in showcases.of_account(db, ident)],
        "requests": [_request(db, each) for each in access.of_account(db, ident)],
        "workingCopies": [_copy(each, ident) for each in working_copies.of_account(db, ident)],
        "revisions": [
            {"kind": kind, "id": record, "number": number, "at": _time(at)}
            for kind, record, number, at in teams.revisions_by(db, ident)
        ],
        "deeds": [
            {**structs.asdict(each), "at": _time(each.at)} for each in teams.deeds_of(db, ident)
        ],
    }


def _token(each: ServiceToken) -> dict[str, Any]:
    return {
        "name": each.name,
        "organisation": each.organisation,
        "role": each.role,
        "scopes": sorted(each.scopes),
        "created": _time(each.created),
        "expires": _time(each.expires),
        "used": _time(each.used),
    }


def _session(each: SignedIn) -> dict[str, Any]:
    return {
        "begun": _time(each.created),
        "used": _time(each.used),
        "expires": _time(each.expires),
        "level": each.acr,
        "methods": list(each.methods),
        "browser": each.agent,
        "provider": each.provider,
    }


def _sensor(each: citizens.Sensor) -> dict[str, Any]:
    return {
        "name": each.name,
        "kind": each.kind,
        "place": each.place,
        "exactPlace": each.exact,
        "eui": each.eui,
        "created": _time(each.created),
    }


def _followed(each: following.Follow) -> dict[str, Any]:
    return {
        "email": each.email,
        "kind": each.kind,
        "target": each.target,
        "pace": each.pace,
        "created": _time(each.created),
        "confirmed": _time(each.confirmed),
    }


def _feedback(each: feedback.Feedback) -> dict[str, Any]:
    return {
        "dataset": each.dataset,
        "kind": each.kind,
        "private": each.private,
        "text": each.text,
        "name": each.name,
        "email": each.email,
        "state": each.state,
        "created": _time(each.created),
        "answers": [{"at": _time(answer.at), "text": answer.text} for answer in each.answers],
    }


def _showcase(each: showcases.Showcase) -> dict[str, Any]:
    return {
        "id": each.id,
        "title": each.title,
        "text": each.text,
        "link": each.link,
        "maker": each.maker,
        "email": each.email,
        "state": each.state,
        "created": _time(each.created),
    }


def _copy(each: WorkingCopy, who: str) -> dict[str, Any]:
    parts = {
        "made": each.created_by,
        "changed": each.updated_by,
        "submitted": each.submitted_by,
        "sentBack": each.returned_by,
    }
    return {
        "kind": each.kind,
        "id": each.ident,
        "title": each.resource.title,
        "state": each.state,
        "created": _time(each.created),
        "changed": _time(each.updated),
        "submitted": _time(each.submitted),
        "done": [name for name, actor in parts.items() if actor == who],
        "reason": each.reason if each.updated_by == who else "",
        "comment": each.comment if each.returned_by == who else "",
    }


def _request(db: Connection, each: access.Request) -> dict[str, Any]:
    return {
        "dataset": each.dataset,
        "kind": each.purpose_kind,
        "purpose": each.purpose,
        "months": each.months,
        "status": each.status,
        "created": _time(each.created),
        "decided": _time(each.decided),
        "until": _time(each.until),
        "terms": each.terms,
        "said": [
            {"at": _time(said.at), "side": said.side, "action": said.action, "words": said.words}
            for said in access.said(db, each.id)
        ],
    }


def _time(microseconds: int | None) -> str | None:
    if microseconds is None:
        return None
    return datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat(timespec="seconds")


# --- the end -------------------------------------------------------------------------


async def erase(platform: Platform, subject: Subject) -> None:
    """Deletes one's own account with everything that names the person.

    What they wrote stays under the bare id of the account, and so does the audit log, which
    goes after a year. Conflict for the last administrator of the platform.
    """
    await platform.store.write(_erase, subject, _person(subject))


def _erase(db: Connection, subject: Subject, ident: str) -> None:
    person = accounts.account(db, ident)
    if person is None:
        return
    all_of_it = person.roles.get(EVERY_ORGANISATION, frozenset())
    if Role.ADMINISTRATOR in all_of_it and not teams.platform_administrators(db, ident):
        raise Conflict(
            "You are the last administrator of the platform; give somebody else the role first.",
            "Sie verwalten als Letzte die Plattform; bitte geben Sie die Rolle erst weiter.",
        )
    erasing.note(db, "account", person.id, person.created)
    forget(db, person)
    audit.note(db, subject.id, "account-delete", ident)


def _person(subject: Subject) -> str:
    if subject.kind != "user":
        raise refused(subject)
    return subject.id
