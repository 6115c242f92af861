# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pictures that people send in: opened in a process of its own and made anew, or refused.

What comes out is a WebP picture of at most 1,200 × 900 pixels, without the place, the date
and the device that cameras write into theirs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import anyio.to_thread

from allmende.core.imports import Limits, confined
from allmende.errors import LimitExceeded

CHILD = "allmende.core.showcases_picture_child"
LARGEST = 5_000_000
MEDIA_TYPE = "image/webp"
LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=10)


async def checked(content: bytes) -> tuple[bytes, str]:
    """The picture made anew and its media type.

    LimitExceeded over 5 MB; InvalidInput when it is no PNG, JPEG or WebP picture, or too large.
    """
    if len(content) > LARGEST:
        raise LimitExceeded(
            f"The picture is larger than {LARGEST:,} bytes.",
            f"Das Bild ist größer als {LARGEST // 1_000_000} MB.",
        )
    return await anyio.to_thread.run_sync(_made, content), MEDIA_TYPE


def _made(content: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="allmende-") as folder:
        path = Path(folder) / "content"
        path.write_bytes(content)
        for made in confined.ask(CHILD, path, {}, LIMITS, ""):
            return bytes(made)
    raise RuntimeError("the process has said nothing")
