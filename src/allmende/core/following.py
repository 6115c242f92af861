# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Following a dataset or a search by letter, with an account or without.

Without an account the address is proven by a letter with a link; with an account only the
first time an address is used. Nothing is sent before. Links in letters carry a key made from
the platform's own one (see `identity/sealing`), so no key stands in the database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct, structs
from starlette.datastructures import QueryParams

from allmende.core import catalogue, mail, search_address
from allmende.core.following_words import said
from allmende.core.identity.sealing import key_of
from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.schedules import next_after, parse
from allmende.core.search import SearchQuery
from allmende.core.settings import Settings
from allmende.errors import InvalidInput, LimitExceeded, NotFound, Unsupported
from allmende.model.catalogue import ResourceKind
from allmende.policy import ANONYMOUS, EVERY_ORGANISATION, Action, Role, Subject, may
from allmende.projections.search.query import check
from allmende.store import Connection, accounts, following, following_refusals, now, sessions
from allmende.store.following import Follow, Kind
from allmende.store.records import Record
from allmende.store.sensing import erasing

__all__ = ["PACES", "Follow", "Kind"]

SECOND = 1_000_000
DAY = 86_400 * SECOND
YEAR = 365 * DAY
PACES = ("soon", "daily", "weekly")
SOON = 15 * 60 * SECOND
"""Least time between two letters about the same thing."""
LETTERS_A_DAY = 3  # that ask one address for a confirmation
MOST_FOLLOWED = 100  # with one address
LONGEST_SEARCH = 2_000  # characters of a query string
UNCONFIRMED_KEPT = DAY
CONFIRM, MANAGE = "confirm", "manage"


class Wanted(Struct, frozen=True, kw_only=True):
    """What somebody wants to follow: the id of a dataset or the query of a search's address."""

    kind: Kind
    target: str
    email: str
    pace: str
    language: str


def possible(settings: Settings) -> bool:
    """Whether anything can be followed by letter."""
    return mail.possible(settings)


async def ask(platform: Platform, subject: Subject, wanted: Wanted, network: str) -> bool:
    """Follows, or sends a letter with a link that has to be opened first; True when it follows.

    The answer is the same for every address. Raises NotFound for a dataset the subject may
    not see, InvalidInput, TooManyRequests, Unsupported without a mail server.
    """
    if not possible(platform.settings):
        raise Unsupported(
            "This platform sends no letters; follow by a feed instead.",
            "Diese Plattform versendet keine E-Mails; bitte nutzen Sie einen Feed.",
        )
    rates(platform).sign_in(network)
    follow = await _made(platform, subject, wanted)
    link = address(platform, follow, CONFIRM)
    return await platform.store.write(_ask, follow, link, platform.settings)


async def _made(platform: Platform, subject: Subject, wanted: Wanted) -> Follow:
    """What is to be followed, checked."""
    if wanted.pace not in PACES or wanted.language not in ("de", "en"):
        raise InvalidInput(
            f"Say how often: {', '.join(PACES)}.", f"Bitte wählen, wie oft: {', '.join(PACES)}."
        )
    target, record = wanted.target, None
    if wanted.kind == "dataset":
        found = await catalogue.get(platform, subject, ResourceKind.DATASET, target)
        record = found.key
    else:
        target = normalised(target)
    return Follow(
        id=f"f-{secrets.token_hex(8)}",
        account=subject.id if subject.kind == "user" else None,
        email=mail.checked_address(wanted.email),
        language=wanted.language,
        kind=wanted.kind,
        target=target,
        record=record,
        pace=wanted.pace,
        told=0,
        told_at=0,
        due=0,
        confirmed=None,
        created=now(),
    )


def normalised(query: str) -> str:
    """The query of a search in one form, without page and order. InvalidInput for a bad one."""
    pairs = [(n, v) for n, v in parse_qsl(query) if n not in ("page", "limit", "sort")]
    text = urlencode(sorted(pairs))
    if len(text) > LONGEST_SEARCH:
        raise LimitExceeded(
            f"The search is longer than {LONGEST_SEARCH} characters.",
            f"Die Suche ist länger als {LONGEST_SEARCH} Zeichen.",
        )
    check(query_of(text, "en", 1))
    return text


def query_of(target: str, language: str, limit: int) -> SearchQuery:
    """The search behind a query string, what the catalogue changed last first."""
    query = search_address.query_of(QueryParams(target), limit=limit, offset=0, language=language)
    return structs.replace(query, sort="updated", counted=())


def _ask(db: Connection, follow: Follow, link: str, settings: Settings) -> bool:
    known = following.same(db, follow)
    proven = follow.account is not None and following.is_proven(db, follow.account, follow.email)
    if known is not None and known.confirmed is not None:
        if not proven:
            return False  # nobody learns here what an address follows
        due = next_due(settings, follow.pace, now())
        following.set_pace(db, known.id, follow.pace, follow.language, due)
        return True
    if following.of_address(db, follow.email) >= MOST_FOLLOWED:
        return False
    if known is not None:
        following.remove(db, known.id)
    if not proven and not _may_ask(db, follow.email):
        return False
    following.add(db, follow)
    if proven:
        _begin(db, settings, follow)
        return True
    subject, text = said("confirm", follow.language, site=settings.site_name, link=link)
    mail.put(db, follow.email, subject, text)
    return False


def _may_ask(db: Connection, email: str) -> bool:
    """Whether an address may get another letter that asks today."""
    salt = sessions.salt_of(db, datetime.now(UTC).date().isoformat())
    mark = hashlib.blake2b(f"follow\n{email.casefold()}".encode(), key=salt, digest_size=16)
    sent, _ = sessions.count_attempt(db, mark.digest(), LETTERS_A_DAY, DAY)
    return sent <= LETTERS_A_DAY


def _begin(db: Connection, settings: Settings, follow: Follow) -> bool:
    told, told_at = following.newest(db)
    if follow.record is not None:
        told = following.revision_of(db, follow.record)
    due = 0 if follow.pace == "soon" else next_due(settings, follow.pace, now())
    return following.confirm(db, follow.id, told, told_at, due)


def next_due(settings: Settings, pace: str, at: int) -> int:
    """When the next letter may come after one at `at` (µs UTC): 7 o'clock in the city."""
    zone = settings.timezone
    if pace == "daily":
        return next_after(parse(f"daily 07:00 {zone}"), at)
    if pace == "weekly":
        return next_after(parse(f"weekly mon 07:00 {zone}"), at)
    return at + SOON


# --- the links in letters ------------------------------------------------------------


def key_for(platform: Platform, ident: str, purpose: str) -> str:
    """The key of a link, 22 characters."""
    mark = hmac.digest(key_of(platform), f"follow {purpose} {ident}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mark[:16]).decode().rstrip("=")


def address(platform: Platform, follow: Follow, purpose: str) -> str:
    """The address of a page where a follower confirms (CONFIRM), changes or ends it (MANAGE)."""
    path = "/confirm" if purpose == CONFIRM else ""
    key = key_for(platform, follow.id, purpose)
    base = platform.settings.base_url
    return f"{base}/{follow.language}/follow/{follow.id}{path}?key={key}"


def stop_address(platform: Platform, follow: Follow) -> str:
    """The address a mail program posts to when somebody has enough (RFC 8058 §3.1)."""
    key = key_for(platform, follow.id, MANAGE)
    base = platform.settings.base_url
    return f"{base}/{follow.language}/follow/{follow.id}/stop?key={key}"


def check_key(platform: Platform, ident: str, key: str, purpose: str) -> None:
    """NotFound when the key of a link is wrong."""
    if not hmac.compare_digest(key_for(platform, ident, purpose).encode(), key.encode()):
        raise _gone()


async def of_link(platform: Platform, ident: str, key: str, purpose: str) -> Follow:
    """What a link is about. NotFound when the key is wrong or it has ended."""
    check_key(platform, ident, key, purpose)
    found = await platform.store.read(following.find, ident)
    if found is None:
        raise _gone()
    return found


def _gone() -> NotFound:
    return NotFound(
        "This link is no longer good; what it was about has ended or was never confirmed.",
        "Dieser Link gilt nicht mehr; das Abonnement ist beendet oder wurde nie bestätigt.",
    )


async def confirm(platform: Platform, ident: str, key: str) -> Follow:
    """The address is proven: from now on letters come. NotFound as for `of_link`."""
    found = await of_link(platform, ident, key, CONFIRM)
    await platform.store.write(_begin, platform.settings, found)
    return found


async def stop(platform: Platform, ident: str, key: str) -> None:
    """Ends it; fine when it has ended already. NotFound for a wrong key."""
    check_key(platform, ident, key, MANAGE)
    await platform.store.write(_stop, ident)


def _stop(db: Connection, ident: str) -> None:
    """Ends it for good: an older backup does not bring it back."""
    found = following.find(db, ident)
    if found is not None:
        erasing.note(db, "follow", found.id, found.created)
        following.remove(db, ident)


async def set_pace(platform: Platform, ident: str, key: str, pace: str, language: str) -> Follow:
    """Changes how often letters come, and their language. NotFound, InvalidInput."""
    found = await of_link(platform, ident, key, MANAGE)
    if pace not in PACES or language not in ("de", "en"):
        raise InvalidInput("There is no such choice.", "Diese Auswahl gibt es nicht.")
    due = next_due(platform.settings, pace, now())
    await platform.store.write(following.set_pace, ident, pace, language, due)
    return structs.replace(found, pace=pace, language=language)


async def followers(platform: Platform, record: Record) -> int:
    """How many follow a dataset that was read for a subject who looks after it."""
    return await platform.store.read(following.followers, record.key)


async def ended_of(platform: Platform, record: Record) -> int:
    """How often following a dataset has ended in a year because the mailbox refuses letters."""
    return await platform.store.read(following_refusals.ended_of, record.key, now() - YEAR)


async def ended(platform: Platform, subject: Subject) -> int | None:
    """The same for all datasets that the subject looks after, and for administrators for searches
    too; None for those who look after nothing."""
    if subject.has(EVERY_ORGANISATION, Role.ADMINISTRATOR):
        return await platform.store.read(following_refusals.ended, None, now() - YEAR)
    owned = [each for each in subject.roles if may(subject, Action.WRITE, each)]
    if not owned:
        return None
    return await platform.store.read(following_refusals.ended, owned, now() - YEAR)


# --- with an account -----------------------------------------------------------------


async def mine(platform: Platform, subject: Subject) -> list[Follow]:
    """Everything one's account follows, the newest first."""
    if subject.kind != "user":
        raise refused(subject)
    return await platform.store.read(following.of_account, subject.id)


async def stop_own(platform: Platform, subject: Subject, ident: str) -> None:
    """Ends something one's account follows. NotFound for that of others."""
    if ident not in {each.id for each in await mine(platform, subject)}:
        raise _gone()
    await platform.store.write(_stop, ident)


async def reader_of(platform: Platform, follow: Follow) -> Subject | None:
    """As whom a follower sees the catalogue now; None when the account is closed."""
    if follow.account is None:
        return ANONYMOUS
    return await platform.store.read(_reader, follow.account)


def _reader(db: Connection, ident: str) -> Subject | None:
    person = accounts.account(db, ident)
    if person is None or not person.active:
        return None
    roles = accounts.roles_by_organisation(accounts.memberships(db, ident))
    return Subject(kind="user", id=ident, name=person.name, roles=sessions.with_below(db, roles))


def tidy(db: Connection) -> None:
    """Forgets what was never confirmed."""
    following.forget_unconfirmed(db, now() - UNCONFIRMED_KEPT)
