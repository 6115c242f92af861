# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Plain values as YAML 1.2 that older readers understand too: every text is quoted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_TAKEN = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_RAW = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def dump(found: Mapping[str, Any]) -> str:
    """A document."""
    return "".join(f"{line}\n" for line in _mapping(found))


def _mapping(found: Mapping[str, Any]) -> Iterator[str]:
    for name, value in found.items():
        lines = list(_block(value))
        if lines:
            yield f"{_key(str(name))}:"
            yield from (f"  {line}" for line in lines)
        else:
            yield f"{_key(str(name))}: {_scalar(value)}"


def _block(value: Any) -> Iterator[str]:
    """The lines of a mapping or list that is not empty."""
    if isinstance(value, Mapping):
        yield from _mapping(value)
    elif isinstance(value, list):
        for each in value:
            first, *more = list(_block(each)) or [_scalar(each)]
            yield f"- {first}"
            yield from (f"  {line}" for line in more)


def _key(name: str) -> str:
    return name if _BARE.match(name) and name.lower() not in _TAKEN else _scalar(name)


def _scalar(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
