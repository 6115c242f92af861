# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The only way outward: bounded, polite, guarded reading of foreign addresses.

Every limit has a name and an error that says what to do. Addresses are checked by
`fetch_guard` at the moment of connection, so also after every redirect.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import anyio
import httpcore2
import httpx2
import msgspec

from allmende import __version__
from allmende.core.address_names import shown
from allmende.core.fetch_guard import Caller, Guard, guarded_client
from allmende.core.unpack import Inflate, unpack
from allmende.errors import SourceUnavailable

RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
FAILURES = (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.TransportError)
TIMEOUTS = (httpcore2.TimeoutException, httpx2.TimeoutException, TimeoutError)


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How far a foreign server is trusted; seconds and bytes."""

    allow_private: tuple[str, ...] = ()  # names and networks of the intranet, e.g. "10.2.0.0/16"
    allow_files: bool = False  # only the command line reads local files
    max_bytes: int = 200_000_000  # after decompression
    connect_seconds: float = 10.0
    idle_seconds: float = 30.0  # between two pieces of the body
    total_seconds: float = 600.0  # one answer
    redirects: int = 5
    attempts: int = 4
    back_off_seconds: float = 1.0  # doubled at each attempt
    longest_wait_seconds: float = 120.0  # a longer Retry-After ends the run instead
    delay_seconds: float = 0.1  # between two requests to one host
    contact: str = "https://example.org/"  # shown to the foreign server


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of an address: content hash, validators, where the next page was."""

    hash: str
    etag: str = ""
    last_modified: str = ""
    next_token: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """One answer, unpacked. `unchanged` is True after 304; then `data` is empty."""

    address: str
    data: bytes = b""
    content_type: str = ""
    charset: str = ""
    hash: str = ""
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False

    def json(self, type: Any = Any) -> Any:
        """The JSON value; SourceUnavailable when a web page or broken JSON came instead."""
        try:
            return msgspec.json.decode(self.data, type=type)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            head = self.data[:200].lstrip().lower()
            if head.startswith((b"<!doctype", b"<html")):
                raise SourceUnavailable(
                    f"{shown(self.address)} answered with a web page instead of JSON; check the "
                    "address of the interface.",
                    f"{shown(self.address)} antwortet mit einer Webseite statt JSON; bitte die "
                    "Adresse der Schnittstelle prüfen.",
                    code="source-html",
                ) from error
            raise SourceUnavailable(
                f"{shown(self.address)} sent broken JSON: {error}.",
                f"{shown(self.address)} hat fehlerhaftes JSON gesendet: {error}.",
                code="source-json",
            ) from error


def origin(address: str) -> tuple[str, str]:
    """Scheme and host with port: who gets the credentials of a source."""
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()


@dataclass(slots=True)
class _Host:
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    free_at: float = 0.0


@dataclass(frozen=True, slots=True)
class _Again:
    """An answer that may be better later."""

    reason: SourceUnavailable
    wait: float | None = None


class Fetcher(Caller):
    """Reads addresses for one program; use as `async with Fetcher(limits) as fetch`."""

    def __init__(
        self,
        limits: FetchLimits | None = None,
        *,
        guard: Guard | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.limits = limits or FetchLimits()
        self.bytes = 0
        self.requests = 0
        self._guard = guard or Guard(self.limits.allow_private)
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    def _opened(self) -> httpx2.AsyncClient:
        limits = self.limits
        return guarded_client(
            self._guard,
            total=limits.idle_seconds,
            connect=limits.connect_seconds,
            agent=f"Allmende/{__version__} (+{limits.contact})",
        )

    async def get(
        self,
        address: str,
        *,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        known: Known | None = None,
    ) -> Body:
        """Read an http(s) address or, where allowed, a local file; gz, xz and bz2 are unpacked.

        `known` makes the request conditional (RFC 9110 §13). SourceUnavailable on refusal,
        after the last attempt, and when a limit was passed.
        """
        try:
            scheme = urlsplit(address).scheme.lower()
        except ValueError:
            raise SourceUnavailable(
                "The address cannot be read; check it.",
                "Die Adresse ist nicht lesbar; bitte prüfen Sie sie.",
                code="source-address",
            ) from None
        if scheme in ("", "file") or len(scheme) == 1:
            return await self._file(address)
        if scheme not in ("http", "https"):
            raise SourceUnavailable(
                f"Only http and https addresses are read, not {shown(address)}.",
                f"Nur http- und https-Adressen werden gelesen, nicht {shown(address)}.",
                code="source-scheme",
            )
        ask = {"Accept": accept, "Accept-Encoding": "gzip", **(headers or {})}
        if known and known.etag:
            ask["If-None-Match"] = known.etag
        elif known and known.last_modified:
            ask["If-Modified-Since"] = known.last_modified
        return await self._attempts(address, ask, known)

    async def _file(self, address: str) -> Body:
        path = unquote(urlsplit(address).path) if address.startswith("file:") else address
        if not self.limits.allow_files:
            raise SourceUnavailable(
                "Local files are read by the command line only.",
                "Lokale Dateien werden nur von der Kommandozeile gelesen.",
                code="source-file-refused",
            )
        file = anyio.Path(path)
        try:
            if (await file.stat()).st_size > self.limits.max_bytes:
                raise too_large(path, self.limits.max_bytes)
            packed = await file.read_bytes()
        except OSError as error:
            raise SourceUnavailable(
                f"{path} cannot be read: {error.strerror}.",
                f"{path} ist nicht lesbar: {error.strerror}.",
                code="source-file",
            ) from error
        self.bytes += len(packed)
        limit = self.limits.max_bytes
        data, digest = await anyio.to_thread.run_sync(_unpacked, packed, limit, path)
        return Body(address=address, data=data, hash=digest)

    async def _attempts(self, address: str, ask: dict[str, str], known: Known | None) -> Body:
        wait = self.limits.back_off_seconds
        for attempt in range(1, self.limits.attempts + 1):
            outcome = await self._follow(address, ask, known)
            if isinstance(outcome, Body):
                return outcome
            pause = wait if outcome.wait is None else outcome.wait
            if attempt == self.limits.attempts or pause > self.limits.longest_wait_seconds:
                raise outcome.reason
            await self._sleep(pause)
            wait *= 2
        raise AssertionError("at least one attempt is made")

    async def _follow(
        self, address: str, ask: dict[str, str], known: Known | None
    ) -> Body | _Again:
        here, headers = address, dict(ask)
        for _ in range(self.limits.redirects + 1):
            outcome = await self._bounded(here, headers, known)
            if not isinstance(outcome, str):
                return outcome
            target = _joined(here, outcome)
            if urlsplit(target).scheme.lower() not in ("http", "https"):
                break
            if origin(target) != origin(here):
                headers = {k: v for k, v in headers.items() if k.startswith(("Accept", "If-"))}
            here = target
        raise SourceUnavailable(
            f"{shown(address)} redirects too often or to something that is not a web address.",
            f"{shown(address)} leitet zu oft oder auf etwas weiter, das keine Webadresse ist.",
            code="source-redirects",
        )

    async def _bounded(
        self, address: str, headers: dict[str, str], known: Known | None
    ) -> Body | _Again | str:
        host = self._hosts.setdefault(urlsplit(address).netloc.lower(), _Host())
        async with host.lock:
            pause = host.free_at - time.monotonic()
            if pause > 0:
                await self._sleep(pause)
            try:
                with anyio.fail_after(self.limits.total_seconds):
                    return await self._once(address, headers, known)
            except TIMEOUTS:
                return _Again(too_slow(address))
            except FAILURES as error:
                return _Again(broken_off(address, error))
            except httpx2.InvalidURL as error:
                raise broken_off(address, error) from error
            finally:
                host.free_at = time.monotonic() + self.limits.delay_seconds

    async def _once(
        self, address: str, headers: dict[str, str], known: Known | None
    ) -> Body | _Again | str:
        if self._client is None:
            raise RuntimeError("a fetcher is used with `async with`")
        self.requests += 1
        async with self._client.stream("GET", address, headers=headers) as answer:
            status = answer.status_code
            if status == 304 and known is not None:
                return Body(
                    address=address,
                    hash=known.hash,
                    etag=known.etag,
                    last_modified=known.last_modified,
                    unchanged=True,
                )
            if status in REDIRECTS and "location" in answer.headers:
                return answer.headers["location"]
            if status in RETRY_STATUS:
                return _Again(bad_status(address, status), retry_after(answer.headers))
            if status != 200:
                raise bad_status(address, status)
            data = await self._read(address, answer)
        return await self._body(address, answer, data)

    async def _read(self, address: str, answer: httpx2.Response) -> bytes:
        inflate = Inflate(
            answer.headers.get("content-encoding", ""), self.limits.max_bytes, address
        )
        parts: list[bytes] = []
        async for raw in answer.aiter_raw():
            self.bytes += len(raw)
            parts.append(inflate.feed(raw))
        parts.append(inflate.end())
        return b"".join(parts)

    async def _body(self, address: str, answer: httpx2.Response, data: bytes) -> Body:
        limit = self.limits.max_bytes
        data, digest = await anyio.to_thread.run_sync(_unpacked, data, limit, shown(address))
        media, _, parameters = answer.headers.get("content-type", "").partition(";")
        charset = parameters.lower().partition("charset=")[2].split(";")[0].strip(" \"'")
        return Body(
            address=address,
            data=data,
            content_type=media.strip().lower(),
            charset=charset,
            hash=digest,
            etag=answer.headers.get("etag", ""),
            last_modified=answer.headers.get("last-modified", ""),
        )


def _joined(here: str, location: str) -> str:
    """The address a redirect leads to; nothing when it is no address at all."""
    try:
        return urlunsplit(urlsplit(urljoin(here, location)))
    except ValueError:  # as in http://[a
        return ""


def _unpacked(packed: bytes, limit: int, address: str) -> tuple[bytes, str]:
    """The content and its SHA-256; runs in a worker thread."""
    data = unpack(packed, limit, address)
    return data, hashlib.sha256(data).hexdigest()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds asked for by Retry-After (RFC 9110 §10.2.3), or None."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():  # “²” is a digit, but no number
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def too_large(address: str, limit: int) -> SourceUnavailable:
    """The error for more bytes than the limit."""
    return SourceUnavailable(
        f"{shown(address)} sends more than {limit // 1_000_000} MB (setting harvest_bytes).",
        f"{shown(address)} sendet mehr als {limit // 1_000_000} MB (Einstellung harvest_bytes).",
        code="source-too-large",
    )


def too_slow(address: str) -> SourceUnavailable:
    """The error for a server that did not answer in time."""
    return SourceUnavailable(
        f"{shown(address)} is too slow; it was given up (setting harvest_seconds).",
        f"{shown(address)} ist zu langsam und wurde aufgegeben (Einstellung harvest_seconds).",
        code="source-timeout",
    )


def broken_off(address: str, error: Exception) -> SourceUnavailable:
    """The error for a connection that failed or ended early."""
    detail = str(error) or type(error).__name__
    return SourceUnavailable(
        f"{shown(address)} cannot be reached or broke off: {detail}.",
        f"{shown(address)} ist nicht erreichbar oder brach ab: {detail}.",
        code="source-connection",
    )


def bad_status(address: str, status: int) -> SourceUnavailable:
    """The error for an answer other than 200."""
    return SourceUnavailable(
        f"{shown(address)} answered with status {status}.",
        f"{shown(address)} antwortet mit dem Status {status}.",
        code="source-not-found" if status in (404, 410) else "source-status",
    )
