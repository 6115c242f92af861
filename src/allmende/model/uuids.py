# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""UUIDs of records and their distributions, for protocols that know things by UUID only.

What came with a UUID keeps it: a dataset as its original id, a distribution at the end of
its IRI. Everything else has a UUID of version 8 (RFC 9562 §5.8): the record's key in the
first 48 bits, then 74 bits of a hash, so that it can be found again without a table and
differs from those of other platforms. Pure functions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from uuid import UUID, uuid5

from allmende.model.catalogue import Dataset, Distribution, Resource

NAMES = UUID("5d0f9a3e-2c1b-5b5e-9a52-3f0f6a1c7d11")
"""Namespace of the UUIDs of what has a name only: organisations, themes, keywords."""

_FORM = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID = re.compile(_FORM, re.IGNORECASE)
_TAIL = re.compile(rf"[/#:]({_FORM})\Z", re.IGNORECASE)
_KEYS = 1 << 48


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in its usual form (RFC 9562 §4)."""
    return _UUID.fullmatch(text) is not None


def named(*words: str) -> str:
    """The UUID of a name: the same words always give the same one."""
    return str(uuid5(NAMES, "|".join(words)))


def of_key(key: int, *identity: str) -> str:
    """The UUID of the record with this key, or of a part of it that `identity` tells apart."""
    digest = hashlib.blake2b("|".join(identity).encode(), digest_size=10).digest()
    number = int.from_bytes(digest, "big")
    low = number & ((1 << 62) - 1)
    middle = (number >> 62) & 0xFFF
    whole = (key % _KEYS) << 80 | 8 << 76 | middle << 64 | 2 << 62 | low
    return str(UUID(int=whole))


def key_of(text: str) -> int | None:
    """The key in a UUID that `of_key` may have made, else None."""
    if not is_uuid(text):
        return None
    found = UUID(text)
    return found.int >> 80 if found.version == 8 else None


def of_record(key: int, ident: str, created: int, original_id: str | None) -> str:
    """The UUID of a record; `created` is in microseconds."""
    if original_id is not None and is_uuid(original_id):
        return original_id.lower()
    return of_key(key, ident, str(created))


def brought(distribution: Distribution) -> str | None:
    """The UUID at the end of a distribution's IRI."""
    found = _TAIL.search(distribution.iri or "")
    return found.group(1).lower() if found else None


def of_distributions(
    key: int, ident: str, created: int, distributions: Sequence[Distribution]
) -> list[str]:
    """The UUIDs of a dataset's distributions; one that has no IRI is known by its addresses."""
    found: list[str] = []
    seen: dict[str, int] = {}
    for each in distributions:
        own = brought(each)
        if own is None or own in found:
            name = each.iri or ""
            if not name or name.startswith("_:"):
                name = " ".join([*each.access_url, *each.download_url])
            number = seen[name] = seen.get(name, 0) + 1
            own = of_key(key, ident, str(created), name, str(number))
        found.append(own)
    return found


def aliases(resource: Resource, original_id: str | None) -> list[str]:
    """UUIDs a record and its distributions brought along, in small letters."""
    found = [original_id.lower()] if original_id is not None and is_uuid(original_id) else []
    if isinstance(resource, Dataset):
        found += [own for each in resource.distribution if (own := brought(each))]
    return list(dict.fromkeys(found))
