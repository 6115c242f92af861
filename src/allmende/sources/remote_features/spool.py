# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of a server on disk, so that a large source needs little memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from allmende.core.address_names import shown
from allmende.core.fetch import origin
from allmende.core.imports.types import Layer, given_of
from allmende.errors import SourceUnavailable

PAGES = 10_000
PAGE_ROWS = 1_000


class Spool:
    """Pages in the order they came; each can be read again."""

    def __init__(self, most_bytes: int) -> None:
        self._file = tempfile.TemporaryFile(prefix="allmende-")  # noqa: SIM115 - lives on
        self._places: list[tuple[int, int]] = []
        self._left = most_bytes
        self.rows = 0  # that came
        self.total: int | None = None  # that the server says it has

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, data: bytes, address: str) -> None:
        """Keep a page. SourceUnavailable when there are too many."""
        self._left -= len(data)
        if len(self._places) == PAGES or self._left < 0:
            raise SourceUnavailable(
                f"{shown(address)} has no end: more than {PAGES} pages or too many bytes.",
                f"{shown(address)} nimmt kein Ende: mehr als {PAGES} Seiten oder zu viele Bytes.",
                code="source-too-large",
            )
        start = self._file.seek(0, 2)
        self._file.write(data)
        self._places.append((start, len(data)))

    def judge(self, layer: Layer) -> Layer:
        """Note on the layer when the server gave fewer rows than it says it has."""
        if self.total is not None and self.rows < self.total:
            layer.complete = False
            layer.notes.append(given_of(self.rows, self.total))
        return layer

    def __iter__(self) -> Iterator[bytes]:
        for start, size in self._places:
            self._file.seek(start)
            yield self._file.read(size)

    def __len__(self) -> int:
        return len(self._places)


def with_query(address: str, **more: str) -> str:
    """The address with these parameters instead of its own of the same name (in any case)."""
    parts = urlsplit(address)
    names = {name.lower() for name in more}
    kept = [(k, v) for k, v in parse_qsl(parts.query, True) if k.lower() not in names]
    return urlunsplit(parts._replace(query=urlencode([*kept, *more.items()]), fragment=""))


def same_host(address: str, following: str) -> str:
    """The next address, when it is on the same server; credentials and trust end there."""
    if origin(address)[1] != origin(following)[1]:
        raise SourceUnavailable(
            f"{shown(address)} leads to another server: {shown(following)}.",
            f"{shown(address)} führt zu einem anderen Server: {shown(following)}.",
            code="source-other-host",
        )
    if origin(following)[0] != origin(address)[0]:  # behind a proxy servers write http for https
        following = urlunsplit(urlsplit(following)._replace(scheme=origin(address)[0]))
    return following
