# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Letters about releases: to who may release, when something waits, and to its writers.

Only who has asked for them gets letters, only about what they may see, and nobody about
their own deeds. A letter that cannot be put in does not stop the deed.
"""

from __future__ import annotations

from allmende.core import mail
from allmende.core.platform import ADDRESS_PARTS, Platform
from allmende.core.settings import Settings
from allmende.errors import Busy, InvalidInput, NotAuthenticated
from allmende.model.catalogue import local
from allmende.policy import Action, Subject, may
from allmende.store import Connection, accounts, sessions, working_copies
from allmende.store.accounts import Account
from allmende.store.working_copies import WorkingCopy

__all__ = ["Settings", "released", "returned", "set_wanted", "submitted", "wanted"]

_SUBMITTED = (
    "Zur Freigabe eingereicht / Submitted for release: {title}",
    "„{title}“ wartet auf eine Freigabe. Bitte prüfen Sie die Änderungen:\n{address}\n\n"
    "“{title}” waits to be released. Please check the changes:\n{address_en}\n",
)
_RETURNED = (
    "Zurückgegeben / Sent back: {title}",
    "Ihre Änderungen an „{title}“ wurden mit einem Hinweis zurückgegeben:\n\n{comment}\n\n"
    "Weiterbearbeiten:\n{address}\n\n"
    "Your changes of “{title}” came back with a comment (above). Continue here:\n{address_en}\n",
)
_RELEASED = (
    "Freigegeben / Released: {title}",
    "Ihre Änderungen an „{title}“ sind freigegeben:\n{record}\n\n"
    "Your changes of “{title}” are released:\n{record}\n",
)
_END = "\nDiese E-Mails abbestellen / Stop these letters:\n{base}/de/releases\n{base}/en/releases\n"


async def wanted(platform: Platform, subject: Subject) -> bool:
    """Whether the subject gets letters about releases."""
    return await platform.store.read(working_copies.wants_letters, subject.id)


async def set_wanted(platform: Platform, subject: Subject, on: bool) -> None:
    """Notes that the subject wants letters about releases, or no longer; for people."""
    if subject.kind != "user":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    await platform.store.write(working_copies.set_letters, subject.id, on)


def submitted(db: Connection, settings: Settings, copy: WorkingCopy, by: str) -> None:
    """Tells those who may release that a copy waits."""
    for account, subject in _readers(db, settings, by):
        if may(subject, Action.RELEASE, copy.organisation):
            _put(db, settings, account, copy, _SUBMITTED)


def returned(db: Connection, settings: Settings, copy: WorkingCopy, by: str) -> None:
    """Tells the writers of a copy that it came back."""
    _to_writers(db, settings, copy, by, _RETURNED)


def released(db: Connection, settings: Settings, copy: WorkingCopy, by: str) -> None:
    """Tells the writers of a copy that it is published."""
    _to_writers(db, settings, copy, by, _RELEASED)


def _to_writers(
    db: Connection, settings: Settings, copy: WorkingCopy, by: str, letter: tuple[str, str]
) -> None:
    writers = {copy.updated_by, copy.submitted_by, copy.created_by}
    for account, subject in _readers(db, settings, by):
        if account.id in writers and may(subject, Action.WRITE_DRAFT, copy.organisation):
            _put(db, settings, account, copy, letter)


def _readers(db: Connection, settings: Settings, but: str) -> list[tuple[Account, Subject]]:
    """Who wants letters, with the roles they have now."""
    if not mail.possible(settings):
        return []
    found = []
    for ident in working_copies.readers_of_letters(db):
        account = accounts.account(db, ident)
        if account is not None and account.active and ident != but:
            roles = sessions.with_below(db, account.roles)
            found.append((account, Subject("user", ident, account.name, roles)))
    return found


def _put(
    db: Connection, settings: Settings, account: Account, copy: WorkingCopy, letter: tuple[str, str]
) -> None:
    path = f"{ADDRESS_PARTS[copy.kind]}/{copy.ident}"
    words = {
        "title": mail.one_line(local(copy.resource.title, "de", "en") or copy.ident),
        "comment": copy.comment,
        "address": f"{settings.base_url}/de/releases/{copy.id}",
        "address_en": f"{settings.base_url}/en/releases/{copy.id}",
        "record": f"{settings.base_url}/{path}",
        "base": settings.base_url,
    }
    title, text = (each.format(**words) for each in letter)
    try:
        mail.put(db, account.login, title, text + _END.format(**words))
    except (InvalidInput, Busy):
        return  # a login that is no address, or too many letters wait
