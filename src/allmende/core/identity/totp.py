# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One-time passwords by time (RFC 6238), as every authenticator app makes them."""

from __future__ import annotations

import base64
import hmac
import re
from urllib.parse import quote, urlencode

DIGITS = 6
SECONDS = 30
SECRET_BYTES = 20  # RFC 4226 §4 R6
EARLIER, LATER = 1, 1  # steps a clock may be wrong by (RFC 6238 §5.2)


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a step (RFC 4226 §5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_at(microseconds: int) -> int:
    """The step of a time (µs UTC)."""
    return microseconds // (SECONDS * 1_000_000)


def fitting_step(secret: bytes, code: str, microseconds: int, used: int) -> int | None:
    """The step a code belongs to, when it is about now and later than the last one used.

    Every step is compared, each in constant time.
    """
    given = re.sub(r"[\s-]", "", code)
    found = None
    current = step_at(microseconds)
    for step in range(current - EARLIER, current + LATER + 1):
        fits = hmac.compare_digest(code_at(secret, step).encode(), given.encode())
        if fits and step > used and found is None:
            found = step
    return found


def as_text(secret: bytes) -> str:
    """The secret to type in: Base32 without padding (RFC 4648 §6)."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, site: str, login: str) -> str:
    """What the picture says to an app (Key URI format)."""
    site = site.replace(":", " ").strip()
    query = urlencode({"secret": as_text(secret), "issuer": site}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{site}:{login}')}?{query}"


def picture(text: str) -> str:
    """A QR code as the address (data:) of an SVG picture, dark on white with its quiet zone."""
    import segno

    made = segno.make(text, error="m", micro=False)
    uri: str = made.svg_data_uri(scale=5, border=4, dark="#000", light="#fff", omitsize=False)
    return uri
