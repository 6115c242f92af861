# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bounded decompression: a small packed body never becomes more than the limit."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import Protocol

from allmende.errors import SourceUnavailable

STEP = 1 << 20
MEMBERS = 10_000  # packed parts of one file; each costs time, also when there is nothing in it


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Zlib:
    """zlib with the face of lzma and bz2 (the rest of the input is kept inside)."""

    def __init__(self, window: int = zlib.MAX_WBITS | 32) -> None:
        self._inner = zlib.decompressobj(window)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class Inflate:
    """Undoes a Content-Encoding (gzip, deflate or none) piece by piece, up to `limit` bytes."""

    def __init__(self, encoding: str, limit: int, address: str) -> None:
        self._left, self._limit, self._address = limit, limit, address
        coding = encoding.strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise broken(address, f"Content-Encoding {coding}")
        self._inner: _Decompressor | None = _Zlib() if coding not in ("", "identity") else None

    def feed(self, raw: bytes) -> bytes:
        """The bytes this piece stands for; SourceUnavailable over the limit or when broken."""
        if self._inner is None:
            return self._count(raw)
        return self._count(_inflate(self._inner, raw, self._left + 1, self._address))

    def end(self) -> bytes:
        """Check that the packed stream was complete."""
        if self._inner is not None and not self._inner.eof and self._left != self._limit:
            raise broken(self._address, "gzip")
        return b""

    def _count(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise too_much(self._address, self._limit)
        return data


def _inflate(inner: _Decompressor, raw: bytes, most: int, address: str) -> bytes:
    parts: list[bytes] = []
    have = 0
    try:
        while have < most and not inner.eof:
            part = inner.decompress(raw, min(STEP, most - have))
            raw = b""
            if not part:
                break
            parts.append(part)
            have += len(part)
    except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
        raise broken(address, str(error)) from error
    return b"".join(parts)


def _opener(data: bytes) -> _Decompressor | None:
    if data.startswith(b"\x1f\x8b"):
        return _Zlib()
    if data.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMADecompressor(memlimit=256 << 20)
    if data.startswith(b"BZh"):
        return bz2.BZ2Decompressor()
    return None


def unpack(data: bytes, limit: int, address: str) -> bytes:
    """The content of a gzip, xz or bzip2 file, or the bytes as they are; at most `limit` bytes."""
    parts: list[bytes] = []
    left = limit
    inner = _opener(data)
    if inner is None:
        return data
    for _ in range(MEMBERS):
        if inner is None:
            return b"".join(parts)
        part = _inflate(inner, data, left + 1, address)
        left -= len(part)
        if left < 0:
            raise too_much(address, limit)
        if not inner.eof:
            raise broken(address, "the packed file ends too early")
        parts.append(part)
        data = inner.unused_data
        inner = _opener(data)
    raise broken(address, f"more than {MEMBERS} packed parts")


def too_much(address: str, limit: int) -> SourceUnavailable:
    """The error for content that unpacks to more than the limit."""
    return SourceUnavailable(
        f"{address} holds more than {limit // 1_000_000} MB (setting harvest_bytes).",
        f"{address} enthält mehr als {limit // 1_000_000} MB (Einstellung harvest_bytes).",
        code="source-too-large",
    )


def broken(address: str, detail: str) -> SourceUnavailable:
    """The error for packed content that cannot be unpacked."""
    return SourceUnavailable(
        f"{address} cannot be unpacked: {detail}.",
        f"{address} lässt sich nicht entpacken: {detail}.",
        code="source-encoding",
    )
