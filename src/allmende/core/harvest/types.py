# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a source kind gives to the engine, and what it is given.

A reader is one function:

    async def read(request: HarvestRequest, fetch: Fetcher) -> AsyncIterator[Page]

It yields pages in a stable order. The engine stores the records of a page, remembers
the page's token and hash, and starts the next run or the continuation of a broken one
with that memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from allmende.core.fetch import Body, Fetcher, Known, origin
from allmende.errors import InvalidInput
from allmende.model.catalogue import Repair, Resource, ResourceKind

RAW_LIMIT = 256_000


class Content(Struct):
    """What a record says: the resource, what was put right in it, and its RDF as received."""

    resource: Resource
    repairs: list[Repair] = []
    source_rdf: bytes | None = None


@dataclass(slots=True)
class SourceRecord:
    """One resource as a source describes it.

    `original_id` is stable between runs; `hash` changes exactly when the record changes.
    `content` may be a function: it is called only when the hash is new. `parent` is the
    original id of a nested catalogue; None means the source's own catalogue. `is_root`
    marks the catalogue that describes the source's own one.
    """

    original_id: str
    kind: ResourceKind
    hash: str
    content: Content | Callable[[], Content]
    parent: str | None = None
    is_root: bool = False

    def load(self) -> Content:
        """The content; InvalidInput when the record cannot be understood."""
        if not isinstance(self.content, Content):
            self.content = self.content()
        return self.content


class Fault(Struct, kw_only=True, omit_defaults=True):
    """A record or page that could not be taken: why, where, and its bytes (at most 256 KB)."""

    code: str
    text: dict[str, str]
    original_id: str = ""
    place: str = ""
    raw: bytes = b""


@dataclass(slots=True)
class Page:
    """A part of a source. `records` may be a generator: it is not run when nothing changed.

    `token` is usually the page's address. `next_token` is None on the last page; `total` is
    what the source says it holds.
    """

    token: str
    content_hash: str
    records: Iterable[SourceRecord | Fault] = ()
    next_token: str | None = None
    total: int | None = None
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class HarvestRequest:
    """What a reader is asked: where to read, with which options, and from which page on."""

    address: str
    options: Mapping[str, Any] = field(default_factory=dict)
    token: str | None = None
    known: Mapping[str, Known] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def option(self, name: str, type: Callable[[Any], Any], default: Any) -> Any:
        """An option of the source, converted; InvalidInput when it does not fit."""
        value = self.options.get(name, default)
        try:
            return value if value is None else type(value)
        except (TypeError, ValueError) as error:
            raise InvalidInput(
                f"The option {name} cannot be {value!r}.",
                f"Die Option {name} kann nicht {value!r} sein.",
            ) from error

    def flag(self, name: str) -> bool:
        """Whether an option is switched on; `false`, `no`, `0` and the empty text are off."""
        return str(self.options.get(name, "")).lower() not in ("", "false", "no", "0", "none")

    async def body(self, fetch: Fetcher, address: str, **how: Any) -> Body:
        """Fetch an address, conditionally when it was read before.

        The source's own headers (a key, for example) go to its own host only.
        """
        headers = self.headers if origin(address) == origin(self.address) else {}
        return await fetch.get(address, known=self.known.get(address), headers=headers, **how)

    def unchanged(self, token: str, body: Body) -> Page | None:
        """A page that says "as before", or None when the content is new."""
        known = self.known.get(token)
        if known is None or known.hash != body.hash:
            return None
        return Page(
            token=token,
            content_hash=known.hash,
            next_token=known.next_token,
            total=known.total,
            etag=body.etag,
            last_modified=body.last_modified,
            unchanged=True,
        )


Reader = Callable[[HarvestRequest, Fetcher], AsyncIterator[Page]]


def record_hash(*parts: Any) -> str:
    """SHA-256 over values that make up a record; the same values give the same hash."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else msgspec.json.encode(part, order="sorted")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def fault(code: str, en: str, de: str, *, place: str = "", id: str = "", raw: Any = b"") -> Fault:
    """A fault with its sentence in two languages; `raw` is bytes or a JSON value."""
    data = raw if isinstance(raw, bytes) else msgspec.json.encode(raw)
    return Fault(
        code=code, text={"en": en, "de": de}, original_id=id, place=place, raw=data[:RAW_LIMIT]
    )
