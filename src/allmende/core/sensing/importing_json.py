# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""JSON documents of sources, read with care: members may be missing or of another type."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from allmende.core.sensing.importing_types import Material, over, unreadable


def document(kind: str, data: bytes) -> Any:
    """The JSON document. InvalidInput when it is none or nested too deeply."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(kind, f"{error}", f"{error}") from error


def listed(kind: str, material: Material, given: Any = None) -> list[Any]:
    """The list that the document is. InvalidInput when it is none, LimitExceeded."""
    found = document(kind, material.data) if given is None else given
    if not isinstance(found, list):
        raise unreadable(kind, "a list is expected", "erwartet wird eine Liste")
    if len(found) > material.limits.rows:
        raise over("rows", material.limits.rows)
    return found


def members(given: Any) -> dict[str, Any]:
    """The object, or an empty one for what is none."""
    return given if isinstance(given, dict) else {}


def objects(given: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a list with their numbers from 1."""
    for at, each in enumerate(given if isinstance(given, list) else [], 1):
        if isinstance(each, dict):
            yield at, each


def number(given: Any) -> float | None:
    """A finite number, also one written as text; None for anything else."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        found = float(given) if not isinstance(given, str) or "_" not in given else math.nan
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def text(given: Any, longest: int = 200) -> str:
    """A text or number as text without blanks around; empty for anything else."""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return ""
    return str(given).replace("\0", "").strip()[:longest]
