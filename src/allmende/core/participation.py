# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is common to everything that people send in: settings, spam defence, checked texts.

Spam is kept off without third parties: a field that people do not see and programs fill in,
a form that has to be at least two seconds and at most a day old, few messages from one
network, and people who look before something is published.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import msgspec
from msgspec import Struct, ValidationError, convert

from allmende.core import mail
from allmende.core.identity.sealing import key_of
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.settings import Settings
from allmende.errors import InvalidInput
from allmende.model.catalogue import Resource
from allmende.policy import Action, Subject, may
from allmende.store import now
from allmende.store.records import Record

SECOND = 1_000_000
QUICKEST, OLDEST = 2 * SECOND, 86_400 * SECOND
PER_MINUTE = 5  # things one network sends in
TRAP = "website"  # the field nobody sees
AGE = "since"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK_LINES = re.compile(r"\n{3,}")


class Participation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[extra.participation]`: whether things can be sent in, and who looks first."""

    feedback: Literal["moderated", "open", "off"] = "moderated"
    showcases: Literal["moderated", "off"] = "moderated"


def participation(settings: Settings) -> Participation:
    """What is set; InvalidInput names what is wrong in `[extra.participation]`."""
    return _read(msgspec.json.encode(settings.extra.get("participation", {})))


@lru_cache(maxsize=8)
def _read(encoded: bytes) -> Participation:
    try:
        return convert(msgspec.json.decode(encoded), Participation)
    except ValidationError as error:
        raise InvalidInput(f"A setting of participation is wrong: {error}") from error


# --- spam ----------------------------------------------------------------------------


def mark(platform: Platform) -> str:
    """What a form carries so that its age can be told."""
    at = str(now() // SECOND)
    return f"{at}.{_signed(platform, at)}"


def _signed(platform: Platform, at: str) -> str:
    found = hmac.digest(key_of(platform), f"form {at}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(found[:12]).decode()


def is_trapped(form: Mapping[str, str]) -> bool:
    """Whether a program has filled in the field that people do not see."""
    return bool(form.get(TRAP, ""))


def check_form(platform: Platform, form: Mapping[str, str]) -> None:
    """InvalidInput for a form that is too young or too old to have been filled in by somebody."""
    at, _, signature = form.get(AGE, "").partition(".")
    good = hmac.compare_digest(_signed(platform, at).encode(), signature.encode())
    age = now() - int(at) * SECOND if good else -1
    if not QUICKEST <= age <= OLDEST:
        raise InvalidInput(
            "Please look at what you wrote once more and send it again.",
            "Bitte sehen Sie sich Ihren Text noch einmal an und senden Sie ihn erneut.",
            code="form-age",
        )


def take(platform: Platform, subject: Subject, network: str) -> None:
    """Takes one of the few things a network may send in; TooManyRequests when none is left."""
    if subject.kind == "anonymous":
        rates(platform).few("send in", network, PER_MINUTE)


# --- texts ---------------------------------------------------------------------------


def text_of(given: str, name: tuple[str, str], *, least: int = 1, most: int = 5_000) -> str:
    """A text of several lines without control characters. InvalidInput names the field."""
    plain = given.replace("\r\n", "\n").replace("\r", "\n")
    plain = unicodedata.normalize("NFC", _CONTROLS.sub("", plain))
    plain = "".join(each for each in plain if each not in _TURNING)
    plain = _BLANK_LINES.sub("\n\n", plain).strip()
    if not least <= len(plain) <= most:
        raise InvalidInput(
            f"{name[0]}: {least} to {most} characters please.",
            f"{name[1]}: bitte {least} bis {most} Zeichen.",
        )
    return plain


def line_of(given: str, name: tuple[str, str], *, least: int = 0, most: int = 100) -> str:
    """The same in one line."""
    return text_of(" ".join(given.split()), name, least=least, most=most)


# --- who looks after a dataset -------------------------------------------------------


def cares(subject: Subject, organisation: str) -> bool:
    """Whether a subject looks after the records of an organisation."""
    return may(subject, Action.WRITE, organisation)


def owner_address(record: Record, settings: Settings) -> str:
    """Where letters about a dataset go: its contact, or the operator for what was harvested."""
    if record.origin in ("editor", "demo"):
        for address in _contacts(record.resource):
            return address
    return settings.operator_email


def _contacts(resource: Resource) -> list[str]:
    found = []
    for contact in resource.contact_point:
        for address in contact.email:
            try:
                found.append(mail.checked_address(address.removeprefix("mailto:")))
            except InvalidInput:
                continue
    return found
