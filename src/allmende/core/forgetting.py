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
    following.forget_person(db, person.id, person.login)
    feedback.forget_person(db, person.id, person.login)
    showcases.forget_person(db, person.id, person.login)
    access.forget_account(db, person.id)
    accounts.delete_account(db, person.id)
