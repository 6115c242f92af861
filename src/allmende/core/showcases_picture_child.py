# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Makes one picture anew; runs in the confined process only."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allmende.core.imports.types import unreadable

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 40_000_000
SHOWN = (1_200, 900)


def answer(path: Path, _request: dict[str, Any]) -> Iterator[bytes]:
    """The picture as WebP, turned as its camera says and without what else it says."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, and the process is confined
    try:
        with Image.open(path, formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise unreadable(
                    "",
                    f"the picture has more than {MOST_PIXELS:,} pixels",
                    f"das Bild hat mehr als {MOST_PIXELS // 1_000_000} Millionen Bildpunkte",
                )
            picture: Any = ImageOps.exif_transpose(opened)
            picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
            picture.thumbnail(SHOWN)
            made = io.BytesIO()
            picture.save(made, "WEBP", quality=82, exif=b"", icc_profile=None)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise unreadable(
            "",
            "it is no picture in PNG, JPEG or WebP, or it is damaged",
            "sie ist kein Bild in PNG, JPEG oder WebP, oder sie ist beschädigt",
        ) from error
    yield made.getvalue()
