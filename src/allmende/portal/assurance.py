# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages that ask for more than a session: signed in again just now, or at a higher level.

    @demands()                              # signed in within the last minutes
    @demands(Assurance.SUBSTANTIAL)         # with a proof of identity, whenever
    async def view(page: Page) -> Response: ...

Who has less is sent to a page that asks for it and comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from starlette.responses import Response

from allmende.core.accounts import SignedIn
from allmende.core.identity.config import identity
from allmende.core.identity.levels import Assurance, StepUp, how, require_level
from allmende.core.signin import SECOND
from allmende.errors import NotAuthenticated
from allmende.policy import Role
from allmende.portal.forms import session_secret
from allmende.portal.page import Page, View

FORM_TIMES = 2  # a form may be sent this much later than its page was asked for


def demands(
    level: Assurance = Assurance.LOW, *, fresh: bool | None = None, second: bool = False
) -> Callable[[View], View]:
    """Wraps a view: at least this level; `fresh` is meant where only `low` is asked for.

    With `second`, the second factor is needed of those whom the settings ask for it.
    """
    recent = level is Assurance.LOW if fresh is None else fresh

    def wrap(view: View) -> View:
        @wraps(view)
        async def checked(page: Page) -> Response:
            minutes = identity(page.platform.settings).fresh_minutes
            if page.request.method != "GET":
                minutes *= FORM_TIMES
            asked = minutes if recent else None
            try:
                session = await demand(page, level, asked)
            except StepUp as more:
                return to_step_up(page, more)
            if second and lacks_second(page, session):
                return page.redirect("/account/security", [("needed", "1")])
            return await view(page)

        return checked

    return wrap


async def demand(page: Page, level: Assurance, minutes: int | None = None) -> SignedIn:
    """The session, when it has the level and is as fresh; else StepUp, or NotAuthenticated."""
    if page.subject.kind != "user":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    return await require_level(page.platform, page.subject, session_secret(page), level, minutes)


def to_step_up(page: Page, more: StepUp) -> Response:
    """Sends on to the page that asks to sign in again, and back to this one after it (303)."""
    back = f"/{page.language}{page.path}"
    return page.redirect("/login/again", [("next", back), ("level", more.level.value)])


def lacks_second(page: Page, session: SignedIn | None) -> bool:
    """Whether the settings ask this person for a second factor that the session lacks."""
    asked = identity(page.platform.settings).second_factor
    if asked == "optional" or (session and set(session.methods) & set(SECOND)):
        return False
    return asked == "everybody" or bool(page.subject.organisations(Role.ADMINISTRATOR))


async def session_of(page: Page) -> SignedIn | None:
    """How the session of this request was opened."""
    secret = session_secret(page)
    return await how(page.platform, secret) if secret else None
