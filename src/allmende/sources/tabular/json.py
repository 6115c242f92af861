# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""JSON as a table: an array of objects or of rows, newline-delimited objects, or an object that
holds such a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

from allmende.core.imports.formats import as_utf8
from allmende.core.imports.types import (
    Fault,
    Layer,
    Material,
    Opened,
    RawRow,
    columns_of,
    counted,
    said,
    unreadable,
)

LOOK_DEPTH = 4  # how deep a list is looked for
FLAT_DEPTH = 2  # objects within a row that become columns a.b


def read(material: Material) -> Opened:
    """The list that is told, or else the longest one of objects."""
    data, _ = as_utf8(material.data, material.options.encoding)
    try:
        pieces, name = _pieces(data, material.options.path)
    except (msgspec.DecodeError, RecursionError) as error:
        raise unreadable(
            material.name, f"broken JSON, {error}", f"fehlerhaftes JSON, {error}"
        ) from error
    if pieces is None:
        raise unreadable(
            material.name,
            "there is no list of rows in it; say where with path",
            "es gibt darin keine Liste von Zeilen; nennen Sie den Ort mit path",
        )
    found = pieces
    columns, _ = columns_of(_rows(found), material.limits)
    layer = Layer(
        name=name,
        columns=columns,
        rows=lambda: counted(_rows(found), material.limits),
        count=len(found),
    )
    return Opened("json", [layer])


def _pieces(data: bytes, path: str) -> tuple[list[bytes] | None, str]:
    text = data.strip()
    first, _, rest = text.partition(b"\n")
    if rest and first.rstrip().endswith(b"}") and _whole(first):
        return [line for line in text.split(b"\n") if line.strip()], "rows"
    if path:
        return _at(text, path.split(".")), path
    found, name = _longest(text, "", LOOK_DEPTH)
    return found, name or "rows"


def _whole(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=dict[str, Raw])
    except msgspec.DecodeError:
        return False
    return True


def _at(text: bytes, path: list[str]) -> list[bytes] | None:
    for step in path:
        try:
            text = bytes(msgspec.json.decode(text, type=dict[str, Raw])[step])
        except (KeyError, msgspec.ValidationError):
            return None
    return _list(text)


def _list(text: bytes) -> list[bytes] | None:
    if not text.lstrip().startswith(b"["):
        return None
    return [bytes(each) for each in msgspec.json.decode(text, type=list[Raw])]


def _longest(text: bytes, name: str, depth: int) -> tuple[list[bytes] | None, str]:
    """The longest list of objects or rows, outer ones first."""
    found = _list(text)
    if found is not None:
        fits = not found or found[0].lstrip()[:1] in (b"{", b"[")
        return (found, name) if fits else (None, "")
    if depth == 0 or not text.lstrip().startswith(b"{"):
        return None, ""
    best: tuple[list[bytes] | None, str] = (None, "")
    for key, value in msgspec.json.decode(text, type=dict[str, Raw]).items():
        inner = _longest(bytes(value), f"{name}.{key}" if name else key, depth - 1)
        if inner[0] is not None and (best[0] is None or len(inner[0]) > len(best[0])):
            best = inner
    return best


def _rows(pieces: list[bytes]) -> Iterator[RawRow]:
    for number, piece in enumerate(pieces, 1):
        try:
            value = msgspec.json.decode(piece)
        except (msgspec.DecodeError, RecursionError) as error:
            yield _broken(number, piece, str(error))
            continue
        if isinstance(value, dict):
            cells: dict[str, Any] = {}
            _flatten(value, "", cells, 0)
            yield RawRow(number, cells)
        elif isinstance(value, list):
            yield RawRow(number, {f"column_{at}": cell for at, cell in enumerate(value, 1)})
        else:
            yield _broken(number, piece, "it is no object")


def _flatten(value: dict[str, Any], prefix: str, cells: dict[str, Any], depth: int) -> None:
    for key, each in value.items():
        if isinstance(each, dict) and depth < FLAT_DEPTH and not _is_geometry(each):
            _flatten(each, f"{prefix}{key}.", cells, depth + 1)
        else:
            cells[f"{prefix}{key}"] = each


def _is_geometry(value: dict[str, Any]) -> bool:
    return "coordinates" in value and "type" in value


def _broken(number: int, piece: bytes, detail: str) -> RawRow:
    return RawRow(
        number,
        {"row": piece[:1_000].decode("utf-8", "replace")},
        fault=Fault(
            "broken-row",
            said(
                f"Row {number} cannot be read: {detail}.",
                f"Zeile {number} ist nicht lesbar: {detail}.",
            ),
        ),
    )
