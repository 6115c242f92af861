# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What can be rebuilt from the store at any time: search, RDF, and later tiles and rollups."""

from __future__ import annotations

from typing import Any, Protocol

from allmende.store import Connection
from allmende.store.records import Entry


class RecordProjection(Protocol):
    """A projection of catalogue records that is written in the same transaction as they are."""

    def analyse(self, entry: Entry) -> Any:
        """What has to be stored for an entry; runs outside of the writer's thread."""

    def write(self, db: Connection, key: int, entry: Entry, analysed: Any) -> None:
        """Stores it; runs in the writer, after the record with this key was written."""
