# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Foreign addresses as names that others may read: nothing in them opens a door."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit, urlunsplit

SECRETS = frozenset({"key", "auth", "pass", "pw", "pwd", "sig", "sas", "code", "credential"})
SECRET_ENDS = (
    *("token", "apikey", "password", "passwd", "secret", "signature", "authkey", "userkey"),
    *("credentials", "session", "sessionid", "kennwort", "passwort", "accesskey"),
)


def shown(address: str) -> str:
    """The address as others may read it: without user, password, tokens and keys."""
    parts = urlsplit(address)
    plain = address
    if "@" in parts.netloc:
        plain = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if "://" not in plain:
        return plain
    parts = urlsplit(plain)
    kept = [each for each in parts.query.split("&") if not _is_secret(each.partition("=")[0])]
    return urlunsplit(parts._replace(query="&".join(kept), fragment=""))


def _is_secret(name: str) -> bool:
    words = re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1-\2", unquote(name)).lower())
    return any(word in SECRETS or word.endswith(SECRET_ENDS) for word in words)
