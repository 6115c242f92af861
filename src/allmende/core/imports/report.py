# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an import did, for people and programs."""

from __future__ import annotations

from msgspec import Struct, field

from allmende.core.collections import FlagCount, Refusal
from allmende.model.document import Text

EXAMPLES = 10
LISTED = 1_000


class ImportReport(Struct, kw_only=True):
    """The result of an import or of its trial.

    `flags` are those of the collection after an import, those of the source in a trial.
    `accuracy` are metres by which the transformation of coordinates may be wrong.
    `untaken` are columns that no field takes; `dropped` those left out on purpose, with why.
    """

    collection: str
    format: str
    layer: str
    trial: bool = False
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    known: int = 0  # in a trial: rows that are there already
    deleted: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)  # at most 1,000
    flags: list[FlagCount] = field(default_factory=list)
    crs: str = ""
    accuracy: float | None = None
    shared_positions: int = 0  # positions of more than one row
    shared_rows: int = 0
    dropped: dict[str, str] = field(default_factory=dict)
    untaken: list[str] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    batch: int = 0
    seconds: float = 0.0


class Tally:
    """Counts flags by field and code with some examples."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], FlagCount] = {}

    def add(self, name: str, code: str, example: str) -> None:
        """One flag of one row."""
        flag = self.found.setdefault((name, code), FlagCount(name, code, 0, []))
        flag.count += 1
        if len(flag.examples) < EXAMPLES:
            flag.examples.append(example)

    def counts(self) -> list[FlagCount]:
        """The most frequent first."""
        return sorted(self.found.values(), key=lambda each: -each.count)
