# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Links to the next page (OGC 18-088, 9.3.3.8): the query with a mark where to go on."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from msgspec import DecodeError, json

from allmende.errors import InvalidInput

MAX_TOKEN = 8_000
"""Characters of a mark."""

_PLAIN = re.compile(r"[tn](?:\.-?\d{1,18}){1,3}\Z", re.ASCII)
_SAFE = "$,()'/:;@!*=-._~"


def write_token(after: list[Any]) -> str:
    """A mark for an address: `t.1.2.3` of a word and integers, anything else as base64."""
    if after[0] in ("t", "n"):
        return ".".join(map(str, after))
    return urlsafe_b64encode(json.encode(after)).decode().rstrip("=")


def read_token(text: str) -> list[Any] | None:
    """What a mark says; None for no mark. Raises InvalidInput."""
    if not text:
        return None
    if _PLAIN.match(text):
        word, *numbers = text.split(".")
        return [word, *(int(each) for each in numbers)]
    try:
        padded = text + "=" * (-len(text) % 4)
        found = json.decode(urlsafe_b64decode(padded.encode("ascii")))
    except (NoBase64, DecodeError, UnicodeError, ValueError):
        found = None
    plain = (str, int, float, bool, type(None))
    if (
        len(text) > MAX_TOKEN
        or not isinstance(found, list)
        or not found
        or not all(isinstance(each, plain) for each in found)
        or any(isinstance(each, int) and abs(each) >= 2**63 for each in found)
        or any(isinstance(each, str) and "\0" in each for each in found)
    ):
        raise InvalidInput(
            "$skiptoken is taken from a link to the next page; it cannot be made up.",
            "$skiptoken stammt aus dem Verweis auf die nächste Seite und ist nicht frei wählbar.",
        )
    return found


def with_query(address: str, pairs: Iterable[tuple[str, str]]) -> str:
    """An address with query options."""
    said = "&".join(
        f"{quote(name, safe=_SAFE)}={quote(value, safe=_SAFE)}" for name, value in pairs
    )
    return f"{address}?{said}" if said else address


def next_links(given: Iterable[tuple[str, str]]) -> str:
    """What stands between an address and the mark in a link to the next page."""
    kept = [pair for pair in given if pair[0] not in ("$skip", "$skiptoken")]
    return with_query("", [*kept, ("$skiptoken", "")])


def next_link(address: str, given: Iterable[tuple[str, str]], after: list[Any]) -> str:
    """The address of the page after the one that ended at a mark."""
    return address + next_links(given) + write_token(after)
