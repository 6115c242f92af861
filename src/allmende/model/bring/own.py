# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Our own model document, as JSON or YAML written by people."""

from __future__ import annotations

from typing import Any

import msgspec

from allmende.errors import InvalidInput
from allmende.model.bring.types import MAX_BYTES, Brought, finished, wrong
from allmende.model.bring.yaml_text import load
from allmende.model.document import Code, Entity, Field, Model, Range, ValidTime

_INSIDE: dict[type, dict[str, type]] = {
    Model: {"entities": Entity},
    Entity: {"fields": Field, "time": ValidTime},
    Field: {"codes": Code, "plausible": Range},
}


def bring_document(data: bytes) -> Brought:
    """The model in a document. InvalidInput names the place that does not fit."""
    return from_plain(plain(data))


def plain(data: bytes) -> Any:
    """The plain values of JSON or YAML."""
    if len(data) > MAX_BYTES:
        raise wrong(f"the file has more than {MAX_BYTES} bytes", f"über {MAX_BYTES} Bytes")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        try:
            return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, RecursionError) as error:
            raise wrong(
                f"the JSON is broken: {error}", f"das JSON ist fehlerhaft: {error}"
            ) from error
    return load(data)


def from_plain(value: Any) -> Brought:
    """The model of plain values; members that no model has are errors, not left out."""
    if not isinstance(value, dict):
        raise wrong("it is no object", "es ist kein Objekt")
    _unknown(value, Model, "$")
    try:
        model = msgspec.convert(value, Model)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            f"The model document does not fit: {error}.",
            f"Das Modelldokument passt nicht: {error}.",
            code="model-document",
        ) from error
    return finished(model, [])


def _unknown(value: dict[Any, Any], kind: type, path: str) -> None:
    known = set(kind.__struct_fields__)  # type: ignore[attr-defined]
    for name, inner in value.items():
        if name not in known:
            there = ", ".join(sorted(known))
            raise InvalidInput(
                f"{path}.{name} is no member of a model document; there are: {there}.",
                f"{path}.{name} gibt es im Modelldokument nicht; es gibt: {there}.",
                code="model-document",
            )
        deeper = _INSIDE.get(kind, {}).get(name)
        listed = inner if isinstance(inner, list) else [inner]
        for at, each in enumerate(listed):
            if deeper and isinstance(each, dict):
                where = f"{path}.{name}[{at}]" if isinstance(inner, list) else f"{path}.{name}"
                _unknown(each, deeper, where)
