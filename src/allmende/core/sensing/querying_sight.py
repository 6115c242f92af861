# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a query of a subject runs with: a connection, and what the subject may see."""

from __future__ import annotations

from functools import lru_cache

from allmende.core.sensing.reading import condition
from allmende.model.filter import Filter
from allmende.policy import Subject, personal_condition, read_condition
from allmende.store import Connection
from allmende.store.connection import Dialect
from allmende.store.sensing.frames import Sight


class Look:
    """A connection inside of a reading transaction with the eyes of a subject."""

    def __init__(self, db: Connection, sight: Sight, observed: Filter) -> None:
        self.db = db
        self.sight = sight
        self.observed = observed  # of datastreams whose observations may be read


class Eyes:
    """What a subject may see, before there is a connection."""

    def __init__(self, subject: Subject) -> None:
        self.metadata = read_condition(subject, "metadata")
        self.data = read_condition(subject, "data")
        self.personal = personal_condition(subject)
        self.me = subject.id if subject.kind == "user" else ""
        self.observed = condition(subject)

    def look(self, db: Connection) -> Look:
        """With a connection."""
        sight = _sight(self.metadata, self.data, self.personal, self.me, db.dialect)
        return Look(db, sight, self.observed)


@lru_cache(maxsize=1_000)
def _sight(metadata: Filter, data: Filter, personal: Filter, me: str, dialect: Dialect) -> Sight:
    return Sight(metadata, data, dialect, personal=personal, me=me)
