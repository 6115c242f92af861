# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The end of an account: everything that names its person goes."""

from __future__ import annotations

from allmende.store import Connection, access, accounts, feedback, following, mail, showcases, teams
from allmende.store.accounts import Account
from allmende.store.sensing import citizens


def forget(db: Connection, person: Account) -> None:
    """Removes an account and what names its person anywhere."""
    citizens.leave(db, person.id)
    citizens.forget_person(db, person.id, person.login)
    teams.forget_invitations(db, person.login)
    mail.forget_to(db, person.login)
    forget_part(db, person.id, person.login)
    accounts.delete_account(db, person.id)


def forget_part(db: Connection, account: str, login: str) -> None:
    """Takes a person out of what they follow, have said, have shown and have asked for."""
    following.forget_person(db, account, login)
    feedback.forget_person(db, account, login)
    showcases.forget_person(db, account, login)
    access.forget_account(db, account)
