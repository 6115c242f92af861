# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Readable ids for addresses, made once when a record is created and kept for ever."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from allmende.store.connection import Connection

MAX_LENGTH = 60

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and single hyphens; at most 60 characters."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_GERMAN))
    ascii_only = plain.encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    if len(words) <= MAX_LENGTH:
        return words
    return words[:MAX_LENGTH].rsplit("-", 1)[0] or words[:MAX_LENGTH]


def free_id(db: Connection, kind: str, wanted: str, identity: str) -> str:
    """The slug of the wanted text; when taken, with a short hash of the record's identity."""
    base = slug(wanted) or str(kind)
    digest = hashlib.sha256(f"{identity}|{wanted}".encode()).hexdigest()
    for length in (0, 6, 12, 24):
        candidate = f"{base}-{digest[:length]}" if length else base
        taken = db.value(
            "select 1 from resource where kind = :kind and id = :id", kind=str(kind), id=candidate
        )
        if not taken:
            return candidate
    return f"{base}-{digest}"
