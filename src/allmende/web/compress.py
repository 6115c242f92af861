# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Compression of answers with gzip (RFC 9110 §8.4, §12.5.3).

Not compressed are short answers, formats that are compressed already, parts of files
(206), event streams, and pages of a signed-in person: a page that holds both something
secret and something a stranger chose would betray the secret by its length (BREACH).
A compressed answer is another representation, so its entity tag differs: `"abc--gzip"`.
"""

import zlib

from anyio.to_thread import run_sync
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allmende.core.conditional import ENCODED
from allmende.core.negotiation import accepts_gzip
from allmende.web.heads import said

SMALLEST = 700  # bytes: below, an answer fits into one packet anyway
IN_THREAD = 128 * 1024  # bytes: above, compressing would hold up other requests
LEVEL = 5
_GZIP = 31  # zlib's window bits for a gzip frame

PACKED = (
    "application/gzip",
    "application/java-archive",
    "application/octet-stream",
    "application/pdf",
    "application/vnd.apache.parquet",
    "application/vnd.oasis.opendocument",
    "application/vnd.openxmlformats",
    "application/x-7z",
    "application/x-bzip",
    "application/x-gzip",
    "application/x-xz",
    "application/zip",
    "application/zstd",
    "audio/",
    "font/",
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/event-stream",
    "video/",
)


class Compress:
    """Compresses answers for clients that accept gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        if scope["type"] != "http" or not accepts_gzip(said(scope, b"accept-encoding")):
            await self.app(scope, receive, send)
            return
        had_tag = _strip_tags(scope)
        await self.app(scope, receive, Answer(scope, send, had_tag).send)


class Answer:
    """One answer on its way out, compressed when that is worth it."""

    def __init__(self, scope: Scope, send: Send, had_tag: bool) -> None:
        self.scope = scope
        self.inner = send
        self.had_tag = had_tag
        self.start: Message = {}
        self.packer: zlib._Compress | None = None
        self.passing = False

    async def send(self, message: Message) -> None:
        """Take one ASGI message from the application."""
        if message["type"] == "http.response.start":
            self.start = message
            if not self._worth(message):
                await self._pass()
            return
        if self.passing or message["type"] != "http.response.body":
            await self.inner(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self.packer is None and not more and len(body) < SMALLEST:
            await self._pass(vary=True)
            await self.inner(message)
            return
        first, packer = self.packer is None, self.packer or _new()
        self.packer = packer
        packed = await _pack(packer, body, last=not more)
        if first:
            await self._begin(None if more else len(packed))
        await self.inner({**message, "body": packed})

    def _worth(self, start: Message) -> bool:
        """Whether an answer of this kind may be compressed at all."""
        headers = Headers(raw=start["headers"])
        kind = headers.get("content-type", "")
        if start["status"] in (204, 206, 304) or self.scope["method"] == "HEAD":
            return False
        if "content-encoding" in headers or "content-range" in headers or not kind:
            return False
        if kind.startswith("text/html") and _signed_in(self.scope):
            return False
        length = headers.get("content-length", "")
        small = length.isdecimal() and int(length) < SMALLEST
        return not small and not kind.startswith(PACKED)

    async def _pass(self, *, vary: bool = False) -> None:
        self.passing = True
        headers = MutableHeaders(raw=list(self.start["headers"]))
        if vary:
            headers.add_vary_header("Accept-Encoding")
        if self.start["status"] == 304 and self.had_tag and "etag" in headers:
            headers["etag"] = encoded(headers["etag"])
        self.start["headers"] = headers.raw
        await self.inner(self.start)

    async def _begin(self, length: int | None) -> None:
        headers = MutableHeaders(raw=list(self.start["headers"]))
        headers["content-encoding"] = "gzip"
        headers.add_vary_header("Accept-Encoding")
        del headers["content-length"]
        if length is not None:
            headers["content-length"] = str(length)
        del headers["accept-ranges"]
        if "etag" in headers:
            headers["etag"] = encoded(headers["etag"])
        self.start["headers"] = headers.raw
        await self.inner(self.start)


def _new() -> "zlib._Compress":
    return zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)


async def _pack(packer: "zlib._Compress", body: bytes, *, last: bool) -> bytes:
    """The compressed bytes of one part; every part can be unpacked when it arrives."""
    mode = zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH
    if len(body) >= IN_THREAD:
        return await run_sync(_squeeze, packer, body, mode)
    return _squeeze(packer, body, mode)


def _squeeze(packer: "zlib._Compress", body: bytes, mode: int) -> bytes:
    return packer.compress(body) + packer.flush(mode)


def encoded(tag: str) -> str:
    """The entity tag of the compressed form of a representation."""
    return f'{tag[:-1]}{ENCODED}"' if tag.endswith('"') else tag


def _strip_tags(scope: Scope) -> bool:
    """Take the mark of compression out of the request's entity tags; whether there was one."""
    mark, found = (ENCODED + '"').encode(), False
    headers = []
    for name, value in scope["headers"]:
        if name in (b"if-none-match", b"if-match") and mark in value:
            found, value = True, value.replace(mark, b'"')
        headers.append((name, value))
    scope["headers"] = headers
    return found


def _signed_in(scope: Scope) -> bool:
    subject = scope["state"].get("subject")
    return subject is not None and subject.kind != "anonymous"
