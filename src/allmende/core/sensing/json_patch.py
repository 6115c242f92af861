# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""JSON Patch (RFC 6902) on a document; nothing changes unless all of it can be done."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from allmende.errors import Conflict, InvalidInput, LimitExceeded

MOST_OPERATIONS = 1_000
_NEEDS = {
    "add": ("value",),
    "replace": ("value",),
    "test": ("value",),
    "remove": (),
    "move": ("from",),
    "copy": ("from",),
}


def apply(document: dict[str, Any], operations: Any) -> dict[str, Any]:
    """The changed document. Raises InvalidInput, Conflict for a `test` that fails."""
    if not isinstance(operations, list):
        raise InvalidInput(
            "A JSON Patch has to be a list of operations.",
            "Ein JSON Patch muss eine Liste von Operationen sein.",
        )
    if len(operations) > MOST_OPERATIONS:
        raise LimitExceeded(
            f"A JSON Patch has at most {MOST_OPERATIONS} operations.",
            f"Ein JSON Patch hat höchstens {MOST_OPERATIONS} Operationen.",
        )
    root: dict[str, Any] = {"": deepcopy(document)}
    for place, each in enumerate(operations, 1):
        _operate(root, each, place)
    found = root.get("")
    if not isinstance(found, dict):
        raise InvalidInput(
            "The patched document is no object any more.",
            "Das geänderte Dokument ist kein Objekt mehr.",
        )
    return found


def _operate(root: dict[str, Any], operation: Any, place: int) -> None:
    needs = _NEEDS.get(operation.get("op", "")) if isinstance(operation, dict) else None
    if needs is None or any(name not in operation for name in ("path", *needs)):
        raise InvalidInput(
            f"Operation {place} of the JSON Patch is none, or a member is missing.",
            f"Operation {place} des JSON Patch ist keine, oder es fehlt ein Bestandteil.",
        )
    path = _pointer(operation["path"])
    match operation["op"]:
        case "test":
            if not _same(_get(root, path), operation["value"]):
                raise Conflict(
                    f"The test in operation {place} of the JSON Patch fails.",
                    f"Die Prüfung in Operation {place} des JSON Patch schlägt fehl.",
                )
        case "remove":
            _remove(root, path)
        case "add":
            _add(root, path, deepcopy(operation["value"]))
        case "replace":
            _remove(root, path)
            _add(root, path, deepcopy(operation["value"]))
        case "copy":
            _add(root, path, deepcopy(_get(root, _pointer(operation["from"]))))
        case _:
            source = _pointer(operation["from"])
            if path[: len(source)] == source and path != source:
                raise InvalidInput(
                    "A value cannot be moved into itself.",
                    "Ein Wert lässt sich nicht in sich selbst verschieben.",
                )
            value = _get(root, source)
            _remove(root, source)
            _add(root, path, value)


def _same(one: Any, other: Any) -> bool:
    """JSON equality: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)


def _pointer(text: Any) -> list[str]:
    """The parts of a JSON Pointer (RFC 6901), below a root that holds the document."""
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise InvalidInput(
            f"“{str(text)[:80]}” is no JSON Pointer; write /properties/name.",
            f"„{str(text)[:80]}“ ist kein JSON Pointer; zum Beispiel /properties/name.",
        )
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")]


def _get(node: Any, path: list[str]) -> Any:
    for part in path:
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list):
            node = node[_index(part, len(node))]
        else:
            raise _nowhere(path)
    return node


def _add(root: dict[str, Any], path: list[str], value: Any) -> None:
    node, last = _get(root, path[:-1]), path[-1]
    if isinstance(node, dict):
        node[last] = value
    elif isinstance(node, list):
        node.insert(len(node) if last == "-" else _index(last, len(node) + 1), value)
    else:
        raise _nowhere(path)


def _remove(root: dict[str, Any], path: list[str]) -> None:
    _get(root, path)
    node, last = _get(root, path[:-1]), path[-1]
    if isinstance(node, dict):
        del node[last]
    else:
        del node[_index(last, len(node))]


def _index(part: str, length: int) -> int:
    plain = part.isascii() and part.isdecimal() and (part == "0" or part[0] != "0")
    if not plain or len(part) > 9 or int(part) >= length:
        raise _nowhere([part])
    return int(part)


def _nowhere(path: list[str]) -> InvalidInput:
    shown = "/".join(path)[:80]
    return InvalidInput(
        f"The JSON Pointer “{shown}” leads nowhere.", f"Der JSON Pointer „{shown}“ führt ins Leere."
    )
