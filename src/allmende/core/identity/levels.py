# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How sure we are who somebody is, how recently they proved it, and asking for more.

The levels are those of eIDAS (Regulation (EU) 910/2014 Art. 8): low, substantial, high.
Accounts of our own are `low`, however well they are protected: the higher ones can only be
said by a provider that has looked at an identity card. A service asks with `require_level`.
"""

from __future__ import annotations

from enum import StrEnum

from allmende.core.platform import Platform
from allmende.core.signin import HOUR, MINUTE, SECOND, digest_of
from allmende.errors import NotAllowed
from allmende.policy import Subject
from allmende.store import identity, now, sessions
from allmende.store.sessions import SignedIn


class Assurance(StrEnum):
    """A level of assurance."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"

    def reaches(self, asked: Assurance) -> bool:
        """Whether this level is as high as the one asked for."""
        order = list(Assurance)
        return order.index(self) >= order.index(asked)


class StepUp(NotAllowed):
    """The session is too weak or too old for this; a page asks to sign in again.

    `level` is what is asked for, `fresh` whether signing in again is enough.
    """

    code = "step-up"

    def __init__(self, level: Assurance, fresh: bool) -> None:
        if fresh:
            super().__init__(
                "Please show once more that it is you.",
                "Bitte zeigen Sie noch einmal, dass Sie es sind.",
            )
        else:
            super().__init__(
                f"This needs a sign-in of the level “{level}”.",
                f"Dafür ist eine Anmeldung der Stufe „{level}“ nötig.",
            )
        self.level, self.fresh = level, fresh


async def how(platform: Platform, secret: str) -> SignedIn | None:
    """How the session with this key was opened; None when it has ended."""
    idle = platform.settings.session_hours * HOUR
    return await platform.store.read(sessions.signed_in, digest_of(secret), idle)


def level_of(session: SignedIn | None) -> Assurance:
    """The level of a session."""
    known = session is not None and session.acr in tuple(Assurance)
    return Assurance(session.acr) if session and known else Assurance.LOW


async def require_level(
    platform: Platform,
    subject: Subject,
    secret: str,
    level: Assurance = Assurance.LOW,
    minutes: int | None = None,
) -> SignedIn:
    """The session, when it has the level and was signed in to in the last minutes.

    Raises StepUp. A token has no level; neither has a session without the second factor its
    account has by now.
    """
    session = await how(platform, secret) if subject.kind == "user" and secret else None
    if session is None or session.account != subject.id:
        raise StepUp(level, fresh=False)
    if not level_of(session).reaches(level):
        raise StepUp(level, fresh=False)
    if minutes is not None:
        if now() - session.signed_in > minutes * MINUTE:
            raise StepUp(level, fresh=True)
        weak = not set(session.methods) & set(SECOND)
        if weak and await platform.store.read(identity.has_factor, session.account):
            raise StepUp(level, fresh=True)
    return session
