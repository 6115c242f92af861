# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Canonical JSON of records: the field names of `catalogue.py`, empty fields left out.

Keys stand in the order of the class, language tags in alphabetical order, so that equal
records give equal bytes. The kind is not part of the JSON; whoever stores it keeps it beside.
"""

from __future__ import annotations

import msgspec

from allmende.errors import InvalidRecord
from allmende.model.catalogue import RESOURCE_TYPES, Resource, ResourceKind

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODERS = {kind: msgspec.json.Decoder(cls) for kind, cls in RESOURCE_TYPES.items()}


def to_json(resource: Resource) -> bytes:
    """UTF-8 JSON of a record, always the same bytes for equal records."""
    return _ENCODER.encode(resource)


def from_json(data: bytes | str, kind: ResourceKind) -> Resource:
    """The record of that kind; InvalidRecord names the place that does not fit."""
    try:
        return _DECODERS[kind].decode(data)
    except msgspec.DecodeError as error:
        raise InvalidRecord(
            f"The JSON is no {kind.value}: {error}.",
            f"Das JSON ist kein „{kind.value}“: {error}.",
            code="record-json",
        ) from error
