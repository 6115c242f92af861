# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Descriptions as plain text, for forms that know no markup. Pure functions."""

import re

_UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile(r"\s+")


def plain(text: str) -> str:
    """Without tags, and without what no browser would show."""
    return _TAG.sub(" ", _UNSEEN.sub(" ", text)).strip()


def line(text: str) -> str:
    """The text on one line, without control characters."""
    return _BLANKS.sub(" ", _CONTROL.sub(" ", text)).strip()
