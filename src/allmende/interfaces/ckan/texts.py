# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Small things said as CKAN says them: times, names, mail addresses, lists in extras."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from allmende.model.catalogue import Text, local
from allmende.model.namespaces import IANA_MEDIA_TYPE
from allmende.model.vocabulary import vocabulary

IANA = IANA_MEDIA_TYPE


def time(microseconds: int) -> str:
    """A moment in UTC without a zone: `2026-11-21T14:52:16.077335`."""
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds")


def said(text: Text, language: str) -> str | None:
    """The text in the language, or any; None when there is none."""
    return local(text, language) or None


def mail(addresses: list[str]) -> str | None:
    """The first mail address without `mailto:`."""
    return addresses[0].removeprefix("mailto:") if addresses else None


def media(iri: str | None) -> str | None:
    """`text/csv` of the address of a media type."""
    return iri.partition(IANA)[2] or iri if iri else None


def format_name(iri: str | None) -> str:
    """`CSV` of the address of a file type."""
    if not iri:
        return ""
    found = vocabulary("file-type").get(iri)
    return found.code if found else iri


def listed(values: Iterable[Any]) -> str | None:
    """A list as an extra carries it: JSON text; None when it is empty."""
    found = [each for each in values if each]
    return msgspec.json.encode(found).decode() if found else None
