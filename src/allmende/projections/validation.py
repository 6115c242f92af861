# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The findings of every record, written in the transaction that writes the record."""

from __future__ import annotations

from collections.abc import Sequence

from allmende.model.filter import Everything
from allmende.model.validation.record import DEFAULT, Checked, asked_of, check
from allmende.store import Connection, catalogue
from allmende.store import validation as stored
from allmende.store.records import Entry

CHECKS = "1"  # to be raised when tables, rules or the form of findings change
BATCH = 200


class ValidationProjection:
    """Keeps the findings in step with the records and with the choice of profiles."""

    def __init__(self) -> None:
        self.choices: dict[str | None, tuple[str, ...]] = {}

    def analyse(self, entry: Entry) -> Checked:
        """The findings of an entry; runs outside of the writer's thread."""
        chosen = self.choices.get(entry.catalogue, DEFAULT)
        return check(entry.resource, asked_of(entry.resource, chosen))

    def write(self, db: Connection, key: int, entry: Entry, analysed: Checked) -> None:
        """Stores the findings; checks again when other profiles have been chosen meanwhile."""
        wanted = asked_of(entry.resource, self.read_choice(db, entry.catalogue))
        if wanted != analysed.profiles:
            analysed = check(entry.resource, wanted)
        stored.put(db, key, CHECKS, analysed)

    def read_choice(self, db: Connection, name: str | None) -> tuple[str, ...]:
        """The profiles of a catalogue as they stand in the database, remembered for `analyse`."""
        self.choices[name] = found = stored.chosen(db, name) or DEFAULT
        return found

    def outdated(self, db: Connection) -> list[int]:
        """Keys of records that were not checked by these checks."""
        return stored.outdated(db, CHECKS)

    def rebuild(self, db: Connection, keys: Sequence[int]) -> int:
        """Checks records anew; the number of them."""
        records = catalogue.by_keys(db, Everything(), keys)
        for record in records:
            wanted = asked_of(record.resource, self.read_choice(db, record.catalogue))
            stored.put(db, record.key, CHECKS, check(record.resource, wanted))
        return len(records)
