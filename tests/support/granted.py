# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Somebody without a role to whom the data of some datasets were opened on request."""

from __future__ import annotations

from collections.abc import Iterable

from allmende.core import accounts
from allmende.core.platform import Platform
from allmende.policy import SYSTEM, Subject
from allmende.store import Connection, access, now

DAY = 86_400_000_000
PASSWORD = "korrekt-pferd-batterie"


async def grantee(
    platform: Platform, datasets: Iterable[str], login: str = "guest@example.org"
) -> tuple[Subject, dict[str, str]]:
    """The person, and the header of their session."""
    made = await accounts.create_account(platform, SYSTEM, login, "Guest", PASSWORD, {})
    await platform.store.write(_open, made.id, list(datasets))
    session = await accounts.login(platform, login, PASSWORD, "127.0.0.1")
    subject = await accounts.authenticate_session(platform, session.token)
    return subject, {"Cookie": f"{platform.settings.session_cookie}={session.token}"}


def _open(db: Connection, account: str, datasets: list[str]) -> None:
    for dataset in datasets:
        db.run(
            "insert into access_request (id, dataset, account, purpose_kind, purpose, months, "
            "language, status, created, changed, until) values (:id, :dataset, :account, "
            "'research', 'to test', 1, 'en', :status, :at, :at, :until)",
            id=f"a-{dataset}",
            dataset=dataset,
            account=account,
            status=access.GRANTED,
            at=now(),
            until=now() + DAY,
        )


async def add_reservations(platform: Platform, datasets: Iterable[str]) -> None:
    """For each dataset a reservation that was asked for and refused, which is public."""
    await platform.store.write(_reserve, list(datasets))


def _reserve(db: Connection, datasets: list[str]) -> None:
    for dataset in datasets:
        db.run(
            "insert into licence_reservation (id, dataset, ground, reason, asked_by, asked, "
            "months, language, status, decided, decision) values (:id, :dataset, 'utility', "
            "'because', 'u-x', :at, 1, 'en', 'refused', :at, 'for no reason')",
            id=f"v-{dataset}",
            dataset=dataset,
            at=now(),
        )
