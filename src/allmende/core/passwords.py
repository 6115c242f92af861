# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Passwords: what is good enough, and how they are kept (Argon2id, RFC 9106).

No rules on composition (NIST SP 800-63B §3.1.1.2): length counts, and what everybody
tries first is refused.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from allmende.errors import InvalidInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

SHORTEST = 12
LONGEST = 256  # characters; a longer one only costs time
DISTINCT = 5  # a password of fewer different characters is a pattern

# RFC 9106 §4, second recommended option.
MEMORY_KIB = 65_536
PASSES = 3
LANES = 4
SALT_BYTES = 16
HASH_BYTES = 32
AT_ONCE = 2  # calculations at one time, each with its memory

_FIRST_TRIED = """
    abc abcd abcdef admin administrator allmende anmelden asdf asdfgh asdfghjkl baum berlin
    change changeme computer daten dragon football frühling fussball fußball geheim geheimes
    guest hallo herbst iloveyou ist jena kennwort letmein login master me meine mein mit monkey
    my mypassword neu nicht passwd passwort password princess qwert qwerty qwertyuiop qwertz
    qwertzuiop root schatz schalke secret sommer stadt start summer sunshine superman test
    thüringen und user welcome willkommen winter yxcvbnm zugang
"""
COMMON = frozenset(_FIRST_TRIED.split())


def check_strength(password: str, *personal: str) -> None:
    """Raises InvalidInput when the password is short, a pattern, common, or made of `personal`."""
    text = _normalised(password)
    if len(text) < SHORTEST:
        raise InvalidInput(
            f"A password needs at least {SHORTEST} characters; several words are fine.",
            f"Ein Passwort braucht mindestens {SHORTEST} Zeichen; mehrere Wörter sind gut.",
            code="password-short",
        )
    if len(text) > LONGEST:
        raise InvalidInput(
            f"A password has at most {LONGEST} characters.",
            f"Ein Passwort hat höchstens {LONGEST} Zeichen.",
            code="password-long",
        )
    if _is_pattern(text) or _is_common(text, personal):
        raise InvalidInput(
            "This password is among the first that are tried; take words that do not belong "
            "together and that nobody connects with you.",
            "Dieses Passwort gehört zu denen, die zuerst probiert werden; nehmen Sie Wörter, die "
            "nicht zusammengehören und die niemand mit Ihnen verbindet.",
            code="password-common",
        )


async def hash_password(password: str) -> str:
    """The encoded Argon2id hash, calculated on a worker thread."""
    return await _in_thread(_hash, _normalised(password))


async def verify(encoded: str | None, password: str) -> bool:
    """Whether the password fits. Without a hash the same work is done, and nothing fits."""
    fits = await _in_thread(_verify, encoded or "", _normalised(password[: LONGEST + 1]))
    return fits and bool(encoded)


def is_outdated(encoded: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(encoded)


def _normalised(password: str) -> str:
    """The same characters give the same bytes on every keyboard (RFC 8265 §4.2)."""
    return unicodedata.normalize("NFC", password)


def _is_pattern(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    repeated = re.fullmatch(r"(.{1,4})\1+.{0,3}", text, re.S) is not None
    return len(set(text)) < DISTINCT or steps in ({1}, {-1}) or repeated


def _is_common(text: str, personal: tuple[str, ...]) -> bool:
    """Whether nothing is left but common or personal words, digits and signs."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    own = {part for each in personal for part in re.findall(r"[^\W\d_]+", each.casefold())}
    if not words:
        return _is_counting(text)
    return all(_made_of(word, COMMON | own) for word in words)


def _is_counting(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return bool(digits) and (digits in "1234567890" * 4 or digits in "9876543210" * 4)


def _made_of(word: str, known: frozenset[str] | set[str]) -> bool:
    """Whether the word is a chain of known words."""
    reachable = {0}
    for end in range(1, len(word) + 1):
        if any(start in reachable and word[start:end] in known for start in range(end)):
            reachable.add(end)
    return len(word) in reachable


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(PASSES, MEMORY_KIB, LANES, HASH_BYTES, SALT_BYTES)


@cache
def _unknown() -> str:
    """A hash that no password is known for."""
    return _hasher().hash(secrets.token_hex(32))


def _hash(password: str) -> str:
    return _hasher().hash(password)


def _verify(encoded: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(encoded or _unknown(), password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _limiter() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(AT_ONCE)


async def _in_thread(work: Callable[..., T], *args: str) -> T:
    return await anyio.to_thread.run_sync(work, *args, limiter=_limiter())
