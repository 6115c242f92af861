# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The lines of HTML with which another site shows a dataset in its page. Pure functions."""

from html import escape
from urllib.parse import quote

WIDTH, HEIGHT = 560, 340
LEAST_WIDTH, LEAST_HEIGHT = 200, 150


def address(base: str, language: str, ident: str) -> str:
    """Where the light page of a dataset is."""
    return f"{base}/{language}/embed/datasets/{quote(ident, safe='')}"


def frame(
    base: str, language: str, ident: str, title: str, width: int = WIDTH, height: int = HEIGHT
) -> str:
    """An iframe with the light page; what it shows may open new windows and nothing else."""
    return (
        f'<iframe src="{escape(address(base, language, ident))}" title="{escape(title)}" '
        f'width="{width}" height="{height}" loading="lazy" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox allow-downloads"></iframe>'
    )
