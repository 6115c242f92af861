# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ada of Jena, and how she signs in."""

from allmende.core import accounts
from allmende.core.accounts import Session
from allmende.core.platform import Platform
from allmende.policy import SYSTEM, Role, Subject

LOGIN = "ada@jena.example"
GOOD = "Lampe Fluss Kiesel 7"
NEW = "Regen unter Brücken 3"
ADDRESS = "203.0.113.7"


async def someone(platform: Platform, login: str = LOGIN, *roles: Role) -> str:
    """Makes an account in Jena, of a steward unless other roles are said; its id."""
    await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
    held = {"jena": frozenset(roles or (Role.STEWARD,))}
    account = await accounts.create_account(platform, SYSTEM, login, "Ada L.", GOOD, held)
    return account.id


async def signed_in(platform: Platform, login: str = LOGIN) -> tuple[Subject, Session]:
    """A session of the account."""
    session = await accounts.login(platform, login, GOOD, ADDRESS)
    return await accounts.authenticate_session(platform, session.token), session
