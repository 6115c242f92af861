# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which addresses of a dataset have to answer, and which of them can be asked at all."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from allmende.model.catalogue import Dataset

LONGEST = 2_000
"""Bytes of an address that is asked; an index of PostgreSQL takes 2,704."""
MOST = 2_000
"""Addresses of one dataset that are asked."""


def addresses(dataset: Dataset) -> list[str]:
    """The addresses of access and download, each once, in the order of the files."""
    found: dict[str, None] = {}
    for file in dataset.distribution:
        found.update(dict.fromkeys(file.access_url))
        found.update(dict.fromkeys(file.download_url))
    return list(found)


def host_of(address: str) -> str:
    """Host and port of an address that can be asked; "" for any other."""
    if len(address) > LONGEST or not address.isprintable() or " " in address:
        return ""
    if len(address.encode()) > LONGEST:
        return ""
    return _host(address[: _PATH.match(address).end()])  # type: ignore[union-attr]


_PATH = re.compile(r"[^:/?#]*:?(?://)?[^/?#]*")


@lru_cache(maxsize=4096)
def _host(origin: str) -> str:
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return ""
    sound = parts.scheme.lower() in ("http", "https") and parts.username is None
    if not sound or not parts.hostname:
        return ""
    return f"{parts.hostname}:{port}" if port else parts.hostname


def sorted_out(dataset: Dataset) -> tuple[list[tuple[str, str]], dict[str, bool]]:
    """The addresses that can be asked, with their hosts; and those that nobody can open."""
    pairs = [(each, host_of(each)) for each in addresses(dataset)]
    askable = [(each, host) for each, host in pairs if host]
    return askable[:MOST], {each: False for each, host in pairs if not host}
