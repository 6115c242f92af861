# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Secrets that have to be read again, sealed with a key that is not in the database.

AES-256-GCM (NIST SP 800-38D) with a random nonce; what the secret belongs to is sealed in, so
that one cannot be put in another's place. The key is a file of 32 bytes beside the database,
made when first needed, readable by its owner only.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from allmende.core.identity.config import identity
from allmende.core.platform import Platform
from allmende.errors import InvalidInput

KEY_FILE = "identity.key"
KEY_BYTES = 32
NONCE_BYTES = 12
CACHE = "identity key"


def sealed(key: bytes, secret: bytes, belongs: str) -> bytes:
    """A secret that only the key opens, and only for what it belongs to."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, belongs.encode())


def opened(key: bytes, box: bytes, belongs: str) -> bytes | None:
    """The secret; None when the key is another or it belongs to something else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(box) <= NONCE_BYTES:
        return None
    try:
        return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], belongs.encode())
    except InvalidTag:
        return None


def key_of(platform: Platform) -> bytes:
    """The key of the platform, made when there is none. InvalidInput when it is damaged."""
    found: bytes | None = platform.caches.get(CACHE)
    if found is None:
        named = identity(platform.settings).key_file
        found = _kept(Path(named) if named else platform.settings.data / KEY_FILE)
        platform.caches[CACHE] = found
    return found


def _kept(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise InvalidInput(
            f"The file {path.name} has to hold {KEY_BYTES} bytes; bring it back from your copy.",
            f"Die Datei {path.name} muss {KEY_BYTES} Byte haben; bitte aus der Sicherung holen.",
        )
    return key


def _make(path: Path) -> None:
    """Writes a new key whole or not at all; the first of several processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
