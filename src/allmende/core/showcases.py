# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Showcases: what people have made of datasets, sent in by anybody and looked at before.

A showcase is seen when it is published and at least one of its datasets is seen. Who looks
after one of its datasets publishes it, takes it back or refuses it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from msgspec import Struct

from allmende.core import catalogue, mail
from allmende.core.following_words import said
from allmende.core.participation import cares, line_of, participation, take, text_of
from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.core.showcases_picture import checked
from allmende.errors import Busy, InvalidInput, LimitExceeded, NotFound
from allmende.model.catalogue import ResourceKind
from allmende.policy import Subject, read_condition
from allmende.store import Connection, audit, now, showcases
from allmende.store import catalogue as rows
from allmende.store.records import Record
from allmende.store.showcases import Showcase
from allmende.store.slugs import slug

__all__ = ["KINDS", "STATES", "Showcase", "Shown"]

KINDS = ("application", "article", "research", "other")
STATES = ("waiting", "published", "refused")
PAGE = 24
MOST_DATASETS = 20
MOST_WAITING = 500
LONGEST_LINK = 500
REFUSED_KEPT = 90 * 86_400 * 1_000_000
TITLE = ("Title", "Titel")
TEXT = ("Description", "Beschreibung")
MAKER = ("Made by", "Gemacht von")


class Sent(Struct, frozen=True, kw_only=True):
    """What somebody sends in; `datasets` are ids, maker and e-mail address may be empty."""

    kind: str
    title: str
    text: str
    link: str
    datasets: Sequence[str]
    maker: str = ""
    email: str = ""
    language: str = "de"


class Shown(Struct, frozen=True):
    """A showcase with those of its datasets that the subject sees; `may` decide on it."""

    showcase: Showcase
    datasets: list[Record]
    may: bool


def is_open(settings: Settings) -> bool:
    """Whether showcases can be sent in."""
    return participation(settings).showcases != "off"


async def send_in(
    platform: Platform, subject: Subject, sent: Sent, picture: bytes, network: str
) -> Showcase:
    """Keeps a showcase until somebody has looked at it; published at once for who may do that.

    `picture` may be empty. Raises InvalidInput that names the field, LimitExceeded,
    TooManyRequests.
    """
    settings = platform.settings
    if not is_open(settings):
        raise NotFound("This page does not exist.", "Diese Seite gibt es nicht.")
    records = await _records(platform, subject, sent.datasets)
    made = _made(subject, sent, records)
    take(platform, subject, network)
    content, made.picture_type = await checked(picture) if picture else (None, "")
    await platform.store.write(_send_in, settings, made, content)
    return made


def _made(subject: Subject, sent: Sent, records: list[Record]) -> Showcase:
    if sent.kind not in KINDS or sent.language not in ("de", "en"):
        raise InvalidInput("There is no such choice.", "Diese Auswahl gibt es nicht.")
    title = line_of(sent.title, TITLE, least=3, most=120)
    direct = all(cares(subject, each.organisation) for each in records)
    return Showcase(
        id=f"{slug(title)[:40].strip('-') or 'showcase'}-{secrets.token_hex(3)}",
        kind=sent.kind,
        title=title,
        text=text_of(sent.text, TEXT, least=20, most=5_000),
        link=checked_link(sent.link),
        language=sent.language,
        maker=line_of(sent.maker, MAKER),
        email=mail.checked_address(sent.email) if sent.email.strip() else "",
        account=subject.id if subject.kind == "user" else None,
        state="published" if direct else "waiting",
        records=[each.key for each in records],
    )


async def _records(platform: Platform, subject: Subject, idents: Sequence[str]) -> list[Record]:
    wanted = list(dict.fromkeys(each.strip() for each in idents if each.strip()))
    if not 1 <= len(wanted) <= MOST_DATASETS:
        raise InvalidInput(
            f"Name 1 to {MOST_DATASETS} datasets that were used.",
            f"Bitte 1 bis {MOST_DATASETS} verwendete Datensätze nennen.",
        )
    found = []
    for ident in wanted:
        try:
            name = ident.rstrip("/").rpartition("/")[2]  # an address is as good as an id
            found.append(await catalogue.get(platform, subject, ResourceKind.DATASET, name))
        except NotFound as error:
            raise InvalidInput(error.text["en"], error.text["de"]) from error
    return found


def checked_link(text: str) -> str:
    """An address of the web (http or https) as it was given. InvalidInput for any other."""
    link = text.strip()
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    plain = link.isprintable() and not set(link) & set(" <>\"'`\\")
    named = "." in host and not parts.username and not parts.password
    if not plain or parts.scheme not in ("http", "https") or not named:
        raise InvalidInput(
            "The link has to be a web address such as https://example.org/app.",
            "Der Link muss eine Web-Adresse sein, etwa https://example.org/app.",
        )
    if len(link) > LONGEST_LINK:
        raise LimitExceeded(
            f"The link has more than {LONGEST_LINK} characters.",
            f"Der Link hat mehr als {LONGEST_LINK} Zeichen.",
        )
    return link


def _send_in(db: Connection, settings: Settings, made: Showcase, picture: bytes | None) -> None:
    if showcases.waiting(db) >= MOST_WAITING:
        raise LimitExceeded(
            "Too many showcases wait to be looked at; try again later.",
            "Zu viele Anwendungen warten auf die Prüfung; bitte später noch einmal.",
        )
    showcases.add(db, made, picture)
    if made.state == "waiting" and settings.operator_email and mail.possible(settings):
        language = settings.language
        link = f"{settings.base_url}/{language}/showcases/{made.id}"
        with suppress(Busy, InvalidInput):
            letter = said("showcase", language, title=made.title, link=link)
            mail.put(db, settings.operator_email, *letter)


# --- reading -------------------------------------------------------------------------


async def listing(
    platform: Platform, subject: Subject, page: int = 1, state: str = "published"
) -> tuple[int, list[Shown]]:
    """How many there are, and those of one page, the newest first, 24 at a time.

    Those that wait or were refused are for who looks after one of their datasets.
    """
    if state not in STATES:
        raise InvalidInput(
            f"state is one of: {', '.join(STATES)}.", f"state ist eines von: {', '.join(STATES)}."
        )
    if state != "published" and not any(cares(subject, each) for each in subject.roles):
        raise refused(subject)
    offset = (max(page, 1) - 1) * PAGE
    condition = read_condition(subject)
    total = await platform.store.read(showcases.count, condition, state)
    found = await platform.store.read(showcases.listing, condition, state, PAGE, offset)
    shown = [await _shown(platform, subject, each) for each in found]
    return total, [each for each in shown if state == "published" or each.may]


async def _shown(platform: Platform, subject: Subject, made: Showcase) -> Shown:
    records = await platform.store.read(rows.by_keys, read_condition(subject), made.records)
    may = any(cares(subject, each.organisation) for each in records)
    if not may:
        made.email, made.account, made.decided_by = "", None, ""
    return Shown(made, records, may)


async def one(platform: Platform, subject: Subject, ident: str) -> Shown:
    """One showcase. NotFound when there is none the subject may see."""
    made = await platform.store.read(showcases.find, ident)
    if made is not None:
        shown = await _shown(platform, subject, made)
        if shown.may or (made.state == "published" and shown.datasets):
            return shown
    raise NotFound("There is no such showcase here.", "Diese Anwendung gibt es hier nicht.")


async def picture(platform: Platform, subject: Subject, ident: str) -> tuple[bytes, str]:
    """The picture of a showcase and its media type. NotFound without one."""
    await one(platform, subject, ident)
    found = await platform.store.read(showcases.picture, ident)
    if found is None:
        raise NotFound("There is no picture.", "Es gibt kein Bild.")
    return found


async def of_record(platform: Platform, record: Record, limit: int = 6) -> list[Showcase]:
    """What was published that uses a dataset, which was read for the subject already."""
    found = await platform.store.read(showcases.of_record, record.key, limit)
    for each in found:
        each.email, each.account, each.decided_by = "", None, ""
    return found


# --- deciding ------------------------------------------------------------------------


async def decide(platform: Platform, subject: Subject, ident: str, state: str) -> None:
    """Publishes one, takes it back to the waiting ones or refuses it; NotAllowed for others."""
    shown = await one(platform, subject, ident)
    if not shown.may:
        raise refused(subject)
    if state not in STATES:
        raise InvalidInput("There is no such choice.", "Diese Auswahl gibt es nicht.")
    await platform.store.write(_decide, subject, shown, state)


def _decide(db: Connection, subject: Subject, shown: Shown, state: str) -> None:
    showcases.decide(db, shown.showcase.id, state, subject.id)
    owner = shown.datasets[0].organisation
    audit.note(db, subject.id, f"showcase-{state}", shown.showcase.id, owner)


def tidy(db: Connection) -> None:
    """Forgets what was refused long ago."""
    showcases.forget_refused(db, now() - REFUSED_KEPT)
