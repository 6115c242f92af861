# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model document itself as canonical JSON."""

from __future__ import annotations

import msgspec

from allmende.model.document import Model
from allmende.model.emit.place import Place


def emit(model: Model, _place: Place) -> str:
    """The document as it is stored, with line breaks."""
    return msgspec.json.format(canonical(model), indent=2).decode() + "\n"


def canonical(model: Model) -> bytes:
    """The same bytes for equal models: members in the order of the class, languages sorted."""
    return msgspec.json.encode(model, order="deterministic")
