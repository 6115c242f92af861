# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""multipart/mixed with HTTP messages inside (RFC 2046 §5.1, OGC 18-088 clause 11)."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import Message
from http import HTTPStatus

from msgspec import Struct

from allmende.errors import InvalidInput, LimitExceeded

MOST_PARTS = 1_000
MOST_HEADERS = 50
MOST_LINE = 8_192
_GAP = (b"\r\n\r\n", b"\n\n")


class Part(Struct):
    """One part: its headers by small name, and what it holds."""

    headers: dict[str, str]
    content: bytes


class Asked(Struct):
    """A request inside a part."""

    method: str
    target: str
    headers: dict[str, str]
    content: bytes


def boundary(content_type: str) -> str:
    """The boundary of a multipart media type; "" when it is none."""
    message = Message()
    message["content-type"] = content_type
    if message.get_content_type() != "multipart/mixed":
        return ""
    return message.get_boundary("") or ""


def parts(body: bytes, edge: str) -> list[Part]:
    """The parts of a body. Raises InvalidInput when it is broken, LimitExceeded."""
    mark = b"--" + edge.encode()
    pieces = (b"\n" + body).split(b"\n" + mark)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise _broken("the closing boundary is missing", "die schließende Grenze fehlt")
    if len(pieces) - 2 > MOST_PARTS:
        raise LimitExceeded(
            f"A batch has at most {MOST_PARTS} parts.",
            f"Ein Stapel hat höchstens {MOST_PARTS} Teile.",
        )
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    start = piece.find(b"\n")
    head, content = _split(piece[start + 1 :].removesuffix(b"\r"))
    return Part(_headers(head), content)


def _split(message: bytes) -> tuple[bytes, bytes]:
    """Head and body of a message, with either kind of line end."""
    if message[:1] == b"\n" or message[:2] == b"\r\n":
        return b"", message.lstrip(b"\r").removeprefix(b"\n")
    found = [(at, gap) for gap in _GAP if (at := message.find(gap)) >= 0]
    if not found:
        return message, b""
    at, gap = min(found)
    return message[:at], message[at + len(gap) :]


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").splitlines()
    if len(lines) > MOST_HEADERS or any(len(line) > MOST_LINE for line in lines):
        raise LimitExceeded(
            f"A part has at most {MOST_HEADERS} headers of {MOST_LINE} characters.",
            f"Ein Teil hat höchstens {MOST_HEADERS} Köpfe mit {MOST_LINE} Zeichen.",
        )
    found = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise _broken("a header is broken", "ein Kopf ist beschädigt")
        found[name.strip().lower()] = value.strip()
    return found


def request(part: Part) -> Asked:
    """The HTTP request inside a part of the type application/http."""
    kind = part.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/http":
        raise _broken("a part is no application/http", "ein Teil ist kein application/http")
    head, content = _split(part.content.lstrip(b"\r\n"))
    line, _, rest = head.partition(b"\n")
    words = line.decode("latin-1").split()
    if len(words) not in (2, 3) or not words[0].isalpha() or len(line) > MOST_LINE:
        raise _broken("a request line is broken", "eine Anfragezeile ist beschädigt")
    return Asked(words[0].upper(), words[1], _headers(rest), content.rstrip(b"\r\n"))


def answer(status: int, headers: dict[str, str], content: bytes) -> bytes:
    """An HTTP answer as the content of a part."""
    reason = HTTPStatus(status).phrase
    lines = [f"HTTP/1.1 {status} {reason}"]
    lines += [f"{name.title()}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content


def put_together(found: Iterable[tuple[dict[str, str], bytes]], edge: str) -> bytes:
    """A multipart body of parts with their headers."""
    out = []
    for headers, content in found:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        out.append(f"--{edge}\r\n{lines}\r\n".encode("latin-1") + content + b"\r\n")
    return b"".join(out) + f"--{edge}--\r\n".encode()


def _broken(why: str, warum: str) -> InvalidInput:
    return InvalidInput(
        f"The multipart body cannot be read: {why}.",
        f"Der mehrteilige Rumpf ist unlesbar: {warum}.",
    )
