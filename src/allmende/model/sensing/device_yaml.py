# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""YAML in a small, safe form, with the line of every value for what has to be said about it.

Mappings, lists, texts, numbers, true, false and null; no anchors, tags or values that look
like something else (`no` stays a text, `1:30` too). A member given twice is an error.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

LARGEST = 64 << 10  # characters
DEEPEST = 12
_INT = re.compile(r"[-+]?\d{1,18}")
_FLOAT = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class Fault(Struct, frozen=True):
    """What is wrong: line (from 1; 0 when it is about the whole), place, words."""

    line: int
    place: str
    text: dict[str, str]


class Faulty(ValueError):
    """The text is not of the form; `fault` says where and why."""

    def __init__(self, line: int, place: str, en: str, de: str) -> None:
        super().__init__(en)
        self.fault = Fault(line, place, {"en": en, "de": de})


class Read(Struct, frozen=True):
    """The value, and the line of each place in it, such as `fields.temp.unit`."""

    value: Any
    lines: dict[str, int]

    def line(self, place: str) -> int:
        """The line of a place, or of the nearest place around it that has one."""
        while place and place not in self.lines:
            place = re.sub(r"(\.?[^.\[\]]+|\[\d+\])$", "", place)
        return self.lines.get(place, 0)


def read_yaml(text: str) -> Read:
    """Reads a text; Faulty with the line when it is not of the form above."""
    import yaml

    if len(text) > LARGEST:
        raise Faulty(
            0,
            "",
            f"The description is longer than {LARGEST} characters.",
            f"Die Beschreibung ist länger als {LARGEST} Zeichen.",
        )
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = error.problem or error.context
        raise Faulty(
            mark.line + 1 if mark else 0,
            "",
            f"This is not YAML: {why}.",
            f"Das ist kein YAML: {why}.",
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise Faulty(0, "", "This is not YAML.", "Das ist kein YAML.") from error
    lines: dict[str, int] = {}
    value = _value(node, "", lines, set(), 0) if node is not None else None
    return Read(value, lines)


def _value(node: Any, place: str, lines: dict[str, int], met: set[int], depth: int) -> Any:
    import yaml

    line = lines.setdefault(place, node.start_mark.line + 1)
    if id(node) in met or depth > DEEPEST:
        raise Faulty(
            line,
            place,
            "References (*name) and very deep nesting are not allowed.",
            "Verweise (*name) und sehr tiefe Schachtelung sind nicht erlaubt.",
        )
    met.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, lines, met, depth)
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(each, f"{place}[{at}]", lines, met, depth + 1)
            for at, each in enumerate(node.value)
        ]
    return node.value if node.style else _plain(node.value)


def _mapping(
    node: Any, place: str, lines: dict[str, int], met: set[int], depth: int
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        name = key.value
        inner = f"{place}.{name}" if place else str(name)
        if not isinstance(name, str) or name in found:
            raise Faulty(
                key.start_mark.line + 1,
                place,
                f"“{name}” is given twice or is no name.",
                f"„{name}“ steht zweimal da oder ist kein Name.",
            )
        lines[inner] = key.start_mark.line + 1
        found[name] = _value(value, inner, lines, met, depth + 1)
    return found


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
