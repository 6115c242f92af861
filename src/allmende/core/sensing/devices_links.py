# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How messages of a network are fetched: from a broker, and from its storage after a gap.

Addresses are set by who runs the platform, since they say where it connects to and where its
secrets go. Secrets stand in the environment or in a file, by the id of the source:
ALLMENDE_NETWORK_{ID}_PASSWORD for the broker, ALLMENDE_NETWORK_{ID}_KEY for the storage, each
also with _FILE behind it; hyphens of the id are underscores there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing.registering import not_allowed
from allmende.core.settings import PREFIX
from allmende.errors import InvalidInput, NotFound
from allmende.policy import EVERY_ORGANISATION, Action, Subject, may
from allmende.store import Connection, audit, now
from allmende.store.sensing import devices as rows
from allmende.store.sensing.devices import Source

Secret = Literal["PASSWORD", "KEY"]
Version = Literal["5", "3.1.1"]

TOPICS = {"tts": "v3/+/devices/+/up", "chirpstack": "application/+/device/+/event/up"}
LONGEST_TOPIC = 500
_LEVEL = re.compile(r"\+|[^+#\0]*")
_USER = re.compile(r"[^\0\s]{0,200}")


class BrokerLink(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A subscription. Without an address it is at the city's own broker."""

    topic: str
    address: str = ""  # mqtt://host:1883 or mqtts://host:8883
    user: str = ""
    version: Version = "5"
    authorities: str = ""  # file with certificates (PEM); empty: the system's


class StorageLink(Struct, frozen=True, kw_only=True):
    """The Storage Integration of The Things Stack: scheme and host."""

    address: str


class Links(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is fetched for a source, besides what comes to /ingest."""

    broker: BrokerLink | None = None
    storage: StorageLink | None = None


def links_of(source: Source) -> Links:
    """The links of a source."""
    return msgspec.convert(source.links, Links)


async def connect(platform: Platform, subject: Subject, ident: str, links: Links) -> Source:
    """Sets how messages of a source are fetched. NotAllowed but for administrators of all.

    NotFound; InvalidInput for a topic or an address that is none.
    """
    if not may(subject, Action.ADMINISTER, EVERY_ORGANISATION):
        raise not_allowed(EVERY_ORGANISATION)
    found = await platform.store.read(rows.source, ident)
    if found is None or found.revoked is not None:
        raise NotFound(f"There is no source “{ident}”.", f"Es gibt keine Quelle „{ident}“.")
    if links.broker is not None:
        _check_broker(links.broker)
    if links.storage is not None:
        _check_storage(found.kind, links.storage)
    await platform.store.write(_connect, subject.id, found, links)
    changed = await platform.store.read(rows.source, ident)
    return changed or found


def _connect(db: Connection, who: str, found: Source, links: Links) -> None:
    rows.change_source(db, found.id, links=msgspec.to_builtins(links))
    audit.note(db, who, "source-connect", found.id, found.organisation)


def _check_broker(link: BrokerLink) -> None:
    levels = link.topic.split("/")
    last = levels[-1]
    sound = all(_LEVEL.fullmatch(each) for each in levels[:-1])
    if not link.topic or len(link.topic) > LONGEST_TOPIC or not sound:
        raise _topic(link.topic)
    if last != "#" and not _LEVEL.fullmatch(last):
        raise _topic(link.topic)
    if not link.address:
        return
    parts = _parts(link.address)
    if parts is None or parts[0] not in ("mqtt", "mqtts") or not _USER.fullmatch(link.user):
        raise InvalidInput(
            "A broker is written mqtt://host:1883 or mqtts://host:8883; name and password stand "
            "apart.",
            "Einen Broker schreibt man mqtt://host:1883 oder mqtts://host:8883; Name und "
            "Passwort stehen getrennt.",
        )


def _topic(text: str) -> InvalidInput:
    return InvalidInput(
        f"“{text[:100]}” is no topic filter; write it like v3/+/devices/+/up.",
        f"„{text[:100]}“ ist kein Themenfilter; schreiben Sie ihn wie v3/+/devices/+/up.",
    )


def _check_storage(kind: str, link: StorageLink) -> None:
    parts = _parts(link.address)
    if kind != "tts" or parts is None or parts[0] not in ("http", "https") or parts[1]:
        raise InvalidInput(
            "The storage of The Things Stack is written https://host, without a path.",
            "Den Speicher von The Things Stack schreibt man https://host, ohne Pfad.",
        )


def _parts(address: str) -> tuple[str, str] | None:
    """Scheme and path of an address with a host and no name or password; else None."""
    try:
        parts = urlsplit(address)
        sound = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    if not sound or parts.username or parts.password or parts.query or parts.fragment:
        return None
    return parts.scheme, parts.path.rstrip("/")


def secret_name(ident: str, secret: Secret) -> str:
    """The variable of the environment that holds a secret of a source."""
    return f"{PREFIX}NETWORK_{ident.upper().replace('-', '_')}_{secret}"


def secret_of(ident: str, secret: Secret, environ: Mapping[str, str] | None = None) -> str:
    """A secret of a source; empty when none was given. InvalidInput for a file that is not there.

    Read anew each time, so that it can be changed while the program runs.
    """
    environ = os.environ if environ is None else environ
    name = secret_name(ident, secret)
    file = environ.get(f"{name}_FILE")
    if file is None:
        return environ.get(name, "").strip()
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The file that {name}_FILE names cannot be read.",
            f"Die Datei, die {name}_FILE nennt, ist nicht lesbar.",
        ) from error


async def revoke(platform: Platform, subject: Subject, ident: str) -> None:
    """Takes nothing more from a source; its devices and what they measured stay.

    NotFound when it is not of an organisation the subject may observe for.
    """
    found = await source(platform, subject, ident)
    await platform.store.write(_revoke, subject.id, found)


def _revoke(db: Connection, who: str, found: Source) -> None:
    rows.change_source(db, found.id, revoked=now(), secret="", links={})
    audit.note(db, who, "source-revoke", found.id, found.organisation)


async def source(platform: Platform, subject: Subject, ident: str) -> Source:
    """A source, also a revoked one, for who may observe for its organisation. NotFound."""
    found = await platform.store.read(rows.source, ident)
    if found is None or not may(subject, Action.OBSERVE, found.organisation):
        raise NotFound(
            f"There is no source “{ident}” here.", f"Es gibt hier keine Quelle „{ident}“."
        )
    return found
