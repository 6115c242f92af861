# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Letters about requests: to who asked, and to who decides.

A letter names the dataset and leads to the page of the request. It does not repeat the purpose
or the name of who asked. A letter that cannot be put in does not stop the deed.
"""

from __future__ import annotations

from contextlib import suppress

from allmende.core import mail
from allmende.core.settings import Settings
from allmende.errors import Busy, InvalidInput
from allmende.model.catalogue import ResourceKind, local
from allmende.model.filter import Everything
from allmende.policy import Role
from allmende.store import Connection, accounts, catalogue
from allmende.store.access import Request
from allmende.store.accounts import Account

MOST_DECIDERS = 20
"""People of an organisation who are told of one request."""
DECIDERS = frozenset({Role.STEWARD, Role.GATEKEEPER, Role.ADMINISTRATOR})

_TEXTS: dict[str, dict[str, tuple[str, str]]] = {
    "asked-for": {
        "de": (
            "Antrag auf Daten: {title}",
            "Jemand beantragt die Daten „{title}“. Bitte entscheiden Sie:\n{page}",
        ),
        "en": (
            "Request for data: {title}",
            "Somebody asks for the data “{title}”. Please decide:\n{page}",
        ),
    },
    "answer": {
        "de": (
            "Antwort zum Antrag: {title}",
            "Zum Antrag auf „{title}“ gibt es eine Antwort:\n{page}",
        ),
        "en": (
            "Answer about a request: {title}",
            "There is an answer about the request for “{title}”:\n{page}",
        ),
    },
    "received": {
        "de": (
            "Ihr Antrag ist angekommen: {title}",
            "Ihr Antrag auf die Daten „{title}“ liegt der Organisation vor. "
            "Den Stand sehen Sie hier:\n{page}",
        ),
        "en": (
            "Your request has arrived: {title}",
            "Your request for the data “{title}” is with the organisation. "
            "See here how it stands:\n{page}",
        ),
    },
    "question": {
        "de": (
            "Rückfrage zu Ihrem Antrag: {title}",
            "Zu Ihrem Antrag auf „{title}“ gibt es eine Rückfrage:\n{page}",
        ),
        "en": (
            "Question about your request: {title}",
            "There is a question about your request for “{title}”:\n{page}",
        ),
    },
    "granted": {
        "de": (
            "Freigegeben: {title}",
            "Die Daten „{title}“ sind für Sie freigegeben, bis {until}. Melden Sie sich an, dann "
            "öffnen sich Dateien und Schnittstellen. Bedingungen und mehr:\n{page}",
        ),
        "en": (
            "Granted: {title}",
            "The data “{title}” are open to you until {until}. Sign in, and files and interfaces "
            "will open. Terms and more:\n{page}",
        ),
    },
    "refused": {
        "de": (
            "Abgelehnt: {title}",
            "Ihr Antrag auf „{title}“ wurde abgelehnt. Die Begründung steht hier:\n{page}",
        ),
        "en": (
            "Refused: {title}",
            "Your request for “{title}” was refused. The reason stands here:\n{page}",
        ),
    },
    "revoked": {
        "de": (
            "Freigabe beendet: {title}",
            "Die Freigabe der Daten „{title}“ wurde beendet. Die Begründung steht hier:\n{page}",
        ),
        "en": (
            "Grant taken back: {title}",
            "The grant of the data “{title}” was taken back. The reason stands here:\n{page}",
        ),
    },
    "ending": {
        "de": (
            "Freigabe endet bald: {title}",
            "Die Freigabe der Daten „{title}“ endet am {until}. Mehr:\n{page}",
        ),
        "en": (
            "Grant ends soon: {title}",
            "The grant of the data “{title}” ends on {until}. More:\n{page}",
        ),
    },
    "ended": {
        "de": (
            "Freigabe ist zu Ende: {title}",
            "Die Freigabe der Daten „{title}“ ist abgelaufen. "
            "Sie können sie neu beantragen:\n{page}",
        ),
        "en": (
            "Grant is over: {title}",
            "The grant of the data “{title}” is over. You can ask again:\n{page}",
        ),
    },
}


def to_asker(db: Connection, settings: Settings, request: Request, code: str) -> None:
    """A letter to who asked, in their language; nothing when they have no e-mail address."""
    person = accounts.account(db, request.account) if request.account else None
    if person is not None and person.active:
        _put(db, settings, person, request, code, request.language)


def to_deciders(db: Connection, settings: Settings, request: Request, code: str) -> None:
    """A letter to those who may decide, in the platform's language."""
    for person in deciders(db, request.organisation):
        _put(db, settings, person, request, code, settings.language)


def deciders(db: Connection, organisation: str) -> list[Account]:
    """Who decides in an organisation; when nobody does, the administrators of the platform."""
    for place in (organisation, "*"):
        found = [
            each
            for each in accounts.accounts(db, place)
            if each.active and each.roles.get(place, frozenset()) & DECIDERS
        ]
        if found:
            return found[:MOST_DECIDERS]
    return []


def title_of(db: Connection, dataset: str, language: str) -> str:
    """The title of a dataset; its id when it has none."""
    found = catalogue.find(db, Everything(), ResourceKind.DATASET, dataset)
    return mail.one_line(local(found.resource.title, language) if found else "") or dataset


def put(
    db: Connection, settings: Settings, person: Account, words: tuple[str, str], page: str
) -> None:
    """Puts a letter in, when letters can be sent and the person's login is an e-mail address."""
    if not mail.possible(settings):
        return
    subject, text = words
    with suppress(InvalidInput, Busy):
        mail.put(db, person.login, subject, f"{text.replace('{page}', page)}\n")


def day(moment: int, language: str) -> str:
    """A day (of µs UTC) as people of the language write it."""
    from datetime import UTC, datetime

    found = datetime.fromtimestamp(moment // 1_000_000, UTC)
    return found.strftime("%d.%m.%Y" if language == "de" else "%d %B %Y")


def _put(
    db: Connection,
    settings: Settings,
    person: Account,
    request: Request,
    code: str,
    language: str,
) -> None:
    tag = language if language in ("de", "en") else "de"
    subject, text = _TEXTS[code][tag]
    given = {
        "title": title_of(db, request.dataset, tag),
        "until": day(request.until, tag) if request.until else "",
        "page": "{page}",
    }
    page = f"{settings.base_url}/{tag}/requests/{request.id}"
    put(db, settings, person, (subject.format(**given), text.format(**given)), page)
