# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How deep a JSON text is nested, told before anything is built, in time that grows with its size.

Readers of JSON call themselves for each level and end with the whole program when a text is
nested deep enough, so every text from outside is looked at here first.
"""

import re

_STRING = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?', re.DOTALL)
"""A string of RFC 8259 §7; one without an end reaches to the end, so nothing is read twice."""
_OTHERS = bytes(set(range(256)) - set(b"[]{}"))


def without_strings(body: bytes) -> bytes:
    """The JSON text without what stands in its strings."""
    return _STRING.sub(b"", body)


def is_deeper(body: bytes, levels: int) -> bool:
    """Whether brackets are nested deeper; of text that is not JSON this says nothing."""
    if body.count(b"[") + body.count(b"{") <= levels:
        return False
    level = 0
    for bracket in without_strings(body).translate(None, _OTHERS):
        level += 1 if bracket in b"[{" else -1
        if level > levels:
            return True
    return False
